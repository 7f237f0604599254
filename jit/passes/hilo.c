/* HI:LO: the halves of a product as one 64-bit value.
 *
 * In: a phi of LO and one of HI that a product goes to round a loop, or both of which a multiply-and-add wants, such
 * that what flows in on each edge is the two halves of one 64-bit value, two constants, HI and LO as they were on
 * entry, or a PAIR that is made anyway. Out: one 64-bit phi, of which the old two are the halves (TRUNC and HIGH); and
 * no PAIR of the halves of one value is used any more. A sum of products is then kept in one register, and its halves
 * are made where something wants them, mostly at the exits (pass sink). Invariant: HI and LO have the values they had.
 *
 * Which pairs of phis qualify is assumed of all and taken back until nothing changes, for loops feed each other.
 */
#include "jit/ir/dominators.h"
#include "jit/passes/passes.h"

struct pair {
    jl_ref lo, hi;         /* the phis, 0 = the block has none */
    int64_t lo_at, hi_at;  /* their operands in ir->phi_args */
    jl_ref wide;           /* the phi made of them */
    bool possible, wanted; /* every operand has a 64-bit value; it is worth it */
};

struct halves {
    jl_ref lo, hi;
};

enum { MAX_PAIRS = 32 };

struct hilo {
    struct jl_ir *ir;
    struct pair at[JL_DOM_BLOCKS]; /* of each block */
    jl_ref made[MAX_PAIRS];        /* PAIR ops of the region, as far as there is room to remember */
    unsigned nmade;
    bool product; /* there is one */
    bool dominators;
    struct jl_dominators dom;
};

static bool is(const struct jl_ir *ir, jl_ref r, unsigned op) {
    return ir->ops[r].op == op;
}

/* ---- what there is ---- */

static void find_phis(struct hilo *k, uint32_t n) {
    const struct jl_ir *ir = k->ir;
    struct pair *p = &k->at[n];
    *p = (struct pair){0};
    for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d) {
        if (!is(ir, phi, JL_IR_PHI))
            continue;
        if (ir->ops[phi].home == JL_VAR_LO + 1)
            p->lo = phi;
        if (ir->ops[phi].home == JL_VAR_HI + 1)
            p->hi = phi;
    }
    p->possible = p->lo && p->hi;
    if (!p->possible)
        return;
    p->lo_at = ir->ops[p->lo].imm;
    p->hi_at = ir->ops[p->hi].imm;
    p->wanted = false;
    k->ir->ops[p->lo].uses = n; /* counted later; till then it says where the phi is */
}

static void find_ops(struct hilo *k) {
    const struct jl_ir *ir = k->ir;
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        k->product |= is(ir, i, JL_IR_HIGH);
        if (is(ir, i, JL_IR_PAIR) && ir->ops[i].sub != JL_PAIR_ASKS && k->nmade < MAX_PAIRS)
            k->made[k->nmade++] = i;
    }
}

/* The pair of phis that lo and hi are, or NULL. */
static struct pair *phis_of(struct hilo *k, struct halves h) {
    const struct jl_op *op = &k->ir->ops[h.lo];
    if (op->op != JL_IR_PHI || op->home != JL_VAR_LO + 1 || op->uses >= k->ir->nblocks)
        return NULL;
    struct pair *p = &k->at[op->uses];
    return p->lo == h.lo && p->hi == h.hi ? p : NULL;
}

static uint32_t block_of(const struct jl_ir *ir, jl_ref r) {
    uint32_t n = 0;
    while (n < ir->nblocks && !(r >= ir->blocks[n].first && r < ir->blocks[n].end))
        n++;
    return n;
}

/* A PAIR of lo and hi that is there at the end of block n. */
static jl_ref made_before(struct hilo *k, struct halves h, uint32_t n) {
    const struct jl_ir *ir = k->ir;
    for (unsigned i = 0; i < k->nmade; i++) {
        const struct jl_op *op = &ir->ops[k->made[i]];
        if (op->op != JL_IR_PAIR || op->a != h.lo || op->b != h.hi)
            continue;
        k->dominators = k->dominators || jl_ir_dominators(&k->dom, ir);
        uint32_t at = block_of(ir, k->made[i]);
        if (k->dominators && at < ir->nblocks && jl_ir_dominates(&k->dom, at, n))
            return k->made[i];
    }
    return 0;
}

/* The one value that lo and hi are the halves of, 0 = none. */
static jl_ref whole(const struct jl_ir *ir, jl_ref lo, jl_ref hi) {
    return is(ir, lo, JL_IR_TRUNC) && is(ir, hi, JL_IR_HIGH) && ir->ops[lo].a == ir->ops[hi].a ? ir->ops[lo].a : 0;
}

/* The halves on edge j to the phis of p; those of a PAIR that asks are what it asks about. */
static struct halves argument(const struct jl_ir *ir, const struct pair *p, uint32_t j) {
    struct halves h = {ir->phi_args[p->lo_at + j], ir->phi_args[p->hi_at + j]};
    jl_ref x;
    while ((x = whole(ir, h.lo, h.hi)) && is(ir, x, JL_IR_PAIR) && ir->ops[x].sub == JL_PAIR_ASKS)
        h = (struct halves){ir->ops[x].a, ir->ops[x].b};
    return h;
}

static bool both_const(const struct jl_ir *ir, struct halves h) {
    return jl_ir_is_const(ir, h.lo) && jl_ir_is_const(ir, h.hi);
}

static bool as_on_entry(const struct jl_ir *ir, struct halves h) {
    return h.lo == ir->param[JL_VAR_LO] && h.hi == ir->param[JL_VAR_HI];
}

/* ---- which ---- */

static bool has_wide(struct hilo *k, struct halves h, uint32_t n) {
    const struct pair *p = phis_of(k, h);
    if (p)
        return p->possible;
    return whole(k->ir, h.lo, h.hi) || both_const(k->ir, h) || as_on_entry(k->ir, h) || made_before(k, h, n);
}

static bool still_possible(struct hilo *k, uint32_t n) {
    const struct jl_ir *ir = k->ir;
    const struct jl_ir_block *b = &ir->blocks[n];
    for (uint32_t j = 0; j < b->preds; j++)
        if (!has_wide(k, argument(ir, &k->at[n], j), ir->pred_list[b->pred_first + j]))
            return false;
    return true;
}

static void take_back_impossible(struct hilo *k) {
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t n = 0; n < k->ir->nblocks; n++)
            if (k->at[n].possible && !still_possible(k, n)) {
                k->at[n].possible = false;
                changed = true;
            }
    }
}

/* Whether a product comes to the phis of block n round its loop, or out of a loop, which would make its halves at each
 * turn. (Where two ways only join, a product on one of them, the pair would cost the other way more than it saves.) */
static bool takes_product(const struct hilo *k, uint32_t n) {
    const struct jl_ir *ir = k->ir;
    const struct jl_ir_block *b = &ir->blocks[n];
    for (uint32_t j = 0; j < b->preds; j++) {
        struct halves h = argument(ir, &k->at[n], j);
        if (whole(ir, h.lo, h.hi) &&
            (b->loop_head || ir->blocks[ir->pred_list[b->pred_first + j]].loop_depth > b->loop_depth))
            return true;
    }
    return false;
}

/* What a wanted phi is made of is wanted, too. */
static bool spread_wanted(struct hilo *k, uint32_t n) {
    const struct jl_ir *ir = k->ir;
    const struct pair *to = &k->at[n];
    bool changed = false;
    for (uint32_t j = 0; to->possible && to->wanted && j < ir->blocks[n].preds; j++) {
        struct pair *from = phis_of(k, argument(ir, to, j));
        if (!from || from->wanted)
            continue;
        from->wanted = changed = true;
    }
    return changed;
}

static void find_wanted(struct hilo *k) {
    const struct jl_ir *ir = k->ir;
    for (unsigned i = 0; i < k->nmade; i++) {
        struct pair *p = phis_of(k, (struct halves){ir->ops[k->made[i]].a, ir->ops[k->made[i]].b});
        if (p)
            p->wanted = true;
    }
    for (uint32_t n = 0; n < ir->nblocks; n++)
        if (k->at[n].possible && takes_product(k, n))
            k->at[n].wanted = true;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t n = 0; n < ir->nblocks; n++)
            changed |= spread_wanted(k, n);
    }
}

/* ---- the change ---- */

static jl_ref entry_pair(struct jl_ir *ir) {
    jl_ref r = ir->entry_slot;
    if (is(ir, r, JL_IR_NOP)) {
        ir->ops[r] =
            (struct jl_op){.op = JL_IR_PAIR, .type = JL_I64, .a = ir->param[JL_VAR_LO], .b = ir->param[JL_VAR_HI]};
        if (ir->keep_pc)
            ir->op_pc[r] = ir->blocks[0].pc;
    }
    return r;
}

static jl_ref wide_value(struct hilo *k, struct halves h, uint32_t n) {
    struct jl_ir *ir = k->ir;
    jl_ref x = whole(ir, h.lo, h.hi);
    if (x)
        return x;
    if (both_const(ir, h)) {
        int64_t value = (int64_t)((uint64_t)ir->ops[h.hi].imm << 32 | (uint32_t)ir->ops[h.lo].imm);
        return jl_ir_append(ir, (struct jl_op){.op = JL_IR_CONST, .type = JL_I64, .imm = value});
    }
    return as_on_entry(ir, h) ? entry_pair(ir) : made_before(k, h, n);
}

static void unlink_phi(struct jl_ir *ir, uint32_t n, jl_ref phi) {
    if (ir->blocks[n].phis == phi) {
        ir->blocks[n].phis = ir->ops[phi].d;
        return;
    }
    jl_ref p = ir->blocks[n].phis;
    while (ir->ops[p].d != phi)
        p = ir->ops[p].d;
    ir->ops[p].d = ir->ops[phi].d;
}

/* The old phi stands at the head of its block: there it becomes a half of the new one. */
static void make_half(struct jl_ir *ir, uint32_t n, jl_ref phi, unsigned op, jl_ref wide) {
    unlink_phi(ir, n, phi);
    ir->ops[phi] = (struct jl_op){.op = (uint8_t)op, .type = JL_I32, .home = ir->ops[phi].home, .a = wide};
}

static void make_phi(struct hilo *k, uint32_t n) {
    struct jl_ir *ir = k->ir;
    struct pair *p = &k->at[n];
    uint32_t args = jl_ir_add_phi_args(ir, ir->blocks[n].preds);
    p->wide = jl_ir_append(ir, (struct jl_op){.op = JL_IR_PHI, .type = JL_I64, .imm = args});
    if (ir->failed)
        return;
    make_half(ir, n, p->lo, JL_IR_TRUNC, p->wide);
    make_half(ir, n, p->hi, JL_IR_HIGH, p->wide);
    ir->ops[p->wide].d = ir->blocks[n].phis;
    ir->blocks[n].phis = p->wide;
}

static void fill_phi(struct hilo *k, uint32_t n) {
    struct jl_ir *ir = k->ir;
    const struct jl_ir_block *b = &ir->blocks[n];
    const struct pair *p = &k->at[n];
    for (uint32_t j = 0; j < b->preds; j++) {
        jl_ref x = wide_value(k, argument(ir, p, j), ir->pred_list[b->pred_first + j]);
        ir->phi_args[ir->ops[p->wide].imm + j] = x;
    }
}

static jl_ref unpaired(const struct jl_ir *ir, jl_ref r) {
    jl_ref x = is(ir, r, JL_IR_PAIR) ? whole(ir, ir->ops[r].a, ir->ops[r].b) : 0;
    return x ? x : r;
}

/* Half of a PAIR that stood for what the operands might become: they did not. */
static bool undo_half(struct jl_ir *ir, struct jl_op *op) {
    const struct jl_op *in = &ir->ops[op->a];
    if (in->op != JL_IR_PAIR || in->sub != JL_PAIR_ASKS)
        return false;
    op->a = op->op == JL_IR_HIGH ? in->b : in->a;
    op->op = JL_IR_COPY;
    return true;
}

/* Who takes both halves of one value takes the value. */
static void drop_pairs(struct jl_ir *ir) {
    bool undone = false;
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        struct jl_op *op = &ir->ops[i];
        if (op->op == JL_IR_ADD || op->op == JL_IR_SUB) {
            op->a = unpaired(ir, op->a);
            op->b = unpaired(ir, op->b);
        } else if (op->op == JL_IR_TRUNC || op->op == JL_IR_HIGH) {
            op->a = unpaired(ir, op->a);
            undone |= undo_half(ir, op);
        }
    }
    if (undone)
        jl_pass_forward_copies(ir);
}

static void join_phis(struct hilo *k) {
    struct jl_ir *ir = k->ir;
    for (uint32_t n = 0; n < ir->nblocks; n++)
        find_phis(k, n);
    take_back_impossible(k);
    find_wanted(k);
    for (uint32_t n = 0; n < ir->nblocks && !ir->failed; n++)
        if (k->at[n].possible && k->at[n].wanted)
            make_phi(k, n);
    for (uint32_t n = 0; n < ir->nblocks && !ir->failed; n++)
        if (k->at[n].wide)
            fill_phi(k, n);
}

void jl_pass_hilo(struct jl_ir *ir) {
    struct hilo k; /* large, and most of it is not looked at */
    k.ir = ir;
    k.product = k.dominators = false;
    k.nmade = 0;
    find_ops(&k);
    if (k.product && ir->nblocks <= JL_DOM_BLOCKS)
        join_phis(&k);
    drop_pairs(ir);
}
