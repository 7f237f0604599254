/* invalidate=explicit: only what is said: by the guest with cache instructions and the cacheflush system call, by a
 * console with what its DMA has written. Right for every guest that keeps to the architecture's rules, and free of
 * cost; a guest that does not will run its old code. Caches go by physical addresses, so that all views of a page are
 * meant. Changes of mappings are noticed by the machine itself under all strategies. */
#include "jit/policy.h"

struct part { /* of a page */
    struct jl_machine *m;
    uint32_t offset, len;
};

static void drop(void *ctx, uint32_t page) {
    const struct part *p = ctx;
    jl_invalidate_range(p->m, (page << JL_PAGE_SHIFT) + p->offset, p->len);
}

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    while (len) {
        uint32_t offset = addr & (JL_PAGE - 1), here = JL_PAGE - offset < len ? JL_PAGE - offset : len;
        struct part p = {m, offset, here};
        drop(&p, addr >> JL_PAGE_SHIFT);
        jl_mem_aliases(jl_policy_mem(m), addr >> JL_PAGE_SHIFT, drop, &p);
        addr += here;
        len -= here;
    }
}

static const struct jl_param params[] = {JL_PARAM_REUSE, {NULL, 0, 0, 0, NULL}};

static const struct jl_invalidate_ops ops = {.cacheflush = cacheflush, .cacheflush_index = jl_invalidate_index};

static const struct jl_strategy strategy = {
    .name = "explicit",
    .axis = JL_AXIS_INVALIDATE,
    .summary = "waits for cache instructions, cacheflush calls and a console's DMA; costs nothing, misses what is not "
               "announced",
    .source = "seed 1, Code Invalidation (hooks)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
