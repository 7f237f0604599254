/* returns=rsb: a ring of predicted returns, guest and host address each.
 *
 * A call pushes both; a return takes the newest, and when its guest address is right jumps to its host address without
 * a lookup. A wrong one clears the ring, as does every death of a region (host addresses are void then); an overflow
 * overwrites the oldest. Cleared slots hold a misaligned address and the lookup stub: a guest that returns even there
 * finds its fault in C. */
#include "jit/policy.h"

#define NOWHERE 1

static const struct jl_param params[] = {
    {"depth", 4, 0, 10, "log2 of the number of predictions kept"},
    {NULL, 0, 0, 0, NULL},
};

static void empty(const struct jl_machine *m, struct jl_return_ring *r) {
    for (uint32_t i = 0; i < jl_return_ring_slots(r); i++)
        r->slot[i] = (struct jl_return){.guest = NOWHERE, .host = jl_lookup_stub(m)};
}

static void clear(struct jl_machine *m) {
    empty(m, jl_policy_state(m, JL_AXIS_RETURNS));
}

static void *create(struct jl_machine *m) {
    struct jl_return_ring *r = jl_return_ring_make(m, (unsigned)jl_policy_param(m, JL_AXIS_RETURNS, "depth"));
    if (r)
        empty(m, r);
    return r;
}

static void lower_call(struct jl_builder *b, uint32_t return_pc) {
    jl_lower_ring_push(b, return_pc, 4);
}

static uint64_t forget(struct jl_cpu *cpu, uint64_t x, uint64_t y, uint64_t z) {
    (void)x, (void)y, (void)z;
    clear(cpu->owner);
    return 0;
}

static void lower_return(struct jl_builder *b, jl_ref pc) {
    jl_ref cur[JL_VARS], top = jl_lower_ring_newest(b);
    jl_ref guest =
        jl_b_hload(b, JL_I32, 4, 0, 0, top, 0, jl_return_ring_offset(b->machine, offsetof(struct jl_return, guest)));
    uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, true);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_EQ, guest, pc, hit, miss);
    jl_b_start(b, hit);
    jl_lower_ring_return(b, top, pc);
    jl_b_restore(b, cur);
    jl_b_start(b, miss);
    jl_b_count(b, &jl_policy_counters(b->machine)->rsb_misses, 1);
    /* Returns from deeper than the ring meet empty slots: those need no clearing again. */
    uint32_t empty = jl_b_new_block(b, true), stale = jl_b_new_block(b, true);
    jl_b_branch(b, JL_CC_EQ, guest, jl_b_i32(b, NOWHERE), empty, stale);
    jl_b_start(b, empty);
    jl_lower_indirect(b, pc);
    jl_b_restore(b, cur);
    jl_b_start(b, stale);
    jl_b_call(b, (void *)forget, JL_VOID, false, 0, 0, 0);
    jl_lower_indirect(b, pc);
}

static const struct jl_returns_ops ops = {
    .life = {create, NULL}, .clear = clear, .lower_call = lower_call, .lower_return = lower_return};

static const struct jl_strategy strategy = {
    .name = "rsb",
    .axis = JL_AXIS_RETURNS,
    .summary = "a ring of guest and host return addresses: calls push, returns pop; a mismatch clears it",
    .source = "seed 1, Indirect Branch Lookup (return stack buffer); dynarmic's note on a ring",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
