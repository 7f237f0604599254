/* Constant folding and identities, as ops are made: what jl_b_op2 and its relatives try first. */
#ifndef JL_BUILD_FOLD_H
#define JL_BUILD_FOLD_H

#include "jit/ir/builder.h"

/* The value of op(x, y) when it is a constant or an existing value; 0 when it must be made. May rewrite *op, *x and *y
 * to a cheaper equal op. */
jl_ref jl_fold(struct jl_builder *b, uint8_t *op, uint8_t type, jl_ref *x, jl_ref *y);
bool jl_fold_cc(enum jl_cc cc, int64_t x, int64_t y, bool wide);

#endif
