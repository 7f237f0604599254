/* Encoding: everything goes through one routine that writes prefixes, REX, opcode, ModRM, SIB and displacement. */
#include "jit/x64/asm.h"

#include <string.h>

enum { MAX_INSTRUCTION = 16 };

static bool begin(struct jl_asm *a) {
    if (a->end - a->p < MAX_INSTRUCTION) {
        a->overflow = true;
        return false;
    }
    a->instructions++;
    return true;
}

static inline void put(struct jl_asm *a, unsigned byte) {
    *a->p++ = (uint8_t)byte;
}
static inline void put32(struct jl_asm *a, uint32_t v) {
    memcpy(a->p, &v, 4);
    a->p += 4;
}
static inline void put64(struct jl_asm *a, uint64_t v) {
    memcpy(a->p, &v, 8);
    a->p += 8;
}

/* Opcode: up to three bytes, 0x0f maps included as leading bytes (0x0faf, 0x0f38f0). */
static void put_opcode(struct jl_asm *a, uint32_t opcode) {
    if (opcode > 0xffff)
        put(a, opcode >> 16);
    if (opcode > 0xff)
        put(a, opcode >> 8 & 0xff);
    put(a, opcode & 0xff);
}

static void put_rex(struct jl_asm *a, unsigned w, unsigned reg, unsigned index, unsigned base, bool force) {
    unsigned rex = 0x40 | (w == 8 ? 8 : 0) | (reg & 8) >> 1 | (index & 8) >> 2 | (base & 8) >> 3;
    if (rex != 0x40 || force)
        put(a, rex);
}

static void put_modrm(struct jl_asm *a, unsigned mod, unsigned reg, unsigned rm) {
    put(a, mod << 6 | (reg & 7) << 3 | (rm & 7));
}

/* ModRM, SIB and displacement of a memory operand. tail: bytes of immediate that follow (rip counts from their end). */
static void put_mem(struct jl_asm *a, unsigned reg, const struct jl_memop *m, unsigned tail) {
    if (m->rip) {
        put_modrm(a, 0, reg, 5);
        put32(a, (uint32_t)((intptr_t)m->target - (intptr_t)(a->p + 4 + tail)));
        return;
    }
    bool sib = m->index != JL_NOREG || m->base == JL_NOREG || (m->base & 7) == JL_RSP;
    unsigned index = m->index == JL_NOREG ? 4 : m->index;
    if (m->base == JL_NOREG) { /* disp32 with no base */
        put_modrm(a, 0, reg, 4);
        put(a, (unsigned)m->scale << 6 | (index & 7) << 3 | 5);
        put32(a, (uint32_t)m->disp);
        return;
    }
    unsigned mod = m->disp == 0 && (m->base & 7) != JL_RBP ? 0 : m->disp == (int8_t)m->disp ? 1 : 2;
    put_modrm(a, mod, reg, sib ? 4 : m->base);
    if (sib)
        put(a, (unsigned)m->scale << 6 | (index & 7) << 3 | (m->base & 7));
    if (mod == 1)
        put(a, (uint8_t)m->disp);
    else if (mod == 2)
        put32(a, (uint32_t)m->disp);
}

static unsigned rex_index(const struct jl_memop *m) {
    return m->index == JL_NOREG ? 0 : m->index;
}
static unsigned rex_base(const struct jl_memop *m) {
    return m->base == JL_NOREG ? 0 : m->base;
}

/* [prefix] [rex] opcode modrm(reg, rm) */
static void op_rr(struct jl_asm *a, unsigned prefix, unsigned w, uint32_t opcode, unsigned reg, unsigned rm,
                  bool byte) {
    if (!begin(a))
        return;
    if (prefix)
        put(a, prefix);
    put_rex(a, w, reg, 0, rm, byte);
    put_opcode(a, opcode);
    put_modrm(a, 3, reg, rm);
}

static void op_rm_tail(struct jl_asm *a, unsigned prefix, unsigned w, uint32_t opcode, unsigned reg,
                       const struct jl_memop *m, bool byte, unsigned tail) {
    if (m->gs) {
        put(a, 0x65);
        put(a, 0x67);
    }
    if (prefix)
        put(a, prefix);
    put_rex(a, w, reg, rex_index(m), rex_base(m), byte);
    put_opcode(a, opcode);
    put_mem(a, reg, m, tail);
}

static void op_rm(struct jl_asm *a, unsigned prefix, unsigned w, uint32_t opcode, unsigned reg,
                  const struct jl_memop *m, bool byte) {
    if (begin(a))
        op_rm_tail(a, prefix, w, opcode, reg, m, byte, 0);
}

/* ---- integer ---- */

void jl_x_alu_rr(struct jl_asm *a, unsigned op, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0, w, op << 3 | 1, src, dst, false);
}
void jl_x_alu_rm(struct jl_asm *a, unsigned op, unsigned w, enum jl_reg dst, struct jl_memop src) {
    op_rm(a, 0, w, op << 3 | 3, dst, &src, false);
}
void jl_x_alu_mr(struct jl_asm *a, unsigned op, unsigned w, struct jl_memop dst, enum jl_reg src) {
    op_rm(a, 0, w, op << 3 | 1, src, &dst, false);
}
void jl_x_alu_ri(struct jl_asm *a, unsigned op, unsigned w, enum jl_reg dst, int32_t imm) {
    bool small = imm == (int8_t)imm;
    op_rr(a, 0, w, small ? 0x83 : 0x81, op, dst, false);
    if (a->overflow)
        return;
    if (small)
        put(a, (uint8_t)imm);
    else
        put32(a, (uint32_t)imm);
}
void jl_x_alu_mi(struct jl_asm *a, unsigned op, unsigned w, struct jl_memop dst, int32_t imm) {
    bool small = imm == (int8_t)imm;
    if (!begin(a))
        return;
    op_rm_tail(a, 0, w, small ? 0x83 : 0x81, op, &dst, false, small ? 1 : 4);
    if (small)
        put(a, (uint8_t)imm);
    else
        put32(a, (uint32_t)imm);
}
void jl_x_test_rr(struct jl_asm *a, unsigned w, enum jl_reg x, enum jl_reg y) {
    op_rr(a, 0, w, 0x85, y, x, false);
}
void jl_x_test_ri(struct jl_asm *a, unsigned w, enum jl_reg x, int32_t imm) {
    bool byte = imm >= 0 && imm < 128; /* flags are the same then */
    op_rr(a, 0, byte ? 4 : w, byte ? 0xf6 : 0xf7, 0, x, byte && x >= JL_RSP);
    if (a->overflow)
        return;
    if (byte)
        put(a, (uint8_t)imm);
    else
        put32(a, (uint32_t)imm);
}
void jl_x_test_mi(struct jl_asm *a, unsigned w, struct jl_memop x, int32_t imm) {
    if (!begin(a))
        return;
    op_rm_tail(a, 0, w, 0xf7, 0, &x, false, 4);
    put32(a, (uint32_t)imm);
}
void jl_x_mov_rr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0, w, 0x89, src, dst, false);
}
void jl_x_mov_ri(struct jl_asm *a, enum jl_reg dst, int64_t imm) {
    if (imm != (int32_t)imm || imm >= 0) {
        if (!begin(a))
            return;
        bool wide = (uint64_t)imm > UINT32_MAX;
        put_rex(a, wide ? 8 : 4, 0, 0, dst, false);
        put(a, 0xb8 | (dst & 7));
        if (wide)
            put64(a, (uint64_t)imm);
        else
            put32(a, (uint32_t)imm);
        return;
    }
    op_rr(a, 0, 8, 0xc7, 0, dst, false);
    if (!a->overflow)
        put32(a, (uint32_t)imm);
}
void jl_x_mov_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src) {
    op_rm(a, 0, w, 0x8b, dst, &src, false);
}
void jl_x_mov_mr(struct jl_asm *a, unsigned size, struct jl_memop dst, enum jl_reg src) {
    op_rm(a, size == 2 ? 0x66 : 0, size == 8 ? 8 : 4, size == 1 ? 0x88 : 0x89, src, &dst, size == 1 && src >= JL_RSP);
}
void jl_x_mov_mi(struct jl_asm *a, unsigned size, struct jl_memop dst, int32_t imm) {
    if (!begin(a))
        return;
    unsigned tail = size == 1 ? 1 : size == 2 ? 2 : 4;
    op_rm_tail(a, size == 2 ? 0x66 : 0, size == 8 ? 8 : 4, size == 1 ? 0xc6 : 0xc7, 0, &dst, false, tail);
    for (unsigned i = 0; i < tail; i++)
        put(a, (uint32_t)imm >> (8 * i) & 0xff);
}
void jl_x_movzx_rr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, unsigned from) {
    op_rr(a, 0, w, from == 1 ? 0x0fb6 : 0x0fb7, dst, src, from == 1 && src >= JL_RSP);
}
void jl_x_movsx_rr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, unsigned from) {
    op_rr(a, 0, w, from == 1 ? 0x0fbe : from == 2 ? 0x0fbf : 0x63, dst, src, from == 1 && src >= JL_RSP);
}
void jl_x_movzx_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src, unsigned from) {
    op_rm(a, 0, w, from == 1 ? 0x0fb6 : 0x0fb7, dst, &src, false);
}
void jl_x_movsx_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src, unsigned from) {
    op_rm(a, 0, w, from == 1 ? 0x0fbe : from == 2 ? 0x0fbf : 0x63, dst, &src, false);
}
void jl_x_lea(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src) {
    op_rm(a, 0, w, 0x8d, dst, &src, false);
}
void jl_x_push(struct jl_asm *a, enum jl_reg r) {
    if (!begin(a))
        return;
    put_rex(a, 4, 0, 0, r, false);
    put(a, 0x50 | (r & 7));
}
void jl_x_pop(struct jl_asm *a, enum jl_reg r) {
    if (!begin(a))
        return;
    put_rex(a, 4, 0, 0, r, false);
    put(a, 0x58 | (r & 7));
}
void jl_x_movbe_rm(struct jl_asm *a, unsigned size, enum jl_reg dst, struct jl_memop src) {
    op_rm(a, size == 2 ? 0x66 : 0, size == 8 ? 8 : 4, 0x0f38f0, dst, &src, false);
}
void jl_x_movbe_mr(struct jl_asm *a, unsigned size, struct jl_memop dst, enum jl_reg src) {
    op_rm(a, size == 2 ? 0x66 : 0, size == 8 ? 8 : 4, 0x0f38f1, src, &dst, false);
}
void jl_x_bswap(struct jl_asm *a, unsigned w, enum jl_reg r) {
    if (!begin(a))
        return;
    put_rex(a, w, 0, 0, r, false);
    put(a, 0x0f);
    put(a, 0xc8 | (r & 7));
}

#define UNARY(name, digit)                                                                                             \
    void jl_x_##name(struct jl_asm *a, unsigned w, enum jl_reg r) {                                                    \
        op_rr(a, 0, w, 0xf7, digit, r, false);                                                                         \
    }
UNARY(not, 2)
UNARY(neg, 3)
UNARY(mul_r, 4)
UNARY(imul_r, 5)
UNARY(div_r, 6)
UNARY(idiv_r, 7)
#undef UNARY
void jl_x_div_m(struct jl_asm *a, unsigned w, struct jl_memop m) {
    op_rm(a, 0, w, 0xf7, 6, &m, false);
}
void jl_x_idiv_m(struct jl_asm *a, unsigned w, struct jl_memop m) {
    op_rm(a, 0, w, 0xf7, 7, &m, false);
}
void jl_x_imul_rr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0, w, 0x0faf, dst, src, false);
}
void jl_x_imul_rri(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, int32_t imm) {
    bool small = imm == (int8_t)imm;
    op_rr(a, 0, w, small ? 0x6b : 0x69, dst, src, false);
    if (a->overflow)
        return;
    if (small)
        put(a, (uint8_t)imm);
    else
        put32(a, (uint32_t)imm);
}
void jl_x_cdq(struct jl_asm *a) {
    if (begin(a))
        put(a, 0x99);
}
void jl_x_cqo(struct jl_asm *a) {
    if (!begin(a))
        return;
    put(a, 0x48);
    put(a, 0x99);
}

#define SHIFT(name, digit)                                                                                             \
    void jl_x_##name##_ri(struct jl_asm *a, unsigned w, enum jl_reg r, unsigned count) {                               \
        op_rr(a, 0, w, 0xc1, digit, r, false);                                                                         \
        if (!a->overflow)                                                                                              \
            put(a, count);                                                                                             \
    }                                                                                                                  \
    void jl_x_##name##_cl(struct jl_asm *a, unsigned w, enum jl_reg r) {                                               \
        op_rr(a, 0, w, 0xd3, digit, r, false);                                                                         \
    }
SHIFT(ror, 1)
SHIFT(shl, 4)
SHIFT(shr, 5)
SHIFT(sar, 7)
#undef SHIFT

/* VEX: map 1 = 0f, 2 = 0f38, 3 = 0f3a; pp 1 = 66, 2 = f3, 3 = f2. vvvv is the second source. */
static void vex_rr(struct jl_asm *a, unsigned map, unsigned pp, unsigned w, unsigned opcode, unsigned reg,
                   unsigned vvvv, unsigned rm) {
    if (!begin(a))
        return;
    put(a, 0xc4);
    put(a, (reg & 8 ? 0 : 0x80) | 0x40 | (rm & 8 ? 0 : 0x20) | map);
    put(a, (w == 8 ? 0x80 : 0) | (~vvvv & 15) << 3 | pp);
    put(a, opcode);
    put_modrm(a, 3, reg, rm);
}

void jl_x_shlx(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, enum jl_reg count) {
    vex_rr(a, 2, 1, w, 0xf7, dst, count, src);
}
void jl_x_shrx(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, enum jl_reg count) {
    vex_rr(a, 2, 3, w, 0xf7, dst, count, src);
}
void jl_x_sarx(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, enum jl_reg count) {
    vex_rr(a, 2, 2, w, 0xf7, dst, count, src);
}
void jl_x_rorx(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, unsigned count) {
    vex_rr(a, 3, 3, w, 0xf0, dst, 0, src);
    if (!a->overflow)
        put(a, count);
}
void jl_x_lzcnt(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0xf3, w, 0x0fbd, dst, src, false);
}
void jl_x_bsr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0, w, 0x0fbd, dst, src, false);
}
void jl_x_setcc(struct jl_asm *a, enum jl_x64_cc cc, enum jl_reg r) {
    op_rr(a, 0, 4, 0x0f90u | (unsigned)cc, 0, r, r >= JL_RSP);
}
void jl_x_cmov_rr(struct jl_asm *a, unsigned w, enum jl_x64_cc cc, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0, w, 0x0f40u | (unsigned)cc, dst, src, false);
}
void jl_x_crc32_rm(struct jl_asm *a, unsigned size, enum jl_reg dst, struct jl_memop src) {
    op_rm(a, 0xf2, size == 8 ? 8 : 4, size == 1 ? 0x0f38f0 : 0x0f38f1, dst, &src, false);
}

/* ---- control ---- */

uint8_t *jl_x_jmp32(struct jl_asm *a) {
    if (!begin(a))
        return a->p;
    put(a, 0xe9);
    put32(a, 0);
    return a->p - 4;
}
uint8_t *jl_x_jcc32(struct jl_asm *a, enum jl_x64_cc cc) {
    if (!begin(a))
        return a->p;
    put(a, 0x0f);
    put(a, 0x80u | (unsigned)cc);
    put32(a, 0);
    return a->p - 4;
}
uint8_t *jl_x_jmp8(struct jl_asm *a) {
    if (!begin(a))
        return a->p;
    put(a, 0xeb);
    put(a, 0);
    return a->p - 1;
}
uint8_t *jl_x_jcc8(struct jl_asm *a, enum jl_x64_cc cc) {
    if (!begin(a))
        return a->p;
    put(a, 0x70u | (unsigned)cc);
    put(a, 0);
    return a->p - 1;
}
void jl_x_patch32(uint8_t *field, const uint8_t *target) {
    int32_t rel = (int32_t)((intptr_t)target - (intptr_t)(field + 4));
    memcpy(field, &rel, 4);
}
void jl_x_patch8(uint8_t *field, const uint8_t *target) {
    *field = (uint8_t)(target - (field + 1));
}
void jl_x_jmp_to(struct jl_asm *a, const void *target) {
    uint8_t *field = jl_x_jmp32(a);
    if (!a->overflow)
        jl_x_patch32(field, target);
}
void jl_x_call_to(struct jl_asm *a, const void *target) {
    if (!begin(a))
        return;
    put(a, 0xe8);
    put32(a, 0);
    jl_x_patch32(a->p - 4, target);
}
void jl_x_jmp_r(struct jl_asm *a, enum jl_reg r) {
    op_rr(a, 0, 4, 0xff, 4, r, false);
}
void jl_x_jmp_m(struct jl_asm *a, struct jl_memop m) {
    op_rm(a, 0, 4, 0xff, 4, &m, false);
}
void jl_x_call_r(struct jl_asm *a, enum jl_reg r) {
    op_rr(a, 0, 4, 0xff, 2, r, false);
}
void jl_x_ret(struct jl_asm *a) {
    if (begin(a))
        put(a, 0xc3);
}

void jl_x_align(struct jl_asm *a, unsigned alignment) {
    static const uint8_t nops[9][9] = {{0x90},
                                       {0x66, 0x90},
                                       {0x0f, 0x1f, 0x00},
                                       {0x0f, 0x1f, 0x40, 0},
                                       {0x0f, 0x1f, 0x44, 0, 0},
                                       {0x66, 0x0f, 0x1f, 0x44, 0, 0},
                                       {0x0f, 0x1f, 0x80, 0, 0, 0, 0},
                                       {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
                                       {0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}};
    unsigned n = (unsigned)(-(uintptr_t)a->p & (alignment - 1));
    while (n && begin(a)) {
        unsigned k = n < 9 ? n : 9;
        memcpy(a->p, nops[k - 1], k);
        a->p += k;
        n -= k;
    }
}

/* ---- SSE ---- */

#define X(name, prefix, opcode)                                                                                        \
    void jl_x_##name##_rr(struct jl_asm *a, unsigned dst, unsigned src) {                                              \
        op_rr(a, prefix, 4, 0x0f00u | (opcode), dst, src, false);                                                      \
    }
JL_X_SSE_RR(X)
#undef X
#define X(name, pp, opcode)                                                                                            \
    void jl_x_##name(struct jl_asm *a, unsigned dst, unsigned x, unsigned y) {                                         \
        vex_rr(a, 1, pp, 4, opcode, dst, x, y);                                                                        \
    }
JL_X_AVX_RRR(X)
#undef X
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
void jl_x_ldmxcsr(struct jl_asm *a, struct jl_memop m) {
    op_rm(a, 0, 4, 0x0fae, 2, &m, false);
}
void jl_x_stmxcsr(struct jl_asm *a, struct jl_memop m) {
    op_rm(a, 0, 4, 0x0fae, 3, &m, false);
}

static void shift_xmm(struct jl_asm *a, unsigned opcode, unsigned digit, unsigned x, unsigned count) {
    op_rr(a, 0x66, 4, 0x0f00 | opcode, digit, x, false);
    if (!a->overflow)
        put(a, count);
}
void jl_x_psrlq_ri(struct jl_asm *a, unsigned x, unsigned count) {
    shift_xmm(a, 0x73, 2, x, count);
}
void jl_x_psllq_ri(struct jl_asm *a, unsigned x, unsigned count) {
    shift_xmm(a, 0x73, 6, x, count);
}
void jl_x_psrld_ri(struct jl_asm *a, unsigned x, unsigned count) {
    shift_xmm(a, 0x72, 2, x, count);
}
void jl_x_pslld_ri(struct jl_asm *a, unsigned x, unsigned count) {
    shift_xmm(a, 0x72, 6, x, count);
}
