/* idle-loop=skip: a loop that only waits for the next event is left for C, which moves the time on to where the slice
 * ends. For a console (64-bit code), whose memory nothing changes before that; other guests' loops are run, since
 * another thread or process may end them. */
#include "jit/policy.h"

static void lower_turn(struct jl_builder *b) {
    jl_b_leave(b, JL_EXIT_IDLE, 0, 0);
}

static const struct jl_idle_loop_ops ops = {.lower_turn = lower_turn};

static const struct jl_strategy strategy = {
    .name = "skip",
    .axis = JL_AXIS_IDLE_LOOP,
    .summary = "a console's idle loops are skipped to the next event; other guests' are run",
    .source = "practice",
    .ops = &ops,
};
JL_STRATEGY(strategy);
