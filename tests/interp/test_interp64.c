/* The interpreter for 64-bit processors, seen from its caller: exits, and how a board goes on behind them; and what the
 * VR4300 has of its own. Facts about it: github.com/lemmy-64/n64-systemtest (the file is named), taken from hardware.
 * What MIPS III's instructions do otherwise is compared with QEMU by random64.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jit/interp.h"
#include "jit/mem.h"

#define KSEG0 0xffffffff80000000u
enum { CODE = 0x1000, DATA = 0x4000, NOWHERE = 0x8000, SLICE = 1000000 };
enum { V0 = 2, V1, A0, T0 = 8, T1, T2, T3, RA = 31 };
static const uint64_t kseg0 = KSEG0;

#define R_TYPE(fn, d, s, t) ((uint32_t)(s) << 21 | (uint32_t)(t) << 16 | (uint32_t)(d) << 11 | (fn))
#define I_TYPE(op, t, s, i) ((uint32_t)(op) << 26 | (uint32_t)(s) << 21 | (uint32_t)(t) << 16 | ((uint32_t)(i)&0xffff))
#define DADDIU(t, s, i) I_TYPE(0x19, t, s, i)
#define ORI(t, s, i) I_TYPE(0x0d, t, s, i)
#define BEQ(s, t, n) I_TYPE(0x04, t, s, n)
#define BEQL(s, t, n) I_TYPE(0x14, t, s, n)
#define BNEL(s, t, n) I_TYPE(0x15, t, s, n)
#define BGEZAL(s, n) I_TYPE(0x01, 17, s, n)
#define JR(s) R_TYPE(0x08u, 0, s, 0)
#define JALR(d, s) R_TYPE(0x09u, d, s, 0)
#define LW(t, i, s) I_TYPE(0x23, t, s, i)
#define LD(t, i, s) I_TYPE(0x37, t, s, i)
#define SD(t, i, s) I_TYPE(0x3f, t, s, i)
#define SW(t, i, s) I_TYPE(0x2b, t, s, i)
#define MFC0(t, n) (0x40000000u | (uint32_t)(t) << 16 | (uint32_t)(n) << 11)
#define MTC2 0x48880000u
#define CACHE_OP I_TYPE(0x2f, 1, T0, 0)
#define ERET 0x42000018u
#define SYSCALL 12u
#define NOP 0u

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
    if (!g.mem || !g.cache ||
        jl_mem_map(g.mem, (uint32_t)KSEG0, NOWHERE, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false))
        return -1;
    g.cpu.mem = g.mem;
    g.cpu.isa = JL_ISA_SET_VR4300;
    g.cpu.mode = JL_MODE_BE | JL_MODE_64 | JL_MODE_VR4300 | JL_MODE_FR;
    g.cpu.slice = g.cpu.tick_base = SLICE;
    g.cpu.pc = kseg0 + CODE;
    g.cpu.var[T0] = kseg0 + NOWHERE;
    g.cpu.var[T1] = kseg0 + DATA;
    *state = &g;
    return 0;
}

static int stop(void **state) {
    struct guest *g = *state;
    jl_interp_cache_free(g->cache);
    jl_mem_destroy(g->mem);
    return 0;
}

static void put(struct guest *g, const uint32_t *word, unsigned n) {
    for (unsigned k = 0; k < n; k++)
        assert_true(jl_mem_store(g->mem, (uint32_t)KSEG0 + CODE + 4 * k, 4, word[k]));
    g->cpu.pc = kseg0 + CODE;
}
#define PUT(g, ...) put(g, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

static enum jl_exit run(struct guest *g) {
    return jl_interp_run(&g->cpu, g->cache, 100);
}

static uint64_t retired(const struct guest *g) {
    return g->cpu.tick_base - (uint64_t)g->cpu.slice - g->cpu.stalled;
}

/* ---- exits, in a slot and not ---- */

static void test_exits(void **state) {
    struct guest *g = *state;
    static const struct {
        uint32_t word, mode;
        enum jl_exit exit;
        uint64_t addr;
        uint32_t code;
    } row[] = {
        {MFC0(V0, 9), 0, JL_EXIT_COP0, 0, MFC0(V0, 9)},
        {ERET, 0, JL_EXIT_COP0, 0, ERET},
        {CACHE_OP, 0, JL_EXIT_COP0, 0, CACHE_OP},
        {MTC2, JL_MODE_NO_FPU, JL_EXIT_COP0, 0, MTC2},
        {I_TYPE(0x3a, 1, T0, 0), 0, JL_EXIT_COP0, 0, I_TYPE(0x3a, 1, T0, 0)}, /* SWC2 */
        {0x4c000020, 0, JL_EXIT_RI, 0, 0},                                    /* MADD.S: coprocessor 3 is none */
        {0x7c03e83b, 0, JL_EXIT_RI, 0, 0},                                    /* RDHWR */
        {0x44000000, JL_MODE_NO_FPU, JL_EXIT_CPU, 0, 1},                      /* MFC1 */
        {0x44600000, JL_MODE_NO_FPU, JL_EXIT_CPU, 0, 1},                      /* DCFC1, which does not exist */
        {0x46000000, JL_MODE_NO_FPU, JL_EXIT_CPU, 0, 1},                      /* ADD.S */
        {I_TYPE(0x11, 0, 8, 5), JL_MODE_NO_FPU, JL_EXIT_CPU, 0, 1},           /* BC1F */
        {I_TYPE(0x31, 1, T0, 0), JL_MODE_NO_FPU, JL_EXIT_CPU, 0, 1},          /* LWC1 */
        {I_TYPE(0x3d, 1, T0, 0), JL_MODE_NO_FPU, JL_EXIT_CPU, 0, 1},          /* SDC1 */
        {LW(V0, 4, T0), 0, JL_EXIT_FAULT_LOAD, KSEG0 + NOWHERE + 4, JL_FAULT_PAGE},
        {SD(V0, 8, T0), 0, JL_EXIT_FAULT_STORE, KSEG0 + NOWHERE + 8, JL_FAULT_PAGE},
        {LD(V0, 4, T1), 0, JL_EXIT_ADEL, KSEG0 + DATA + 4, 0},
        {SW(V0, 2, T1), 0, JL_EXIT_ADES, KSEG0 + DATA + 2, 0},
        {LW(V0, 0, T2), 0, JL_EXIT_ADEL, 0x9000000080004000, JL_FAULT_WIDE},
        {SD(V0, 8, T2), 0, JL_EXIT_ADES, 0x9000000080004008, JL_FAULT_WIDE},
        {I_TYPE(0x1a, V0, T2, 1), 0, JL_EXIT_ADEL, 0x9000000080004001, JL_FAULT_WIDE}, /* LDL */
        {LW(V0, -4, T3), 0, JL_EXIT_ADEL, 0x000000007ffffffd, 0},
        {R_TYPE(0x2c, V0, A0, A0), 0, JL_EXIT_OVERFLOW, 0, 0}, /* DADD */
        {I_TYPE(0x18, V0, V1, -1), 0, JL_EXIT_OVERFLOW, 0, 0}, /* DADDI */
        {R_TYPE(0x2e, V0, 0, V1), 0, JL_EXIT_OVERFLOW, 0, 0},  /* DSUB */
    };
    g->cpu.var[T2] = 0x9000000080004000;
    g->cpu.var[T3] = 0x80000001;
    g->cpu.var[A0] = 0x4000000000000000;
    g->cpu.var[V1] = 0x8000000000000000;
    for (unsigned k = 0; k < sizeof row / sizeof row[0]; k++)
        for (unsigned slot = 0; slot < 2; slot++) {
            uint64_t before = retired(g);
            g->cpu.mode = (g->cpu.mode & ~(uint32_t)JL_MODE_NO_FPU) | row[k].mode;
            PUT(g, NOP, slot ? BGEZAL(0, 7) : NOP, row[k].word);
            g->cpu.var[V0] = 7, g->cpu.var[RA] = 9;
            assert_int_equal(run(g), row[k].exit);
            assert_int_equal(g->cpu.pc, kseg0 + CODE + (slot ? 4 : 8));
            assert_int_equal(g->cpu.exit_bd, slot);
            assert_int_equal(g->cpu.exit_addr, row[k].addr);
            assert_int_equal(g->cpu.exit_code, row[k].code);
            assert_int_equal(g->cpu.exit_word, row[k].word);
            assert_int_equal(g->cpu.var[V0], 7);
            assert_int_equal(g->cpu.var[RA], slot ? kseg0 + CODE + 12 : 9);
            assert_int_equal(retired(g) - before, slot ? 1 : 2);
            if (slot)
                assert_int_equal(g->cpu.exit_target, kseg0 + CODE + 8 + 28);
        }
}

static void test_fetch(void **state) {
    struct guest *g = *state;
    static const struct {
        uint64_t to;
        enum jl_exit exit;
        uint32_t code;
    } row[] = {
        {KSEG0 + NOWHERE, JL_EXIT_FAULT_FETCH, JL_FAULT_PAGE},
        {0x0000000080001000, JL_EXIT_FAULT_FETCH, JL_FAULT_WIDE},
        {0x9000000080001000, JL_EXIT_FAULT_FETCH, JL_FAULT_WIDE},
        {KSEG0 + CODE + 2, JL_EXIT_ADEL, 0},
    };
    for (unsigned k = 0; k < sizeof row / sizeof row[0]; k++) {
        PUT(g, JR(T2), NOP);
        g->cpu.var[T2] = row[k].to;
        assert_int_equal(run(g), row[k].exit);
        assert_int_equal(g->cpu.pc, row[k].to);
        assert_int_equal(g->cpu.exit_addr, row[k].to);
        assert_int_equal(g->cpu.exit_code, row[k].code);
        assert_int_equal(g->cpu.exit_bd, 0);
        assert_int_equal(g->cpu.exit_word, 0);
    }
    /* into the next page in order, and into a slot there */
    g->cpu.pc = kseg0 + NOWHERE - 4;
    assert_int_equal(run(g), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g->cpu.pc, kseg0 + NOWHERE);
    jl_mem_store(g->mem, (uint32_t)KSEG0 + NOWHERE - 4, 4, BEQ(0, 0, 1));
    g->cpu.pc = kseg0 + NOWHERE - 4;
    assert_int_equal(run(g), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g->cpu.pc, kseg0 + NOWHERE - 4);
    assert_int_equal(g->cpu.exit_addr, kseg0 + NOWHERE);
    assert_int_equal(g->cpu.exit_bd, 1);
    assert_int_equal(g->cpu.exit_word, 0);
    /* where sign-extended addresses end */
    assert_int_equal(jl_mem_map(g->mem, 0x7ffff000, JL_PAGE, JL_PAGE_R | JL_PAGE_W, -1, 0, false), 0);
    g->cpu.pc = 0x7ffffffc;
    assert_int_equal(run(g), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g->cpu.pc, 0x80000000);
    assert_int_equal(g->cpu.exit_code, JL_FAULT_WIDE);
}

/* ---- going on behind an exit ---- */

static void test_skip(void **state) {
    struct guest *g = *state;
    PUT(g, MFC0(V0, 9), BGEZAL(0, 2), MFC0(V1, 9), NOP, BEQL(0, 0, 2), MFC0(A0, 9), NOP, BEQ(V0, 0, 9), MFC0(V0, 12),
        SYSCALL);
    static const uint64_t at[] = {0, 4, 16, 28}, count[] = {0, 1, 3, 5};
    for (unsigned k = 0; k < 4; k++) { /* a branch in front: not, taken, likely, not taken */
        assert_int_equal(run(g), JL_EXIT_COP0);
        assert_int_equal(g->cpu.pc, kseg0 + CODE + at[k]);
        assert_int_equal(retired(g), count[k]);
        g->cpu.var[g->cpu.exit_word >> 16 & 31] = 5; /* the board's part */
        jl_interp_skip(&g->cpu);
    }
    assert_int_equal(run(g), JL_EXIT_SYSCALL);
    assert_int_equal(g->cpu.pc, kseg0 + CODE + 36);
    assert_int_equal(retired(g), 7);
    assert_int_equal(g->cpu.var[A0], 5);
}

/* A device at NOWHERE that holds one doubleword, done by the board; the same in memory. Each load and store
 * instruction, at each offset. */
static void device(struct guest *g, uint64_t *held) {
    struct jl_guest_access a;
    assert_true(jl_interp_access(&g->cpu, &a));
    unsigned at = (unsigned)a.addr & 7 & -a.size, shift = 8 * (8 - at - a.size);
    assert_int_equal(a.addr, g->cpu.exit_addr);
    if (!a.store)
        jl_interp_loaded(&g->cpu, &a, *held >> shift & (~0ull >> (64 - 8 * a.size)));
    else if (!a.linked || g->cpu.ll_valid)
        *held = (*held & ~(a.mask << shift)) | a.value << shift;
    if (a.linked && a.store)
        jl_interp_loaded(&g->cpu, &a, g->cpu.ll_valid);
    jl_interp_skip(&g->cpu);
}

static bool is_access(unsigned primary) {
    static const uint8_t kind[] = {0x1a, 0x1b, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b,
                                   0x2c, 0x2d, 0x2e, 0x30, 0x31, 0x34, 0x35, 0x37, 0x38, 0x39, 0x3c, 0x3d, 0x3f};
    return memchr(kind, (int)primary, sizeof kind);
}

static void test_access(void **state) {
    struct guest *g = *state;
    unsigned done = 0;
    for (unsigned primary = 0; primary < 64; primary++)
        for (unsigned offset = 0; is_access(primary) && offset < 8; offset++)
            for (unsigned slot = 0; slot < 2; slot++) {
                struct jl_cpu after[2];
                uint64_t held[2] = {0x8192a3b4c5d6e7f8, 0x8192a3b4c5d6e7f8};
                enum jl_exit r = JL_EXIT_NONE;
                for (unsigned there = 0; there < 2; there++) {
                    uint32_t word = I_TYPE(primary, RA, T0 + 1 - there, offset);
                    PUT(g, slot ? BGEZAL(0, 1) : NOP, word, SYSCALL);
                    g->cpu.var[RA] = 0xfedcba9876543210;
                    g->cpu.var[JL_VAR_FPR + RA] = 0x0f1e2d3c4b5a6978;
                    g->cpu.ll_valid = offset & 4 ? 1 : 0;
                    g->cpu.slice = SLICE;
                    assert_true(jl_mem_store(g->mem, (uint32_t)KSEG0 + DATA, 8, held[0]));
                    r = run(g);
                    if (there) {
                        if (r == JL_EXIT_FAULT_LOAD || r == JL_EXIT_FAULT_STORE) {
                            device(g, &held[1]);
                            r = run(g);
                        }
                    } else {
                        assert_true(jl_mem_load(g->mem, (uint32_t)KSEG0 + DATA, 8, &held[0]));
                    }
                    after[there] = g->cpu;
                    g->cpu.ll_addr = 0;
                    if (!there && r == JL_EXIT_SYSCALL)
                        done++;
                    assert_true(r == JL_EXIT_SYSCALL || r == JL_EXIT_ADEL || r == JL_EXIT_ADES);
                }
                assert_int_equal(held[1], held[0]);
                assert_memory_equal(after[1].var, after[0].var, sizeof after[0].var);
                assert_int_equal(after[1].pc, after[0].pc);
                assert_int_equal(after[1].slice, after[0].slice);
                assert_int_equal(after[1].exit_bd, after[0].exit_bd);
                assert_int_equal(after[1].ll_valid, after[0].ll_valid);
                held[0] = held[1] = 0x8192a3b4c5d6e7f8;
            }
    assert_int_equal(done, 2 * (8 * 8 + 3 * 8 + 3 * 4 + 7 * 2 + 6));
    g->cpu.exit_word = MFC0(V0, 9);
    struct jl_guest_access a;
    assert_false(jl_interp_access(&g->cpu, &a));
}

/* ---- the VR4300's own ---- */

/* A register's result of one instruction on A0 and V1. */
static uint64_t result(struct guest *g, uint32_t word, uint64_t a, uint64_t b, unsigned var) {
    PUT(g, word, SYSCALL);
    g->cpu.var[A0] = a;
    g->cpu.var[V1] = b;
    assert_int_equal(run(g), JL_EXIT_SYSCALL);
    return g->cpu.var[var];
}

enum { DIV = 0x1a, DIVU, DDIV = 0x1e, DDIVU, MULT = 0x18 };

static void test_muldiv(void **state) { /* arithmetic/div.rs; MULT: github.com/Thar0/N64-IntegerMulDiv-Test */
    struct guest *g = *state;
    static const struct {
        uint32_t fn;
        uint64_t a, b, lo, hi;
    } row[] = {
        {DIV, 0x01234567, 0, ~0ull, 0x01234567},
        {DIV, 0, 0, ~0ull, 0},
        {DIV, 0xfffffffff1234567, 0, 1, 0xfffffffff1234567},
        {DIV, 0xffffffff80000000, ~0ull, 0xffffffff80000000, 0},
        {DIV, 0x100000007, 2, 3, 1},
        {DIVU, 0x01234567, 0, ~0ull, 0x01234567},
        {DIVU, 0xfffffffff1234567, 0, ~0ull, 0xfffffffff1234567},
        {DIVU, 0xfffffffffffffffe, 1, 0xfffffffffffffffe, 0},
        {DDIV, 0x0123456789abcdef, 0, ~0ull, 0x0123456789abcdef},
        {DDIV, 0xf123456789abcdef, 0, 1, 0xf123456789abcdef},
        {DDIV, 0x8000000000000000, ~0ull, 0x8000000000000000, 0},
        {DDIV, -7ull, 2, -3ull, -1ull},
        {DDIVU, 0xf123456789abcdef, 0, ~0ull, 0xf123456789abcdef},
        {DDIVU, ~0ull, 10, 1844674407370955161, 5},
        {MULT, 0x300000002, 5, 10, 15},                /* 64 bits of rs */
        {MULT, 3, 0x200000002, 6, 6},                  /* 35 bits of rt */
        {MULT, 3, 0xfffffff800000002, 6, 0},           /* and no more */
        {MULT, 1, 0x400000000, 0, 0xfffffffffffffffc}, /* the 35th is the sign */
    };
    for (unsigned k = 0; k < sizeof row / sizeof row[0]; k++) {
        uint32_t word = R_TYPE(row[k].fn, 0, A0, V1);
        assert_int_equal(result(g, word, row[k].a, row[k].b, JL_VAR_LO), row[k].lo);
        assert_int_equal(result(g, word, row[k].a, row[k].b, JL_VAR_HI), row[k].hi);
    }
}

static void test_shifts(void **state) { /* arithmetic/shifts.rs */
    struct guest *g = *state;
    const uint32_t sra = 3 | A0 << 16 | V0 << 11, srl = 2 | A0 << 16 | V0 << 11, srav = R_TYPE(7, V0, V1, A0);
    assert_int_equal(result(g, sra | 4 << 6, 0x0123456789abcdef, 0, V0), 0x789abcde);
    assert_int_equal(result(g, sra | 4 << 6, 0x00000008789abcde, 0, V0), 0xffffffff8789abcd);
    assert_int_equal(result(g, sra, 0x82345678, 0, V0), 0xffffffff82345678);
    assert_int_equal(result(g, srav, 0x0123456789abcdef, 36, V0), 0x789abcde);
    assert_int_equal(result(g, srl | 4 << 6, 0x0123456789abcdef, 0, V0), 0x089abcde);
    assert_int_equal(result(g, srl, 0x82345678, 0, V0), 0xffffffff82345678);
}

/* jumps/conditionals.rs, jr_and_jalr.rs: a branch in a slot counts from where the first one goes, also for its link. */
static void test_branch_in_slot(void **state) {
    struct guest *g = *state;
    const unsigned first = 8, T4 = 12;
    static const struct {
        uint32_t branch, in_slot;
        unsigned ones; /* which of the words behind the first target are executed */
        uint64_t link;
    } row[] = {
        {BEQ(0, 0, 7), BGEZAL(0, 3), 1 | 8 | 16, 4},
        {BEQ(0, 0, 7), BGEZAL(T0, 3), 1 | 2 | 4 | 8 | 16, 4}, /* not taken */
        {JR(T3), BEQ(0, 0, 4), 1 | 16, 0},
        {JR(T3), BEQL(0, T0, 4), 2 | 4 | 8 | 16, 0}, /* likely, not taken: the first target is annulled */
        {JR(T3), BNEL(0, T0, 4), 1 | 16, 0},
        {JALR(T2, T3), JALR(RA, T1), 1, 4},
        {BEQ(T0, 0, 7), BEQ(0, 0, 9), 1 | 8 | 16, 0}, /* the first not taken: nothing special, word 2 is the slot */
    };
    g->cpu.var[T3] = kseg0 + CODE + 4 * first;
    for (unsigned k = 0; k < sizeof row / sizeof row[0]; k++) {
        uint64_t before = retired(g);
        PUT(g, row[k].branch, row[k].in_slot, k == 6 ? ORI(T4, T4, 1) : NOP, SYSCALL, SYSCALL, SYSCALL, SYSCALL,
            SYSCALL, ORI(T4, T4, 1), ORI(T4, T4, 2), ORI(T4, T4, 4), ORI(T4, T4, 8), ORI(T4, T4, 16), SYSCALL);
        assert_true(jl_mem_store(g->mem, (uint32_t)KSEG0 + DATA, 4, SYSCALL));
        g->cpu.var[T4] = g->cpu.var[RA] = 0;
        assert_int_equal(run(g), JL_EXIT_SYSCALL);
        assert_int_equal(g->cpu.var[T4], row[k].ones);
        assert_int_equal(g->cpu.var[RA], row[k].link ? kseg0 + CODE + 4 * first + row[k].link : 0);
        assert_int_equal(g->cpu.exit_bd, 0);
        assert_int_equal(retired(g) - before, 2 + (unsigned)__builtin_popcount(row[k].ones));
    }
    /* an exit in the slot of the second, and going on behind it; and no slot there at all */
    PUT(g, JR(T3), BEQ(0, 0, 4), NOP, NOP, NOP, NOP, NOP, NOP, MFC0(V0, 9), NOP, NOP, NOP, SYSCALL);
    uint64_t before = retired(g);
    assert_int_equal(run(g), JL_EXIT_COP0);
    assert_int_equal(g->cpu.exit_bd, 1);
    assert_int_equal(g->cpu.pc, kseg0 + CODE + 4 * (first - 1));
    assert_int_equal(retired(g) - before, 1);
    jl_interp_skip(&g->cpu);
    assert_int_equal(run(g), JL_EXIT_SYSCALL);
    assert_int_equal(g->cpu.pc, kseg0 + CODE + 4 * (first + 4));
    assert_int_equal(retired(g) - before, 3);
    g->cpu.pc = kseg0 + CODE;
    g->cpu.var[T3] = kseg0 + NOWHERE;
    assert_int_equal(run(g), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g->cpu.exit_addr, kseg0 + NOWHERE);
    assert_int_equal(g->cpu.exit_bd, 1);
    /* elsewhere it is reserved */
    g->cpu.pc = kseg0 + CODE;
    g->cpu.mode &= ~(uint32_t)JL_MODE_VR4300;
    assert_int_equal(run(g), JL_EXIT_RI);
    assert_int_equal(g->cpu.pc, kseg0 + CODE);
}

/* Dropping MIPS III, as outside kernel mode without 64-bit addressing: its instructions are reserved (privilege.rs). */
static void test_reserved(void **state) {
    struct guest *g = *state;
    PUT(g, DADDIU(V0, 0, 1), SYSCALL);
    assert_int_equal(run(g), JL_EXIT_SYSCALL);
    g->cpu.pc = kseg0 + CODE;
    g->cpu.isa &= ~(uint32_t)JL_ISA_3;
    assert_int_equal(run(g), JL_EXIT_RI);
    assert_int_equal(g->cpu.pc, kseg0 + CODE);
}

/* arithmetic/ll_sc.rs: one bit, whatever the address; ERET (the board's) clears it. */
static void test_linked(void **state) {
    struct guest *g = *state;
    const uint32_t ll = I_TYPE(0x30, V0, T1, 0), sc = I_TYPE(0x38, V1, T1, 16), scd = I_TYPE(0x3c, V1, T1, 16);
    uint64_t v;
    assert_true(jl_mem_store(g->mem, (uint32_t)KSEG0 + DATA, 4, 0x89abcdef));
    assert_int_equal(result(g, ll, 0, 0, V0), 0xffffffff89abcdef);
    assert_int_equal(g->cpu.ll_addr, (uint32_t)KSEG0 + DATA);
    assert_int_equal(result(g, sc, 0, 0x13579bdf, V1), 1);
    assert_true(jl_mem_load(g->mem, (uint32_t)KSEG0 + DATA + 16, 4, &v));
    assert_int_equal(v, 0x13579bdf);
    g->cpu.ll_valid = 0;
    assert_int_equal(result(g, scd, 0, 5, V1), 0);
    assert_true(jl_mem_load(g->mem, (uint32_t)KSEG0 + DATA + 16, 8, &v));
    assert_int_equal(v, 0x13579bdf00000000);
}

/* tlb64/mod.rs: of a word's part without its sign, nothing gets into the register's upper half. */
static void test_partial_loads(void **state) {
    struct guest *g = *state;
    static const struct {
        unsigned op, offset;
        uint64_t value;
    } row[] = {
        {0x22, 0, 0xffffffffbaddecaf}, {0x22, 1, 0xffffffffddecaf04}, {0x22, 2, 0xffffffffecaf0304},
        {0x22, 3, 0xffffffffaf020304}, {0x26, 0, 0xbeef0000010203ba}, {0x26, 1, 0xbeef00000102badd},
        {0x26, 2, 0xbeef000001baddec}, {0x26, 3, 0xffffffffbaddecaf}, {0x1a, 0, 0xbaddecaf01234567},
        {0x1a, 1, 0xddecaf0123456704}, {0x1a, 4, 0x0123456701020304}, {0x1a, 7, 0x67ef000001020304},
        {0x1b, 0, 0xbeef0000010203ba}, {0x1b, 3, 0xbeef0000baddecaf}, {0x1b, 6, 0xbebaddecaf012345},
        {0x1b, 7, 0xbaddecaf01234567},
    };
    assert_true(jl_mem_store(g->mem, (uint32_t)KSEG0 + DATA, 8, 0xbaddecaf01234567));
    for (unsigned k = 0; k < sizeof row / sizeof row[0]; k++) {
        uint32_t word = I_TYPE(row[k].op, A0, T1, row[k].offset);
        assert_int_equal(result(g, word, 0xbeef000001020304, 0, A0), row[k].value);
    }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(test_exits),  TEST(test_fetch),          TEST(test_skip),     TEST(test_access), TEST(test_muldiv),
        TEST(test_shifts), TEST(test_branch_in_slot), TEST(test_reserved), TEST(test_linked), TEST(test_partial_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
