/* FPU instructions as IR. Singles with FR=0 are halves of an even slot; see jit/cpu.h. */
#include "jit/frontend/frontend.h"

static unsigned slot_of(const struct jl_builder *b, unsigned r) {
    return JL_VAR_FPR + (b->mode & JL_MODE_FR ? r : r & ~1u);
}

static jl_ref get_s(struct jl_builder *b, unsigned r) {
    jl_ref v = jl_b_get(b, slot_of(b, r));
    return b->mode & JL_MODE_FR || !(r & 1) ? v : jl_b_op1(b, JL_IR_FUPPER, JL_F, v);
}

static void set_s(struct jl_builder *b, unsigned r, jl_ref v) {
    unsigned slot = slot_of(b, r);
    if (!(b->mode & JL_MODE_FR))
        v = jl_b_op2(b, r & 1 ? JL_IR_FSETHI : JL_IR_FSETLO, JL_F, jl_b_get(b, slot), v);
    jl_b_set(b, slot, v);
}

static jl_ref get(struct jl_builder *b, unsigned r, enum jl_fpu_fmt fmt) {
    return fmt == JL_FPU_D || fmt == JL_FPU_L ? jl_b_get(b, slot_of(b, r)) : get_s(b, r);
}

static void set(struct jl_builder *b, unsigned r, enum jl_fpu_fmt fmt, jl_ref v) {
    if (fmt == JL_FPU_D || fmt == JL_FPU_L)
        jl_b_set(b, slot_of(b, r), v);
    else
        set_s(b, r, v);
}

static enum jl_fpu_fmt fmt_of(const struct jl_insn *i) {
    uint32_t f = jl_insn_flags(i);
    return f & JL_FMT_S ? JL_FPU_S : f & JL_FMT_D ? JL_FPU_D : f & JL_FMT_W ? JL_FPU_W : JL_FPU_L;
}

static void arith(struct jl_builder *b, const struct jl_insn *i, enum jl_irop op) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    bool two = jl_irop_info[op].operands == 2;
    set(b, i->sa, fmt, jl_b_fop(b, op, JL_F, fmt, get(b, i->rd, fmt), two ? get(b, i->rt, fmt) : 0, 0));
}

static void to_fixed(struct jl_builder *b, const struct jl_insn *i, enum jl_fpu_op op, bool is_long) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    jl_ref n = jl_b_fop(b, JL_IR_FTOI, is_long ? JL_I64 : JL_I32, fmt, get(b, i->rd, fmt), 0, op);
    set(b, i->sa, is_long ? JL_FPU_L : JL_FPU_W, jl_b_op1(b, JL_IR_FFROM, JL_F, n));
}

static void from_fixed(struct jl_builder *b, const struct jl_insn *i, enum jl_fpu_fmt to) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    jl_ref n = jl_b_op1(b, JL_IR_FLO, fmt == JL_FPU_L ? JL_I64 : JL_I32, get(b, i->rd, fmt));
    set(b, i->sa, to, jl_b_fop(b, JL_IR_ITOF, JL_F, to, n, 0, 0));
}

static void convert(struct jl_builder *b, const struct jl_insn *i, enum jl_fpu_fmt to) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    set(b, i->sa, to, jl_b_fop(b, JL_IR_FCVT, JL_F, fmt, get(b, i->rd, fmt), 0, 0));
}

/* fs if the condition holds, else the old fd: chosen as 64 raw bits in integer registers. */
static void choose(struct jl_builder *b, const struct jl_insn *i, enum jl_cc cc, jl_ref x) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    jl_ref yes = jl_b_op1(b, JL_IR_FLO, JL_I64, get(b, i->rd, fmt)),
           no = jl_b_op1(b, JL_IR_FLO, JL_I64, get(b, i->sa, fmt));
    jl_ref v = jl_b_select(b, cc, x, jl_b_i32(b, 0), yes, no);
    set(b, i->sa, fmt, jl_b_op1(b, JL_IR_FFROM, JL_F, v));
}

/* fs * ft + fr in two roundings, negated for the N forms. */
static void multiply_add(struct jl_builder *b, const struct jl_insn *i, enum jl_irop op, bool negate) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    jl_ref p = jl_b_fop(b, JL_IR_FMUL, JL_F, fmt, get(b, i->rd, fmt), get(b, i->rt, fmt), 0);
    jl_ref s = jl_b_fop(b, op, JL_F, fmt, p, get(b, i->rs, fmt), 0);
    set(b, i->sa, fmt, negate ? jl_b_fop(b, JL_IR_FNEG, JL_F, fmt, s, 0, 0) : s);
}

static bool moves(struct jl_builder *b, const struct jl_insn *i) {
    jl_ref rt = jl_b_get(b, JL_VAR_GPR + i->rt), old;
    switch (i->op) {
    case JL_OP_MFC1: jl_b_set(b, JL_VAR_GPR + i->rt, jl_b_op1(b, JL_IR_FLO, JL_I32, get_s(b, i->rd))); return true;
    case JL_OP_MTC1: set_s(b, i->rd, jl_b_op1(b, JL_IR_FFROM, JL_F, rt)); return true;
    case JL_OP_MFHC1:
        jl_b_set(b, JL_VAR_GPR + i->rt, jl_b_op1(b, JL_IR_FHI, JL_I32, jl_b_get(b, slot_of(b, i->rd))));
        return true;
    case JL_OP_MTHC1:
        old = jl_b_get(b, slot_of(b, i->rd));
        jl_b_set(b, slot_of(b, i->rd), jl_b_op2(b, JL_IR_FSETHI, JL_F, old, jl_b_op1(b, JL_IR_FFROM, JL_F, rt)));
        return true;
    case JL_OP_MOV_S:
    case JL_OP_MOV_D: set(b, i->sa, fmt_of(i), get(b, i->rd, fmt_of(i))); return true;
    case JL_OP_MOVF_S:
    case JL_OP_MOVF_D: choose(b, i, JL_CC_EQ, jl_b_get(b, JL_VAR_FCC + i->cc)); return true;
    case JL_OP_MOVT_S:
    case JL_OP_MOVT_D: choose(b, i, JL_CC_NE, jl_b_get(b, JL_VAR_FCC + i->cc)); return true;
    case JL_OP_MOVZ_S:
    case JL_OP_MOVZ_D: choose(b, i, JL_CC_EQ, rt); return true;
    case JL_OP_MOVN_S:
    case JL_OP_MOVN_D: choose(b, i, JL_CC_NE, rt); return true;
    default: return false;
    }
}

static bool conversions(struct jl_builder *b, const struct jl_insn *i) {
    switch (i->op) {
    case JL_OP_CVT_D_S: convert(b, i, JL_FPU_D); return true;
    case JL_OP_CVT_S_D: convert(b, i, JL_FPU_S); return true;
    case JL_OP_CVT_S_W:
    case JL_OP_CVT_S_L: from_fixed(b, i, JL_FPU_S); return true;
    case JL_OP_CVT_D_W:
    case JL_OP_CVT_D_L: from_fixed(b, i, JL_FPU_D); return true;
    case JL_OP_CVT_W_S:
    case JL_OP_CVT_W_D: to_fixed(b, i, JL_FPU_CVT_W, false); return true;
    case JL_OP_ROUND_W_S:
    case JL_OP_ROUND_W_D: to_fixed(b, i, JL_FPU_ROUND_W, false); return true;
    case JL_OP_TRUNC_W_S:
    case JL_OP_TRUNC_W_D: to_fixed(b, i, JL_FPU_TRUNC_W, false); return true;
    case JL_OP_CEIL_W_S:
    case JL_OP_CEIL_W_D: to_fixed(b, i, JL_FPU_CEIL_W, false); return true;
    case JL_OP_FLOOR_W_S:
    case JL_OP_FLOOR_W_D: to_fixed(b, i, JL_FPU_FLOOR_W, false); return true;
    case JL_OP_CVT_L_S:
    case JL_OP_CVT_L_D: to_fixed(b, i, JL_FPU_CVT_L, true); return true;
    case JL_OP_ROUND_L_S:
    case JL_OP_ROUND_L_D: to_fixed(b, i, JL_FPU_ROUND_L, true); return true;
    case JL_OP_TRUNC_L_S:
    case JL_OP_TRUNC_L_D: to_fixed(b, i, JL_FPU_TRUNC_L, true); return true;
    case JL_OP_CEIL_L_S:
    case JL_OP_CEIL_L_D: to_fixed(b, i, JL_FPU_CEIL_L, true); return true;
    case JL_OP_FLOOR_L_S:
    case JL_OP_FLOOR_L_D: to_fixed(b, i, JL_FPU_FLOOR_L, true); return true;
    default: return false;
    }
}

bool jl_fe_fpu(struct jl_builder *b, const struct jl_insn *i) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    switch (i->op) {
    case JL_OP_ADD_S:
    case JL_OP_ADD_D: arith(b, i, JL_IR_FADD); return true;
    case JL_OP_SUB_S:
    case JL_OP_SUB_D: arith(b, i, JL_IR_FSUB); return true;
    case JL_OP_MUL_S:
    case JL_OP_MUL_D: arith(b, i, JL_IR_FMUL); return true;
    case JL_OP_DIV_S:
    case JL_OP_DIV_D: arith(b, i, JL_IR_FDIV); return true;
    case JL_OP_SQRT_S:
    case JL_OP_SQRT_D: arith(b, i, JL_IR_FSQRT); return true;
    case JL_OP_ABS_S:
    case JL_OP_ABS_D: arith(b, i, JL_IR_FABS); return true;
    case JL_OP_NEG_S:
    case JL_OP_NEG_D: arith(b, i, JL_IR_FNEG); return true;
    case JL_OP_MADD_S:
    case JL_OP_MADD_D: multiply_add(b, i, JL_IR_FADD, false); return true;
    case JL_OP_MSUB_S:
    case JL_OP_MSUB_D: multiply_add(b, i, JL_IR_FSUB, false); return true;
    case JL_OP_NMADD_S:
    case JL_OP_NMADD_D: multiply_add(b, i, JL_IR_FADD, true); return true;
    case JL_OP_NMSUB_S:
    case JL_OP_NMSUB_D: multiply_add(b, i, JL_IR_FSUB, true); return true;
    case JL_OP_C_COND_S:
    case JL_OP_C_COND_D:
        jl_b_set(b, JL_VAR_FCC + i->cc,
                 jl_b_fop(b, JL_IR_FCMP, JL_I32, fmt, get(b, i->rd, fmt), get(b, i->rt, fmt), i->cond));
        return true;
    default: return moves(b, i) || conversions(b, i);
    }
}
