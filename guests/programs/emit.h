/* emit.h: writing machine code at run time, for the self-modifying programs.
 *
 * One tiny assembler with two back ends, MIPS32 (either endianness: instructions are stored as 32-bit words) and
 * x86-64, so that the same program modifies code in the same pattern on guest and host. Four registers, two-operand
 * instructions, no labels: a program that needs a branch emits it towards a known address.
 *
 * `code_sync` is the architectural act after writing code, chosen at run time by the program's options:
 *   default       the cacheflush system call (not __builtin___clear_cache: for MIPS32r2 GCC may turn that into SYNCI)
 *   -u            nothing: undefined on real MIPS hardware, and what distinguishes invalidation strategies that watch
 *                 stores from those that wait to be told
 *   -y            the unprivileged SYNCI instruction, the other architectural way since MIPS32r2
 * x86-64 keeps instruction fetch coherent itself: all three are the same there.
 */
#ifndef PROGRAMS_EMIT_H
#define PROGRAMS_EMIT_H

#include "common.h"
#include <sys/mman.h>
#ifdef __mips__
#include <sys/cachectl.h>
#endif

typedef uint32_t (*code_fn)(uint32_t a, uint32_t b);

/* R_RES is the function's result, R_A and R_B its arguments, R_T is free. */
enum reg { R_RES, R_A, R_B, R_T };
enum alu { OP_ADD, OP_SUB, OP_AND, OP_OR, OP_XOR, OP_MUL, OP_MOVE };

struct code {
    uint8_t *at;
};

static uint32_t code_unflushed, code_synci;
#define CODE_OPTIONS                                                                                                   \
    {'u', &code_unflushed, 0, 0}, {                                                                                    \
        'y', &code_synci, 0, 0                                                                                         \
    }

static inline uint8_t *code_memory(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        out_text("FAILED: mmap of writable and executable memory\n");
        out_flush();
        _exit(1);
    }
    return p;
}

/* Object to function pointer, which ISO C leaves to the implementation. */
static inline code_fn code_entry(const void *p) {
    code_fn f;
    memcpy(&f, &p, sizeof f);
    return f;
}

#ifdef __mips__

#define CODE_MAX_BYTES 8 /* longest encoding of one code_* call */

static inline void code_word(struct code *c, uint32_t w) {
    memcpy(c->at, &w, 4);
    c->at += 4;
}

static inline uint32_t code_reg(enum reg r) {
    static const uint8_t number[] = {2, 4, 5, 8}; /* v0 a0 a1 t0 */
    return number[r];
}

/* rd = rd OP rs */
static inline void code_op(struct code *c, enum alu op, enum reg rd, enum reg rs) {
    static const uint32_t word[] = {0x21, 0x23, 0x24, 0x25, 0x26, 0x70000002, 0x25};
    uint32_t d = code_reg(rd), s = code_reg(rs);
    uint32_t first = op == OP_MOVE ? 0 : d;
    code_word(c, word[op] | first << 21 | s << 16 | d << 11);
}

/* rd = rs + imm, one instruction; the immediate can be patched with code_patch */
static inline void code_addi(struct code *c, enum reg rd, enum reg rs, int16_t imm) {
    code_word(c, 0x24000000 | code_reg(rs) << 21 | code_reg(rd) << 16 | (uint16_t)imm);
}

static inline void code_patch(uint8_t *addi, int16_t imm) {
    uint32_t w;
    memcpy(&w, addi, 4);
    w = (w & 0xffff0000) | (uint16_t)imm;
    *(volatile uint32_t *)(void *)addi = w; /* one store, as a program that patches itself does it */
}

static inline void code_li(struct code *c, enum reg rd, uint32_t v) {
    code_word(c, 0x3c000000 | code_reg(rd) << 16 | v >> 16);
    code_word(c, 0x34000000 | code_reg(rd) << 21 | code_reg(rd) << 16 | (v & 0xffff));
}

static inline void code_shl(struct code *c, enum reg rd, unsigned n) {
    code_word(c, code_reg(rd) << 16 | code_reg(rd) << 11 | n << 6);
}

static inline void code_ret(struct code *c) {
    code_word(c, 0x03e00008); /* jr ra */
    code_word(c, 0);
}

/* An unconditional branch to the instruction `bytes` further on from its own start. */
static inline void code_skip(struct code *c, unsigned bytes) {
    code_word(c, 0x10000000 | ((bytes - 4) >> 2 & 0xffff));
    code_word(c, 0);
}

static inline void code_flush(uint8_t *from, uint8_t *to) {
    cacheflush(from, (int)(to - from), BCACHE);
}

/* Register 1 of RDHWR is the length of a line; 0 says that there is nothing to do. JR.HB ends the hazard. */
static inline void code_sync_lines(uint8_t *from, uint8_t *to) {
    uint32_t step, next;
    __asm__ volatile(".set push\n\t.set mips32r2\n\trdhwr %0, $1\n\t.set pop" : "=r"(step));
    if (step)
        for (uintptr_t p = (uintptr_t)from & -(uintptr_t)step; p < (uintptr_t)to; p += step)
            __asm__ volatile("synci 0(%0)" : : "r"(p) : "memory");
    __asm__ volatile(".set push\n\t.set noreorder\n\tsync\n\tla %0, 1f\n\tjr.hb %0\n\tnop\n1:\t.set pop"
                     : "=&r"(next)
                     :
                     : "memory");
}

#else

#define CODE_MAX_BYTES 8

static inline void code_bytes(struct code *c, const uint8_t *bytes, size_t n) {
    memcpy(c->at, bytes, n);
    c->at += n;
}

static inline uint8_t code_reg(enum reg r) {
    static const uint8_t number[] = {0, 7, 6, 1}; /* eax edi esi ecx */
    return number[r];
}

static inline void code_op(struct code *c, enum alu op, enum reg rd, enum reg rs) {
    static const uint8_t opcode[] = {0x01, 0x29, 0x21, 0x09, 0x31, 0, 0x89};
    uint8_t d = code_reg(rd), s = code_reg(rs);
    if (op == OP_MUL)
        code_bytes(c, (uint8_t[]){0x0f, 0xaf, (uint8_t)(0xc0 | d << 3 | s)}, 3);
    else
        code_bytes(c, (uint8_t[]){opcode[op], (uint8_t)(0xc0 | s << 3 | d)}, 2);
}

/* lea rd, [rs + imm32] with the displacement in the last four bytes */
static inline void code_addi(struct code *c, enum reg rd, enum reg rs, int16_t imm) {
    int32_t wide = imm;
    code_bytes(c, (uint8_t[]){0x8d, (uint8_t)(0x80 | code_reg(rd) << 3 | code_reg(rs))}, 2);
    code_bytes(c, (const uint8_t *)&wide, 4);
}

static inline void code_patch(uint8_t *addi, int16_t imm) {
    int32_t wide = imm;
    memcpy(addi + 2, &wide, 4);
    BARRIER();
}

static inline void code_li(struct code *c, enum reg rd, uint32_t v) {
    code_bytes(c, (uint8_t[]){(uint8_t)(0xb8 | code_reg(rd))}, 1);
    code_bytes(c, (const uint8_t *)&v, 4);
}

static inline void code_shl(struct code *c, enum reg rd, unsigned n) {
    code_bytes(c, (uint8_t[]){0xc1, (uint8_t)(0xe0 | code_reg(rd)), (uint8_t)n}, 3);
}

static inline void code_ret(struct code *c) {
    code_bytes(c, (uint8_t[]){0xc3}, 1);
}

static inline void code_skip(struct code *c, unsigned bytes) {
    int32_t wide = (int32_t)bytes - 5;
    code_bytes(c, (uint8_t[]){0xe9}, 1);
    code_bytes(c, (const uint8_t *)&wide, 4);
}

static inline void code_flush(uint8_t *from, uint8_t *to) {
    __builtin___clear_cache((char *)from, (char *)to);
}
static inline void code_sync_lines(uint8_t *from, uint8_t *to) {
    code_flush(from, to);
}

#endif

static inline void code_sync(uint8_t *from, uint8_t *to) {
    BARRIER();
    if (code_unflushed)
        return;
    if (code_synci)
        code_sync_lines(from, to);
    else
        code_flush(from, to);
}

#endif
