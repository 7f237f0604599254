/* inline-cache=mono: an indirect call first compares its target with the one that was likely when the region was made,
 * and goes there as a direct call does; the link strategy makes that a plain jump. The guess is the front end's, from
 * the guest's registers and its global offset table at that time; a site without one goes to the lookup at once. */
#include "jit/policy.h"

static void lower(struct jl_builder *b, jl_ref pc) {
    struct jl_counters *c = jl_policy_counters(b->machine);
    jl_ref cur[JL_VARS];
    uint32_t guess = b->guess[0];
    if (!b->guesses)
        return;
    b->guesses = 0;
    uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, true);
    jl_ref expected = jl_b_i32(b, (int32_t)guess);
    for (unsigned v = 0; v < JL_VARS; v++)
        cur[v] = b->cur[v];
    jl_b_branch(b, JL_CC_EQ, pc, expected, hit, miss);
    jl_b_start(b, hit);
    jl_b_count(b, &c->inline_cache_hits, 1);
    jl_lower_goto(b, guess);
    for (unsigned v = 0; v < JL_VARS; v++)
        b->cur[v] = cur[v];
    jl_b_start(b, miss);
    jl_b_count(b, &c->inline_cache_misses, 1);
}

static const struct jl_inline_cache_ops ops = {.life = {NULL, NULL}, .lower = lower};

static const struct jl_strategy strategy = {
    .name = "mono",
    .axis = JL_AXIS_INLINE_CACHE,
    .summary = "an indirect call compares with its likely target and jumps there directly",
    .source = "Deutsch and Schiffman 1984 (inline caches); Hiser et al. 2007 for translators",
    .ops = &ops,
};
JL_STRATEGY(strategy);
