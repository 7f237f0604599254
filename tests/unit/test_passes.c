/* Passes: snippets of guest code whose IR is looked at behind the passes, verified, and run.
 *
 * What is asserted is what a loop costs: which ops are left in it that are computed at each turn (sunk ones are not).
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "jit/frontend/frontend.h"

enum { CODE = 0x10000, DATA = 0x20000, DATA_END = 0x22000, V0 = 2, T0 = 8, T1 = 9, T2 = 10, T3 = 11, S0 = 16 };

#define R_TYPE(fn, d, s, t) ((uint32_t)(s) << 21 | (uint32_t)(t) << 16 | (uint32_t)(d) << 11 | (fn))
#define I_TYPE(op, t, s, i) ((uint32_t)(op) << 26 | (uint32_t)(s) << 21 | (uint32_t)(t) << 16 | ((i)&0xffff))
#define ADDIU(t, s, i) I_TYPE(0x09, t, s, i)
#define ADDU(d, s, t) R_TYPE(0x21, d, s, t)
#define BEQ(s, t, n) I_TYPE(0x04, t, s, n)
#define BNE(s, t, n) I_TYPE(0x05, t, s, n)
#define LB(t, i, s) I_TYPE(0x20, t, s, i)
#define LW(t, i, s) I_TYPE(0x23, t, s, i)
#define MADD(s, t) (0x70000000u | R_TYPE(0, 0, s, t))
#define MULT(s, t) R_TYPE(0x18, 0, s, t)
#define DIV(s, t) R_TYPE(0x1a, 0, s, t)
#define MFHI(d) R_TYPE(0x10, d, 0, 0)
#define MFLO(d) R_TYPE(0x12, d, 0, 0)
#define MTLO(s) R_TYPE(0x13, 0, s, 0)
#define NOP 0u
#define SLL(d, t, n) (R_TYPE(0, d, 0, t) | (n) << 6)
#define SYSCALL 0x0000000cu

struct guest {
    struct jl_mem *mem;
    struct jl_machine *m;
    struct jl_region region;
};

/* A machine with `passes`, code at CODE, and words 3, -4, 5, -6, ... from DATA to DATA_END. */
static struct guest start(const char *passes, const uint32_t *word, unsigned n) {
    struct guest g = {.mem = jl_mem_create(false)};
    struct jl_config config;
    char err[256] = "";
    assert_non_null(g.mem);
    assert_int_equal(jl_mem_map(g.mem, CODE, 0x1000, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false), 0);
    assert_int_equal(jl_mem_map(g.mem, DATA, DATA_END - DATA, JL_PAGE_R | JL_PAGE_W, -1, 0, false), 0);
    jl_config_default(&config);
    assert_true(jl_config_set(&config, passes, err, sizeof err));
    assert_true(jl_config_set(&config, "tier=single", err, sizeof err));
    g.m = jl_machine_new(&config, NULL, g.mem, err, sizeof err);
    assert_non_null(g.m);
    g.m->cpu.isa = JL_ISA_SET_MIPS32R2;
    for (unsigned i = 0; i < n; i++)
        assert_true(jl_mem_store(g.mem, CODE + 4 * i, 4, word[i]));
    for (uint32_t i = 0; i < (DATA_END - DATA) / 4; i++)
        assert_true(jl_mem_store(g.mem, DATA + 4 * i, 4, i & 1 ? -(i + 3) : i + 3));
    return g;
}

#define START(passes, ...)                                                                                             \
    start(passes, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void stop(struct guest *g) {
    jl_machine_free(g->m);
    jl_mem_destroy(g->mem);
}

static const struct jl_ir *optimise(struct guest *g) {
    memset(&g->region, 0, sizeof g->region);
    g->region.pc = CODE;
    jl_ir_reset(g->m->ir);
    assert_true(jl_translate(g->m, &g->region));
    jl_passes_run(g->m, g->m->ir, NULL);
    assert_true(jl_ir_verify(g->m->ir, stderr));
    return g->m->ir;
}

/* Ops that are computed where they stand, in loops or (depth 0) outside. */
static unsigned count(const struct jl_ir *ir, unsigned op, bool in_loops) {
    unsigned n = 0;
    for (uint32_t b = 0; b < ir->nblocks; b++)
        for (jl_ref r = ir->blocks[b].first; r < ir->blocks[b].end; r++)
            n += ir->ops[r].op == op && !(ir->ops[r].flags & JL_IRF_SUNK) && (ir->blocks[b].loop_depth > 0) == in_loops;
    return n;
}

static unsigned wide_phis(const struct jl_ir *ir) {
    unsigned n = 0;
    for (uint32_t b = 0; b < ir->nblocks; b++)
        for (jl_ref phi = ir->blocks[b].phis; phi; phi = ir->ops[phi].d)
            n += ir->ops[phi].op == JL_IR_PHI && ir->ops[phi].type == JL_I64;
    return n;
}

static void assert_no_halves_in_loops(const struct jl_ir *ir) {
    assert_int_equal(count(ir, JL_IR_PAIR, true), 0);
    assert_int_equal(count(ir, JL_IR_TRUNC, true), 0);
    assert_int_equal(count(ir, JL_IR_HIGH, true), 0);
}

static enum jl_exit run(struct guest *g, int64_t slice) {
    g->m->cpu.pc = CODE;
    jl_machine_set_slice(g->m, slice);
    return jl_machine_run(g->m);
}

static void assert_hilo(const struct guest *g, int64_t value) {
    assert_int_equal(g->m->cpu.var[JL_VAR_LO], (uint32_t)value);
    assert_int_equal(g->m->cpu.var[JL_VAR_HI], (uint32_t)(value >> 32));
}

static int64_t squares(uint32_t words) {
    int64_t sum = 0;
    for (int64_t i = 0; i < words; i++)
        sum += (i + 3) * (i + 3);
    return sum;
}

/* ---- HI and LO ---- */

#define SUM LW(T1, 0, S0), ADDIU(S0, S0, 4), BNE(S0, T3, -3), MADD(T1, T1), MFLO(V0), SYSCALL

static void a_sum_of_products_is_one_value(void **state) {
    (void)state;
    struct guest g = START("passes=all", SUM);
    const struct jl_ir *ir = optimise(&g);
    assert_int_equal(wide_phis(ir), 1);
    assert_no_halves_in_loops(ir);
    g.m->cpu.var[JL_VAR_HI] = 5;
    g.m->cpu.var[JL_VAR_LO] = 7;
    g.m->cpu.var[S0] = DATA;
    g.m->cpu.var[T3] = DATA + 4 * 100;
    assert_int_equal(run(&g, 100000), JL_EXIT_SYSCALL);
    assert_hilo(&g, (5ll << 32) + 7 + squares(100));
    assert_int_equal(g.m->cpu.var[V0], (uint32_t)(7 + squares(100)));
    stop(&g);
    g = START("passes=all:hilo=0", SUM);
    ir = optimise(&g);
    assert_int_equal(wide_phis(ir), 0);
    assert_int_equal(count(ir, JL_IR_PAIR, true), 1);
    stop(&g);
}

/* The time slice ends in the loop: the halves are then made from the saved registers. */
static void both_halves_are_there_in_the_middle(void **state) {
    (void)state;
    static const char *const passes[] = {"passes=all", "passes=all:regalloc=0"};
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = START(passes[i], SUM);
        g.m->cpu.var[JL_VAR_HI] = 0x80000000;
        g.m->cpu.var[S0] = DATA;
        assert_int_equal(run(&g, 203), JL_EXIT_SLICE);
        assert_int_equal(g.m->cpu.pc, CODE);
        assert_in_range(g.m->cpu.var[S0], DATA + 4 * 40, DATA + 4 * 60);
        assert_hilo(&g, INT64_MIN + squares((uint32_t)(g.m->cpu.var[S0] - DATA) / 4));
        stop(&g);
    }
}

static void an_unused_half_costs_a_loop_nothing(void **state) {
    (void)state;
    struct guest g =
        START("passes=all", MULT(T1, T2), MFHI(T3), ADDU(T2, T2, T3), ADDIU(T0, T0, -1), BNE(T0, 0, -5), NOP, SYSCALL);
    const struct jl_ir *ir = optimise(&g);
    assert_int_equal(count(ir, JL_IR_HIGH, true), 1);
    assert_int_equal(count(ir, JL_IR_TRUNC, true), 0);
    int32_t t2 = 1000003;
    int64_t p = 0;
    g.m->cpu.var[T0] = 20;
    g.m->cpu.var[T1] = 0x12345678;
    g.m->cpu.var[T2] = (uint32_t)t2;
    for (unsigned i = 0; i < 20; i++) {
        p = (int64_t)0x12345678 * t2;
        t2 = (int32_t)((uint32_t)t2 + (uint32_t)(p >> 32));
    }
    assert_int_equal(run(&g, 100000), JL_EXIT_SYSCALL);
    assert_hilo(&g, p);
    stop(&g);
}

/* Not every turn adds: what leaves the loop is a phi of each half, till the pass makes one of them. */
static void a_sum_with_a_condition_is_one_value(void **state) {
    (void)state;
    struct guest g = START("passes=all", MTLO(0), LW(T1, 0, S0), BEQ(T1, T2, 2), ADDIU(S0, S0, 4), MADD(T1, T1),
                           BNE(S0, T3, -5), NOP, MFLO(V0), SYSCALL);
    const struct jl_ir *ir = optimise(&g);
    assert_int_equal(wide_phis(ir), 2);
    assert_no_halves_in_loops(ir);
    g.m->cpu.var[S0] = DATA;
    g.m->cpu.var[T2] = 5;
    g.m->cpu.var[T3] = DATA + 40;
    assert_int_equal(run(&g, 100000), JL_EXIT_SYSCALL);
    assert_hilo(&g, squares(10) - 25);
    assert_int_equal(g.m->cpu.var[V0], squares(10) - 25);
    stop(&g);
}

/* Quotient and remainder are two values, and stay two: nothing is left of the question. */
static void halves_of_nothing_stay_apart(void **state) {
    (void)state;
    struct guest g = START("passes=all", LW(T1, 0, S0), BEQ(T1, T2, 2), ADDIU(S0, S0, 4), DIV(T1, T2), BNE(S0, T3, -5),
                           NOP, MFLO(V0), SYSCALL);
    const struct jl_ir *ir = optimise(&g);
    assert_int_equal(wide_phis(ir), 0);
    assert_int_equal(count(ir, JL_IR_PAIR, false) + count(ir, JL_IR_TRUNC, false), 0);
    g.m->cpu.var[S0] = DATA;
    g.m->cpu.var[T2] = 5;
    g.m->cpu.var[T3] = DATA + 36;
    assert_int_equal(run(&g, 100000), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[V0], 2); /* 11 = 2 * 5 + 1 */
    assert_int_equal(g.m->cpu.var[JL_VAR_HI], 1);
    stop(&g);
}

/* ---- counters ---- */

#define STEP LW(T1, 0, S0), ADDIU(S0, S0, 160), BNE(S0, T3, -3), NOP, ADDIU(V0, S0, 4), SYSCALL

/* The sum behind the loop, which has no other addition of a constant outside. */
static const struct jl_op *sum_behind(const struct jl_ir *ir) {
    const struct jl_op *sum = NULL;
    for (uint32_t b = 0; b < ir->nblocks; b++)
        for (jl_ref r = ir->blocks[b].first; r < ir->blocks[b].end; r++)
            if (ir->ops[r].op == JL_IR_ADD && !ir->blocks[b].loop_depth)
                sum = &ir->ops[r];
    assert_non_null(sum);
    return sum;
}

static void an_old_counter_dies_at_its_step(void **state) {
    (void)state;
    struct guest g = START("passes=all", STEP);
    const struct jl_ir *ir = optimise(&g);
    assert_int_equal(ir->ops[sum_behind(ir)->a].op, JL_IR_ADD);
    g.m->cpu.var[S0] = DATA;
    g.m->cpu.var[T3] = DATA + 1600;
    assert_int_equal(run(&g, 100000), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[V0], DATA + 1604);
    stop(&g);
    g = START("passes=all:counters=0", STEP);
    ir = optimise(&g);
    assert_int_equal(ir->ops[sum_behind(ir)->a].op, JL_IR_PHI);
    stop(&g);
}

/* ---- sunk values ---- */

/* The lowest byte of word s0[--t0], after another load: the shift and the sum are only there for whoever looks at t1 in
 * the middle. (Bytes: words would be looked at for being aligned.) */
#define ELEMENT                                                                                                        \
    ADDIU(T0, T0, -1), SLL(T1, T0, 2), LB(T2, 0, T3), ADDU(T1, S0, T1), LB(T1, 0, T1), ADDU(V0, V0, T2),               \
        BNE(T0, 0, -7), ADDU(V0, V0, T1), SYSCALL

static void an_element_of_an_array_is_one_load(void **state) {
    (void)state;
    struct guest g = START("passes=all", ELEMENT);
    const struct jl_ir *ir = optimise(&g);
    assert_int_equal(count(ir, JL_IR_SHL, true), 0);
    assert_int_equal(count(ir, JL_IR_ADD, true), 3); /* t0, and v0 twice */
    g.m->cpu.var[T0] = 100;
    g.m->cpu.var[S0] = g.m->cpu.var[T3] = DATA;
    assert_int_equal(run(&g, 100000), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[V0], 300 - 50);
    assert_int_equal(g.m->cpu.var[T1], 3);
    stop(&g);
    g = START("passes=all:sink=0", ELEMENT);
    ir = optimise(&g);
    assert_int_equal(count(ir, JL_IR_SHL, true), 1);
    assert_int_equal(count(ir, JL_IR_ADD, true), 4);
    stop(&g);
}

/* The runner of the tests has put its own handler in the place of the translator's. */
static struct sigaction translators;

static void let_faults_through(void) {
    sigaction(SIGSEGV, &translators, NULL);
}

static void a_fault_sees_every_step_of_an_address(void **state) {
    (void)state;
    struct guest g = START("passes=all", ELEMENT);
    g.m->cpu.var[T0] = 10;
    g.m->cpu.var[S0] = DATA;
    g.m->cpu.var[T3] = DATA_END; /* the shift is done, the sum not yet */
    let_faults_through();
    assert_int_not_equal(run(&g, 100000), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.pc, CODE + 8);
    assert_int_equal(g.m->cpu.var[T1], 4 * 9);
    g.m->cpu.var[T0] = 10;
    g.m->cpu.var[S0] = DATA_END;
    g.m->cpu.var[T3] = DATA;
    assert_int_not_equal(run(&g, 100000), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.pc, CODE + 16);
    assert_int_equal(g.m->cpu.var[T1], DATA_END + 4 * 9);
    assert_int_equal(g.m->cpu.var[T2], 3);
    stop(&g);
}

/* The way out in the middle of the loop writes the sum: it is made there, and with it the shift. */
static void a_rare_way_out_makes_what_it_needs(void **state) {
    (void)state;
    struct guest g = START("passes=all", ADDIU(T0, T0, -1), SLL(T1, T0, 2), ADDU(T1, S0, T1), LB(T2, 0, T1),
                           BEQ(T2, T3, 4), NOP, LB(T1, 4, T1), BNE(T0, 0, -8), ADDU(V0, V0, T2), SYSCALL);
    g.m->cpu.var[T0] = 100;
    g.m->cpu.var[S0] = DATA;
    g.m->cpu.var[T3] = 3 + 40;
    assert_int_equal(run(&g, 100000), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[T0], 40);
    assert_int_equal(g.m->cpu.var[T1], DATA + 160);
    stop(&g);
}

/* ---- switches ---- */

static void every_pass_is_on_by_default(void **state) {
    (void)state;
    unsigned passes = 0;
#define JL_PASS(id, name, summary) passes++;
#include "jit/passes/passes.def"
#undef JL_PASS
    struct guest g = START("passes=all", SYSCALL);
    assert_int_equal(g.m->passes, (1u << passes) - 1);
    stop(&g);
}

int main(void) {
    struct guest g = START("passes=all", SYSCALL);
    sigaction(SIGSEGV, NULL, &translators);
    stop(&g);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sum_of_products_is_one_value),      cmocka_unit_test(both_halves_are_there_in_the_middle),
        cmocka_unit_test(an_unused_half_costs_a_loop_nothing), cmocka_unit_test(a_sum_with_a_condition_is_one_value),
        cmocka_unit_test(halves_of_nothing_stay_apart),        cmocka_unit_test(an_old_counter_dies_at_its_step),
        cmocka_unit_test(an_element_of_an_array_is_one_load),  cmocka_unit_test(a_fault_sees_every_step_of_an_address),
        cmocka_unit_test(a_rare_way_out_makes_what_it_needs),  cmocka_unit_test(every_pass_is_on_by_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
