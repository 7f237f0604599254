/* Carry: sums with a comparison's result become additions with carry.
 *
 * In: ADD and SUB whose second operand is a SETCC of 32-bit values that nothing else uses, where the condition can be
 * had from the host's carry flag: unsigned order, or (un)equal to 0. Out: ADDC and SUBC, one host compare and one ADC
 * or SBB; a sum in front of it that nothing else uses is taken in too, so that the upper half of a 64-bit sum (SLTU,
 * ADDU, ADDU) is two host instructions. Invariant: the same value. The SETCC is left to the dead and sink passes.
 */
#include "jit/passes/passes.h"

/* c < d unsigned, taken from 1 when `inverted`. */
struct borrow {
    jl_ref c, d;
    bool inverted;
};

static bool is_value(const struct jl_ir *ir, jl_ref r, int32_t value) {
    return jl_ir_is_const(ir, r) && ir->ops[r].imm == value;
}

static jl_ref constant(struct jl_ir *ir, int32_t value) {
    return jl_ir_append(ir, (struct jl_op){.op = JL_IR_CONST, .type = JL_I32, .imm = value});
}

/* Makes b->c not a constant, which the host's compare wants: k < x is 1 - (x < k + 1). */
static bool constant_right(struct jl_ir *ir, struct borrow *b) {
    if (!jl_ir_is_const(ir, b->c))
        return true;
    if (jl_ir_is_const(ir, b->d) || is_value(ir, b->c, -1))
        return false;
    jl_ref x = b->d;
    b->d = constant(ir, (int32_t)((uint32_t)ir->ops[b->c].imm + 1));
    b->c = x;
    b->inverted = !b->inverted;
    return true;
}

static bool as_borrow(struct jl_ir *ir, jl_ref r, struct borrow *b) {
    const struct jl_op *op = &ir->ops[r];
    if (op->op != JL_IR_SETCC || op->sub != JL_I32 || op->uses != 1)
        return false;
    bool swap = op->cc == JL_CC_GTU || op->cc == JL_CC_LEU;
    *b = (struct borrow){swap ? op->b : op->a, swap ? op->a : op->b, op->cc == JL_CC_GEU || op->cc == JL_CC_LEU};
    switch (op->cc) {
    case JL_CC_LTU:
    case JL_CC_GEU:
    case JL_CC_GTU:
    case JL_CC_LEU: return constant_right(ir, b);
    case JL_CC_EQ:
    case JL_CC_NE: /* x == 0 is x < 1 */
        if (!is_value(ir, op->b, 0) || jl_ir_is_const(ir, op->a))
            return false;
        b->inverted = op->cc == JL_CC_NE;
        b->d = constant(ir, 1);
        return true;
    default: return false;
    }
}

/* ir->ops[r] = x (+ or -) the condition. */
static void rewrite(struct jl_ir *ir, jl_ref r, jl_ref x, const struct borrow *b) {
    bool plus = ir->ops[r].op == JL_IR_ADD;
    jl_ref y = 0;
    unsigned like = plus != b->inverted ? JL_IR_ADD : JL_IR_SUB;
    if (b->inverted) { /* x + 1 - borrow, x - 1 + borrow */
        y = constant(ir, -1);
    } else if (ir->ops[x].op == like && ir->ops[x].uses == 1) {
        y = ir->ops[x].b;
        x = ir->ops[x].a;
    } else {
        y = constant(ir, 0);
    }
    struct jl_op *op = &ir->ops[r];
    op->op = like == JL_IR_ADD ? JL_IR_ADDC : JL_IR_SUBC;
    op->cc = JL_CC_LTU;
    op->sub = JL_I32;
    op->a = x;
    op->b = y;
    op->c = b->c;
    op->d = b->d;
}

void jl_pass_carry(struct jl_ir *ir) {
    for (jl_ref i = ir->begin, end = ir->nops; i < end; i++) {
        const struct jl_op *op = &ir->ops[i];
        struct borrow b;
        if ((op->op != JL_IR_ADD && op->op != JL_IR_SUB) || op->type != JL_I32)
            continue;
        jl_ref x = op->a, y = op->b;
        if (as_borrow(ir, y, &b))
            rewrite(ir, i, x, &b);
        else if (op->op == JL_IR_ADD && as_borrow(ir, x, &b))
            rewrite(ir, i, y, &b);
    }
}
