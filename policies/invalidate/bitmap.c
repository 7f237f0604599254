/* invalidate=bitmap: a bit for every guest word that has been translated, tested in front of each store in translated
 * code. Exact (data beside code cost nothing but the test) and paid by every store. The bits of a region stay set after
 * its death until a write finds nothing there any more, or the page gets another mapping; that only costs a needless
 * look. Machines on one memory share their bits, so that a thread's store into code that only another one has
 * translated is stopped too. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "jit/policy.h"

#define BYTES (((size_t)1 << 27) + 4096) /* 2^32 / 4 words / 8 bits; a test reads four bytes from the word's on */

struct bitmap {
    uint8_t *bits;
    unsigned users; /* machines; with the memory locked */
};

static struct bitmap *make(void) {
    struct bitmap *b = malloc(sizeof *b);
    void *bits = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!b || bits == MAP_FAILED) {
        free(b);
        return NULL;
    }
    *b = (struct bitmap){bits, 0};
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
    munmap(b->bits, BYTES);
    free(b);
}

static uint8_t *bits_of(const struct jl_machine *m) {
    const struct bitmap *b = jl_policy_state(m, JL_AXIS_INVALIDATE);
    return b->bits;
}

struct span {
    struct jl_machine *m;
    uint32_t first, last; /* byte offsets in the page */
    bool set;
};

static void mark_page(void *ctx, uint32_t page) {
    const struct span *s = ctx;
    uint8_t *map = bits_of(s->m);
    if (s->set)
        jl_page_set_code(s->m, page, true);
    for (uint32_t o = s->first & ~3u; o <= s->last; o += 4) {
        uint32_t word = (page << (JL_PAGE_SHIFT - 2)) + o / 4;
        if (s->set)
            map[word / 8] |= (uint8_t)(1 << word % 8);
        else
            map[word / 8] &= (uint8_t) ~(1 << word % 8);
    }
}

static void mark(struct jl_machine *m, uint32_t addr, uint32_t len, bool set) {
    jl_mem_lock(jl_policy_mem(m));
    for (uint32_t end = addr + len; addr < end;) {
        uint32_t page = addr >> JL_PAGE_SHIFT, stop = (page + 1) << JL_PAGE_SHIFT;
        uint32_t until = stop < end && stop ? stop : end;
        struct span s = {m, addr & (JL_PAGE - 1), (until - 1) & (JL_PAGE - 1), set};
        mark_page(&s, page);
        jl_mem_aliases(jl_policy_mem(m), page, mark_page, &s);
        addr = until;
    }
    jl_mem_unlock(jl_policy_mem(m));
}

static void translated(struct jl_machine *m, struct jl_region *region) {
    const struct jl_range *r;
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        mark(m, r[i].addr, r[i].len, true);
}

/* A page that has lost its flag has a new mapping: whatever had bits there is gone or about to go. */
static void dropped(struct jl_machine *m, struct jl_region *region) {
    const struct jl_range *r;
    uint8_t *map = bits_of(m);
    jl_mem_lock(jl_policy_mem(m));
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        for (uint32_t page = r[i].addr >> JL_PAGE_SHIFT; page <= (r[i].addr + r[i].len - 1) >> JL_PAGE_SHIFT; page++)
            if (!(jl_page_flags(jl_policy_mem(m), page << JL_PAGE_SHIFT) & JL_PAGE_CODE))
                memset(map + (size_t)page * (JL_PAGE / 32), 0, JL_PAGE / 32);
    jl_mem_unlock(jl_policy_mem(m));
}

struct hit {
    struct jl_machine *m;
    uint32_t first, len;
};

static void drop_alias(void *ctx, uint32_t page) {
    const struct hit *h = ctx;
    jl_invalidate_range(h->m, (page << JL_PAGE_SHIFT) + h->first, h->len);
}

static void code_write(struct jl_machine *m, uint32_t addr, uint32_t len) {
    uint32_t first = addr & ~3u, end = (addr + len + 3) & ~3u;
    jl_invalidate_range(m, first, end - first);
    struct hit h = {m, first & (JL_PAGE - 1), end - first};
    jl_mem_aliases(jl_policy_mem(m), addr >> JL_PAGE_SHIFT, drop_alias, &h);
    mark(m, first, end - first, false);
}

static void unmark_page(void *ctx, uint32_t page) {
    jl_page_set_code(ctx, page, false);
}

static void cleared(struct jl_machine *m) {
    madvise(bits_of(m), BYTES, MADV_DONTNEED);
    jl_each_code_page(m, unmark_page, m);
}

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    (void)m, (void)addr, (void)len;
}

/* The word's bit in its 32-bit group; a store that may cross into the next word looks at two bits of a 64-bit load. */
static void lower_store(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size) {
    jl_ref base = jl_b_ptr(b, bits_of(b->machine));
    jl_ref at = jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, disp));
    jl_ref byte = jl_b_op2(b, JL_IR_SHR, JL_I32, at, jl_b_i32(b, 5));
    jl_ref bits = jl_b_hload(b, JL_I32, 4, 0, base, byte, 0, 0);
    jl_ref word = jl_b_op2(b, JL_IR_AND, JL_I32, jl_b_op2(b, JL_IR_SHR, JL_I32, at, jl_b_i32(b, 2)), jl_b_i32(b, 7));
    jl_ref shifted = jl_b_op2(b, JL_IR_SHR, JL_I32, bits, word);
    /* 4 unaligned bytes touch two words, 8 bytes two or three; 2 bytes can be unaligned only where that is fixed up */
    bool crosses = size >= 4 || (size == 2 && b->mode & JL_MODE_ALIGN_FIX);
    jl_b_exit_if(b, JL_CC_TEST_NZ, shifted, jl_b_i32(b, size == 8 ? 7 : crosses ? 3 : 1), JL_EXIT_INTERP, 0);
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
