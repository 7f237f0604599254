/* invalidate=checksum-dirty: when a region is verified, when its page is protected again, and what is found. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/snippets.h"

enum { BESIDE = CODE + 0x800 };

static struct guest begin(const char *settings) {
    return start_with(settings, 0, &(struct jl_tools){.count = true});
}

/* What stands at CODE, `times` times, with S0 = at; each run adds 1 to T2 (or what the code has become). */
static void run(struct guest *g, uint32_t at, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        g->m->cpu.var[S0] = at;
        g->m->cpu.pc = CODE;
        jl_machine_set_slice(g->m, 1000);
        assert_int_equal(jl_machine_run(g->m), JL_EXIT_SYSCALL);
    }
}

static const struct jl_counters *counters(struct guest *g) {
    return jl_machine_counters(g->m);
}

static void put_store(struct guest *g) {
    PUT(g, CODE, SW(T0, 0, S0), ADDIU(T2, T2, 1), SYSCALL);
}

static void clean_regions_are_entered_without_a_check(void **state) {
    (void)state;
    struct guest g = begin("invalidate=checksum-dirty");
    PUT(&g, CODE, ADDIU(T2, T2, 1), SW(T0, 0, S0), SYSCALL);
    run(&g, DATA, 50);
    assert_int_equal(counters(&g)->entries_verified, 0);
    assert_int_equal(counters(&g)->code_writes, 0);
    assert_int_equal(counters(&g)->regions_translated, 1);
    stop(&g);
}

/* The first write drops a region with stores, and no further one does. Protection lasts until the next store, which is
 * in the same run; faults come in runs 1, 5, 13, 29 and 61. */
static void data_beside_code_cost_fewer_and_fewer_faults(void **state) {
    (void)state;
    struct guest g = begin("invalidate=checksum-dirty:verify=4");
    put_store(&g);
    run(&g, BESIDE, 100);
    assert_int_equal(g.m->cpu.var[T2], 100);
    assert_int_equal(counters(&g)->regions_invalidated, 1);
    assert_int_equal(counters(&g)->code_writes, 5);
    assert_int_equal(counters(&g)->entries_verified, 100); /* in run 1 what stands behind the store */
    assert_int_equal(counters(&g)->stale_entries, 0);
    stop(&g);
}

static void a_region_without_stores_survives_the_first_write(void **state) {
    (void)state;
    struct guest g = begin("invalidate=checksum-dirty:verify=4");
    PUT(&g, CODE, ADDIU(T2, T2, 1), SYSCALL);
    run(&g, DATA, 2);
    PUT(&g, BESIDE, 1, 2, 3); /* one report: the page is dirty then */
    run(&g, DATA, 10);
    assert_int_equal(counters(&g)->code_writes, 1);
    assert_int_equal(counters(&g)->entries_verified, 4); /* and is clean again */
    assert_int_equal(counters(&g)->regions_translated, 1);
    stop(&g);
}

static void changed_code_is_found_on_a_dirty_page_and_on_one_protected_again(void **state) {
    (void)state;
    for (unsigned runs = 1; runs < 9; runs++) {
        struct guest g = begin("invalidate=checksum-dirty:verify=4");
        PUT(&g, CODE, ADDIU(T2, T2, 1), SYSCALL);
        run(&g, DATA, 1);
        PUT(&g, BESIDE, 1);
        run(&g, DATA, runs);
        PUT(&g, CODE, ADDIU(T2, T2, 100));
        run(&g, DATA, 1);
        assert_int_equal(g.m->cpu.var[T2], 101 + runs);
        assert_int_equal(counters(&g)->stale_entries, 1);
        assert_int_equal(counters(&g)->code_writes, runs < 4 ? 1 : 2);
        stop(&g);
    }
}

/* Another thread writes between the last check and the protection, for which the memory is locked. */
static void *write_late(void *guest) {
    struct guest *g = guest;
    jl_mem_lock(g->mem);
    __atomic_store_n(&g->region.word, 1, __ATOMIC_SEQ_CST); /* the main thread may go on */
    const uint32_t changed = ADDIU(T2, T2, 100);
    const uint64_t *word = jl_region_word(g->m->region_list[0]);
    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) >> 32)
        sched_yield();
    memcpy(g->mem->base + CODE, &changed, sizeof changed);
    jl_mem_unlock(g->mem);
    return NULL;
}

static void a_write_before_the_page_is_protected_again_is_found(void **state) {
    (void)state;
    pthread_t writer;
    struct guest g = begin("invalidate=checksum-dirty:verify=2");
    PUT(&g, CODE, ADDIU(T2, T2, 1), SYSCALL);
    run(&g, DATA, 1);
    PUT(&g, BESIDE, 1);
    run(&g, DATA, 1);
    assert_int_equal(pthread_create(&writer, NULL, write_late, &g), 0);
    while (!__atomic_load_n(&g.region.word, __ATOMIC_SEQ_CST))
        sched_yield();
    run(&g, DATA, 1);
    pthread_join(writer, NULL);
    assert_int_equal(g.m->cpu.var[T2], 102);
    assert_int_equal(counters(&g)->stale_entries, 1);
    stop(&g);
}

/* On a clean page the fault sees it, on a dirty one the test in front of the store. */
static void a_store_into_its_own_region_is_seen(void **state) {
    (void)state;
    for (unsigned dirty = 0; dirty < 3; dirty++) {
        struct guest g = begin("invalidate=checksum-dirty");
        put_store(&g);
        g.m->cpu.var[T0] = ADDIU(T2, T2, 100);
        run(&g, BESIDE, dirty);
        run(&g, CODE + 4, 1);
        assert_int_equal(g.m->cpu.var[T2], dirty + 100);
        stop(&g);
    }
}

/* Code on two pages: either one's write makes it dirty, and protecting covers both. */
static void a_region_on_two_pages_watches_both(void **state) {
    (void)state;
    struct guest g = begin("invalidate=checksum-dirty:verify=2");
    assert_int_equal(jl_mem_map(g.mem, CODE + 0x1000, 0x1000, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false), 0);
    PUT(&g, CODE, BEQ(0, 0, 0x3fc), NOP);
    PUT(&g, CODE + 0xff4, ADDIU(T2, T2, 1), ADDIU(T2, T2, 2), ADDIU(T2, T2, 3), ADDIU(T2, T2, 4), SYSCALL);
    run(&g, DATA, 1);
    PUT(&g, CODE + 0x1800, 7);
    run(&g, DATA, 3);
    assert_int_equal(g.m->cpu.var[T2], 40);
    PUT(&g, CODE + 0x1000, ADDIU(T2, T2, 104));
    run(&g, DATA, 5);
    assert_int_equal(g.m->cpu.var[T2], 590);
    PUT(&g, CODE + 0xff8, ADDIU(T2, T2, 102));
    run(&g, DATA, 1);
    assert_int_equal(g.m->cpu.var[T2], 800);
    stop(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_regions_are_entered_without_a_check),
        cmocka_unit_test(data_beside_code_cost_fewer_and_fewer_faults),
        cmocka_unit_test(a_region_without_stores_survives_the_first_write),
        cmocka_unit_test(changed_code_is_found_on_a_dirty_page_and_on_one_protected_again),
        cmocka_unit_test(a_write_before_the_page_is_protected_again_is_found),
        cmocka_unit_test(a_store_into_its_own_region_is_seen),
        cmocka_unit_test(a_region_on_two_pages_watches_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
