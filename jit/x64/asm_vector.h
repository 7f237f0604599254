/* Packed integer instructions on xmm registers: by opcode, since builder_vector.h's operations name them so. */
#ifndef JL_X64_ASM_VECTOR_H
#define JL_X64_ASM_VECTOR_H

#include "jit/x64/asm.h"

/* dst op= src, and dst = x op y (AVX); opcode of the 0f map, prefix 66 */
void jl_x_packed(struct jl_asm *a, unsigned opcode, unsigned dst, unsigned src);
void jl_x_vpacked(struct jl_asm *a, unsigned opcode, unsigned dst, unsigned x, unsigned y);
/* dst of 16-bit lanes shifted by a constant; op: 2 right, 4 right signed, 6 left */
void jl_x_packed_shift(struct jl_asm *a, unsigned op, unsigned dst, unsigned count);
void jl_x_vpacked_shift(struct jl_asm *a, unsigned op, unsigned dst, unsigned src, unsigned count);
void jl_x_pshufb_rm(struct jl_asm *a, unsigned dst, struct jl_memop table);
void jl_x_vpshufb_rm(struct jl_asm *a, unsigned dst, unsigned src, struct jl_memop table);
/* bytes of yes where mask's highest bit is set, of no elsewhere (AVX) */
void jl_x_vpblendvb(struct jl_asm *a, unsigned dst, unsigned no, unsigned yes, unsigned mask);
void jl_x_pmovmskb(struct jl_asm *a, enum jl_reg dst, unsigned src);
/* size 16 (unaligned), 8 or 4; loads clear the rest */
void jl_x_vector_rm(struct jl_asm *a, unsigned size, unsigned dst, struct jl_memop src);
void jl_x_vector_mr(struct jl_asm *a, unsigned size, struct jl_memop dst, unsigned src);

#endif
