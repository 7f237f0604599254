/* Dominators of a region's blocks. */
#ifndef JL_DOMINATORS_H
#define JL_DOMINATORS_H

#include "jit/ir/ir.h"

enum { JL_DOM_BLOCKS = 256 }; /* the back end takes no more either */

struct jl_dominators {
    uint32_t count;                                      /* blocks that are reached */
    uint16_t idom[JL_DOM_BLOCKS];                        /* block 0's is itself */
    uint16_t post[JL_DOM_BLOCKS], number[JL_DOM_BLOCKS]; /* blocks in post-order; each one's place there */
};

/* Fills d; predecessors must be known. False (d unusable) when there are too many blocks. */
bool jl_ir_dominators(struct jl_dominators *d, const struct jl_ir *ir);
/* Whether every path to b goes through a (a = b does); false for a block that is not reached. */
bool jl_ir_dominates(const struct jl_dominators *d, uint32_t a, uint32_t b);

#endif
