/* events=split: time slice and interrupt request are tested apart, as in seed 1's first listing. */
#include <stddef.h>

#include "jit/policy.h"

static void lower(struct jl_builder *b, unsigned n, bool check) {
    if (check) {
        jl_ref asked = jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, interrupt));
        jl_b_exit_if(b, JL_CC_NE, asked, jl_b_i32(b, 0), JL_EXIT_SLICE, 0);
    }
    jl_b_charge(b, n, check ? JL_IRF_CHECK : 0);
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
    .name = "split",
    .axis = JL_AXIS_EVENTS,
    .summary = "time slice and interrupt request are tested apart",
    .source = "seed 1, Indirect Branch Lookup (first listing)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
