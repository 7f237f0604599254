/* Integer ops: two-address forms chosen so that a move is needed only when no operand dies in the result's register. */
#include "jit/x64/emit.h"
#include "jit/x64/host.h"

static bool commutes(unsigned op) {
    return op == JL_IR_ADD || op == JL_IR_AND || op == JL_IR_OR || op == JL_IR_XOR || op == JL_IR_MUL;
}

/* Puts v into register dst. */
static void move_to(struct jl_emit *e, enum jl_reg dst, jl_ref v, unsigned w) {
    enum jl_reg r = jl_e_reg(e, v, dst);
    if (r != dst)
        jl_x_mov_rr(&e->a, w, dst, r);
}

/* add [home], operand: when the result lives where the first operand does. */
static bool alu_in_memory(struct jl_emit *e, unsigned alu, const struct jl_op *op, unsigned w) {
    jl_loc l = jl_e_loc(e, e->pos);
    int32_t imm;
    if (!jl_loc_is_mem(l) || jl_e_loc(e, op->a) != l)
        return false;
    if (jl_e_imm32(e, op->b, w, &imm))
        jl_x_alu_mi(&e->a, alu, w, jl_loc_mem(l), imm);
    else
        jl_x_alu_mr(&e->a, alu, w, jl_loc_mem(l), jl_e_reg(e, op->b, JL_RAX));
    return true;
}

static bool add_by_lea(struct jl_emit *e, const struct jl_op *op, enum jl_reg dst, unsigned w) {
    int32_t imm;
    jl_loc la = jl_e_loc(e, op->a), lb = jl_e_loc(e, op->b);
    if (!jl_loc_is_gpr(la))
        return false;
    if (w == 8 && jl_e_near(e, op->b, &imm)) {
        jl_x_lea(&e->a, w, dst, jl_mx((enum jl_reg)la, JL_RBP, 0, imm));
        return true;
    }
    if (la == (jl_loc)dst)
        return false;
    if (jl_e_imm32(e, op->b, w, &imm)) {
        jl_x_lea(&e->a, w, dst, jl_m((enum jl_reg)la, imm));
        return true;
    }
    if (!jl_loc_is_gpr(lb) || lb == (jl_loc)dst)
        return false;
    jl_x_lea(&e->a, w, dst, jl_mx((enum jl_reg)la, (enum jl_reg)lb, 0, 0));
    return true;
}

static void emit_alu(struct jl_emit *e, const struct jl_op *op, unsigned alu) {
    unsigned w = op->type == JL_I64 ? 8 : 4;
    if (alu_in_memory(e, alu, op, w))
        return;
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    jl_ref a = op->a, b = op->b;
    if (op->op == JL_IR_ADD && add_by_lea(e, op, dst, w)) {
        jl_e_done(e, e->pos, dst);
        return;
    }
    if (op->op == JL_IR_SUB && jl_ir_is_const(e->ir, a) && jl_e_op(e, a)->imm == 0) {
        move_to(e, dst, b, w);
        jl_x_neg(&e->a, w, dst);
        jl_e_done(e, e->pos, dst);
        return;
    }
    if (jl_e_loc(e, b) == (jl_loc)dst && a != b) {
        if (commutes(op->op)) {
            jl_ref t = a;
            a = b;
            b = t;
        } else { /* dst = a - dst */
            jl_x_neg(&e->a, w, dst);
            jl_e_alu(e, JL_X_ADD, w, dst, a);
            jl_e_done(e, e->pos, dst);
            return;
        }
    }
    move_to(e, dst, a, w);
    jl_e_alu(e, alu, w, dst, b);
    jl_e_done(e, e->pos, dst);
}

static void emit_mul(struct jl_emit *e, const struct jl_op *op) {
    unsigned w = op->type == JL_I64 ? 8 : 4;
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    int32_t imm;
    if (jl_e_imm32(e, op->b, w, &imm)) {
        jl_x_imul_rri(&e->a, w, dst, jl_e_reg(e, op->a, JL_RAX), imm);
    } else {
        jl_ref a = op->a, b = op->b;
        if (jl_e_loc(e, b) == (jl_loc)dst) {
            jl_ref t = a;
            a = b;
            b = t;
        }
        move_to(e, dst, a, w);
        jl_x_imul_rr(&e->a, w, dst, jl_e_reg(e, b, dst == JL_RAX ? JL_RDX : JL_RAX));
    }
    jl_e_done(e, e->pos, dst);
}

static void emit_mulh(struct jl_emit *e, const struct jl_op *op) {
    enum jl_reg b = jl_e_reg(e, op->b, JL_RDX);
    move_to(e, JL_RAX, op->a, 8);
    if (op->op == JL_IR_MULHS)
        jl_x_imul_r(&e->a, 8, b);
    else
        jl_x_mul_r(&e->a, 8, b);
    jl_e_done(e, e->pos, JL_RDX);
}

/* Quotient in rax, remainder in rdx. The pair "quotient, remainder" of the same operands divides once. */
static bool remainder_left(struct jl_emit *e, const struct jl_op *op) {
    const struct jl_op *prev = jl_e_op(e, e->pos - 1);
    unsigned want = op->op == JL_IR_REMS ? JL_IR_DIVS : JL_IR_DIVU;
    return e->pos - 1 >= e->ir->blocks[e->block].first && prev->op == want && prev->a == op->a && prev->b == op->b &&
           prev->type == op->type && !(prev->flags & JL_IRF_SUNK);
}

static void emit_div(struct jl_emit *e, const struct jl_op *op) {
    unsigned w = op->type == JL_I64 ? 8 : 4;
    bool is_signed = op->op == JL_IR_DIVS || op->op == JL_IR_REMS;
    bool rem = op->op == JL_IR_REMS || op->op == JL_IR_REMU;
    if (!rem || !remainder_left(e, op)) {
        enum jl_reg b = jl_e_reg(e, op->b, JL_RDX);
        if (b == JL_RDX) { /* in memory or constant: rdx is needed for the dividend */
            jl_x_mov_mr(&e->a, 8, jl_m(JL_RBP, JL_AT(scratch)), JL_RDX);
            move_to(e, JL_RAX, op->a, w);
        } else {
            move_to(e, JL_RAX, op->a, w);
        }
        if (!is_signed)
            jl_x_alu_rr(&e->a, JL_X_XOR, 4, JL_RDX, JL_RDX);
        else if (w == 8)
            jl_x_cqo(&e->a);
        else
            jl_x_cdq(&e->a);
        if (b == JL_RDX && is_signed)
            jl_x_idiv_m(&e->a, w, jl_m(JL_RBP, JL_AT(scratch)));
        else if (b == JL_RDX)
            jl_x_div_m(&e->a, w, jl_m(JL_RBP, JL_AT(scratch)));
        else if (is_signed)
            jl_x_idiv_r(&e->a, w, b);
        else
            jl_x_div_r(&e->a, w, b);
    }
    if (!rem && jl_loc_is_mem(jl_e_loc(e, e->pos)))
        jl_x_mov_mr(&e->a, w, jl_loc_mem(jl_e_loc(e, e->pos)), JL_RAX);
    else
        jl_e_done(e, e->pos, rem ? JL_RDX : JL_RAX);
}

static void shift_imm(struct jl_emit *e, unsigned op, unsigned w, enum jl_reg r, unsigned count) {
    if (!count)
        return;
    switch (op) {
    case JL_IR_SHL: jl_x_shl_ri(&e->a, w, r, count); break;
    case JL_IR_SHR: jl_x_shr_ri(&e->a, w, r, count); break;
    case JL_IR_SAR: jl_x_sar_ri(&e->a, w, r, count); break;
    default: jl_x_ror_ri(&e->a, w, r, count); break;
    }
}

static void shift_cl(struct jl_emit *e, unsigned op, unsigned w, enum jl_reg r) {
    switch (op) {
    case JL_IR_SHL: jl_x_shl_cl(&e->a, w, r); break;
    case JL_IR_SHR: jl_x_shr_cl(&e->a, w, r); break;
    case JL_IR_SAR: jl_x_sar_cl(&e->a, w, r); break;
    default: jl_x_ror_cl(&e->a, w, r); break;
    }
}

static void shift_bmi2(struct jl_emit *e, const struct jl_op *op, unsigned w, enum jl_reg dst) {
    enum jl_reg count = jl_e_reg(e, op->b, JL_RDX), value = jl_e_reg(e, op->a, JL_RAX);
    switch (op->op) {
    case JL_IR_SHL: jl_x_shlx(&e->a, w, dst, value, count); break;
    case JL_IR_SHR: jl_x_shrx(&e->a, w, dst, value, count); break;
    default: jl_x_sarx(&e->a, w, dst, value, count); break;
    }
}

/* A rotate by a register has no BMI2 form: the count and rcx change places for it, so the value is in neither. */
static void rotate_by_register(struct jl_emit *e, const struct jl_op *op, unsigned w, enum jl_reg dst) {
    if (dst == JL_RCX || jl_e_loc(e, op->b) == (jl_loc)dst)
        dst = JL_RAX;
    move_to(e, dst, op->a, w);
    enum jl_reg count = jl_e_reg(e, op->b, JL_RDX);
    bool busy = jl_alloc_busy(e->al, JL_RCX, e->pos) || jl_alloc_busy(e->al, JL_RCX, e->pos + 1);
    if (count != JL_RCX && busy)
        jl_x_xchg_rr(&e->a, 8, JL_RCX, count);
    else if (count != JL_RCX)
        jl_x_mov_rr(&e->a, 4, JL_RCX, count);
    shift_cl(e, op->op, w, dst);
    if (count != JL_RCX && busy)
        jl_x_xchg_rr(&e->a, 8, JL_RCX, count);
    jl_e_done(e, e->pos, dst);
}

static void emit_shift(struct jl_emit *e, const struct jl_op *op) {
    unsigned w = op->type == JL_I64 ? 8 : 4;
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    if (jl_ir_is_const(e->ir, op->b)) {
        unsigned count = (unsigned)jl_e_op(e, op->b)->imm & (w * 8 - 1);
        enum jl_reg a = jl_e_reg(e, op->a, dst);
        if (op->op == JL_IR_ROR && jl_host()->bmi2 && a != dst) {
            jl_x_rorx(&e->a, w, dst, a, count);
        } else {
            if (a != dst)
                jl_x_mov_rr(&e->a, w, dst, a);
            shift_imm(e, op->op, w, dst, count);
        }
    } else if (jl_host()->bmi2 && op->op != JL_IR_ROR) {
        shift_bmi2(e, op, w, dst);
    } else {
        rotate_by_register(e, op, w, dst);
        return;
    }
    jl_e_done(e, e->pos, dst);
}

/* One half of a 64-bit value of which one side is in memory: the other half need not be touched. */
static bool half_by_memory(struct jl_emit *e, const struct jl_op *op) {
    jl_loc from = jl_e_loc(e, op->a), to = jl_e_loc(e, e->pos);
    if (jl_loc_is_mem(from)) {
        struct jl_memop half = jl_loc_mem(from);
        half.disp += op->op == JL_IR_HIGH ? 4 : 0;
        enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
        jl_x_mov_rm(&e->a, 4, dst, half);
        jl_e_done(e, e->pos, dst);
        return true;
    }
    if (op->op == JL_IR_HIGH || !jl_loc_is_gpr(from) || !jl_loc_is_mem(to))
        return false;
    jl_e_done(e, e->pos, (enum jl_reg)from);
    return true;
}

/* From a value in memory: the load extends it. */
static bool extend_from_memory(struct jl_emit *e, const struct jl_op *op, unsigned w) {
    jl_loc from = jl_e_loc(e, op->a);
    if (!jl_loc_is_mem(from))
        return false;
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    struct jl_memop mem = jl_loc_mem(from);
    switch (op->op) {
    case JL_IR_SEXT8: jl_x_movsx_rm(&e->a, w, dst, mem, 1); break;
    case JL_IR_SEXT16: jl_x_movsx_rm(&e->a, w, dst, mem, 2); break;
    case JL_IR_SEXT32: jl_x_movsx_rm(&e->a, 8, dst, mem, 4); break;
    case JL_IR_ZEXT8: jl_x_movzx_rm(&e->a, 4, dst, mem, 1); break;
    case JL_IR_ZEXT16: jl_x_movzx_rm(&e->a, 4, dst, mem, 2); break;
    case JL_IR_ZEXT32: jl_x_mov_rm(&e->a, 4, dst, mem); break;
    default: return false;
    }
    jl_e_done(e, e->pos, dst);
    return true;
}

static void emit_extend(struct jl_emit *e, const struct jl_op *op) {
    unsigned w = op->type == JL_I64 ? 8 : 4;
    if ((op->op == JL_IR_TRUNC || op->op == JL_IR_HIGH) ? half_by_memory(e, op) : extend_from_memory(e, op, w))
        return;
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    enum jl_reg a = jl_e_reg(e, op->a, JL_RAX);
    switch (op->op) {
    case JL_IR_SEXT8: jl_x_movsx_rr(&e->a, w, dst, a, 1); break;
    case JL_IR_SEXT16: jl_x_movsx_rr(&e->a, w, dst, a, 2); break;
    case JL_IR_ZEXT8: jl_x_movzx_rr(&e->a, 4, dst, a, 1); break;
    case JL_IR_ZEXT16: jl_x_movzx_rr(&e->a, 4, dst, a, 2); break;
    case JL_IR_SEXT32: jl_x_movsx_rr(&e->a, 8, dst, a, 4); break;
    case JL_IR_HIGH:
        if (dst != a)
            jl_x_mov_rr(&e->a, 8, dst, a);
        jl_x_shr_ri(&e->a, 8, dst, 32);
        break;
    case JL_IR_ZEXT32: /* a 32-bit value's register has a zero upper half already */
        if (dst != a)
            jl_x_mov_rr(&e->a, 4, dst, a);
        break;
    default: /* TRUNC: must clear what is above */ jl_x_mov_rr(&e->a, 4, dst, a); break;
    }
    jl_e_done(e, e->pos, dst);
}

static void emit_unary(struct jl_emit *e, const struct jl_op *op) {
    unsigned w = op->type == JL_I64 ? 8 : 4;
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    move_to(e, dst, op->a, w);
    switch (op->op) {
    case JL_IR_NOT: jl_x_not(&e->a, w, dst); break;
    case JL_IR_NEG: jl_x_neg(&e->a, w, dst); break;
    case JL_IR_BSWAP: jl_x_bswap(&e->a, w, dst); break;
    case JL_IR_BSWAPH: /* halves swapped, then all bytes */
        jl_x_bswap(&e->a, w, dst);
        jl_x_ror_ri(&e->a, w, dst, 16);
        break;
    default: break;
    }
    jl_e_done(e, e->pos, dst);
}

static void emit_clz(struct jl_emit *e, const struct jl_op *op) {
    unsigned w = op->type == JL_I64 ? 8 : 4;
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX), a = jl_e_reg(e, op->a, JL_RAX);
    if (jl_host()->lzcnt) {
        jl_x_lzcnt(&e->a, w, dst, a);
    } else { /* bsr leaves its target alone for 0: give it 2 * width - 1 then */
        jl_e_load_imm(e, JL_RDX, (int64_t)w * 16 - 1);
        jl_x_bsr(&e->a, w, JL_RAX, a);
        jl_x_cmov_rr(&e->a, w, JL_CC_E_, JL_RAX, JL_RDX);
        jl_x_alu_ri(&e->a, JL_X_XOR, w, JL_RAX, (int32_t)(w * 8 - 1));
        dst = JL_RAX;
    }
    jl_e_done(e, e->pos, dst);
}

static void emit_pair(struct jl_emit *e, const struct jl_op *op) {
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX); /* no operand's: early clobber */
    move_to(e, dst, op->b, 4);
    jl_x_shl_ri(&e->a, 8, dst, 32);
    enum jl_reg lo = jl_e_reg(e, op->a, JL_RDX);
    jl_x_alu_rr(&e->a, JL_X_OR, 8, dst, lo);
    jl_e_done(e, e->pos, dst);
}

static void emit_setcc(struct jl_emit *e, const struct jl_op *op) {
    enum jl_x64_cc cc = jl_e_compare(e, op->cc, op->a, op->b, op->sub == JL_I64 ? 8 : 4);
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    jl_x_setcc(&e->a, cc, JL_RAX);
    jl_x_movzx_rr(&e->a, 4, dst, JL_RAX, 1);
    jl_e_done(e, e->pos, dst);
}

/* a cc b ? c : d. Moves after the comparison leave the flags alone. */
static void emit_select(struct jl_emit *e, const struct jl_op *op) {
    unsigned w = op->type == JL_I64 ? 8 : 4;
    enum jl_x64_cc cc = jl_e_compare(e, op->cc, op->a, op->b, op->sub == JL_I64 ? 8 : 4);
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    jl_ref yes = op->c, no = op->d;
    if (jl_e_loc(e, yes) == (jl_loc)dst) {
        jl_ref t = yes;
        yes = no;
        no = t;
        cc = (enum jl_x64_cc)(cc ^ 1);
    }
    move_to(e, dst, no, w);
    jl_x_cmov_rr(&e->a, w, cc, dst, jl_e_reg(e, yes, JL_RDX));
    jl_e_done(e, e->pos, dst);
}

/* a +- b +- (c < d): the compare leaves the borrow in the carry flag, and moves do not touch it. */
static void emit_carry(struct jl_emit *e, const struct jl_op *op) {
    unsigned alu = op->op == JL_IR_ADDC ? JL_X_ADC : JL_X_SBB;
    jl_e_compare(e, JL_CC_LTU, op->c, op->d, 4);
    if (alu_in_memory(e, alu, op, 4))
        return;
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    jl_ref a = op->a, b = op->b;
    if (jl_e_loc(e, b) == (jl_loc)dst && a != b) {
        if (op->op == JL_IR_ADDC) {
            jl_ref t = a;
            a = b;
            b = t;
        } else {
            dst = JL_RAX;
        }
    }
    move_to(e, dst, a, 4);
    jl_e_alu(e, alu, 4, dst, b);
    jl_e_done(e, e->pos, dst);
}

static void emit_copy(struct jl_emit *e, const struct jl_op *op) {
    if (op->type == JL_F)
        jl_e_done_xmm(e, e->pos, jl_e_xmm(e, op->a, JL_XMM_TMP));
    else
        jl_e_done(e, e->pos, jl_e_reg(e, op->a, jl_e_dst(e, e->pos, JL_RAX)));
}

bool jl_emit_int(struct jl_emit *e, const struct jl_op *op) {
    switch (op->op) {
    case JL_IR_COPY: emit_copy(e, op); return true;
    case JL_IR_ADD: emit_alu(e, op, JL_X_ADD); return true;
    case JL_IR_SUB: emit_alu(e, op, JL_X_SUB); return true;
    case JL_IR_AND: emit_alu(e, op, JL_X_AND); return true;
    case JL_IR_OR: emit_alu(e, op, JL_X_OR); return true;
    case JL_IR_XOR: emit_alu(e, op, JL_X_XOR); return true;
    case JL_IR_MUL: emit_mul(e, op); return true;
    case JL_IR_MULHS:
    case JL_IR_MULHU: emit_mulh(e, op); return true;
    case JL_IR_DIVS:
    case JL_IR_DIVU:
    case JL_IR_REMS:
    case JL_IR_REMU: emit_div(e, op); return true;
    case JL_IR_SHL:
    case JL_IR_SHR:
    case JL_IR_SAR:
    case JL_IR_ROR: emit_shift(e, op); return true;
    case JL_IR_SEXT8:
    case JL_IR_SEXT16:
    case JL_IR_ZEXT8:
    case JL_IR_ZEXT16:
    case JL_IR_SEXT32:
    case JL_IR_ZEXT32:
    case JL_IR_TRUNC:
    case JL_IR_HIGH: emit_extend(e, op); return true;
    case JL_IR_NOT:
    case JL_IR_NEG:
    case JL_IR_BSWAP:
    case JL_IR_BSWAPH: emit_unary(e, op); return true;
    case JL_IR_CLZ: emit_clz(e, op); return true;
    case JL_IR_PAIR: emit_pair(e, op); return true;
    case JL_IR_SETCC: emit_setcc(e, op); return true;
    case JL_IR_SELECT: emit_select(e, op); return true;
    case JL_IR_ADDC:
    case JL_IR_SUBC: emit_carry(e, op); return true;
    default: return false;
    }
}
