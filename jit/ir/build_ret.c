/* Building IR: host calls and returns. See RETPUSH in ir.def; jl_b_ret, which ends a block, is in builder.c. */
#include "jit/ir/builder.h"

static jl_ref append(struct jl_builder *b, struct jl_op op) {
    b->ir->at_pc = b->pc + (b->bd ? 4 : 0);
    return jl_ir_append(b->ir, op);
}

void jl_b_ret_push(struct jl_builder *b, uint32_t return_pc) {
    append(b, (struct jl_op){.op = JL_IR_RETPUSH, .imm = return_pc});
}

jl_ref jl_b_ret_top(struct jl_builder *b) {
    return append(b, (struct jl_op){.op = JL_IR_RETTOP, .type = JL_I32});
}

jl_ref jl_b_ret_sp(struct jl_builder *b) {
    return append(b, (struct jl_op){.op = JL_IR_RETSP, .type = JL_I32});
}

void jl_b_ret_clear(struct jl_builder *b) {
    append(b, (struct jl_op){.op = JL_IR_RETCLEAR});
}
