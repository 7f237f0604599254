/* Address: sums folded into the accesses they feed.
 *
 * In: GLOAD and GSTORE with an address value. Out: constant addends in the displacement, a sum of two values as base
 * and index, a shifted index as scale, wherever the host's address computation (32-bit, wrapping) gives the same
 * address. Invariant: address modulo 2^32 unchanged. A sum that other ops need too is left alone: it is there anyway,
 * and folding it would keep its operand alive as well (a loop's old pointer beside the new one).
 */
#include "jit/passes/passes.h"

static bool is_access(const struct jl_op *op) {
    return (op->op == JL_IR_GLOAD || op->op == JL_IR_GSTORE) && op->a;
}

static bool adds_constant(const struct jl_ir *ir, const struct jl_op *op) {
    return op->op == JL_IR_ADD && op->type == JL_I32 && jl_ir_is_const(ir, op->b);
}

/* How often a sum is an address, in its field `size` (which it does not use), 255 = often. */
static void count_addresses(struct jl_ir *ir) {
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        struct jl_op *in = &ir->ops[ir->ops[i].a];
        if (is_access(&ir->ops[i]) && in->op == JL_IR_ADD && in->size < 255)
            in->size++;
    }
}

static void fold_constants(struct jl_ir *ir, struct jl_op *op) {
    for (bool first = true;; first = false) {
        const struct jl_op *in = &ir->ops[op->a];
        if (!adds_constant(ir, in) || in->uses > (first ? in->size : 1))
            return;
        int64_t disp = (int32_t)((uint32_t)op->imm + (uint32_t)ir->ops[in->b].imm);
        op->imm = disp;
        op->a = in->a;
    }
}

static void fold_index(struct jl_ir *ir, struct jl_op *op) {
    const struct jl_op *in = &ir->ops[op->a];
    if (op->b || in->op != JL_IR_ADD || in->type != JL_I32 || in->uses > 1)
        return;
    jl_ref base = in->a, index = in->b;
    if (ir->ops[base].op == JL_IR_SHL && ir->ops[index].op != JL_IR_SHL) {
        base = in->b;
        index = in->a;
    }
    const struct jl_op *shift = &ir->ops[index];
    op->a = base;
    op->b = index;
    if (shift->op == JL_IR_SHL && shift->uses == 1 && jl_ir_is_const(ir, shift->b) &&
        (uint64_t)ir->ops[shift->b].imm <= 3) { /* a count from a register may be any number */
        op->scale = (uint8_t)ir->ops[shift->b].imm;
        op->b = shift->a;
    }
}

void jl_pass_address(struct jl_ir *ir) {
    count_addresses(ir);
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        struct jl_op *op = &ir->ops[i];
        if (!is_access(op))
            continue;
        fold_constants(ir, op);
        fold_index(ir, op);
        if (op->b == 0)
            continue;
        fold_constants(ir, op);
    }
    for (jl_ref i = ir->begin; i < ir->nops; i++)
        if (ir->ops[i].op == JL_IR_ADD)
            ir->ops[i].size = 0;
}
