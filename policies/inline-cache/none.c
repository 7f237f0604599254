/* inline-cache=none: an indirect jump goes straight to the lookup. */
#include "jit/policy.h"

static const struct jl_inline_cache_ops ops = {.life = {NULL, NULL}};

static const struct jl_strategy strategy = {
    .name = "none",
    .axis = JL_AXIS_INLINE_CACHE,
    .summary = "an indirect jump goes straight to the lookup",
    .source = "Hiser et al. 2007 (what all its mechanisms are compared with)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
