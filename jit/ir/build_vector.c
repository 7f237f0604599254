/* Building IR: vectors, and host memory in another byte order. See builder_vector.h. */
#include "jit/ir/builder_vector.h"

static jl_ref append(struct jl_builder *b, struct jl_op op) {
    b->ir->at_pc = b->pc + (b->bd ? 4 : 0);
    return jl_ir_append(b->ir, op);
}

jl_ref jl_b_vzero(struct jl_builder *b) {
    return append(b, (struct jl_op){.op = JL_IR_VZERO, .type = JL_V});
}

jl_ref jl_b_vones(struct jl_builder *b) {
    return append(b, (struct jl_op){.op = JL_IR_VONES, .type = JL_V});
}

jl_ref jl_b_vop(struct jl_builder *b, enum jl_vop op, jl_ref x, jl_ref y) {
    return append(b, (struct jl_op){.op = JL_IR_VOP, .type = JL_V, .sub = (uint8_t)op, .a = x, .b = y});
}

jl_ref jl_b_vshift(struct jl_builder *b, enum jl_vshift op, jl_ref x, unsigned count) {
    return append(b, (struct jl_op){.op = JL_IR_VSHIFT, .type = JL_V, .sub = (uint8_t)op, .a = x, .imm = count});
}

jl_ref jl_b_vbytes(struct jl_builder *b, jl_ref x, const void *table) {
    return append(b, (struct jl_op){.op = JL_IR_VBYTES, .type = JL_V, .a = x, .imm = (int64_t)(intptr_t)table});
}

jl_ref jl_b_vselect(struct jl_builder *b, jl_ref mask, jl_ref yes, jl_ref no) {
    return append(b, (struct jl_op){.op = JL_IR_VSELECT, .type = JL_V, .a = mask, .b = yes, .c = no});
}

jl_ref jl_b_vsigns(struct jl_builder *b, jl_ref x) {
    return append(b, (struct jl_op){.op = JL_IR_VSIGNS, .type = JL_I32, .a = x});
}

void jl_b_hstore_swapped(struct jl_builder *b, unsigned size, jl_ref base, jl_ref index, int32_t disp, jl_ref value) {
    append(b, (struct jl_op){.op = JL_IR_HSTORE,
                             .size = (uint8_t)size,
                             .flags = JL_IRF_SWAP,
                             .a = base,
                             .b = index,
                             .c = value,
                             .imm = disp});
}
