/* What the encoder's files are made of: see asm.h.
 *
 * An instruction is [65 67] [mandatory or size prefix] [REX] opcode [ModRM [SIB] [displacement]] [immediate], or the
 * same with a VEX prefix instead of prefix, REX and the opcode's leading bytes. op_rr, op_rm and vex_rr write all but
 * the immediate. begin looks for room once for the whole instruction, so that what follows it writes without looking:
 * 16 bytes are more than the longest. An immediate is put only if there was room, which a->overflow tells.
 *
 * Only asm.c and asm_sse.c include this; the names are short for that reason.
 */
#ifndef JL_X64_ASM_IMPL_H
#define JL_X64_ASM_IMPL_H

#include <string.h>

#include "jit/x64/asm.h"

enum { MAX_INSTRUCTION = 16 };

static inline bool begin(struct jl_asm *a) {
    if (a->overflow || a->end - a->p < MAX_INSTRUCTION) {
        a->overflow = true;
        return false;
    }
    a->instructions++;
    return true;
}

/* A copy to write through: bytes may alias a->p, so that the compiler would load and store it for each one; it knows
 * that they do not alias a copy whose address goes nowhere. */
static inline struct jl_asm cursor(const struct jl_asm *a) {
    return (struct jl_asm){.p = a->p};
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
static inline void put_opcode(struct jl_asm *a, uint32_t opcode) {
    if (opcode > 0xffff)
        put(a, opcode >> 16);
    if (opcode > 0xff)
        put(a, opcode >> 8 & 0xff);
    put(a, opcode & 0xff);
}

static inline void put_rex(struct jl_asm *a, unsigned w, unsigned reg, unsigned index, unsigned base, bool force) {
    unsigned rex = 0x40 | (w == 8 ? 8 : 0) | (reg & 8) >> 1 | (index & 8) >> 2 | (base & 8) >> 3;
    if (rex != 0x40 || force)
        put(a, rex);
}

static inline void put_modrm(struct jl_asm *a, unsigned mod, unsigned reg, unsigned rm) {
    put(a, mod << 6 | (reg & 7) << 3 | (rm & 7));
}

/* ModRM, SIB and displacement of a memory operand. tail: bytes of immediate that follow (rip counts from their end). */
static inline void put_mem(struct jl_asm *a, unsigned reg, const struct jl_memop *m, unsigned tail) {
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

static inline unsigned rex_index(const struct jl_memop *m) {
    return m->index == JL_NOREG ? 0 : m->index;
}
static inline unsigned rex_base(const struct jl_memop *m) {
    return m->base == JL_NOREG ? 0 : m->base;
}

/* [prefix] [rex] opcode modrm(reg, rm) */
static inline void op_rr(struct jl_asm *a, unsigned prefix, unsigned w, uint32_t opcode, unsigned reg, unsigned rm,
                         bool byte) {
    if (!begin(a))
        return;
    struct jl_asm c = cursor(a);
    if (prefix)
        put(&c, prefix);
    put_rex(&c, w, reg, 0, rm, byte);
    put_opcode(&c, opcode);
    put_modrm(&c, 3, reg, rm);
    a->p = c.p;
}

static inline void op_rm_tail(struct jl_asm *a, unsigned prefix, unsigned w, uint32_t opcode, unsigned reg,
                              const struct jl_memop *m, bool byte, unsigned tail) {
    struct jl_asm c = cursor(a);
    if (m->gs) {
        put(&c, 0x65);
        put(&c, 0x67);
    }
    if (prefix)
        put(&c, prefix);
    put_rex(&c, w, reg, rex_index(m), rex_base(m), byte);
    put_opcode(&c, opcode);
    put_mem(&c, reg, m, tail);
    a->p = c.p;
}

static inline void op_rm(struct jl_asm *a, unsigned prefix, unsigned w, uint32_t opcode, unsigned reg,
                         const struct jl_memop *m, bool byte) {
    if (begin(a))
        op_rm_tail(a, prefix, w, opcode, reg, m, byte, 0);
}

/* VEX: map 1 = 0f, 2 = 0f38, 3 = 0f3a; pp 1 = 66, 2 = f3, 3 = f2. vvvv is the second source. */
static inline void vex_rr(struct jl_asm *a, unsigned map, unsigned pp, unsigned w, unsigned opcode, unsigned reg,
                          unsigned vvvv, unsigned rm) {
    if (!begin(a))
        return;
    put(a, 0xc4);
    put(a, (reg & 8 ? 0 : 0x80) | 0x40 | (rm & 8 ? 0 : 0x20) | map);
    put(a, (w == 8 ? 0x80 : 0) | (~vvvv & 15) << 3 | pp);
    put(a, opcode);
    put_modrm(a, 3, reg, rm);
}

#endif
