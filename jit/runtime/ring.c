/* A ring of predicted returns in the machine's near memory, and what strategies that keep one say in translated code.
 * The index is a byte offset that only grows and shrinks and is masked where it is used, so the number of slots is a
 * power of two, and an overflow overwrites the oldest. */
#include "jit/runtime/machine.h"

struct jl_return_ring *jl_return_ring_make(struct jl_machine *m, unsigned log2) {
    size_t bytes = sizeof(struct jl_return) << log2;
    struct jl_return_ring *r = jl_policy_near(m, sizeof *r + bytes);
    if (r)
        r->mask = (uint32_t)bytes - 1;
    return r;
}

static int32_t at_top(const struct jl_builder *b) {
    return jl_policy_state_offset(b->machine, JL_AXIS_RETURNS, offsetof(struct jl_return_ring, top));
}

static void move_top(struct jl_builder *b, int slots) {
    jl_b_hadd(b, 4, 0, at_top(b), slots * (int)sizeof(struct jl_return));
}

int32_t jl_return_ring_offset(const struct jl_machine *m, size_t field) {
    return jl_policy_state_offset(m, JL_AXIS_RETURNS, offsetof(struct jl_return_ring, slot) + field);
}

/* A ring of 256 bytes wraps by itself where only the lowest byte is read. */
jl_ref jl_lower_ring_newest(struct jl_builder *b) {
    const struct jl_return_ring *r = jl_policy_state(b->machine, JL_AXIS_RETURNS);
    if (r->mask == 0xff)
        return jl_b_hload(b, JL_I32, 1, 0, 0, 0, 0, at_top(b));
    return jl_b_op2(b, JL_IR_AND, JL_I32, jl_b_hload(b, JL_I32, 4, 0, 0, 0, 0, at_top(b)),
                    jl_b_i32(b, (int32_t)r->mask));
}

void jl_lower_ring_push(struct jl_builder *b, uint32_t return_pc, unsigned size) {
    jl_ref guest = size == 4 ? jl_b_i32(b, (int32_t)return_pc) : jl_b_i64(b, (int32_t)return_pc);
    move_top(b, 1);
    jl_ref top = jl_lower_ring_newest(b);
    jl_b_hstore(b, size, 0, top, 0, jl_return_ring_offset(b->machine, offsetof(struct jl_return, guest)), guest);
    jl_b_hstore(b, 8, 0, top, 0, jl_return_ring_offset(b->machine, offsetof(struct jl_return, host)),
                jl_b_hostpc(b, return_pc));
    jl_b_count(b, &jl_policy_counters(b->machine)->rsb_pushes, 1);
}

void jl_lower_ring_return(struct jl_builder *b, jl_ref top, jl_ref pc) {
    jl_b_count(b, &jl_policy_counters(b->machine)->rsb_hits, 1);
    jl_ref host =
        jl_b_hload(b, JL_I64, 8, 0, 0, top, 0, jl_return_ring_offset(b->machine, offsetof(struct jl_return, host)));
    move_top(b, -1);
    jl_b_jump_host(b, host, pc);
}
