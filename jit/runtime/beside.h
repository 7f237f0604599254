/* Stores beside code (seed 1, Memory access: the stub that looks at what of a page is code). */
#ifndef JL_BESIDE_H
#define JL_BESIDE_H

#include "jit/runtime/machine.h"

/* Whether a store into [addr, addr+size) hits a page with translated code, but none of that code, and the guest has
 * another way into the page: nobody has to hear of it. */
bool jl_is_beside_code(struct jl_machine *m, uint32_t addr, unsigned size);
/* Makes such a store, past the page's guard. False: it is none, or not aligned. */
bool jl_store_beside_code(struct jl_machine *m, uint32_t addr, unsigned size, uint64_t value);
/* Whether what stands in addr's page is known: the store's stub has then looked at it. */
static inline bool jl_beside_is_known(const struct jl_machine *m, uint32_t addr) {
    uint32_t page = addr >> JL_PAGE_SHIFT;
    return m->beside[page % JL_BESIDE_PAGES].addr == page << JL_PAGE_SHIFT;
}
/* What is known of such pages is void: there is more code, or another mapping. */
void jl_beside_forget(struct jl_machine *m);

#endif
