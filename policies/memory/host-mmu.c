/* memory=host-mmu: a guest access is one host access, and the host's MMU does all of the rest: the guest's mappings are
 * host mappings (on the N64, pages that the TLB maps onto RDRAM, one by one when they are first used), and what is
 * none, a device, faults each time and is the interpreter's. A Linux program's mappings are the host's anyway: fastmem.
 */
#include "jit/policy.h"

static jl_ref lower_load(struct jl_builder *b, const struct jl_access *a) {
    return jl_b_gload(b, (enum jl_type)a->type, a->size, a->flags, a->addr, a->disp);
}

static void lower_store(struct jl_builder *b, const struct jl_access *a, jl_ref value) {
    jl_b_gstore(b, a->size, a->flags, a->addr, a->disp, value);
}

static const struct jl_memory_ops ops = {.lower_load = lower_load, .lower_store = lower_store};

static const struct jl_strategy strategy = {
    .name = "host-mmu",
    .axis = JL_AXIS_MEMORY,
    .summary = "guest mappings are host mappings; what is none (a console's devices) faults each time",
    .source = "seed 1, Memory access (using the host MMU directly)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
