/* invalidate=none: nobody looks whether code has changed, and nobody is told: an oracle for how much noticing it costs.
 * Right for a guest that never writes to code which it has executed. What the machine does itself it does here too: a
 * change of a mapping takes the translations of its pages out. */
#include "jit/policy.h"

static const struct jl_invalidate_ops ops = {.cacheflush = NULL};

static const struct jl_strategy strategy = {
    .name = "none",
    .axis = JL_AXIS_INVALIDATE,
    .summary = "changed code is not noticed: what noticing costs at all, for guests that never change theirs",
    .source = "the bound of seed 1, Code Invalidation",
    .unsafe = true,
    .ops = &ops,
};
JL_STRATEGY(strategy);
