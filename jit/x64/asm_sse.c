/* Instructions on xmm registers: see asm.h.
 *
 * Two-operand scalar and packed forms come from the lists in asm.h, as do the three-operand AVX ones. SSE and AVX forms
 * may be mixed freely here: nothing uses the upper halves of ymm registers, so no transition costs anything.
 */
#include "jit/x64/asm_impl.h"

#define DEFINE_RR(name, prefix, opcode)                                                                                \
    void jl_x_##name##_rr(struct jl_asm *a, unsigned dst, unsigned src) {                                              \
        op_rr(a, prefix, 4, 0x0f00u | (opcode), dst, src, false);                                                      \
    }
#define DEFINE_RM(name, prefix, opcode)                                                                                \
    void jl_x_##name##_rm(struct jl_asm *a, unsigned dst, struct jl_memop src) {                                       \
        op_rm(a, prefix, 4, 0x0f00u | (opcode), dst, &src, false);                                                     \
    }
#define DEFINE_RRR(name, pp, opcode)                                                                                   \
    void jl_x_##name(struct jl_asm *a, unsigned dst, unsigned x, unsigned y) {                                         \
        vex_rr(a, 1, pp, 4, opcode, dst, x, y);                                                                        \
    }
JL_X_SSE(DEFINE_RR)
JL_X_SSE(DEFINE_RM)
JL_X_SSE_RR(DEFINE_RR)
JL_X_AVX_RRR(DEFINE_RRR)

void jl_x_cvtss2sd(struct jl_asm *a, unsigned dst, unsigned src) {
    op_rr(a, 0xf3, 4, 0x0f5a, dst, src, false);
}
void jl_x_cvtsd2ss(struct jl_asm *a, unsigned dst, unsigned src) {
    op_rr(a, 0xf2, 4, 0x0f5a, dst, src, false);
}
void jl_x_movss_rm(struct jl_asm *a, unsigned dst, struct jl_memop src) {
    op_rm(a, 0xf3, 4, 0x0f10, dst, &src, false);
}
void jl_x_movsd_rm(struct jl_asm *a, unsigned dst, struct jl_memop src) {
    op_rm(a, 0xf2, 4, 0x0f10, dst, &src, false);
}
void jl_x_movss_mr(struct jl_asm *a, struct jl_memop dst, unsigned src) {
    op_rm(a, 0xf3, 4, 0x0f11, src, &dst, false);
}
void jl_x_movsd_mr(struct jl_asm *a, struct jl_memop dst, unsigned src) {
    op_rm(a, 0xf2, 4, 0x0f11, src, &dst, false);
}
void jl_x_movd_xr(struct jl_asm *a, unsigned w, unsigned dst, enum jl_reg src) {
    op_rr(a, 0x66, w, 0x0f6e, dst, src, false);
}
void jl_x_movd_rx(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src) {
    op_rr(a, 0x66, w, 0x0f7e, src, dst, false);
}
void jl_x_cvtsi2ss(struct jl_asm *a, unsigned w, unsigned dst, enum jl_reg src) {
    op_rr(a, 0xf3, w, 0x0f2a, dst, src, false);
}
void jl_x_cvtsi2sd(struct jl_asm *a, unsigned w, unsigned dst, enum jl_reg src) {
    op_rr(a, 0xf2, w, 0x0f2a, dst, src, false);
}
void jl_x_cvttss2si(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src) {
    op_rr(a, 0xf3, w, 0x0f2c, dst, src, false);
}
void jl_x_cvttsd2si(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src) {
    op_rr(a, 0xf2, w, 0x0f2c, dst, src, false);
}
void jl_x_cvtss2si(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src) {
    op_rr(a, 0xf3, w, 0x0f2d, dst, src, false);
}
void jl_x_cvtsd2si(struct jl_asm *a, unsigned w, enum jl_reg dst, unsigned src) {
    op_rr(a, 0xf2, w, 0x0f2d, dst, src, false);
}
/* opcode reg, rm, imm8 */
static void op_rri(struct jl_asm *a, unsigned prefix, uint32_t opcode, unsigned reg, unsigned rm, unsigned imm) {
    op_rr(a, prefix, 4, opcode, reg, rm, false);
    if (!a->overflow)
        put(a, imm);
}
void jl_x_pextrd(struct jl_asm *a, enum jl_reg dst, unsigned src, unsigned lane) {
    op_rri(a, 0x66, 0x0f3a16, src, dst, lane);
}
void jl_x_insertps(struct jl_asm *a, unsigned dst, unsigned src, unsigned how) {
    op_rri(a, 0x66, 0x0f3a21, dst, src, how);
}
void jl_x_pinsrd(struct jl_asm *a, unsigned dst, enum jl_reg src, unsigned lane) {
    op_rri(a, 0x66, 0x0f3a22, dst, src, lane);
}
void jl_x_shufps(struct jl_asm *a, unsigned dst, unsigned src, unsigned lanes) {
    op_rri(a, 0, 0x0fc6, dst, src, lanes);
}
void jl_x_pshufd(struct jl_asm *a, unsigned dst, unsigned src, unsigned lanes) {
    op_rri(a, 0x66, 0x0f70, dst, src, lanes);
}
void jl_x_psrlq_ri(struct jl_asm *a, unsigned x, unsigned count) {
    op_rri(a, 0x66, 0x0f73, 2, x, count);
}
void jl_x_psllq_ri(struct jl_asm *a, unsigned x, unsigned count) {
    op_rri(a, 0x66, 0x0f73, 6, x, count);
}
void jl_x_psrld_ri(struct jl_asm *a, unsigned x, unsigned count) {
    op_rri(a, 0x66, 0x0f72, 2, x, count);
}
void jl_x_pslld_ri(struct jl_asm *a, unsigned x, unsigned count) {
    op_rri(a, 0x66, 0x0f72, 6, x, count);
}
void jl_x_ldmxcsr(struct jl_asm *a, struct jl_memop m) {
    op_rm(a, 0, 4, 0x0fae, 2, &m, false);
}
void jl_x_stmxcsr(struct jl_asm *a, struct jl_memop m) {
    op_rm(a, 0, 4, 0x0fae, 3, &m, false);
}
