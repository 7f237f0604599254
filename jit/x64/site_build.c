/* Building a region's sites and snapshots while it is emitted: IR values become locations. */
#include "jit/x64/emit.h"

#include <stdlib.h>
#include <string.h>

#include "jit/util/array.h"

/* The longest entry: var and first location, then for each op its second word, and the first one of the next op; one
 * constant for each op and another, of two words at most. */
enum { ENTRY_WORDS = 4 * JL_SUNK_CHAIN + 2 };

static bool needs_two_words(const struct jl_op *op) {
    return op->op == JL_IR_CONST && op->type == JL_I64 && op->imm != (int32_t)op->imm;
}

/* Where a value is, as a snapshot's list has it. */
static uint32_t loc_bits(const struct jl_emit *e, jl_ref v) {
    jl_loc loc = v ? jl_e_loc(e, v) : (jl_loc)JL_LOC_NONE;
    if (v && jl_ir_is_sunk(jl_e_op(e, v)))
        loc = JL_LOC_SUNK;
    else if (v && needs_two_words(jl_e_op(e, v)))
        loc = JL_LOC_CONST64;
    return (uint32_t)(uint16_t)loc << JL_SNAP_LOC_SHIFT;
}

/* What follows a location in the list: a constant, or what a sunk value is made of. At most JL_SUNK_CHAIN deep. */
static uint32_t *put_rest(const struct jl_emit *e, jl_ref v, uint32_t *p);

static uint32_t *put_sunk(const struct jl_emit *e, const struct jl_op *op, uint32_t *p) {
    *p++ =
        op->op | (uint32_t)op->cc << JL_SNAP_CC_SHIFT | (op->type != JL_I32 ? JL_SNAP_OP_WIDE : 0) | loc_bits(e, op->b);
    return put_rest(e, op->b, put_rest(e, op->a, p));
}

static uint32_t *put_rest(const struct jl_emit *e, jl_ref v, uint32_t *p) {
    const struct jl_op *op = v ? jl_e_op(e, v) : NULL;
    if (op && op->op == JL_IR_CONST) {
        *p++ = (uint32_t)op->imm;
        if (needs_two_words(op))
            *p++ = (uint32_t)(op->imm >> 32);
    } else if (op && jl_ir_is_sunk(op)) {
        *p++ = loc_bits(e, op->a);
        p = put_sunk(e, op, p);
    }
    return p;
}

/* A sunk sign extension of what stands somewhere, as most of a 64-bit processor's are. */
static bool is_extension(const struct jl_emit *e, const struct jl_op *op) {
    const struct jl_op *of = jl_e_op(e, op->a);
    return op->op == JL_IR_SEXT32 && op->type == JL_I64 && of->op != JL_IR_CONST && !jl_ir_is_sunk(of);
}

/* Appends what var is to be; false when it is where it belongs already. */
static bool put_entry(const struct jl_emit *e, unsigned var, jl_ref value) {
    struct jl_site_builder *sb = e->sites;
    const struct jl_op *op = jl_e_op(e, value);
    bool extended = jl_ir_is_sunk(op) && is_extension(e, op), sunk = jl_ir_is_sunk(op) && !extended;
    uint32_t *p = sb->words + sb->nwords;
    if (extended) {
        *p = var | JL_SNAP_WIDE | JL_SNAP_EXTENDED | loc_bits(e, op->a);
        sb->nwords++;
        return true;
    }
    if (!sunk && jl_e_loc(e, value) == (jl_loc)(JL_LOC_HOME + var))
        return false;
    *p++ =
        var | (op->type != JL_I32 ? JL_SNAP_WIDE : 0) | (sunk ? JL_SNAP_SUNK : 0) | loc_bits(e, sunk ? op->a : value);
    p = sunk ? put_sunk(e, op, p) : put_rest(e, value, p);
    sb->nwords = (uint32_t)(p - sb->words);
    return true;
}

uint32_t jl_site_snap(struct jl_emit *e, uint32_t snap) {
    struct jl_site_builder *sb = e->sites;
    if (!snap || !e->final) /* code's size does not depend on it */
        return ~0u;
    if (sb->snap_of[snap])
        return sb->snap_of[snap] - 1;
    const struct jl_snap *s = &e->ir->snaps[snap];
    if (!jl_array_room((void **)&sb->snaps, &sb->cap_snaps, sb->nsnaps + 1, sizeof *sb->snaps) ||
        !jl_array_room((void **)&sb->words, &sb->cap_words, sb->nwords + ENTRY_WORDS * s->count, sizeof *sb->words))
        abort();
    struct jl_site_snap out = {
        .pc = s->pc, .first = sb->nwords, .bd = s->bd != 0, .uncharged = s->uncharged, .unstalled = s->unstalled};
    bool shared = sb->nsnaps && sb->last_list == s->first && sb->last_count == s->count;
    if (shared) {
        out.first = sb->snaps[sb->nsnaps - 1].first;
        out.count = sb->snaps[sb->nsnaps - 1].count;
    }
    sb->last_list = s->first;
    sb->last_count = s->count;
    for (uint32_t i = 0; i < s->count && !shared; i++) {
        const struct jl_snap_var *sv = &e->ir->snap_vars[s->first + i];
        out.count += put_entry(e, sv->var, sv->value) & 1;
    }
    sb->snaps[sb->nsnaps] = out;
    sb->snap_of[snap] = ++sb->nsnaps;
    return sb->nsnaps - 1;
}

static uint32_t add(struct jl_emit *e, struct jl_site site) {
    struct jl_site_builder *sb = e->sites;
    if (!e->final)
        return sb->nsites++;
    if (!jl_array_room((void **)&sb->sites, &sb->cap_sites, sb->nsites + 1, sizeof *sb->sites))
        abort();
    site.block = (uint16_t)e->block;
    site.tail = jl_e_counted(e); /* made a distance from the block's end when that is known */
    sb->sites[sb->nsites] = site;
    return sb->nsites++;
}

uint32_t jl_site_add(struct jl_emit *e, struct jl_site site) {
    return e->region->number << 12 | (add(e, site) & 0xfff);
}

static int64_t constant(const struct jl_emit *e, jl_ref v) {
    return v && jl_ir_is_const(e->ir, v) ? jl_e_op(e, v)->imm : 0;
}

/* For patch.c. */
static void describe(struct jl_emit *e, const struct jl_op *op, struct jl_site *s) {
    bool stores = op->op == JL_IR_GSTORE;
    jl_ref value = stores ? op->c : e->pos;
    s->flags |= JL_SITE_DESCRIBED | (jl_e_op(e, value)->type != JL_I32 ? JL_SITE_WIDE : 0);
    s->a = op->a ? jl_e_loc(e, op->a) : (jl_loc)JL_LOC_NONE;
    s->b = op->b ? jl_e_loc(e, op->b) : (jl_loc)JL_LOC_NONE;
    s->imm_a = op->imm + constant(e, op->a) + (constant(e, op->b) << op->scale);
    s->fmt = op->scale;
    s->dst = stores || e->al->range[e->pos] ? jl_e_loc(e, value) : (jl_loc)JL_LOC_NONE;
    s->imm_b = stores ? constant(e, value) : 0;
    s->how = (uint8_t)(op->size | (op->flags & JL_IRF_SIGNED ? JL_HOW_SIGNED : 0) |
                       (op->flags & JL_IRF_EXACT ? JL_HOW_EXACT : 0) | (op->flags & JL_IRF_SWAP ? JL_HOW_SWAP : 0));
    s->length = (uint8_t)e->a.instructions; /* made a length at its end */
}

bool jl_site_is_patched(const struct jl_emit *e) {
    return e->m->mem->guest && JL_OPS(e->m, MEMORY, jl_memory_ops)->host_fault;
}

uint32_t jl_site_fault(struct jl_emit *e, const struct jl_op *op) {
    struct jl_site site = {.kind = JL_SITE_FAULT,
                           .snap = jl_site_snap(e, op->snap),
                           .host_off = (uint32_t)(e->a.p - e->m->cache->base),
                           .flags = op->op == JL_IR_GSTORE ? JL_SITE_STORE : 0,
                           .arg = op->size};
    if (e->final && op->op != JL_IR_CRC && jl_site_is_patched(e))
        describe(e, op, &site);
    return add(e, site);
}

void jl_site_fault_end(struct jl_emit *e, uint32_t site) {
    if (!e->final)
        return;
    e->sites->sites[site].host_end = (uint32_t)(e->a.p - e->m->cache->base);
    e->sites->sites[site].length = (uint8_t)(e->a.instructions - e->sites->sites[site].length);
}

static bool needs_more(const struct jl_site *s) {
    return s->kind == JL_SITE_SLOW || s->kind == JL_SITE_FPU || s->kind == JL_SITE_FCMP ||
           (s->kind == JL_SITE_EXIT && s->a != JL_LOC_NONE) ||
           (s->kind == JL_SITE_FAULT && s->flags & JL_SITE_DESCRIBED);
}

/* False when something does not fit. */
static bool pack(struct jl_sites *t, struct jl_site_packed *p, const struct jl_site *s) {
    bool fault = s->kind == JL_SITE_FAULT;
    *p = (struct jl_site_packed){.at = fault ? s->host_off : (uint32_t)s->arg,
                                 .tail = s->tail,
                                 .snap = (uint16_t)s->snap,
                                 .block = s->block,
                                 .length = (uint16_t)(s->host_end - s->host_off),
                                 .kind_flags = (uint8_t)(s->kind | s->flags << JL_SITE_FLAGS_SHIFT),
                                 .op = fault ? (uint8_t)s->arg : s->op};
    if (needs_more(s)) {
        if (!fault)
            p->at = t->nmore;
        p->kind_flags |= JL_SITE_MORE;
        jl_sites_more(t)[t->nmore++] = (struct jl_site_more){.fn = s->fn,
                                                             .imm_a = s->imm_a,
                                                             .imm_b = s->imm_b,
                                                             .arg = s->arg,
                                                             .a = s->a,
                                                             .b = s->b,
                                                             .dst = s->dst,
                                                             .fmt = s->fmt,
                                                             .how = s->how,
                                                             .length = s->length};
    }
    return s->host_end - s->host_off <= UINT16_MAX && !(fault && (s->arg < 0 || s->arg > UINT8_MAX));
}

struct jl_sites *jl_site_finish(struct jl_emit *e) {
    const struct jl_site_builder *sb = e->sites;
    uint32_t nmore = 0;
    bool fits = sb->nsites <= 0xfff && sb->nsnaps < 0xffff;
    for (uint32_t i = 0; i < sb->nsites; i++)
        nmore += needs_more(&sb->sites[i]);
    size_t bytes = sizeof(struct jl_sites) + sb->nsites * sizeof(struct jl_site_packed) +
                   nmore * sizeof(struct jl_site_more) + sb->nsnaps * sizeof *sb->snaps +
                   sb->nwords * sizeof *sb->words;
    struct jl_sites *t = fits ? jl_arena_alloc_raw(&e->m->regions, bytes) : NULL;
    e->region->held = (uint32_t)bytes;
    if (!t)
        return NULL;
    *t = (struct jl_sites){.nsites = (uint16_t)sb->nsites, .nsnaps = (uint16_t)sb->nsnaps};
    for (uint32_t i = 0; i < sb->nsites; i++)
        fits &= pack(t, &t->site[i], &sb->sites[i]);
    if (sb->nsnaps)
        memcpy(jl_sites_snaps(t), sb->snaps, sb->nsnaps * sizeof *sb->snaps);
    if (sb->nwords)
        memcpy(jl_sites_words(t), sb->words, sb->nwords * sizeof *sb->words);
    return fits ? t : NULL;
}
