/* Pages of the guest's devices: which device's handler an access there is a direct call of (seed 1, Memory access:
 * fastmem). */
#ifndef JL_DEVICES_H
#define JL_DEVICES_H

#include "jit/runtime/machine.h"

/* Behind an access that the guest's devices did in a slow call, and what they saw as the time taken back. False: the
 * region has to be left, since the run is to end here, be it that the slice has no room for the rest of the block after
 * the time that the device took, or since the region has gone. */
static inline bool jl_device_done(struct jl_machine *m, uint64_t v) {
    struct jl_cpu *cpu = &m->cpu;
    jl_slice_add(cpu, -(int64_t)m->slow_uncharged);
    if (cpu->slice >= 0 && !cpu->interrupt && !m->slow_region->dead)
        return true;
    cpu->access_done = 1;
    cpu->access_value = v;
    return false;
}

/* What is known of addr's page for loads or for stores; NULL: nothing. */
static inline const struct jl_device_page *jl_device_at(const struct jl_machine *m, uint32_t addr, bool store) {
    uint32_t page = addr >> JL_PAGE_SHIFT;
    const struct jl_device_page *d = &m->device[store][jl_device_slot(page)];
    return d->page == page ? d : NULL;
}

/* An access of four aligned bytes at addr by the device of its page, at the time that the slow call is made at. False:
 * the region has to be left in front of the access, which is done. */
static inline bool jl_device_access(struct jl_machine *m, const struct jl_device_page *d, uint32_t addr, bool store,
                                    uint64_t *v) {
    const struct jl_guest_memory *g = m->mem->guest;
    uint32_t at = d->at + (addr & (JL_PAGE - 1));
    jl_slice_add(&m->cpu, m->slow_uncharged);
    if (store)
        g->device_store(g->ctx, d->device, at, (uint32_t)*v);
    else
        *v = g->device_load(g->ctx, d->device, at);
    return jl_device_done(m, *v);
}

/* A device has just done an access at addr: asks which, so that the next one is a direct call. */
void jl_device_note(struct jl_machine *m, uint32_t addr, bool store);
/* What is known of [addr, addr+len) is void. */
void jl_devices_forget(struct jl_machine *m, uint32_t addr, uint64_t len);

#endif
