/* Which LWL/LWR and SWL/SWR (LDL/LDR, SDL/SDR) of a block are one access, also when other instructions stand between
 * the two.
 *
 * A pair's whole access is made at one of its halves and the other does nothing. What may leave between the two would
 * have to show the guest half a word loaded or stored. Instead it goes back to the first half and executes from there
 * once more: nothing was stored since, and a snapshot names the registers as they were there (jl_b_hold). Hence a load
 * is made at its first half, a store at its second; at its first only where nothing between can leave. Windows that
 * overlap go back to where the first of them begins.
 */
#include <string.h>

#include "jit/frontend/frontend.h"

enum { REACH = 16 }; /* how far behind the first half the second may stand: values live so long for the way back */

struct pair {
    const struct jl_insn *first;
    unsigned partner;     /* the second's op */
    int32_t offset, low;  /* the second's, and the lowest byte's */
    bool load, may_leave; /* may_leave: something between may */
};

static unsigned partner_of(unsigned op) {
    switch (op) {
    case JL_OP_LWL: return JL_OP_LWR;
    case JL_OP_LWR: return JL_OP_LWL;
    case JL_OP_SWL: return JL_OP_SWR;
    case JL_OP_SWR: return JL_OP_SWL;
    case JL_OP_LDL: return JL_OP_LDR;
    case JL_OP_LDR: return JL_OP_LDL;
    case JL_OP_SDL: return JL_OP_SDR;
    case JL_OP_SDR: return JL_OP_SDL;
    default: return 0;
    }
}

int32_t jl_fe_unaligned_size(const struct jl_insn *i) {
    return i->op == JL_OP_LDL || i->op == JL_OP_LDR || i->op == JL_OP_SDL || i->op == JL_OP_SDR ? 8 : 4;
}

int32_t jl_fe_lowest_byte(const struct jl_insn *i, uint32_t mode) {
    bool left = i->op == JL_OP_LWL || i->op == JL_OP_SWL || i->op == JL_OP_LDL || i->op == JL_OP_SDL;
    /* big-endian LWL and little-endian LWR name the lowest byte */
    return left == !!(mode & JL_MODE_BE) ? i->imm : i->imm - (jl_fe_unaligned_size(i) - 1);
}

/* How many bytes from *at on, relative to its base register, a load may read; 0: not known. */
static int32_t read_bytes(const struct jl_insn *i, uint32_t mode, int32_t *at) {
    *at = i->imm;
    switch (i->op) {
    case JL_OP_LB:
    case JL_OP_LBU: return 1;
    case JL_OP_LH:
    case JL_OP_LHU: return 2;
    case JL_OP_LW:
    case JL_OP_LWU:
    case JL_OP_LWC1: return 4;
    case JL_OP_LD:
    case JL_OP_LDC1: return 8;
    case JL_OP_LWL:
    case JL_OP_LWR:
    case JL_OP_LDL:
    case JL_OP_LDR: *at = jl_fe_lowest_byte(i, mode); return jl_fe_unaligned_size(i);
    default: return 0;
    }
}

/* Pages may be mapped twice: compared are the places in a page. */
static bool reads_elsewhere(const struct jl_insn *i, uint32_t mode, const struct pair *p) {
    int32_t at, size = read_bytes(i, mode, &at), behind = (at - p->low) & (JL_PAGE - 1);
    return size && i->rs == p->first->rs && behind >= jl_fe_unaligned_size(p->first) && behind + size <= JL_PAGE;
}

/* Whether insn may stand inside the pair's window; notes if it may leave. */
static bool may_stand_inside(struct pair *p, const struct jl_insn *i, enum jl_fe_part part, uint32_t mode) {
    struct jl_varset r = jl_insn_reads(i, mode), w = jl_insn_writes(i, mode);
    unsigned rs = p->first->rs, rt = p->first->rt;
    if (jl_varset_has(w, rs) || jl_varset_has(w, rt) || (p->load && jl_varset_has(r, rt)))
        return false;
    switch ((enum jl_class)jl_insn_info[i->op].klass) {
    case JL_CLASS_ALU:
    case JL_CLASS_MULDIV:
    case JL_CLASS_TRAP: p->may_leave |= !!(jl_insn_flags(i) & JL_FAULTS); return true;
    case JL_CLASS_LOAD: p->may_leave = true; return i->op != JL_OP_LL && (p->load || reads_elsewhere(i, mode, p));
    case JL_CLASS_STORE: p->may_leave = true; return p->load && part == JL_FE_NOTHING; /* its own window begins here */
    case JL_CLASS_BRANCH:
    case JL_CLASS_JUMP: return true; /* the last one: the second half is in its slot */
    case JL_CLASS_SYSTEM: return i->op == JL_OP_PREF;
    case JL_CLASS_FPU: /* sticky flags would show what is to be done again */
    case JL_CLASS_COP0: return false;
    }
    return false;
}

/* Instruction k of a block, its delay slot being the last; NULL behind that. */
static const struct jl_insn *insn_at(const struct jl_frontend *f, const struct jl_fe_block *blk, unsigned k) {
    if (k < blk->count)
        return &f->insn[blk->first + k];
    return k == blk->count && blk->has_slot && !blk->likely ? &blk->slot : NULL;
}

/* Index of the second half, 0 = there is none. */
static unsigned find_second(struct jl_frontend *f, const struct jl_fe_block *blk, unsigned at, struct pair *p,
                            uint32_t mode) {
    for (unsigned k = at + 1; k <= at + REACH; k++) {
        const struct jl_insn *i = insn_at(f, blk, k);
        if (!i)
            return 0;
        if (i->op == p->partner && i->rs == p->first->rs && i->rt == p->first->rt && i->imm == p->offset)
            return f->part[k] == JL_FE_ALONE ? k : 0;
        if (!may_stand_inside(p, i, (enum jl_fe_part)f->part[k], mode))
            return 0;
    }
    return 0;
}

static void pair_up(struct jl_frontend *f, const struct jl_fe_block *blk, unsigned at, uint32_t mode) {
    const struct jl_insn *first = insn_at(f, blk, at);
    struct pair p = {.first = first, .partner = partner_of(first->op), .low = jl_fe_lowest_byte(first, mode)};
    p.load = jl_insn_info[first->op].klass == JL_CLASS_LOAD;
    int32_t reach = jl_fe_unaligned_size(first) - 1;
    p.offset = p.low == first->imm ? first->imm + reach : first->imm - reach;
    if (p.load && first->rs == first->rt)
        return;
    unsigned second = find_second(f, blk, at, &p, mode);
    if (!second)
        return;
    bool early = p.load || !p.may_leave;
    f->part[at] = early ? JL_FE_WHOLE : JL_FE_NOTHING;
    f->part[second] = early ? JL_FE_NOTHING : JL_FE_WHOLE;
    if (p.may_leave)
        memset(&f->held[at + 1], 1, second - at);
}

/* Stores first: whether one is made inside a load's window depends on where its pair makes it. */
void jl_fe_pairs(struct jl_frontend *f, const struct jl_fe_block *blk, uint32_t mode, bool fuse) {
    memset(f->part, 0, blk->count + 1u);
    memset(f->held, 0, blk->count + 2u); /* the entry behind the slot is looked at */
    for (unsigned pass = 0; pass < 2 && fuse; pass++)
        for (unsigned k = 0; k < blk->count; k++) {
            const struct jl_insn *i = insn_at(f, blk, k);
            unsigned klass = jl_insn_info[i->op].klass;
            if (klass == (pass ? JL_CLASS_LOAD : JL_CLASS_STORE) && partner_of(i->op) && f->part[k] == JL_FE_ALONE)
                pair_up(f, blk, k, mode);
        }
}
