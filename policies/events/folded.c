/* events=folded: an interrupt forces the time slice below zero, so that one test serves both. */
#include "jit/policy.h"

static const struct jl_events_ops ops = {.lower = jl_b_charge};

static const struct jl_strategy strategy = {
    .name = "folded",
    .axis = JL_AXIS_EVENTS,
    .summary = "an interrupt request forces the time slice below zero, so that one test serves both",
    .source = "seed 1, Indirect Branch Lookup (far code, time slice forced to 0)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
