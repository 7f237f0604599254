/* idle-loop=run: idle loops are run like any other. */
#include <stddef.h>

#include "jit/policy.h"

static const struct jl_idle_loop_ops ops = {.lower_turn = NULL};

static const struct jl_strategy strategy = {
    .name = "run",
    .axis = JL_AXIS_IDLE_LOOP,
    .summary = "idle loops are run like any other",
    .source = "practice",
    .ops = &ops,
};
JL_STRATEGY(strategy);
