/* The scalar unit: MIPS I's integer instructions without multiplication, overflow traps and alignment traps. Writes to
 * register 0 are dropped when decoding; JALR and MFC0, which do more than write a register, put its zero back.
 */
#include "guests/n64/rsp/ops.h"

#include <string.h>

#define OP(name) void jl_rsp_op_##name(struct jl_rsp *rsp, const struct jl_rsp_insn *in)
#define S (rsp->gpr[in->s])
#define T (rsp->gpr[in->t])
#define D (rsp->gpr[in->d])
#define IMM ((int32_t)in->imm)
#define IMM_U ((uint32_t)(uint16_t)in->imm)

OP(NOP) {
    (void)rsp;
    (void)in;
}

OP(SLL) {
    D = T << in->e;
}
OP(SRL) {
    D = T >> in->e;
}
OP(SRA) {
    D = (uint32_t)((int32_t)T >> in->e);
}
OP(SLLV) {
    D = T << (S & 31);
}
OP(SRLV) {
    D = T >> (S & 31);
}
OP(SRAV) {
    D = (uint32_t)((int32_t)T >> (S & 31));
}
/* SPECIAL's numbers that are no instruction shift rs by itself (github.com/sauraen/rsp_inval_instrs, on hardware). */
OP(RESERVED) {
    D = S >> (S & 31);
}
OP(ADDU) {
    D = S + T;
}
OP(SUBU) {
    D = S - T;
}
OP(AND) {
    D = S & T;
}
OP(OR) {
    D = S | T;
}
OP(XOR) {
    D = S ^ T;
}
OP(NOR) {
    D = ~(S | T);
}
OP(SLT) {
    D = (int32_t)S < (int32_t)T;
}
OP(SLTU) {
    D = S < T;
}

OP(ADDIU) {
    T = S + (uint32_t)IMM;
}
OP(SLTI) {
    T = (int32_t)S < IMM;
}
OP(SLTIU) {
    T = S < (uint32_t)IMM;
}
OP(ANDI) {
    T = S & IMM_U;
}
OP(ORI) {
    T = S | IMM_U;
}
OP(XORI) {
    T = S ^ IMM_U;
}
OP(LUI) {
    T = IMM_U << 16;
}

/* Branches and jumps. The loop has moved pc on to the slot already, and next_pc to what follows it. */

static void branch(struct jl_rsp *rsp, const struct jl_rsp_insn *in, bool taken) {
    if (taken)
        rsp->next_pc = (uint32_t)in->imm;
}

OP(BEQ) {
    branch(rsp, in, S == T);
}
OP(BNE) {
    branch(rsp, in, S != T);
}
OP(BLEZ) {
    branch(rsp, in, (int32_t)S <= 0);
}
OP(BGTZ) {
    branch(rsp, in, (int32_t)S > 0);
}
OP(BLTZ) {
    branch(rsp, in, (int32_t)S < 0);
}
OP(BGEZ) {
    branch(rsp, in, (int32_t)S >= 0);
}
OP(J) {
    branch(rsp, in, true);
}

/* The return address: what comes after the slot. */
static uint32_t link_address(const struct jl_rsp *rsp) {
    return (rsp->pc + 4) & 0xffc;
}

OP(BLTZAL) {
    branch(rsp, in, (int32_t)S < 0);
    rsp->gpr[31] = link_address(rsp);
}
OP(BGEZAL) {
    branch(rsp, in, (int32_t)S >= 0);
    rsp->gpr[31] = link_address(rsp);
}
OP(JAL) {
    branch(rsp, in, true);
    rsp->gpr[31] = link_address(rsp);
}
OP(JR) {
    rsp->next_pc = S & 0xffc;
}
OP(JALR) {
    rsp->next_pc = S & 0xffc;
    D = link_address(rsp);
    rsp->gpr[0] = 0;
}

OP(BREAK) {
    (void)in;
    rsp->bus.broke(rsp->bus.ctx);
}
/* There are 16 registers; the number's highest bit is not looked at. */
OP(MFC0) {
    T = rsp->bus.read_cop0(rsp->bus.ctx, in->d & 15);
    rsp->gpr[0] = 0;
}
OP(MTC0) {
    rsp->bus.write_cop0(rsp->bus.ctx, in->d & 15, T);
}

/* Data memory: any alignment, 12 address bits, and what reaches past the end goes on at 0. */

static uint32_t load(const struct jl_rsp *rsp, uint32_t addr, unsigned bytes) {
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | rsp->dmem[(addr + i) & 0xfff];
    return value;
}

static void store(struct jl_rsp *rsp, uint32_t addr, unsigned bytes, uint32_t value) {
    for (unsigned i = 0; i < bytes; i++)
        rsp->dmem[(addr + i) & 0xfff] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

OP(LB) {
    T = (uint32_t)(int8_t)load(rsp, S + (uint32_t)IMM, 1);
}
OP(LBU) {
    T = load(rsp, S + (uint32_t)IMM, 1);
}
OP(LH) {
    T = (uint32_t)(int16_t)load(rsp, S + (uint32_t)IMM, 2);
}
OP(LHU) {
    T = load(rsp, S + (uint32_t)IMM, 2);
}
OP(LW) {
    uint32_t addr = (S + (uint32_t)IMM) & 0xfff, value;
    if (addr <= sizeof rsp->dmem - 4) {
        memcpy(&value, rsp->dmem + addr, 4);
        T = __builtin_bswap32(value);
    } else {
        T = load(rsp, addr, 4);
    }
}
OP(SB) {
    store(rsp, S + (uint32_t)IMM, 1, T);
}
OP(SH) {
    store(rsp, S + (uint32_t)IMM, 2, T);
}
OP(SW) {
    uint32_t addr = (S + (uint32_t)IMM) & 0xfff, value = __builtin_bswap32(T);
    if (addr <= sizeof rsp->dmem - 4)
        memcpy(rsp->dmem + addr, &value, 4);
    else
        store(rsp, addr, 4, T);
}
