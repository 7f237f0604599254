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

static void remapped(struct jl_machine *m, uint32_t addr, uint64_t len) {
    jl_patch_table_forget(jl_policy_state(m, JL_AXIS_MEMORY), addr, len);
}

static void mapped(struct jl_machine *m, uint32_t addr, uint32_t at, bool writable) {
    struct jl_patch_table *t = jl_policy_state(m, JL_AXIS_MEMORY);
    jl_patch_table_put(t, addr, at, false);
    if (writable)
        jl_patch_table_put(t, addr, at, true);
}

static void *create(struct jl_machine *m) {
    struct jl_patch_table *t = jl_policy_near(m, sizeof *t);
    if (t)
        jl_patch_table_forget(t, 0, (uint64_t)1 << 32);
    return t;
}

static void mapping_changed(struct jl_machine *m, uint32_t addr, uint64_t len) {
    if (jl_policy_mem(m)->guest)
        remapped(m, addr, len);
}

static void page_changed(struct jl_machine *m, uint32_t page) {
    if (jl_policy_mem(m)->guest)
        remapped(m, page << JL_PAGE_SHIFT, JL_PAGE);
}

static bool host_fault(struct jl_machine *m, void *host_pc, uint32_t addr, bool store) {
    (void)store;
    return jl_policy_mem(m)->guest && jl_patch_access(m, host_pc, addr, jl_policy_state(m, JL_AXIS_MEMORY));
}

static const struct jl_memory_ops ops = {.life = {.create = create},
                                         .lower_load = lower_load,
                                         .lower_store = lower_store,
                                         .mapping_changed = mapping_changed,
                                         .remapped = remapped,
                                         .mapped = mapped,
                                         .page_changed = page_changed,
                                         .host_fault = host_fault};

static const struct jl_strategy strategy = {
    .name = "fastmem",
    .axis = JL_AXIS_MEMORY,
    .summary = "one host access for each guest access: the host's MMU checks, and what faults is sorted out in C",
    .source = "seed 1, Memory access (fastmem)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
