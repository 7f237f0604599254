/* Integer and control instructions of the encoder: see asm.h.
 *
 * Opcodes are written as in the manual with the 0f maps as leading bytes (0x0faf). Where an operation has a /digit in
 * ModRM's reg field it stands in the place of the register. A byte register from spl to dil needs a REX prefix, even an
 * empty one: without it the number means ah to bh.
 */
#include "jit/x64/asm_impl.h"

#include <stdlib.h>

/* ---- integer ---- */

void jl_x_alu_rr(struct jl_asm *a, unsigned op, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0, w, op << 3 | 1, src, dst, false);
}
void jl_x_alu_rm(struct jl_asm *a, unsigned op, unsigned w, enum jl_reg dst, struct jl_memop src) {
    op_rm(a, 0, w, op << 3 | 3, dst, &src, false);
}
void jl_x_bt_mr(struct jl_asm *a, unsigned w, struct jl_memop src, enum jl_reg r) {
    op_rm(a, 0, w, 0x0fa3, r, &src, false);
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
void jl_x_add_m8i(struct jl_asm *a, struct jl_memop dst, int8_t imm) {
    if (!begin(a))
        return;
    op_rm_tail(a, 0, 4, 0x80, JL_X_ADD, &dst, false, 1);
    put(a, (uint8_t)imm);
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
void jl_x_test_rm(struct jl_asm *a, unsigned w, enum jl_reg x, struct jl_memop y) {
    op_rm(a, 0, w, 0x85, x, &y, false);
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
    if (from == 4) /* writing 32 bits clears the rest */
        op_rr(a, 0, 4, 0x8b, dst, src, false);
    else
        op_rr(a, 0, w, from == 1 ? 0x0fb6 : 0x0fb7, dst, src, from == 1 && src >= JL_RSP);
}
void jl_x_movsx_rr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src, unsigned from) {
    op_rr(a, 0, w, from == 1 ? 0x0fbe : from == 2 ? 0x0fbf : 0x63, dst, src, from == 1 && src >= JL_RSP);
}
void jl_x_movzx_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src, unsigned from) {
    if (from == 4)
        op_rm(a, 0, 4, 0x8b, dst, &src, false);
    else
        op_rm(a, 0, w, from == 1 ? 0x0fb6 : 0x0fb7, dst, &src, false);
}
void jl_x_movsx_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src, unsigned from) {
    op_rm(a, 0, w, from == 1 ? 0x0fbe : from == 2 ? 0x0fbf : 0x63, dst, &src, false);
}
void jl_x_lea(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src) {
    op_rm(a, 0, w, 0x8d, dst, &src, false);
}
void jl_x_xchg_rr(struct jl_asm *a, unsigned w, enum jl_reg x, enum jl_reg y) {
    op_rr(a, 0, w, 0x87, y, x, false);
}
void jl_x_push(struct jl_asm *a, enum jl_reg r) {
    if (!begin(a))
        return;
    put_rex(a, 4, 0, 0, r, false);
    put(a, 0x50 | (r & 7));
}
void jl_x_push_i(struct jl_asm *a, int32_t imm) {
    if (!begin(a))
        return;
    put(a, 0x68);
    put32(a, (uint32_t)imm);
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
void jl_x_imul_rm(struct jl_asm *a, unsigned w, enum jl_reg dst, struct jl_memop src) {
    op_rm(a, 0, w, 0x0faf, dst, &src, false);
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
SHIFT(rol, 0)
SHIFT(ror, 1)
SHIFT(shl, 4)
SHIFT(shr, 5)
SHIFT(sar, 7)
#undef SHIFT

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
void jl_x_mulx(struct jl_asm *a, unsigned w, enum jl_reg high, enum jl_reg low, enum jl_reg src) {
    vex_rr(a, 2, 3, w, 0xf6, high, low, src);
}
void jl_x_lzcnt(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0xf3, w, 0x0fbd, dst, src, false);
}
void jl_x_bsr(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0, w, 0x0fbd, dst, src, false);
}
void jl_x_tzcnt(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0xf3, w, 0x0fbc, dst, src, false);
}
void jl_x_popcnt(struct jl_asm *a, unsigned w, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0xf3, w, 0x0fb8, dst, src, false);
}
void jl_x_setcc(struct jl_asm *a, enum jl_x64_cc cc, enum jl_reg r) {
    op_rr(a, 0, 4, 0x0f90u | (unsigned)cc, 0, r, r >= JL_RSP);
}
void jl_x_cmov_rr(struct jl_asm *a, unsigned w, enum jl_x64_cc cc, enum jl_reg dst, enum jl_reg src) {
    op_rr(a, 0, w, 0x0f40u | (unsigned)cc, dst, src, false);
}
void jl_x_cmov_rm(struct jl_asm *a, unsigned w, enum jl_x64_cc cc, enum jl_reg dst, struct jl_memop src) {
    op_rm(a, 0, w, 0x0f40u | (unsigned)cc, dst, &src, false);
}
/* Two prefixes at size 2: the one for the size goes in front of all. */
void jl_x_crc32_rr(struct jl_asm *a, unsigned size, enum jl_reg dst, enum jl_reg src) {
    if (!begin(a))
        return;
    if (size == 2)
        put(a, 0x66);
    put(a, 0xf2);
    put_rex(a, size, dst, 0, src, size == 1 && src >= JL_RSP);
    put_opcode(a, size == 1 ? 0x0f38f0 : 0x0f38f1);
    put_modrm(a, 3, dst, src);
}
void jl_x_crc32_rm(struct jl_asm *a, unsigned size, enum jl_reg dst, struct jl_memop src) {
    if (!begin(a))
        return;
    if (size == 2)
        put(a, 0x66);
    op_rm_tail(a, 0xf2, size, size == 1 ? 0x0f38f0 : 0x0f38f1, dst, &src, false, 0);
}

/* What a placeholder returns when there was no room: a caller may patch it without asking. */
static _Thread_local uint8_t nowhere[4];

/* ---- control ---- */

uint8_t *jl_x_jmp32(struct jl_asm *a) {
    if (!begin(a))
        return nowhere;
    put(a, 0xe9);
    put32(a, 0);
    return a->p - 4;
}
uint8_t *jl_x_call32(struct jl_asm *a) {
    if (!begin(a))
        return nowhere;
    put(a, 0xe8);
    put32(a, 0);
    return a->p - 4;
}
uint8_t *jl_x_jcc32(struct jl_asm *a, enum jl_x64_cc cc) {
    if (!begin(a))
        return nowhere;
    put(a, 0x0f);
    put(a, 0x80u | (unsigned)cc);
    put32(a, 0);
    return a->p - 4;
}
uint8_t *jl_x_jmp8(struct jl_asm *a) {
    if (!begin(a))
        return nowhere;
    put(a, 0xeb);
    put(a, 0);
    return a->p - 1;
}
uint8_t *jl_x_jcc8(struct jl_asm *a, enum jl_x64_cc cc) {
    if (!begin(a))
        return nowhere;
    put(a, 0x70u | (unsigned)cc);
    put(a, 0);
    return a->p - 1;
}
void jl_x_patch32(uint8_t *field, const uint8_t *target) {
    int32_t rel = (int32_t)((intptr_t)target - (intptr_t)(field + 4));
    memcpy(field, &rel, 4);
}
void jl_x_patch8(uint8_t *field, const uint8_t *target) {
    intptr_t rel = (intptr_t)target - (intptr_t)(field + 1);
    if (field == nowhere)
        return;
    if (rel != (int8_t)rel)
        abort(); /* a wild jump otherwise */
    *field = (uint8_t)rel;
}
void jl_x_jmp_to(struct jl_asm *a, const void *target) {
    uint8_t *field = jl_x_jmp32(a);
    if (!a->overflow)
        jl_x_patch32(field, target);
}
void jl_x_jcc_to(struct jl_asm *a, enum jl_x64_cc cc, const void *target) {
    uint8_t *field = jl_x_jcc32(a, cc);
    if (!a->overflow)
        jl_x_patch32(field, target);
}
void jl_x_call_to(struct jl_asm *a, const void *target) {
    uint8_t *field = jl_x_call32(a);
    if (!a->overflow)
        jl_x_patch32(field, target);
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
void jl_x_call_m(struct jl_asm *a, struct jl_memop m) {
    op_rm(a, 0, 4, 0xff, 2, &m, false);
}
void jl_x_ret(struct jl_asm *a) {
    if (begin(a))
        put(a, 0xc3);
}

void jl_x_mfence(struct jl_asm *a) {
    if (!begin(a))
        return;
    put(a, 0x0f);
    put(a, 0xae);
    put(a, 0xf0);
}

void jl_x_int3(struct jl_asm *a) {
    if (begin(a))
        put(a, 0xcc);
}
void jl_x_ud2(struct jl_asm *a) {
    if (!begin(a))
        return;
    put(a, 0x0f);
    put(a, 0x0b);
}

void jl_x_nops(struct jl_asm *a, unsigned bytes) {
    static const uint8_t nops[9][9] = {{0x90},
                                       {0x66, 0x90},
                                       {0x0f, 0x1f, 0x00},
                                       {0x0f, 0x1f, 0x40, 0},
                                       {0x0f, 0x1f, 0x44, 0, 0},
                                       {0x66, 0x0f, 0x1f, 0x44, 0, 0},
                                       {0x0f, 0x1f, 0x80, 0, 0, 0, 0},
                                       {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
                                       {0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}};
    while (bytes && begin(a)) {
        unsigned k = bytes < 9 ? bytes : 9;
        memcpy(a->p, nops[k - 1], k);
        a->p += k;
        bytes -= k;
    }
}
void jl_x_align(struct jl_asm *a, unsigned alignment) {
    jl_x_nops(a, (unsigned)(-(uintptr_t)a->p & (alignment - 1)));
}
