/* A bit for each guest word that has been translated, for the strategies that ask which words a store hits. A page's
 * bits are its own; whoever marks marks those of all pages that show the same bytes. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "jit/runtime/machine.h"

#define BYTES (((size_t)1 << 27) + 4096) /* 2^32 / 4 words / 8 bits; a test reads four bytes from the word's on */

static struct jl_words *make(size_t size) {
    struct jl_words *w = calloc(1, size);
    if (!w)
        return NULL;
    w->bits = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (w->bits != MAP_FAILED)
        return w;
    free(w);
    return NULL;
}

/* The memory is locked from here until the machine is known to others. */
void *jl_words_join(struct jl_machine *m, enum jl_axis axis, size_t size) {
    struct jl_words *w = jl_policy_peer_state(m, axis);
    if (!w)
        w = make(size);
    if (w)
        w->users++;
    return w;
}

void jl_words_leave(struct jl_machine *m, void *words) {
    struct jl_words *w = words;
    jl_mem_lock(m->mem);
    bool last = --w->users == 0;
    jl_mem_unlock(m->mem);
    if (!last)
        return;
    munmap(w->bits, BYTES);
    free(w);
}

void jl_words_clear(struct jl_words *w) {
    madvise(w->bits, BYTES, MADV_DONTNEED);
}

void jl_words_clear_page(struct jl_words *w, uint32_t page) {
    memset(w->bits + (size_t)page * (JL_PAGE / 32), 0, JL_PAGE / 32);
}

void jl_words_dropped(struct jl_machine *m, struct jl_words *w, const struct jl_region *region,
                      void (*emptied)(struct jl_words *w, uint32_t page)) {
    const struct jl_range *r;
    jl_mem_lock(m->mem);
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++) {
        for (uint32_t page = r[i].addr >> JL_PAGE_SHIFT; page <= (r[i].addr + r[i].len - 1) >> JL_PAGE_SHIFT; page++) {
            if (jl_page_has(m->mem, page << JL_PAGE_SHIFT, JL_PAGE_CODE))
                continue;
            jl_words_clear_page(w, page);
            if (emptied)
                emptied(w, page);
        }
    }
    jl_mem_unlock(m->mem);
}

bool jl_words_any(const struct jl_words *w, uint32_t addr, uint32_t len) {
    for (uint32_t word = addr / 4, last = (addr + len - 1) / 4; word <= last; word++)
        if (w->bits[word / 8] >> word % 8 & 1)
            return true;
    return false;
}

struct span {
    struct jl_machine *m;
    uint8_t *bits;
    uint32_t first, last; /* byte offsets in the page */
    bool set;
};

static void mark_page(void *ctx, uint32_t page) {
    const struct span *s = ctx;
    if (s->set)
        jl_page_set_code(s->m, page, true);
    for (uint32_t o = s->first & ~3u; o <= s->last; o += 4) {
        uint32_t word = (page << (JL_PAGE_SHIFT - 2)) + o / 4;
        if (s->set)
            s->bits[word / 8] |= (uint8_t)(1 << word % 8);
        else
            s->bits[word / 8] &= (uint8_t) ~(1 << word % 8);
    }
}

void jl_words_mark(struct jl_machine *m, struct jl_words *w, uint32_t addr, uint32_t len, bool set) {
    jl_mem_lock(m->mem);
    for (uint32_t end = addr + len; addr < end;) {
        uint32_t page = addr >> JL_PAGE_SHIFT, stop = (page + 1) << JL_PAGE_SHIFT;
        uint32_t until = stop < end && stop ? stop : end;
        struct span s = {m, w->bits, addr & (JL_PAGE - 1), (until - 1) & (JL_PAGE - 1), set};
        mark_page(&s, page);
        jl_mem_aliases(m->mem, page, mark_page, &s);
        addr = until;
    }
    jl_mem_unlock(m->mem);
}

struct hit {
    struct jl_machine *m;
    uint32_t first, len;
};

static void drop_alias(void *ctx, uint32_t page) {
    const struct hit *h = ctx;
    jl_invalidate_range(h->m, (page << JL_PAGE_SHIFT) + h->first, h->len);
}

void jl_words_drop(struct jl_machine *m, struct jl_words *w, uint32_t addr, uint32_t len) {
    uint32_t first = addr & ~3u, end = (addr + len + 3) & ~3u;
    jl_invalidate_range(m, first, end - first);
    struct hit h = {m, first & (JL_PAGE - 1), end - first};
    jl_mem_aliases(m->mem, addr >> JL_PAGE_SHIFT, drop_alias, &h);
    jl_words_mark(m, w, first, end - first, false);
}

/* The word's bit in its 32-bit group; a store that may cross into the next word looks at two bits of a 64-bit load. */
void jl_lower_words_test(struct jl_builder *b, const struct jl_words *w, jl_ref addr, int32_t disp, unsigned size) {
    jl_ref base = jl_b_ptr(b, w->bits);
    jl_ref at = jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, disp));
    jl_ref byte = jl_b_op2(b, JL_IR_SHR, JL_I32, at, jl_b_i32(b, 5));
    jl_ref group = jl_b_hload(b, JL_I32, 4, 0, base, byte, 0, 0);
    jl_ref word = jl_b_op2(b, JL_IR_AND, JL_I32, jl_b_op2(b, JL_IR_SHR, JL_I32, at, jl_b_i32(b, 2)), jl_b_i32(b, 7));
    jl_ref shifted = jl_b_op2(b, JL_IR_SHR, JL_I32, group, word);
    /* 4 unaligned bytes touch two words, 8 bytes two or three; 2 bytes can be unaligned only where that is fixed up */
    bool crosses = size >= 4 || (size == 2 && b->mode & JL_MODE_ALIGN_FIX);
    jl_b_exit_if(b, JL_CC_TEST_NZ, shifted, jl_b_i32(b, size == 8 ? 7 : crosses ? 3 : 1), JL_EXIT_INTERP, 0);
}
