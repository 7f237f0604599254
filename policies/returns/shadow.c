/* returns=shadow: a stack of guest and host return addresses that outlives wrong predictions.
 *
 * A call pushes both addresses; a return takes the newest, as with rsb. The difference is a return that is not to the
 * newest entry's address: rsb forgets all it knows then, this one looks for the address further down and pops
 * everything above it. So what was left by a longjmp or an exception, or was pushed by a call that never returns (BAL
 * to learn the program counter), costs one search, and the callers below are predicted as if nothing had been. A tail
 * call needs no care: it pushes nothing, and its callee's return is the caller's. A return whose address is not there
 * at all (a switch of stacks, one to a call that was interpreted) leaves the stack as it is.
 *
 * It pays where calls are deep and returns go astray near the top: 'unwind' (longjmp out of a few calls at the end of
 * deep recursion), 'coroutine'. It cannot where the ring is no deeper than what is thrown away ('longjmp' with depth=4)
 * and costs two host instructions more for each return where every one of them is predicted ('calls').
 *
 * The stack is a ring: an overflow overwrites the oldest entry. Every slot that holds no entry is marked as such (hence
 * the two instructions: a return marks what it pops), so the entries are those from the newest down to the first empty
 * slot, a search meets nothing that was popped, and returns from deeper than the ring cost a lookup and not a search
 * each. A search ends after `search` entries; if there are more beneath, those it has seen are taken for thrown away
 * and popped. So each entry of a large ring is searched in vain once and a longjmp out of any depth is found sooner or
 * later.
 *
 * When a region dies host addresses are void and the stack is emptied: a lookup is cheaper than what a return through
 * a void address would cost.
 */
#include "jit/policy.h"

/* In guest_high. The guest address is extended by its sign, so that none equals an empty slot. */
#define EMPTY 1

static const struct jl_param params[] = {
    {"depth", 4, 0, 10, "log2 of the number of entries kept"},
    {"search", 16, 1, 1024, "most entries that a return to another address than the newest looks through"},
    {NULL, 0, 0, 0, NULL},
};

static struct jl_return *slot_at(struct jl_return_ring *s, uint32_t offset) {
    return &s->slot[(offset & s->mask) / sizeof *s->slot];
}

/* In own: how many entries a search looks through. */
static void *create(struct jl_machine *m) {
    uint32_t search = (uint32_t)jl_policy_param(m, JL_AXIS_RETURNS, "search");
    struct jl_return_ring *s = jl_return_ring_make(m, (unsigned)jl_policy_param(m, JL_AXIS_RETURNS, "depth"));
    if (!s)
        return NULL;
    uint32_t n = jl_return_ring_slots(s);
    s->own = search < n ? search : n;
    for (uint32_t i = 0; i < n; i++)
        s->slot[i].guest_high = EMPTY;
    return s;
}

/* Empties the newest slot. */
static void drop_newest(struct jl_return_ring *s) {
    slot_at(s, s->top)->guest_high = EMPTY;
    s->top -= (uint32_t)sizeof *s->slot;
}

static void clear(struct jl_machine *m) {
    struct jl_return_ring *s = jl_policy_state(m, JL_AXIS_RETURNS);
    while (slot_at(s, s->top)->guest_high != EMPTY)
        drop_newest(s);
}

/* Empties the slots from the newest down to the one in front of `to`. */
static void pop(struct jl_return_ring *s, uint32_t to) {
    while (s->top != to)
        drop_newest(s);
}

/* A return to pc, which is not the newest entry's address. Returns the host address it goes to, or 0. */
static uint64_t pop_to(struct jl_cpu *cpu, uint64_t pc, uint64_t y, uint64_t z) {
    struct jl_machine *m = cpu->owner;
    struct jl_return_ring *s = jl_policy_state(m, JL_AXIS_RETURNS);
    uint32_t at = s->top, n = 0;
    (void)y, (void)z;
    for (; n < s->own && slot_at(s, at)->guest_high != EMPTY; n++, at -= (uint32_t)sizeof *s->slot) {
        struct jl_return *slot = slot_at(s, at);
        if (slot->guest != (int32_t)pc)
            continue;
        pop(s, at - (uint32_t)sizeof *s->slot);
        if (jl_policy_counting(m))
            jl_policy_counters(m)->rsb_resyncs++;
        return (uint64_t)(uintptr_t)slot->host;
    }
    if (n == s->own && n < jl_return_ring_slots(s) && slot_at(s, at)->guest_high != EMPTY)
        pop(s, at);
    return 0;
}

static void lower_call(struct jl_builder *b, uint32_t return_pc) {
    jl_lower_ring_push(b, return_pc, 8);
}

static void start(struct jl_builder *b, uint32_t block, const jl_ref cur[JL_VARS]) {
    jl_b_restore(b, cur);
    jl_b_start(b, block);
}

static void lower_return(struct jl_builder *b, jl_ref pc) {
    jl_ref cur[JL_VARS], top = jl_lower_ring_newest(b);
    jl_b_save(b, cur);
    jl_ref guest =
        jl_b_hload(b, JL_I64, 8, 0, 0, top, 0, jl_return_ring_offset(b->machine, offsetof(struct jl_return, guest)));
    uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, true);
    jl_b_branch(b, JL_CC_EQ, guest, jl_b_op1(b, JL_IR_SEXT32, JL_I64, pc), hit, miss);
    start(b, hit, cur);
    jl_b_hstore(b, 4, 0, top, 0, jl_return_ring_offset(b->machine, offsetof(struct jl_return, guest_high)),
                jl_b_i32(b, EMPTY));
    jl_lower_ring_return(b, top, pc);
    start(b, miss, cur);
    jl_b_count(b, &jl_policy_counters(b->machine)->rsb_misses, 1);
    jl_ref high = jl_b_hload(b, JL_I32, 4, 0, 0, top, 0,
                             jl_return_ring_offset(b->machine, offsetof(struct jl_return, guest_high)));
    uint32_t empty = jl_b_new_block(b, true), other = jl_b_new_block(b, true);
    jl_b_branch(b, JL_CC_EQ, high, jl_b_i32(b, EMPTY), empty, other);
    start(b, empty, cur);
    jl_lower_indirect(b, pc);
    start(b, other, cur);
    jl_ref host = jl_b_call(b, (void *)pop_to, JL_I64, false, pc, 0, 0);
    uint32_t found = jl_b_new_block(b, true), nowhere = jl_b_new_block(b, true);
    jl_b_branch(b, JL_CC_NE, host, jl_b_i64(b, 0), found, nowhere);
    start(b, found, cur);
    jl_b_jump_host(b, host, pc);
    start(b, nowhere, cur);
    jl_lower_indirect(b, pc);
}

static const struct jl_returns_ops ops = {
    .life = {create, NULL}, .clear = clear, .lower_call = lower_call, .lower_return = lower_return};

static const struct jl_strategy strategy = {
    .name = "shadow",
    .axis = JL_AXIS_RETURNS,
    .summary =
        "a stack of guest and host return addresses: a return that is not to the newest pops to the one it is to",
    .source = "seed 1, Indirect Branch Lookup (return stack buffer); DESIGN.md 2 (a stack that survives mismatches)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
