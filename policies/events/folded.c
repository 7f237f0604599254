/* events=folded: an interrupt raises the limit that the time slice is compared with, so that one test serves both. The
 * seed forces the slice to zero; here the slice is in a host register, out of a signal handler's and another thread's
 * reach, and the limit in memory. */
#include "jit/policy.h"

static void lower(struct jl_builder *b, unsigned n, bool check) {
    jl_b_charge(b, n, check ? JL_IRF_CHECK | JL_IRF_LIMIT : 0);
}

static bool eager_count(const struct jl_machine *m) {
    return jl_policy_param(m, JL_AXIS_EVENTS, "eager");
}

static const struct jl_param params[] = {
    {"eager", 0, 0, 1, "the VR4300's Count is kept up to date by every block instead of made when it is read"},
    {NULL, 0, 0, 0, NULL},
};

static const struct jl_events_ops ops = {.lower = lower, .eager_count = eager_count};

static const struct jl_strategy strategy = {
    .name = "folded",
    .axis = JL_AXIS_EVENTS,
    .summary = "an interrupt request raises the limit of the time slice, so that one test serves both",
    .source = "seed 1, Indirect Branch Lookup (far code, time slice forced to 0)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
