/* events=folded: an interrupt raises the limit that the time slice is compared with, so that one test serves both. The
 * seed forces the slice to zero; here the slice is in a host register, out of a signal handler's and another thread's
 * reach, and the limit in memory. */
#include "jit/policy.h"

static void lower(struct jl_builder *b, unsigned n, bool check) {
    jl_b_charge(b, n, check ? JL_IRF_CHECK | JL_IRF_LIMIT : 0);
}

static const struct jl_events_ops ops = {.lower = lower};

static const struct jl_strategy strategy = {
    .name = "folded",
    .axis = JL_AXIS_EVENTS,
    .summary = "an interrupt request raises the limit of the time slice, so that one test serves both",
    .source = "seed 1, Indirect Branch Lookup (far code, time slice forced to 0)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
