/* Integer instructions as IR; which instructions translation leaves to the interpreter. */
#include "jit/frontend/vr4300.h"
#include "jit/frontend/wide.h"

#include <stddef.h>

/* Too rare to be worth IR, or of effects beyond the registers: a region ends before them and the interpreter goes on.
 */
static bool for_interpreter(const struct jl_insn *i) {
    switch (i->op) {
    case JL_OP_RESERVED:
    case JL_OP_SYSCALL:
    case JL_OP_BREAK:
    case JL_OP_SYNCI:
    case JL_OP_CFC1:
    case JL_OP_CTC1:
    case JL_OP_RECIP_S:
    case JL_OP_RECIP_D:
    case JL_OP_RSQRT_S:
    case JL_OP_RSQRT_D:
    case JL_OP_LUXC1:
    case JL_OP_SUXC1:
    case JL_OP_PREFX: return true;
    case JL_OP_RDHWR: return i->rd != 29;
    default: return jl_insn_info[i->op].klass == JL_CLASS_COP0;
    }
}

/* With FR=0 a double in an odd register is a reserved instruction. */
static bool odd_double(const struct jl_insn *i) {
    uint32_t f = jl_insn_flags(i);
    bool wide_dst = f & JL_WR_FD && !(f & JL_WR_HALF);
    if (f & JL_FMT_D && ((f & JL_RD_FS && i->rd & 1) || (f & JL_RD_FT && i->rt & 1) || (f & JL_RD_FR && i->rs & 1) ||
                         (f & JL_RD_FD && i->sa & 1) || (f & JL_WR_FT && i->rt & 1)))
        return true;
    return wide_dst && i->sa & 1;
}

bool jl_fe_can(const struct jl_insn *i, uint32_t mode) {
    uint32_t f = jl_insn_flags(i);
    if (jl_fe_can_cop0(i, mode))
        return true;
    if (for_interpreter(i))
        return false;
    if (mode & JL_MODE_64)
        return jl_fe_can_wide(i, mode);
    if (jl_insn_info[i->op].isa & (JL_ISA_3 | JL_ISA_64 | JL_ISA_64R2))
        return false;
    if (mode & JL_MODE_FPU_EXACT && jl_insn_info[i->op].klass == JL_CLASS_FPU && f & JL_FAULTS)
        return false;
    if (!(mode & JL_MODE_FR)) {
        if (f & JL_FMT_L || odd_double(i))
            return false;
        switch (i->op) { /* 64-bit results need FR=1 */
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
        case JL_OP_MTHC1:
        case JL_OP_MFHC1: return !(i->rd & 1);
        default: break;
        }
    }
    return true;
}

/* The lower 32 bits; what 64-bit processors do with the others is wide.c's. */
static jl_ref get(struct jl_builder *b, unsigned r) {
    return jl_fe_low(b, jl_b_get(b, JL_VAR_GPR + r));
}
static void set(struct jl_builder *b, unsigned r, jl_ref v) {
    jl_b_set(b, JL_VAR_GPR + r, jl_fe_extended(b, v));
}
static jl_ref op2(struct jl_builder *b, enum jl_irop op, jl_ref x, jl_ref y) {
    return jl_b_op2(b, op, JL_I32, x, y);
}

/* Sum (or difference) that traps on signed overflow: the sign of the result differs from both operands' (for a
 * difference: from the first's, and the operands' signs differ). */
static void add_trapping(struct jl_builder *b, unsigned rd, jl_ref x, jl_ref y, bool subtract) {
    jl_ref sum = op2(b, subtract ? JL_IR_SUB : JL_IR_ADD, x, y);
    jl_ref other = subtract ? op2(b, JL_IR_XOR, x, y) : op2(b, JL_IR_XOR, y, sum);
    jl_ref over = op2(b, JL_IR_AND, op2(b, JL_IR_XOR, x, sum), other);
    jl_b_exit_if(b, JL_CC_LT, over, jl_b_i32(b, 0), JL_EXIT_INTERP, 0);
    set(b, rd, sum);
}

static void trap_if(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y) {
    jl_b_exit_if(b, cc, x, y, JL_EXIT_INTERP, 0);
}

static jl_ref wide(struct jl_builder *b, jl_ref x, bool is_signed) {
    return jl_b_op1(b, is_signed ? JL_IR_SEXT32 : JL_IR_ZEXT32, JL_I64, x);
}

static void set_hilo(struct jl_builder *b, jl_ref v64) {
    jl_b_set(b, JL_VAR_LO, jl_b_op1(b, JL_IR_TRUNC, JL_I32, v64));
    jl_b_set(b, JL_VAR_HI, jl_b_op1(b, JL_IR_HIGH, JL_I32, v64));
}

/* MFHI and MFLO. Half of a value from another block is made again: mostly that one is a loop, in which nothing else
 * wants the half. */
static jl_ref get_half(struct jl_builder *b, unsigned var) {
    jl_ref v = jl_b_get(b, var);
    const struct jl_op *op = &b->ir->ops[v];
    if ((op->op != JL_IR_TRUNC && op->op != JL_IR_HIGH) || v >= b->ir->blocks[b->block].first)
        return v;
    jl_b_set(b, var, jl_b_op1(b, (enum jl_irop)op->op, JL_I32, op->a));
    return jl_b_get(b, var);
}

/* MTHI and MTLO. The pair is for pass hilo, which finds it where a loop's 64-bit sum begins with what was moved. */
static void move_half(struct jl_builder *b, unsigned var, jl_ref value) {
    jl_b_set(b, var, value);
    jl_b_op2(b, JL_IR_PAIR, JL_I64, get_half(b, JL_VAR_LO), get_half(b, JL_VAR_HI));
}

static void multiply(struct jl_builder *b, const struct jl_insn *i, bool is_signed, int accumulate) {
    jl_ref p = jl_b_op2(b, JL_IR_MUL, JL_I64, wide(b, get(b, i->rs), is_signed), wide(b, get(b, i->rt), is_signed));
    if (accumulate) {
        jl_ref acc = jl_b_op2(b, JL_IR_PAIR, JL_I64, jl_b_get(b, JL_VAR_LO), jl_b_get(b, JL_VAR_HI));
        p = jl_b_op2(b, accumulate > 0 ? JL_IR_ADD : JL_IR_SUB, JL_I64, acc, p);
    }
    set_hilo(b, p);
}

/* Behind TEQ v,$0. Compilers put one in front of a division. */
static void learn_not_zero(struct jl_fe_block *blk, jl_ref v) {
    if (blk->nfacts < JL_FE_FACTS)
        blk->facts[blk->nfacts++] = (struct jl_fe_fact){.root = v, .size = JL_FE_NOT_ZERO};
}

static bool known_not_zero(const struct jl_fe_block *blk, jl_ref v) {
    for (unsigned n = 0; n < blk->nfacts; n++)
        if (blk->facts[n].root == v && blk->facts[n].size == JL_FE_NOT_ZERO)
            return true;
    return false;
}

/* Undefined quotients (by 0; the most negative number by -1) are made those of a division by 1, as QEMU does. */
static void divide(struct jl_builder *b, const struct jl_fe_block *blk, const struct jl_insn *i, bool is_signed) {
    jl_ref x = get(b, i->rs), y = get(b, i->rt), zero = jl_b_i32(b, 0), one = jl_b_i32(b, 1);
    bool not_zero = b->fold && known_not_zero(blk, y);
    if (is_signed) {
        jl_ref low = jl_b_setcc(b, JL_CC_EQ, x, jl_b_i32(b, INT32_MIN));
        jl_ref minus = jl_b_setcc(b, JL_CC_EQ, y, jl_b_i32(b, -1));
        y = jl_b_select(b, JL_CC_TEST_NZ, low, minus, one, y);
    }
    if (!not_zero)
        y = jl_b_select(b, JL_CC_EQ, y, zero, one, y);
    jl_ref q = op2(b, is_signed ? JL_IR_DIVS : JL_IR_DIVU, x, y);
    jl_ref r = op2(b, is_signed ? JL_IR_REMS : JL_IR_REMU, x, y);
    jl_b_set(b, JL_VAR_LO, q);
    jl_b_set(b, JL_VAR_HI, r);
}

static void extract(struct jl_builder *b, const struct jl_insn *i) {
    uint32_t mask = i->imm == 32 ? ~0u : (1u << i->imm) - 1;
    set(b, i->rt, op2(b, JL_IR_AND, op2(b, JL_IR_SHR, get(b, i->rs), jl_b_i32(b, i->sa)), jl_b_i32(b, (int32_t)mask)));
}

static void insert(struct jl_builder *b, const struct jl_insn *i) {
    uint32_t mask = (i->imm == 32 ? ~0u : (1u << i->imm) - 1) << i->sa;
    jl_ref kept = op2(b, JL_IR_AND, get(b, i->rt), jl_b_i32(b, (int32_t)~mask));
    jl_ref in = op2(b, JL_IR_AND, op2(b, JL_IR_SHL, get(b, i->rs), jl_b_i32(b, i->sa)), jl_b_i32(b, (int32_t)mask));
    set(b, i->rt, op2(b, JL_IR_OR, kept, in));
}

static void shift(struct jl_builder *b, const struct jl_insn *i, enum jl_irop op, bool by_register) {
    set(b, i->rd, op2(b, op, get(b, i->rt), by_register ? get(b, i->rs) : jl_b_i32(b, i->sa)));
}

static bool alu(struct jl_builder *b, const struct jl_insn *i) {
    jl_ref imm = jl_b_i32(b, i->imm);
    switch (i->op) {
    case JL_OP_ADDU: set(b, i->rd, op2(b, JL_IR_ADD, get(b, i->rs), get(b, i->rt))); return true;
    case JL_OP_SUBU: set(b, i->rd, op2(b, JL_IR_SUB, get(b, i->rs), get(b, i->rt))); return true;
    case JL_OP_ADD: add_trapping(b, i->rd, get(b, i->rs), get(b, i->rt), false); return true;
    case JL_OP_SUB: add_trapping(b, i->rd, get(b, i->rs), get(b, i->rt), true); return true;
    case JL_OP_ADDI: add_trapping(b, i->rt, get(b, i->rs), imm, false); return true;
    case JL_OP_AND: set(b, i->rd, op2(b, JL_IR_AND, get(b, i->rs), get(b, i->rt))); return true;
    case JL_OP_OR: set(b, i->rd, op2(b, JL_IR_OR, get(b, i->rs), get(b, i->rt))); return true;
    case JL_OP_XOR: set(b, i->rd, op2(b, JL_IR_XOR, get(b, i->rs), get(b, i->rt))); return true;
    case JL_OP_NOR:
        set(b, i->rd, jl_b_op1(b, JL_IR_NOT, JL_I32, op2(b, JL_IR_OR, get(b, i->rs), get(b, i->rt))));
        return true;
    case JL_OP_SLT: set(b, i->rd, jl_b_setcc(b, JL_CC_LT, get(b, i->rs), get(b, i->rt))); return true;
    case JL_OP_SLTU: set(b, i->rd, jl_b_setcc(b, JL_CC_LTU, get(b, i->rs), get(b, i->rt))); return true;
    case JL_OP_SLTI: set(b, i->rt, jl_b_setcc(b, JL_CC_LT, get(b, i->rs), imm)); return true;
    case JL_OP_SLTIU: set(b, i->rt, jl_b_setcc(b, JL_CC_LTU, get(b, i->rs), imm)); return true;
    case JL_OP_ADDIU: set(b, i->rt, op2(b, JL_IR_ADD, get(b, i->rs), imm)); return true;
    case JL_OP_ANDI: set(b, i->rt, op2(b, JL_IR_AND, get(b, i->rs), imm)); return true;
    case JL_OP_ORI: set(b, i->rt, op2(b, JL_IR_OR, get(b, i->rs), imm)); return true;
    case JL_OP_XORI: set(b, i->rt, op2(b, JL_IR_XOR, get(b, i->rs), imm)); return true;
    case JL_OP_LUI: set(b, i->rt, jl_b_i32(b, (int32_t)((uint32_t)i->imm << 16))); return true;
    case JL_OP_SLL: shift(b, i, JL_IR_SHL, false); return true;
    case JL_OP_SRL: shift(b, i, JL_IR_SHR, false); return true;
    case JL_OP_SRA: shift(b, i, JL_IR_SAR, false); return true;
    case JL_OP_ROTR: shift(b, i, JL_IR_ROR, false); return true;
    case JL_OP_SLLV: shift(b, i, JL_IR_SHL, true); return true;
    case JL_OP_SRLV: shift(b, i, JL_IR_SHR, true); return true;
    case JL_OP_SRAV: shift(b, i, JL_IR_SAR, true); return true;
    case JL_OP_ROTRV: shift(b, i, JL_IR_ROR, true); return true;
    default: return false;
    }
}

static bool bits(struct jl_builder *b, const struct jl_insn *i) {
    jl_ref zero = jl_b_i32(b, 0);
    switch (i->op) {
    case JL_OP_MOVZ:
        set(b, i->rd, jl_b_select(b, JL_CC_EQ, get(b, i->rt), zero, get(b, i->rs), get(b, i->rd)));
        return true;
    case JL_OP_MOVN:
        set(b, i->rd, jl_b_select(b, JL_CC_NE, get(b, i->rt), zero, get(b, i->rs), get(b, i->rd)));
        return true;
    case JL_OP_MOVF:
        set(b, i->rd, jl_b_select(b, JL_CC_EQ, jl_b_get(b, JL_VAR_FCC + i->cc), zero, get(b, i->rs), get(b, i->rd)));
        return true;
    case JL_OP_MOVT:
        set(b, i->rd, jl_b_select(b, JL_CC_NE, jl_b_get(b, JL_VAR_FCC + i->cc), zero, get(b, i->rs), get(b, i->rd)));
        return true;
    case JL_OP_CLZ: set(b, i->rd, jl_b_op1(b, JL_IR_CLZ, JL_I32, get(b, i->rs))); return true;
    case JL_OP_CLO:
        set(b, i->rd, jl_b_op1(b, JL_IR_CLZ, JL_I32, jl_b_op1(b, JL_IR_NOT, JL_I32, get(b, i->rs))));
        return true;
    case JL_OP_EXT: extract(b, i); return true;
    case JL_OP_INS: insert(b, i); return true;
    case JL_OP_SEB: set(b, i->rd, jl_b_op1(b, JL_IR_SEXT8, JL_I32, get(b, i->rt))); return true;
    case JL_OP_SEH: set(b, i->rd, jl_b_op1(b, JL_IR_SEXT16, JL_I32, get(b, i->rt))); return true;
    case JL_OP_WSBH: set(b, i->rd, jl_b_op1(b, JL_IR_BSWAPH, JL_I32, get(b, i->rt))); return true;
    default: return false;
    }
}

static bool muldiv(struct jl_builder *b, const struct jl_fe_block *blk, const struct jl_insn *i) {
    switch (i->op) {
    case JL_OP_MUL: set(b, i->rd, op2(b, JL_IR_MUL, get(b, i->rs), get(b, i->rt))); return true;
    case JL_OP_MULT: multiply(b, i, true, 0); return true;
    case JL_OP_MULTU: multiply(b, i, false, 0); return true;
    case JL_OP_MADD: multiply(b, i, true, 1); return true;
    case JL_OP_MADDU: multiply(b, i, false, 1); return true;
    case JL_OP_MSUB: multiply(b, i, true, -1); return true;
    case JL_OP_MSUBU: multiply(b, i, false, -1); return true;
    case JL_OP_DIV: divide(b, blk, i, true); return true;
    case JL_OP_DIVU: divide(b, blk, i, false); return true;
    case JL_OP_MFHI: set(b, i->rd, get_half(b, JL_VAR_HI)); return true;
    case JL_OP_MFLO: set(b, i->rd, get_half(b, JL_VAR_LO)); return true;
    case JL_OP_MTHI: move_half(b, JL_VAR_HI, get(b, i->rs)); return true;
    case JL_OP_MTLO: move_half(b, JL_VAR_LO, get(b, i->rs)); return true;
    default: return false;
    }
}

static bool traps(struct jl_builder *b, struct jl_fe_block *blk, const struct jl_insn *i) {
    jl_ref x = jl_b_get(b, JL_VAR_GPR + i->rs), y = jl_b_get(b, JL_VAR_GPR + i->rt);
    jl_ref imm = jl_b_const(b, (enum jl_type)b->ir->ops[x].type, i->imm);
    jl_fe_narrow_compare(b, &x, jl_insn_flags(i) & JL_RD_T ? &y : &imm);
    switch (i->op) {
    case JL_OP_TEQ:
        trap_if(b, JL_CC_EQ, x, y);
        if (i->rt == 0 || i->rs == 0)
            learn_not_zero(blk, i->rt ? y : x);
        return true;
    case JL_OP_TNE: trap_if(b, JL_CC_NE, x, y); return true;
    case JL_OP_TLT: trap_if(b, JL_CC_LT, x, y); return true;
    case JL_OP_TGE: trap_if(b, JL_CC_GE, x, y); return true;
    case JL_OP_TLTU: trap_if(b, JL_CC_LTU, x, y); return true;
    case JL_OP_TGEU: trap_if(b, JL_CC_GEU, x, y); return true;
    case JL_OP_TEQI: trap_if(b, JL_CC_EQ, x, imm); return true;
    case JL_OP_TNEI: trap_if(b, JL_CC_NE, x, imm); return true;
    case JL_OP_TLTI: trap_if(b, JL_CC_LT, x, imm); return true;
    case JL_OP_TGEI: trap_if(b, JL_CC_GE, x, imm); return true;
    case JL_OP_TLTIU: trap_if(b, JL_CC_LTU, x, imm); return true;
    case JL_OP_TGEIU: trap_if(b, JL_CC_GEU, x, imm); return true;
    default: return false;
    }
}

void jl_fe_insn(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    if (b->mode & JL_MODE_64 && jl_fe_wide(b, i))
        return;
    switch ((enum jl_class)jl_insn_info[i->op].klass) {
    case JL_CLASS_ALU:
        if (!alu(b, i) && !bits(b, i))
            b->ir->failed = true;
        return;
    case JL_CLASS_MULDIV: b->ir->failed |= !muldiv(b, f->at, i); return;
    case JL_CLASS_TRAP: b->ir->failed |= !traps(b, f->at, i); return;
    case JL_CLASS_LOAD:
    case JL_CLASS_STORE: b->ir->failed |= !jl_fe_memory(b, f, i); return;
    case JL_CLASS_FPU: b->ir->failed |= !(b->mode & JL_MODE_VR4300 ? jl_fe_vr4300(b, f, i) : jl_fe_fpu(b, i)); return;
    case JL_CLASS_SYSTEM:
        if (i->op == JL_OP_RDHWR)
            set(b, i->rt, jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, userlocal)));
        else if (i->op == JL_OP_SYNC && !(b->mode & JL_MODE_VR4300) && !jl_fe_alone(b))
            jl_b_fence(b);
        return; /* PREF: nothing to do */
    case JL_CLASS_COP0: jl_fe_cop0(b, f, i); return;
    case JL_CLASS_BRANCH:
    case JL_CLASS_JUMP: b->ir->failed = true; return;
    }
}

static void condition(struct jl_builder *b, const struct jl_insn *i, enum jl_cc *cc, jl_ref *x, jl_ref *y) {
    *x = jl_b_get(b, JL_VAR_GPR + i->rs);
    *y = jl_b_const(b, (enum jl_type)b->ir->ops[*x].type, 0);
    switch (i->op) {
    case JL_OP_BEQ:
    case JL_OP_BEQL: *cc = JL_CC_EQ, *y = jl_b_get(b, JL_VAR_GPR + i->rt); return;
    case JL_OP_BNE:
    case JL_OP_BNEL: *cc = JL_CC_NE, *y = jl_b_get(b, JL_VAR_GPR + i->rt); return;
    case JL_OP_BLEZ:
    case JL_OP_BLEZL: *cc = JL_CC_LE; return;
    case JL_OP_BGTZ:
    case JL_OP_BGTZL: *cc = JL_CC_GT; return;
    case JL_OP_BC1F:
    case JL_OP_BC1FL: *cc = JL_CC_EQ, *x = jl_b_get(b, JL_VAR_FCC + i->cc), *y = jl_b_i32(b, 0); return;
    case JL_OP_BC1T:
    case JL_OP_BC1TL: *cc = JL_CC_NE, *x = jl_b_get(b, JL_VAR_FCC + i->cc), *y = jl_b_i32(b, 0); return;
    case JL_OP_BGEZ:
    case JL_OP_BGEZL:
    case JL_OP_BGEZAL:
    case JL_OP_BGEZALL: *cc = JL_CC_GE; return;
    default: *cc = JL_CC_LT; return;
    }
}

void jl_fe_condition(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i, enum jl_cc *cc, jl_ref *x,
                     jl_ref *y) {
    if (b->mode & JL_MODE_VR4300 && jl_insn_flags(i) & JL_RD_FCC)
        jl_fe_need_fpu(b, f);
    condition(b, i, cc, x, y);
    jl_fe_narrow_compare(b, x, y);
}
