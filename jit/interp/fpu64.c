/* FPU instructions of 64-bit processors without a quick form: the moves that are as wide as the integer registers, and
 * the VR4300's arithmetic. */
#include "jit/fpu/vr4300.h"
#include "jit/interp/interp.h"

static void set_gpr(struct jl_cpu *cpu, unsigned r, uint64_t v) {
    if (r)
        cpu->var[r] = v;
}

static enum jl_exit exception(struct jl_cpu *cpu, bool done) {
    return done ? JL_EXIT_NONE : jl_raise(cpu, JL_EXIT_FPE, 0, 0);
}

static enum jl_exit unimplemented(struct jl_cpu *cpu) {
    jl_vr4300_unimplemented(cpu);
    return exception(cpu, false);
}

/* ---- the VR4300's ---- */

static enum jl_fpu_fmt fmt_of(uint32_t flags) {
    return flags & JL_FMT_S ? JL_FPU_S : flags & JL_FMT_D ? JL_FPU_D : flags & JL_FMT_W ? JL_FPU_W : JL_FPU_L;
}

/* enum jl_fpu_op of each arithmetic instruction; JL_FPU_OPS: it is none. */
static enum jl_fpu_op operation(unsigned op) {
    switch (op) {
#define BOTH(name)                                                                                                     \
    case JL_OP_##name##_S:                                                                                             \
    case JL_OP_##name##_D: return JL_FPU_##name;
        BOTH(ADD)
        BOTH(SUB)
        BOTH(MUL)
        BOTH(DIV)
        BOTH(SQRT)
        BOTH(ABS)
        BOTH(NEG)
        BOTH(CVT_W)
        BOTH(CVT_L)
        BOTH(ROUND_W)
        BOTH(ROUND_L)
        BOTH(TRUNC_W)
        BOTH(TRUNC_L)
        BOTH(CEIL_W)
        BOTH(CEIL_L)
        BOTH(FLOOR_W)
        BOTH(FLOOR_L)
#undef BOTH
    case JL_OP_CVT_S_D:
    case JL_OP_CVT_S_W:
    case JL_OP_CVT_S_L: return JL_FPU_CVT_S;
    case JL_OP_CVT_D_S:
    case JL_OP_CVT_D_W:
    case JL_OP_CVT_D_L: return JL_FPU_CVT_D;
    default: return JL_FPU_OPS;
    }
}

static enum jl_exit vr4300(struct jl_cpu *cpu, const struct jl_insn *i) {
    enum jl_fpu_fmt fmt = fmt_of(jl_insn_flags(i));
    uint64_t a = jl_fpr64(cpu, i->rd), b = cpu->var[JL_VAR_FPR + i->rt], r;
    uint32_t condition;
    if (i->op == JL_OP_C_COND_S || i->op == JL_OP_C_COND_D) {
        if (!jl_fpu_compare(cpu, i->cond, fmt, a, b, &condition))
            return exception(cpu, false);
        cpu->var[JL_VAR_FCC + i->cc] = condition;
        return JL_EXIT_NONE;
    }
    enum jl_fpu_op op = operation(i->op);
    if (op == JL_FPU_OPS)
        return unimplemented(cpu);
    if (!jl_vr4300_arith(cpu, op, fmt, a, b, &r))
        return exception(cpu, false);
    cpu->var[JL_VAR_FPR + i->sa] = r;
    return JL_EXIT_NONE;
}

/* ---- moves, and everything ---- */

static enum jl_exit control(struct jl_cpu *cpu, const struct jl_insn *i, bool is_vr4300) {
    if (i->op == JL_OP_CTC1)
        return exception(cpu, is_vr4300 ? jl_vr4300_ctc(cpu, i->rd, RT) : jl_fpu_ctc(cpu, i->rd, RT));
    set_gpr(cpu, i->rt, jl_sign_extended(is_vr4300 ? jl_vr4300_cfc(cpu, i->rd) : jl_fpu_cfc(cpu, i->rd)));
    return JL_EXIT_NONE;
}

enum jl_exit jl_interp_fpu64(struct jl_cpu *cpu, const struct jl_insn *i) {
    bool is_vr4300 = cpu->mode & JL_MODE_VR4300;
    if (i->op == JL_OP_CFC1 || i->op == JL_OP_CTC1)
        return control(cpu, i, is_vr4300);
    if (is_vr4300)
        return vr4300(cpu, i);
    enum jl_exit r = jl_interp_fpu(cpu, i);
    if (r == JL_EXIT_NONE && i->op == JL_OP_MFHC1)
        set_gpr(cpu, i->rt, jl_sign_extended(cpu->var[i->rt]));
    return r;
}
