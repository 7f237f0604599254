/* FPU instructions: registers in and out by FR, the arithmetic by jit/fpu. */
#include "jit/interp/interp.h"

static uint64_t get(const struct jl_cpu *cpu, unsigned r, enum jl_fpu_fmt fmt) {
    return fmt == JL_FPU_D || fmt == JL_FPU_L ? jl_fpr64(cpu, r) : jl_fpr32(cpu, r);
}

static void set(struct jl_cpu *cpu, unsigned r, enum jl_fpu_fmt fmt, uint64_t v) {
    if (fmt == JL_FPU_D || fmt == JL_FPU_L)
        jl_fpr_set64(cpu, r, v);
    else
        jl_fpr_set32(cpu, r, (uint32_t)v);
}

static enum jl_fpu_fmt fmt_of(const struct jl_insn *i) {
    uint32_t f = jl_insn_flags(i);
    return f & JL_FMT_S ? JL_FPU_S : f & JL_FMT_D ? JL_FPU_D : f & JL_FMT_W ? JL_FPU_W : JL_FPU_L;
}

/* With FR=0 a 64-bit operand in an odd register, and every 64-bit fixed-point format, is reserved. */
static bool reserved(const struct jl_cpu *cpu, const struct jl_insn *i, bool wide_result) {
    uint32_t f = jl_insn_flags(i);
    if (cpu->mode & JL_MODE_FR)
        return false;
    if (f & JL_FMT_L || (wide_result && i->sa & 1))
        return true;
    return f & JL_FMT_D && ((f & JL_RD_FS && i->rd & 1) || (f & JL_RD_FT && i->rt & 1) || (f & JL_RD_FR && i->rs & 1) ||
                            (f & JL_RD_FD && i->sa & 1));
}

static enum jl_exit arith(struct jl_cpu *cpu, const struct jl_insn *i, enum jl_fpu_op op, enum jl_fpu_fmt to) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    uint64_t r;
    bool is_long = to == JL_FPU_L;
    if ((is_long && !(cpu->mode & JL_MODE_FR)) || reserved(cpu, i, to == JL_FPU_D || is_long))
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    if (!jl_fpu_arith(cpu, op, fmt, get(cpu, i->rd, fmt), get(cpu, i->rt, fmt), &r))
        return jl_raise(cpu, JL_EXIT_FPE, 0, 0);
    set(cpu, i->sa, to, r);
    return JL_EXIT_NONE;
}

static enum jl_exit multiply_add(struct jl_cpu *cpu, const struct jl_insn *i, enum jl_fpu_op op, bool negate) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    uint64_t s;
    if (reserved(cpu, i, fmt == JL_FPU_D))
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    if (!jl_fpu_multiply_add(cpu, op, fmt, get(cpu, i->rd, fmt), get(cpu, i->rt, fmt), get(cpu, i->rs, fmt), &s))
        return jl_raise(cpu, JL_EXIT_FPE, 0, 0);
    if (negate)
        jl_fpu_arith(cpu, JL_FPU_NEG, fmt, s, 0, &s);
    set(cpu, i->sa, fmt, s);
    return JL_EXIT_NONE;
}

static enum jl_exit compare(struct jl_cpu *cpu, const struct jl_insn *i) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    uint32_t r;
    if (reserved(cpu, i, false))
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    if (!jl_fpu_compare(cpu, i->cond, fmt, get(cpu, i->rd, fmt), get(cpu, i->rt, fmt), &r))
        return jl_raise(cpu, JL_EXIT_FPE, 0, 0);
    cpu->var[JL_VAR_FCC + i->cc] = r;
    return JL_EXIT_NONE;
}

static enum jl_exit move_if(struct jl_cpu *cpu, const struct jl_insn *i, bool yes) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    if (reserved(cpu, i, fmt == JL_FPU_D))
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    if (yes)
        set(cpu, i->sa, fmt, get(cpu, i->rd, fmt));
    return JL_EXIT_NONE;
}

static enum jl_exit high_half(struct jl_cpu *cpu, const struct jl_insn *i, bool write) {
    if (!(cpu->mode & JL_MODE_FR) && i->rd & 1)
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    uint64_t v = jl_fpr64(cpu, i->rd);
    if (write)
        jl_fpr_set64(cpu, i->rd, (uint32_t)v | (uint64_t)RT << 32);
    else
        jl_set32(cpu, i->rt, (uint32_t)(v >> 32));
    return JL_EXIT_NONE;
}

static enum jl_exit moves(struct jl_cpu *cpu, const struct jl_insn *i) {
    switch (i->op) {
    case JL_OP_MFC1: return jl_set32(cpu, i->rt, jl_fpr32(cpu, i->rd)), JL_EXIT_NONE;
    case JL_OP_MTC1: return jl_fpr_set32(cpu, i->rd, RT), JL_EXIT_NONE;
    case JL_OP_MFHC1: return high_half(cpu, i, false);
    case JL_OP_MTHC1: return high_half(cpu, i, true);
    case JL_OP_CFC1: return jl_set32(cpu, i->rt, jl_fpu_cfc(cpu, i->rd)), JL_EXIT_NONE;
    case JL_OP_CTC1: return jl_fpu_ctc(cpu, i->rd, RT) ? JL_EXIT_NONE : jl_raise(cpu, JL_EXIT_FPE, 0, 0);
    case JL_OP_MOV_S:
    case JL_OP_MOV_D: return move_if(cpu, i, true);
    case JL_OP_MOVF_S:
    case JL_OP_MOVF_D: return move_if(cpu, i, !cpu->var[JL_VAR_FCC + i->cc]);
    case JL_OP_MOVT_S:
    case JL_OP_MOVT_D: return move_if(cpu, i, cpu->var[JL_VAR_FCC + i->cc]);
    case JL_OP_MOVZ_S:
    case JL_OP_MOVZ_D: return move_if(cpu, i, RT == 0);
    case JL_OP_MOVN_S:
    case JL_OP_MOVN_D: return move_if(cpu, i, RT != 0);
    default: return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    }
}

enum jl_exit jl_interp_fpu(struct jl_cpu *cpu, const struct jl_insn *i) {
    switch (i->op) {
    case JL_OP_ADD_S:
    case JL_OP_ADD_D: return arith(cpu, i, JL_FPU_ADD, fmt_of(i));
    case JL_OP_SUB_S:
    case JL_OP_SUB_D: return arith(cpu, i, JL_FPU_SUB, fmt_of(i));
    case JL_OP_MUL_S:
    case JL_OP_MUL_D: return arith(cpu, i, JL_FPU_MUL, fmt_of(i));
    case JL_OP_DIV_S:
    case JL_OP_DIV_D: return arith(cpu, i, JL_FPU_DIV, fmt_of(i));
    case JL_OP_SQRT_S:
    case JL_OP_SQRT_D: return arith(cpu, i, JL_FPU_SQRT, fmt_of(i));
    case JL_OP_ABS_S:
    case JL_OP_ABS_D: return arith(cpu, i, JL_FPU_ABS, fmt_of(i));
    case JL_OP_NEG_S:
    case JL_OP_NEG_D: return arith(cpu, i, JL_FPU_NEG, fmt_of(i));
    case JL_OP_RECIP_S:
    case JL_OP_RECIP_D: return arith(cpu, i, JL_FPU_RECIP, fmt_of(i));
    case JL_OP_RSQRT_S:
    case JL_OP_RSQRT_D: return arith(cpu, i, JL_FPU_RSQRT, fmt_of(i));
    case JL_OP_CVT_S_D:
    case JL_OP_CVT_S_W:
    case JL_OP_CVT_S_L: return arith(cpu, i, JL_FPU_CVT_S, JL_FPU_S);
    case JL_OP_CVT_D_S:
    case JL_OP_CVT_D_W:
    case JL_OP_CVT_D_L: return arith(cpu, i, JL_FPU_CVT_D, JL_FPU_D);
    case JL_OP_CVT_W_S:
    case JL_OP_CVT_W_D: return arith(cpu, i, JL_FPU_CVT_W, JL_FPU_W);
    case JL_OP_ROUND_W_S:
    case JL_OP_ROUND_W_D: return arith(cpu, i, JL_FPU_ROUND_W, JL_FPU_W);
    case JL_OP_TRUNC_W_S:
    case JL_OP_TRUNC_W_D: return arith(cpu, i, JL_FPU_TRUNC_W, JL_FPU_W);
    case JL_OP_CEIL_W_S:
    case JL_OP_CEIL_W_D: return arith(cpu, i, JL_FPU_CEIL_W, JL_FPU_W);
    case JL_OP_FLOOR_W_S:
    case JL_OP_FLOOR_W_D: return arith(cpu, i, JL_FPU_FLOOR_W, JL_FPU_W);
    case JL_OP_CVT_L_S:
    case JL_OP_CVT_L_D: return arith(cpu, i, JL_FPU_CVT_L, JL_FPU_L);
    case JL_OP_ROUND_L_S:
    case JL_OP_ROUND_L_D: return arith(cpu, i, JL_FPU_ROUND_L, JL_FPU_L);
    case JL_OP_TRUNC_L_S:
    case JL_OP_TRUNC_L_D: return arith(cpu, i, JL_FPU_TRUNC_L, JL_FPU_L);
    case JL_OP_CEIL_L_S:
    case JL_OP_CEIL_L_D: return arith(cpu, i, JL_FPU_CEIL_L, JL_FPU_L);
    case JL_OP_FLOOR_L_S:
    case JL_OP_FLOOR_L_D: return arith(cpu, i, JL_FPU_FLOOR_L, JL_FPU_L);
    case JL_OP_C_COND_S:
    case JL_OP_C_COND_D: return compare(cpu, i);
    case JL_OP_MADD_S:
    case JL_OP_MADD_D: return multiply_add(cpu, i, JL_FPU_ADD, false);
    case JL_OP_MSUB_S:
    case JL_OP_MSUB_D: return multiply_add(cpu, i, JL_FPU_SUB, false);
    case JL_OP_NMADD_S:
    case JL_OP_NMADD_D: return multiply_add(cpu, i, JL_FPU_ADD, true);
    case JL_OP_NMSUB_S:
    case JL_OP_NMSUB_D: return multiply_add(cpu, i, JL_FPU_SUB, true);
    default: return moves(cpu, i);
    }
}
