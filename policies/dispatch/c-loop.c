/* dispatch=c-loop: the outer loop of seed 1 in C. Every region is a function that C calls: it saves the host's
 * registers, loads the guest's, and returns to C to have the next region found, which is what the other strategies are
 * measured against. */
#include "jit/policy.h"

static void lower_indirect(struct jl_builder *b, jl_ref pc) {
    jl_b_leave(b, JL_EXIT_LOOKUP, pc, 0);
}

static const struct jl_dispatch_ops ops = {.frame_per_region = true, .lower_indirect = lower_indirect};

static const struct jl_strategy strategy = {
    .name = "c-loop",
    .axis = JL_AXIS_DISPATCH,
    .summary = "outer loop in C: return, look up, call, with registers saved and restored by every region",
    .source = "seed 1, introduction",
    .ops = &ops,
};
JL_STRATEGY(strategy);
