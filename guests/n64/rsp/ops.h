/* The rows of rsp.def as C: the functions that carry instructions out, and what the table's words mean. */
#ifndef JL_N64_RSP_OPS_H
#define JL_N64_RSP_OPS_H

#include "guests/n64/rsp/rsp.h"

#define RSP_INSN(group, number, name, op, form, kind, effects) jl_rsp_op jl_rsp_op_##op;
#include "guests/n64/rsp/rsp.def"
#undef RSP_INSN

/* Where rows are found. */
enum jl_rsp_group {
    JL_RSP_MAJOR,
    JL_RSP_SPECIAL,
    JL_RSP_REGIMM,
    JL_RSP_COP0,
    JL_RSP_COP2,
    JL_RSP_VECTOR,
    JL_RSP_LWC2,
    JL_RSP_SWC2,
    JL_RSP_GROUPS,
};

/* What an instruction reads and writes. VD, VS, VT are vector registers, VGROUP the eight that VT is one of; ACC is the
 * whole accumulator, ACC_LO its lowest 16 bits; MEM is data memory; DIV the divider's registers. */
enum jl_rsp_effects {
    NONE = 0,
    RD_S = 1 << 0,
    RD_T = 1 << 1,
    WR_T = 1 << 2,
    WR_D = 1 << 3,
    WR_RA = 1 << 4,
    RD_MEM = 1 << 5,
    WR_MEM = 1 << 6,
    RD_VS = 1 << 7,
    WR_VS = 1 << 8,
    RD_VT = 1 << 9,
    WR_VT = 1 << 10,
    RD_VD = 1 << 11,
    WR_VD = 1 << 12,
    RD_VGROUP = 1 << 13,
    WR_VGROUP = 1 << 14,
    RD_ACC = 1 << 15,
    WR_ACC = 1 << 16,
    WR_ACC_LO = 1 << 17,
    RD_VCO = 1 << 18,
    WR_VCO = 1 << 19,
    RD_VCC = 1 << 20,
    WR_VCC = 1 << 21,
    RD_VCE = 1 << 22,
    WR_VCE = 1 << 23,
    RD_DIV = 1 << 24,
    WR_DIV = 1 << 25,
};

/* One row of rsp.def. */
struct jl_rsp_row {
    const char *name; /* NULL: no row */
    jl_rsp_op *op;
    uint8_t form; /* decode.c */
    uint8_t kind; /* enum jl_rsp_kind */
    uint32_t effects;
};

/* Returns the row of a group's number (what has none: a row that does nothing, or SPECIAL's RESERVED). */
const struct jl_rsp_row *jl_rsp_row(enum jl_rsp_group group, unsigned number);

/* Decodes the instruction word at an address of instruction memory. */
struct jl_rsp_insn jl_rsp_decode(uint32_t word, uint32_t pc);

/* Beside the rows': a load that keeps what it replaces, and a reserved instruction that takes it. */
jl_rsp_op jl_rsp_op_KEEP, jl_rsp_op_VZERO_KEPT;
/* unwaiting.c: is the word one of those instructions that do not wait for loads? And, when there may be some in code[],
 * which was just decoded: makes those, and the loads in front of them, what they are. Returns whether there are any. */
bool jl_rsp_is_unwaiting(uint32_t word);
bool jl_rsp_mark_unwaiting(struct jl_rsp *rsp);

/* Byte shuffles that apply an instruction's element to VT: all lanes; pairs, halves or all take one lane. */
extern const uint8_t jl_rsp_broadcast[16][16];

/* Decodes what changed in imem since the last time; false: nothing did. */
bool jl_rsp_refresh(struct jl_rsp *rsp);
/* As jl_rsp_run, of a running RSP whose imem is decoded. */
uint64_t jl_rsp_go(struct jl_rsp *rsp, uint64_t max);

#endif
