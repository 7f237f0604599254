/* Building IR: what guests with a vector unit of their own use beside builder.h. */
#ifndef JL_BUILDER_VECTOR_H
#define JL_BUILDER_VECTOR_H

#include "jit/ir/builder.h"

/* Stores size bytes of an integer in swapped order at base + index. */
void jl_b_hstore_swapped(struct jl_builder *b, unsigned size, jl_ref base, jl_ref index, jl_ref value);

#endif
