/* From guest pages to the regions that have code on them: one list a page, in arrays that grow. Dead regions are swept
 * out when their page's list is walked. */
#include <stdlib.h>

#include "jit/runtime/beside.h"
#include "jit/runtime/parked.h"
#include "jit/runtime/regions.h"

struct page_list {
    uint32_t *regions; /* numbers */
    uint32_t count, cap;
};
struct jl_page_index {
    struct page_list *page[1024]; /* by the upper ten bits of the page number; 1,024 lists each */
    uint8_t *changes[1024];       /* how often code of a page was changed; outlives the lists */
};

struct jl_page_index *jl_pages_new(void) {
    return calloc(1, sizeof(struct jl_page_index));
}

void jl_pages_clear(struct jl_page_index *p) {
    for (unsigned i = 0; i < 1024; i++) {
        if (!p->page[i])
            continue;
        for (unsigned k = 0; k < 1024; k++)
            free(p->page[i][k].regions);
        free(p->page[i]);
        p->page[i] = NULL;
    }
}

void jl_pages_free(struct jl_page_index *p) {
    if (!p)
        return;
    jl_pages_clear(p);
    for (unsigned i = 0; i < 1024; i++)
        free(p->changes[i]);
    free(p);
}

/* What cannot be written has not changed: its translations went because of something else (a mapping, what they had
 * inlined). */
void jl_pages_note_change(struct jl_machine *m, uint32_t addr) {
    uint32_t page = addr >> JL_PAGE_SHIFT;
    uint8_t **part = &m->pages->changes[page >> 10];
    if (!jl_page_has(m->mem, addr, JL_PAGE_W))
        return;
    if (!*part && !(*part = calloc(1024, 1)))
        return;
    (*part)[page & 1023] += (*part)[page & 1023] < 255;
}

unsigned jl_page_changes(const struct jl_machine *m, uint32_t addr) {
    const uint8_t *part = m->pages->changes[addr >> JL_PAGE_SHIFT >> 10];
    return part ? part[addr >> JL_PAGE_SHIFT & 1023] : 0;
}

static struct page_list *list_of(struct jl_page_index *p, uint32_t page, bool make) {
    struct page_list **l = &p->page[page >> 10];
    if (!*l && make)
        *l = calloc(1024, sizeof **l);
    return *l ? &(*l)[page & 1023] : NULL;
}

void jl_pages_note_code(struct jl_page_index *p, uint32_t page) {
    if (!list_of(p, page, true))
        abort();
}

/* All in the parts of the index that exist, which are few: a flush of a small cache must not cost a walk over 4 GiB. */
void jl_each_code_page(struct jl_machine *m, void (*fn)(void *ctx, uint32_t page), void *ctx) {
    for (uint32_t i = 0; i < 1024; i++)
        for (uint32_t k = 0; k < 1024 && m->pages->page[i]; k++)
            if (jl_page_has(m->mem, (i << 10 | k) << JL_PAGE_SHIFT, JL_PAGE_CODE))
                fn(ctx, i << 10 | k);
}

static void add_to(struct jl_machine *m, uint32_t page, uint32_t number, bool again) {
    struct page_list *l = list_of(m->pages, page, true);
    if (!l)
        abort();
    if (l->count && l->regions[l->count - 1] == number)
        return;
    for (uint32_t i = 0; again && i < l->count; i++) /* from before it was dropped */
        if (l->regions[i] == number)
            return;
    if (l->count == l->cap) {
        uint32_t cap = l->cap ? l->cap * 2 : 8;
        uint32_t *r = realloc(l->regions, cap * sizeof *r);
        if (!r)
            abort();
        l->regions = r;
        l->cap = cap;
    }
    l->regions[l->count++] = number;
}

void jl_pages_add(struct jl_machine *m, struct jl_region *region, bool again) {
    jl_beside_forget(m);
    for (unsigned i = 0; i < region->nranges; i++) {
        uint32_t last = (region->ranges[i].addr + region->ranges[i].len - 1) >> JL_PAGE_SHIFT;
        for (uint32_t page = region->ranges[i].addr >> JL_PAGE_SHIFT; page <= last; page++)
            add_to(m, page, region->number, again);
    }
}

uint64_t jl_page_lines(struct jl_machine *m, uint32_t page) {
    const struct page_list *l = list_of(m->pages, page, false);
    uint64_t lines = 0, start = (uint64_t)page << JL_PAGE_SHIFT;
    for (uint32_t i = 0; l && i < l->count; i++) {
        const struct jl_region *r = m->region_list[l->regions[i]];
        for (unsigned k = 0; k < r->nranges && !r->dead; k++) {
            uint64_t from = r->ranges[k].addr, to = from + r->ranges[k].len;
            for (uint64_t at = from < start ? start : from & -(uint64_t)JL_LINE; at < to && at < start + JL_PAGE;
                 at += JL_LINE)
                lines |= (uint64_t)1 << (at - start) / JL_LINE;
        }
    }
    return lines;
}

static bool touches(const struct jl_region *r, uint32_t addr, uint64_t len) {
    for (unsigned i = 0; i < r->nranges; i++)
        if ((uint64_t)addr < (uint64_t)r->ranges[i].addr + r->ranges[i].len && (uint64_t)addr + len > r->ranges[i].addr)
            return true;
    return false;
}

void jl_pages_each(struct jl_machine *m, uint32_t addr, uint64_t len,
                   void (*fn)(struct jl_machine *, struct jl_region *)) {
    uint64_t last = ((uint64_t)addr + len - 1) >> JL_PAGE_SHIFT;
    for (uint64_t page = addr >> JL_PAGE_SHIFT; page <= last && page < JL_PAGES; page++) {
        struct page_list *l = list_of(m->pages, (uint32_t)page, false);
        if (!l) {
            page |= 1023; /* none of these has code */
            continue;
        }
        uint32_t kept = 0;
        bool any = false;
        for (uint32_t i = 0; i < l->count; i++) {
            struct jl_region *r = m->region_list[l->regions[i]];
            if (!r->dead && touches(r, addr, len)) {
                fn(m, r);
                any = true;
            }
            if (!r->dead)
                l->regions[kept++] = l->regions[i];
        }
        l->count = kept;
        if (any && fn == jl_region_changed)
            jl_pages_note_change(m, (uint32_t)(page << JL_PAGE_SHIFT));
    }
}

void jl_invalidate_index(struct jl_machine *m, uint32_t addr, uint32_t len, uint32_t way) {
    if (!m->nregions) /* an interpreter has no lists either */
        return;
    uint32_t step = way >> JL_PAGE_SHIFT, first = addr >> JL_PAGE_SHIFT & (step - 1), in_page = addr & (JL_PAGE - 1);
    for (uint32_t part = 0; part < 1024; part++) {
        const struct page_list *l = m->pages->page[part];
        for (uint32_t k = first; l && k < 1024; k += step)
            if (l[k].count)
                jl_invalidate_range(m, (part << 10 | k) << JL_PAGE_SHIFT | in_page, len);
    }
}
