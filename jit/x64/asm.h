/* x86-64 instruction encoder.
 *
 * One function an instruction form, writing at a->p and counting in a->instructions. When fewer than 16 bytes are left
 * nothing more is written, a->p stays, and a->overflow is set for good (the caller looks once at the end). Names end in
 * the kinds of operand, destination first: r register, m memory, i immediate, x xmm. w is the operand width in bytes, 4
 * or 8; size counts bytes of memory and has 1 and 2 too. REX and VEX prefixes, SIB bytes and displacement sizes are
 * chosen here. An index register is never rsp, and shift counts and lanes are in range: the caller sees to it.
 *
 * asm.c has the integer and control instructions, asm_sse.c those on xmm registers, asm_impl.h what both are made of.
 * Sources: Intel SDM volume 2.
 */
#ifndef JL_X64_ASM_H
#define JL_X64_ASM_H

#include <stdbool.h>
#include <stdint.h>

struct jl_asm {
    uint8_t *p, *start, *end;
    uint32_t instructions; /* emitted so far */
    bool overflow;
};

enum jl_reg {
    JL_RAX,
    JL_RCX,
    JL_RDX,
    JL_RBX,
    JL_RSP,
    JL_RBP,
    JL_RSI,
    JL_RDI,
    JL_R8,
    JL_R9,
    JL_R10,
    JL_R11,
    JL_R12,
    JL_R13,
    JL_R14,
    JL_R15,
    JL_NOREG = 0xff,
};

/* The hardware's condition numbers; cc ^ 1 is the opposite. */
enum jl_x64_cc {
    JL_CC_O_,
    JL_CC_NO_,
    JL_CC_B_,
    JL_CC_AE_,
    JL_CC_E_,
    JL_CC_NE_,
    JL_CC_BE_,
    JL_CC_A_,
    JL_CC_S_,
    JL_CC_NS_,
    JL_CC_P_,
    JL_CC_NP_,
    JL_CC_L_,
    JL_CC_GE_,
    JL_CC_LE_,
    JL_CC_G_,
};

/* /digit of the eight classic operations */
enum { JL_X_ADD, JL_X_OR, JL_X_ADC, JL_X_SBB, JL_X_AND, JL_X_SUB, JL_X_XOR, JL_X_CMP };

struct jl_memop {
    uint8_t base, index; /* JL_NOREG = none */
    uint8_t scale;       /* log2 */
    bool gs;             /* GS segment, 32-bit address size */
    bool rip;            /* at target, relative to rip */
    int32_t disp;
    const void *target;
};

static inline struct jl_memop jl_m(enum jl_reg base, int32_t disp) {
    return (struct jl_memop){.base = (uint8_t)base, .index = JL_NOREG, .disp = disp};
}
static inline struct jl_memop jl_mx(enum jl_reg base, enum jl_reg index, unsigned scale, int32_t disp) {
    return (struct jl_memop){.base = (uint8_t)base, .index = (uint8_t)index, .scale = (uint8_t)scale, .disp = disp};
}
static inline struct jl_memop jl_mgs(enum jl_reg base, enum jl_reg index, unsigned scale, int32_t disp) {
    struct jl_memop m = jl_mx(base, index, scale, disp);
    m.gs = true;
    return m;
}
static inline struct jl_memop jl_mabs(const void *target) {
    return (struct jl_memop){.base = JL_NOREG, .index = JL_NOREG, .rip = true, .target = target};
}

/* integer */
void jl_x_alu_rr(struct jl_asm *a, unsigned op, unsigned w, enum jl_reg dst, enum jl_reg src);
/* Carry becomes bit r of the memory from src on. */
void jl_x_bt_mr(struct jl_asm *a, unsigned w, struct jl_memop src, enum jl_reg r);
void jl_x_alu_rm(struct jl_asm *a, unsigned op, unsigned w, enum jl_reg dst, struct jl_memop src);
void jl_x_alu_mr(struct jl_asm *a, unsigned op, unsigned w, struct jl_memop dst, enum jl_reg src);
void jl_x_alu_ri(struct jl_asm *a, unsigned op, unsigned w, enum jl_reg dst, int32_t imm);
void jl_x_alu_mi(struct jl_asm *a, unsigned op, unsigned w, struct jl_memop dst, int32_t imm);
void jl_x_add_m8i(struct jl_asm *a, struct jl_memop dst, int8_t imm);
void jl_x_test_rr(struct jl_asm *a, unsigned w, enum jl_reg x, enum jl_reg y);
void jl_x_test_ri(struct jl_asm *a, unsigned w, enum jl_reg x, int32_t imm); /* as a byte when 0 <= imm < 128 */
void jl_x_test_rm(struct jl_asm *a, unsigned w, enum jl_reg x, struct jl_memop y);
void jl_x_test_mi(struct jl_asm *a, unsigned w, struct jl_memop x, int32_t imm);
void jl_x_mov_rr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src);
void jl_x_mov_ri(struct jl_asm *a, enum jl_reg dst, int64_t imm); /* shortest form; flags are kept */
void jl_x_mov_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src);
void jl_x_mov_mr(struct jl_asm *a, unsigned size, struct jl_memop dst, enum jl_reg src); /* size 1, 2, 4, 8 */
void jl_x_mov_mi(struct jl_asm *a, unsigned size, struct jl_memop dst, int32_t imm);
/* from size 1, 2 or 4 (the last: movzx is mov, movsx is movsxd) */
void jl_x_movzx_rr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, unsigned from);
void jl_x_movsx_rr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, unsigned from);
void jl_x_movzx_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src, unsigned from);
void jl_x_movsx_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src, unsigned from);
void jl_x_lea(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src);
void jl_x_xchg_rr(struct jl_asm *a, unsigned w, enum jl_reg x, enum jl_reg y);
void jl_x_push(struct jl_asm *a, enum jl_reg r);
void jl_x_push_i(struct jl_asm *a, int32_t imm); /* eight bytes */
void jl_x_pop(struct jl_asm *a, enum jl_reg r);
void jl_x_movbe_rm(struct jl_asm *a, unsigned size, enum jl_reg dst, struct jl_memop src); /* size 2, 4, 8 */
void jl_x_movbe_mr(struct jl_asm *a, unsigned size, struct jl_memop dst, enum jl_reg src);
void jl_x_bswap(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_neg(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_not(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_mul_r(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_imul_r(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_div_r(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_idiv_r(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_div_m(struct jl_asm *a, unsigned w, struct jl_memop m);
void jl_x_idiv_m(struct jl_asm *a, unsigned w, struct jl_memop m);
void jl_x_imul_rr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src);
void jl_x_imul_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src);
void jl_x_imul_rri(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, int32_t imm);
void jl_x_cdq(struct jl_asm *a);
void jl_x_cqo(struct jl_asm *a);
void jl_x_shl_ri(struct jl_asm *a, unsigned w, enum jl_reg r, unsigned count);
void jl_x_shr_ri(struct jl_asm *a, unsigned w, enum jl_reg r, unsigned count);
void jl_x_sar_ri(struct jl_asm *a, unsigned w, enum jl_reg r, unsigned count);
void jl_x_ror_ri(struct jl_asm *a, unsigned w, enum jl_reg r, unsigned count);
void jl_x_rol_ri(struct jl_asm *a, unsigned w, enum jl_reg r, unsigned count);
void jl_x_shl_cl(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_shr_cl(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_sar_cl(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_ror_cl(struct jl_asm *a, unsigned w, enum jl_reg r);
void jl_x_rol_cl(struct jl_asm *a, unsigned w, enum jl_reg r);
/* BMI2; mulx: high:low = rdx * src, flags are kept */
void jl_x_shlx(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, enum jl_reg count);
void jl_x_shrx(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, enum jl_reg count);
void jl_x_sarx(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, enum jl_reg count);
void jl_x_rorx(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, unsigned count);
void jl_x_mulx(struct jl_asm *a, unsigned w, enum jl_reg high, enum jl_reg low, enum jl_reg src);
void jl_x_lzcnt(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src);
void jl_x_bsr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src);
void jl_x_tzcnt(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src);
void jl_x_popcnt(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src);
void jl_x_setcc(struct jl_asm *a, enum jl_x64_cc cc, enum jl_reg r); /* lowest byte */
void jl_x_cmov_rr(struct jl_asm *a, unsigned w, enum jl_x64_cc cc, enum jl_reg dst, enum jl_reg src);
void jl_x_cmov_rm(struct jl_asm *a, unsigned w, enum jl_x64_cc cc, enum jl_reg dst, struct jl_memop src);
void jl_x_crc32_rr(struct jl_asm *a, unsigned size, enum jl_reg dst, enum jl_reg src); /* size 1, 2, 4, 8 */
void jl_x_crc32_rm(struct jl_asm *a, unsigned size, enum jl_reg dst, struct jl_memop src);

/* control. The placeholders return the address of their displacement field for jl_x_patch*; after an overflow it is a
 * place outside the code where a patch does no harm. jl_x_patch8 aborts when the target is out of its reach. The
 * 32-bit forms keep the low half of the distance: code may be emitted away from its targets just to learn its size. */
uint8_t *jl_x_jmp32(struct jl_asm *a);
uint8_t *jl_x_jcc32(struct jl_asm *a, enum jl_x64_cc cc);
uint8_t *jl_x_call32(struct jl_asm *a);
uint8_t *jl_x_jmp8(struct jl_asm *a);
uint8_t *jl_x_jcc8(struct jl_asm *a, enum jl_x64_cc cc);
void jl_x_patch32(uint8_t *field, const uint8_t *target);
void jl_x_patch8(uint8_t *field, const uint8_t *target);
void jl_x_jmp_to(struct jl_asm *a, const void *target); /* always the 32-bit form */
void jl_x_jcc_to(struct jl_asm *a, enum jl_x64_cc cc, const void *target);
void jl_x_call_to(struct jl_asm *a, const void *target);
void jl_x_jmp_r(struct jl_asm *a, enum jl_reg r);
void jl_x_jmp_m(struct jl_asm *a, struct jl_memop m);
void jl_x_call_r(struct jl_asm *a, enum jl_reg r);
void jl_x_call_m(struct jl_asm *a, struct jl_memop m);
void jl_x_ret(struct jl_asm *a);
void jl_x_mfence(struct jl_asm *a);
void jl_x_int3(struct jl_asm *a);
void jl_x_ud2(struct jl_asm *a);
void jl_x_nops(struct jl_asm *a, unsigned bytes);      /* as few as can be; each counts as an instruction */
void jl_x_align(struct jl_asm *a, unsigned alignment); /* nops up to the next multiple of a power of two */

/* SSE; dst, src, x, y are xmm numbers, 0 to 15 */
void jl_x_movss_rm(struct jl_asm *a, unsigned dst, struct jl_memop src);
void jl_x_movsd_rm(struct jl_asm *a, unsigned dst, struct jl_memop src);
void jl_x_movss_mr(struct jl_asm *a, struct jl_memop dst, unsigned src);
void jl_x_movsd_mr(struct jl_asm *a, struct jl_memop dst, unsigned src);
void jl_x_movd_xr(struct jl_asm *a, unsigned w, unsigned dst, enum jl_reg src); /* w 8: movq */
void jl_x_movd_rx(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src);
void jl_x_pextrd(struct jl_asm *a, enum jl_reg dst, unsigned src, unsigned lane); /* SSE4.1 */
/* A lane of src into one of dst, others zeroed: the instruction's own immediate. SSE4.1 */
void jl_x_insertps(struct jl_asm *a, unsigned dst, unsigned src, unsigned how);
void jl_x_pinsrd(struct jl_asm *a, unsigned dst, enum jl_reg src, unsigned lane); /* SSE4.1 */
void jl_x_cvtsi2ss(struct jl_asm *a, unsigned w, unsigned dst, enum jl_reg src);
void jl_x_cvtsi2sd(struct jl_asm *a, unsigned w, unsigned dst, enum jl_reg src);
void jl_x_cvttss2si(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src);
void jl_x_cvttsd2si(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src);
void jl_x_cvtss2si(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src);
void jl_x_cvtsd2si(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src);
void jl_x_cvtss2sd(struct jl_asm *a, unsigned dst, unsigned src);
void jl_x_cvtsd2ss(struct jl_asm *a, unsigned dst, unsigned src);
void jl_x_shufps(struct jl_asm *a, unsigned dst, unsigned src, unsigned lanes);
void jl_x_pshufd(struct jl_asm *a, unsigned dst, unsigned src, unsigned lanes);
void jl_x_psrlq_ri(struct jl_asm *a, unsigned x, unsigned count);
void jl_x_psllq_ri(struct jl_asm *a, unsigned x, unsigned count);
void jl_x_psrld_ri(struct jl_asm *a, unsigned x, unsigned count);
void jl_x_pslld_ri(struct jl_asm *a, unsigned x, unsigned count);
void jl_x_ldmxcsr(struct jl_asm *a, struct jl_memop m);
void jl_x_stmxcsr(struct jl_asm *a, struct jl_memop m);

/* name, mandatory prefix, opcode of two-operand forms dst op= src. Those of JL_X_SSE come as _rr and _rm (the memory of
 * a packed one is 16 bytes, aligned), those of JL_X_SSE_RR as _rr only: movss and movsd leave the rest of dst alone. */
/* clang-format off */
#define JL_X_SSE(X)                                                                                                    \
    X(addss, 0xf3, 0x58) X(addsd, 0xf2, 0x58) X(subss, 0xf3, 0x5c) X(subsd, 0xf2, 0x5c)                                \
    X(mulss, 0xf3, 0x59) X(mulsd, 0xf2, 0x59) X(divss, 0xf3, 0x5e) X(divsd, 0xf2, 0x5e)                                \
    X(sqrtss, 0xf3, 0x51) X(sqrtsd, 0xf2, 0x51)                                                                        \
    X(ucomiss, 0, 0x2e) X(ucomisd, 0x66, 0x2e) X(comiss, 0, 0x2f) X(comisd, 0x66, 0x2f)                                \
    X(andps, 0, 0x54) X(andnps, 0, 0x55) X(orps, 0, 0x56) X(xorps, 0, 0x57)
#define JL_X_SSE_RR(X)                                                                                                 \
    X(movaps, 0, 0x28) X(movss, 0xf3, 0x10) X(movsd, 0xf2, 0x10)                                                       \
    X(unpcklps, 0, 0x14) X(punpckldq, 0x66, 0x62) X(pcmpeqd, 0x66, 0x76)
/* name, VEX.pp, opcode of three-operand AVX forms dst = x op y */
#define JL_X_AVX_RRR(X)                                                                                                \
    X(vaddss, 2, 0x58) X(vaddsd, 3, 0x58) X(vsubss, 2, 0x5c) X(vsubsd, 3, 0x5c)                                        \
    X(vmulss, 2, 0x59) X(vmulsd, 3, 0x59) X(vdivss, 2, 0x5e) X(vdivsd, 3, 0x5e)
/* clang-format on */
#define JL_X_DECLARE(name, prefix, opcode) void jl_x_##name##_rr(struct jl_asm *a, unsigned dst, unsigned src);
JL_X_SSE(JL_X_DECLARE)
JL_X_SSE_RR(JL_X_DECLARE)
#undef JL_X_DECLARE
#define JL_X_DECLARE(name, prefix, opcode) void jl_x_##name##_rm(struct jl_asm *a, unsigned dst, struct jl_memop src);
JL_X_SSE(JL_X_DECLARE)
#undef JL_X_DECLARE
#define JL_X_DECLARE(name, pp, opcode) void jl_x_##name(struct jl_asm *a, unsigned dst, unsigned x, unsigned y);
JL_X_AVX_RRR(JL_X_DECLARE)
#undef JL_X_DECLARE

#endif
