/* The interpreter seen from its caller: how a run ends, where pc stands, what was retired, and that nothing of the
 * instruction concerned has happened. What instructions do is compared with QEMU by interp.lua. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jit/interp.h"
#include "jit/mem.h"

enum { CODE = 0x10000, NEXT_PAGE = 0x11000, DATA = 0x20000, NOWHERE = 0x30000, T0 = 8, T1 = 9, T2 = 10, RA = 31 };
enum { SLICE = 1000000 };

#define R_TYPE(fn, d, s, t) ((uint32_t)(s) << 21 | (uint32_t)(t) << 16 | (uint32_t)(d) << 11 | (fn))
#define I_TYPE(op, t, s, i) ((uint32_t)(op) << 26 | (uint32_t)(s) << 21 | (uint32_t)(t) << 16 | ((uint32_t)(i)&0xffff))
#define ADDIU(t, s, i) I_TYPE(0x09, t, s, i)
#define ADDI(t, s, i) I_TYPE(0x08, t, s, i)
#define BEQ(s, t, n) I_TYPE(0x04, t, s, n)
#define BNE(s, t, n) I_TYPE(0x05, t, s, n)
#define BEQL(s, t, n) I_TYPE(0x14, t, s, n)
#define BAL(n) I_TYPE(0x01, 17, 0, n)
#define LW(t, i, s) I_TYPE(0x23, t, s, i)
#define SW(t, i, s) I_TYPE(0x2b, t, s, i)
#define SWR(t, i, s) I_TYPE(0x2e, t, s, i)
#define LDC1(t, i, s) I_TYPE(0x35, t, s, i)
#define JR(s) R_TYPE(0x08u, 0, s, 0)
#define JALR(d, s) R_TYPE(0x09u, d, s, 0)
#define TEQ(s, t, code) (R_TYPE(0x34u, 0, s, t) | (uint32_t)(code) << 6)
#define RDHWR(t, n) (0x7c00003bu | (uint32_t)(t) << 16 | (uint32_t)(n) << 11)
#define SYSCALL 0x0000000cu
#define BREAK(code) (0x0000000du | (uint32_t)(code) << 6)
#define MFC0 0x40086000u
#define RESERVED 0x0000003fu
#define DIV_D(d, s, t) (0x46200003u | (uint32_t)(t) << 16 | (uint32_t)(s) << 11 | (uint32_t)(d) << 6)
#define NOP 0u

struct guest {
    struct jl_mem *mem;
    struct jl_interp_cache *cache;
    struct jl_cpu cpu;
};

/* Two pages of code and one of data; T0 = 5, T1 = DATA, T2 = the largest integer. */
static void start(struct guest *g) {
    memset(g, 0, sizeof *g);
    g->mem = jl_mem_create(false);
    g->cache = jl_interp_cache_new();
    assert_non_null(g->mem);
    assert_non_null(g->cache);
    assert_int_equal(jl_mem_map(g->mem, CODE, 2 * JL_PAGE, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false), 0);
    assert_int_equal(jl_mem_map(g->mem, DATA, JL_PAGE, JL_PAGE_R | JL_PAGE_W, -1, 0, false), 0);
    g->cpu.mem = g->mem;
    g->cpu.isa = JL_ISA_SET_MIPS32R2;
    g->cpu.mode = JL_MODE_FR;
    g->cpu.slice = SLICE;
    g->cpu.tick_base = SLICE;
    g->cpu.pc = CODE;
    g->cpu.var[T0] = 5;
    g->cpu.var[T1] = DATA;
    g->cpu.var[T2] = 0x7fffffff;
}

static void stop(struct guest *g) {
    jl_interp_cache_free(g->cache);
    jl_mem_destroy(g->mem);
}

static void put(struct guest *g, uint32_t at, const uint32_t *word, unsigned n) {
    for (unsigned k = 0; k < n; k++)
        assert_true(jl_mem_store(g->mem, at + 4 * k, 4, word[k]));
}
#define PUT(g, at, ...) put(g, at, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

static enum jl_exit run(struct guest *g, uint64_t max) {
    return jl_interp_run(&g->cpu, g->cache, max);
}

static uint64_t retired(const struct guest *g) {
    return g->cpu.tick_base - (uint64_t)g->cpu.slice - g->cpu.stalled;
}

/* The instruction alone after one NOP, then the same in a delay slot: same exit, but the branch's pc. */
static void test_exits(void **state) {
    (void)state;
    static const struct {
        uint32_t word, addr, code, clear;
        enum jl_exit exit;
    } row[] = {
        {SYSCALL | 0x12340, 0, 0x48d, 0, JL_EXIT_SYSCALL},
        {BREAK(7), 0, 7, 0, JL_EXIT_BREAK},
        {TEQ(T0, T0, 6), 0, 6, 0, JL_EXIT_TRAP},
        {ADDI(T2, T2, 1), 0, 0, 0, JL_EXIT_OVERFLOW},
        {ADDI(0, T2, 1), 0, 0, 0, JL_EXIT_OVERFLOW},
        {RESERVED, 0, 0, 0, JL_EXIT_RI},
        {BEQ(0, 0, 1), 0, 0, 1, JL_EXIT_RI}, /* reserved only in a slot */
        {RDHWR(T0, 7), 0, 0, 0, JL_EXIT_RI},
        {MFC0, 0, 0, 0, JL_EXIT_CPU},
        {LW(T0, 2, T1), DATA + 2, 0, 0, JL_EXIT_ADEL},
        {LDC1(4, 4, T1), DATA + 4, 0, 0, JL_EXIT_ADEL},
        {SW(T0, 1, T1), DATA + 1, 0, 0, JL_EXIT_ADES},
        {LW(T0, 16, 0), 16, 0, 0, JL_EXIT_FAULT_LOAD},
        {SW(T0, 16, 0), 16, 0, 0, JL_EXIT_FAULT_STORE},
        {SWR(T0, 17, 0), 17, 0, 0, JL_EXIT_FAULT_STORE},
    };
    for (unsigned n = 0; n < sizeof row / sizeof row[0]; n++)
        for (unsigned slot = 0; slot < 2; slot++) {
            struct guest g;
            if (row[n].clear && !slot)
                continue;
            start(&g);
            PUT(&g, CODE, NOP, slot ? BAL(3) : NOP, row[n].word, NOP);
            assert_int_equal(run(&g, 100), row[n].exit);
            assert_int_equal(g.cpu.pc, CODE + (slot ? 4 : 8));
            assert_int_equal(g.cpu.exit_bd, slot);
            assert_int_equal(retired(&g), slot ? 1 : 2);
            assert_int_equal(g.cpu.var[T0], 5);
            assert_int_equal(g.cpu.var[T2], 0x7fffffff);
            assert_int_equal(g.cpu.var[0], 0);
            assert_int_equal(g.cpu.var[RA], slot ? CODE + 12 : 0);
            if (row[n].addr)
                assert_int_equal(g.cpu.exit_addr, row[n].addr);
            if (row[n].code)
                assert_int_equal(g.cpu.exit_code, row[n].code);
            stop(&g);
        }
}

static void test_fpu_exits(void **state) {
    (void)state;
    struct guest g;
    start(&g);
    PUT(&g, CODE, DIV_D(2, 4, 6), DIV_D(3, 4, 6), SYSCALL);
    g.cpu.fcsr = 0x400; /* division by zero enabled */
    g.cpu.mode |= JL_MODE_FPU_EXACT;
    g.cpu.var[JL_VAR_FPR + 4] = 0x3ff0000000000000;
    assert_int_equal(run(&g, 100), JL_EXIT_FPE);
    assert_int_equal(g.cpu.pc, CODE);
    assert_int_equal(g.cpu.fcsr, 0x400 | 8 << JL_FCSR_CAUSE_SHIFT);
    assert_int_equal(g.cpu.var[JL_VAR_FPR + 2], 0);
    g.cpu.mode = 0; /* FR=0: no double in $f3 */
    g.cpu.fcsr = 0;
    assert_int_equal(run(&g, 100), JL_EXIT_RI);
    assert_int_equal(g.cpu.pc, CODE + 4);
    assert_int_equal(g.cpu.var[JL_VAR_FPR + 2], 0x7ff0000000000000);
    stop(&g);
}

static void test_fetch(void **state) {
    (void)state;
    struct guest g;
    start(&g);
    g.cpu.var[T0] = NOWHERE;
    PUT(&g, CODE, JR(T0), NOP);
    assert_int_equal(run(&g, 100), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g.cpu.pc, NOWHERE);
    assert_int_equal(g.cpu.exit_addr, NOWHERE);
    assert_int_equal(g.cpu.exit_bd, 0);
    assert_int_equal(retired(&g), 2);
    g.cpu.pc = CODE;
    g.cpu.var[T0] = CODE + 6;
    assert_int_equal(run(&g, 100), JL_EXIT_ADEL);
    assert_int_equal(g.cpu.pc, CODE + 6);
    assert_int_equal(g.cpu.exit_addr, CODE + 6);
    /* over the end of what is mapped, in order and from a branch into its slot */
    g.cpu.pc = NEXT_PAGE + JL_PAGE - 8;
    assert_int_equal(run(&g, 100), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g.cpu.pc, NEXT_PAGE + JL_PAGE);
    g.cpu.pc = NEXT_PAGE + JL_PAGE - 8;
    PUT(&g, NEXT_PAGE + JL_PAGE - 4, BAL(-2));
    uint64_t before = retired(&g);
    assert_int_equal(run(&g, 100), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g.cpu.pc, NEXT_PAGE + JL_PAGE - 4);
    assert_int_equal(g.cpu.exit_addr, NEXT_PAGE + JL_PAGE);
    assert_int_equal(g.cpu.exit_bd, 1);
    assert_int_equal(retired(&g) - before, 1);
    /* a page that may be read or executed may be fetched from, one without access may not */
    g.cpu.pc = CODE + 8;
    assert_int_equal(jl_mem_protect(g.mem, NEXT_PAGE, JL_PAGE, 0), 0);
    assert_int_equal(run(&g, 10000), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g.cpu.pc, NEXT_PAGE);
    assert_int_equal(jl_mem_protect(g.mem, NEXT_PAGE, JL_PAGE, JL_PAGE_X), 0);
    assert_int_equal(run(&g, 1), JL_EXIT_NONE);
    stop(&g);
}

static void test_how_many(void **state) {
    (void)state;
    struct guest g;
    start(&g);
    for (uint64_t max = 1; max < 1030; max++) { /* plain code, and over the end of a page */
        g.cpu.pc = CODE;
        uint64_t before = retired(&g);
        assert_int_equal(run(&g, max), JL_EXIT_NONE);
        assert_int_equal(g.cpu.pc, CODE + 4 * max);
        assert_int_equal(retired(&g) - before, max);
    }
    PUT(&g, CODE, BEQ(0, 0, 1), NOP, BEQL(0, T0, 5), SYSCALL, BEQL(0, 0, 1), NOP, NOP);
    static const uint32_t pc[] = {CODE + 8, CODE + 16, CODE + 24, CODE + 28};
    static const uint64_t count[] = {2, 1, 2, 1}; /* the annulled slot does not count */
    g.cpu.pc = CODE;
    for (unsigned n = 0; n < 4; n++) {
        uint64_t before = retired(&g);
        assert_int_equal(run(&g, 1), JL_EXIT_NONE);
        assert_int_equal(g.cpu.pc, pc[n]);
        assert_int_equal(retired(&g) - before, count[n]);
    }
    for (int64_t slice = 0; slice < 8; slice++) { /* until it is below zero */
        g.cpu.pc = CODE + 32;
        g.cpu.slice = slice;
        assert_int_equal(run(&g, 100), JL_EXIT_SLICE);
        assert_int_equal(g.cpu.slice, -1);
        assert_int_equal(g.cpu.pc, CODE + 32 + 4 * (slice + 1));
    }
    stop(&g);
}

static void test_cycle_counter(void **state) {
    (void)state;
    struct guest g;
    start(&g);
    PUT(&g, CODE, RDHWR(T0, 2), NOP, NOP, NOP, RDHWR(T1, 2), BEQ(0, 0, 2), RDHWR(T2, 2), NOP, RDHWR(3, 3), SYSCALL);
    assert_int_equal(run(&g, 100), JL_EXIT_SYSCALL);
    assert_int_equal(g.cpu.var[T0], 0);
    assert_int_equal(g.cpu.var[T1], 2); /* one count for two instructions, as register 3 says */
    assert_int_equal(g.cpu.var[T2], 3);
    assert_int_equal(g.cpu.var[3], 2);
    stop(&g);
}

/* Nothing announces these changes, and a run does not end between store and changed word. */
static void test_changed_code(void **state) {
    (void)state;
    struct guest g;
    start(&g);
    g.cpu.var[T1] = CODE;
    for (unsigned ahead = 1; ahead < 5; ahead++)
        for (int change = 100; change < 103; change++) {
            PUT(&g, CODE, SW(T2, 4 * ahead, T1), ADDIU(T0, T0, 1), ADDIU(T0, T0, 1), ADDIU(T0, T0, 1), ADDIU(T0, T0, 1),
                SYSCALL);
            g.cpu.pc = CODE;
            g.cpu.var[T0] = 0;
            g.cpu.var[T2] = ADDIU(T0, T0, change);
            assert_int_equal(run(&g, 100), JL_EXIT_SYSCALL);
            assert_int_equal(g.cpu.var[T0], 3 + change);
        }
    /* the slot of the branch in front, and another address with the same place in the cache */
    PUT(&g, CODE, SW(T2, 8, T1), BEQ(0, 0, 1), ADDIU(T0, T0, 1), SYSCALL);
    g.cpu.pc = CODE;
    g.cpu.var[T0] = 0;
    assert_int_equal(run(&g, 100), JL_EXIT_SYSCALL);
    assert_int_equal(g.cpu.var[T0], 102);
    assert_int_equal(jl_mem_map(g.mem, 0x800000 + CODE, JL_PAGE, JL_PAGE_R | JL_PAGE_W, -1, 0, false), 0);
    PUT(&g, 0x800000 + CODE, ADDIU(T0, 0, 7), SYSCALL);
    g.cpu.pc = 0x800000 + CODE;
    assert_int_equal(run(&g, 100), JL_EXIT_SYSCALL);
    assert_int_equal(g.cpu.var[T0], 7);
    stop(&g);
}

/* A write to watched code is reported before it happens; an interrupt asked for then ends the loop. */
static void interrupt(void *ctx, uint32_t addr, uint32_t len) {
    struct guest *g = ctx;
    assert_int_equal(addr, DATA + 64);
    assert_int_equal(len, 4);
    if (g->cpu.var[T0] == 100)
        g->cpu.slice -= 1 << 30;
}

static void settle(void *ctx) {
    (void)ctx;
}

static void test_interrupt(void **state) {
    (void)state;
    struct guest g;
    start(&g);
    struct jl_mem_listener listener = {.code_write = interrupt, .settle = settle, .ctx = &g};
    jl_mem_listen(g.mem, &listener);
    g.mem->page[DATA >> JL_PAGE_SHIFT] |= JL_PAGE_CODE;
    PUT(&g, CODE, SW(T0, 64, T1), BNE(0, T1, -2), ADDIU(T0, T0, 1));
    assert_int_equal(run(&g, 1 << 29), JL_EXIT_SLICE);
    assert_int_equal(g.cpu.pc, CODE);
    assert_int_equal(g.cpu.var[T0], 101);
    assert_int_equal(retired(&g) - (1 << 30), 3 * 96);
    jl_mem_unlisten(g.mem, &listener);
    stop(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exits),     cmocka_unit_test(test_fpu_exits),     cmocka_unit_test(test_fetch),
        cmocka_unit_test(test_how_many),  cmocka_unit_test(test_cycle_counter), cmocka_unit_test(test_changed_code),
        cmocka_unit_test(test_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
