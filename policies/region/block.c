/* region=block: one basic block, up to and with the first branch and its delay slot. */
#include "jit/policy.h"

static const struct jl_param params[] = {
    {"size", 64, 1, 512, "most guest instructions in a region"},
    {NULL, 0, 0, 0, NULL},
};

static unsigned max_instructions(const struct jl_machine *m) {
    return (unsigned)jl_policy_param(m, JL_AXIS_REGION, "size");
}

static const struct jl_region_ops ops = {.max_instructions = max_instructions};

static const struct jl_strategy strategy = {
    .name = "block",
    .axis = JL_AXIS_REGION,
    .summary = "one basic block: up to the first branch and its delay slot",
    .source = "seed 1, introduction (translating one basic block at a time)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
