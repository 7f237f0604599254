/* Coprocessor 0 as IR: reading what reading does not change. All else of it leaves to the board.
 *
 * Count is time: the board wants the instructions retired before this very one. With events' parameter eager each block
 * adds its instructions to Count in memory; without, it is made from the time slice when it is read. */
#include <stddef.h>

#include "jit/frontend/wide.h"

bool jl_fe_can_cop0(const struct jl_insn *i, uint32_t mode) {
    return mode & JL_MODE_VR4300 && (i->op == JL_OP_MFC0 || i->op == JL_OP_DMFC0) && JL_COP0_READABLE >> i->rd & 1;
}

static bool is_eager(const struct jl_builder *b) {
    const struct jl_events_ops *events = JL_OPS(b->machine, EVENTS, jl_events_ops);
    return events->eager_count && events->eager_count(b->machine);
}

void jl_fe_count(struct jl_builder *b, unsigned n) {
    if (n && b->mode & JL_MODE_VR4300 && is_eager(b))
        jl_b_hadd(b, 4, 0, offsetof(struct jl_cpu, count), (int32_t)n);
}

/* What the block was charged for and has not done yet is taken back. */
static jl_ref count(struct jl_builder *b) {
    if (is_eager(b))
        return jl_b_op2(b, JL_IR_SUB, JL_I32, jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, count)),
                        jl_b_i32(b, b->uncharged));
    jl_ref base = jl_b_cpu_load(b, JL_I64, 8, offsetof(struct jl_cpu, count_base));
    jl_ref end = jl_b_cpu_load(b, JL_I64, 8, offsetof(struct jl_cpu, retired_base));
    jl_ref whole = jl_b_op2(b, JL_IR_ADD, JL_I64, base, end);
    return jl_fe_low(b, jl_b_op2(b, JL_IR_SUB, JL_I64, whole, jl_b_slice(b, b->uncharged)));
}

void jl_fe_cop0(struct jl_builder *b, const struct jl_insn *i) {
    bool wide = i->op == JL_OP_DMFC0;
    jl_ref usable = jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, cop0_usable)), v;
    jl_b_exit_if(b, JL_CC_EQ, usable, jl_b_i32(b, 0), JL_EXIT_INTERP, 0);
    if (i->rd == JL_COP0_COUNT_REG) {
        v = count(b);
        v = wide ? jl_b_op1(b, JL_IR_ZEXT32, JL_I64, v) : jl_fe_extended(b, v);
    } else {
        jl_ref regs = jl_b_cpu_load(b, JL_I64, 8, offsetof(struct jl_cpu, cop0));
        v = jl_b_hload(b, wide ? JL_I64 : JL_I32, wide ? 8 : 4, 0, regs, 0, 0, 8 * i->rd);
        v = wide ? v : jl_fe_extended(b, v);
    }
    jl_b_set(b, JL_VAR_GPR + i->rt, v);
}
