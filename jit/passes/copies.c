/* Copies and trivial phis.
 *
 * In: SSA as the front end made it, with a phi at a loop head for each var the loop may write, some of which turn out
 * to merge one value with itself. Out: no use of such a phi or of a COPY is left, and snapshots do not name vars that
 * were never set. Invariant: every use names a value that is computed.
 */
#include "jit/passes/passes.h"

static jl_ref origin(struct jl_ir *ir, jl_ref r) {
    while (ir->ops[r].op == JL_IR_COPY)
        r = ir->ops[r].a;
    return r;
}

/* What a value is found to be: a phi that merges one value with itself is that value. */
static jl_ref meaning(struct jl_ir *ir, jl_ref r) {
    r = origin(ir, r);
    return ir->ops[r].op == JL_IR_PHI ? ir->ops[r].b : r;
}

/* The one value a phi merges as far as is known (0: nothing yet), or the phi itself. */
static jl_ref merged_value(struct jl_ir *ir, const struct jl_ir_block *b, jl_ref phi) {
    jl_ref only = 0;
    for (uint32_t k = 0; k < b->preds; k++) {
        jl_ref arg = meaning(ir, ir->phi_args[ir->ops[phi].imm + k]);
        if (!arg || arg == phi || arg == only)
            continue;
        if (only)
            return phi;
        only = arg;
    }
    return only;
}

static bool refine(struct jl_ir *ir) {
    bool changed = false;
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d) {
            if (ir->ops[phi].op != JL_IR_PHI || ir->ops[phi].b == phi)
                continue;
            jl_ref value = merged_value(ir, &ir->blocks[n], phi);
            changed |= value != ir->ops[phi].b;
            ir->ops[phi].b = value;
        }
    return changed;
}

/* Assumes of every phi that it merges one value and drops the assumption where it fails: finds groups of phis that
 * only feed each other (loops with two ways in are full of them), which looking at one phi at a time does not. */
static bool simplify_phis(struct jl_ir *ir) {
    bool any = false;
    while (refine(ir)) {
    }
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d) {
            struct jl_op *op = &ir->ops[phi];
            if (op->op == JL_IR_PHI && op->b && op->b != phi) {
                op->a = op->b;
                op->op = JL_IR_COPY; /* d still links the list */
                any = true;
            }
        }
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d)
            ir->ops[phi].b = 0;
    return any;
}

static void rewrite_uses(struct jl_ir *ir) {
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        struct jl_op *op = &ir->ops[i];
        unsigned n = jl_irop_info[op->op].operands;
        if (op->op == JL_IR_COPY)
            continue;
        if (n > 0)
            op->a = origin(ir, op->a);
        if (n > 1)
            op->b = origin(ir, op->b);
        if (n > 2)
            op->c = origin(ir, op->c);
        if (n > 3)
            op->d = origin(ir, op->d);
    }
    for (uint32_t i = 0; i < ir->nsnap_vars; i++)
        ir->snap_vars[i].value = origin(ir, ir->snap_vars[i].value);
    for (uint32_t i = 0; i < ir->nphi_args; i++)
        ir->phi_args[i] = origin(ir, ir->phi_args[i]);
}

/* Whether a snapshot need not name this var: it holds what it held on entry, and no other value may have taken its
 * home slot. */
static bool is_untouched(const struct jl_ir *ir, const struct jl_snap_var *sv, uint64_t touched_lo,
                         uint64_t touched_hi) {
    uint64_t touched = sv->var < 64 ? touched_lo >> sv->var : touched_hi >> (sv->var - 64);
    const struct jl_op *op = &ir->ops[sv->value];
    return !(touched & 1) && op->op == JL_IR_PARAM && op->imm == sv->var;
}

static void shorten_snapshots(struct jl_ir *ir, uint64_t touched_lo, uint64_t touched_hi) {
    uint32_t full = 0; /* the length that the snapshot before had */
    for (uint32_t i = 1; i < ir->nsnaps; i++) {
        struct jl_snap *s = &ir->snaps[i];
        if (s->first == ir->snaps[i - 1].first && s->count == full) { /* those that share a list stand side by side */
            s->count = ir->snaps[i - 1].count;
            continue;
        }
        full = s->count;
        uint32_t n = 0;
        for (uint32_t k = 0; k < full; k++)
            if (!is_untouched(ir, &ir->snap_vars[s->first + k], touched_lo, touched_hi))
                ir->snap_vars[s->first + n++] = ir->snap_vars[s->first + k];
        s->count = n;
    }
}

void jl_pass_forward_copies(struct jl_ir *ir) {
    rewrite_uses(ir);
    for (jl_ref i = ir->begin; i < ir->nops; i++)
        if (ir->ops[i].op == JL_IR_COPY) {
            ir->ops[i].op = JL_IR_NOP;
            ir->ops[i].type = JL_VOID;
        }
}

void jl_pass_copies(struct jl_ir *ir, uint64_t touched_lo, uint64_t touched_hi) {
    if (simplify_phis(ir)) /* the front end makes no copies */
        jl_pass_forward_copies(ir);
    shorten_snapshots(ir, touched_lo, touched_hi);
}
