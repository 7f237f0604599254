/* specialize=annotated: how many versions there are and what they do without, seen in counters; when they go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "jit/frontend/specialize.h"
#include "tests/unit/snippets.h"

#define CONSTANT(r) R_TYPE(JL_ANNOTATE_CONSTANT << 6, 0, 0, r)
#define MEMORY(r) R_TYPE(JL_ANNOTATE_MEMORY << 6, 0, 0, r)
#define BYTES(r) R_TYPE(JL_ANNOTATE_BYTES << 6, 0, 0, r)

enum { JUMPER = CODE + 0x200 };

static struct guest begin(const char *settings) {
    struct guest g = start_with(settings, 0, &(struct jl_tools){.count = true});
    g.m->cpu.var[S0] = DATA;
    g.m->cpu.var[S1] = 16;
    for (uint32_t i = 0; i < 4; i++)
        assert_true(jl_mem_store(g.mem, DATA + 4 * i, 4, 100 + i));
    return g;
}

/* Runs the code at pc with that in T0; what it leaves in T2. */
static uint32_t run_from(struct guest *g, uint32_t pc, uint32_t t0) {
    g->m->cpu.var[T0] = t0;
    g->m->cpu.pc = pc;
    jl_machine_set_slice(g->m, 1000);
    assert_int_equal(jl_machine_run(g->m), JL_EXIT_SYSCALL);
    return (uint32_t)g->m->cpu.var[T2];
}

static uint32_t run(struct guest *g, uint32_t t0) {
    return run_from(g, CODE, t0);
}

static const struct jl_counters *counters(const struct guest *g) {
    return jl_machine_counters(g->m);
}

static void put_sum(struct guest *g) {
    PUT(g, CODE, JL_ANNOTATE_BEGIN, CONSTANT(T0), ADDIU(T1, T0, 5), ADDU(T2, T1, T3), SYSCALL);
}

static void each_value_has_a_version(void **state) {
    (void)state;
    struct guest g = begin("specialize=annotated");
    put_sum(&g);
    g.m->cpu.var[T3] = 1000;
    for (uint32_t i = 0; i < 12; i++)
        assert_int_equal(run(&g, i % 3), 1005 + i % 3);
    assert_int_equal(counters(&g)->versions_made, 3);
    assert_int_equal(counters(&g)->version_misses, 2);
    assert_int_equal(counters(&g)->version_entries, 12);
    assert_int_equal(jl_machine_retired(g.m), 12 * 4);
    stop(&g);
}

static void other_values_have_general_code(void **state) {
    (void)state;
    struct guest g = begin("specialize=annotated:versions=2");
    put_sum(&g);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(run(&g, i % 5), 5 + i % 5);
    assert_int_equal(counters(&g)->versions_made, 2);
    assert_int_equal(counters(&g)->version_misses, 2);
    assert_int_equal(counters(&g)->version_entries, 8);
    assert_int_equal(counters(&g)->regions_translated, 3);
    stop(&g);
}

/* Lockstep gives translated code the time of the first block of the version that is entered, and another one may run:
 * where that begins with more, it comes to nothing again and again. */
static void lockstep_comes_through_general_code(void **state) {
    (void)state;
    struct guest g =
        start_with("specialize=annotated:versions=2", 0, &(struct jl_tools){.check = true, .dump = stderr});
    put_sum(&g);
    g.m->cpu.var[T3] = 1000;
    alarm(20);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(run(&g, i % 5), 1005 + i % 5);
    alarm(0);
    assert_int_equal(counters(&g)->versions_made, 2);
    assert_int_equal(counters(&g)->check_regions, 20 + counters(&g)->version_misses);
    stop(&g);
}

static void without_the_strategy_nothing_is_special(void **state) {
    (void)state;
    struct guest g = begin("specialize=none");
    put_sum(&g);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(run(&g, i), 5 + i);
    assert_int_equal(counters(&g)->versions_made, 0);
    assert_int_equal(counters(&g)->regions_translated, 1);
    assert_int_equal(jl_machine_retired(g.m), 5 * 4);
    stop(&g);
}

/* The sum of four words, T0 times each. */
static void put_loop(struct guest *g) {
    PUT(g, CODE, JL_ANNOTATE_BEGIN, CONSTANT(T0), MEMORY(S0), BYTES(S1), MOVE(T3, S0), ADDU(9 + 5, S0, S1), MOVE(T2, 0),
        LW(T1, 0, T3), ADDIU(T3, T3, 4), ADDU(T2, T2, T1), BNE(T3, 9 + 5, -4), NOP, ADDU(T2, T2, T0), SYSCALL);
}

static void loops_that_constants_end_are_unrolled(void **state) {
    (void)state;
    struct guest g = begin("specialize=annotated");
    put_loop(&g);
    assert_int_equal(run(&g, 1), 407);
    assert_int_equal(counters(&g)->version_loads_removed, 4);
    assert_int_equal(counters(&g)->version_branches_removed, 4);
    assert_int_equal(counters(&g)->version_turns_unrolled, 3);
    assert_int_equal(jl_machine_retired(g.m), 7 + 4 * 5 + 1);
    stop(&g);
    for (unsigned turns = 0; turns < 4; turns++) {
        char settings[64];
        snprintf(settings, sizeof settings, "specialize=annotated:turns=%u", turns);
        g = begin(settings);
        put_loop(&g);
        assert_int_equal(run(&g, 1), 407);
        assert_true(counters(&g)->version_turns_unrolled <= turns);
        assert_int_equal(jl_machine_retired(g.m), 7 + 4 * 5 + 1);
        stop(&g);
    }
}

/* Of T3 and T0, which is constant in a version: quotient and rest, by a signed and an unsigned division. */
static void constant_divisors_are_reduced(void **state) {
    static const uint32_t divisor[] = {1, 2, 64, 0x80000000, 7, 0, 0xffffffff}, dividend[] = {0, 1000, 0xfffffc18};
    (void)state;
    for (unsigned i = 0; i < sizeof divisor / sizeof *divisor; i++) {
        struct guest g = begin("specialize=annotated"), plain = begin("backend=interp");
        struct guest *both[2] = {&g, &plain};
        for (unsigned k = 0; k < 2; k++)
            PUT(both[k], CODE, JL_ANNOTATE_BEGIN, CONSTANT(T0), DIVU(T3, T0), R_TYPE(0x12, T1, 0, 0),
                R_TYPE(0x10, 14, 0, 0), R_TYPE(0x1a, 0, T3, T0), R_TYPE(0x12, 24, 0, 0), R_TYPE(0x10, 25, 0, 0),
                SYSCALL);
        for (unsigned k = 0; k < sizeof dividend / sizeof *dividend; k++) {
            for (unsigned n = 0; n < 2; n++) {
                both[n]->m->cpu.var[T3] = dividend[k];
                run(both[n], divisor[i]);
            }
            static const uint8_t made[] = {T1, 14, 24, 25};
            for (unsigned n = 0; n < sizeof made; n++)
                assert_int_equal((uint32_t)g.m->cpu.var[made[n]], (uint32_t)plain.m->cpu.var[made[n]]);
        }
        stop(&g);
        stop(&plain);
    }
}

/* A slice may end in front of a version (one shorter than a block would never end); what is retired is known to the
 * instruction. */
static void slices_end_in_versions(void **state) {
    (void)state;
    for (int64_t slice = 4; slice < 40; slice++) {
        struct guest g = begin("specialize=annotated invalidate=bitmap");
        put_loop(&g);
        PUT(&g, JUMPER, BEQ(0, 0, (int)(CODE - JUMPER) / 4 - 1), NOP);
        for (uint32_t value = 1; value < 4; value++) {
            unsigned exits = 0;
            uint64_t before = jl_machine_retired(g.m);
            g.m->cpu.var[T0] = value;
            g.m->cpu.pc = JUMPER;
            do {
                assert_true(++exits < 100);
                jl_machine_set_slice(g.m, slice);
            } while (jl_machine_run(g.m) == JL_EXIT_SLICE);
            assert_int_equal(g.m->cpu.pc, CODE + 4 * 13);
            assert_int_equal(g.m->cpu.var[T2], 406 + value);
            assert_int_equal(jl_machine_retired(g.m) - before, 2 + 7 + 4 * 5 + 1);
        }
        stop(&g);
    }
}

static void each_optimisation_can_be_left_out(void **state) {
    (void)state;
    struct guest g = begin("specialize=annotated:loads=0");
    put_loop(&g);
    assert_int_equal(run(&g, 1), 407);
    assert_int_equal(counters(&g)->version_loads_removed, 0);
    assert_int_equal(counters(&g)->version_turns_unrolled, 3);
    stop(&g);
    g = begin("specialize=annotated:branches=0");
    put_loop(&g);
    assert_int_equal(run(&g, 1), 407);
    assert_int_equal(counters(&g)->version_branches_removed, 0);
    assert_int_equal(counters(&g)->version_turns_unrolled, 0);
    stop(&g);
}

/* With 0 in T0 it loads nothing. */
static void put_choice(struct guest *g) {
    PUT(g, CODE, JL_ANNOTATE_BEGIN, CONSTANT(T0), MEMORY(S0), BYTES(S1), BEQ(T0, 0, 4), ADDIU(T2, 0, 7), LW(T1, 4, S0),
        ADDU(T2, T1, T0), SYSCALL, SYSCALL);
}

/* What goes is not only the version that was made from what has changed: the first of the chain leads to it. */
static void versions_go_together(void **state) {
    static const char *const watching[] = {"page-fault", "bitmap", "checksum", "checksum-dirty"};
    (void)state;
    for (unsigned i = 0; i < sizeof watching / sizeof *watching; i++) {
        char settings[64];
        snprintf(settings, sizeof settings, "specialize=annotated invalidate=%s", watching[i]);
        struct guest g = begin(settings);
        put_choice(&g);
        PUT(&g, JUMPER, BEQ(0, 0, (int)(CODE - JUMPER) / 4 - 1), NOP);
        for (uint32_t value = 101; value < 105; value++) {
            for (unsigned k = 0; k < 3; k++) /* the jump is linked to the first version then */
                assert_int_equal(run_from(&g, JUMPER, 0), 7);
            assert_int_equal(run_from(&g, JUMPER, 1), value + 1);
            assert_int_equal(run_from(&g, JUMPER, 2), value + 2);
            assert_true(jl_mem_store(g.mem, DATA + 4, 4, value + 1));
        }
        assert_true(counters(&g)->versions_made > 3);
        stop(&g);
    }
}

static void without_watching_the_promise_is_trusted(void **state) {
    (void)state;
    struct guest g = begin("specialize=annotated invalidate=explicit");
    put_choice(&g);
    assert_int_equal(run(&g, 1), 102);
    assert_true(jl_mem_store(g.mem, DATA + 4, 4, 200));
    assert_int_equal(run(&g, 1), 102);
    jl_machine_cacheflush(g.m, DATA + 4, 4);
    assert_int_equal(run(&g, 1), 201);
    stop(&g);
}

static void what_changes_again_and_again_is_loaded(void **state) {
    (void)state;
    struct guest g = begin("specialize=annotated");
    put_choice(&g);
    for (uint32_t i = 0; i < 100; i++) {
        assert_true(jl_mem_store(g.mem, DATA + 4, 4, i));
        assert_int_equal(run(&g, 1), i + 1);
    }
    assert_true(counters(&g)->versions_made < 30);
    stop(&g);
}

static void half_an_annotation_is_none(void **state) {
    (void)state;
    struct guest g = begin("specialize=annotated");
    PUT(&g, CODE, JL_ANNOTATE_BEGIN, ADDIU(T2, T0, 1), SYSCALL);
    assert_int_equal(run(&g, 1), 2);
    PUT(&g, CODE, JL_ANNOTATE_BEGIN, MEMORY(S0), ADDIU(T2, T0, 3), SYSCALL);
    jl_machine_cacheflush(g.m, CODE, 64);
    assert_int_equal(run(&g, 1), 4);
    assert_int_equal(counters(&g)->versions_made, 0);
    stop(&g);
}

/* There are no more places in the machine: the cache is emptied, and with it all versions. */
static void more_versions_than_places_cost_a_flush(void **state) {
    (void)state;
    struct guest g = begin("specialize=annotated");
    for (uint32_t at = 0; at < 200; at++)
        PUT(&g, CODE + 16 * at, JL_ANNOTATE_BEGIN, CONSTANT(T0), ADDIU(T2, T0, (int)at), SYSCALL);
    for (unsigned turn = 0; turn < 2; turn++)
        for (uint32_t value = 0; value < 4; value++)
            for (uint32_t at = 0; at < 200; at++)
                assert_int_equal(run_from(&g, CODE + 16 * at, value), value + at);
    assert_true(counters(&g)->versions_made > JL_VERSION_SLOTS);
    assert_true(counters(&g)->cache_flushes > 0 && counters(&g)->cache_flushes < 6);
    stop(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_has_a_version),
        cmocka_unit_test(other_values_have_general_code),
        cmocka_unit_test(lockstep_comes_through_general_code),
        cmocka_unit_test(without_the_strategy_nothing_is_special),
        cmocka_unit_test(loops_that_constants_end_are_unrolled),
        cmocka_unit_test(constant_divisors_are_reduced),
        cmocka_unit_test(slices_end_in_versions),
        cmocka_unit_test(each_optimisation_can_be_left_out),
        cmocka_unit_test(versions_go_together),
        cmocka_unit_test(without_watching_the_promise_is_trusted),
        cmocka_unit_test(what_changes_again_and_again_is_loaded),
        cmocka_unit_test(half_an_annotation_is_none),
        cmocka_unit_test(more_versions_than_places_cost_a_flush),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
