/* Chains of versions; see versions.h. */
#include "jit/runtime/versions.h"

#include <stdlib.h>
#include <string.h>

#include "jit/frontend/frontend.h"
#include "jit/runtime/regions.h"

/* The versions of one annotated entry. */
struct chain {
    uint32_t pc;
    bool complete; /* general code is its end */
    unsigned count;
    struct jl_region *first, *last;
    uint64_t *end; /* slot of the last one */
    struct chain *next;
};

struct jl_versions {
    struct chain *chains;
    unsigned slots; /* given away since the last flush */
    struct jl_version making;
};

static struct chain *chain_of(const struct jl_machine *m, uint32_t pc) {
    struct chain *c = m->versions ? m->versions->chains : NULL;
    while (c && c->pc != pc)
        c = c->next;
    return c;
}

static bool have_slot(struct jl_machine *m) {
    if (!m->versions)
        m->versions = calloc(1, sizeof *m->versions);
    if (!m->versions)
        return false;
    if (m->versions->slots < JL_VERSION_SLOTS)
        return true;
    m->flush_wanted = true; /* dead versions' slots come back with it */
    return false;
}

static void take_values(const struct jl_machine *m, struct jl_version *v) {
    const struct jl_annotation *a = &v->annotation;
    for (unsigned i = 0; i < a->registers; i++)
        v->value[i] = (uint32_t)m->cpu.var[JL_VAR_GPR + a->reg[i]];
    for (unsigned i = 0; i < a->memories; i++) {
        uint32_t low = v->value[a->base[i]], bytes = v->value[a->bytes[i]];
        v->memory[i] = JL_NO_SPAN;
        if (bytes && low + (bytes - 1) >= low)
            v->memory[i] = (struct jl_span){low, low + (bytes - 1)};
    }
}

bool jl_versions_begin(struct jl_machine *m, uint32_t pc) {
    struct jl_annotation a;
    m->version = NULL;
    if (!jl_fe_specializes(m) || !jl_fe_annotation(m, pc, &a) || !have_slot(m))
        return true;
    const struct chain *c = chain_of(m, pc);
    if (c && c->complete)
        return false;
    const struct jl_specialize_ops *ops = JL_OPS(m, SPECIALIZE, jl_specialize_ops);
    struct jl_version *v = m->version = &m->versions->making;
    *v = (struct jl_version){.pc = pc, .annotation = a, .general = c && c->count >= ops->max_versions(m)};
    v->next = &m->version_slot[m->versions->slots];
    take_values(m, v);
    for (unsigned i = 0; i < JL_VERSION_SPANS; i++)
        v->used[i] = JL_NO_SPAN;
    return true;
}

static void count(struct jl_machine *m, const struct jl_version *v) {
    if (v->general)
        return;
    m->counters.versions_made++;
    m->counters.version_loads_removed += v->loads;
    m->counters.version_branches_removed += v->branches;
    m->counters.version_turns_unrolled += v->turns;
}

void jl_versions_made(struct jl_machine *m, struct jl_region *region) {
    struct jl_version *v = m->version;
    struct jl_versions *all = m->versions;
    m->version = NULL;
    if (!v || !region)
        return;
    struct chain *c = chain_of(m, v->pc);
    if (c) {
        *c->end = (uint64_t)(uintptr_t)region->linked_entry;
        c->last->next_version = region;
    } else {
        c = calloc(1, sizeof *c);
        if (!c)
            abort();
        *c = (struct chain){.pc = v->pc, .first = region, .next = all->chains};
        all->chains = c;
    }
    region->version = (uint16_t)++c->count;
    c->last = region;
    c->complete = v->general;
    c->end = v->next;
    *v->next = 0;
    all->slots++;
    count(m, v);
}

bool jl_versions_is_first(const struct jl_region *region) {
    return region->version <= 1;
}

void jl_versions_dropped(struct jl_machine *m, const struct jl_region *region) {
    struct chain **at = m->versions ? &m->versions->chains : NULL;
    if (!region->version)
        return;
    while (at && *at && (*at)->pc != region->pc)
        at = &(*at)->next;
    if (!at || !*at)
        return;
    struct chain *c = *at;
    struct jl_region *r = c->first;
    *at = c->next;
    free(c);
    for (; r; r = r->next_version) /* which comes here again, and finds no chain any more */
        jl_region_drop(m, r);
}

void jl_versions_clear(struct jl_machine *m) {
    if (!m->versions)
        return;
    for (struct chain *c = m->versions->chains, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    m->versions->chains = NULL;
    m->versions->slots = 0;
}

void jl_versions_free(struct jl_machine *m) {
    jl_versions_clear(m);
    free(m->versions);
}
