/* offload=none: all guest functions are translated. */
#include "jit/policy.h"

static const struct jl_offload_ops ops = {{NULL, NULL}, NULL};

static const struct jl_strategy strategy = {
    .name = "none",
    .axis = JL_AXIS_OFFLOAD,
    .summary = "all guest functions are translated",
    .source = "seed 2 (the baseline)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
