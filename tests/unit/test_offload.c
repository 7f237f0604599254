/* offload=functions on snippets of guest code: what a host function gets and may change, every way that leads to it,
 * calls back and their ends. The guest's own code of a function does something else, so that it shows which of them
 * ran. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <xmmintrin.h>

#include <cmocka.h>

#include "jit/offload.h"
#include "tests/unit/snippets.h"

enum { V0 = 2, V1 = 3, A0 = 4, T9 = 25, GP = 28, SP = 29, RA = 31, S2 = 18, S3 = 19, STACK = DATA + 0x1f00 };
enum { F = CODE + 0x100, G = CODE + 0x200, H = CODE + 0x300 };
#define J(a) (0x08000000u | (uint32_t)(a) >> 2)
#define JALR(s) R_TYPE(0x09, 31, s, 0)

static const char *const ways[] = {"offload=functions:fast=0", "offload=functions"};
static uint32_t seen[5];
static unsigned depth, deepest, rounding[3];
static const char *first_frame, *last_frame;

static uint64_t sees(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t sp) {
    memcpy(seen, (const uint32_t[]){a0, a1, a2, a3, sp}, sizeof seen);
    return 0x1111111122222222;
}

/* Goes on as G in the guest. */
static uint64_t goes_on(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t sp) {
    (void)a1, (void)a2, (void)a3, (void)sp;
    deepest = ++depth > deepest ? depth : deepest;
    uint64_t r = jl_offload_callback(G, 1, &a0);
    depth--;
    return r;
}

/* Calls what does not come back. */
static uint64_t is_left(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t sp) {
    (void)a0, (void)a1, (void)a2, (void)a3, (void)sp;
    last_frame = __builtin_frame_address(0);
    if (!first_frame)
        first_frame = last_frame;
    return jl_offload_callback(H, 0, NULL);
}

static uint64_t passes_six(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t sp) {
    (void)a0, (void)a1, (void)a2, (void)a3, (void)sp;
    return jl_offload_callback(G, 6, (const uint32_t[]){1, 2, 3, 4, 5, 6});
}

static uint64_t faults(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t sp) {
    (void)a1, (void)a2, (void)a3, (void)sp;
    *(volatile uint32_t __seg_gs *)(uintptr_t)a0 = 1;
    return 9;
}

static uint64_t rounds(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t sp) {
    volatile double third = 3;
    (void)a0, (void)a1, (void)a2, (void)a3, (void)sp;
    rounding[0] = _MM_GET_ROUNDING_MODE();
    third = 1 / third;
    jl_offload_callback(G, 0, NULL);
    rounding[2] = _MM_GET_ROUNDING_MODE();
    return 0;
}

/* Until a call back has returned; a system call ends the guest. */
static void run_nested(struct jl_machine *m, void *ctx) {
    (void)ctx;
    enum jl_exit r;
    rounding[1] = _MM_GET_ROUNDING_MODE();
    do
        r = jl_machine_run(m);
    while (r == JL_EXIT_SLICE);
    if (!jl_offload_returned(m, r))
        jl_offload_abandon(m);
}

static struct jl_offload_function function;
static struct jl_offload table = {.function = &function, .count = 1, .run = run_nested};

static struct guest with(const char *settings, uint32_t mode, jl_offload_fn *fn, enum jl_offload_result result) {
    struct guest g = start(settings, mode);
    function = (struct jl_offload_function){F, 12, fn, result};
    jl_machine_offload(g.m, &table);
    depth = deepest = 0;
    first_frame = last_frame = NULL;
    g.m->cpu.var[SP] = STACK;
    PUT(&g, F, ADDIU(V0, A0, 100), JR(RA), NOP);
    return g;
}

static enum jl_exit run(struct guest *g) {
    g->m->cpu.pc = CODE;
    jl_machine_set_slice(g->m, 1000000);
    return jl_machine_run(g->m);
}

static unsigned calls(const struct guest *g) {
    return (unsigned)jl_machine_counters(g->m)->offloaded_calls;
}

static void arguments_go_in_and_only_the_result_comes_out(void **state) {
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct guest g = with(ways[i & 1], 0, sees, (enum jl_offload_result)(i / 2));
        uint64_t before[JL_VARS];
        PUT(&g, CODE, JAL(F), NOP, SYSCALL);
        for (unsigned v = 1; v < 32; v++)
            g.m->cpu.var[v] = v == SP ? STACK : 0x5000 + v;
        memcpy(before, g.m->cpu.var, sizeof before);
        assert_int_equal(run(&g), JL_EXIT_SYSCALL);
        before[RA] = CODE + 8;
        if (i / 2 != JL_OFFLOAD_NOTHING)
            before[V0] = 0x22222222;
        if (i / 2 == JL_OFFLOAD_PAIR)
            before[V1] = 0x11111111;
        assert_memory_equal(before, g.m->cpu.var, sizeof before);
        assert_memory_equal(seen, ((const uint32_t[]){0x5004, 0x5005, 0x5006, 0x5007, STACK}), sizeof seen);
        assert_int_equal(calls(&g), 1);
        assert_int_equal(g.m->cpu.pc, CODE + 8);
        stop(&g);
    }
}

static void every_way_leads_to_the_host_function(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = with(ways[i], 0, sees, JL_OFFLOAD_WORD);
        g.m->cpu.var[S2] = F;
        g.m->cpu.var[S3] = CODE + 12 * 4;
        PUT(&g, CODE, JALR(S2), NOP, JAL(G), NOP, JAL(F - 4), NOP, JAL(H), NOP, MOVE(RA, S3), JR(S2), NOP, SYSCALL,
            SYSCALL);
        PUT(&g, G, J(F), NOP);                       /* a sibling call */
        PUT(&g, F - 4, NOP);                         /* runs into it */
        PUT(&g, H, BEQ(0, 0, (F - H - 4) / 4), NOP); /* a branch */
        assert_int_equal(run(&g), JL_EXIT_SYSCALL);
        assert_int_equal(g.m->cpu.pc, CODE + 12 * 4);
        assert_int_equal(calls(&g), 5);
        stop(&g);
    }
}

static void changed_code_is_run_itself(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = with(ways[i], 0, sees, JL_OFFLOAD_WORD);
        PUT(&g, CODE, JAL(F), NOP, SYSCALL);
        assert_int_equal(run(&g), JL_EXIT_SYSCALL);
        g.m->cpu.var[A0] = 1;
        PUT(&g, F + 8, ADDIU(V0, V0, 7)); /* its last word */
        assert_int_equal(run(&g), JL_EXIT_SYSCALL);
        assert_int_equal(g.m->cpu.var[V0], 108);
        assert_int_equal(calls(&g), 1);
        stop(&g);
    }
}

static void an_announced_change_of_its_last_word_counts(void **state) {
    (void)state;
    struct guest g = with("offload=functions invalidate=explicit", 0, sees, JL_OFFLOAD_WORD);
    PUT(&g, CODE, JAL(F), NOP, SYSCALL);
    assert_int_equal(run(&g), JL_EXIT_SYSCALL);
    PUT(&g, F + 8, ADDIU(V0, V0, 7));
    jl_machine_cacheflush(g.m, F + 8, 4);
    g.m->cpu.var[A0] = 1;
    assert_int_equal(run(&g), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[V0], 108);
    stop(&g);
}

static void traps_of_the_fpu_keep_it_in_the_guest(void **state) {
    (void)state;
    struct guest g = with(ways[1], JL_MODE_FPU_EXACT, sees, JL_OFFLOAD_WORD);
    PUT(&g, CODE, JAL(F), ADDIU(A0, 0, 1), SYSCALL);
    assert_int_equal(run(&g), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[V0], 101);
    assert_int_equal(calls(&g), 0);
    stop(&g);
}

/* G(n): n ? F(n - 1) + 1 : 0. F is G. */
static void deep_recursion_goes_on_in_the_guest(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = with(ways[i], 0, goes_on, JL_OFFLOAD_WORD);
        function.size = 8;
        PUT(&g, CODE, JAL(F), ADDIU(A0, 0, 150), SYSCALL);
        PUT(&g, F, J(G), NOP);
        PUT(&g, G, BEQ(A0, 0, 8), MOVE(V0, 0), ADDIU(SP, SP, -8), SW(RA, 0, SP), JAL(F), ADDIU(A0, A0, -1),
            LW(RA, 0, SP), ADDIU(SP, SP, 8), ADDIU(V0, V0, 1), JR(RA), NOP);
        assert_int_equal(run(&g), JL_EXIT_SYSCALL);
        assert_int_equal(g.m->cpu.var[V0], 150);
        assert_int_equal(g.m->cpu.var[SP], STACK);
        assert_int_equal(deepest, JL_OFFLOAD_DEEP);
        assert_int_equal(calls(&g), JL_OFFLOAD_DEEP);
        assert_int_equal(jl_machine_counters(g.m)->offload_callbacks, JL_OFFLOAD_DEEP);
        assert_null(g.m->offload_frame);
        stop(&g);
    }
}

/* H takes the stack as it was and calls F again, S2 times; then a system call ends the guest in the midst of all that.
 */
static void frames_that_were_left_do_not_pile_up(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = with(ways[i], 0, is_left, JL_OFFLOAD_WORD);
        g.m->cpu.var[S2] = 5000;
        g.m->cpu.var[S3] = STACK;
        PUT(&g, CODE, JAL(F), ADDIU(SP, SP, -32), SYSCALL);
        PUT(&g, H, ADDIU(S2, S2, -1), BEQ(S2, 0, 4), MOVE(SP, S3), JAL(F), ADDIU(SP, SP, -32), NOP, SYSCALL);
        assert_int_equal(run(&g), JL_EXIT_SLICE);
        assert_int_equal(g.m->cpu.pc, H + 6 * 4);
        assert_int_equal(g.m->cpu.var[S2], 0);
        assert_int_equal(calls(&g), 5000);
        assert_true(first_frame - last_frame < 256 * 1024 && last_frame - first_frame < 256 * 1024);
        assert_null(g.m->offload_frame);
        stop(&g);
    }
}

static void further_arguments_are_on_the_stack(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = with(ways[i], 0, passes_six, JL_OFFLOAD_WORD);
        PUT(&g, CODE, JAL(F), NOP, SYSCALL);
        PUT(&g, G, LW(T0, 16, SP), LW(T1, 20, SP), ADDU(V0, A0, T0), ADDU(V0, V0, T1), MOVE(S2, T9), JR(RA),
            ADDIU(GP, 0, 1));
        g.m->cpu.var[GP] = 77;
        assert_int_equal(run(&g), JL_EXIT_SYSCALL);
        assert_int_equal(g.m->cpu.var[V0], 12);
        assert_int_equal(g.m->cpu.var[S2], G);
        assert_int_equal(g.m->cpu.var[GP], 77);
        assert_int_equal(g.m->cpu.var[SP], STACK);
        stop(&g);
    }
}

static void a_return_with_another_stack_is_none(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = with(ways[i], 0, goes_on, JL_OFFLOAD_WORD);
        PUT(&g, CODE, JAL(F), NOP, SYSCALL);
        PUT(&g, G, JR(RA), ADDIU(SP, SP, 8));
        assert_int_equal(run(&g), JL_EXIT_SLICE); /* abandoned */
        assert_null(g.m->offload_frame);
        stop(&g);
    }
}

/* The guest rounds upwards; C, in a call back and behind all, does not. */
static void rounding_is_the_guests_in_host_functions_only(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = with(ways[i], 0, rounds, JL_OFFLOAD_WORD);
        PUT(&g, CODE, JAL(F), NOP, SYSCALL);
        PUT(&g, G, JR(RA), NOP);
        g.m->cpu.fcsr = 2;
        assert_int_equal(run(&g), JL_EXIT_SYSCALL);
        assert_int_equal(rounding[0], _MM_ROUND_UP);
        assert_int_equal(rounding[1], _MM_ROUND_NEAREST);
        assert_int_equal(rounding[2], _MM_ROUND_UP);
        assert_int_equal(_MM_GET_ROUNDING_MODE(), _MM_ROUND_NEAREST);
        assert_true(g.m->cpu.fcsr >> JL_FCSR_FLAGS_SHIFT & 1); /* inexact */
        stop(&g);
    }
}

static void a_fault_is_the_guests_at_the_functions_entry(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = with(ways[i], 0, faults, JL_OFFLOAD_WORD);
        PUT(&g, CODE, JAL(F), ADDIU(A0, 0, 0x124), SYSCALL);
        g.m->cpu.var[V0] = 5;
        for (unsigned k = 0; k < 3; k++) {
            assert_int_equal(run(&g), JL_EXIT_FAULT_STORE);
            assert_int_equal(g.m->cpu.exit_addr, 0x124);
            assert_int_equal(g.m->cpu.exit_code, JL_FAULT_PAGE);
            assert_int_equal(g.m->cpu.pc, F);
            assert_int_equal(g.m->cpu.var[V0], 5);
            assert_null(g.m->offload_frame);
        }
        stop(&g);
    }
}

/* The host function changes code that has run, which is watched. */
static void a_store_to_watched_code_is_noticed_at_once(void **state) {
    (void)state;
    static const char *const settings[] = {"offload=functions:fast=0", "offload=functions",
                                           "offload=functions invalidate=checksum-dirty"};
    for (unsigned i = 0; i < 3; i++) {
        struct guest g = with(settings[i], 0, faults, JL_OFFLOAD_WORD);
        assert_int_equal(jl_mem_map(g.mem, 0x40000, 0x1000, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false), 0);
        PUT(&g, 0x40000, JR(RA), ADDIU(T0, T0, 1));
        PUT(&g, CODE, NOP, JALR(S2), NOP, JAL(F), MOVE(A0, S3), JALR(S2), NOP, SYSCALL);
        g.m->cpu.var[S2] = 0x40000;
        for (unsigned k = 1; k <= 4; k++) { /* until what stands behind the call is linked to what is to change */
            g.m->cpu.var[S3] = k < 4 ? DATA : 0x40004;
            assert_int_equal(run(&g), JL_EXIT_SYSCALL);
            assert_int_equal(g.m->cpu.var[T0], k < 4 ? 2 * k : 7); /* word 1 does nothing */
            assert_int_equal(g.m->cpu.var[V0], 9);
        }
        stop(&g);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_go_in_and_only_the_result_comes_out),
        cmocka_unit_test(every_way_leads_to_the_host_function),
        cmocka_unit_test(changed_code_is_run_itself),
        cmocka_unit_test(an_announced_change_of_its_last_word_counts),
        cmocka_unit_test(traps_of_the_fpu_keep_it_in_the_guest),
        cmocka_unit_test(deep_recursion_goes_on_in_the_guest),
        cmocka_unit_test(frames_that_were_left_do_not_pile_up),
        cmocka_unit_test(further_arguments_are_on_the_stack),
        cmocka_unit_test(a_return_with_another_stack_is_none),
        cmocka_unit_test(rounding_is_the_guests_in_host_functions_only),
        cmocka_unit_test(a_fault_is_the_guests_at_the_functions_entry),
        cmocka_unit_test(a_store_to_watched_code_is_noticed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
