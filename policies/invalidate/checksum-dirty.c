/* invalidate=checksum-dirty: a region's checksum is verified only while a page of its code is dirty.
 *
 * Pages with translated code are write-protected on the host, as under page-fault, and regions on them are entered with
 * a test of one word and no more. The first write to such a page faults, lifts the protection and marks every region on
 * the page as dirty instead of dropping it. Further writes cost nothing; a dirty region verifies its CRC32 where
 * checksum would (at its entry, at each turn of a loop, where an inlined function begins), and a difference leaves it
 * for dead. Data beside code so cost one fault and checks, where page-fault would pay a fault and the translations of
 * the page each time; code that is never written pays four host instructions an entry, where checksum would read all
 * of it.
 *
 * A page is protected again when one of its dirty regions has been verified `verify` times since the write: then its
 * pages are protected, it is verified once more (a write may have come between), and it is clean. The other regions of
 * those pages stay dirty until they have come as far themselves. After each further fault on a page it takes twice as
 * many, up to 256 times as many, so that data beside code soon stay unprotected: what is lost to faults is no more than
 * about what the checks cost.
 *
 * A store of a region into its own bytes has to be stopped when the page is dirty. Where none of a region's pages was
 * ever dirty the fault does it, and stores need no test; if such a region has stores, it is dropped by the first write
 * and translated again with tests (as under checksum).
 *
 * The word of a region: its CRC in the lower half; in the upper, how many entries are to be verified until its pages
 * are protected again, CLEAN or CLEAN_UNTESTED.
 */
#include <stdlib.h>

#include "jit/policy.h"

enum { CLEAN = 0, CLEAN_UNTESTED = -1, LEFT = 4 /* where in the word */, DOUBLINGS = 8 };

static const struct jl_param params[] = {
    {"verify", 256, 1, 1000000, "entries of a region verified before its pages are protected again after a write"},
    JL_PARAM_REUSE,
    {NULL, 0, 0, 0, NULL},
};

/* How often each page has become dirty, at most 255. */
static void *create(struct jl_machine *m) {
    (void)m;
    return calloc(JL_PAGES, 1);
}

static void destroy(struct jl_machine *m, void *state) {
    (void)m;
    free(state);
}

static uint8_t *times(const struct jl_machine *m) {
    return jl_policy_state(m, JL_AXIS_INVALIDATE);
}

static int32_t left_of(struct jl_region *region) {
    return (int32_t)(*jl_region_word(region) >> 32);
}

static void set_left(struct jl_region *region, int32_t left) {
    uint64_t *word = jl_region_word(region);
    *word = (uint64_t)(uint32_t)left << 32 | (uint32_t)*word;
}

/* The most often that a page of the region has become dirty; *now: whether one is. */
static unsigned most_times(const struct jl_machine *m, const struct jl_region *region, bool *now) {
    const struct jl_range *r;
    unsigned most = 0;
    *now = false;
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++) {
        for (uint32_t page = r[i].addr >> JL_PAGE_SHIFT; page <= (r[i].addr + r[i].len - 1) >> JL_PAGE_SHIFT; page++) {
            unsigned here = times(m)[page];
            most = here > most ? here : most;
            *now |= here && !jl_page_has(jl_policy_mem(m), page << JL_PAGE_SHIFT, JL_PAGE_GUARD);
        }
    }
    return most;
}

/* Entries that a region on pages which became dirty so often verifies. */
static int32_t patience(const struct jl_machine *m, unsigned often) {
    unsigned doublings = often > DOUBLINGS ? DOUBLINGS : often ? often - 1 : 0;
    return (int32_t)(jl_policy_param(m, JL_AXIS_INVALIDATE, "verify") << doublings);
}

/* ---- pages, each with those that show the same bytes ---- */

static void protect_page(void *ctx, uint32_t page) {
    jl_page_set_code(ctx, page, true);
    jl_page_guard(ctx, page, true);
}

static void free_page(void *ctx, uint32_t page) {
    jl_page_set_code(ctx, page, false);
    jl_page_guard(ctx, page, false);
}

static void soil(struct jl_machine *m, struct jl_region *region) {
    bool now;
    if (left_of(region) == CLEAN_UNTESTED)
        jl_region_drop(m, region);
    else
        set_left(region, patience(m, most_times(m, region, &now)));
}

static void soil_page(void *ctx, uint32_t page) {
    times(ctx)[page] += times(ctx)[page] < 255;
    jl_each_region(ctx, page << JL_PAGE_SHIFT, JL_PAGE, soil);
    free_page(ctx, page);
}

static void each_page(struct jl_machine *m, uint32_t addr, uint32_t len, void (*fn)(void *, uint32_t)) {
    for (uint32_t page = addr >> JL_PAGE_SHIFT; page <= (addr + len - 1) >> JL_PAGE_SHIFT; page++) {
        fn(m, page);
        jl_mem_aliases(jl_policy_mem(m), page, fn, m);
    }
}

static void code_write(struct jl_machine *m, uint32_t addr, uint32_t len) {
    each_page(m, addr, len, soil_page);
}

static void protect_region(struct jl_machine *m, const struct jl_region *region) {
    const struct jl_range *r;
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        each_page(m, r[i].addr, r[i].len, protect_page);
}

/* The CRC is taken when writes are watched or will be looked for. What cannot be read any more is another thread's
 * doing, and the region about to be dropped. */
static void translated(struct jl_machine *m, struct jl_region *region) {
    bool dirty;
    unsigned often = most_times(m, region, &dirty);
    uint32_t sum = 0;
    jl_mem_lock(jl_policy_mem(m));
    if (!dirty || left_of(region) == CLEAN_UNTESTED) { /* the latter, when it is taken back on a page dirty by now */
        protect_region(m, region);
        set_left(region, left_of(region) == CLEAN_UNTESTED ? CLEAN_UNTESTED : CLEAN);
    } else {
        set_left(region, patience(m, often));
    }
    jl_region_crc(m, region, &sum);
    *jl_region_word(region) = (*jl_region_word(region) & ~(uint64_t)UINT32_MAX) | sum;
    jl_mem_unlock(jl_policy_mem(m));
}

static void cleared(struct jl_machine *m) {
    jl_each_code_page(m, free_page, m);
}

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    (void)m, (void)addr, (void)len; /* a change is found at the next entry */
}

/* A dirty region has been verified often enough: true when it has changed after all. */
static uint64_t protect(struct jl_cpu *cpu, uint64_t region, uint64_t y, uint64_t z) {
    struct jl_machine *m = cpu->owner;
    struct jl_region *r = (struct jl_region *)(uintptr_t)region;
    uint32_t sum;
    (void)y, (void)z;
    jl_mem_lock(jl_policy_mem(m));
    protect_region(m, r);
    bool same = jl_region_crc(m, r, &sum) && sum == (uint32_t)*jl_region_word(r);
    jl_mem_unlock(jl_policy_mem(m));
    return !same;
}

/* ---- in translated code ---- */

static void lower_entry(struct jl_builder *b, struct jl_region *region, bool again) {
    if (!again)
        set_left(region, CLEAN); /* until there is a store without a test */
    jl_ref word = jl_b_ptr(b, jl_region_word(region)), zero = jl_b_i32(b, 0);
    uint32_t dirty = jl_b_new_block(b, true), enough = jl_b_new_block(b, true), behind = jl_b_new_block(b, false);
    jl_b_branch(b, JL_CC_GT, jl_b_hload(b, JL_I32, 4, 0, word, 0, 0, LEFT), zero, dirty, behind);
    jl_b_start(b, dirty);
    jl_b_count(b, &jl_policy_counters(b->machine)->entries_verified, 1);
    jl_ref sum = jl_lower_region_crc(b, region);
    word = jl_b_ptr(b, jl_region_word(region));
    jl_b_exit_if(b, JL_CC_NE, sum, jl_b_hload(b, JL_I32, 4, 0, word, 0, 0, 0), JL_EXIT_STALE, 0);
    jl_b_hadd(b, 4, word, LEFT, -1);
    jl_b_branch(b, JL_CC_EQ, jl_b_hload(b, JL_I32, 4, 0, word, 0, 0, LEFT), jl_b_i32(b, 0), enough, behind);
    jl_b_start(b, enough);
    jl_ref changed = jl_b_call(b, (void *)protect, JL_I32, false, jl_b_ptr(b, region), 0, 0);
    jl_b_exit_if(b, JL_CC_NE, changed, jl_b_i32(b, 0), JL_EXIT_STALE, 0);
    jl_b_jump(b, behind);
    jl_b_start(b, behind);
}

static void lower_store(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size) {
    bool now;
    if (most_times(b->machine, b->region, &now))
        jl_lower_own_store(b, addr, disp, size);
    else
        set_left(b->region, CLEAN_UNTESTED);
}

static const struct jl_invalidate_ops ops = {.life = {create, destroy},
                                             .lower_entry = lower_entry,
                                             .lower_store = lower_store,
                                             .translated = translated,
                                             .code_write = code_write,
                                             .cleared = cleared,
                                             .cacheflush = cacheflush,
                                             .watches_writes = true};

static const struct jl_strategy strategy = {
    .name = "checksum-dirty",
    .axis = JL_AXIS_INVALIDATE,
    .summary = "a region's CRC32 is verified only while its page is dirty: written since the host write-protected it",
    .source =
        "seed 1, Code Invalidation (checksum when the block's page is potentially dirty, as detected by page faults)",
    .params = params,
    .refuse = jl_crc_refuse,
    .ops = &ops,
};
JL_STRATEGY(strategy);
