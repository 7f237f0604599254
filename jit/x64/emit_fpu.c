/* FPU ops on SSE2 (three-operand AVX forms where the host has them).
 *
 * Rounding and flush come from MXCSR, which holds the guest's modes while translated code runs; sticky flags collect
 * there and are folded into FCSR when C next needs it. What the host does not do as MIPS does is one case: NaNs (the
 * legacy encoding has the quiet bit inverted, another default, and other rules), so every result that may be one is
 * compared with itself, and far code has jl_fpu_arith redo the operation from its operands. Conversions to integer are
 * checked for the host's "indefinite" result in the same way. Invalid is therefore never taken from MXCSR.
 *
 * Ops with a snapshot are the VR4300's (frontend/vr4300.c): they may trap, so each is a FAULT site, and a NaN leaves to
 * the interpreter. Nothing of the result is written to memory before that is decided: a var's home may still have what
 * it held before the operation.
 */
#include "jit/x64/emit.h"
#include "jit/x64/host.h"

static void ucomis(struct jl_emit *e, unsigned fmt, unsigned a, unsigned b) {
    if (fmt == JL_FPU_S)
        jl_x_ucomiss_rr(&e->a, a, b);
    else
        jl_x_ucomisd_rr(&e->a, a, b);
}

static struct jl_site fpu_site(struct jl_emit *e, unsigned fpu_op, unsigned fmt, jl_ref a, jl_ref b) {
    return (struct jl_site){.kind = JL_SITE_FPU,
                            .op = (uint8_t)fpu_op,
                            .fmt = (uint8_t)fmt,
                            .snap = ~0u,
                            .a = jl_e_loc(e, a),
                            .b = b ? jl_e_loc(e, b) : (jl_loc)JL_LOC_NONE,
                            .dst = jl_e_loc(e, e->pos)};
}

/* The home of register 0 holds a 0 of either width. */
static void compare_with_zero(struct jl_emit *e, unsigned fmt, unsigned x) {
    struct jl_memop zero = jl_loc_mem((jl_loc)(JL_LOC_HOME + JL_VAR_GPR));
    if (fmt == JL_FPU_S)
        jl_x_ucomiss_rm(&e->a, x, zero);
    else
        jl_x_ucomisd_rm(&e->a, x, zero);
}

/* Far exit for a result in x that turned out to be a NaN (format fmt). The far code stores to the result's location
 * itself. */
static void check_nan(struct jl_emit *e, unsigned x, unsigned result_fmt, struct jl_site site) {
    ucomis(e, result_fmt, x, x);
    jl_e_far(e, JL_CC_P_,
             (struct jl_far){.site = jl_site_add(e, site), .thunk = JL_THUNK_SLOW_FPU, .after = JL_FAR_RESUME});
}

/* ---- ops that leave ---- */

static uint32_t begin_trap(struct jl_emit *e, const struct jl_op *op) {
    return op->snap ? jl_site_fault(e, op) : 0;
}

static void end_trap(struct jl_emit *e, const struct jl_op *op, uint32_t site) {
    if (op->snap)
        jl_site_fault_end(e, site);
}

/* Behind a comparison: unordered operands are the interpreter's. */
static void leave_if_unordered(struct jl_emit *e, const struct jl_op *op) {
    struct jl_site site = {
        .kind = JL_SITE_EXIT, .op = JL_EXIT_INTERP, .snap = jl_site_snap(e, op->snap), .a = JL_LOC_NONE};
    jl_e_far(e, JL_CC_P_, (struct jl_far){.site = jl_site_add(e, site), .thunk = JL_THUNK_EXIT});
}

/* Leaves when x is a NaN, or (by a trap) a denormal number. */
static void require_number(struct jl_emit *e, const struct jl_op *op, unsigned x) {
    uint32_t site = begin_trap(e, op);
    ucomis(e, op->sub, x, x);
    end_trap(e, op, site);
    leave_if_unordered(e, op);
}

/* The result, in x: what is to happen with a NaN, and into its place. */
static void finish(struct jl_emit *e, const struct jl_op *op, unsigned x, unsigned result_fmt, unsigned fpu_op) {
    const struct jl_op *next = op + 1; /* there is one: no FPU operation ends a block */
    if (op->snap && next->op == JL_IR_UNSTALL && next->a == e->pos) {
        compare_with_zero(e, result_fmt, x);
        e->zero_flags = e->pos;
        leave_if_unordered(e, op);
        jl_e_done_xmm(e, e->pos, x);
        return;
    }
    if (op->snap) {
        ucomis(e, result_fmt, x, x);
        leave_if_unordered(e, op);
        jl_e_done_xmm(e, e->pos, x);
        return;
    }
    jl_e_done_xmm(e, e->pos, x);
    check_nan(e, x, result_fmt, fpu_site(e, fpu_op, op->sub, op->a, jl_irop_info[op->op].operands == 2 ? op->b : 0));
}

typedef void sse_op(struct jl_asm *a, unsigned dst, unsigned src);
typedef void avx_op(struct jl_asm *a, unsigned dst, unsigned x, unsigned y);

struct arith {
    sse_op *s, *d;
    avx_op *vs, *vd;
    uint8_t fpu_op;
};

static const struct arith *arith_of(unsigned op) {
    static const struct arith add = {jl_x_addss_rr, jl_x_addsd_rr, jl_x_vaddss, jl_x_vaddsd, JL_FPU_ADD};
    static const struct arith sub = {jl_x_subss_rr, jl_x_subsd_rr, jl_x_vsubss, jl_x_vsubsd, JL_FPU_SUB};
    static const struct arith mul = {jl_x_mulss_rr, jl_x_mulsd_rr, jl_x_vmulss, jl_x_vmulsd, JL_FPU_MUL};
    static const struct arith div = {jl_x_divss_rr, jl_x_divsd_rr, jl_x_vdivss, jl_x_vdivsd, JL_FPU_DIV};
    switch (op) {
    case JL_IR_FADD: return &add;
    case JL_IR_FSUB: return &sub;
    case JL_IR_FMUL: return &mul;
    default: return &div;
    }
}

static void emit_arith(struct jl_emit *e, const struct jl_op *op) {
    const struct arith *k = arith_of(op->op);
    bool s = op->sub == JL_FPU_S;
    unsigned a = jl_e_xmm(e, op->a, JL_XMM_TMP), b = jl_e_xmm(e, op->b, JL_XMM_TMP2);
    unsigned dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    uint32_t site = begin_trap(e, op);
    if (jl_host()->avx) {
        (s ? k->vs : k->vd)(&e->a, dst, a, b);
    } else {
        if (dst != a)
            jl_x_movaps_rr(&e->a, dst, a);
        (s ? k->s : k->d)(&e->a, dst, b);
    }
    end_trap(e, op, site);
    finish(e, op, dst, op->sub, k->fpu_op);
}

static void emit_sqrt(struct jl_emit *e, const struct jl_op *op) {
    unsigned a = jl_e_xmm(e, op->a, JL_XMM_TMP2), dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    jl_x_xorps_rr(&e->a, dst, dst); /* no dependence on its old upper half */
    uint32_t site = begin_trap(e, op);
    if (op->sub == JL_FPU_S)
        jl_x_sqrtss_rr(&e->a, dst, a);
    else
        jl_x_sqrtsd_rr(&e->a, dst, a);
    end_trap(e, op, site);
    finish(e, op, dst, op->sub, JL_FPU_SQRT);
}

static void emit_convert(struct jl_emit *e, const struct jl_op *op) {
    unsigned a = jl_e_xmm(e, op->a, JL_XMM_TMP2), dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    bool from_s = op->sub == JL_FPU_S;
    jl_x_xorps_rr(&e->a, dst, dst);
    uint32_t site = begin_trap(e, op);
    if (from_s)
        jl_x_cvtss2sd(&e->a, dst, a);
    else
        jl_x_cvtsd2ss(&e->a, dst, a);
    end_trap(e, op, site);
    finish(e, op, dst, from_s ? JL_FPU_D : JL_FPU_S, from_s ? JL_FPU_CVT_D : JL_FPU_CVT_S);
}

/* A mask with the sign bit of fmt, or all others, made in a register. */
static void sign_mask(struct jl_emit *e, unsigned fmt, bool invert, unsigned x) {
    jl_x_pcmpeqd_rr(&e->a, x, x);
    if (fmt == JL_FPU_S && invert)
        jl_x_psrld_ri(&e->a, x, 1);
    else if (fmt == JL_FPU_S)
        jl_x_pslld_ri(&e->a, x, 31);
    else if (invert)
        jl_x_psrlq_ri(&e->a, x, 1);
    else
        jl_x_psllq_ri(&e->a, x, 63);
}

static void emit_sign(struct jl_emit *e, const struct jl_op *op) {
    bool abs = op->op == JL_IR_FABS;
    unsigned a = jl_e_xmm(e, op->a, JL_XMM_TMP2);
    unsigned dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP2);
    if (op->snap)
        require_number(e, op, a);
    sign_mask(e, op->sub, abs, JL_XMM_TMP);
    if (dst != a)
        jl_x_movaps_rr(&e->a, dst, a);
    if (abs)
        jl_x_andps_rr(&e->a, dst, JL_XMM_TMP);
    else
        jl_x_xorps_rr(&e->a, dst, JL_XMM_TMP);
    jl_e_done_xmm(e, e->pos, dst);
}

static void emit_itof(struct jl_emit *e, const struct jl_op *op) {
    unsigned dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    enum jl_reg r = jl_e_reg(e, op->a, JL_RAX);
    jl_x_xorps_rr(&e->a, dst, dst);
    uint32_t site = begin_trap(e, op);
    if (op->sub == JL_FPU_S)
        jl_x_cvtsi2ss(&e->a, op->size == 8 ? 8 : 4, dst, r);
    else
        jl_x_cvtsi2sd(&e->a, op->size == 8 ? 8 : 4, dst, r);
    end_trap(e, op, site);
    jl_e_done_xmm(e, e->pos, dst);
}

/* MXCSR's rounding field for a conversion: nearest, down, up; -1 = the one in force (towards zero has its own
 * instruction). */
static int rounding_of(unsigned fpu_op) {
    switch (fpu_op) {
    case JL_FPU_ROUND_W:
    case JL_FPU_ROUND_L: return 0;
    case JL_FPU_FLOOR_W:
    case JL_FPU_FLOOR_L: return 1;
    case JL_FPU_CEIL_W:
    case JL_FPU_CEIL_L: return 2;
    default: return -1;
    }
}

enum { MX_ROUNDING = 3 << 13 };

static void to_integer(struct jl_emit *e, const struct jl_op *op, unsigned w, enum jl_reg dst, unsigned a) {
    bool s = op->sub == JL_FPU_S;
    if (op->imm == JL_FPU_TRUNC_W || op->imm == JL_FPU_TRUNC_L)
        (s ? jl_x_cvttss2si : jl_x_cvttsd2si)(&e->a, w, dst, a);
    else
        (s ? jl_x_cvtss2si : jl_x_cvtsd2si)(&e->a, w, dst, a);
}

/* Converts under another rounding mode. Rounding to an integral value first would be shorter, but raises inexact for
 * values that then turn out not to fit, which must raise invalid alone. */
static void to_integer_rounding(struct jl_emit *e, const struct jl_op *op, unsigned w, enum jl_reg dst, unsigned a,
                                int mode) {
    struct jl_memop now = jl_m(JL_RBP, JL_AT(scratch)), old = jl_m(JL_RBP, JL_AT(scratch) + 4);
    jl_x_stmxcsr(&e->a, now);
    jl_x_mov_rm(&e->a, 4, JL_RDX, now);
    jl_x_mov_mr(&e->a, 4, old, JL_RDX);
    jl_x_alu_ri(&e->a, JL_X_AND, 4, JL_RDX, ~MX_ROUNDING);
    jl_x_alu_ri(&e->a, JL_X_OR, 4, JL_RDX, mode << 13);
    jl_x_mov_mr(&e->a, 4, now, JL_RDX);
    jl_x_ldmxcsr(&e->a, now);
    to_integer(e, op, w, dst, a);
    jl_x_stmxcsr(&e->a, now);
    jl_x_mov_rm(&e->a, 4, JL_RDX, now);
    jl_x_alu_ri(&e->a, JL_X_AND, 4, JL_RDX, ~MX_ROUNDING);
    jl_x_alu_mi(&e->a, JL_X_AND, 4, old, MX_ROUNDING);
    jl_x_alu_rm(&e->a, JL_X_OR, 4, JL_RDX, old);
    jl_x_mov_mr(&e->a, 4, now, JL_RDX);
    jl_x_ldmxcsr(&e->a, now);
}

static void emit_ftoi(struct jl_emit *e, const struct jl_op *op) {
    unsigned w = op->type == JL_I64 ? 8 : 4, a = jl_e_xmm(e, op->a, JL_XMM_TMP2);
    int mode = rounding_of((unsigned)op->imm);
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    if (op->snap)
        require_number(e, op, a);
    uint32_t trap = begin_trap(e, op);
    if (mode >= 0)
        to_integer_rounding(e, op, w, dst, a, mode);
    else
        to_integer(e, op, w, dst, a);
    end_trap(e, op, trap);
    if (op->snap) { /* what does not fit has trapped */
        jl_e_done(e, e->pos, dst);
        return;
    }
    /* the indefinite result is the only value that overflows when 1 is subtracted */
    jl_x_alu_ri(&e->a, JL_X_CMP, w, dst, 1);
    jl_e_done(e, e->pos, dst);
    struct jl_site site = fpu_site(e, (unsigned)op->imm, op->sub, op->a, 0);
    site.flags = 4 | (w == 8 ? 2 : 0);
    jl_e_far(e, JL_CC_O_,
             (struct jl_far){.site = jl_site_add(e, site), .thunk = JL_THUNK_SLOW_FPU, .after = JL_FAR_RESUME});
}

/* C.cond: bit 0 unordered, 1 equal, 2 less. With no NaN the answer is one host condition after a compare. With one, far
 * code gets 0 or 1 in eax and compares it with `value`, chosen so that the same condition then holds just for 1: E and
 * AE after "cmp eax, 1", A after "cmp eax, 0", and for the conditions that are never true of ordered numbers P, which
 * the ordered compare has cleared and "cmp eax, 2" sets for 1 (0xff has even parity) and clears for 0 (0xfe). */
struct fcmp_plan {
    uint8_t cc;
    bool swap; /* compare b with a: less is tested as b greater than a, since the host's "below" is true of NaNs */
    uint8_t value;
};

static struct fcmp_plan plan_of(unsigned cond) {
    switch (cond >> 1 & 3) {
    case 1: return (struct fcmp_plan){JL_CC_E_, false, 1};
    case 2: return (struct fcmp_plan){JL_CC_A_, true, 0};
    case 3: return (struct fcmp_plan){JL_CC_AE_, true, 1};
    default: return (struct fcmp_plan){JL_CC_P_, false, 2};
    }
}

static void compare_nans(struct jl_emit *e, const struct jl_op *op, struct fcmp_plan plan) {
    struct jl_site site = {.kind = JL_SITE_FCMP,
                           .op = (uint8_t)op->imm,
                           .fmt = op->sub,
                           .snap = ~0u,
                           .a = jl_e_loc(e, op->a),
                           .b = jl_e_loc(e, op->b),
                           .dst = JL_LOC_NONE};
    jl_e_far(
        e, JL_CC_P_,
        (struct jl_far){
            .site = jl_site_add(e, site), .thunk = JL_THUNK_SLOW_FPU, .after = JL_FAR_COMPARE, .cc_value = plan.value});
}

/* setcc and mov leave the flags alone, so that a branch that follows at once can use them (e->flags_of). */
static void set_condition(struct jl_emit *e, struct fcmp_plan plan) {
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    jl_x_setcc(&e->a, (enum jl_x64_cc)plan.cc, JL_RAX);
    jl_x_movzx_rr(&e->a, 4, dst, JL_RAX, 1);
    jl_e_done(e, e->pos, dst);
    e->flags_of = e->pos;
    e->flags_cc = plan.cc;
}

static void emit_fcmp(struct jl_emit *e, const struct jl_op *op) {
    struct fcmp_plan plan = plan_of((unsigned)op->imm);
    unsigned a = jl_e_xmm(e, op->a, JL_XMM_TMP), b = jl_e_xmm(e, op->b, JL_XMM_TMP2);
    uint32_t trap = begin_trap(e, op);
    if (plan.swap)
        ucomis(e, op->sub, b, a);
    else
        ucomis(e, op->sub, a, b);
    end_trap(e, op, trap);
    if (op->snap)
        leave_if_unordered(e, op);
    else
        compare_nans(e, op, plan);
    set_condition(e, plan);
}

static void emit_flo(struct jl_emit *e, const struct jl_op *op) {
    jl_loc l = jl_e_loc(e, op->a);
    unsigned w = op->type == JL_I64 ? 8 : 4;
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    if (jl_loc_is_mem(l)) {
        struct jl_memop mem = jl_loc_mem(l);
        if (op->op == JL_IR_FHI)
            mem.disp += 4;
        jl_x_mov_rm(&e->a, w, dst, mem);
    } else if (op->op == JL_IR_FHI) {
        jl_x_movd_rx(&e->a, 8, dst, (unsigned)(l - JL_LOC_XMM));
        jl_x_shr_ri(&e->a, 8, dst, 32);
    } else {
        jl_x_movd_rx(&e->a, w, dst, (unsigned)(l - JL_LOC_XMM));
    }
    jl_e_done(e, e->pos, dst);
}

static void emit_ffrom(struct jl_emit *e, const struct jl_op *op) {
    unsigned dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    if (jl_ir_is_const(e->ir, op->a) && jl_e_op(e, op->a)->imm == 0)
        jl_x_xorps_rr(&e->a, dst, dst);
    else
        jl_x_movd_xr(&e->a, op->size == 8 ? 8 : 4, dst, jl_e_reg(e, op->a, JL_RAX));
    jl_e_done_xmm(e, e->pos, dst);
}

static void emit_fpair(struct jl_emit *e, const struct jl_op *op) {
    unsigned dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    jl_x_movd_xr(&e->a, 4, JL_XMM_TMP2, jl_e_reg(e, op->b, JL_RAX));
    jl_x_movd_xr(&e->a, 4, dst, jl_e_reg(e, op->a, JL_RDX));
    jl_x_punpckldq_rr(&e->a, dst, JL_XMM_TMP2);
    jl_e_done_xmm(e, e->pos, dst);
}

static void emit_fset(struct jl_emit *e, const struct jl_op *op) {
    unsigned a = jl_e_xmm(e, op->a, JL_XMM_TMP), b = jl_e_xmm(e, op->b, JL_XMM_TMP2);
    unsigned dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    if (dst != a)
        jl_x_movaps_rr(&e->a, dst, a);
    if (op->op == JL_IR_FSETLO)
        jl_x_movss_rr(&e->a, dst, b);
    else
        jl_x_punpckldq_rr(&e->a, dst, b); /* low of a, low of b */
    jl_e_done_xmm(e, e->pos, dst);
}

static void emit_fzext(struct jl_emit *e, const struct jl_op *op) {
    unsigned a = jl_e_xmm(e, op->a, JL_XMM_TMP), dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    if (jl_host()->sse41) {
        jl_x_insertps(&e->a, dst, a, 0x0e); /* lane 0 to lane 0, the others zero */
    } else {
        jl_x_movd_rx(&e->a, 4, JL_RAX, a);
        jl_x_movd_xr(&e->a, 4, dst, JL_RAX);
    }
    jl_e_done_xmm(e, e->pos, dst);
}

static void emit_fupper(struct jl_emit *e, const struct jl_op *op) {
    unsigned a = jl_e_xmm(e, op->a, JL_XMM_TMP), dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    if (dst != a)
        jl_x_movaps_rr(&e->a, dst, a);
    jl_x_psrlq_ri(&e->a, dst, 32);
    jl_e_done_xmm(e, e->pos, dst);
}

/* ---- results of 0, which take less time ---- */

static void emit_unstall(struct jl_emit *e, const struct jl_op *op) {
    jl_loc l = jl_e_loc(e, op->a);
    if (e->zero_flags != op->a) {
        if (jl_loc_is_mem(l))
            jl_x_mov_rm(&e->a, op->size, JL_RAX, jl_loc_mem(l));
        else
            jl_x_movd_rx(&e->a, op->size, JL_RAX, (unsigned)(l - JL_LOC_XMM));
        jl_x_alu_rr(&e->a, JL_X_ADD, op->size, JL_RAX, JL_RAX); /* the sign goes */
    }
    e->zero_flags = 0;
    jl_e_far(e, JL_CC_E_, (struct jl_far){.after = JL_FAR_UNSTALL});
}

void jl_emit_unstalled(struct jl_emit *e, const struct jl_op *op, bool jumps) {
    if (e->m->tools.count)
        jl_profile_segment(e, JL_SEG_UNSTALL, 2u + op->scale + jumps);
    jl_x_alu_ri(&e->a, JL_X_ADD, 8, JL_SLICE_REG, (int32_t)op->imm);
    jl_x_alu_mi(&e->a, JL_X_SUB, 8, jl_m(JL_RBP, JL_AT(cpu.stalled)), (int32_t)op->imm);
    if (op->scale)
        jl_x_alu_mi(&e->a, JL_X_SUB, 4, jl_m(JL_RBP, JL_AT(cpu.count)), (int32_t)op->imm);
}

bool jl_emit_fpu(struct jl_emit *e, const struct jl_op *op) {
    switch (op->op) {
    case JL_IR_FADD:
    case JL_IR_FSUB:
    case JL_IR_FMUL:
    case JL_IR_FDIV: emit_arith(e, op); return true;
    case JL_IR_FSQRT: emit_sqrt(e, op); return true;
    case JL_IR_FABS:
    case JL_IR_FNEG: emit_sign(e, op); return true;
    case JL_IR_FCVT: emit_convert(e, op); return true;
    case JL_IR_ITOF: emit_itof(e, op); return true;
    case JL_IR_FTOI: emit_ftoi(e, op); return true;
    case JL_IR_FCMP: emit_fcmp(e, op); return true;
    case JL_IR_FLO:
    case JL_IR_FHI: emit_flo(e, op); return true;
    case JL_IR_FFROM: emit_ffrom(e, op); return true;
    case JL_IR_FPAIR: emit_fpair(e, op); return true;
    case JL_IR_FSETLO:
    case JL_IR_FSETHI: emit_fset(e, op); return true;
    case JL_IR_FZEXT: emit_fzext(e, op); return true;
    case JL_IR_FUPPER: emit_fupper(e, op); return true;
    case JL_IR_UNSTALL: emit_unstall(e, op); return true;
    default: return false;
    }
}
