/* Building IR: what guests with a vector unit of their own use beside builder.h.
 *
 * A vector (JL_V) is eight lanes of 16 bits. It is good for short stretches: it does not live in guest registers or
 * snapshots, and must not be used in another block, nor behind a jl_b_call, nor across the stretch between jl_b_slow_if
 * and jl_b_slow_join. Its guest keeps registers in memory and reaches them with jl_b_hload and jl_b_hstore (type JL_V;
 * size 16, 8: the lower half, the rest being zero, or 4).
 */
#ifndef JL_BUILDER_VECTOR_H
#define JL_BUILDER_VECTOR_H

#include "jit/ir/builder.h"

/* Lanes of 16 bits unless the name says 32. _U: unsigned; _S: saturated. NOT_AND is ~x & y. PACK_32: eight 32-bit lanes
 * of x, y to signed saturated 16 bits; PACK_16: 16 lanes to bytes; LOW and HIGH: lanes of x and y in turn, of their
 * lower or upper halves. */
enum jl_vop {
#define JL_VOP(name, opcode) JL_VOP_##name,
#include "jit/ir/vops.def"
#undef JL_VOP
    JL_VOPS
};

enum jl_vshift { JL_VSHIFT_LEFT, JL_VSHIFT_RIGHT, JL_VSHIFT_RIGHT_SIGNED };

jl_ref jl_b_vzero(struct jl_builder *b);
jl_ref jl_b_vones(struct jl_builder *b);
jl_ref jl_b_vop(struct jl_builder *b, enum jl_vop op, jl_ref x, jl_ref y);
jl_ref jl_b_vshift(struct jl_builder *b, enum jl_vshift op, jl_ref x, unsigned count);
/* table: 16 bytes, aligned, in the machine's space (jl_policy_space). */
jl_ref jl_b_vbytes(struct jl_builder *b, jl_ref x, const void *table);
/* mask: lanes of all bits or none. */
jl_ref jl_b_vselect(struct jl_builder *b, jl_ref mask, jl_ref yes, jl_ref no);

/* I32: bit i is the highest bit of byte i. */
jl_ref jl_b_vsigns(struct jl_builder *b, jl_ref x);

/* Stores size bytes of an integer in swapped order at base + index + disp. */
void jl_b_hstore_swapped(struct jl_builder *b, unsigned size, jl_ref base, jl_ref index, int32_t disp, jl_ref value);

#endif
