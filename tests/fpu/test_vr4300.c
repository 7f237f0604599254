/* The VR4300's FPU against what n64-systemtest found on hardware (github.com/lemmy-64/n64-systemtest, src/tests/cop1):
 * its hashes over random operands, its rules as tables, and the interpreter's quick forms against the exact ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jit/fpu/vr4300.h"
#include "jit/interp.h"
#include "jit/mem.h"

enum { CODE = 0x10000, MODE = JL_MODE_BE | JL_MODE_64 | JL_MODE_VR4300, FS = 0, FT = 2, FD = 4 };
enum { S = 16, D = 17, W = 20, L = 21 }; /* the instruction's format field */
enum { I = 1, U = 2, O = 4, Z = 8, V = 16, E = 32 };
enum { NEAREST, ZERO, UP, DOWN };

#define HAS_FT(fn) ((fn) < 4 || (fn) >= 48)
#define COP1(fmt, fn) (0x44000000u | (uint32_t)(fmt) << 21 | (HAS_FT(fn) ? FT << 16 : 0) | FS << 11 | FD << 6 | (fn))
enum { ADD, SUB, MUL, DIV, SQRT, ABS, MOV, NEG, ROUND_L, TRUNC_L, CEIL_L, FLOOR_L, ROUND_W, TRUNC_W, CEIL_W, FLOOR_W };
enum { CVT_S = 32, CVT_D, CVT_W = 36, CVT_L, C_F = 48, C_SF = 56 };
#define SYSCALL 12u

struct guest {
    struct jl_mem *mem;
    struct jl_interp_cache *cache;
    struct jl_cpu cpu;
};

static int start(void **state) {
    static struct guest g;
    memset(&g, 0, sizeof g);
    g.mem = jl_mem_create(true);
    g.cache = jl_interp_cache_new();
    if (!g.mem || !g.cache || jl_mem_map(g.mem, CODE, JL_PAGE, JL_PAGE_R | JL_PAGE_W, -1, 0, false))
        return -1;
    g.cpu.mem = g.mem;
    g.cpu.isa = JL_ISA_SET_VR4300;
    g.cpu.mode = MODE | JL_MODE_FR;
    *state = &g;
    return 0;
}

static int stop(void **state) {
    struct guest *g = *state;
    jl_interp_cache_free(g->cache);
    jl_mem_destroy(g->mem);
    return 0;
}

/* One instruction with FCSR and the operands; FD keeps what it has when there is an exception. */
static bool run(struct guest *g, uint32_t word, uint32_t fcsr, uint64_t a, uint64_t b) {
    jl_mem_store(g->mem, CODE, 4, word);
    jl_mem_store(g->mem, CODE + 4, 4, SYSCALL);
    g->cpu.pc = CODE;
    g->cpu.slice = 100;
    g->cpu.fcsr = fcsr;
    g->cpu.var[JL_VAR_FPR + FS] = a;
    g->cpu.var[JL_VAR_FPR + FT] = b;
    enum jl_exit r = jl_interp_run(&g->cpu, g->cache, 100);
    assert_int_equal(g->cpu.pc, CODE + (r == JL_EXIT_FPE ? 0 : 4));
    assert_true(r == JL_EXIT_FPE || r == JL_EXIT_SYSCALL);
    return r != JL_EXIT_FPE;
}

/* ---- random operands, as the crate oorandom makes them: PCG (pcg-random.org), XSH RR ---- */

typedef unsigned __int128 uint128;

struct random {
    uint64_t state;
    uint128 wide;
};

static uint32_t random32(struct random *r) {
    uint64_t s = r->state, inc = 1442695040888963407ull << 1 | 1;
    r->state = s * 6364136223846793005ull + inc;
    uint32_t x = (uint32_t)((s >> 18 ^ s) >> 27), n = (uint32_t)(s >> 59);
    return x >> n | x << (-n & 31);
}

static uint64_t random64(struct random *r) {
    const uint128 multiplier = (uint128)2549297995355413924ull << 64 | 4865540595714422341ull;
    const uint128 inc = ((uint128)0x2fe0e169ffbd06e3ull << 64 | 0x5bc307bd4d2f814full) << 1 | 1;
    uint128 s = r->wide;
    r->wide = s * multiplier + inc;
    uint64_t x = (uint64_t)((s >> 29 ^ s) >> 58);
    unsigned n = (unsigned)(s >> 122);
    return x >> n | x << (-n & 63);
}

static struct random seeded(void) {
    struct random r = {0, 0};
    for (unsigned n = 0; n < 2; n++) {
        random32(&r);
        random64(&r);
    }
    return r;
}

static void test_hashes(void **state) {
    struct guest *g = *state;
    static const struct {
        uint32_t word;
        unsigned count;
        uint64_t hash;
    } row[] = {
        {COP1(S, ADD), 3000, 0x341aa5e3310b4ab0},   {COP1(D, ADD), 3000, 0xe888e60dc53b5a03},
        {COP1(S, SUB), 3000, 0xa56dbeaf17cd7173},   {COP1(D, SUB), 3000, 0x79d3b74f1bc3ff24},
        {COP1(S, MUL), 2000, 0x170788e9b03e2c0a},   {COP1(D, MUL), 2000, 0x15e6d76853f4df59},
        {COP1(S, DIV), 2000, 0x55c6839600fd0fa2},   {COP1(D, DIV), 2000, 0xa2ae9ba9a3fec554},
        {COP1(S, SQRT), 2000, 0x0276c42a0e3a11a1},  {COP1(D, SQRT), 2000, 0x6cb8986281efca80},
        {COP1(W, CVT_S), 2000, 0x8ac09585da537355}, {COP1(S, CVT_W), 2000, 0x41ca013057f72659},
    };
    for (unsigned k = 0; k < sizeof row / sizeof row[0]; k++) {
        struct random r = seeded();
        uint64_t hash = 0;
        g->cpu.var[JL_VAR_FPR + FD] = 0;
        for (unsigned n = 0; n < row[k].count; n++) {
            bool wide = (row[k].word >> 21 & 31) == D;
            uint64_t a = wide ? random64(&r) : random32(&r), b = wide ? random64(&r) : random32(&r);
            run(g, row[k].word, (n & 1 ? JL_FCSR_FS : 0) | (n >> 1 & 3), a, b);
            hash = hash * 397 ^ g->cpu.var[JL_VAR_FPR + FD];
            hash = hash * 397 ^ g->cpu.fcsr;
        }
        assert_int_equal(hash, row[k].hash);
    }
}

/* ---- rules ---- */

#define MIN_S 0x00800000u /* smallest normal numbers */
#define MIN_D 0x0010000000000000u
#define SNAN_S 0x7fc00000u /* MIPS's meaning of the top fraction bit */
#define QNAN_S 0x7f800001u
#define NAN_S 0x7fbfffffu /* what results are */
#define SNAN_D 0xffffffffffffffffu
#define QNAN_D 0x7ff7ffffffffffffu
#define NAN_D 0x7ff7ffffffffffffu
#define INF_S 0x7f800000u

static void test_rules(void **state) {
    struct guest *g = *state;
    static const struct {
        uint32_t word;
        uint64_t a, b;
        uint32_t control, cause; /* FS, rounding; E: no result */
        uint64_t result;
    } row[] = {
        /* underflow */
        {COP1(S, DIV), MIN_S, 0x40000000, 0, E, 0},
        {COP1(S, DIV), MIN_S, 0x40000000, JL_FCSR_FS | NEAREST, U | I, 0},
        {COP1(S, DIV), MIN_S, 0x40000000, JL_FCSR_FS | UP, U | I, MIN_S},
        {COP1(S, DIV), MIN_S, 0xc0000000, JL_FCSR_FS | UP, U | I, 0x80000000},
        {COP1(S, DIV), MIN_S, 0xc0000000, JL_FCSR_FS | DOWN, U | I, 0x80000000 | MIN_S},
        {COP1(D, MUL), MIN_D, MIN_D, JL_FCSR_FS | UP, U | I, MIN_D},
        {COP1(D, CVT_S), MIN_D, 0, JL_FCSR_FS | DOWN, U | I, 0},
        {COP1(S, DIV), MIN_S, 0x3f800001, JL_FCSR_FS | NEAREST, U | I, 0},
        /* denormal operands, also next to a NaN and an infinity */
        {COP1(S, ADD), 1, 0, JL_FCSR_FS, E, 0},
        {COP1(S, MUL), 0, 0x807fffff, 0, E, 0},
        {COP1(S, DIV), SNAN_S, 1, 0, E, 0},
        {COP1(S, MUL), INF_S, 1, JL_FCSR_FS, E, 0},
        {COP1(S, ABS), 0x807fffff, 0, 0, E, 0},
        {COP1(D, NEG), 1, 0, 0, E, 0},
        {COP1(S, CVT_D), 1, 0, 0, E, 0},
        /* NaNs */
        {COP1(S, ADD), SNAN_S, 0x3f800000, 0, V, NAN_S},
        {COP1(S, ADD), 0x3f800000, QNAN_S, 0, E, 0},
        {COP1(S, DIV), QNAN_S, SNAN_S, 0, E, 0},
        {COP1(D, SUB), SNAN_D, SNAN_D, 0, V, NAN_D},
        {COP1(S, NEG), SNAN_S, 0, 0, V, NAN_S},
        {COP1(D, ABS), QNAN_D, 0, 0, E, 0},
        {COP1(S, MOV), QNAN_S | 5ull << 32, 0, 0, 0, QNAN_S | 5ull << 32},
        {COP1(S, CVT_D), SNAN_S, 0, 0, V, NAN_D},
        {COP1(D, CVT_S), SNAN_D, 0, 0, V, NAN_S},
        {COP1(S, DIV), 0, 0, 0, V, NAN_S},
        {COP1(S, SQRT), 0xc0800000, 0, 0, V, NAN_S},
        {COP1(S, SQRT), 0x80000000, 0, 0, 0, 0x80000000},
        /* the others */
        {COP1(S, DIV), 0xc0000000, 0, 0, Z, 0xff800000},
        {COP1(S, DIV), 0x7f7fffff, 0x3f000000, 0, O | I, INF_S},
        {COP1(S, ADD), 0x3f800000, 0x40a00000, 0, 0, 0x40c00000},
        {COP1(S, ABS), 0xff800000, 0, 0, 0, INF_S},
        /* to fixed formats, whose range ends: 2^53 for .L */
        {COP1(S, CVT_W), 0x40900000, 0, NEAREST, I, 4}, /* 4.5 */
        {COP1(S, CVT_W), 0x40900000, 0, UP, I, 5},
        {COP1(S, FLOOR_W), 0xc0900000, 0, UP, I, 0xfffffffb},
        {COP1(S, CVT_W), 0xcf000000, 0, 0, 0, 0x80000000},
        {COP1(S, CVT_W), 0x4f000000, 0, 0, E, 0},
        {COP1(D, CVT_W), 0x41dfffffffd9999a, 0, NEAREST, I, 0x7fffffff}, /* 2147483647.4 */
        {COP1(D, CVT_W), 0x41dfffffffd9999a, 0, UP, E, 0},
        {COP1(S, TRUNC_W), INF_S, 0, 0, E, 0},
        {COP1(S, CVT_W), SNAN_S, 0, 0, E, 0},
        {COP1(D, CVT_W), 1, 0, 0, E, 0},
        {COP1(D, CVT_L), 0x433fffffffffffff, 0, 0, 0, 9007199254740991},
        {COP1(D, CVT_L), 0x4340000000000000, 0, 0, E, 0},
        {COP1(D, TRUNC_L), 0xc340000000000000, 0, 0, E, 0},
        {COP1(S, ROUND_L), 0xda800000, 0, 0, E, 0},
        /* from fixed formats: 2^55 for .L */
        {COP1(W, CVT_S), 0x80000001, 0, 0, I, 0xcf000000},
        {COP1(L, CVT_D), ((uint64_t)1 << 55) - 4, 0, 0, 0, 0x435fffffffffffff},
        {COP1(L, CVT_D), (uint64_t)1 << 55, 0, 0, E, 0},
        {COP1(L, CVT_S), -((uint64_t)1 << 55), 0, 0, 0, 0xdb000000},
        {COP1(L, CVT_S), -((uint64_t)1 << 55) - 1, 0, 0, E, 0},
        /* no instructions */
        {COP1(S, CVT_S), 0, 0, 0, E, 0},
        {COP1(D, CVT_D), 0, 0, 0, E, 0},
        {COP1(W, CVT_L), 0, 0, 0, E, 0},
        {COP1(L, ADD), 0, 0, 0, E, 0},
        {0x44600000u, 0, 0, 0, E, 0}, /* DCFC1 */
        {0x44e00000u, 0, 0, 0, E, 0}, /* DCTC1 */
    };
    for (unsigned k = 0; k < sizeof row / sizeof row[0]; k++) {
        const uint64_t old = 0x1234567812345678;
        uint32_t cause = row[k].cause,
                 before = row[k].word == COP1(S, MOV) ? 0 : 0x3e << JL_FCSR_CAUSE_SHIFT & ~(E << 12);
        g->cpu.var[JL_VAR_FPR + FD] = old;
        bool done = run(g, row[k].word, row[k].control | before, row[k].a, row[k].b);
        if (done == !!(cause & E) || g->cpu.var[JL_VAR_FPR + FD] != (done ? row[k].result : old) ||
            g->cpu.fcsr != (row[k].control | cause << 12 | (done ? cause << 2 : 0)))
            fail_msg("row %u: %08x gives %llx, FCSR %08x", k, row[k].word,
                     (unsigned long long)g->cpu.var[JL_VAR_FPR + FD], g->cpu.fcsr);
        if (!cause)
            continue;
        /* enabled, it traps; Underflow, and Inexact with it, are then unimplemented */
        uint32_t enabled = (cause & E ? 31 : cause) << JL_FCSR_ENABLE_SHIFT;
        cause = cause == (U | I) ? E : cause;
        g->cpu.var[JL_VAR_FPR + FD] = old;
        assert_false(run(g, row[k].word, row[k].control | enabled, row[k].a, row[k].b));
        assert_int_equal(g->cpu.var[JL_VAR_FPR + FD], old);
        assert_int_equal(g->cpu.fcsr, row[k].control | enabled | cause << 12);
    }
}

/* Denormals compare as they are; a signalling NaN is always invalid, a quiet one with the conditions that say so. */
static void test_compares(void **state) {
    struct guest *g = *state;
    static const struct {
        uint32_t a, b;
        unsigned relation; /* the condition bits that hold: 1 unordered, 2 equal, 4 less */
        bool signalling;
    } row[] = {
        {0x3f800000, 0x40000000, 4, false},
        {0x40000000, 0x3f800000, 0, false},
        {0, 0x80000000, 2, false},
        {1, 0, 0, false},
        {1, 0x7fffff, 4, false},
        {0x80000001, 1, 4, false},
        {SNAN_S, 0, 1, true},
        {0, QNAN_S, 1, false},
        {QNAN_S, SNAN_S, 1, true},
        {SNAN_S, 1, 1, true},
    };
    for (unsigned k = 0; k < sizeof row / sizeof row[0]; k++)
        for (unsigned cond = 0; cond < 16; cond++) {
            bool invalid = row[k].relation == 1 && (row[k].signalling || cond & 8);
            g->cpu.var[JL_VAR_FCC] = !(cond & row[k].relation);
            assert_true(run(g, COP1(S, C_F + cond), 0, row[k].a | 7ull << 32, row[k].b));
            assert_int_equal(g->cpu.var[JL_VAR_FCC], !!(cond & row[k].relation));
            assert_int_equal(g->cpu.fcsr, invalid ? V << 12 | V << 2 : 0);
            assert_int_equal(run(g, COP1(S, C_F + cond), V << 7, row[k].a, row[k].b), !invalid);
        }
}

/* With Inexact noted the interpreter has quick forms: same results, Cause and Flags, whatever comes next to what. */
static void test_quick(void **state) {
    struct guest *g = *state;
    static const uint32_t word[] = {COP1(S, ADD),     COP1(D, ADD),     COP1(S, SUB),   COP1(D, SUB),   COP1(S, MUL),
                                    COP1(D, MUL),     COP1(S, DIV),     COP1(D, DIV),   COP1(S, SQRT),  COP1(D, SQRT),
                                    COP1(D, CVT_S),   COP1(S, CVT_D),   COP1(W, CVT_S), COP1(W, CVT_D), COP1(S, CVT_W),
                                    COP1(D, TRUNC_W), COP1(S, TRUNC_W), COP1(D, CVT_W)};
    static const uint64_t awkward[] = {0,
                                       1ull << 63,
                                       0x80000000,
                                       MIN_S,
                                       MIN_D,
                                       MIN_S + 1,
                                       MIN_D + 1,
                                       0x3f800001,
                                       0x3ff0000000000001,
                                       0x7f7fffff,
                                       0x7fefffffffffffff,
                                       0x01000000,
                                       0x0020000000000000,
                                       INF_S,
                                       0x7ff0000000000000,
                                       1,
                                       SNAN_S,
                                       QNAN_D,
                                       0x4f000000,
                                       0x41e0000000000000};
    enum { AWKWARD = sizeof awkward / sizeof awkward[0] };
    struct random r = seeded();
    for (unsigned k = 0; k < sizeof word / sizeof word[0]; k++)
        for (unsigned n = 0; n < 8 * AWKWARD * AWKWARD; n++) {
            uint64_t a = n % 3 ? awkward[n % AWKWARD] : random64(&r),
                     b = n % 5 ? awkward[n / AWKWARD % AWKWARD] : random64(&r);
            uint32_t fcsr = I << 2 | (n / (AWKWARD * AWKWARD) & 3) | (n / (4 * AWKWARD * AWKWARD) ? JL_FCSR_FS : 0);
            fcsr |= n % 7 ? 0 : (V | Z | O) << 7;
            g->cpu.var[JL_VAR_FPR + FD] = 99;
            bool done = run(g, word[k], fcsr, a, b);
            struct guest other = *g;
            uint64_t quick = g->cpu.var[JL_VAR_FPR + FD];
            /* without the note the form is exact; with no flags set before, both set the same ones */
            g->cpu.var[JL_VAR_FPR + FD] = 99;
            assert_int_equal(run(g, word[k], fcsr & ~(uint32_t)(I << 2), a, b), done);
            assert_int_equal(g->cpu.var[JL_VAR_FPR + FD], quick);
            assert_int_equal(g->cpu.fcsr | I << 2, other.cpu.fcsr);
        }
}

static void test_control(void **state) {
    struct guest *g = *state;
    const uint32_t ctc1 = 0x44c00000 | 8 << 16, cfc1 = 0x44400000 | 8 << 16, fcsr = 31 << 11;
    uint64_t *t0 = &g->cpu.var[8];
    *t0 = 0xfffc0fff;
    assert_true(run(g, ctc1 | fcsr, 0, 0, 0));
    assert_int_equal(g->cpu.var[JL_VAR_FCC], 1);
    for (unsigned cc = 1; cc < 8; cc++)
        assert_int_equal(g->cpu.var[JL_VAR_FCC + cc], 0);
    assert_true(run(g, cfc1 | fcsr, g->cpu.fcsr, 0, 0));
    assert_int_equal(*t0, 0x01800fff);
    *t0 = 0xffffffff;
    assert_true(run(g, ctc1, 0, 0, 0)); /* register 0 is not written */
    assert_true(run(g, cfc1, 0, 0, 0));
    assert_int_equal(*t0, 0xa00);
    /* a Cause that is enabled, and E always, trap at once, and are in FCSR then */
    static const uint32_t raising[] = {O << 12 | O << 7, E << 12};
    for (unsigned k = 0; k < 2; k++) {
        *t0 = raising[k];
        assert_false(run(g, ctc1 | fcsr, 0, 0, 0));
        assert_int_equal(g->cpu.fcsr, raising[k]);
    }
}

/* ---- registers with FR=0 (full_vs_half_mode.rs) ---- */

static uint64_t single(float f) {
    return jl_of_float(f);
}

static void test_odd_registers(void **state) {
    struct guest *g = *state;
    uint64_t *f = &g->cpu.var[JL_VAR_FPR];
    g->cpu.mode = MODE;
    f[28] = single(-10) | 5ull << 32;
    f[29] = single(10) | 5ull << 32;
    f[30] = single(16) | 5ull << 32;
    f[31] = single(-16) | 5ull << 32;
    static const struct {
        unsigned fd, fs, ft;
        float result;
    } row[] = {{6, 28, 30, 6}, {7, 29, 30, 6}, {8, 28, 31, -26}, {9, 29, 31, -26}};
    for (unsigned k = 0; k < 4; k++) { /* fs is even, ft and fd are what they say; nothing of the upper half is left */
        f[row[k].fd] = ~0ull;
        run(g, 0x46000000 | row[k].ft << 16 | row[k].fs << 11 | row[k].fd << 6, 0, 0, 0);
        assert_int_equal(f[row[k].fd], single(row[k].result));
    }
    run(g, 0x46000006 | 31 << 11 | 9 << 6, 0, 0, 0); /* MOV.S moves all of it */
    assert_int_equal(f[9], single(16) | 5ull << 32);
    f[6] = 0x0011223344556677, f[7] = 1;
    g->cpu.var[8] = 0xffffffff89abcdef;
    run(g, 0x44880000 | 7 << 11, 0, 0, 0); /* MTC1: the upper half of the even one */
    assert_int_equal(f[6], 0x89abcdef44556677);
    run(g, 0x44080000 | 7 << 11, 0, 0, 0); /* MFC1 */
    assert_int_equal(g->cpu.var[8], 0xffffffff89abcdef);
    run(g, 0x44280000 | 7 << 11, 0, 0, 0); /* DMFC1 */
    assert_int_equal(g->cpu.var[8], 0x89abcdef44556677);
    g->cpu.var[8] = 3;
    run(g, 0x44a80000 | 7 << 11, 0, 0, 0); /* DMTC1 */
    assert_int_equal(f[6], 3);
    assert_int_equal(f[7], 1);
    /* loads and stores likewise: LWC1, SWC1, LDC1, SDC1 of $f7 from $8 */
    static const struct {
        unsigned op;
        uint64_t f6, data;
    } access[] = {{0x31, 0xaaaabbbb55667788, 0xaaaabbbbccccdddd},
                  {0x39, 0x1122334455667788, 0x11223344ccccdddd},
                  {0x35, 0xaaaabbbbccccdddd, 0xaaaabbbbccccdddd},
                  {0x3d, 0x1122334455667788, 0x1122334455667788}};
    for (unsigned k = 0; k < 4; k++) {
        uint64_t data;
        jl_mem_store(g->mem, CODE + 64, 8, 0xaaaabbbbccccdddd);
        f[6] = 0x1122334455667788;
        g->cpu.var[8] = CODE;
        run(g, access[k].op << 26 | 8 << 21 | 7 << 16 | 64, 0, 0, 0);
        assert_true(jl_mem_load(g->mem, CODE + 64, 8, &data));
        assert_int_equal(f[6], access[k].f6);
        assert_int_equal(data, access[k].data);
        assert_int_equal(f[7], 1);
    }
    g->cpu.mode |= JL_MODE_FR;
    g->cpu.var[8] = 0x80000000;
    run(g, 0x44880000 | 7 << 11, 0, 0, 0); /* FR=1: the upper half stays */
    assert_int_equal(f[7], 0x80000000);
    f[6] = 0xa5a5a5a500000000;
    run(g, 0x44880000 | 6 << 11, 0, 0, 0);
    assert_int_equal(f[6], 0xa5a5a5a580000000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes), cmocka_unit_test(test_rules),   cmocka_unit_test(test_compares),
        cmocka_unit_test(test_quick),  cmocka_unit_test(test_control), cmocka_unit_test(test_odd_registers),
    };
    return cmocka_run_group_tests_name("vr4300", tests, start, stop);
}
