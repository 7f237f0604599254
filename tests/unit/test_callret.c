/* returns=callret: which returns are the host's, what becomes of its stack, and that what stands there does no harm
 * when the guest's code, or the translations of it, have gone. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <cmocka.h>

#include "jit/runtime/regions.h"
#include "tests/unit/snippets.h"

enum { SP = 29, RA = 31, S2 = 18, S3 = 19, A = CODE + 0x100, B = CODE + 0x200, C = CODE + 0x300, LEAF = CODE + 0x400 };
enum { BEHIND_A = CODE + 8, BEHIND_B = A + 12, ENTRY = 16 };

static struct guest begin(const char *settings) {
    char all[160];
    snprintf(all, sizeof all, "region=loop:callee=0 %s", settings);
    return start_with(all, 0, &(struct jl_tools){.count = true});
}

/* A calls B, which stops at a SYSCALL and then returns to where S3 says, in the end by way of C. */
static struct guest two_calls(const char *settings) {
    struct guest g = begin(settings);
    PUT(&g, CODE, JAL(A), NOP, ADDIU(T2, T2, 1), SYSCALL);
    PUT(&g, A, MOVE(S2, RA), JAL(B), NOP, ADDIU(T0, T0, 1), MOVE(RA, S2), JR(RA), NOP);
    PUT(&g, B, SYSCALL, LW(T3, 0, S0), SW(T3, 4, S0), MOVE(RA, S3), JR(RA), NOP);
    return g;
}

static void run(struct guest *g, uint32_t pc, uint32_t target) {
    g->m->cpu.var[S3] = target;
    g->m->cpu.pc = pc;
    jl_machine_set_slice(g->m, 100000);
    assert_int_equal(jl_machine_run(g->m), JL_EXIT_SYSCALL);
}

static unsigned entries(const struct guest *g) {
    assert_int_equal((g->m->empty_rsp - g->m->guest_rsp) % ENTRY, 0);
    return (unsigned)((g->m->empty_rsp - g->m->guest_rsp) / ENTRY);
}

static void assert_counts(struct guest *g, unsigned hits, unsigned misses) {
    const struct jl_counters *c = jl_machine_counters(g->m);
    assert_int_equal(c->rsb_hits, hits);
    assert_int_equal(c->rsb_misses, misses);
}

static const char *const settings[] = {
    "returns=callret",
    "returns=callret:depth=1",
    "returns=callret lookup=hash-c memory=call",
    "returns=callret lookup=hash-c link=none dispatch=c-loop far-code=inline",
    "returns=callret inline-cache=sieve passes=none memory=softtlb",
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static void calls_outlive_the_way_out(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = two_calls(settings[i]);
        for (unsigned n = 1; n <= 5; n++) {
            run(&g, CODE, 0);
            assert_int_equal(g.m->cpu.pc, B);
            assert_int_equal(entries(&g), 2);
            run(&g, B + 4, BEHIND_B);
            assert_int_equal(entries(&g), 0);
            assert_counts(&g, 2 * n, 0);
            assert_int_equal(g.m->cpu.var[T0], n);
            assert_int_equal(g.m->cpu.var[T2], n);
        }
        stop(&g);
    }
}

static void another_return_forgets_all(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = two_calls(settings[i]);
        for (unsigned n = 1; n <= 5; n++) {
            run(&g, CODE, 0);
            run(&g, B + 4, BEHIND_A); /* out of both calls */
            assert_int_equal(entries(&g), 0);
            assert_counts(&g, 0, n);
            assert_int_equal(g.m->cpu.var[T0], 0);
            assert_int_equal(g.m->cpu.var[T2], n);
        }
        stop(&g);
    }
}

/* The code behind a call changes while the call is outstanding. */
static void a_return_into_code_that_has_changed(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = two_calls(settings[i]);
        for (unsigned n = 1; n <= 5; n++) {
            g.m->cpu.var[T0] = 0;
            run(&g, CODE, 0);
            PUT(&g, BEHIND_B, ADDIU(T0, T0, 100 * n));
            jl_machine_cacheflush(g.m, BEHIND_B, 4);
            run(&g, B + 4, BEHIND_B);
            assert_int_equal(g.m->cpu.var[T0], 100 * n);
            assert_counts(&g, 2 * n, 0); /* it was predicted all the same */
        }
        stop(&g);
    }
}

/* The callers' translations are gone, and others stand where they stood. */
static void a_return_when_the_cache_was_emptied(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = two_calls(settings[i]);
        for (unsigned n = 1; n <= 5; n++) {
            run(&g, CODE, 0);
            jl_regions_flush(g.m);
            assert_int_equal(entries(&g), 0);
            run(&g, B + 4, BEHIND_B);
            assert_counts(&g, 0, 2 * n);
            assert_int_equal(g.m->cpu.var[T0], n);
            assert_int_equal(g.m->cpu.var[T2], n);
        }
        stop(&g);
    }
}

/* Recursion S1 deep; the innermost call stops at LEAF. */
static struct guest recursion(unsigned log2) {
    char text[64];
    snprintf(text, sizeof text, "returns=callret:depth=%u", log2);
    struct guest g = begin(text);
    PUT(&g, CODE, JAL(A), NOP, SYSCALL);
    PUT(&g, A, BEQ(S1, 0, 9), NOP, ADDIU(SP, SP, -4), SW(RA, 0, SP), JAL(A), ADDIU(S1, S1, -1), LW(RA, 0, SP),
        ADDIU(SP, SP, 4), JR(RA), ADDIU(T1, T1, 1));
    PUT(&g, A + 40, MOVE(S2, RA), JAL(LEAF), NOP, MOVE(RA, S2), JR(RA), NOP); /* the innermost */
    PUT(&g, LEAF, SYSCALL, JR(RA), NOP);
    return g;
}

static void deep_recursion_keeps_the_newest_calls(void **state) {
    (void)state;
    for (unsigned log2 = 0; log2 <= 6; log2++)
        for (unsigned n = 1; n <= 100; n += 11) {
            struct guest g = recursion(log2);
            unsigned kept = 0;
            for (unsigned k = 0; k < n + 2; k++) /* A, n times again, LEAF */
                kept = (kept == 1u << log2 ? kept / 2 : kept) + 1;
            for (unsigned round = 1; round <= 2; round++) {
                g.m->cpu.var[S1] = n;
                g.m->cpu.var[SP] = DATA + 0x1000;
                g.m->cpu.var[T1] = 0;
                run(&g, CODE, 0);
                assert_int_equal(g.m->cpu.pc, LEAF);
                assert_int_equal(entries(&g), kept);
                run(&g, LEAF + 4, 0);
                assert_int_equal(g.m->cpu.pc, CODE + 8);
                assert_int_equal(g.m->cpu.var[T1], n);
                assert_int_equal(g.m->cpu.var[SP], DATA + 0x1000);
                assert_counts(&g, round * kept, round * (n + 2 - kept));
                assert_int_equal(entries(&g), 0);
            }
            stop(&g);
        }
}

/* Calls that never return do not pile up either. */
static void the_stack_is_bounded(void **state) {
    (void)state;
    struct guest g = begin("returns=callret:depth=4");
    PUT(&g, CODE, JAL(A), ADDIU(T0, T0, -1), NOP);
    PUT(&g, A, BNE(T0, 0, -65), NOP, SYSCALL);
    g.m->cpu.var[T0] = 5000;
    run(&g, CODE, 0);
    assert_int_equal(jl_machine_counters(g.m)->rsb_pushes, 5000);
    assert_in_range(entries(&g), 1, 16);
    stop(&g);
}

/* 1 is the guest address of an empty stack's entry. */
static void a_return_to_the_address_that_no_call_has(void **state) {
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        struct guest g = two_calls(settings[i]);
        for (unsigned n = 1; n <= 3; n++) {
            PUT(&g, C, MOVE(RA, S3), JR(RA), NOP);
            g.m->cpu.var[S3] = 1;
            g.m->cpu.pc = C;
            jl_machine_set_slice(g.m, 1000);
            assert_int_equal(jl_machine_run(g.m), JL_EXIT_ADEL);
            assert_int_equal(g.m->cpu.pc, 1);
            assert_int_equal(entries(&g), 0);
            run(&g, CODE, 0);
            run(&g, B + 4, BEHIND_B);
            assert_int_equal(g.m->cpu.var[T2], n);
            assert_int_equal(entries(&g), 0);
        }
        stop(&g);
    }
}

/* A fault that is taken care of outside goes on where it was, with the entries that there were. */
static void a_fault_keeps_the_calls(void **state) {
    (void)state;
    for (unsigned invalidate = 0; invalidate < 2; invalidate++) {
        struct guest g = two_calls(invalidate ? "returns=callret invalidate=page-fault memory=fastmem"
                                              : "returns=callret invalidate=checksum-dirty memory=fastmem");
        g.m->cpu.var[S0] = CODE + 0x800; /* a page with code: B's store faults there */
        for (unsigned n = 1; n <= 5; n++) {
            run(&g, CODE, 0);
            uint64_t faults = g.m->counters.host_faults;
            run(&g, B + 4, BEHIND_B);
            assert_true(n > 1 || g.m->counters.host_faults > faults);
            assert_int_equal(g.m->cpu.var[T0], n);
            assert_int_equal(g.m->cpu.var[T2], n);
            assert_counts(&g, 2 * n, 0);
        }
        stop(&g);
    }
}

/* C is called on C's stack, not between the guest's calls: the place on theirs is noted then. */
static void c_has_its_own_stack(void **state) {
    (void)state;
    struct guest g = two_calls("returns=callret memory=call");
    run(&g, CODE, 0);
    run(&g, B + 4, BEHIND_B);
    char here;
    assert_int_equal(g.m->slow_rsp, g.m->empty_rsp - 2 * ENTRY);
    assert_in_range((uintptr_t)&here - g.m->c_rsp, 0, 1 << 16);
    stop(&g);
}

static volatile uintptr_t stack_low, stack_high;
static volatile sig_atomic_t ticks_there;

static void on_tick(int sig) {
    char here;
    (void)sig;
    ticks_there += (uintptr_t)&here >= stack_low && (uintptr_t)&here < stack_high;
}

/* A handler without a stack of its own runs beneath the newest entry. */
static void signal_handlers_have_room(void **state) {
    (void)state;
    struct guest g = recursion(4);
    struct sigaction sa = {.sa_handler = on_tick, .sa_flags = SA_RESTART}, before;
    struct itimerval timer = {.it_interval.tv_usec = 100, .it_value.tv_usec = 100}, off = {{0, 0}, {0, 0}};
    PUT(&g, LEAF, NOP);
    stack_high = g.m->empty_rsp;
    stack_low = stack_high - 16 * ENTRY - (1 << 16);
    assert_int_equal(sigaction(SIGPROF, &sa, &before), 0);
    setitimer(ITIMER_PROF, &timer, NULL);
    for (unsigned round = 0; ticks_there < 5; round++) {
        assert_true(round < 3000000);
        g.m->cpu.var[S1] = 900;
        g.m->cpu.var[SP] = DATA + 0x1000;
        g.m->cpu.var[T1] = 0;
        run(&g, CODE, 0);
        assert_int_equal(g.m->cpu.pc, CODE + 8);
        assert_int_equal(g.m->cpu.var[T1], 900);
        assert_int_equal(entries(&g), 0);
    }
    setitimer(ITIMER_PROF, &off, NULL);
    sigaction(SIGPROF, &before, NULL);
    stop(&g);
}

/* What the kernel says when it is asked for a thread's shadow stack; -1: it does not know the question. */
static long shadow_stack = -1;
static unsigned asked;

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
    if (number != SYS_arch_prctl || a != 0x5005)
        return __real_syscall(number, a, b, c, d, e, f);
    asked++;
    if (shadow_stack >= 0)
        *(uint64_t *)b = (uint64_t)shadow_stack;
    return shadow_stack >= 0 ? 0 : -1;
}

/* A machine of that configuration, if there can be one; why not, if there cannot. */
static bool can_be_made(const char *returns, char err[256]) {
    struct jl_mem *mem = jl_mem_create(false);
    struct jl_config config;
    jl_config_default(&config);
    assert_true(jl_config_set(&config, returns, err, 256));
    struct jl_machine *m = jl_machine_new(&config, NULL, mem, err, 256);
    if (m)
        jl_machine_free(m);
    jl_mem_destroy(mem);
    return m != NULL;
}

static void a_shadow_stack_is_noticed_and_refused(void **state) {
    char err[256] = "";
    (void)state;
    assert_null(jl_return_stack_refusal(0));
    assert_null(jl_return_stack_refusal(2)); /* only that user code may write to one */
    assert_non_null(jl_return_stack_refusal(1));
    assert_non_null(jl_return_stack_refusal(3));
    for (shadow_stack = -1; shadow_stack <= 3; shadow_stack++) {
        bool on = shadow_stack > 0 && shadow_stack & 1;
        asked = 0;
        assert_int_equal(can_be_made("returns=callret", err), !on);
        assert_true(asked > 0);
        if (on) {
            assert_int_equal(strncmp(err, "returns=callret: ", 17), 0);
            assert_string_equal(err + 17, jl_return_stack_refusal(1));
        }
        assert_true(can_be_made("returns=shadow", err));
    }
    shadow_stack = -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_outlive_the_way_out),
        cmocka_unit_test(another_return_forgets_all),
        cmocka_unit_test(a_return_into_code_that_has_changed),
        cmocka_unit_test(a_return_when_the_cache_was_emptied),
        cmocka_unit_test(deep_recursion_keeps_the_newest_calls),
        cmocka_unit_test(the_stack_is_bounded),
        cmocka_unit_test(a_return_to_the_address_that_no_call_has),
        cmocka_unit_test(a_fault_keeps_the_calls),
        cmocka_unit_test(c_has_its_own_stack),
        cmocka_unit_test(signal_handlers_have_room),
        cmocka_unit_test(a_shadow_stack_is_noticed_and_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
