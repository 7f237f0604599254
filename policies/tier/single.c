/* tier=single: every region is translated once, when it is first reached. */
#include "jit/policy.h"

static const struct jl_tier_ops ops = {.interpret = NULL};

static const struct jl_strategy strategy = {
    .name = "single",
    .axis = JL_AXIS_TIER,
    .summary = "every region is translated once, when it is first reached",
    .source = "practice",
    .ops = &ops,
};
JL_STRATEGY(strategy);
