/* backend=interp: the reference interpreter runs everything; the other axes then have nothing to act on. */
#include "jit/policy.h"

static const struct jl_backend_ops ops = {.interprets = true};

static const struct jl_strategy strategy = {
    .name = "interp",
    .axis = JL_AXIS_BACKEND,
    .summary = "the reference interpreter runs everything; the other axes have nothing to act on",
    .source = "practice: every translator has one to compare with",
    .ops = &ops,
};
JL_STRATEGY(strategy);
