/* memory=fastmem: a guest access is one host access; the host's MMU does the checking. What faults is looked at in C: a
 * page the invalidation strategy watches, or the guest's own fault, which the interpreter raises. Where the guest has
 * devices and tables of its own (mem->guest), the access that faulted there is changed into a jump to a stub, since it
 * will likely go there again. */
#include "jit/policy.h"

static unsigned flags(const struct jl_access *a) {
    return a->flags | (a->exact ? JL_IRF_EXACT : 0);
}

static jl_ref lower_load(struct jl_builder *b, const struct jl_access *a) {
    return jl_b_gload(b, (enum jl_type)a->type, a->size, flags(a), a->addr, a->disp);
}

static void lower_store(struct jl_builder *b, const struct jl_access *a, jl_ref value) {
    jl_b_gstore(b, a->size, flags(a), a->addr, a->disp, value);
}

static bool host_fault(struct jl_machine *m, void *host_pc, uint32_t addr, bool store) {
    (void)addr;
    (void)store;
    return jl_policy_mem(m)->guest && jl_patch_access(m, host_pc);
}

static const struct jl_memory_ops ops = {
    .lower_load = lower_load, .lower_store = lower_store, .host_fault = host_fault};

static const struct jl_strategy strategy = {
    .name = "fastmem",
    .axis = JL_AXIS_MEMORY,
    .summary = "one host access for each guest access: the host's MMU checks, and what faults is sorted out in C",
    .source = "seed 1, Memory access (fastmem)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
