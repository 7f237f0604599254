/* lookup=flat32: the table of lookup=flat with slots of half the size.
 *
 * A slot holds the entry's distance from the lookup stub, which stands in front of all translations in the code cache,
 * so 32 bits are enough and none is a sign. One slot for each guest word makes the table as large as the guest's space,
 * and what of it is touched as large as the guest code in use: half of what flat needs, in memory and in the host's
 * data cache. The index is the guest address itself, without a shift. */
#include <sys/mman.h>

#include "jit/policy.h"

#define TABLE_BYTES ((size_t)1 << 32)

static void *create(struct jl_machine *m) {
    return jl_policy_space(m, TABLE_BYTES, PROT_READ | PROT_WRITE);
}

static uint32_t *slot_of(struct jl_machine *m, uint32_t pc) {
    return (uint32_t *)jl_policy_state(m, JL_AXIS_LOOKUP) + (pc >> 2);
}

static void *find(struct jl_machine *m, uint32_t pc) {
    uint32_t distance = *slot_of(m, pc);
    return distance && !(pc & 3) ? (char *)jl_lookup_stub(m) + distance : NULL;
}

static void insert(struct jl_machine *m, uint32_t pc, void *entry) {
    *slot_of(m, pc) = (uint32_t)((char *)entry - (char *)jl_lookup_stub(m));
}

static void drop(struct jl_machine *m, uint32_t pc) {
    *slot_of(m, pc) = 0;
}

static void clear(struct jl_machine *m) {
    madvise(jl_policy_state(m, JL_AXIS_LOOKUP), TABLE_BYTES, MADV_DONTNEED);
}

static void lower(struct jl_builder *b, jl_ref pc) {
    jl_ref base = jl_b_ptr(b, jl_policy_state(b->machine, JL_AXIS_LOOKUP));
    /* A misaligned address would read across two slots; it must fault, so C looks for it. */
    jl_ref cur[JL_VARS];
    uint32_t odd = jl_b_new_block(b, true), even = jl_b_new_block(b, false);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_TEST_NZ, pc, jl_b_i32(b, 3), odd, even);
    jl_b_start(b, odd);
    jl_b_leave(b, JL_EXIT_LOOKUP, pc, 0); /* not an exit_if: that would go on behind the jump */
    jl_b_start(b, even);
    jl_b_restore(b, cur);
    jl_ref distance = jl_b_hload(b, JL_I64, 4, 0, base, pc, 0, 0);
    jl_b_count(b, &jl_policy_counters(b->machine)->inline_lookups, 1);
    jl_b_jump_host(b, jl_b_op2(b, JL_IR_ADD, JL_I64, distance, jl_b_ptr(b, jl_lookup_stub(b->machine))), pc);
}

static const struct jl_lookup_ops ops = {
    .life = {.create = create}, .find = find, .insert = insert, .remove = drop, .clear = clear, .lower = lower};

static const struct jl_strategy strategy = {
    .name = "flat32",
    .axis = JL_AXIS_LOOKUP,
    .summary = "the flat table with 32-bit offsets into the code cache: half the memory",
    .source = "seed 1, Indirect Branch Lookup (flat table, 32-bit entries)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
