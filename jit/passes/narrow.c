/* Narrow: lower halves taken as they are.
 *
 * In: 64-bit code, in which each 32-bit operation is made on TRUNCs of registers. Out: operations that look at no more
 * than 32 bits of an operand have the 64-bit value itself as that operand, of which they take the lower half.
 * Invariant: the same results. From here on an I32 operation may have I64 operands (jl_ir_verify knows which).
 *
 * A TRUNC would be a move, and a register of its own.
 */
#include "jit/passes/passes.h"

void jl_pass_narrow(struct jl_ir *ir) {
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        struct jl_op *op = &ir->ops[i];
        unsigned which = jl_ir_narrow_operands(op);
        jl_ref *operand[3] = {&op->a, &op->b, &op->c};
        for (unsigned k = 0; k < 3; k++)
            if (which >> k & 1 && *operand[k] && ir->ops[*operand[k]].op == JL_IR_TRUNC)
                *operand[k] = ir->ops[*operand[k]].a;
    }
}
