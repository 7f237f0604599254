/* returns=rsb: a ring of predicted returns, guest and host address each.
 *
 * A call pushes both; a return takes the newest, and when its guest address is right jumps to its host address without
 * a lookup. A wrong one clears the ring, as does every death of a region (host addresses are void then). The ring index
 * is kept as a byte offset that only grows and shrinks, and wraps by masking where it is used, so depth is a power of
 * two; an overflow overwrites the oldest. Cleared slots hold a misaligned address and the lookup stub: a guest that
 * returns even there finds its fault in C. */
#include "jit/policy.h"

struct slot {
    uint64_t guest;
    void *host;
};
#define NOWHERE 1

struct ring {
    uint64_t top;  /* byte offset of the newest slot */
    uint32_t mask; /* bytes - 1 */
    struct slot slot[];
};

static const struct jl_param params[] = {
    {"depth", 4, 0, 10, "log2 of the number of predictions kept"},
    {NULL, 0, 0, 0, NULL},
};

static void clear(struct jl_machine *m) {
    struct ring *r = jl_policy_state(m, JL_AXIS_RETURNS);
    for (uint32_t i = 0; i <= r->mask / sizeof(struct slot); i++)
        r->slot[i] = (struct slot){NOWHERE, jl_lookup_stub(m)};
}

static void *create(struct jl_machine *m) {
    uint32_t n = 1u << jl_policy_param(m, JL_AXIS_RETURNS, "depth");
    struct ring *r = jl_policy_near(m, sizeof *r + n * sizeof(struct slot));
    if (!r)
        return NULL;
    r->mask = (uint32_t)(n * sizeof(struct slot)) - 1;
    for (uint32_t i = 0; i < n; i++)
        r->slot[i] = (struct slot){NOWHERE, jl_lookup_stub(m)};
    return r;
}

/* The newest slot's byte offset. A ring of 256 bytes wraps by itself where only the lowest byte is read. */
static jl_ref newest(struct jl_builder *b, const struct ring *r) {
    if (r->mask == 0xff)
        return jl_b_hload(b, JL_I32, 1, 0, 0, 0, 0,
                          jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct ring, top)));
    jl_ref top = jl_b_hload(b, JL_I32, 4, 0, 0, 0, 0,
                            jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct ring, top)));
    return jl_b_op2(b, JL_IR_AND, JL_I32, top, jl_b_i32(b, (int32_t)r->mask));
}

static void lower_call(struct jl_builder *b, uint32_t return_pc) {
    const struct ring *r = jl_policy_state(b->machine, JL_AXIS_RETURNS);
    jl_b_hadd(b, 4, 0, jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct ring, top)),
              sizeof(struct slot));
    jl_ref top = newest(b, r);
    jl_b_hstore(b, 4, 0, top, 0, jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct ring, slot)),
                jl_b_i32(b, (int32_t)return_pc));
    jl_b_hstore(
        b, 8, 0, top, 0,
        jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct ring, slot) + offsetof(struct slot, host)),
        jl_b_hostpc(b, return_pc));
    jl_b_count(b, &jl_policy_counters(b->machine)->rsb_pushes, 1);
}

static uint64_t forget(struct jl_cpu *cpu, uint64_t x, uint64_t y, uint64_t z) {
    (void)x, (void)y, (void)z;
    clear(cpu->owner);
    return 0;
}

static void lower_return(struct jl_builder *b, jl_ref pc) {
    const struct ring *r = jl_policy_state(b->machine, JL_AXIS_RETURNS);
    struct jl_counters *c = jl_policy_counters(b->machine);
    jl_ref cur[JL_VARS], top = newest(b, r);
    jl_ref guest = jl_b_hload(b, JL_I32, 4, 0, 0, top, 0,
                              jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct ring, slot)));
    uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, true);
    for (unsigned v = 0; v < JL_VARS; v++)
        cur[v] = b->cur[v];
    jl_b_branch(b, JL_CC_EQ, guest, pc, hit, miss);
    jl_b_start(b, hit);
    jl_b_count(b, &c->rsb_hits, 1);
    jl_ref host = jl_b_hload(
        b, JL_I64, 8, 0, 0, top, 0,
        jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct ring, slot) + offsetof(struct slot, host)));
    jl_b_hadd(b, 4, 0, jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct ring, top)),
              -(int32_t)sizeof(struct slot));
    jl_b_jump_host(b, host, pc);
    for (unsigned v = 0; v < JL_VARS; v++)
        b->cur[v] = cur[v];
    jl_b_start(b, miss);
    jl_b_count(b, &c->rsb_misses, 1);
    /* Returns from deeper than the ring meet empty slots: those need no clearing again. */
    uint32_t empty = jl_b_new_block(b, true), stale = jl_b_new_block(b, true);
    jl_b_branch(b, JL_CC_EQ, guest, jl_b_i32(b, NOWHERE), empty, stale);
    jl_b_start(b, empty);
    jl_lower_indirect(b, pc);
    for (unsigned v = 0; v < JL_VARS; v++)
        b->cur[v] = cur[v];
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
