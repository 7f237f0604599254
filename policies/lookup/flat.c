/* lookup=flat: one slot for every possible block start, so that the index is the address and there is no key to
 * compare.
 *
 * The table spans the guest's 32-bit space (8 GiB of address space for 8-byte slots); pages of it that are never
 * touched cost no memory. Empty slots must hold the lookup stub so that a miss needs no test: the host gives zero
 * pages, so slots hold the entry's distance from the stub instead, and 0 means the stub itself. That costs one addition
 * on the way and saves filling in gigabytes. */
#include <sys/mman.h>

#include "jit/policy.h"

#define TABLE_BYTES ((size_t)8 << 30)

static void *create(struct jl_machine *m) {
    return jl_policy_space(m, TABLE_BYTES, PROT_READ | PROT_WRITE);
}

static int64_t *slot_of(struct jl_machine *m, uint32_t pc) {
    return (int64_t *)jl_policy_state(m, JL_AXIS_LOOKUP) + (pc >> 2);
}

static void *find(struct jl_machine *m, uint32_t pc) {
    int64_t distance = *slot_of(m, pc);
    return distance && !(pc & 3) ? (char *)jl_lookup_stub(m) + distance : NULL;
}

static void insert(struct jl_machine *m, uint32_t pc, void *entry) {
    *slot_of(m, pc) = (char *)entry - (char *)jl_lookup_stub(m);
}

static void drop(struct jl_machine *m, uint32_t pc) {
    *slot_of(m, pc) = 0;
}

static void clear(struct jl_machine *m) {
    madvise(jl_policy_state(m, JL_AXIS_LOOKUP), TABLE_BYTES, MADV_DONTNEED);
}

static void lower(struct jl_builder *b, jl_ref pc) {
    jl_ref base = jl_b_ptr(b, jl_policy_state(b->machine, JL_AXIS_LOOKUP));
    /* A misaligned address shares the slot of the word it is in; it must fault, so its slot is looked for in C. */
    jl_ref cur[JL_VARS];
    uint32_t odd = jl_b_new_block(b, true), even = jl_b_new_block(b, false);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_TEST_NZ, pc, jl_b_i32(b, 3), odd, even);
    jl_b_start(b, odd);
    jl_b_leave(b, JL_EXIT_LOOKUP, pc, 0); /* not an exit_if: that would go on behind the jump */
    jl_b_start(b, even);
    jl_b_restore(b, cur);
    jl_ref distance = jl_b_hload(b, JL_I64, 8, 0, base, pc, 1, 0);
    jl_b_count(b, &jl_policy_counters(b->machine)->inline_lookups, 1);
    jl_b_jump_host(b, jl_b_op2(b, JL_IR_ADD, JL_I64, distance, jl_b_ptr(b, jl_lookup_stub(b->machine))), pc);
}

static const struct jl_lookup_ops ops = {
    .life = {.create = create}, .find = find, .insert = insert, .remove = drop, .clear = clear, .lower = lower};

static const struct jl_strategy strategy = {
    .name = "flat",
    .axis = JL_AXIS_LOOKUP,
    .summary = "one slot for every possible block start; a miss needs no test, untouched pages cost no memory",
    .source = "seed 1, Indirect Branch Lookup (flat table, zero pages)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
