/* region=extended: blocks joined through forward jumps only, as box64 does: a block goes on past a branch when it leads
 * to code close behind. No back edge stays inside: a loop leaves the region and enters it again on each turn. */
#include "jit/policy.h"

static const struct jl_param params[] = {
    {"size", 256, 2, 900, "most guest instructions in a region"},
    {"gap", 128, 8, 4096, "farthest forward jump that extends the region, in bytes"},
    {NULL, 0, 0, 0, NULL},
};

static unsigned max_instructions(const struct jl_machine *m) {
    return (unsigned)jl_policy_param(m, JL_AXIS_REGION, "size");
}

static unsigned max_gap(const struct jl_machine *m) {
    return (unsigned)jl_policy_param(m, JL_AXIS_REGION, "gap");
}

static const struct jl_region_ops ops = {
    .follow_forward = true, .max_instructions = max_instructions, .max_gap = max_gap};

static const struct jl_strategy strategy = {
    .name = "extended",
    .axis = JL_AXIS_REGION,
    .summary = "blocks joined through forward jumps to code close behind; no loops inside",
    .source = "seed 3, pass 0 (the block is extended when there is a jump to code near but past the end)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
