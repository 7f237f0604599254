/* invalidate=bitmap-mixed: when a page moves to the bitmap, what that keeps, and what is stopped there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/snippets.h"

enum { BESIDE = CODE + 0x800, NEXT_PAGE = CODE + 0x1000 };

static struct guest begin_in(const char *settings, uint32_t mode) {
    return start_with(settings, mode, &(struct jl_tools){.count = true});
}

static struct guest begin(void) {
    return begin_in("invalidate=bitmap-mixed", 0);
}

/* What stands at pc, with S0 = at. */
static void run_at(struct guest *g, uint32_t pc, uint32_t at) {
    g->m->cpu.var[S0] = at;
    g->m->cpu.pc = pc;
    jl_machine_set_slice(g->m, 1000);
    assert_int_equal(jl_machine_run(g->m), JL_EXIT_SYSCALL);
}

/* What stands at CODE, `times` times; each run adds 1 to T2 (or what the code has become). */
static void run(struct guest *g, uint32_t at, unsigned times) {
    for (unsigned i = 0; i < times; i++)
        run_at(g, CODE, at);
}

static const struct jl_counters *counters(struct guest *g) {
    return jl_machine_counters(g->m);
}

static bool guarded(struct guest *g, uint32_t addr) {
    return jl_page_has(g->mem, addr, JL_PAGE_GUARD);
}

static void put_store(struct guest *g) {
    PUT(g, CODE, SW(T0, 0, S0), ADDIU(T2, T2, 1), SYSCALL);
}

/* Host instructions of 100 runs whose store goes to at, by what has been stored before. */
static uint64_t cost(uint32_t before, uint32_t at) {
    struct guest g = begin();
    put_store(&g);
    run(&g, before, 3);
    uint64_t from = counters(&g)->host_instructions;
    run(&g, at, 100);
    uint64_t n = counters(&g)->host_instructions - from;
    stop(&g);
    return n;
}

/* One write moves the page and drops the region whose store had no test, and no further one costs a fault. */
static void data_beside_code_cost_one_fault(void **state) {
    (void)state;
    struct guest g = begin();
    put_store(&g);
    run(&g, DATA, 10);
    assert_true(guarded(&g, CODE));
    run(&g, BESIDE, 100);
    assert_false(guarded(&g, CODE));
    assert_int_equal(g.m->cpu.var[T2], 110);
    assert_int_equal(counters(&g)->code_writes, 2); /* the fault, and the interpreter, which then stores */
    assert_int_equal(counters(&g)->host_faults, 1);
    assert_int_equal(counters(&g)->regions_invalidated, 1);
    stop(&g);
}

static void stores_are_tested_once_a_page_is_mixed(void **state) {
    (void)state;
    uint64_t none = cost(DATA, DATA), elsewhere = cost(BESIDE, DATA), there = cost(BESIDE, BESIDE);
    assert_true(none < elsewhere);
    assert_true(elsewhere < there);
}

static void a_region_without_stores_survives(void **state) {
    (void)state;
    struct guest g = begin();
    PUT(&g, CODE, ADDIU(T2, T2, 1), SYSCALL);
    run(&g, DATA, 2);
    PUT(&g, BESIDE, 1, 2, 3);
    run(&g, DATA, 10);
    assert_int_equal(counters(&g)->regions_translated, 1);
    assert_int_equal(counters(&g)->regions_invalidated, 0);
    stop(&g);
}

/* A write to code: by the guest's own store and from outside, to a page that is mixed and to one that is not. */
static void changed_code_is_seen(void **state) {
    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        struct guest g = begin();
        put_store(&g);
        run(&g, way & 1 ? BESIDE : DATA, 3);
        assert_int_equal(guarded(&g, CODE), !(way & 1));
        if (way & 2) {
            PUT(&g, CODE + 4, ADDIU(T2, T2, 100));
            run(&g, DATA, 1);
        } else {
            g.m->cpu.var[T0] = ADDIU(T2, T2, 100);
            run(&g, CODE + 4, 1);
        }
        assert_int_equal(g.m->cpu.var[T2], 103);
        run(&g, DATA, 1);
        assert_int_equal(g.m->cpu.var[T2], 203);
        assert_int_equal(guarded(&g, CODE), !(way & 1)); /* a mixed page stays so */
        stop(&g);
    }
}

/* A page without data in it stays protected where another one is mixed, and moves by itself. */
static void each_page_moves_for_itself(void **state) {
    (void)state;
    struct guest g = begin();
    assert_int_equal(jl_mem_map(g.mem, NEXT_PAGE, 0x1000, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false), 0);
    PUT(&g, CODE, SW(T0, 0, S0), BEQ(0, 0, 0x3fe), NOP);
    PUT(&g, NEXT_PAGE + 0x8, ADDIU(T2, T2, 1), SYSCALL);
    run(&g, BESIDE, 3);
    g.m->cpu.var[T2] = 0;
    run(&g, DATA, 3);
    assert_int_equal(g.m->cpu.var[T2], 3);
    assert_false(guarded(&g, CODE));
    assert_true(guarded(&g, NEXT_PAGE));
    run(&g, NEXT_PAGE + 0x800, 3);
    assert_false(guarded(&g, NEXT_PAGE));
    g.m->cpu.var[T0] = ADDIU(T2, T2, 10);
    run(&g, NEXT_PAGE + 0x8, 1);
    assert_int_equal(g.m->cpu.var[T2], 16);
    stop(&g);
}

/* Another mapping is another page. */
static void a_new_mapping_is_protected_again(void **state) {
    (void)state;
    struct guest g = begin();
    put_store(&g);
    run(&g, BESIDE, 3);
    assert_false(guarded(&g, CODE));
    assert_int_equal(jl_mem_map(g.mem, CODE, 0x1000, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false), 0);
    put_store(&g);
    run(&g, DATA, 3);
    assert_true(guarded(&g, CODE));
    run(&g, BESIDE, 3);
    assert_int_equal(g.m->cpu.var[T2], 9);
    stop(&g);
}

/* An unaligned store in the page in front, which holds neither code nor anything mixed, reaches into the mixed one. */
static void a_store_into_a_mixed_page_from_the_one_before_is_seen(void **state) {
    (void)state;
    struct guest g = begin_in("invalidate=bitmap-mixed", JL_MODE_ALIGN_FIX);
    assert_int_equal(jl_mem_map(g.mem, CODE - 0x1000, 0x1000, JL_PAGE_R | JL_PAGE_W, -1, 0, false), 0);
    PUT(&g, CODE, ADDIU(T2, T2, 1), SYSCALL);
    PUT(&g, CODE + 0x100, SW(T0, 0, S0), SYSCALL);
    run(&g, DATA, 1);
    run_at(&g, CODE + 0x100, BESIDE);
    run_at(&g, CODE + 0x100, DATA);
    assert_false(guarded(&g, CODE));
    g.m->cpu.var[T0] = 5 << 16; /* the immediate, in little-endian order */
    run_at(&g, CODE + 0x100, CODE - 2);
    run(&g, DATA, 1);
    assert_int_equal(g.m->cpu.var[T2], 6);
    stop(&g);
}

/* A region from before the first mixed page comes back after it: its store has no test, and the page is protected. */
static void a_region_that_is_taken_back_without_tests_is_seen(void **state) {
    (void)state;
    struct guest g = begin_in("invalidate=bitmap-mixed lookup=flat-phys", 0);
    const unsigned rwx = JL_PAGE_R | JL_PAGE_W | JL_PAGE_X;
    assert_int_equal(jl_mem_map(g.mem, NEXT_PAGE, 0x1000, rwx, -1, 0, false), 0);
    PUT(&g, CODE, ADDIU(T2, T2, 1), SYSCALL);
    PUT(&g, NEXT_PAGE, SW(T0, 0, S0), SYSCALL);
    run_at(&g, NEXT_PAGE, DATA);
    run(&g, DATA, 1);
    assert_int_equal(jl_mem_protect(g.mem, NEXT_PAGE, 0x1000, JL_PAGE_R), 0);
    assert_int_equal(jl_mem_protect(g.mem, NEXT_PAGE, 0x1000, rwx), 0);
    PUT(&g, BESIDE, 1);
    assert_false(guarded(&g, CODE));
    g.m->cpu.var[T0] = ADDIU(T2, T2, 100);
    run_at(&g, NEXT_PAGE, CODE);
    assert_int_equal(counters(&g)->regions_revived, 1);
    run(&g, DATA, 1);
    assert_int_equal(g.m->cpu.var[T2], 101);
    stop(&g);
}

/* Another machine's regions cannot be dropped from here: where one may have stores without tests, pages stay protected;
 * where all have them (a page was mixed before the second came), they move. */
static void of_two_machines_neither_has_stores_without_tests_when_a_page_moves(void **state) {
    (void)state;
    for (unsigned tested = 0; tested < 2; tested++) {
        struct guest g = begin();
        struct jl_config config;
        char err[256] = "";
        assert_int_equal(jl_mem_map(g.mem, NEXT_PAGE, 0x1000, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false), 0);
        put_store(&g);
        PUT(&g, NEXT_PAGE, ADDIU(T2, T2, 1), SYSCALL);
        run(&g, tested ? BESIDE : DATA, 3);
        jl_config_default(&config);
        assert_true(jl_config_set(&config, "invalidate=bitmap-mixed", err, sizeof err));
        struct jl_machine *other = jl_machine_new(&config, NULL, g.mem, err, sizeof err);
        assert_non_null(other);
        run_at(&g, NEXT_PAGE, DATA);
        PUT(&g, NEXT_PAGE + 0x800, 1);
        run_at(&g, NEXT_PAGE, DATA);
        assert_int_equal(guarded(&g, NEXT_PAGE), !tested);
        g.m->cpu.var[T0] = ADDIU(T2, T2, 100);
        run(&g, NEXT_PAGE, 1);
        g.m->cpu.var[T2] = 0;
        run_at(&g, NEXT_PAGE, DATA);
        assert_int_equal(g.m->cpu.var[T2], 100);
        jl_machine_free(other);
        stop(&g);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_beside_code_cost_one_fault),
        cmocka_unit_test(stores_are_tested_once_a_page_is_mixed),
        cmocka_unit_test(a_region_without_stores_survives),
        cmocka_unit_test(changed_code_is_seen),
        cmocka_unit_test(each_page_moves_for_itself),
        cmocka_unit_test(a_new_mapping_is_protected_again),
        cmocka_unit_test(a_store_into_a_mixed_page_from_the_one_before_is_seen),
        cmocka_unit_test(a_region_that_is_taken_back_without_tests_is_seen),
        cmocka_unit_test(of_two_machines_neither_has_stores_without_tests_when_a_page_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
