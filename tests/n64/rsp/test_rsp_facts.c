/* The vector unit: results that hardware gave. Sources: SYSTEMTEST is github.com/lemmy-64/n64-systemtest (tests/rsp),
 * whose expectations were verified on consoles; RSP.MD is doc/rsp.md of github.com/rasky/r64emu; WIKI is n64brew's
 * wiki, Reality Signal Processor/CPU Core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/n64/rsp/assemble.h"
#include "tests/n64/rsp/console.h"

static struct console *fresh(void **state) {
    static struct console c;
    (void)state;
    console_init(&c);
    return &c;
}

static void one(struct console *c, uint32_t word) {
    PROGRAM(c, 0, word, brk());
    console_run(c, 0);
}

static uint64_t accumulator(const struct console *c, unsigned i) {
    return (uint64_t)c->rsp->acc_hi[i] << 32 | (uint64_t)c->rsp->acc_md[i] << 16 | c->rsp->acc_lo[i];
}

static void set_accumulator(struct console *c, unsigned i, uint64_t value) {
    c->rsp->acc_hi[i] = (uint16_t)(value >> 32);
    c->rsp->acc_md[i] = (uint16_t)(value >> 16);
    c->rsp->acc_lo[i] = (uint16_t)value;
}

/* SYSTEMTEST op_vmulf .. op_vmadn, op_vmulq, op_vrndp, op_vrndn: one lane of each, vs and vt, vs being an even or an
 * odd register. */
static void test_multiplications(void **state) {
    enum { MULF, MULU, RNDP, MULQ, MUDL, MUDM, MUDN, MUDH, MACF, MACU, RNDN, MACQ, MADL, MADM, MADN, MADH };
    static const struct {
        unsigned op;
        uint64_t acc;
        uint16_t vs, vt;
        uint64_t want;
        uint16_t result;
        bool odd;
    } row[] = {
        {MULF, 1, 0x8000, 0x8001, 0x00007fff8000, 0x7fff, 0},
        {MULF, 1, 0x7fff, 0x8000, 0xffff80018000, 0x8001, 0},
        {MULF, 1, 0x7fff, 0x7fff, 0x00007ffe8002, 0x7ffe, 0},
        {MULF, 1, 0x8000, 0x8000, 0x000080008000, 0x7fff, 0},
        {MULF, 1, 0xffff, 0xe000, 0x00000000c000, 0x0000, 0},
        {MULU, 1, 0x8000, 0x8000, 0x000080008000, 0xffff, 0},
        {MULU, 1, 0x7fff, 0x8000, 0xffff80018000, 0x0000, 0},
        {MULU, 1, 0xffff, 0x0010, 0x000000007fe0, 0x0000, 0},
        {MACF, 0x00007fff8000, 0x8000, 0x8001, 0x0000fffe8000, 0x7fff, 0},
        {MACF, 0xffff80018000, 0x7fff, 0x8000, 0xffff00028000, 0x8000, 0},
        {MACF, 0x000080008000, 0x8000, 0x8000, 0x000100008000, 0x7fff, 0},
        {MACF, 0x7fff80008000, 0x8000, 0x8000, 0x800000008000, 0x8000, 0}, /* the accumulator itself overflows */
        {MACU, 0x00007fff8000, 0x8000, 0x8001, 0x0000fffe8000, 0xffff, 0},
        {MACU, 0xffff80018000, 0x7fff, 0x8000, 0xffff00028000, 0x0000, 0},
        {MACU, 0x7fff80008000, 0x8000, 0x8000, 0x800000008000, 0x0000, 0},
        {MUDL, 1, 0xffff, 0xe000, 0x00000000dfff, 0xdfff, 0},
        {MUDL, 1, 0x7fff, 0x8000, 0x000000003fff, 0x3fff, 0},
        {MUDM, 1, 0xffff, 0xe000, 0xffffffff2000, 0xffff, 0},
        {MUDM, 1, 0x8000, 0x8001, 0xffffbfff8000, 0xbfff, 0},
        {MUDM, 1, 0x7fff, 0x8000, 0x00003fff8000, 0x3fff, 0},
        {MUDN, 1, 0xffff, 0x8000, 0xffff80008000, 0x8000, 0},
        {MUDN, 1, 0x8000, 0x8001, 0xffffc0008000, 0x8000, 0},
        {MUDN, 1, 0xffff, 0xffff, 0xffffffff0001, 0x0001, 0},
        {MUDH, 1, 0xffff, 0xe000, 0x000020000000, 0x2000, 0},
        {MUDH, 1, 0x8000, 0x8001, 0x3fff80000000, 0x7fff, 0},
        {MUDH, 1, 0x7fff, 0x8000, 0xc00080000000, 0x8000, 0},
        {MADL, 0x00000000c000, 0xffff, 0xe000, 0x19fff, 0x9fff, 0},
        {MADL, 0x000080008000, 0x8000, 0x8000, 0x00008000c000, 0xffff, 0},
        {MADL, 0xffff80018000, 0x7fff, 0x8000, 0xffff8001bfff, 0xbfff, 0},
        {MADM, 0x00000000c000, 0xffff, 0xe000, 0xffffffffe000, 0xffff, 0},
        {MADM, 0x00007fff8000, 0x8000, 0x8001, 0x00003fff0000, 0x3fff, 0},
        {MADM, 0x00007ffe8002, 0x7fff, 0x7fff, 0x0000bffd8003, 0x7fff, 0},
        {MADN, 0xffffffff8000, 0x0001, 0x8000, 0xffffffff0000, 0x0000, 0},
        {MADN, 0x00007ffe8002, 0x7fff, 0x7fff, 0x0000bffd8003, 0xffff, 0},
        {MADN, 0xffff80018000, 0x7fff, 0x8000, 0xffff40020000, 0x0000, 0},
        {MADH, 0x00000000c000, 0xffff, 0xe000, 0x00002000c000, 0x2000, 0},
        {MADH, 0x00007fff8000, 0x8000, 0x8001, 0x3fffffff8000, 0x7fff, 0},
        {MADH, 0xffff80018000, 0x7fff, 0x8000, 0xc00000018000, 0x8000, 0},
        {MULQ, 1, 0x7fff, 0x7fff, 0x3fff00010000, 0x7ff0, 0},
        {MULQ, 1, 0xffff, 0x7fff, 0xffff80200000, 0xc010, 0},
        {MULQ, 1, 0x7fff, 0x8000, 0xc000801f0000, 0x8000, 0},
        {MULQ, 1, 0x0001, 0xfffe, 0x0000001d0000, 0x0000, 0},
        {MACQ, 0x0000001f0011, 1, 1, 0x0000001f0011, 0x0000, 0},
        {MACQ, 0x000000400022, 1, 1, 0x200022, 0x0010, 0},
        {MACQ, 0x000000600044, 1, 1, 0x000000600044, 0x0030, 0},
        {MACQ, 0x800000000088, 1, 1, 0x800000200088, 0x8000, 0},
        {MACQ, 0xffffffa0000f, 1, 1, 0xffffffa0000f, 0xffd0, 0},
        {MACQ, 0x7fffffc000f0, 1, 1, 0x7fffffa000f0, 0x7ff0, 0},
        {RNDP, 0x000000010000, 0, 0x0001, 0x000000010001, 0x0001, 0},
        {RNDP, 0x000000010000, 0, 0x0001, 0x000000020000, 0x0002, 1},
        {RNDP, 0xffff80017ffe, 0, 0x7fff, 0xffff80017ffe, 0x8001, 0},
        {RNDP, 0x3fff00013fff, 0, 0x8000, 0x3fff0000bfff, 0x7fff, 0},
        {RNDP, 0x3fff00013fff, 0, 0x8000, 0x3ffe80013fff, 0x7fff, 1},
        {RNDN, 0x3fff00013fff, 0, 0x8000, 0x3fff00013fff, 0x7fff, 1},
        {RNDN, 0xffff80017ffe, 0, 0x7fff, 0xffff8001fffd, 0x8001, 0},
        {RNDN, 0xffff80017ffe, 0, 0x7fff, 0x000000007ffe, 0x0000, 1},
        {RNDN, 0xc00080003fff, 0, 0x8002, 0xc0007fffc001, 0x8000, 0},
        {RNDN, 0xc00080003fff, 0, 0x8002, 0xc00000023fff, 0x8000, 1},
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct console *c = fresh(state);
        unsigned vs = row[i].odd ? 5 : 4, where = i % 8;
        set_accumulator(c, where, row[i].acc);
        c->rsp->vr[vs][where] = row[i].vs;
        c->rsp->vr[2][where] = row[i].vt;
        one(c, vector(row[i].op, 1, vs, 2, 0));
        if (accumulator(c, where) != row[i].want || c->rsp->vr[1][where] != row[i].result)
            fail_msg("row %u: accumulator %012llx, result %04x", i, (unsigned long long)accumulator(c, where),
                     c->rsp->vr[1][where]);
    }
}

/* Flags: bit 0 VCO low, 1 VCO high, 2 VCC low, 3 VCC high, 4 VCE. */
static unsigned flags_of(const struct console *c) {
    unsigned vco = jl_rsp_control(c->rsp, 0), vcc = jl_rsp_control(c->rsp, 1), vce = jl_rsp_control(c->rsp, 2);
    return (vco & 1) | (vco >> 8 & 1) << 1 | (vcc & 1) << 2 | (vcc >> 8 & 1) << 3 | (vce & 1) << 4;
}

static void set_flags(struct console *c, unsigned flags) {
    jl_rsp_set_control(c->rsp, 0, (uint16_t)((flags & 1) | (flags >> 1 & 1) << 8));
    jl_rsp_set_control(c->rsp, 1, (uint16_t)((flags >> 2 & 1) | (flags >> 3 & 1) << 8));
    jl_rsp_set_control(c->rsp, 2, flags >> 4 & 1);
}

/* SYSTEMTEST op_vector_arithmetic: one lane; what goes to the register, to the accumulator's low 16 bits, to the flags.
 */
static void test_arithmetic(void **state) {
    enum { LO = 1, HI = 2, CC = 4, CCH = 8, CE = 16, ALL = 31 };
    static const struct {
        unsigned op;
        uint16_t vs, vt;
        unsigned flags;
        uint16_t result, acc;
        unsigned want;
    } row[] = {
        {0x10, 0x7fff, 0x7fff, ALL, 0x7fff, 0xffff, CC | CCH | CE}, /* VADD */
        {0x10, 0x8000, 0xffff, LO, 0x8000, 0x8000, 0},
        {0x10, 0x8000, 0xffff, 0, 0x8000, 0x7fff, 0},
        {0x11, 0x8000, 0x7fff, LO, 0x8000, 0x0000, 0}, /* VSUB */
        {0x11, 0x0000, 0x7fff, LO, 0x8000, 0x8000, 0},
        {0x11, 0x7fff, 0x8000, LO | HI, 0x7fff, 0xfffe, 0},
        {0x13, 0xffff, 0x8000, ALL, 0x7fff, 0x8000, ALL}, /* VABS */
        {0x13, 0x8000, 0x0001, 0, 0xffff, 0xffff, 0},
        {0x13, 0x0000, 0x1234, 0, 0x0000, 0x0000, 0},
        {0x14, 0xffff, 0x0001, HI | CE, 0x0000, 0x0000, LO | CE}, /* VADDC */
        {0x14, 0x7fff, 0x0001, LO, 0x8000, 0x8000, 0},
        {0x15, 0x0000, 0x0001, 0, 0xffff, 0xffff, LO | HI}, /* VSUBC */
        {0x15, 0x8000, 0x0001, LO, 0x7fff, 0x7fff, HI},
        {0x15, 0x1234, 0x1234, LO | HI, 0, 0, 0},
        {0x16, 0xffff, 0x0003, ALL, 0, 0x0002, ALL}, /* VADDB and the other reserved ones */
        {0x3b, 0x7fff, 0x0001, 0, 0, 0x8000, 0},
        {0x20, 5, 5, LO | HI | CE, 5, 5, CC | CE}, /* VLT: equal, and less before */
        {0x20, 5, 5, LO, 5, 5, 0},
        {0x20, 0x8000, 1, CCH, 0x8000, 0x8000, CC},
        {0x21, 5, 5, HI | CC, 5, 5, 0}, /* VEQ */
        {0x21, 5, 5, LO, 5, 5, CC},
        {0x22, 5, 5, HI, 5, 5, CC}, /* VNE */
        {0x22, 5, 6, 0, 5, 5, CC},
        {0x23, 5, 5, LO | HI, 5, 5, 0}, /* VGE */
        {0x23, 5, 5, HI, 5, 5, CC},
        {0x23, 1, 0x8000, 0, 1, 1, CC},
        {0x25, 3, 5, ALL, 3, 3, HI}, /* VCH: same sign */
        {0x25, 5, 5, 0, 5, 5, CCH},
        {0x25, 7, 5, 0, 5, 5, HI | CCH},
        {0x25, 0xfffb, 5, 0, 0xfffb, 0xfffb, LO | CC},            /* -5 and 5 */
        {0x25, 0xfffa, 5, 0, 0xfffb, 0xfffb, LO | CC | CE},       /* -6: off by one */
        {0x25, 0xfff0, 5, 0, 0xfffb, 0xfffb, LO | HI | CC},       /* -16 */
        {0x25, 0, 0x8000, 0, 0x8000, 0x8000, LO | HI | CC | CCH}, /* 0 <= -(-32768) */
        {0x26, 0xfffa, 5, ALL, 0xfffa, 0xfffa, CC},               /* VCR: ~5 is the bound */
        {0x26, 0xfff0, 5, 0, 0xfffa, 0xfffa, CC},
        {0x26, 0xfffb, 5, 0, 0xfffb, 0xfffb, 0},
        {0x24, 0x8000, 5, CC, 5, 5, CC | CCH}, /* VCL: undecided, same sign, unsigned */
        {0x24, 3, 5, CCH, 3, 3, 0},
        {0x24, 0xfffb, 5, LO, 0xfffb, 0xfffb, 0}, /* opposite signs, no VCE: only 0 and 0 */
        {0x24, 0, 0, LO, 0, 0, CC},
        {0x24, 0x1000, 5, LO | CE, 0xfffb, 0xfffb, CC},
        {0x24, 0xfff0, 5, LO | HI | CC, 0xfffb, 0xfffb, CC}, /* decided before */
        {0x27, 1, 2, ALL, 1, 1, CC | CCH | CE},              /* VMRG */
        {0x27, 1, 2, LO | CCH, 2, 2, CCH},
        {0x2d, 0x00ff, 0x0f0f, ALL, 0xf00f, 0xf00f, ALL}, /* VNXOR */
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct console *c = fresh(state);
        set_accumulator(c, 0, 0x123456789abc);
        c->rsp->vr[1][0] = row[i].vs;
        c->rsp->vr[2][0] = row[i].vt;
        set_flags(c, row[i].flags);
        one(c, vector(row[i].op, 3, 1, 2, 0));
        if (c->rsp->vr[3][0] != row[i].result || accumulator(c, 0) != (0x123456780000 | row[i].acc) ||
            flags_of(c) != row[i].want)
            fail_msg("row %u: result %04x accumulator %012llx flags %02x", i, c->rsp->vr[3][0],
                     (unsigned long long)accumulator(c, 0), flags_of(c));
    }
}

/* WIKI, "Broadcast modifier". VOR of register 0 shows what VT becomes. */
static void test_broadcast(void **state) {
    static const char *const lanes[16] = {"01234567", "01234567", "00224466", "11335577", "00004444", "11115555",
                                          "22226666", "33337777", "00000000", "11111111", "22222222", "33333333",
                                          "44444444", "55555555", "66666666", "77777777"};
    struct console *c = fresh(state);
    for (unsigned e = 0; e < 16; e++) {
        for (unsigned i = 0; i < 8; i++)
            c->rsp->vr[1][i] = (uint16_t)('0' + i);
        one(c, vector(0x2a, 1, 0, 1, e)); /* onto itself */
        for (unsigned i = 0; i < 8; i++)
            assert_int_equal(c->rsp->vr[1][i], lanes[e][i]);
    }
}

/* SYSTEMTEST op_vsar; the register is written whatever the element is. */
static void test_vsar(void **state) {
    struct console *c = fresh(state);
    set_accumulator(c, 3, 0x111122223333);
    for (unsigned e = 0; e < 16; e++) {
        c->rsp->vr[1][3] = 0xeeee;
        one(c, vector(0x1d, 1, 0, 0, e));
        assert_int_equal(c->rsp->vr[1][3], e == 8 ? 0x1111 : e == 9 ? 0x2222 : e == 10 ? 0x3333 : 0);
    }
}

static uint32_t divide(struct console *c, unsigned low, uint32_t input) {
    c->rsp->vr[1][0] = (uint16_t)(input >> 16);
    c->rsp->vr[1][1] = (uint16_t)input;
    PROGRAM(c, 0, vector(0x32, 2, 0, 1, 8), vector(low, 2, 1, 1, 9), vector(0x32, 2, 0, 1, 8), brk());
    console_run(c, 0);
    return (uint32_t)c->rsp->vr[2][0] << 16 | c->rsp->vr[2][1];
}

/* RSP.MD's tables: entries 0, 1, 2, 241, 273, 511 of one and 0, 1, 255, 256, 511 of the other, and special inputs. The
 * inputs are such that all bits of the entry come out. */
static void test_divider(void **state) {
    static const struct {
        uint32_t input, rcp;
    } reciprocal[] = {
        {0, 0x7fffffff},
        {0xffff8000, 0xffff0000},
        {1, 0x7fffc000},
        {0xffffffff, 0x80003fff},
        {512, 0x1ffff << 5},
        {513, 0x1ff00 << 5},
        {514, 0x1fe01 << 5},
        {512 + 241, 0x15c22 << 5},
        {512 + 273, 0x14df1 << 5},
        {1023, 0x10040 << 5},
        {(uint32_t)-1023, ~(0x10040u << 5)},
        {0x80000000, 0xffffffff ^ (0x10040 >> 16)}, /* below -32768 the complement counts: 0x7fffffff */
    };
    static const struct {
        uint32_t input, rsq;
    } root[] = {
        {0, 0x7fffffff},
        {0xffff8000, 0xffff0000},
        {256, 0x1ffff << 10},
        {257, 0x1ff00 << 10},
        {511, 0x16a64u << 10},
        {512, 0x16a09 << 10},
        {1022, 0x10040 << 10},
        {1023, 0x10040 << 10},
        {1, 0x7fffc000},
        {4, 0x1ffffu << 13},
        {(uint32_t)-257, ~(0x1ff00u << 10)},
    };
    struct console *c = fresh(state);
    for (unsigned i = 0; i < sizeof reciprocal / sizeof *reciprocal; i++)
        if (divide(c, 0x31, reciprocal[i].input) != reciprocal[i].rcp)
            fail_msg("1 / %08x = %08x", reciprocal[i].input, divide(c, 0x31, reciprocal[i].input));
    for (unsigned i = 0; i < sizeof root / sizeof *root; i++)
        if (divide(c, 0x35, root[i].input) != root[i].rsq)
            fail_msg("1 / sqrt(%08x) = %08x", root[i].input, divide(c, 0x35, root[i].input));
}

/* SYSTEMTEST op_vmov_vrcp: VRCPH's input serves one VRCPL or VRSQL, and VRCP or VRSQ discard it; the upper result can
 * be fetched many times. */
static void test_divider_state(void **state) {
    static const unsigned clears[] = {0x30, 0x31, 0x34, 0x35};
    for (unsigned i = 0; i < 4; i++) {
        struct console *c = fresh(state);
        c->rsp->vr[1][0] = 0x1234;
        PROGRAM(c, 0, vector(0x32 + (i & 1) * 4, 2, 0, 1, 8), vector(clears[i], 2, 1, 1, 8), /* input set, input gone */
                vector(0x31, 2, 2, 1, 8), vector(0x32, 2, 3, 1, 8), vector(0x36, 2, 4, 1, 8), brk());
        console_run(c, 0);
        uint32_t alone = (uint32_t)c->rsp->vr[2][3] << 16 | c->rsp->vr[2][2];
        assert_int_equal(alone, divide(c, 0x31, 0x1234));
        assert_int_equal(c->rsp->vr[2][3], c->rsp->vr[2][4]);
    }
}

/* SYSTEMTEST op_vmov_vrcp: lanes. VMOV's source is broadcast first; the divider's is the element's lower 3 bits. */
static void test_single_lanes(void **state) {
    struct console *c = fresh(state);
    for (unsigned i = 0; i < 8; i++)
        c->rsp->vr[1][i] = (uint16_t)(0x100 << i | i);
    one(c, vector(0x33, 2, 8 + 5, 1, 6)); /* lane 5 of halves' lane 2: lane 6 */
    assert_int_equal(c->rsp->vr[2][5], 0x4006);
    assert_int_equal(c->rsp->acc_lo[0], 0x0402);
    one(c, vector(0x32, 2, 16 + 7, 1, 6)); /* VRCPH loads lane 6 */
    assert_int_equal(c->rsp->div_in, 0x4006);
    one(c, vector(0x32, 2, 7, 1, 4 + 8));
    assert_int_equal(c->rsp->div_in, 0x1004);
}

static void fill(uint16_t reg[8], unsigned first) {
    for (unsigned i = 0; i < 8; i++)
        reg[i] = (uint16_t)((first + 2 * i) << 8 | (first + 2 * i + 1));
}

static void check_bytes(const struct console *c, unsigned addr, const char *hex) {
    char text[33];
    for (unsigned i = 0; i < 16; i++)
        snprintf(text + 2 * i, 3, "%02x", c->rsp->dmem[(addr + i) & 0xfff]);
    assert_string_equal(text, hex);
}

static void check_lanes(const uint16_t reg[8], const char *hex) {
    char text[33];
    for (unsigned i = 0; i < 8; i++)
        snprintf(text + 4 * i, 5, "%04x", reg[i]);
    assert_string_equal(text, hex);
}

/* WIKI, scalar and 128-bit loads: LLV with element 13 loads 3 bytes; LQV and LRV fill a register together. Addresses
 * are offsets in units of the size. DMEM counts its bytes, the register is all a0.. */
static void test_loads(void **state) {
    const struct {
        uint32_t word;
        unsigned base;
        const char *want;
    } row[] = {
        {vload(0, 1, 5, 0, A0), 3, "a0a1a2a3a403a6a7a8a9aaabacadaeaf"},     /* LBV */
        {vload(2, 1, 13, 4, A0), 0, "a0a1a2a3a4a5a6a7a8a9aaabac101112"},    /* LLV */
        {vload(1, 1, 0, 0, A0), 0xfff, "ff00a2a3a4a5a6a7a8a9aaabacadaeaf"}, /* LSV */
        {vload(3, 1, 4, 0, A0), 0xffd, "a0a1a2a3fdfeff0001020304acadaeaf"}, /* LDV */
        {vload(4, 1, 0, 0, A0), 0x08, "08090a0b0c0d0e0fa8a9aaabacadaeaf"},  /* LQV */
        {vload(5, 1, 0, 0, A0), 0x18, "a0a1a2a3a4a5a6a71011121314151617"},  /* LRV */
        {vload(4, 1, 4, 0, A0), 0x08, "a0a1a2a308090a0b0c0d0e0facadaeaf"},
        {vload(5, 1, 4, 0, A0), 0x18, "a0a1a2a3a4a5a6a7a8a9aaab10111213"},
        {vload(5, 1, 0, 0, A0), 0x10, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"},  /* LRV of an aligned address: nothing */
        {vload(6, 1, 0, 0, A0), 0x0e, "0e000f00100011001200130014001500"},  /* LPV */
        {vload(7, 1, 10, 0, A0), 0x0e, "0a000a800b000b800400048005000580"}, /* LUV: the circle is 08..17 */
        {vload(8, 1, 0, 0, A0), 0x08, "0400050006000700080009000a000b00"},  /* LHV */
        {vload(9, 1, 0, 0, A0), 0x08, "0400060008000a00a8a9aaabacadaeaf"},  /* LFV */
        {vload(9, 1, 8, 0, A0), 0x08, "a0a1a2a3a4a5a6a70400060008000a00"},
        {vload(10, 1, 0, 0, A0), 0x40, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"}, /* LWV: nothing */
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct console *c = fresh(state);
        for (unsigned k = 0; k < 4096; k++)
            c->rsp->dmem[k] = (uint8_t)k;
        fill(c->rsp->vr[1], 0xa0);
        c->rsp->gpr[A0] = row[i].base;
        one(c, row[i].word);
        check_lanes(c->rsp->vr[1], row[i].want);
    }
}

/* WIKI and SYSTEMTEST op_vector_stores: stores wrap around in the register. */
static void test_stores(void **state) {
    struct console *c = fresh(state);
    fill(c->rsp->vr[1], 0xa0);
    c->rsp->gpr[A0] = 8;
    PROGRAM(c, 0, vstore(2, 1, 15, 2, A0),   /* SLV e15 to 0x10 */
            vstore(4, 1, 4, 1, A0),          /* SQV e4 to 0x18.. */
            vstore(5, 1, 4, 2, A0),          /* .. and SRV to 0x20.. */
            vstore(3, 1, 2, -2, A0),         /* SDV e2 to 0xff8 */
            vstore(7, 1, 7, 6, A0),          /* SUV e7 to 0x38: one lane by 7, seven by 8 */
            vstore(6, 1, 0, 7, A0),          /* SPV e0 to 0x40 */
            vstore(10, 1, 3, 4, A0), brk()); /* SWV e3 to 0x48: a circle of 16 bytes from there */
    console_run(c, 0);
    check_bytes(c, 0x10, "afa0a1a200000000a4a5a6a7a8a9aaab");
    check_bytes(c, 0x20, "acadaeafa0a1a2a30000000000000000");
    check_bytes(c, 0xff8, "a2a3a4a5a6a7a8a90000000000000000");
    check_bytes(c, 0x38, "5da0a2a4a6a8aaaca0a2a4a6a8aaacae");
    check_bytes(c, 0x48, "a3a4a5a6a7a8a9aaabacadaeafa0a1a2");
}

/* SYSTEMTEST op_vector_stores, SFV: the elements that store lanes, all others store zeros. */
static void test_sfv(void **state) {
    static const char *const lanes[16] = {"0123", "6745", "", "",     "1230", "7456", "", "",
                                          "4567", "",     "", "3012", "5674", "",     "", "0123"};
    struct console *c = fresh(state);
    for (unsigned e = 0; e < 16; e++) {
        memset(c->rsp->dmem, 0xee, sizeof c->rsp->dmem);
        for (unsigned i = 0; i < 8; i++)
            c->rsp->vr[1][i] = (uint16_t)(('0' + i) << 7);
        c->rsp->gpr[A0] = 0x28 + 5;
        one(c, vstore(9, 1, e, 0, A0));
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(c->rsp->dmem[0x28 + (5 + 4 * i) % 16], *lanes[e] ? lanes[e][i] : 0);
        assert_int_equal(c->rsp->dmem[0x28], 0xee);
    }
}

/* RSP.MD, "128-bit vector transpose": STV and LTV of all diagonals transpose a matrix. */
static void test_transpose(void **state) {
    struct console *c = fresh(state);
    for (unsigned r = 0; r < 8; r++)
        for (unsigned i = 0; i < 8; i++)
            c->rsp->vr[8 + r][i] = (uint16_t)(16 * r + i);
    for (unsigned k = 1; k < 8; k++)
        one(c, vstore(11, 8 + k, 2 * k, (int)k, 0)); /* any register of the eight names them */
    for (unsigned k = 1; k < 8; k++)
        one(c, vload(11, 8, 16 - 2 * k, (int)k, 0));
    for (unsigned r = 0; r < 8; r++)
        for (unsigned i = 0; i < 8; i++)
            assert_int_equal(c->rsp->vr[8 + r][i], 16 * i + r);
}

/* SYSTEMTEST op_mfc2_mtc2 and op_cfc2_ctc2. */
static void test_moves(void **state) {
    struct console *c = fresh(state);
    fill(c->rsp->vr[5], 0x81);
    c->rsp->gpr[T0] = 0x12345678;
    PROGRAM(c, 0, cop2(0, T1, 5, 15), cop2(0, T2, 5, 3), cop2(4, T0, 6, 15), cop2(4, T0, 6, 4), brk());
    console_run(c, 0);
    assert_int_equal(c->rsp->gpr[T1], 0xffff9081);
    assert_int_equal(c->rsp->gpr[T2], 0xffff8485);
    check_lanes(c->rsp->vr[6], "00000000567800000000000000000056");

    static const uint32_t want[3] = {0xffff8678, 0xffff8321, 0x84};
    c->rsp->gpr[A0] = 0x12348678;
    c->rsp->gpr[A0 + 1] = 0x87658321;
    c->rsp->gpr[A0 + 2] = 0x11223384;
    PROGRAM(c, 0, cop2(6, A0, 0, 0), cop2(6, A0 + 1, 29, 0), cop2(6, A0 + 2, 3, 0), brk());
    console_run(c, 0);
    for (unsigned reg = 0; reg < 32; reg++) {
        one(c, cop2(2, T0, reg, 0));
        assert_int_equal(c->rsp->gpr[T0], want[reg % 4 < 2 ? reg % 4 : 2]);
    }
}

int main(int argc, char **argv) {
    console_arguments(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multiplications), cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_broadcast),       cmocka_unit_test(test_vsar),
        cmocka_unit_test(test_divider),         cmocka_unit_test(test_divider_state),
        cmocka_unit_test(test_single_lanes),    cmocka_unit_test(test_loads),
        cmocka_unit_test(test_stores),          cmocka_unit_test(test_sfv),
        cmocka_unit_test(test_transpose),       cmocka_unit_test(test_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
