/* Data beside code, in one page. The page's flags and its guard stop every store there, and each would cost all
 * translations of the page under page-fault. One that hits no line with code is made in the guest's own view of the
 * page, which has no guard; what of the page is code is kept for a few pages until there is more of it.
 */
#include "jit/runtime/beside.h"

#include "jit/runtime/regions.h"

struct sum {
    struct jl_machine *m;
    uint64_t lines;
};

static void add_alias(void *ctx, uint32_t page) {
    struct sum *s = ctx;
    s->lines |= jl_page_lines(s->m, page);
}

static const struct jl_beside_page *page_at(struct jl_machine *m, uint32_t addr) {
    uint32_t page = addr >> JL_PAGE_SHIFT;
    struct jl_beside_page *b = &m->beside[page % JL_BESIDE_PAGES];
    if (b->addr == page << JL_PAGE_SHIFT)
        return b;
    const struct jl_guest_memory *g = m->mem->guest;
    struct sum sum = {m, jl_page_lines(m, page)};
    uint8_t *host = g->host_page(g->ctx, page << JL_PAGE_SHIFT);
    jl_mem_aliases(m->mem, page, add_alias, &sum);
    m->beside_known = true;
    *b = (struct jl_beside_page){.lines = host ? sum.lines : UINT64_MAX, .host = host, .addr = page << JL_PAGE_SHIFT};
    return b;
}

/* One machine's pages: what another one has translated is not known here. */
static const struct jl_beside_page *beside(struct jl_machine *m, uint32_t addr, unsigned size) {
    const struct jl_guest_memory *g = m->mem->guest;
    unsigned flags = jl_page_flags(m->mem, addr), at = addr & (JL_PAGE - 1);
    if (!g || !g->host_page || jl_mem_shared(m->mem) || at + size > JL_PAGE)
        return NULL;
    if ((flags & (JL_PAGE_W | JL_PAGE_CODE)) != (JL_PAGE_W | JL_PAGE_CODE))
        return NULL;
    const struct jl_beside_page *b = page_at(m, addr);
    bool hit = b->lines >> at / JL_LINE & 1 || b->lines >> (at + size - 1) / JL_LINE & 1;
    return hit ? NULL : b;
}

bool jl_is_beside_code(struct jl_machine *m, uint32_t addr, unsigned size) {
    return beside(m, addr, size);
}

bool jl_store_beside_code(struct jl_machine *m, uint32_t addr, unsigned size, uint64_t value) {
    const struct jl_beside_page *b = addr & (size - 1) ? NULL : beside(m, addr, size);
    if (b)
        jl_mem_put(m->mem, b->host, addr & (JL_PAGE - 1), size, value);
    return b;
}

void jl_beside_forget(struct jl_machine *m) {
    for (uint32_t i = 0; m->beside_known && i < JL_BESIDE_PAGES; i++)
        m->beside[i].addr = (i ^ 1) << JL_PAGE_SHIFT;
    m->beside_known = false;
}
