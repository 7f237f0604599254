/* invalidate=bitmap: a bit for every guest word that has been translated, tested in front of each store in translated
 * code. Exact (data beside code cost nothing but the test) and paid by every store. The bits of a region stay set after
 * its death until a write finds nothing there any more, or the page gets another mapping; that only costs a needless
 * look. */
#include "jit/policy.h"

static void *create(struct jl_machine *m) {
    return jl_words_join(m, JL_AXIS_INVALIDATE, sizeof(struct jl_words));
}

static struct jl_words *words_of(const struct jl_machine *m) {
    return jl_policy_state(m, JL_AXIS_INVALIDATE);
}

static void translated(struct jl_machine *m, struct jl_region *region) {
    const struct jl_range *r;
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        jl_words_mark(m, words_of(m), r[i].addr, r[i].len, true);
}

static void dropped(struct jl_machine *m, struct jl_region *region) {
    jl_words_dropped(m, words_of(m), region, NULL);
}

static void code_write(struct jl_machine *m, uint32_t addr, uint32_t len) {
    jl_words_drop(m, words_of(m), addr, len);
}

static void unmark_page(void *ctx, uint32_t page) {
    jl_page_set_code(ctx, page, false);
}

static void cleared(struct jl_machine *m) {
    jl_words_clear(words_of(m));
    jl_each_code_page(m, unmark_page, m);
}

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    (void)m, (void)addr, (void)len;
}

static void lower_store(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size) {
    jl_lower_words_test(b, words_of(b->machine), addr, disp, size);
}

static const struct jl_param params[] = {JL_PARAM_REUSE, {NULL, 0, 0, 0, NULL}};

static const struct jl_invalidate_ops ops = {.life = {create, jl_words_leave},
                                             .lower_store = lower_store,
                                             .translated = translated,
                                             .dropped = dropped,
                                             .code_write = code_write,
                                             .cleared = cleared,
                                             .cacheflush = cacheflush,
                                             .watches_writes = true};

static const struct jl_strategy strategy = {
    .name = "bitmap",
    .axis = JL_AXIS_INVALIDATE,
    .summary = "a bit for each translated guest word, tested in front of every store; exact, and paid by every store",
    .source = "seed 1, Code Invalidation (bitmap)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
