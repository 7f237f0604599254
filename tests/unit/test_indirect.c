/* What strategies keep for indirect jumps of their own (lookup=two-level, inline-cache=ibtc and sieve): that a jump
 * finds its target there without leaving translated code, and that nothing is found there that has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jit/runtime/regions.h"
#include "tests/unit/snippets.h"

enum { TARGET = CODE + 0x100, TARGETS = 64, APART = 16 };

/* ibtc stands over a lookup that always leaves, so that what stays inside is its own doing. */
static const char *const settings[] = {
    "invalidate=explicit inline-cache=none lookup=two-level",
    "invalidate=explicit inline-cache=none lookup=two-level:bits=2",
    "invalidate=explicit inline-cache=ibtc lookup=hash-c",
    "invalidate=explicit inline-cache=ibtc:bits=0 lookup=hash-c",
    "invalidate=explicit inline-cache=ibtc lookup=two-level:bits=2",
    "invalidate=explicit inline-cache=sieve lookup=hash-c",
    "invalidate=explicit inline-cache=sieve:bits=0 lookup=flat32",
    "invalidate=explicit inline-cache=sieve:bits=2 lookup=hash-c dispatch=c-loop link=none",
};
enum { SETTINGS = sizeof settings / sizeof *settings };

/* A jump through T3, and targets that add `step` and their number to T0. */
static void write_targets(struct guest *g, unsigned step) {
    PUT(g, CODE, JR(T3), NOP);
    for (unsigned i = 0; i < TARGETS; i++)
        PUT(g, TARGET + APART * i, ADDIU(T0, T0, step + i), SYSCALL);
}

/* Jumps to an address and returns why the run ended; *left: how often control left to C for the lookup. */
static enum jl_exit jump(struct guest *g, uint32_t to, uint64_t *left) {
    uint64_t before = g->m->counters.dispatches;
    g->m->cpu.var[T0] = 0;
    g->m->cpu.var[T3] = to;
    g->m->cpu.pc = CODE;
    jl_machine_set_slice(g->m, 1000);
    enum jl_exit r = jl_machine_run(g->m);
    *left = g->m->counters.dispatches - before;
    return r;
}

static uint64_t jump_adds(struct guest *g, unsigned target, unsigned sum) {
    uint64_t left;
    assert_int_equal(jump(g, TARGET + APART * target, &left), JL_EXIT_SYSCALL);
    assert_int_equal(g->m->cpu.var[T0], sum);
    return left;
}

static void stays_in_translated_code(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = start(settings[i], 0);
        write_targets(&g, 100);
        for (unsigned n = 0; n < 3; n++) /* translated, found, there */
            jump_adds(&g, 5, 105);
        for (unsigned n = 0; n < 10; n++)
            assert_int_equal(jump_adds(&g, 5, 105), 0);
        stop(&g);
    }
}

static void forgets_a_target_that_dies(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = start(settings[i], 0);
        write_targets(&g, 100);
        for (unsigned n = 0; n < 4; n++)
            jump_adds(&g, 5, 105);
        write_targets(&g, 200);
        jl_machine_cacheflush(g.m, TARGET, TARGETS * APART); /* not the jump */
        for (unsigned n = 0; n < 4; n++)
            jump_adds(&g, 5, 205);
        assert_int_equal(jump_adds(&g, 5, 205), 0);
        stop(&g);
    }
}

static void forgets_all_when_the_cache_is_emptied(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = start(settings[i], 0);
        write_targets(&g, 100);
        for (unsigned n = 0; n < 4; n++)
            jump_adds(&g, 5, 105);
        jl_regions_flush(g.m);
        assert_true(jump_adds(&g, 5, 105) > 0);
        for (unsigned n = 0; n < 3; n++)
            jump_adds(&g, 5, 105);
        assert_int_equal(jump_adds(&g, 5, 105), 0);
        stop(&g);
    }
}

/* More targets than a table has room for take each other's places. */
static void tells_targets_apart(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = start(settings[i], 0);
        write_targets(&g, 100);
        for (unsigned n = 0; n < 8 * TARGETS; n++)
            jump_adds(&g, n * 5 % TARGETS, 100 + n * 5 % TARGETS);
        stop(&g);
    }
}

/* An empty entry is for no address, 0 included, nor is a full one for those between it and the next word. */
static void has_no_entry_for_what_faults(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = start(settings[i], 0);
        uint64_t left;
        write_targets(&g, 100);
        for (unsigned n = 0; n < 4; n++) {
            assert_int_equal(jump(&g, 0, &left), JL_EXIT_FAULT_FETCH);
            assert_int_equal(g.m->cpu.pc, 0);
            jump_adds(&g, 5, 105);
            assert_int_equal(jump(&g, TARGET + APART * 5 + 1, &left), JL_EXIT_ADEL);
            assert_int_equal(g.m->cpu.pc, TARGET + APART * 5 + 1);
        }
        stop(&g);
    }
}

/* Of a chain of stanzas one goes when its target dies, whichever it is; the others stay, and it is used again. */
static void a_stanza_goes_alone(void **state) {
    enum { CHAIN = 5 };
    (void)state;
    for (unsigned dies = 0; dies < CHAIN; dies++) {
        struct guest g = start("invalidate=explicit inline-cache=sieve:bits=0 lookup=hash-c", 0);
        write_targets(&g, 100);
        for (unsigned n = 0; n < 3 * CHAIN; n++)
            jump_adds(&g, n % CHAIN, 100 + n % CHAIN);
        PUT(&g, TARGET + APART * dies, ADDIU(T0, T0, 300));
        jl_machine_cacheflush(g.m, TARGET + APART * dies, 4);
        for (unsigned n = 0; n < CHAIN; n++)
            assert_int_equal(n == dies ? 0 : jump_adds(&g, n, 100 + n), 0);
        assert_true(jump_adds(&g, dies, 300) > 0);
        for (unsigned n = 0; n < CHAIN; n++)
            assert_int_equal(jump_adds(&g, n, n == dies ? 300 : 100 + n), 0);
        assert_int_equal(g.m->counters.stanzas_made, CHAIN);
        stop(&g);
    }
}

/* With one bucket a jump comes through as many stanzas as were made before the target's; with many, through its own. */
static void buckets_make_chains_short(void **state) {
    (void)state;
    for (unsigned bits = 0; bits <= 12; bits += 12) {
        struct guest g =
            start_with(bits ? "inline-cache=sieve" : "inline-cache=sieve:bits=0", 0, &(struct jl_tools){.count = true});
        write_targets(&g, 100);
        for (unsigned n = 0; n < 2 * TARGETS; n++)
            jump_adds(&g, n % TARGETS, 100 + n % TARGETS);
        struct jl_counters before = *jl_machine_counters(g.m);
        for (unsigned n = 0; n < TARGETS; n++)
            jump_adds(&g, n, 100 + n);
        const struct jl_counters *c = jl_machine_counters(g.m);
        assert_int_equal(c->stanza_hits - before.stanza_hits, TARGETS);
        assert_int_equal(c->stanza_compares - before.stanza_compares, bits ? TARGETS : TARGETS * (TARGETS + 1) / 2);
        stop(&g);
    }
}

/* Stanzas take room in the code cache: a program of many targets and nothing else flushes it, and goes on. */
static void stanzas_fill_the_cache(void **state) {
    (void)state;
    struct guest g = start("invalidate=explicit inline-cache=sieve lookup=hash-c code-memory=rwx:size=64", 0);
    for (unsigned round = 0; round < 40; round++) {
        write_targets(&g, 100 + round);
        jl_machine_cacheflush(g.m, TARGET, TARGETS * APART);
        for (unsigned n = 0; n < 3 * TARGETS; n++)
            jump_adds(&g, n % TARGETS, 100 + round + n % TARGETS);
    }
    assert_true(g.m->counters.cache_flushes > 2);
    stop(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_in_translated_code),
        cmocka_unit_test(forgets_a_target_that_dies),
        cmocka_unit_test(forgets_all_when_the_cache_is_emptied),
        cmocka_unit_test(tells_targets_apart),
        cmocka_unit_test(has_no_entry_for_what_faults),
        cmocka_unit_test(a_stanza_goes_alone),
        cmocka_unit_test(buckets_make_chains_short),
        cmocka_unit_test(stanzas_fill_the_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
