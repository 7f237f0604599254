/* Fuse: comparisons made by what uses them.
 *
 * In: BR, EXITIF, SELECT and SLOWIF on (x != 0) or (x == 0) where x is a SETCC, an AND, or a SETCC turned round by XOR
 * 1. Out: the same op comparing the SETCC's own operands (one host compare and branch); the SETCC is left to the dead
 * and sink passes. Invariant: the condition's value is the same.
 */
#include "jit/passes/passes.h"

static bool is_zero(const struct jl_ir *ir, jl_ref r) {
    return jl_ir_is_const(ir, r) && ir->ops[r].imm == 0;
}

static bool is_one(const struct jl_ir *ir, jl_ref r) {
    return jl_ir_is_const(ir, r) && ir->ops[r].imm == 1;
}

/* One rewriting step; true when something changed. */
static bool step(struct jl_ir *ir, struct jl_op *op) {
    if ((op->cc != JL_CC_EQ && op->cc != JL_CC_NE) || !is_zero(ir, op->b))
        return false;
    const struct jl_op *in = &ir->ops[op->a];
    bool invert = op->cc == JL_CC_EQ;
    if (in->op == JL_IR_SETCC) {
        op->cc = (uint8_t)(in->cc ^ invert);
        op->sub = in->sub;
        op->b = in->b;
        op->a = in->a;
        return true;
    }
    if (in->op == JL_IR_XOR && is_one(ir, in->b) && ir->ops[in->a].op == JL_IR_SETCC) {
        op->cc ^= 1;
        op->a = in->a;
        return true;
    }
    if (in->op == JL_IR_AND && in->type != JL_I64 && in->uses == 1) {
        op->cc = invert ? JL_CC_TEST_Z : JL_CC_TEST_NZ;
        op->b = in->b;
        op->a = in->a;
        return true;
    }
    if ((in->op == JL_IR_XOR || in->op == JL_IR_SUB) && in->uses == 1) {
        op->b = in->b;
        op->a = in->a;
        op->sub = in->type;
        return true;
    }
    return false;
}

void jl_pass_fuse(struct jl_ir *ir) {
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        struct jl_op *op = &ir->ops[i];
        if (op->op == JL_IR_BR || op->op == JL_IR_EXITIF || op->op == JL_IR_SELECT || op->op == JL_IR_SLOWIF)
            for (unsigned n = 0; n < 4 && step(ir, op); n++) {
            }
    }
}
