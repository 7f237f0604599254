/* invalidate=explicit: only what the guest says: cache instructions and the cacheflush system call. Right for every
 * guest that keeps to the architecture's rules, and free of cost; a guest that does not will run its old code. Changes
 * of mappings are noticed by the machine itself under all strategies. */
#include "jit/policy.h"

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    jl_invalidate_range(m, addr, len);
}

static const struct jl_invalidate_ops ops = {.cacheflush = cacheflush};

static const struct jl_strategy strategy = {
    .name = "explicit",
    .axis = JL_AXIS_INVALIDATE,
    .summary =
        "waits for the guest's cache instructions and cacheflush calls; costs nothing, misses what is not announced",
    .source = "seed 1, Code Invalidation (hooks)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
