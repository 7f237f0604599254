/* jit/fpu by itself, and Cause as guests see it.
 *
 * fpu_ops.lua compares everything with QEMU; here is what QEMU does otherwise than the architecture (quiet NaNs, FS),
 * what it cannot show (enabled exceptions leave result and flags alone), and the two ways in which Cause is not simply
 * written by each operation: noted by the interpreter, not kept by translated code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jit/fpu.h"
#include "jit/interp.h"
#include "jit/jit.h"

enum { I = 1, U = 2, O = 4, Z = 8, V = 16, CAUSE = 12, ENABLE = 7, FLAG = 2 };

/* The result's bits are *result; returns FCSR. */
static uint32_t arith(uint32_t fcsr, uint32_t mode, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b,
                      uint64_t *result) {
    struct jl_cpu cpu = {.fcsr = fcsr, .mode = mode};
    jl_fpu_arith(&cpu, op, fmt, a, b, result);
    return cpu.fcsr;
}

static void test_nan_operands(void **state) {
    (void)state;
    static const struct {
        uint32_t mode;
        enum jl_fpu_op op;
        enum jl_fpu_fmt fmt;
        uint64_t a, b, want;
        uint32_t flags;
    } row[] = {
        /* legacy: the first quiet operand passes, a signalling one makes the default NaN */
        {0, JL_FPU_ADD, JL_FPU_S, 0xff812345, 0x3f800000, 0xff812345, 0},
        {0, JL_FPU_MUL, JL_FPU_S, 0x3f800000, 0x7f800001, 0x7f800001, 0},
        {0, JL_FPU_SUB, JL_FPU_S, 0x7f800002, 0x7f800001, 0x7f800002, 0},
        {0, JL_FPU_SUB, JL_FPU_S, 0x7f800002, 0x7fc00001, 0x7fbfffff, V},
        {0, JL_FPU_SQRT, JL_FPU_D, 0xfff4000000000001, 0, 0xfff4000000000001, 0},
        {0, JL_FPU_DIV, JL_FPU_D, 0, 0, 0x7ff7ffffffffffff, V},
        {0, JL_FPU_SQRT, JL_FPU_D, 0xbff0000000000000, 0, 0x7ff7ffffffffffff, V},
        {0, JL_FPU_CVT_D, JL_FPU_S, 0xff812345, 0, 0xfff02468a0000000, 0},
        {0, JL_FPU_CVT_S, JL_FPU_D, 0xfff02468a0000000, 0, 0xff812345, 0},
        {0, JL_FPU_CVT_S, JL_FPU_D, 0x7ff0000000000001, 0, 0x7fbfffff, 0}, /* its payload does not fit */
        {0, JL_FPU_CVT_S, JL_FPU_D, 0x7ff8000000000001, 0, 0x7fbfffff, V},
        /* 2008: a signalling operand comes first, and is made quiet */
        {JL_MODE_NAN2008, JL_FPU_ADD, JL_FPU_S, 0x7fc00002, 0xff800001, 0xffc00001, V},
        {JL_MODE_NAN2008, JL_FPU_ADD, JL_FPU_S, 0x3f800000, 0x7fc00002, 0x7fc00002, 0},
        {JL_MODE_NAN2008, JL_FPU_DIV, JL_FPU_D, 0, 0, 0x7ff8000000000000, V},
    };
    for (unsigned n = 0; n < sizeof row / sizeof row[0]; n++) {
        uint64_t r = 0;
        uint32_t fcsr = arith(0, row[n].mode, row[n].op, row[n].fmt, row[n].a, row[n].b, &r);
        assert_int_equal(r, row[n].want);
        assert_int_equal(fcsr, row[n].flags << CAUSE | row[n].flags << FLAG);
    }
}

static void test_conversions_out_of_range(void **state) {
    (void)state;
    static const struct {
        uint32_t mode;
        enum jl_fpu_op op;
        uint64_t a, want;
    } row[] = {
        {0, JL_FPU_CVT_W, 0x41e0000000000000, 0x7fffffff},
        {0, JL_FPU_TRUNC_W, 0xc1e0000000200000, 0x7fffffff},
        {0, JL_FPU_CVT_W, 0x7ff0000000000001, 0x7fffffff},
        {0, JL_FPU_FLOOR_L, 0xc3e0000000000001, 0x7fffffffffffffff},
        {JL_MODE_NAN2008, JL_FPU_CVT_W, 0x7ff8000000000001, 0},
        {JL_MODE_NAN2008, JL_FPU_CVT_W, 0xfff0000000000000, 0x80000000},
        {JL_MODE_NAN2008, JL_FPU_CEIL_L, 0x43e0000000000000, 0x7fffffffffffffff},
    };
    for (unsigned n = 0; n < sizeof row / sizeof row[0]; n++) {
        uint64_t r = 0;
        assert_int_equal(arith(0, row[n].mode, row[n].op, JL_FPU_D, row[n].a, 0, &r), V << CAUSE | V << FLAG);
        assert_int_equal(r, row[n].want);
    }
}

static void test_flush(void **state) {
    (void)state;
    uint64_t r, least = 0x0010000000000000, half = 0x3fe0000000000000, exact = (U | I) << CAUSE | (U | I) << FLAG;
    assert_int_equal(arith(0, 0, JL_FPU_MUL, JL_FPU_D, least, half, &r), 0); /* exact, so no underflow */
    assert_int_equal(r, least / 2);
    assert_int_equal(arith(JL_FCSR_FS, 0, JL_FPU_MUL, JL_FPU_D, least, half, &r), JL_FCSR_FS | exact);
    assert_int_equal(r, 0);
    /* tininess after rounding: this rounds to the smallest normal number */
    assert_int_equal(arith(JL_FCSR_FS, 0, JL_FPU_CVT_S, JL_FPU_D, 0x380fffffffffffff, 0, &r),
                     JL_FCSR_FS | I << CAUSE | I << FLAG);
    assert_int_equal(r, 0x00800000);
    /* denormal operands are used as they are */
    assert_int_equal(arith(JL_FCSR_FS, 0, JL_FPU_MUL, JL_FPU_S, 0x00000001, 0x7f000000, &r), JL_FCSR_FS);
    assert_int_equal(r, 0x34800000);
}

static void test_enabled_exceptions(void **state) {
    (void)state;
    static const struct {
        enum jl_fpu_op op;
        uint64_t a, b;
        uint32_t flags;
    } row[] = {
        {JL_FPU_DIV, 0x3ff0000000000000, 0, Z},
        {JL_FPU_DIV, 0, 0, V},
        {JL_FPU_DIV, 0x3ff0000000000000, 0x4008000000000000, I},
        {JL_FPU_ADD, 0x7fefffffffffffff, 0x7fefffffffffffff, O | I},
        {JL_FPU_MUL, 0x0010000000000001, 0x3fe0000000000000, U | I},
        {JL_FPU_CVT_W, 0x7ff0000000000000, 0, V},
    };
    for (unsigned n = 0; n < sizeof row / sizeof row[0]; n++)
        for (uint32_t enable = 0; enable < 32; enable++) {
            struct jl_cpu cpu = {.fcsr = enable << ENABLE};
            uint64_t r;
            bool traps = row[n].flags & enable;
            assert_int_equal(jl_fpu_arith(&cpu, row[n].op, JL_FPU_D, row[n].a, row[n].b, &r), !traps);
            assert_int_equal(cpu.fcsr, enable << ENABLE | row[n].flags << CAUSE | (traps ? 0 : row[n].flags << FLAG));
        }
    /* both operations of a multiply-add are one instruction: nothing of it is in the flags when the second traps */
    struct jl_cpu cpu = {.fcsr = O << ENABLE};
    uint64_t r, tenth = 0x3fb999999999999a, big = 0x7fefffffffffffff;
    assert_false(jl_fpu_multiply_add(&cpu, JL_FPU_ADD, JL_FPU_D, big, 0x3ff0000000000000, big, &r));
    assert_int_equal(cpu.fcsr, O << ENABLE | (O | I) << CAUSE);
    cpu.fcsr = 0;
    assert_true(jl_fpu_multiply_add(&cpu, JL_FPU_ADD, JL_FPU_D, tenth, tenth, 0, &r));
    assert_int_equal(cpu.fcsr, I << CAUSE | I << FLAG); /* the product was rounded, the sum is exact */
}

static void test_compare(void **state) {
    (void)state;
    const uint64_t one = 0x3f800000, two = 0x40000000, quiet = 0x7f800001, signalling = 0x7fc00000;
    const struct {
        uint64_t a, b;
        unsigned relation; /* what holds of unordered 1, equal 2, less 4 */
        bool signals;
    } row[] = {{one, one, 2, false},   {one, two, 4, false},       {two, one, 0, false},
               {quiet, one, 1, false}, {one, signalling, 1, true}, {0, 0x80000000, 2, false}};
    for (unsigned n = 0; n < sizeof row / sizeof row[0]; n++)
        for (unsigned cond = 0; cond < 16; cond++) {
            struct jl_cpu cpu = {.fcsr = 0};
            uint32_t r;
            bool invalid = row[n].relation == 1 && (row[n].signals || cond & 8);
            assert_true(jl_fpu_compare(&cpu, cond, JL_FPU_S, row[n].a, row[n].b, &r));
            assert_int_equal(r, (cond & row[n].relation) != 0);
            assert_int_equal(cpu.fcsr, invalid ? V << CAUSE | V << FLAG : 0);
        }
}

static void test_control_registers(void **state) {
    (void)state;
    struct jl_cpu cpu = {.fcsr = 0};
    assert_true(jl_fpu_ctc(&cpu, 31, 0xff000003 | V << CAUSE | Z << ENABLE));
    assert_int_equal(jl_fpu_cfc(&cpu, 31), 0xff000003 | V << CAUSE | Z << ENABLE);
    assert_int_equal(jl_fpu_cfc(&cpu, 25), 0xfe);
    assert_int_equal(jl_fpu_cfc(&cpu, 26), V << CAUSE);
    assert_int_equal(jl_fpu_cfc(&cpu, 28), Z << ENABLE | 3 | 4);
    assert_int_equal(cpu.mode & JL_MODE_FPU_EXACT, JL_MODE_FPU_EXACT);
    /* it is the new value that traps, whichever register brought it about */
    assert_false(jl_fpu_ctc(&cpu, 28, V << ENABLE));
    assert_true(jl_fpu_ctc(&cpu, 26, 0));
    assert_true(jl_fpu_ctc(&cpu, 28, V << ENABLE));
    assert_false(jl_fpu_ctc(&cpu, 26, V << CAUSE));
    assert_false(jl_fpu_ctc(&cpu, 31, V << CAUSE | V << ENABLE));
    assert_true(jl_fpu_ctc(&cpu, 31, V << CAUSE | I << ENABLE));
    assert_false(jl_fpu_ctc(&cpu, 31, 1 << 17)); /* "unimplemented" is always enabled */
    assert_true(jl_fpu_ctc(&cpu, 31, 0));
    assert_int_equal(cpu.mode & JL_MODE_FPU_EXACT, 0);
    assert_true(jl_fpu_ctc(&cpu, 25, 0x81));
    assert_int_equal(jl_fpu_cfc(&cpu, 31), 0x80000000 | 1 << 23);
}

/* ---- guest code ---- */

enum { CODE = 0x10000, T0 = 8, T1 = 9 };
#define FPU(fmt, ft, fs, fd, fn) (0x46000000u | (fmt) << 21 | (ft) << 16 | (fs) << 11 | (fd) << 6 | (fn))
#define D_OP(fn, fd, fs, ft) FPU(1u, (uint32_t)(ft), (uint32_t)(fs), (uint32_t)(fd), (uint32_t)(fn))
#define CTC1(rt, reg) (0x44c00000u | (uint32_t)(rt) << 16 | (uint32_t)(reg) << 11)
#define CFC1(rt, reg) (0x44400000u | (uint32_t)(rt) << 16 | (uint32_t)(reg) << 11)
#define OR(rd, rs, rt) ((uint32_t)(rs) << 21 | (uint32_t)(rt) << 16 | (uint32_t)(rd) << 11 | 0x25)
#define SYSCALL 0x0000000cu

struct guest {
    struct jl_mem *mem;
    struct jl_machine *machine;
    struct jl_cpu *cpu;
};

static struct guest start(const char *backend, const uint32_t *word, unsigned count) {
    struct guest g = {.mem = jl_mem_create(false)};
    struct jl_config config;
    char err[256];
    assert_non_null(g.mem);
    jl_config_default(&config);
    assert_true(jl_config_set(&config, backend, err, sizeof err));
    g.machine = jl_machine_new(&config, NULL, g.mem, err, sizeof err);
    assert_non_null(g.machine);
    g.cpu = jl_machine_cpu(g.machine);
    assert_int_equal(jl_mem_map(g.mem, CODE, 0x1000, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false), 0);
    for (unsigned n = 0; n < count; n++)
        assert_true(jl_mem_store(g.mem, CODE + 4 * n, 4, word[n]));
    g.cpu->isa = JL_ISA_SET_MIPS32R2;
    g.cpu->mode = JL_MODE_FR;
    g.cpu->pc = CODE;
    jl_machine_set_slice(g.machine, 1000);
    return g;
}

static void stop(struct guest *g) {
    jl_machine_free(g->machine);
    jl_mem_destroy(g->mem);
}

/* An invalid operation, then a valid one: Cause is the second one's. Enabling Invalid must not trap then, whether Cause
 * stays in place (FENR) or goes through a register (FCSR). */
static void test_enabling_after_an_old_cause(void **state) {
    (void)state;
    static const uint32_t by_fenr[] = {D_OP(3, 2, 0, 0), D_OP(0, 4, 6, 6), CTC1(T0, 28), SYSCALL};
    static const uint32_t by_fcsr[] = {D_OP(3, 2, 0, 0), D_OP(0, 4, 6, 6), CFC1(T1, 31),
                                       OR(T1, T1, T0),   CTC1(T1, 31),     SYSCALL};
    static const char *const backends[] = {"backend=interp", "backend=x64"};
    for (unsigned b = 0; b < 2; b++)
        for (unsigned n = 0; n < 2; n++) {
            struct guest g = start(backends[b], n ? by_fcsr : by_fenr, n ? 6 : 4);
            g.cpu->var[T0] = V << ENABLE;
            g.cpu->var[JL_VAR_FPR + 6] = 0x3ff0000000000000;
            assert_int_equal(jl_machine_run(g.machine), JL_EXIT_SYSCALL);
            assert_int_equal(g.cpu->fcsr, V << ENABLE | V << FLAG);
            stop(&g);
        }
}

/* With an exception enabled translated code keeps Cause, and it traps. */
static void test_enabled_in_translated_code(void **state) {
    (void)state;
    static const uint32_t word[] = {CTC1(T0, 31), D_OP(3, 2, 6, 8), D_OP(3, 2, 0, 0), SYSCALL};
    static const char *const backends[] = {"backend=interp", "backend=x64"};
    for (unsigned b = 0; b < 2; b++) {
        struct guest g = start(backends[b], word, 4);
        g.cpu->var[T0] = V << ENABLE;
        g.cpu->var[JL_VAR_FPR + 6] = 0x3ff0000000000000;
        g.cpu->var[JL_VAR_FPR + 8] = 0x4008000000000000;
        assert_int_equal(jl_machine_run(g.machine), JL_EXIT_FPE);
        assert_int_equal(g.cpu->pc, CODE + 8);
        assert_int_equal(g.cpu->fcsr, V << ENABLE | V << CAUSE | I << FLAG);
        stop(&g);
    }
}

/* ---- the interpreter's noted Cause ---- */

static uint64_t random_state = 88172645463325252u;
static uint64_t next(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

/* Operations in one call, where Cause is noted and made at the end, against the same ones in a call each. */
static void test_noted_cause(void **state) {
    (void)state;
    enum { ROW = 12, ROUNDS = 3000 };
    static const uint64_t special[] = {0,
                                       1,
                                       0x3ff0000000000000,
                                       0x7ff0000000000000,
                                       0x7ff0000000000001,
                                       0x7ff8000000000001,
                                       0x7fefffffffffffff,
                                       0x0010000000000000};
    static const unsigned function[] = {0,  1,  2,  3,    4,
                                        32, 13, 36, 0x32, 0x3c}; /* add ... cvt.s, trunc.w, cvt.w, c.cond */
    struct guest g = start("backend=interp", (const uint32_t[]){SYSCALL}, 1);
    struct jl_interp_cache *cache = jl_interp_cache_new();
    assert_non_null(cache);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned n = 0; n < ROW; n++) {
            unsigned fn = function[next() % 10], fd = fn >= 0x30 ? 0 : (unsigned)(next() % 8);
            uint32_t w = D_OP(fn, fd, next() % 8, fn == 4 || (fn >= 13 && fn < 0x30) ? 0 : next() % 8);
            if (next() % 6 == 0) /* madd.d */
                w = 0x4c000021u | (uint32_t)(next() % 8 << 21 | next() % 8 << 16 | next() % 8 << 11 | next() % 8 << 6);
            jl_mem_store(g.mem, CODE + 4 * n, 4, w);
        }
        for (unsigned r = 0; r < 8; r++)
            g.cpu->var[JL_VAR_FPR + r] =
                next() & 1 ? special[next() % 8] : (next() & ~(0x7ffull << 52)) | (1000 + next() % 60) << 52;
        g.cpu->fcsr = (uint32_t)(next() % 4) | (next() % 4 ? 0 : JL_FCSR_FS);
        g.cpu->pc = CODE;
        g.cpu->slice = 1000;
        struct jl_cpu single = *g.cpu;
        assert_int_equal(jl_interp_run(g.cpu, cache, ROW), JL_EXIT_NONE);
        for (unsigned n = 0; n < ROW; n++)
            assert_int_equal(jl_interp_run(&single, cache, 1), JL_EXIT_NONE);
        assert_int_equal(g.cpu->fcsr, single.fcsr);
        assert_memory_equal(g.cpu->var, single.var, sizeof single.var);
    }
    jl_interp_cache_free(cache);
    stop(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nan_operands),
        cmocka_unit_test(test_conversions_out_of_range),
        cmocka_unit_test(test_flush),
        cmocka_unit_test(test_enabled_exceptions),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_control_registers),
        cmocka_unit_test(test_enabling_after_an_old_cause),
        cmocka_unit_test(test_enabled_in_translated_code),
        cmocka_unit_test(test_noted_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
