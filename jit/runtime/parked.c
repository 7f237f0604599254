#include "jit/runtime/parked.h"

#include <string.h>

#include "jit/runtime/regions.h"

static bool keeps(const struct jl_machine *m) {
    return m->reuse || JL_OPS(m, LOOKUP, jl_lookup_ops)->keeps_unmapped;
}

static struct jl_region **list_of(struct jl_machine *m, uint32_t pc) {
    return &m->parked[(pc >> 2) * 2654435761u >> (32 - JL_PARKED_BITS)];
}

void jl_parked_note(struct jl_machine *m, struct jl_region *r) {
    uint32_t words = 0, n = 0;
    for (unsigned i = 0; i < r->nranges; i++)
        words += r->ranges[i].len / 4;
    bool alone = !r->version; /* one of a chain of versions is of no use without the others */
    r->words = keeps(m) && alone ? jl_arena_alloc(&m->regions, words * sizeof *r->words) : NULL;
    r->held += r->words ? words * (uint32_t)sizeof *r->words : 0;
    for (unsigned i = 0; i < r->nranges && r->words; i++)
        for (uint32_t at = 0; at < r->ranges[i].len; at += 4)
            if (!jl_mem_fetch(m->mem, r->ranges[i].addr + at, &r->words[n++]))
                r->words[n - 1] = 0; /* gone already: then it is not found to be the same either */
}

static bool stands_there(const struct jl_machine *m, const struct jl_region *r) {
    uint32_t n = 0, word;
    for (unsigned i = 0; i < r->nranges; i++)
        for (uint32_t at = 0; at < r->ranges[i].len; at += 4)
            if (!jl_mem_fetch(m->mem, r->ranges[i].addr + at, &word) || word != r->words[n++])
                return false;
    return true;
}

/* Of an address that changes again and again only the last few translations are kept, or each look would be at all. */
static void forget_oldest(struct jl_machine *m, struct jl_region **list, uint32_t pc) {
    uint32_t n = 0;
    while (*list) {
        bool too_many = (*list)->pc == pc && ++n > m->reuse;
        if (too_many)
            *list = (*list)->next_parked;
        else
            list = &(*list)->next_parked;
    }
}

void jl_region_park(struct jl_machine *m, struct jl_region *r) {
    if (r->dead)
        return;
    jl_region_drop(m, r);
    if (!r->words)
        return;
    struct jl_region **list = list_of(m, r->pc);
    r->next_parked = *list;
    *list = r;
    if (m->reuse)
        forget_oldest(m, list, r->pc);
}

void jl_region_changed(struct jl_machine *m, struct jl_region *r) {
    if (m->reuse)
        jl_region_park(m, r);
    else
        jl_region_drop(m, r);
}

void jl_parked_range(struct jl_machine *m, uint32_t addr, uint64_t len) {
    if (!keeps(m))
        jl_invalidate_range(m, addr, len);
    else if (len && m->nregions)
        jl_pages_each(m, addr, len, jl_region_park);
}

void jl_displace(struct jl_machine *m, void *entry) {
    jl_region_park(m, jl_region_at_host(m, entry));
}

struct jl_region *jl_parked_take(struct jl_machine *m, uint32_t pc) {
    if (!keeps(m))
        return NULL;
    for (struct jl_region **at = list_of(m, pc), *r; (r = *at); at = &r->next_parked) {
        if (r->pc != pc || !stands_there(m, r))
            continue;
        *at = r->next_parked;
        jl_region_revive(m, r);
        if (jl_mem_shared(m->mem) && !stands_there(m, r)) { /* another thread wrote before the strategy watched */
            jl_region_drop(m, r);
            return NULL;
        }
        return r;
    }
    return NULL;
}

void jl_parked_clear(struct jl_machine *m) {
    if (keeps(m))
        memset(m->parked, 0, sizeof m->parked);
}
