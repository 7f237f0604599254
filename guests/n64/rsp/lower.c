/* The RSP's instructions for the translator: which MIPS instruction each is like, and the IR of those that are like
 * none. */
#include "guests/n64/rsp/translate_parts.h"
#include "jit/ir/builder_vector.h"

/* ---- like which MIPS instruction ---- */

/* What does nothing, and what jl_rsp_lower builds without writing a register of the scalar unit. */
enum { OTHER = JL_OP_PREF, OTHER_WRITES_T = JL_OP_MFC1, INTERPRETED = JL_OP_BREAK };

static const uint16_t special[64] = {
    [0x00] = JL_OP_SLL,  [0x02] = JL_OP_SRL,  [0x03] = JL_OP_SRA,  [0x04] = JL_OP_SLLV,  [0x06] = JL_OP_SRLV,
    [0x07] = JL_OP_SRAV, [0x08] = JL_OP_JR,   [0x09] = JL_OP_JALR, [0x0d] = INTERPRETED, [0x20] = JL_OP_ADDU,
    [0x21] = JL_OP_ADDU, [0x22] = JL_OP_SUBU, [0x23] = JL_OP_SUBU, [0x24] = JL_OP_AND,   [0x25] = JL_OP_OR,
    [0x26] = JL_OP_XOR,  [0x27] = JL_OP_NOR,  [0x2a] = JL_OP_SLT,  [0x2b] = JL_OP_SLTU,
};

static const uint16_t regimm[32] = {
    [0x00] = JL_OP_BLTZ, [0x01] = JL_OP_BGEZ, [0x10] = JL_OP_BLTZAL, [0x11] = JL_OP_BGEZAL};

static const uint16_t major[64] = {
    [0x02] = JL_OP_J,    [0x03] = JL_OP_JAL,   [0x04] = JL_OP_BEQ,   [0x05] = JL_OP_BNE,  [0x06] = JL_OP_BLEZ,
    [0x07] = JL_OP_BGTZ, [0x08] = JL_OP_ADDIU, [0x09] = JL_OP_ADDIU, [0x0a] = JL_OP_SLTI, [0x0b] = JL_OP_SLTIU,
    [0x0c] = JL_OP_ANDI, [0x0d] = JL_OP_ORI,   [0x0e] = JL_OP_XORI,  [0x0f] = JL_OP_LUI,  [0x20] = JL_OP_LB,
    [0x21] = JL_OP_LH,   [0x23] = JL_OP_LW,    [0x24] = JL_OP_LBU,   [0x25] = JL_OP_LHU,  [0x27] = JL_OP_LW,
    [0x28] = JL_OP_SB,   [0x29] = JL_OP_SH,    [0x2b] = JL_OP_SW,
};

static unsigned coprocessor(uint32_t word) {
    unsigned move = word >> 21 & 31, reg = word >> 11 & 15;
    if (word >> 26 == 0x10 && move == 0)
        return jl_rsp_read_pauses(reg) ? INTERPRETED : OTHER_WRITES_T;
    if (word >> 26 == 0x10)
        return move == 4 && !jl_rsp_only_noted(reg) ? INTERPRETED : OTHER;
    return move == 0 || move == 2 ? OTHER_WRITES_T : OTHER;
}

static void like_special(uint32_t word, struct jl_insn *out) {
    out->op = special[word & 63];
    if (!out->op) { /* rs shifted by itself */
        out->op = JL_OP_SRLV;
        out->rt = out->rs;
    }
}

/* The places where addresses wrap are put into the immediate. */
static void wrap_target(uint32_t word, uint32_t pc, struct jl_insn *out) {
    uint32_t page = pc & ~(uint32_t)0xfff;
    if (out->op == JL_OP_J || out->op == JL_OP_JAL)
        out->imm = (int32_t)((page | (4 * word & 0xffc)) >> 2);
    else
        out->imm = (int32_t)((page | ((pc + 4 + 4 * (word & 0xffff)) & 0xffc)) - (pc + 4)) / 4;
}

void jl_rsp_like_mips(uint32_t word, uint32_t pc, struct jl_insn *out) {
    unsigned op = word >> 26;
    *out = (struct jl_insn){
        .word = word, .rs = word >> 21 & 31, .rt = word >> 16 & 31, .rd = word >> 11 & 31, .sa = word >> 6 & 31};
    bool zero_extended = op >= 0x0c && op <= 0x0f; /* ANDI, ORI, XORI, LUI */
    out->imm = zero_extended ? (int32_t)(word & 0xffff) : (int16_t)word;
    if (op == 0)
        like_special(word, out);
    else if (op == 1)
        out->op = regimm[out->rt];
    else if (op == 0x10 || op == 0x12)
        out->op = (uint16_t)coprocessor(word);
    else
        out->op = major[op];
    if (!out->op)
        out->op = OTHER;
    if (jl_insn_is_branch(out) && out->op != JL_OP_JR && out->op != JL_OP_JALR)
        wrap_target(word, pc, out);
}

/* ---- data memory ---- */

jl_ref jl_rsp_pointer(const struct jl_rsp_lowering *l, const void *p) {
    return jl_b_ptr(l->b, p);
}

jl_ref jl_rsp_address(const struct jl_rsp_lowering *l) {
    struct jl_builder *b = l->b;
    jl_ref sum = jl_b_op2(b, JL_IR_ADD, JL_I32, jl_b_get(b, JL_VAR_GPR + l->in->s), jl_b_i32(b, l->in->imm));
    return jl_b_op2(b, JL_IR_AND, JL_I32, sum, jl_b_i32(b, 0xfff));
}

static bool load(const struct jl_rsp_lowering *l, unsigned size, unsigned flags) {
    jl_ref value =
        jl_b_hload(l->b, JL_I32, size, flags | JL_IRF_SWAP, jl_rsp_pointer(l, l->jit->dmem), jl_rsp_address(l), 0, 0);
    jl_b_set(l->b, JL_VAR_GPR + l->in->t, value);
    return true;
}

static bool store(const struct jl_rsp_lowering *l, unsigned size) {
    jl_b_hstore_swapped(l->b, size, jl_rsp_pointer(l, l->jit->dmem), jl_rsp_address(l), 0,
                        jl_b_get(l->b, JL_VAR_GPR + l->in->t));
    return true;
}

/* ---- the interpreter's function, called ---- */

static uint64_t call_op(struct jl_cpu *cpu, uint64_t op, uint64_t rsp, uint64_t in) {
    (void)cpu;
    ((jl_rsp_op *)(uintptr_t)op)((struct jl_rsp *)(uintptr_t)rsp, (const struct jl_rsp_insn *)(uintptr_t)in);
    return 0;
}

static uint64_t read_cop0(struct jl_cpu *cpu, uint64_t rsp, uint64_t reg, uint64_t unused) {
    const struct jl_rsp_bus *bus = &((struct jl_rsp *)(uintptr_t)rsp)->bus;
    (void)cpu, (void)unused;
    return bus->read_cop0(bus->ctx, (unsigned)reg);
}

static uint64_t write_cop0(struct jl_cpu *cpu, uint64_t rsp, uint64_t reg, uint64_t value) {
    const struct jl_rsp_bus *bus = &((struct jl_rsp *)(uintptr_t)rsp)->bus;
    (void)cpu;
    bus->write_cop0(bus->ctx, (unsigned)reg, (uint32_t)value);
    return 0;
}

static void show_register(const struct jl_rsp_lowering *l, unsigned r) {
    if (r)
        jl_b_hstore(l->b, 4, jl_rsp_pointer(l, &l->jit->rsp->gpr[r]), 0, 0, 0, jl_b_get(l->b, JL_VAR_GPR + r));
}

/* With the scalar registers that it reads brought up to date, and the one that it writes fetched. */
static bool call(const struct jl_rsp_lowering *l, bool reads_s, bool reads_t, bool writes_t) {
    struct jl_builder *b = l->b;
    jl_rsp_values_forget(l);
    if (reads_s)
        show_register(l, l->in->s);
    if (reads_t)
        show_register(l, l->in->t);
    jl_b_call(b, (void *)call_op, JL_VOID, false, jl_b_ptr(b, (void *)l->in->run), jl_b_ptr(b, l->jit->rsp),
              jl_b_ptr(b, l->in));
    if (writes_t && l->in->t)
        jl_b_set(b, JL_VAR_GPR + l->in->t,
                 jl_b_hload(b, JL_I32, 4, 0, jl_rsp_pointer(l, &l->jit->rsp->gpr[l->in->t]), 0, 0, 0));
    return true;
}

static bool cop0(const struct jl_rsp_lowering *l) {
    struct jl_builder *b = l->b;
    bool reads = l->in->run == jl_rsp_op_MFC0;
    if (!reads && l->in->run != jl_rsp_op_MTC0)
        return true;
    jl_rsp_values_forget(l);
    jl_ref rsp = jl_b_ptr(b, l->jit->rsp), reg = jl_b_i32(b, l->in->d & 15);
    if (reads)
        jl_b_set(b, JL_VAR_GPR + l->in->t, jl_b_call(b, (void *)read_cop0, JL_I32, false, rsp, reg, 0));
    else
        jl_b_call(b, (void *)write_cop0, JL_VOID, false, rsp, reg, jl_b_get(b, JL_VAR_GPR + l->in->t));
    return true;
}

static bool cop2(const struct jl_rsp_lowering *l, uint32_t word) {
    if (l->in->run == jl_rsp_op_NOP || jl_rsp_lower_vector(l))
        return true;
    if (word & 1 << 25)
        return call(l, false, false, false);
    bool reads = l->in->run == jl_rsp_op_MTC2 || l->in->run == jl_rsp_op_CTC2;
    return call(l, false, reads, !reads);
}

bool jl_rsp_lower(struct jl_builder *b, const struct jl_insn *insn) {
    struct jl_rsp_jit *jit = jl_machine_guest(b->machine);
    uint32_t pc = b->pc + (b->bd ? 4 : 0);
    struct jl_rsp_lowering l = {b, jit, pc, jl_rsp_jit_insn(jit, pc)};
    jl_rsp_values_begin(&l);
    switch (insn->word >> 26) {
    case 0x10: return cop0(&l);
    case 0x12: return cop2(&l, insn->word);
    case 0x20: return load(&l, 1, JL_IRF_SIGNED);
    case 0x21: return load(&l, 2, JL_IRF_SIGNED);
    case 0x23:
    case 0x27: return load(&l, 4, 0);
    case 0x24: return load(&l, 1, 0);
    case 0x25: return load(&l, 2, 0);
    case 0x28: return store(&l, 1);
    case 0x29: return store(&l, 2);
    case 0x2b: return store(&l, 4);
    case 0x32:
    case 0x3a: return l.in->run == jl_rsp_op_NOP || jl_rsp_lower_vector_memory(&l) || call(&l, true, false, false);
    default: return insn->op == OTHER;
    }
}
