/* Pages of the guest's devices: which device's handler an access there is a direct call of (seed 1, Memory access:
 * fastmem). */
#ifndef JL_DEVICES_H
#define JL_DEVICES_H

#include "jit/runtime/machine.h"

/* What is known of addr's page for loads or for stores; NULL: nothing. */
static inline const struct jl_device_page *jl_device_at(const struct jl_machine *m, uint32_t addr, bool store) {
    uint32_t page = addr >> JL_PAGE_SHIFT;
    const struct jl_device_page *d = &m->device[store][jl_device_slot(page)];
    return d->page == page ? d : NULL;
}

/* A device has just done an access at addr: asks which, so that the next one is a direct call. */
void jl_device_note(struct jl_machine *m, uint32_t addr, bool store);
/* All is void. */
void jl_devices_forget(struct jl_machine *m);

#endif
