/* inline-cache=mono: an indirect call first compares its target with the one that was likely when the region was made,
 * and goes there as a direct call does; the link strategy makes that a plain jump. The guess is the front end's, from
 * the guest's registers and its global offset table at that time; a site without one goes to the lookup at once. */
#include "jit/policy.h"

static const struct jl_inline_cache_ops ops = {.life = {NULL, NULL}, .lower = jl_lower_guesses};

static const struct jl_strategy strategy = {
    .name = "mono",
    .axis = JL_AXIS_INLINE_CACHE,
    .summary = "an indirect call compares with its likely target and jumps there directly",
    .source = "Deutsch and Schiffman 1984 (inline caches); Hiser et al. 2007 for translators",
    .ops = &ops,
};
JL_STRATEGY(strategy);
