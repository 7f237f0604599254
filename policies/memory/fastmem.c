/* memory=fastmem: a guest access is one host access; the host's MMU does the checking. What faults is looked at in C: a
 * page the invalidation strategy watches, or the guest's own fault, which the interpreter raises. */
#include "jit/policy.h"

static jl_ref lower_load(struct jl_builder *b, const struct jl_access *a) {
    return jl_b_gload(b, (enum jl_type)a->type, a->size, a->flags, a->addr, a->disp);
}

static void lower_store(struct jl_builder *b, const struct jl_access *a, jl_ref value) {
    jl_b_gstore(b, a->size, a->flags, a->addr, a->disp, value);
}

static const struct jl_memory_ops ops = {.lower_load = lower_load, .lower_store = lower_store};

static const struct jl_strategy strategy = {
    .name = "fastmem",
    .axis = JL_AXIS_MEMORY,
    .summary = "one host access for each guest access: the host's MMU checks, and what faults is sorted out in C",
    .source = "seed 1, Memory access (fastmem)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
