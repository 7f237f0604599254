/* returns=shadow: what is popped, what is kept and what is forgotten, seen in its counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/snippets.h"

enum { RA = 31, S2 = 18, S3 = 19, A = CODE + 0x100, B = CODE + 0x200, C = CODE + 0x300, D = CODE + 0x400 };
enum { BEHIND_A = CODE + 8, BEHIND_B = A + 12 };

/* A calls B, B calls C, and C's return is to where S3 says. A's own return is counted in T2. D returns as A does. */
static struct guest three_calls(const char *settings) {
    char all[128];
    snprintf(all, sizeof all, "region=loop:callee=0 %s", settings);
    struct guest g = start_with(all, 0, &(struct jl_tools){.count = true});
    PUT(&g, CODE, JAL(A), NOP, ADDIU(T2, T2, 1), SYSCALL);
    PUT(&g, A, MOVE(S2, RA), JAL(B), NOP, ADDIU(T0, T0, 1), MOVE(RA, S2), JR(RA), NOP);
    PUT(&g, B, JAL(C), NOP, ADDIU(T1, T1, 1), SYSCALL);
    PUT(&g, C, MOVE(RA, S3), JR(RA), NOP);
    PUT(&g, D, MOVE(RA, S2), JR(RA), NOP);
    return g;
}

static void run(struct guest *g, uint32_t pc, uint32_t target) {
    g->m->cpu.var[S3] = target;
    g->m->cpu.pc = pc;
    jl_machine_set_slice(g->m, 1000);
    assert_int_equal(jl_machine_run(g->m), JL_EXIT_SYSCALL);
}

static void assert_counts(struct guest *g, unsigned hits, unsigned misses, unsigned resyncs) {
    const struct jl_counters *c = jl_machine_counters(g->m);
    assert_int_equal(c->rsb_hits, hits);
    assert_int_equal(c->rsb_misses, misses);
    assert_int_equal(c->rsb_resyncs, resyncs);
}

static void a_jump_out_of_calls_pops_to_the_one_it_returns_to(void **state) {
    (void)state;
    struct guest g = three_calls("returns=shadow");
    for (unsigned i = 1; i <= 3; i++) {
        run(&g, CODE, BEHIND_B);
        assert_counts(&g, i, i, i);
    }
    assert_int_equal(jl_machine_counters(g.m)->rsb_pushes, 9);
    assert_int_equal(g.m->cpu.var[T0], 3);
    assert_int_equal(g.m->cpu.var[T1], 0);
    assert_int_equal(g.m->cpu.var[T2], 3);
    stop(&g);
}

/* Where rsb knows nothing any more. */
static void a_ring_that_is_cleared_misses_the_callers_return_too(void **state) {
    (void)state;
    struct guest g = three_calls("returns=rsb");
    run(&g, CODE, BEHIND_B);
    assert_counts(&g, 0, 2, 0);
    stop(&g);
}

static void a_return_that_is_not_there_leaves_the_stack(void **state) {
    (void)state;
    struct guest g = three_calls("returns=shadow");
    for (unsigned i = 1; i <= 3; i++) {
        run(&g, CODE, D);
        assert_counts(&g, 0, 2 * i, i);
    }
    assert_int_equal(g.m->cpu.var[T2], 3);
    stop(&g);
}

static void a_search_ends_and_what_it_has_seen_is_gone(void **state) {
    (void)state;
    struct guest g = three_calls("returns=shadow:search=1");
    run(&g, CODE, BEHIND_B); /* drops B's entry, then A's: the newest is CODE's now */
    assert_counts(&g, 0, 2, 0);
    run(&g, C, BEHIND_A);
    assert_counts(&g, 1, 2, 0);
    assert_int_equal(g.m->cpu.var[T2], 2);
    stop(&g);
}

static void what_was_overwritten_or_popped_is_not_found(void **state) {
    (void)state;
    struct guest g = three_calls("returns=shadow:depth=1");
    run(&g, CODE, BEHIND_B); /* CODE's entry was overwritten by B's */
    assert_counts(&g, 0, 2, 1);
    run(&g, C, BEHIND_B);
    assert_counts(&g, 0, 4, 1);
    stop(&g);
    g = three_calls("returns=shadow:depth=0");
    run(&g, CODE, BEHIND_B);
    assert_counts(&g, 0, 2, 0);
    assert_int_equal(g.m->cpu.var[T2], 1);
    PUT(&g, A, SYSCALL);
    run(&g, CODE, 0);
    run(&g, C, BEHIND_A);
    assert_counts(&g, 1, 2, 0);
    run(&g, C, BEHIND_A); /* popped */
    assert_counts(&g, 1, 3, 0);
    stop(&g);
}

/* A stops with CODE's entry on the stack; then the code behind that call changes. */
static void host_addresses_die_with_a_region(void **state) {
    (void)state;
    struct guest g = three_calls("returns=shadow invalidate=explicit");
    PUT(&g, A, SYSCALL);
    run(&g, CODE, 0);
    run(&g, C, BEHIND_A);
    assert_counts(&g, 1, 0, 0);
    run(&g, CODE, 0);
    PUT(&g, BEHIND_A, ADDIU(T2, T2, 100));
    jl_machine_cacheflush(g.m, BEHIND_A, 4);
    run(&g, C, BEHIND_A);
    assert_counts(&g, 1, 1, 0);
    assert_int_equal(g.m->cpu.var[T2], 101);
    stop(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jump_out_of_calls_pops_to_the_one_it_returns_to),
        cmocka_unit_test(a_ring_that_is_cleared_misses_the_callers_return_too),
        cmocka_unit_test(a_return_that_is_not_there_leaves_the_stack),
        cmocka_unit_test(a_search_ends_and_what_it_has_seen_is_gone),
        cmocka_unit_test(what_was_overwritten_or_popped_is_not_found),
        cmocka_unit_test(host_addresses_die_with_a_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
