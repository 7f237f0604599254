/* Copies and trivial phis.
 *
 * In: SSA as the front end made it, with a phi at a loop head for each var the loop may write, some of which turn out
 * to merge one value with itself. Out: no use of such a phi or of a COPY is left. Invariant: every use names a value
 * that is computed.
 */
#include "jit/passes/passes.h"

static jl_ref origin(struct jl_ir *ir, jl_ref r) {
    while (ir->ops[r].op == JL_IR_COPY)
        r = ir->ops[r].a;
    return r;
}

/* The one value a phi merges, or 0. */
static jl_ref only_value(struct jl_ir *ir, const struct jl_ir_block *b, jl_ref phi) {
    jl_ref only = 0;
    for (uint32_t k = 0; k < b->preds; k++) {
        jl_ref arg = origin(ir, ir->phi_args[ir->ops[phi].imm + k]);
        if (arg == phi || arg == only)
            continue;
        if (only)
            return 0;
        only = arg;
    }
    return only;
}

static bool simplify_phis(struct jl_ir *ir) {
    bool changed = false;
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d) {
            if (ir->ops[phi].op != JL_IR_PHI)
                continue;
            jl_ref only = only_value(ir, &ir->blocks[n], phi);
            if (only) {
                ir->ops[phi].op = JL_IR_COPY; /* d still links the list */
                ir->ops[phi].a = only;
                changed = true;
            }
        }
    return changed;
}

static void rewrite_uses(struct jl_ir *ir) {
    for (jl_ref i = 1; i < ir->nops; i++) {
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

void jl_pass_copies(struct jl_ir *ir) {
    while (simplify_phis(ir)) {
    }
    rewrite_uses(ir);
    for (jl_ref i = 1; i < ir->nops; i++)
        if (ir->ops[i].op == JL_IR_COPY) {
            ir->ops[i].op = JL_IR_NOP;
            ir->ops[i].type = JL_VOID;
        }
}
