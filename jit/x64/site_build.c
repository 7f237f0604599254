/* Building a region's sites and snapshots while it is emitted: IR values become locations. */
#include "jit/x64/emit.h"

#include <stdlib.h>
#include <string.h>

static bool room(void **array, uint32_t *cap, uint32_t need, size_t size) {
    if (need <= *cap)
        return true;
    uint32_t n = (*cap ? *cap * 2 : 256);
    while (n < need)
        n *= 2;
    void *p = realloc(*array, n * size);
    if (!p)
        return false;
    *array = p;
    *cap = n;
    return true;
}

static void operand(const struct jl_emit *e, jl_ref v, jl_loc *loc, int32_t *imm) {
    *loc = v ? jl_e_loc(e, v) : (jl_loc)JL_LOC_NONE;
    *imm = v && jl_ir_is_const(e->ir, v) ? (int32_t)jl_e_op(e, v)->imm : 0;
}

static struct jl_snap_entry entry_of(const struct jl_emit *e, unsigned var, jl_ref value) {
    const struct jl_op *op = jl_e_op(e, value);
    struct jl_snap_entry n = {.var = (uint8_t)var, .wide = op->type != JL_I32};
    if (op->flags & JL_IRF_SUNK && jl_irop_info[op->op].klass & JL_IRC_P) {
        n.sunk = op->op;
        n.cc = op->cc;
        operand(e, op->a, &n.loc, &n.imm);
        operand(e, op->b, &n.loc2, &n.imm2);
    } else {
        operand(e, value, &n.loc, &n.imm);
    }
    return n;
}

uint32_t jl_site_snap(struct jl_emit *e, uint32_t snap) {
    struct jl_site_builder *sb = e->sites;
    if (!snap || !e->final) /* code's size does not depend on it */
        return ~0u;
    if (sb->snap_of[snap])
        return sb->snap_of[snap] - 1;
    const struct jl_snap *s = &e->ir->snaps[snap];
    if (!room((void **)&sb->snaps, &sb->cap_snaps, sb->nsnaps + 1, sizeof *sb->snaps) ||
        !room((void **)&sb->entries, &sb->cap_entries, sb->nentries + s->count, sizeof *sb->entries))
        abort();
    struct jl_site_snap out = {.pc = s->pc, .first = sb->nentries, .bd = s->bd, .uncharged = s->uncharged};
    bool shared = sb->nsnaps && sb->last_list == s->first && sb->last_count == s->count;
    if (shared)
        out.first = sb->snaps[sb->nsnaps - 1].first;
    sb->last_list = s->first;
    sb->last_count = s->count;
    for (uint32_t i = 0; i < s->count && !shared; i++) {
        const struct jl_snap_var *sv = &e->ir->snap_vars[s->first + i];
        struct jl_snap_entry n = entry_of(e, sv->var, sv->value);
        if (n.sunk || n.loc != (jl_loc)(JL_LOC_HOME + sv->var)) /* else it is where it belongs */
            sb->entries[sb->nentries++] = n;
    }
    out.count = shared ? sb->snaps[sb->nsnaps - 1].count : (uint16_t)(sb->nentries - out.first);
    sb->snaps[sb->nsnaps] = out;
    sb->snap_of[snap] = ++sb->nsnaps;
    return sb->nsnaps - 1;
}

static uint32_t add(struct jl_emit *e, struct jl_site site) {
    struct jl_site_builder *sb = e->sites;
    if (!e->final)
        return sb->nsites++;
    if (!room((void **)&sb->sites, &sb->cap_sites, sb->nsites + 1, sizeof *sb->sites))
        abort();
    site.block = (uint16_t)e->block;
    site.tail = jl_e_counted(e); /* made a distance from the block's end when that is known */
    sb->sites[sb->nsites] = site;
    return sb->nsites++;
}

uint32_t jl_site_add(struct jl_emit *e, struct jl_site site) {
    return e->region->number << 12 | (add(e, site) & 0xfff);
}

uint32_t jl_site_fault(struct jl_emit *e, const struct jl_op *op) {
    return add(e, (struct jl_site){.kind = JL_SITE_FAULT,
                                   .snap = jl_site_snap(e, op->snap),
                                   .host_off = (uint32_t)(e->a.p - e->m->cache->base),
                                   .flags = op->op == JL_IR_GSTORE,
                                   .arg = op->size});
}

void jl_site_fault_end(struct jl_emit *e, uint32_t site) {
    if (e->final)
        e->sites->sites[site].host_end = (uint32_t)(e->a.p - e->m->cache->base);
}

struct jl_snap_table *jl_site_finish(struct jl_emit *e) {
    struct jl_site_builder *sb = e->sites;
    if (sb->nsites > 0xfff)
        return NULL;
    struct jl_arena *arena = &e->m->regions;
    struct jl_snap_table *t = jl_arena_alloc(arena, sizeof *t);
    if (!t)
        return NULL;
    t->sites = jl_arena_alloc_raw(arena, (sb->nsites + 1) * sizeof *t->sites);
    t->snaps = jl_arena_alloc_raw(arena, (sb->nsnaps + 1) * sizeof *t->snaps);
    t->entries = jl_arena_alloc_raw(arena, (sb->nentries + 1) * sizeof *t->entries);
    if (!t->sites || !t->snaps || !t->entries)
        return NULL;
    if (sb->nsites)
        memcpy(t->sites, sb->sites, sb->nsites * sizeof *t->sites);
    if (sb->nsnaps)
        memcpy(t->snaps, sb->snaps, sb->nsnaps * sizeof *t->snaps);
    if (sb->nentries)
        memcpy(t->entries, sb->entries, sb->nentries * sizeof *t->entries);
    t->nsites = sb->nsites;
    t->nsnaps = sb->nsnaps;
    t->nentries = sb->nentries;
    return t;
}
