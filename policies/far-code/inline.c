/* far-code=inline: rare code stands where it is needed and is jumped over. */
#include "jit/policy.h"

static const struct jl_far_code_ops ops = {.out_of_line = false};

static const struct jl_strategy strategy = {
    .name = "inline",
    .axis = JL_AXIS_FAR_CODE,
    .summary = "rare code stands where it is needed and is jumped over",
    .source = "seed 1, Indirect Branch Lookup (far code)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
