/* The VR4300's FPU as IR (JL_MODE_VR4300).
 *
 * What that processor does not do as the host does is left to the interpreter, by traps: while translated code runs,
 * MXCSR lets pass only what has happened before and is not enabled (jl_vr4300_mxcsr), so that FCSR's flags never change
 * in it; a trap ends the region in front of the operation, as any host fault does. Results that are NaNs without a trap
 * (from signalling operands, which are the host's quiet ones) leave too. So each operation has a snapshot.
 *
 * Cause belongs to the last operation alone. That one is noted in three vars: values inside of a block, in memory from
 * its end on, so that loops need not carry them. C makes Cause of the note (jl_vr4300_resolve).
 *
 * With FR=0 arithmetic takes fs from the even register of a pair, and ft and fd as they are named; moves, loads and
 * stores mean halves of the even one.
 */
#include "jit/frontend/vr4300.h"

#include <stddef.h>

#include "jit/frontend/wide.h"
#include "jit/fpu/vr4300.h"

static unsigned pair_of(const struct jl_builder *b, unsigned r) {
    return JL_VAR_FPR + (b->mode & JL_MODE_FR ? r : r & ~1u);
}

static enum jl_fpu_fmt fmt_of(const struct jl_insn *i) {
    uint32_t f = jl_insn_flags(i);
    return f & JL_FMT_S ? JL_FPU_S : f & JL_FMT_D ? JL_FPU_D : f & JL_FMT_W ? JL_FPU_W : JL_FPU_L;
}

/* Leaves where the mode has a bit that is not in the key of translations; once in a block. */
static void need(struct jl_builder *b, struct jl_frontend *f, uint32_t without, uint32_t fact) {
    if (jl_fe_learn(f->at, fact))
        return;
    jl_ref mode = jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, mode));
    jl_b_exit_if(b, JL_CC_TEST_NZ, mode, jl_b_i32(b, (int32_t)without), JL_EXIT_INTERP, 0);
}

void jl_fe_need_fpu(struct jl_builder *b, struct jl_frontend *f) {
    need(b, f, JL_MODE_NO_FPU, JL_FE_FPU_USABLE);
}

void jl_fe_need_wide(struct jl_builder *b, struct jl_frontend *f) {
    bool kernel = b->pc >> 30 == 2; /* KSEG0 and KSEG1 */
    if (!kernel)
        need(b, f, JL_MODE_NARROW, JL_FE_NOT_NARROW);
}

/* ---- registers ---- */

/* A value of which only the lower half is looked at. */
static jl_ref lower(const struct jl_builder *b, jl_ref v) {
    for (const struct jl_op *op = &b->ir->ops[v]; b->fold; op = &b->ir->ops[v]) {
        if (op->op == JL_IR_FZEXT)
            v = op->a;
        else if (op->op == JL_IR_FSETLO)
            v = op->b;
        else
            break;
    }
    return v;
}

static jl_ref operand(struct jl_builder *b, unsigned var, enum jl_fpu_fmt fmt) {
    jl_ref v = jl_b_get(b, var);
    return fmt == JL_FPU_S || fmt == JL_FPU_W ? lower(b, v) : v;
}

static void set_result(struct jl_builder *b, unsigned fd, enum jl_fpu_fmt fmt, jl_ref v) {
    bool half = fmt == JL_FPU_S || fmt == JL_FPU_W;
    jl_b_set(b, JL_VAR_FPR + fd, half ? jl_b_op1(b, JL_IR_FZEXT, JL_F, v) : v);
}

jl_ref jl_fe_vr4300_half(struct jl_builder *b, unsigned r) {
    jl_ref v = jl_b_get(b, pair_of(b, r));
    return b->mode & JL_MODE_FR || !(r & 1) ? lower(b, v) : jl_b_op1(b, JL_IR_FUPPER, JL_F, v);
}

void jl_fe_vr4300_set_half(struct jl_builder *b, unsigned r, jl_ref v) {
    jl_ref old = jl_b_get(b, pair_of(b, r));
    bool upper = !(b->mode & JL_MODE_FR) && r & 1;
    jl_b_set(b, pair_of(b, r), jl_b_op2(b, upper ? JL_IR_FSETHI : JL_IR_FSETLO, JL_F, old, v));
}

unsigned jl_fe_vr4300_pair(const struct jl_builder *b, unsigned r) {
    return pair_of(b, r);
}

/* ---- notes ---- */

static void note(struct jl_builder *b, enum jl_fpu_op op, enum jl_fpu_fmt fmt, jl_ref x, jl_ref y) {
    jl_b_note(b, JL_VAR_NOTE, jl_b_i32(b, jl_vr4300_note(op, fmt)));
    jl_b_note(b, JL_VAR_NOTE_A, x);
    if (y)
        jl_b_note(b, JL_VAR_NOTE_B, y);
}

static void note_no_cause(struct jl_builder *b) {
    jl_b_note(b, JL_VAR_NOTE, jl_b_i32(b, JL_NOTE_NO_CAUSE));
}

void jl_fe_store_notes(struct jl_builder *b) {
    for (unsigned v = JL_VAR_NOTE; v < JL_VARS; v++) {
        if (b->cur[v])
            jl_b_cpu_store(b, v == JL_VAR_NOTE ? 4 : 8, offsetof(struct jl_cpu, var) + 8 * v, b->cur[v]);
        jl_b_note(b, v, 0);
    }
}

/* ---- instructions ---- */

static void arith(struct jl_builder *b, const struct jl_insn *i, enum jl_irop op, enum jl_fpu_op name) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    bool two = jl_irop_info[op].operands == 2;
    jl_ref x = operand(b, pair_of(b, i->rd), fmt), y = two ? operand(b, JL_VAR_FPR + i->rt, fmt) : 0;
    jl_ref r = jl_b_ftrap(b, op, JL_F, fmt, x, y, 0);
    jl_fe_unstall(b, i, r);
    note(b, name, fmt, x, y);
    set_result(b, i->sa, fmt, r);
}

/* ABS and NEG: numbers pass without a Cause, the others leave. */
static void sign(struct jl_builder *b, const struct jl_insn *i, enum jl_irop op) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    jl_ref r = jl_b_ftrap(b, op, JL_F, fmt, operand(b, pair_of(b, i->rd), fmt), 0, 0);
    note_no_cause(b);
    set_result(b, i->sa, fmt, r);
}

static void convert(struct jl_builder *b, const struct jl_insn *i, enum jl_fpu_fmt to) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    jl_ref x = operand(b, pair_of(b, i->rd), fmt), r = jl_b_ftrap(b, JL_IR_FCVT, JL_F, fmt, x, 0, 0);
    note(b, to == JL_FPU_S ? JL_FPU_CVT_S : JL_FPU_CVT_D, fmt, x, 0);
    set_result(b, i->sa, to, r);
}

/* From .L only 56 bits are converted. */
static void from_fixed(struct jl_builder *b, const struct jl_insn *i, enum jl_fpu_fmt to) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    jl_ref x = operand(b, pair_of(b, i->rd), fmt), n = jl_b_op1(b, JL_IR_FLO, fmt == JL_FPU_L ? JL_I64 : JL_I32, x);
    if (fmt == JL_FPU_L) {
        jl_ref top = jl_b_op2(b, JL_IR_SAR, JL_I64, n, jl_b_i32(b, 55)); /* 0 or -1 */
        jl_b_exit_if(b, JL_CC_GTU, jl_b_op2(b, JL_IR_ADD, JL_I64, top, jl_b_i64(b, 1)), jl_b_i64(b, 1), JL_EXIT_INTERP,
                     0);
    }
    jl_ref r = jl_b_ftrap(b, JL_IR_ITOF, JL_F, to, n, 0, 0);
    jl_fe_unstall(b, i, r);
    note(b, to == JL_FPU_S ? JL_FPU_CVT_S : JL_FPU_CVT_D, fmt, x, 0);
    set_result(b, i->sa, to, r);
}

static void to_word(struct jl_builder *b, const struct jl_insn *i, enum jl_fpu_op name) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    jl_ref x = operand(b, pair_of(b, i->rd), fmt), n = jl_b_ftrap(b, JL_IR_FTOI, JL_I32, fmt, x, 0, name);
    note(b, name, fmt, x, 0);
    jl_b_set(b, JL_VAR_FPR + i->sa, jl_b_op1(b, JL_IR_FFROM, JL_F, n)); /* whose upper half is zero */
}

static void compare(struct jl_builder *b, const struct jl_insn *i) {
    enum jl_fpu_fmt fmt = fmt_of(i);
    jl_ref x = operand(b, pair_of(b, i->rd), fmt), y = operand(b, JL_VAR_FPR + i->rt, fmt);
    jl_ref r = jl_b_ftrap(b, JL_IR_FCMP, JL_I32, fmt, x, y, i->cond);
    note_no_cause(b);
    jl_b_set(b, JL_VAR_FCC + i->cc, r);
}

static bool moves(struct jl_builder *b, const struct jl_insn *i) {
    jl_ref rt = jl_b_get(b, JL_VAR_GPR + i->rt), v;
    switch (i->op) {
    case JL_OP_MFC1:
        v = jl_b_op1(b, JL_IR_FLO, JL_I32, jl_fe_vr4300_half(b, i->rd));
        jl_b_set(b, JL_VAR_GPR + i->rt, jl_fe_extended(b, v));
        return true;
    case JL_OP_MTC1: jl_fe_vr4300_set_half(b, i->rd, jl_b_op1(b, JL_IR_FFROM, JL_F, jl_fe_low(b, rt))); return true;
    case JL_OP_DMFC1:
        jl_b_set(b, JL_VAR_GPR + i->rt, jl_b_op1(b, JL_IR_FLO, JL_I64, jl_b_get(b, pair_of(b, i->rd))));
        return true;
    case JL_OP_DMTC1: jl_b_set(b, pair_of(b, i->rd), jl_b_op1(b, JL_IR_FFROM, JL_F, rt)); return true;
    case JL_OP_MOV_S:
    case JL_OP_MOV_D: jl_b_set(b, JL_VAR_FPR + i->sa, jl_b_get(b, pair_of(b, i->rd))); return true;
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
    case JL_OP_CVT_W_D: to_word(b, i, JL_FPU_CVT_W); return true;
    case JL_OP_ROUND_W_S:
    case JL_OP_ROUND_W_D: to_word(b, i, JL_FPU_ROUND_W); return true;
    case JL_OP_TRUNC_W_S:
    case JL_OP_TRUNC_W_D: to_word(b, i, JL_FPU_TRUNC_W); return true;
    case JL_OP_CEIL_W_S:
    case JL_OP_CEIL_W_D: to_word(b, i, JL_FPU_CEIL_W); return true;
    case JL_OP_FLOOR_W_S:
    case JL_OP_FLOOR_W_D: to_word(b, i, JL_FPU_FLOOR_W); return true;
    default: return false;
    }
}

bool jl_fe_can_vr4300(const struct jl_insn *i) {
    switch (i->op) { /* control registers; to .L, of which it converts less than the host */
    case JL_OP_CFC1:
    case JL_OP_CTC1:
    case JL_OP_CVT_L_S:
    case JL_OP_CVT_L_D:
    case JL_OP_ROUND_L_S:
    case JL_OP_ROUND_L_D:
    case JL_OP_TRUNC_L_S:
    case JL_OP_TRUNC_L_D:
    case JL_OP_CEIL_L_S:
    case JL_OP_CEIL_L_D:
    case JL_OP_FLOOR_L_S:
    case JL_OP_FLOOR_L_D: return false;
    default: return true;
    }
}

bool jl_fe_vr4300(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    jl_fe_need_fpu(b, f);
    switch (i->op) {
    case JL_OP_ADD_S:
    case JL_OP_ADD_D: arith(b, i, JL_IR_FADD, JL_FPU_ADD); return true;
    case JL_OP_SUB_S:
    case JL_OP_SUB_D: arith(b, i, JL_IR_FSUB, JL_FPU_SUB); return true;
    case JL_OP_MUL_S:
    case JL_OP_MUL_D: arith(b, i, JL_IR_FMUL, JL_FPU_MUL); return true;
    case JL_OP_DIV_S:
    case JL_OP_DIV_D: arith(b, i, JL_IR_FDIV, JL_FPU_DIV); return true;
    case JL_OP_SQRT_S:
    case JL_OP_SQRT_D: arith(b, i, JL_IR_FSQRT, JL_FPU_SQRT); return true;
    case JL_OP_ABS_S:
    case JL_OP_ABS_D: sign(b, i, JL_IR_FABS); return true;
    case JL_OP_NEG_S:
    case JL_OP_NEG_D: sign(b, i, JL_IR_FNEG); return true;
    case JL_OP_C_COND_S:
    case JL_OP_C_COND_D: compare(b, i); return true;
    default: return moves(b, i) || conversions(b, i);
    }
}
