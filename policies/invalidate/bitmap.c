/* invalidate=bitmap: a bit for every guest word that has been translated, tested in front of each store in translated
 * code. Exact (data beside code cost nothing but the test) and paid by every store. The bits of a region stay set after
 * its death until a write finds nothing there any more, or the page gets another mapping; that only costs a needless
 * look. Machines on one memory share their bits, so that a thread's store into code that only another one has
 * translated is stopped too. */
#include <stdlib.h>

#include "jit/policy.h"

struct bitmap {
    uint8_t *bits;
    unsigned users; /* machines; with the memory locked */
};

static struct bitmap *make(void) {
    struct bitmap *b = calloc(1, sizeof *b);
    if (b && !(b->bits = jl_words_make())) {
        free(b);
        return NULL;
    }
    return b;
}

/* The memory is locked from here until the machine is known to others. */
static void *create(struct jl_machine *m) {
    struct bitmap *b = jl_policy_peer_state(m, JL_AXIS_INVALIDATE);
    if (!b)
        b = make();
    if (b)
        b->users++;
    return b;
}

static void destroy(struct jl_machine *m, void *state) {
    struct bitmap *b = state;
    jl_mem_lock(jl_policy_mem(m));
    bool last = --b->users == 0;
    jl_mem_unlock(jl_policy_mem(m));
    if (!last)
        return;
    jl_words_free(b->bits);
    free(b);
}

static uint8_t *bits_of(const struct jl_machine *m) {
    const struct bitmap *b = jl_policy_state(m, JL_AXIS_INVALIDATE);
    return b->bits;
}

static void translated(struct jl_machine *m, struct jl_region *region) {
    const struct jl_range *r;
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        jl_words_mark(m, bits_of(m), r[i].addr, r[i].len, true);
}

/* A page that has lost its flag has a new mapping: whatever had bits there is gone or about to go. */
static void dropped(struct jl_machine *m, struct jl_region *region) {
    const struct jl_range *r;
    jl_mem_lock(jl_policy_mem(m));
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        for (uint32_t page = r[i].addr >> JL_PAGE_SHIFT; page <= (r[i].addr + r[i].len - 1) >> JL_PAGE_SHIFT; page++)
            if (!(jl_page_flags(jl_policy_mem(m), page << JL_PAGE_SHIFT) & JL_PAGE_CODE))
                jl_words_clear_page(bits_of(m), page);
    jl_mem_unlock(jl_policy_mem(m));
}

static void code_write(struct jl_machine *m, uint32_t addr, uint32_t len) {
    jl_words_drop(m, bits_of(m), addr, len);
}

static void unmark_page(void *ctx, uint32_t page) {
    jl_page_set_code(ctx, page, false);
}

static void cleared(struct jl_machine *m) {
    jl_words_clear(bits_of(m));
    jl_each_code_page(m, unmark_page, m);
}

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    (void)m, (void)addr, (void)len;
}

static void lower_store(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size) {
    jl_lower_words_test(b, bits_of(b->machine), addr, disp, size);
}

static const struct jl_param params[] = {JL_PARAM_REUSE, {NULL, 0, 0, 0, NULL}};

static const struct jl_invalidate_ops ops = {.life = {create, destroy},
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
