/* far-code=far: everything rare is moved out of line. */
#include "jit/policy.h"

static const struct jl_far_code_ops ops = {.out_of_line = true};

static const struct jl_strategy strategy = {
    .name = "far",
    .axis = JL_AXIS_FAR_CODE,
    .summary = "everything rare is moved out of line",
    .source = "seed 1, Indirect Branch Lookup (far code)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
