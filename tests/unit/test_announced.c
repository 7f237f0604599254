/* Which machines a guest's announcement of changed code reaches: all on the memory, and under invalidate=none not one.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/snippets.h"

/* 0: it did not end as it should. (cmocka's assertions are for the thread that began the test.) */
static uint32_t run(struct jl_machine *m) {
    m->cpu.pc = CODE;
    jl_machine_set_slice(m, 1000);
    return jl_machine_run(m) == JL_EXIT_SYSCALL ? (uint32_t)m->cpu.var[T0] : 0;
}

/* The other thread's machine. */
struct other {
    struct jl_machine *of, *m;
    pthread_barrier_t at;
    uint32_t before, after;
};

static void *thread(void *arg) {
    struct other *o = arg;
    char err[256];
    o->m = jl_machine_again(o->of, err, sizeof err);
    if (o->m) {
        jl_machine_copy_cpu(o->m, &o->of->cpu);
        o->before = run(o->m);
    }
    pthread_barrier_wait(&o->at);
    pthread_barrier_wait(&o->at); /* the code has changed, and it was said */
    if (o->m)
        o->after = run(o->m);
    return NULL;
}

/* What stands in memory goes by the machines' backs: nobody sees it but by the announcement. */
static void change(const char *settings, uint32_t own_after, uint32_t other_after) {
    struct guest g = start(settings, 0);
    struct other o = {.of = g.m};
    pthread_t t;
    PUT(&g, CODE, ADDIU(T0, 0, 1), SYSCALL);
    assert_int_equal(run(g.m), 1);
    assert_int_equal(pthread_barrier_init(&o.at, NULL, 2), 0);
    assert_int_equal(pthread_create(&t, NULL, thread, &o), 0);
    pthread_barrier_wait(&o.at);
    PUT(&g, CODE, ADDIU(T0, 0, 2));
    jl_machine_cacheflush(g.m, CODE, 4);
    pthread_barrier_wait(&o.at);
    assert_int_equal(pthread_join(t, NULL), 0);
    assert_non_null(o.m);
    assert_int_equal(o.before, 1);
    assert_int_equal(run(g.m), own_after);
    assert_int_equal(o.after, other_after);
    jl_machine_free(o.m);
    pthread_barrier_destroy(&o.at);
    stop(&g);
}

static void what_is_announced_reaches_every_machine(void **state) {
    (void)state;
    change("invalidate=explicit tier=single", 2, 2);
    change("invalidate=explicit tier=single region=block", 2, 2);
    change("invalidate=bitmap tier=single", 2, 2);
}

static void under_none_it_reaches_not_one(void **state) {
    (void)state;
    change("invalidate=none tier=single", 1, 1);
    change("invalidate=none tier=single region=block", 1, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_announced_reaches_every_machine),
        cmocka_unit_test(under_none_it_reaches_not_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
