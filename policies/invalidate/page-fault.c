/* invalidate=page-fault: host pages that hold translated guest code are write-protected; the fault of a write drops
 * every region on that page and lifts the protection, until code is translated from it again. No cost for other stores;
 * one write to data that shares a page with code costs a fault and all translations of the page. Aliases of the page
 * are protected with it. */
#include "jit/policy.h"

static void guard_page(void *ctx, uint32_t page) {
    struct jl_machine *m = ctx;
    jl_page_set_code(m, page, true);
    jl_page_guard(m, page, true);
}

static void free_page(void *ctx, uint32_t page) {
    struct jl_machine *m = ctx;
    jl_page_set_code(m, page, false);
    jl_page_guard(m, page, false);
}

static void each_page(struct jl_machine *m, uint32_t addr, uint32_t len, void (*fn)(void *, uint32_t)) {
    for (uint32_t page = addr >> JL_PAGE_SHIFT; page <= (addr + len - 1) >> JL_PAGE_SHIFT; page++) {
        fn(m, page);
        jl_mem_aliases(jl_policy_mem(m), page, fn, m);
    }
}

static void translated(struct jl_machine *m, struct jl_region *region) {
    const struct jl_range *r;
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        each_page(m, r[i].addr, r[i].len, guard_page);
}

static void drop_page(void *ctx, uint32_t page) {
    jl_invalidate_range(ctx, page << JL_PAGE_SHIFT, JL_PAGE);
    free_page(ctx, page);
}

static void code_write(struct jl_machine *m, uint32_t addr, uint32_t len) {
    each_page(m, addr, len, drop_page);
}

static void cleared(struct jl_machine *m) {
    jl_each_code_page(m, free_page, m);
}

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    (void)m, (void)addr, (void)len; /* every write was seen when it was made */
}

static const struct jl_param params[] = {JL_PARAM_REUSE, {NULL, 0, 0, 0, NULL}};

static const struct jl_invalidate_ops ops = {.translated = translated,
                                             .code_write = code_write,
                                             .cleared = cleared,
                                             .cacheflush = cacheflush,
                                             .watches_writes = true};

static const struct jl_strategy strategy = {
    .name = "page-fault",
    .axis = JL_AXIS_INVALIDATE,
    .summary = "the host write-protects pages with translated code; a write faults and drops the page's regions",
    .source = "seed 1, Code Invalidation (mprotect)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
