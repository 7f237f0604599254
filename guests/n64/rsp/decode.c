/* From an instruction word to what the loop wants of it: rsp.def's rows by group and number, and the fields of each
 * form.
 */
#include "guests/n64/rsp/ops.h"

#include <stddef.h>

enum form {
    FORM_R,      /* rs, rt, rd, shift amount */
    FORM_I,      /* rs, rt, 16-bit immediate */
    FORM_BRANCH, /* likewise; the immediate becomes the target's address */
    FORM_JUMP,   /* target */
    FORM_MOVE,   /* rt; rd as s and d; element */
    FORM_V,      /* vs, vt, vd, element */
    FORM_VMEM1,  /* base, vt, element, offset in units of so many bytes */
    FORM_VMEM2,
    FORM_VMEM4,
    FORM_VMEM8,
    FORM_VMEM16,
};

static const struct jl_rsp_row rows[JL_RSP_GROUPS][64] = {
#define RSP_INSN(group, number, name, op, form, kind, effects)                                                         \
    [JL_RSP_##group][number] = {#name, jl_rsp_op_##op, FORM_##form, JL_RSP_##kind, effects},
#include "guests/n64/rsp/rsp.def"
#undef RSP_INSN
};

const struct jl_rsp_row *jl_rsp_row(enum jl_rsp_group group, unsigned number) {
    static const struct jl_rsp_row nothing = {NULL, jl_rsp_op_NOP, FORM_R, JL_RSP_PLAIN, NONE};
    if (rows[group][number].name)
        return &rows[group][number];
    return group == JL_RSP_SPECIAL ? &rows[JL_RSP_SPECIAL][0x3f] : &nothing;
}

static const struct jl_rsp_row *row_of(uint32_t word) {
    unsigned major = word >> 26;
    switch (major) {
    case 0x00: return jl_rsp_row(JL_RSP_SPECIAL, word & 63);
    case 0x01: return jl_rsp_row(JL_RSP_REGIMM, word >> 16 & 31);
    case 0x10: return jl_rsp_row(JL_RSP_COP0, word >> 21 & 31);
    case 0x12: return word & 1 << 25 ? jl_rsp_row(JL_RSP_VECTOR, word & 63) : jl_rsp_row(JL_RSP_COP2, word >> 21 & 31);
    case 0x32: return jl_rsp_row(JL_RSP_LWC2, word >> 11 & 31);
    case 0x3a: return jl_rsp_row(JL_RSP_SWC2, word >> 11 & 31);
    default: return jl_rsp_row(JL_RSP_MAJOR, major);
    }
}

struct jl_rsp_insn jl_rsp_decode(uint32_t word, uint32_t pc) {
    const struct jl_rsp_row *row = row_of(word);
    struct jl_rsp_insn in = {.run = row->op, .kind = row->kind};
    in.s = word >> 21 & 31;
    in.t = word >> 16 & 31;
    in.d = word >> 11 & 31;
    in.e = word >> 7 & 15;
    in.imm = (int16_t)word;
    switch (row->form) {
    case FORM_R: in.e = word >> 6 & 31; break;
    case FORM_BRANCH: in.imm = (int16_t)((pc + 4 + 4 * (word & 0xffff)) & 0xffc); break;
    case FORM_JUMP: in.imm = (int16_t)(4 * word & 0xffc); break;
    case FORM_MOVE: in.s = in.d; break;
    case FORM_V:
        in.e = word >> 21 & 15;
        in.s = in.d;
        in.d = word >> 6 & 31;
        break;
    case FORM_VMEM1:
    case FORM_VMEM2:
    case FORM_VMEM4:
    case FORM_VMEM8:
    case FORM_VMEM16:
        in.imm = (int16_t)((int32_t)((word & 127) ^ 64) - 64); /* 7 bits, signed */
        in.imm = (int16_t)(in.imm * (1 << (row->form - FORM_VMEM1)));
        break;
    default: break;
    }
    /* Register 0 stays zero: what would only write it is nothing. */
    if (row->kind == JL_RSP_PLAIN && ((row->effects & WR_T && !in.t) || (row->effects & WR_D && !in.d)))
        in.run = jl_rsp_op_NOP;
    return in;
}
