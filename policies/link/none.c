/* link=none: a jump to a known address is looked up like any other. */
#include "jit/policy.h"

static void lower(struct jl_builder *b, uint32_t target_pc) {
    jl_lower_indirect(b, jl_b_i32(b, (int32_t)target_pc));
}

static const struct jl_link_ops ops = {.lower = lower};

static const struct jl_strategy strategy = {
    .name = "none",
    .axis = JL_AXIS_LINK,
    .summary = "a jump to a known address is looked up like any other",
    .source = "seed 1, Indirect Branch Lookup (what Static Branch Linking replaces)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
