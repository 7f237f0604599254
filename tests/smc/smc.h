/* smc.h: what the torture programs for changing code share: instruction words, code pages, and how a change is announced.
 *
 * Every program checks itself: each case says what the code must compute after each change, from a model in C. Options:
 *   (none)  changes are announced by cacheflush (from C) or SYNCI (from the code itself)
 *   -y      by SYNCI everywhere
 *   -u      not announced: what page-fault, bitmap and checksum promise to notice
 *   -e      with -u: leaves out what has to be seen at the very next instruction and is not a store of a region into
 *           itself by its own address: checksum notices that at the next entry of a region, call or turn of a loop
 * Built for the two MIPS variants only.
 */
#ifndef SMC_H
#define SMC_H

#define PROGRAMS_OWN_MAIN
#include "emit.h"

#include <fcntl.h>

enum { ZERO = 0, AT = 1, V0 = 2, V1 = 3, A0 = 4, A1 = 5, A2 = 6, A3 = 7, T0 = 8, T1 = 9, T2 = 10, T3 = 11, T9 = 25, SP = 29, RA = 31 };
enum { PAGE = 4096 };

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { BIG = 1 };
#else
enum { BIG = 0 };
#endif

static uint32_t only_entry; /* -e */
#define SMC_OPTIONS {'e', &only_entry, 0, 0}, CODE_OPTIONS

/* ---- instruction words ---- */

static inline uint32_t itype(unsigned op, unsigned rs, unsigned rt, int imm) {
    return op << 26 | rs << 21 | rt << 16 | (uint16_t)imm;
}
static inline uint32_t rtype(unsigned rs, unsigned rt, unsigned rd, unsigned sa, unsigned fn) {
    return rs << 21 | rt << 16 | rd << 11 | sa << 6 | fn;
}
#define NOP 0u
#define ADDIU(rt, rs, imm) itype(9, rs, rt, imm)
#define ORI(rt, rs, imm) itype(13, rs, rt, imm)
#define XORI(rt, rs, imm) itype(14, rs, rt, imm)
#define LUI(rt, imm) itype(15, 0, rt, imm)
#define ADDU(rd, rs, rt) rtype(rs, rt, rd, 0, 0x21)
#define MOVE(rd, rs) rtype(rs, 0, rd, 0, 0x25)
#define SLL(rd, rt, sa) rtype(0, rt, rd, sa, 0)
#define LW(rt, off, rs) itype(35, rs, rt, off)
#define SB(rt, off, rs) itype(40, rs, rt, off)
#define SH(rt, off, rs) itype(41, rs, rt, off)
#define SWL(rt, off, rs) itype(42, rs, rt, off)
#define SW(rt, off, rs) itype(43, rs, rt, off)
#define SWR(rt, off, rs) itype(46, rs, rt, off)
#define LL(rt, off, rs) itype(48, rs, rt, off)
#define SC(rt, off, rs) itype(56, rs, rt, off)
#define SWC1(ft, off, rs) itype(57, rs, ft, off)
#define SDC1(ft, off, rs) itype(61, rs, ft, off)
#define MTC1(rt, fs) (17u << 26 | 4u << 21 | (uint32_t)(rt) << 16 | (uint32_t)(fs) << 11)
#define MTHC1(rt, fs) (17u << 26 | 7u << 21 | (uint32_t)(rt) << 16 | (uint32_t)(fs) << 11)
#define SYNCI(off, rs) itype(1, rs, 31, off)
#define RDHWR(rt, rd) rtype(0, rt, rd, 0, 0x3b | 31u << 26)
#define SYSCALL 12u
#define JR(rs) rtype(rs, 0, 0, 0, 8)
#define JALR(rd, rs) rtype(rs, 0, rd, 0, 9)
/* to: address of the target; at: of the branch */
#define OFFSET(at, to) ((int)((intptr_t)(to) - (intptr_t)(at) - 4) >> 2)
#define BEQ(rs, rt, at, to) itype(4, rs, rt, OFFSET(at, to))
#define BNE(rs, rt, at, to) itype(5, rs, rt, OFFSET(at, to))
#define BEQL(rs, rt, at, to) itype(20, rs, rt, OFFSET(at, to))
#define BNEL(rs, rt, at, to) itype(21, rs, rt, OFFSET(at, to))
#define J(to) (2u << 26 | ((uint32_t)(uintptr_t)(to) >> 2 & 0x3ffffff))
#define JAL(to) (3u << 26 | ((uint32_t)(uintptr_t)(to) >> 2 & 0x3ffffff))

/* ---- code ---- */

typedef uint32_t (*smc_fn)(uint32_t a, uint32_t b, uint32_t c, uint32_t d);

static inline uint32_t call(const void *code, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    smc_fn f;
    memcpy(&f, &code, sizeof f);
    return f(a, b, c, d);
}

static inline uint32_t address(const void *p) {
    return (uint32_t)(uintptr_t)p;
}

/* One 32-bit store. */
static inline void put(void *at, uint32_t word) {
    *(volatile uint32_t *)at = word;
}

/* One 32-bit store, announced for the address that it is executed at. */
static inline void patch(void *at, uint32_t word) {
    put(at, word);
    code_sync(at, (uint8_t *)at + 4);
}

/* In generated code, behind a store to the words at 0(reg) and 4(reg). */
static inline void emit_announce(struct code *c, unsigned reg) {
    if (code_unflushed)
        return;
    code_word(c, SYNCI(0, reg));
    code_word(c, SYNCI(4, reg));
}

/* addiu v0, zero, value; jr ra: the smallest function. Returns the first byte behind it. */
static inline uint8_t *put_constant(uint8_t *at, uint32_t value) {
    struct code c = {at};
    code_word(&c, JR(RA));
    code_word(&c, ADDIU(V0, ZERO, value));
    return c.at;
}

/* Names a case with numbers. */
static inline void expect_at(const char *what, uint32_t i, uint32_t k, uint32_t got, uint32_t want) {
    if (got == want)
        return;
    out_text("case ");
    out_number(i);
    out_text(" ");
    out_number(k);
    out_text(" ");
    expect(what, got, want);
}

static inline void need(bool ok, const char *what) {
    if (ok)
        return;
    out_text("FAILED: cannot ");
    out_text(what);
    out_text("\n");
    out_flush();
    _exit(1);
}

#endif
