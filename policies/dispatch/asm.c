/* dispatch=asm: translated code is entered once and regions jump to regions; C is left out until something is missing.
 */
#include "jit/policy.h"

static const struct jl_dispatch_ops ops = {.lower_indirect = jl_lower_lookup};

static const struct jl_strategy strategy = {
    .name = "asm",
    .axis = JL_AXIS_DISPATCH,
    .summary = "translated code is entered once; regions jump to regions and return to C only for what is missing",
    .source = "seed 1, Indirect Branch Lookup",
    .ops = &ops,
};
JL_STRATEGY(strategy);
