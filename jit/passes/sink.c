/* Sink: values needed only when the region is left.
 *
 * In: use counts. Out: cheap pure ops of 32-bit values that no op uses, only snapshots, are marked JL_IRF_SUNK: the
 * back end does not compute them where they stand but at the exits, from their operands (the fault path does it in C).
 * The allocator then keeps the operands alive up to those snapshots instead. Invariant: a sunk op's operands are not
 * sunk, and extend the life of at most one value that is used elsewhere too.
 *
 * This is what makes the condition of a compare-and-branch pair, or an address that was folded into its access, free on
 * the hot path although the guest's register gets its value at every exit.
 */
#include "jit/passes/passes.h"

static bool sinkable(const struct jl_ir *ir, const struct jl_op *op) {
    switch (op->op) {
    case JL_IR_ADD:
    case JL_IR_SUB:
    case JL_IR_AND:
    case JL_IR_OR:
    case JL_IR_XOR:
    case JL_IR_SHL:
    case JL_IR_SHR:
    case JL_IR_SAR:
    case JL_IR_NOT:
    case JL_IR_NEG:
    case JL_IR_SEXT8:
    case JL_IR_SEXT16:
    case JL_IR_ZEXT8:
    case JL_IR_ZEXT16: break;
    case JL_IR_SETCC:
        if (op->sub != JL_I32)
            return false;
        break;
    default: return false;
    }
    if (op->type != JL_I32 || op->uses || ir->ops[op->a].type != JL_I32)
        return false;
    return true;
}

/* An operand that stays alive anyway, as far as can be told cheaply: a constant, or used by another op as well. */
static bool cheap_operand(const struct jl_ir *ir, jl_ref r) {
    const struct jl_op *op = &ir->ops[r];
    return !r || op->op == JL_IR_CONST || op->op == JL_IR_PARAM || op->uses > 1;
}

void jl_pass_sink(struct jl_ir *ir) {
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        struct jl_op *op = &ir->ops[i];
        if (!sinkable(ir, op) || ir->ops[op->a].flags & JL_IRF_SUNK || (op->b && ir->ops[op->b].flags & JL_IRF_SUNK))
            continue;
        if (cheap_operand(ir, op->a) || cheap_operand(ir, op->b)) {
            op->flags |= JL_IRF_SUNK;
            /* its operands must be computed where they stand from now on */
            ir->ops[op->a].uses++;
            if (op->b)
                ir->ops[op->b].uses++;
        }
    }
}
