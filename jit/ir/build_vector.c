/* Building IR: host memory in another byte order. See builder_vector.h. */
#include "jit/ir/builder_vector.h"

static jl_ref append(struct jl_builder *b, struct jl_op op) {
    b->ir->at_pc = b->pc + (b->bd ? 4 : 0);
    return jl_ir_append(b->ir, op);
}

void jl_b_hstore_swapped(struct jl_builder *b, unsigned size, jl_ref base, jl_ref index, jl_ref value) {
    append(b, (struct jl_op){
                  .op = JL_IR_HSTORE, .size = (uint8_t)size, .flags = JL_IRF_SWAP, .a = base, .b = index, .c = value});
}
