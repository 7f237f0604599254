/* Making and dropping regions: the way of a block from guest bytes to linked host code. */
#include "jit/runtime/regions.h"

#include <stdlib.h>

#include "jit/frontend/frontend.h"
#include "jit/runtime/cache.h"
#include "jit/runtime/cells.h"
#include "jit/runtime/parked.h"
#include "jit/runtime/tools.h"
#include "jit/runtime/versions.h"
#include "jit/util/clock.h"

enum { DEAD_BYTES = 8 << 20 }; /* of dropped translations are not worth a flush */

struct jl_region *jl_region_find(struct jl_machine *m, uint32_t pc) {
    uint8_t *entry = jl_lookup_find(m, pc);
    return entry ? jl_region_at_host(m, entry) : NULL;
}

/* Regions are made at ascending host addresses, so the list is sorted by hot. */
struct jl_region *jl_region_at_host(struct jl_machine *m, const uint8_t *p) {
    uint32_t lo = 0, hi = m->nregions;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (m->region_list[mid]->hot <= p)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo && p < m->region_list[lo - 1]->hot_end)
        return m->region_list[lo - 1];
    for (lo = 0, hi = m->nregions; lo < hi;) { /* far code grows downwards */
        uint32_t mid = (lo + hi) / 2;
        if (m->region_list[mid]->far_ > p)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < m->nregions && p < m->region_list[lo]->far_end ? m->region_list[lo] : NULL;
}

static bool list_region(struct jl_machine *m, struct jl_region *r) {
    if (m->nregions == m->cap_regions) {
        uint32_t cap = m->cap_regions ? m->cap_regions * 2 : 1024;
        struct jl_region **p = realloc(m->region_list, cap * sizeof *p);
        if (!p)
            return false;
        m->region_list = p;
        m->cap_regions = cap;
    }
    m->region_list[m->nregions++] = r;
    return true;
}

/* What a region takes until the next flush. What is there only for a tool does not count: it must not change when the
 * cache is flushed. */
static void hold(struct jl_machine *m, struct jl_region *r) {
    r->held += (uint32_t)(sizeof *r + r->nranges * sizeof *r->ranges + r->host_bytes +
                          r->nsites * sizeof(struct jl_link_site));
    m->held += r->held;
    if (m->counters.translation_bytes < m->held)
        m->counters.translation_bytes = m->held;
}

/* When more of what is held is dead than alive, a flush costs less than it gives back. */
static void let_go(struct jl_machine *m, const struct jl_region *r) {
    m->dead += r->held;
    if (m->dead > DEAD_BYTES && m->dead > m->held / 2)
        m->flush_wanted = true;
}

static void count_translation(struct jl_machine *m, const struct jl_region *r, uint64_t ns) {
    struct jl_counters *c = &m->counters;
    c->translate_ns += ns;
    c->regions_translated++;
    c->blocks_translated += r->blocks;
    c->guest_instructions_translated += r->guest_count;
    c->host_instructions_emitted += r->host_count;
    c->host_bytes_emitted += r->host_bytes;
}

static struct jl_region *translate(struct jl_machine *m, uint32_t pc) {
    struct jl_region *r = jl_arena_alloc(&m->regions, sizeof *r);
    if (!r)
        return NULL;
    r->pc = pc;
    r->mode = m->cpu.mode;
    r->links_in = -1;
    r->number = m->nregions;
    jl_phases_begin(m);
    jl_ir_reset(m->ir);
    if (!jl_translate(m, r) || m->ir->failed)
        return NULL;
    jl_phase_done(m, JL_PHASE_FRONT_END);
    return JL_OPS(m, BACKEND, jl_backend_ops)->compile(m, r);
}

/* So that a change of these pages' mapping is told to this machine. If one has come already while the region was being
 * made, the region is looked upon as changed with it. */
static void mark_translated(struct jl_machine *m, const struct jl_region *r, uint64_t changes) {
    jl_mem_lock(m->mem);
    for (unsigned i = 0; i < r->nranges; i++) {
        uint32_t last = (r->ranges[i].addr + r->ranges[i].len - 1) >> JL_PAGE_SHIFT;
        for (uint32_t page = r->ranges[i].addr >> JL_PAGE_SHIFT; page <= last; page++)
            jl_mem_mark_translated(m->mem, page);
    }
    if (m->mem->changes != changes) {
        m->nstale = JL_STALE_RANGES + 1;
        m->work = 1;
    }
    jl_mem_unlock(m->mem);
}

/* A region that outgrows one of the back end's limits is tried again with less guest code. */
static struct jl_region *translate_to_fit(struct jl_machine *m, uint32_t pc) {
    struct jl_region *r = NULL;
    for (; m->region_limit >= 8 && !r && !m->flush_wanted; m->region_limit /= 4)
        r = translate(m, pc);
    m->region_limit = JL_REGION_LIMIT;
    return r;
}

/* Into every table; again: it was there before. */
static void enlist(struct jl_machine *m, struct jl_region *r, uint64_t changes, bool again) {
    const struct jl_invalidate_ops *inv = JL_OPS(m, INVALIDATE, jl_invalidate_ops);
    if (jl_versions_is_first(r)) {
        JL_OPS(m, LOOKUP, jl_lookup_ops)->insert(m, r->pc, r->linked_entry);
        jl_cell_set(m, r->pc, r->linked_entry);
    }
    jl_pages_add(m, r, again);
    if (inv->translated)
        inv->translated(m, r);
    mark_translated(m, r, changes);
}

struct jl_region *jl_region_make(struct jl_machine *m, uint32_t pc) {
    uint64_t start = jl_now_ns();
    if (m->flush_wanted || m->nregions >= 1 << 19)
        jl_regions_flush(m);
    uint64_t changes = __atomic_load_n(&m->mem->changes, __ATOMIC_RELAXED);
    struct jl_region *r = jl_versions_begin(m, pc) ? translate_to_fit(m, pc) : NULL;
    if (!r && m->flush_wanted) { /* the cache was full: once more in an empty one */
        jl_regions_flush(m);
        r = jl_versions_begin(m, pc) ? translate_to_fit(m, pc) : NULL;
    }
    if (!r || !list_region(m, r)) {
        jl_versions_made(m, NULL);
        return NULL;
    }
    jl_versions_made(m, r);
    jl_parked_note(m, r);
    hold(m, r);
    enlist(m, r, changes, false);
    const struct jl_invalidate_ops *inv = JL_OPS(m, INVALIDATE, jl_invalidate_ops);
    if (inv->watches_writes && !jl_fe_unchanged(m)) { /* another thread wrote before the strategy began to watch */
        jl_region_drop(m, r);
        return NULL;
    }
    count_translation(m, r, jl_now_ns() - start);
    jl_tools_translated(m, r);
    return r;
}

/* Since region r died, or (NULL) all did. */
static void clear_predictions(struct jl_machine *m, const struct jl_region *r) {
    const struct jl_returns_ops *ret = JL_OPS(m, RETURNS, jl_returns_ops);
    const struct jl_inline_cache_ops *ic = JL_OPS(m, INLINE_CACHE, jl_inline_cache_ops);
    if (ret->clear && !(r && ret->survives))
        ret->clear(m);
    if (r && ic->dropped)
        ic->dropped(m, r->pc);
    else if (ic->clear)
        ic->clear(m);
}

void jl_region_drop(struct jl_machine *m, struct jl_region *r) {
    if (r->dead)
        return;
    r->dead = true;
    jl_link_undo(m, r);
    JL_OPS(m, LOOKUP, jl_lookup_ops)->remove(m, r->pc);
    jl_cell_set(m, r->pc, jl_lookup_stub(m));
    clear_predictions(m, r);
    const struct jl_invalidate_ops *inv = JL_OPS(m, INVALIDATE, jl_invalidate_ops);
    if (inv->dropped)
        inv->dropped(m, r);
    let_go(m, r);
    m->counters.regions_invalidated++;
    jl_versions_dropped(m, r);
}

void jl_region_revive(struct jl_machine *m, struct jl_region *r) {
    uint64_t changes = __atomic_load_n(&m->mem->changes, __ATOMIC_RELAXED);
    r->dead = false;
    m->dead -= r->held;
    enlist(m, r, changes, true);
    m->counters.regions_revived++;
}

void jl_invalidate_range(struct jl_machine *m, uint32_t addr, uint64_t len) {
    if (len && m->nregions)
        jl_pages_each(m, addr, len, jl_region_changed);
}

void jl_each_region(struct jl_machine *m, uint32_t addr, uint64_t len,
                    void (*fn)(struct jl_machine *, struct jl_region *)) {
    if (len && m->nregions)
        jl_pages_each(m, addr, len, fn);
}

void jl_regions_flush(struct jl_machine *m) {
    const struct jl_invalidate_ops *inv = JL_OPS(m, INVALIDATE, jl_invalidate_ops);
    m->flush_wanted = m->regions_alone = false;
    jl_tools_flushing(m);
    JL_OPS(m, LOOKUP, jl_lookup_ops)->clear(m);
    jl_cells_clear(m->cells);
    clear_predictions(m, NULL);
    if (inv->cleared && !jl_mem_shared(m->mem)) /* else pages may hold others' code: marks stay until a write comes */
        inv->cleared(m);
    jl_pages_clear(m->pages);
    jl_versions_clear(m);
    jl_parked_clear(m);
    m->nregions = m->nsites = m->link_wanted = m->npatches = 0;
    m->held = m->dead = 0;
    jl_arena_clear(&m->regions);
    jl_cache_reset(m->cache);
    m->counters.cache_flushes++;
}

unsigned jl_region_ranges(const struct jl_region *region, const struct jl_range **ranges) {
    *ranges = region->ranges;
    return region->nranges;
}

uint32_t jl_region_pc(const struct jl_region *region) {
    return region->pc;
}

uint64_t *jl_region_word(struct jl_region *region) {
    return &region->word;
}
