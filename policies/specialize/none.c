/* specialize=none: no region is specialised on run-time constants. */
#include "jit/policy.h"

static const struct jl_specialize_ops ops = {.max_versions = NULL};

static const struct jl_strategy strategy = {
    .name = "none",
    .axis = JL_AXIS_SPECIALIZE,
    .summary = "no region is specialised on run-time constants",
    .source = "seed 4 (the baseline)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
