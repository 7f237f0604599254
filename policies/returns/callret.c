/* returns=callret: guest calls are made by the host's CALL and guest returns by its RET, so that the host's own return
 * stack predicts where they go.
 *
 * A call pushes the guest's return address and then is a call of the function, or of the code that finds it; behind it
 * stands a jump to the translation of the return address, linked as others are. A return compares its target with the
 * newest guest address, and when it is that returns; when it is another all entries are forgotten and the lookup is
 * asked, as under rsb. Neither needs a table of its own: the stack is translated code's, and C runs on another
 * (runtime/retstack.c), so that entries outlive a way out to C. A jump out of calls, a switch of stacks, or a call that
 * never returns leaves entries which the next return that they are in the way of clears; 1 << depth entries there may
 * be, and a call that finds no room for another forgets the older half of them, so the stack is bounded.
 *
 * A process with a shadow stack cannot have it: that one still holds the calls that were forgotten here, and the next
 * return faults.
 *
 * Only the flush of the code cache clears it beside: when the region that called dies, its code stays until then, with
 * the jump undone, which finds in C where the guest goes on.
 */

#include "jit/policy.h"

enum { ENTRY = 16 };

static const struct jl_param params[] = {
    {"depth", 10, 0, 16, "log2 of the number of calls that may be outstanding"},
    {NULL, 0, 0, 0, NULL},
};

static unsigned depth(const struct jl_machine *m) {
    return (unsigned)jl_policy_param(m, JL_AXIS_RETURNS, "depth");
}

static void *create(struct jl_machine *m) {
    return jl_policy_return_stack(m, depth(m)) ? m : NULL; /* the state is the machine's */
}

static void lower_call(struct jl_builder *b, uint32_t return_pc) {
    jl_ref cur[JL_VARS], room_bit = jl_b_i32(b, ENTRY << depth(b->machine));
    uint32_t full = jl_b_new_block(b, true), room = jl_b_new_block(b, false);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_TEST_NZ, jl_b_ret_sp(b), room_bit, room, full);
    jl_b_start(b, full);
    jl_b_call(b, (void *)jl_policy_return_stack_halve, JL_VOID, false, 0, 0, 0);
    jl_b_jump(b, room);
    jl_b_start(b, room);
    jl_b_restore(b, cur);
    jl_b_count(b, &jl_policy_counters(b->machine)->rsb_pushes, 1);
    jl_b_ret_push(b, return_pc);
}

static void lower_return(struct jl_builder *b, jl_ref pc) {
    struct jl_counters *c = jl_policy_counters(b->machine);
    jl_ref cur[JL_VARS];
    uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, true);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_EQ, jl_b_ret_top(b), pc, hit, miss);
    jl_b_start(b, hit);
    jl_b_count(b, &c->rsb_hits, 1);
    jl_b_ret(b);
    jl_b_start(b, miss);
    jl_b_restore(b, cur);
    jl_b_count(b, &c->rsb_misses, 1);
    jl_b_ret_clear(b);
    jl_lower_indirect(b, pc);
}

static const struct jl_returns_ops ops = {.life = {create, NULL},
                                          .clear = jl_policy_return_stack_clear,
                                          .survives = true,
                                          .host_stack = true,
                                          .lower_call = lower_call,
                                          .lower_return = lower_return};

static const struct jl_strategy strategy = {
    .name = "callret",
    .axis = JL_AXIS_RETURNS,
    .summary = "guest calls and returns are the host's own CALL and RET, which the host predicts",
    .source =
        "seed 1, Indirect Branch Lookup (CALL and RET on the host stack); Hiser et al. 2007 (fast returns, made safe)",
    .params = params,
    .refuse = jl_return_stack_refuse,
    .ops = &ops,
};
JL_STRATEGY(strategy);
