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
 * The stack is a ring whose index is a byte offset that only grows and shrinks and is masked where it is used; an
 * overflow overwrites the oldest entry. Every slot that holds no entry is marked as such (hence the two instructions:
 * a return marks what it pops), so the entries are those from the newest down to the first empty slot, a search meets
 * nothing that was popped, and returns from deeper than the ring cost a lookup and not a search each. A search ends
 * after `search` entries; if there are more beneath, those it has seen are taken for thrown away and popped. So each
 * entry of a large ring is searched in vain once and a longjmp out of any depth is found sooner or later.
 *
 * When a region dies host addresses are void and the stack is emptied: a lookup is cheaper than what a return through
 * a void address would cost.
 */
#include "jit/policy.h"

/* The guest address is extended by its sign, so that no guest's equals an empty slot. */
struct slot {
    int32_t guest, guest_high;
    void *host;
};
#define EMPTY 1 /* in guest_high */

struct stack {
    uint64_t top;  /* byte offset of the newest slot */
    uint32_t mask; /* bytes - 1 */
    uint32_t search;
    struct slot slot[];
};

static const struct jl_param params[] = {
    {"depth", 4, 0, 10, "log2 of the number of entries kept"},
    {"search", 16, 1, 1024, "most entries that a return to another address than the newest looks through"},
    {NULL, 0, 0, 0, NULL},
};

static struct slot *slot_at(struct stack *s, uint64_t offset) {
    return &s->slot[(offset & s->mask) / sizeof(struct slot)];
}

static void *create(struct jl_machine *m) {
    uint32_t n = 1u << jl_policy_param(m, JL_AXIS_RETURNS, "depth");
    uint32_t search = (uint32_t)jl_policy_param(m, JL_AXIS_RETURNS, "search");
    struct stack *s = jl_policy_near(m, sizeof *s + n * sizeof(struct slot));
    if (!s)
        return NULL;
    s->mask = (uint32_t)(n * sizeof(struct slot)) - 1;
    s->search = search < n ? search : n;
    for (uint32_t i = 0; i < n; i++)
        s->slot[i].guest_high = EMPTY;
    return s;
}

static void clear(struct jl_machine *m) {
    struct stack *s = jl_policy_state(m, JL_AXIS_RETURNS);
    for (; slot_at(s, s->top)->guest_high != EMPTY; s->top -= sizeof(struct slot))
        slot_at(s, s->top)->guest_high = EMPTY;
}

/* Empties the slots from the newest down to the one in front of `to`. */
static void pop(struct stack *s, uint64_t to) {
    for (; s->top != to; s->top -= sizeof(struct slot))
        slot_at(s, s->top)->guest_high = EMPTY;
}

/* A return to pc, which is not the newest entry's address. Returns the host address it goes to, or 0. */
static uint64_t pop_to(struct jl_cpu *cpu, uint64_t pc, uint64_t y, uint64_t z) {
    struct jl_machine *m = cpu->owner;
    struct stack *s = jl_policy_state(m, JL_AXIS_RETURNS);
    uint64_t at = s->top;
    uint32_t n = 0;
    (void)y, (void)z;
    for (; n < s->search && slot_at(s, at)->guest_high != EMPTY; n++, at -= sizeof(struct slot)) {
        struct slot *slot = slot_at(s, at);
        if (slot->guest != (int32_t)pc)
            continue;
        pop(s, at - sizeof(struct slot));
        if (jl_policy_counting(m))
            jl_policy_counters(m)->rsb_resyncs++;
        return (uint64_t)(uintptr_t)slot->host;
    }
    if (n == s->search && n <= s->mask / sizeof(struct slot) && slot_at(s, at)->guest_high != EMPTY)
        pop(s, at);
    return 0;
}

static int32_t in_slot(const struct jl_machine *m, size_t offset) {
    return jl_policy_state_offset(m, JL_AXIS_RETURNS, offsetof(struct stack, slot) + offset);
}

/* The newest slot's byte offset. A ring of 256 bytes wraps by itself where only the lowest byte is read. */
static jl_ref newest(struct jl_builder *b, const struct stack *s) {
    if (s->mask == 0xff)
        return jl_b_hload(b, JL_I32, 1, 0, 0, 0, 0,
                          jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct stack, top)));
    jl_ref top = jl_b_hload(b, JL_I32, 4, 0, 0, 0, 0,
                            jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct stack, top)));
    return jl_b_op2(b, JL_IR_AND, JL_I32, top, jl_b_i32(b, (int32_t)s->mask));
}

static void move_top(struct jl_builder *b, int slots) {
    jl_b_hadd(b, 8, 0, jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct stack, top)),
              slots * (int)sizeof(struct slot));
}

static void lower_call(struct jl_builder *b, uint32_t return_pc) {
    move_top(b, 1);
    jl_ref top = newest(b, jl_policy_state(b->machine, JL_AXIS_RETURNS));
    jl_b_hstore(b, 8, 0, top, 0, in_slot(b->machine, offsetof(struct slot, guest)), jl_b_i64(b, (int32_t)return_pc));
    jl_b_hstore(b, 8, 0, top, 0, in_slot(b->machine, offsetof(struct slot, host)), jl_b_hostpc(b, return_pc));
    jl_b_count(b, &jl_policy_counters(b->machine)->rsb_pushes, 1);
}

static void lower_hit(struct jl_builder *b, jl_ref pc, jl_ref top) {
    jl_ref host = jl_b_hload(b, JL_I64, 8, 0, 0, top, 0, in_slot(b->machine, offsetof(struct slot, host)));
    jl_b_count(b, &jl_policy_counters(b->machine)->rsb_hits, 1);
    jl_b_hstore(b, 4, 0, top, 0, in_slot(b->machine, offsetof(struct slot, guest_high)), jl_b_i32(b, EMPTY));
    move_top(b, -1);
    jl_b_jump_host(b, host, pc);
}

static void start(struct jl_builder *b, uint32_t block, const jl_ref cur[JL_VARS]) {
    for (unsigned v = 0; v < JL_VARS; v++)
        b->cur[v] = cur[v];
    jl_b_start(b, block);
}

static void lower_return(struct jl_builder *b, jl_ref pc) {
    jl_ref cur[JL_VARS], top = newest(b, jl_policy_state(b->machine, JL_AXIS_RETURNS));
    for (unsigned v = 0; v < JL_VARS; v++)
        cur[v] = b->cur[v];
    jl_ref guest = jl_b_hload(b, JL_I64, 8, 0, 0, top, 0, in_slot(b->machine, offsetof(struct slot, guest)));
    uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, true);
    jl_b_branch(b, JL_CC_EQ, guest, jl_b_op1(b, JL_IR_SEXT32, JL_I64, pc), hit, miss);
    start(b, hit, cur);
    lower_hit(b, pc, top);
    start(b, miss, cur);
    jl_b_count(b, &jl_policy_counters(b->machine)->rsb_misses, 1);
    jl_ref high = jl_b_hload(b, JL_I32, 4, 0, 0, top, 0, in_slot(b->machine, offsetof(struct slot, guest_high)));
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
