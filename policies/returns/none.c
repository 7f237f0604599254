/* returns=none: a return is an indirect jump like any other. */
#include "jit/policy.h"

static const struct jl_returns_ops ops = {.life = {NULL, NULL}};

static const struct jl_strategy strategy = {
    .name = "none",
    .axis = JL_AXIS_RETURNS,
    .summary = "a return is an indirect jump like any other",
    .source = "seed 1, Indirect Branch Lookup (what the return stack buffer replaces)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
