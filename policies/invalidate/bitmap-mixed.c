/* invalidate=bitmap-mixed: the bitmap only for pages that are seen to hold both code and data that are written.
 *
 * Each translated word has its bit, as under bitmap, but a page with code is first write-protected, as under
 * page-fault. A write to it that hits code drops all regions on the page. One that hits none moves the page to the
 * bitmap: the protection goes, the translations stay, and from then on a store there is stopped only where it hits a
 * word with a bit. The page stays mixed until it gets another mapping.
 *
 * A store asks first whether its page is mixed (a byte in a table), and looks for its bit in far code if so. As long
 * as no page is mixed, stores have no test at all. The first page that becomes mixed drops the regions whose stores
 * have none, and stores are translated with one from then on. Regions of another machine on this memory cannot be
 * dropped from here: as long as there may be such without tests, pages stay protected, which is page-fault; a memory
 * with several machines translates stores with tests from the start.
 *
 * So no page is mixed while a region without tests lives: one that is taken back (lookup=flat-phys) has all mixed pages
 * protected again. The region's word says which they are.
 */
#include "jit/policy.h"

enum { MIXED = 1, NEXT = 2 /* the page behind is: a store may reach into it */ };
enum { TESTED = 0, UNTESTED = 1 /* the region's word */ };

struct mixed {
    struct jl_words words;
    unsigned count;          /* mixed pages; all with the memory locked */
    bool tests;              /* stores are translated with tests; read without the lock */
    bool untested;           /* there may be live regions with stores without */
    uint8_t pages[JL_PAGES]; /* MIXED, NEXT */
};

/* A machine that is translating may look at it just now, and not see it: its region is then one without tests. */
static void set_tests(struct mixed *x) {
    __atomic_store_n(&x->tests, true, __ATOMIC_RELAXED);
}

static void *create(struct jl_machine *m) {
    struct mixed *x = jl_words_join(m, JL_AXIS_INVALIDATE, sizeof *x);
    if (x && x->words.users > 1)
        set_tests(x);
    return x;
}

static struct mixed *state_of(const struct jl_machine *m) {
    return jl_policy_state(m, JL_AXIS_INVALIDATE);
}

/* ---- pages, each with those that show the same bytes ---- */

static void set_mixed(struct mixed *x, uint32_t page, bool on) {
    uint8_t *own = &x->pages[page], *before = &x->pages[(page - 1) & (JL_PAGES - 1)];
    x->count += (unsigned)on - (*own & MIXED);
    *own = (uint8_t)((*own & ~MIXED) | (on ? MIXED : 0));
    *before = (uint8_t)((*before & ~NEXT) | (on ? NEXT : 0));
}

static void guard_page(void *ctx, uint32_t page) {
    if (!(state_of(ctx)->pages[page] & MIXED))
        jl_page_guard(ctx, page, true);
}

static void free_page(void *ctx, uint32_t page) {
    jl_page_set_code(ctx, page, false);
    jl_page_guard(ctx, page, false);
}

static void drop_page(void *ctx, uint32_t page) {
    jl_invalidate_range(ctx, page << JL_PAGE_SHIFT, JL_PAGE);
    jl_words_clear_page(&state_of(ctx)->words, page);
    free_page(ctx, page);
}

/* Where there are other machines, one may be between its test of the page and its store, which nothing stops any more:
 * what was translated goes, and those are waited for. The bits stay: a machine that shares this thread (a clone's,
 * before its own begins) hears of the write next, finds the page mixed, and keeps its translations. */
static void move_page(void *ctx, uint32_t page) {
    struct mixed *x = state_of(ctx);
    if (x->words.users > 1)
        jl_invalidate_range(ctx, page << JL_PAGE_SHIFT, JL_PAGE);
    set_mixed(x, page, true);
    jl_page_guard(ctx, page, false);
}

static void each_page(struct jl_machine *m, uint32_t addr, uint32_t len, void (*fn)(void *, uint32_t)) {
    for (uint32_t page = addr >> JL_PAGE_SHIFT; page <= (addr + len - 1) >> JL_PAGE_SHIFT; page++) {
        fn(m, page);
        jl_mem_aliases(jl_policy_mem(m), page, fn, m);
    }
}

/* ---- events ---- */

static void drop_untested(struct jl_machine *m, struct jl_region *region) {
    if (*jl_region_word(region) == UNTESTED)
        jl_region_drop(m, region);
}

/* Sees to it that all stores are tested; false when it cannot. */
static bool test_all(struct jl_machine *m) {
    struct mixed *x = state_of(m);
    if (x->untested && x->words.users > 1)
        return false;
    if (x->untested)
        jl_each_region(m, 0, (uint64_t)JL_PAGES << JL_PAGE_SHIFT, drop_untested);
    x->untested = false;
    set_tests(x);
    return true;
}

static void code_write(struct jl_machine *m, uint32_t addr, uint32_t len) {
    struct mixed *x = state_of(m);
    if (x->pages[addr >> JL_PAGE_SHIFT] & MIXED)
        jl_words_drop(m, &x->words, addr, len);
    else if (!jl_words_any(&x->words, addr, len) && test_all(m))
        each_page(m, addr, len, move_page);
    else
        each_page(m, addr, len, drop_page);
}

static void unmix(struct jl_machine *m) {
    struct mixed *x = state_of(m);
    for (uint32_t page = 0; x->count && page < JL_PAGES; page++) {
        if (!(x->pages[page] & MIXED))
            continue;
        set_mixed(x, page, false);
        if (jl_page_has(jl_policy_mem(m), page << JL_PAGE_SHIFT, JL_PAGE_CODE))
            jl_page_guard(m, page, true);
    }
}

static void translated(struct jl_machine *m, struct jl_region *region) {
    struct mixed *x = state_of(m);
    const struct jl_range *r;
    jl_mem_lock(jl_policy_mem(m));
    if (*jl_region_word(region) == UNTESTED) {
        unmix(m);
        x->untested = true;
    }
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++) {
        jl_words_mark(m, &x->words, r[i].addr, r[i].len, true);
        each_page(m, r[i].addr, r[i].len, guard_page);
    }
    jl_mem_unlock(jl_policy_mem(m));
}

static void no_longer_mixed(struct jl_words *w, uint32_t page) {
    set_mixed((struct mixed *)w, page, false);
}

static void dropped(struct jl_machine *m, struct jl_region *region) {
    jl_words_dropped(m, &state_of(m)->words, region, no_longer_mixed);
}

static void cleared(struct jl_machine *m) {
    jl_words_clear(&state_of(m)->words);
    jl_each_code_page(m, free_page, m);
}

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    (void)m, (void)addr, (void)len; /* every write was seen when it was made */
}

/* ---- in translated code ---- */

static void lower_entry(struct jl_builder *b, struct jl_region *region, bool again) {
    (void)b;
    if (!again)
        *jl_region_word(region) = TESTED; /* until there is a store without */
}

static void lower_store(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size) {
    const struct mixed *x = state_of(b->machine);
    if (!__atomic_load_n(&x->tests, __ATOMIC_RELAXED)) {
        *jl_region_word(b->region) = UNTESTED;
        return;
    }
    uint32_t mixed = jl_b_new_block(b, true), behind = jl_b_new_block(b, false);
    jl_ref at = jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, disp));
    jl_ref page = jl_b_op2(b, JL_IR_SHR, JL_I32, at, jl_b_i32(b, JL_PAGE_SHIFT));
    jl_ref kind = jl_b_hload(b, JL_I32, 1, 0, jl_b_ptr(b, x->pages), page, 0, 0);
    jl_b_branch(b, JL_CC_NE, kind, jl_b_i32(b, 0), mixed, behind);
    jl_b_start(b, mixed);
    jl_lower_words_test(b, &x->words, addr, disp, size);
    jl_b_jump(b, behind);
    jl_b_start(b, behind);
}

static const struct jl_param params[] = {JL_PARAM_REUSE, {NULL, 0, 0, 0, NULL}};

static const struct jl_invalidate_ops ops = {.life = {create, jl_words_leave},
                                             .lower_entry = lower_entry,
                                             .lower_store = lower_store,
                                             .translated = translated,
                                             .dropped = dropped,
                                             .code_write = code_write,
                                             .cleared = cleared,
                                             .cacheflush = cacheflush,
                                             .watches_writes = true};

static const struct jl_strategy strategy = {
    .name = "bitmap-mixed",
    .axis = JL_AXIS_INVALIDATE,
    .summary = "page-fault until a write hits no code; then the page's stores are tested against a bit for each word",
    .source = "seed 1, Code Invalidation (bitmap, for pages that hold both code and data that are written)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
