/* Pages of the guest's devices, filled in when they are first accessed. */
#include "jit/runtime/devices.h"

void jl_device_note(struct jl_machine *m, uint32_t addr, bool store) {
    const struct jl_guest_memory *g = m->mem->guest;
    uint32_t page = addr >> JL_PAGE_SHIFT, at;
    const void *device = g->device ? g->device(g->ctx, page << JL_PAGE_SHIFT, store, &at) : NULL;
    m->devices_known |= device != NULL;
    if (device)
        m->device[store][jl_device_slot(page)] = (struct jl_device_page){page, at, device};
}

void jl_devices_forget(struct jl_machine *m, uint32_t addr, uint64_t len) {
    uint32_t first = addr >> JL_PAGE_SHIFT, pages = (uint32_t)(len >> JL_PAGE_SHIFT);
    for (unsigned i = 0; m->devices_known && i < 2 * JL_DEVICE_PAGES; i++) {
        struct jl_device_page *d = &m->device[i / JL_DEVICE_PAGES][i % JL_DEVICE_PAGES];
        if (d->page - first < pages)
            d->page = JL_PAGES; /* no page's number */
    }
    m->devices_known &= pages < JL_PAGES;
}
