/* 64-bit integers as IR (JL_MODE_64): what all 64 bits of the registers matter to. Instructions with a 32-bit result
 * are insn.c's, whose operands are the registers' lower halves and whose results are sign-extended.
 *
 * Most values of 64-bit code are sign-extended 32-bit numbers. Where that can be seen, comparisons are of the lower
 * halves and products of the registers as they are.
 */
#include "jit/frontend/wide.h"

#include "jit/frontend/vr4300.h"

enum { GUARD = 0x8000 /* bytes that a displacement reaches */ };
#define TOP_OF_LOW_HALF 0x80000000u

jl_ref jl_fe_low(struct jl_builder *b, jl_ref v) {
    return b->ir->ops[v].type == JL_I64 ? jl_b_op1(b, JL_IR_TRUNC, JL_I32, v) : v;
}

jl_ref jl_fe_extended(struct jl_builder *b, jl_ref v) {
    if (!(b->mode & JL_MODE_64))
        return v;
    const struct jl_op *op = &b->ir->ops[v];
    if (op->op == JL_IR_TRUNC && b->ir->ops[op->a].op != JL_IR_ADD && jl_fe_is_extended(b, op->a))
        return op->a;
    return jl_b_op1(b, JL_IR_SEXT32, JL_I64, v);
}

static jl_ref get(struct jl_builder *b, unsigned r) {
    return jl_b_get(b, JL_VAR_GPR + r);
}
static void set(struct jl_builder *b, unsigned r, jl_ref v) {
    jl_b_set(b, JL_VAR_GPR + r, v);
}
static jl_ref op2(struct jl_builder *b, enum jl_irop op, jl_ref x, jl_ref y) {
    return jl_b_op2(b, op, JL_I64, x, y);
}
static jl_ref imm64(struct jl_builder *b, const struct jl_insn *i) {
    return jl_b_i64(b, i->imm);
}

bool jl_fe_is_extended(const struct jl_builder *b, jl_ref v) {
    return b->ir->ops[v].type != JL_I64 || (b->fold && jl_ir_is_extended(b->ir, v));
}

void jl_fe_to_interpreter(struct jl_builder *b) {
    jl_b_exit_if(b, JL_CC_EQ, jl_b_i32(b, 0), jl_b_i32(b, 0), JL_EXIT_INTERP, 0);
}

static void require_extended(struct jl_builder *b, jl_ref v) {
    if (!jl_fe_is_extended(b, v))
        jl_b_exit_if(b, JL_CC_NE, v, jl_fe_extended(b, jl_fe_low(b, v)), JL_EXIT_INTERP, 0);
}

/* ---- addresses ---- */

static bool knows(const struct jl_fe_block *blk, jl_ref root, uint32_t what) {
    for (unsigned i = 0; i < blk->nfacts; i++)
        if (blk->facts[i].root == root && blk->facts[i].size == what)
            return true;
    return false;
}

static void learn(struct jl_fe_block *blk, jl_ref root, uint32_t what) {
    if (blk->nfacts < JL_FE_FACTS)
        blk->facts[blk->nfacts++] = (struct jl_fe_fact){.root = root, .size = what};
}

bool jl_fe_learn(struct jl_fe_block *blk, uint32_t fact) {
    enum { OF_NO_VALUE = -1 };
    bool known = knows(blk, (jl_ref)OF_NO_VALUE, fact);
    if (!known)
        learn(blk, (jl_ref)OF_NO_VALUE, fact);
    return known;
}

/* A sum with a displacement is no sign-extended 32-bit number when it crosses the middle of the 32-bit space. Upwards,
 * from one of the last addresses of its lower half: those are refused as a base. Downwards it ends at one of them,
 * which nothing is mapped at (JL_MEM_WIDE_GUARD), so that the host's MMU notices. */
jl_ref jl_fe_address(struct jl_builder *b, struct jl_frontend *f, jl_ref base, int32_t disp) {
    if (b->ir->ops[base].type != JL_I64)
        return base;
    if (jl_ir_is_const(b->ir, base) && b->fold) {
        int64_t sum = b->ir->ops[base].imm + disp;
        if (sum != (int32_t)sum)
            jl_fe_to_interpreter(b);
        return jl_fe_low(b, base);
    }
    jl_ref low = jl_fe_low(b, base);
    bool extended = jl_fe_is_extended(b, base);
    uint32_t what = extended ? JL_FE_LOW_BASE : JL_FE_BASE;
    if ((extended && disp <= 0) || knows(f->at, base, what))
        return low;
    if (extended) {
        jl_b_exit_if(b, JL_CC_GE, low, jl_b_i32(b, (int32_t)(TOP_OF_LOW_HALF - GUARD)), JL_EXIT_INTERP, 0);
    } else { /* both at once: with GUARD added it is still a sign-extended number */
        jl_ref up = op2(b, JL_IR_ADD, base, jl_b_i64(b, GUARD));
        jl_b_exit_if(b, JL_CC_NE, up, jl_fe_extended(b, jl_fe_low(b, up)), JL_EXIT_INTERP, 0);
    }
    learn(f->at, base, what);
    return low;
}

jl_ref jl_fe_jump_target(struct jl_builder *b, jl_ref v) {
    require_extended(b, v);
    return jl_fe_low(b, v);
}

/* ---- comparisons ---- */

/* The 32-bit number that v is the sign extension of; 0 when it is none. */
static jl_ref narrow(struct jl_builder *b, jl_ref v) {
    return jl_ir_is_extended(b->ir, v) ? jl_fe_low(b, v) : 0;
}

void jl_fe_narrow_compare(struct jl_builder *b, jl_ref *x, jl_ref *y) {
    if (!b->fold || b->ir->ops[*x].type != JL_I64)
        return;
    jl_ref nx = narrow(b, *x), ny = nx ? narrow(b, *y) : 0;
    if (!ny)
        return;
    *x = nx;
    *y = ny;
}

static jl_ref less(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y) {
    jl_fe_narrow_compare(b, &x, &y);
    return jl_b_op1(b, JL_IR_ZEXT32, JL_I64, jl_b_setcc(b, cc, x, y));
}

/* ---- arithmetic ---- */

static jl_ref sum(struct jl_builder *b, jl_ref x, jl_ref y, bool subtract, bool traps) {
    jl_ref s = op2(b, subtract ? JL_IR_SUB : JL_IR_ADD, x, y);
    if (!traps)
        return s;
    jl_ref other = subtract ? op2(b, JL_IR_XOR, x, y) : op2(b, JL_IR_XOR, y, s);
    jl_ref over = op2(b, JL_IR_AND, op2(b, JL_IR_XOR, x, s), other);
    jl_b_exit_if(b, JL_CC_LT, over, jl_b_i64(b, 0), JL_EXIT_INTERP, 0);
    return s;
}

static void shift(struct jl_builder *b, const struct jl_insn *i, enum jl_irop op, unsigned add, bool by_register) {
    jl_ref count = by_register ? jl_fe_low(b, get(b, i->rs)) : jl_b_i32(b, (int32_t)(i->sa + add));
    set(b, i->rd, op2(b, op, get(b, i->rt), count));
}

/* SRA and SRAV shift the whole register and take the lower half of that, sign-extended (VR4300 and QEMU). */
static void shift_right32(struct jl_builder *b, const struct jl_insn *i, bool by_register) {
    jl_ref v = get(b, i->rt), count = by_register ? jl_fe_low(b, get(b, i->rs)) : jl_b_i32(b, i->sa), r;
    if (jl_fe_is_extended(b, v)) {
        r = jl_b_op2(b, JL_IR_SAR, JL_I32, jl_fe_low(b, v), count);
    } else {
        if (by_register)
            count = jl_b_op2(b, JL_IR_AND, JL_I32, count, jl_b_i32(b, 31));
        r = jl_fe_low(b, op2(b, JL_IR_SAR, v, count));
    }
    set(b, i->rd, jl_fe_extended(b, r));
}

/* Of sign-extended numbers, in 32 bits: their extensions may not be needed then. */
static jl_ref logic(struct jl_builder *b, enum jl_irop op, jl_ref x, jl_ref y) {
    if (jl_fe_is_extended(b, x) && jl_fe_is_extended(b, y) && b->fold)
        return jl_fe_extended(b, jl_b_op2(b, op, JL_I32, jl_fe_low(b, x), jl_fe_low(b, y)));
    return op2(b, op, x, y);
}

static jl_ref inverted(struct jl_builder *b, jl_ref x) {
    if (jl_fe_is_extended(b, x) && b->fold)
        return jl_fe_extended(b, jl_b_op1(b, JL_IR_NOT, JL_I32, jl_fe_low(b, x)));
    return jl_b_op1(b, JL_IR_NOT, JL_I64, x);
}

static bool alu(struct jl_builder *b, const struct jl_insn *i) {
    jl_ref x = get(b, i->rs), y = get(b, i->rt);
    switch (i->op) {
    case JL_OP_AND: set(b, i->rd, logic(b, JL_IR_AND, x, y)); return true;
    case JL_OP_OR: set(b, i->rd, logic(b, JL_IR_OR, x, y)); return true;
    case JL_OP_XOR: set(b, i->rd, logic(b, JL_IR_XOR, x, y)); return true;
    case JL_OP_NOR: set(b, i->rd, inverted(b, logic(b, JL_IR_OR, x, y))); return true;
    case JL_OP_ANDI: set(b, i->rt, logic(b, JL_IR_AND, x, imm64(b, i))); return true;
    case JL_OP_ORI: set(b, i->rt, logic(b, JL_IR_OR, x, imm64(b, i))); return true;
    case JL_OP_XORI: set(b, i->rt, logic(b, JL_IR_XOR, x, imm64(b, i))); return true;
    case JL_OP_SLT: set(b, i->rd, less(b, JL_CC_LT, x, y)); return true;
    case JL_OP_SLTU: set(b, i->rd, less(b, JL_CC_LTU, x, y)); return true;
    case JL_OP_SLTI: set(b, i->rt, less(b, JL_CC_LT, x, imm64(b, i))); return true;
    case JL_OP_SLTIU: set(b, i->rt, less(b, JL_CC_LTU, x, imm64(b, i))); return true;
    case JL_OP_SRA: shift_right32(b, i, false); return true;
    case JL_OP_SRAV: shift_right32(b, i, true); return true;
    case JL_OP_DADDU: set(b, i->rd, sum(b, x, y, false, false)); return true;
    case JL_OP_DSUBU: set(b, i->rd, sum(b, x, y, true, false)); return true;
    case JL_OP_DADDIU: set(b, i->rt, sum(b, x, imm64(b, i), false, false)); return true;
    case JL_OP_DADD: set(b, i->rd, sum(b, x, y, false, true)); return true;
    case JL_OP_DSUB: set(b, i->rd, sum(b, x, y, true, true)); return true;
    case JL_OP_DADDI: set(b, i->rt, sum(b, x, imm64(b, i), false, true)); return true;
    case JL_OP_DSLL: shift(b, i, JL_IR_SHL, 0, false); return true;
    case JL_OP_DSRL: shift(b, i, JL_IR_SHR, 0, false); return true;
    case JL_OP_DSRA: shift(b, i, JL_IR_SAR, 0, false); return true;
    case JL_OP_DSLL32: shift(b, i, JL_IR_SHL, 32, false); return true;
    case JL_OP_DSRL32: shift(b, i, JL_IR_SHR, 32, false); return true;
    case JL_OP_DSRA32: shift(b, i, JL_IR_SAR, 32, false); return true;
    case JL_OP_DSLLV: shift(b, i, JL_IR_SHL, 0, true); return true;
    case JL_OP_DSRLV: shift(b, i, JL_IR_SHR, 0, true); return true;
    case JL_OP_DSRAV: shift(b, i, JL_IR_SAR, 0, true); return true;
    case JL_OP_MOVZ: set(b, i->rd, jl_b_select(b, JL_CC_EQ, y, jl_b_i64(b, 0), x, get(b, i->rd))); return true;
    case JL_OP_MOVN: set(b, i->rd, jl_b_select(b, JL_CC_NE, y, jl_b_i64(b, 0), x, get(b, i->rd))); return true;
    default: return false;
    }
}

/* ---- multiplication and division ---- */

static void set_hilo(struct jl_builder *b, jl_ref lo, jl_ref hi) {
    jl_b_set(b, JL_VAR_LO, lo);
    jl_b_set(b, JL_VAR_HI, hi);
}

/* Of registers that are not sign-extended the VR4300 makes something else: the interpreter's. */
static void multiply(struct jl_builder *b, const struct jl_insn *i, bool is_signed) {
    jl_ref x = get(b, i->rs), y = get(b, i->rt), p;
    if (is_signed) {
        require_extended(b, x);
        require_extended(b, y);
        p = op2(b, JL_IR_MUL, x, y);
    } else {
        p = op2(b, JL_IR_MUL, jl_b_op1(b, JL_IR_ZEXT32, JL_I64, jl_fe_low(b, x)),
                jl_b_op1(b, JL_IR_ZEXT32, JL_I64, jl_fe_low(b, y)));
    }
    set_hilo(b, jl_fe_extended(b, jl_fe_low(b, p)), op2(b, JL_IR_SAR, p, jl_b_i32(b, 32)));
}

static void multiply64(struct jl_builder *b, const struct jl_insn *i, bool is_signed) {
    jl_ref x = get(b, i->rs), y = get(b, i->rt);
    set_hilo(b, op2(b, JL_IR_MUL, x, y), op2(b, is_signed ? JL_IR_MULHS : JL_IR_MULHU, x, y));
}

/* A division by 0 is the interpreter's, and one by -1, which may overflow. */
static void divide(struct jl_builder *b, const struct jl_insn *i, enum jl_type type, bool is_signed) {
    jl_ref x = get(b, i->rs), y = get(b, i->rt);
    if (type == JL_I32) {
        if (is_signed)
            require_extended(b, y);
        x = jl_fe_low(b, x);
        y = jl_fe_low(b, y);
    }
    jl_b_exit_if(b, JL_CC_EQ, y, jl_b_const(b, type, 0), JL_EXIT_INTERP, 0);
    if (is_signed)
        jl_b_exit_if(b, JL_CC_EQ, y, jl_b_const(b, type, -1), JL_EXIT_INTERP, 0);
    jl_ref q = jl_b_op2(b, is_signed ? JL_IR_DIVS : JL_IR_DIVU, type, x, y);
    jl_ref r = jl_b_op2(b, is_signed ? JL_IR_REMS : JL_IR_REMU, type, x, y);
    set_hilo(b, type == JL_I32 ? jl_fe_extended(b, q) : q, type == JL_I32 ? jl_fe_extended(b, r) : r);
}

static bool muldiv(struct jl_builder *b, const struct jl_insn *i) {
    switch (i->op) {
    case JL_OP_MULT: multiply(b, i, true); return true;
    case JL_OP_MULTU: multiply(b, i, false); return true;
    case JL_OP_DMULT: multiply64(b, i, true); return true;
    case JL_OP_DMULTU: multiply64(b, i, false); return true;
    case JL_OP_DIV: divide(b, i, JL_I32, true); return true;
    case JL_OP_DIVU: divide(b, i, JL_I32, false); return true;
    case JL_OP_DDIV: divide(b, i, JL_I64, true); return true;
    case JL_OP_DDIVU: divide(b, i, JL_I64, false); return true;
    case JL_OP_MFHI: set(b, i->rd, jl_b_get(b, JL_VAR_HI)); return true;
    case JL_OP_MFLO: set(b, i->rd, jl_b_get(b, JL_VAR_LO)); return true;
    case JL_OP_MTHI: jl_b_set(b, JL_VAR_HI, get(b, i->rs)); return true;
    case JL_OP_MTLO: jl_b_set(b, JL_VAR_LO, get(b, i->rs)); return true;
    default: return false;
    }
}

bool jl_fe_wide(struct jl_builder *b, const struct jl_insn *i) {
    if (jl_insn_info[i->op].klass == JL_CLASS_MULDIV)
        return muldiv(b, i);
    return jl_insn_info[i->op].klass == JL_CLASS_ALU && alu(b, i);
}

/* Left to the interpreter, beside what 32-bit code leaves to it: what is rare, or not in programs for 64-bit consoles;
 * and the FPU of any other processor than the VR4300. */
bool jl_fe_can_wide(const struct jl_insn *i, uint32_t mode) {
    switch (i->op) {
    case JL_OP_LWC1:
    case JL_OP_LDC1:
    case JL_OP_SWC1:
    case JL_OP_SDC1:
    case JL_OP_BC1F:
    case JL_OP_BC1FL:
    case JL_OP_BC1T:
    case JL_OP_BC1TL: return mode & JL_MODE_VR4300;
    case JL_OP_LL:
    case JL_OP_SC:
    case JL_OP_LLD:
    case JL_OP_SCD:
    case JL_OP_MADD:
    case JL_OP_MADDU:
    case JL_OP_MSUB:
    case JL_OP_MSUBU:
    case JL_OP_MOVF:
    case JL_OP_MOVT: return false;
    default: break;
    }
    if (jl_insn_info[i->op].klass == JL_CLASS_FPU)
        return mode & JL_MODE_VR4300 && jl_fe_can_vr4300(i);
    return !(jl_insn_info[i->op].isa & (JL_ISA_64 | JL_ISA_64R2));
}
