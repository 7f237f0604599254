/* region=loop: all blocks that direct branches reach from the entry, back edges included: loops run without leaving the
 * region, with values in registers across their turns. Small functions that call nothing are taken along; other calls
 * leave. */
#include "jit/policy.h"

static const struct jl_param params[] = {
    {"size", 256, 2, 900, "most guest instructions in a region"},
    {"callee", 48, 0, 120, "most instructions of a called function that is taken along (0: none)"},
    {NULL, 0, 0, 0, NULL},
};

static unsigned max_instructions(const struct jl_machine *m) {
    return (unsigned)jl_policy_param(m, JL_AXIS_REGION, "size");
}

static unsigned max_callee(const struct jl_machine *m) {
    return (unsigned)jl_policy_param(m, JL_AXIS_REGION, "callee");
}

static const struct jl_region_ops ops = {
    .follow_forward = true, .follow_backward = true, .max_instructions = max_instructions, .max_callee = max_callee};

static const struct jl_strategy strategy = {
    .name = "loop",
    .axis = JL_AXIS_REGION,
    .summary = "all blocks that direct branches reach from the entry, loops and calls of small functions included",
    .source = "seed 3, pass 0 (blocks are extended over forward jumps); loops and calls inside: practice",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
