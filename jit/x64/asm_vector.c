/* Packed integer instructions: see asm_vector.h. */
#include "jit/x64/asm_vector.h"

#include "jit/x64/asm_impl.h"

void jl_x_packed(struct jl_asm *a, unsigned opcode, unsigned dst, unsigned src) {
    op_rr(a, 0x66, 4, 0x0f00u | opcode, dst, src, false);
}

void jl_x_vpacked(struct jl_asm *a, unsigned opcode, unsigned dst, unsigned x, unsigned y) {
    vex_rr(a, 1, 1, 4, opcode, dst, x, y);
}

void jl_x_packed_shift(struct jl_asm *a, unsigned op, unsigned dst, unsigned count) {
    op_rr(a, 0x66, 4, 0x0f71, op, dst, false);
    if (!a->overflow)
        put(a, count);
}

void jl_x_vpacked_shift(struct jl_asm *a, unsigned op, unsigned dst, unsigned src, unsigned count) {
    vex_rr(a, 1, 1, 4, 0x71, op, dst, src);
    if (!a->overflow)
        put(a, count);
}

void jl_x_pshufb_rm(struct jl_asm *a, unsigned dst, struct jl_memop table) {
    op_rm(a, 0x66, 4, 0x0f3800, dst, &table, false);
}

void jl_x_vpshufb_rm(struct jl_asm *a, unsigned dst, unsigned src, struct jl_memop table) {
    if (!begin(a))
        return;
    if (table.gs) {
        put(a, 0x65);
        put(a, 0x67);
    }
    put(a, 0xc4);
    put(a, (dst & 8 ? 0 : 0x80) | (rex_index(&table) & 8 ? 0 : 0x40) | (rex_base(&table) & 8 ? 0 : 0x20) | 2);
    put(a, (~src & 15) << 3 | 1);
    put(a, 0x00);
    put_mem(a, dst, &table, 0);
}

void jl_x_vpblendvb(struct jl_asm *a, unsigned dst, unsigned no, unsigned yes, unsigned mask) {
    vex_rr(a, 3, 1, 4, 0x4c, dst, no, yes);
    if (!a->overflow)
        put(a, mask << 4);
}

void jl_x_pmovmskb(struct jl_asm *a, enum jl_reg dst, unsigned src) {
    op_rr(a, 0x66, 4, 0x0fd7, dst, src, false);
}

void jl_x_vector_rm(struct jl_asm *a, unsigned size, unsigned dst, struct jl_memop src) {
    if (size == 16)
        op_rm(a, 0, 4, 0x0f10, dst, &src, false); /* movups */
    else
        op_rm(a, size == 8 ? 0xf3 : 0x66, 4, size == 8 ? 0x0f7e : 0x0f6e, dst, &src, false); /* movq, movd */
}

void jl_x_vector_mr(struct jl_asm *a, unsigned size, struct jl_memop dst, unsigned src) {
    if (size == 16)
        op_rm(a, 0, 4, 0x0f11, src, &dst, false);
    else
        op_rm(a, 0x66, 4, size == 8 ? 0x0fd6 : 0x0f7e, src, &dst, false);
}
