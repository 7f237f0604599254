/* LWL and LWR, SWL and SWR: which become one access, and what the guest sees when something leaves between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/snippets.h"

static void an_unaligned_pair_is_one_access(void **state) {
    (void)state;
    for (uint32_t be = 0; be < 2; be++) {
        int l = be ? 0 : 3, r = be ? 3 : 0;
        struct guest g = start("region=loop", be);
        PUT(&g, CODE, LWL(T0, l, S0), ADDIU(T1, T1, 1), LWR(T0, r, S0), SYSCALL);
        const struct jl_ir *ir = translate(&g, CODE);
        assert_int_equal(count(ir, JL_IR_GLOAD), 1);
        assert_int_equal(count(ir, JL_IR_EXITIF), 0);
        PUT(&g, CODE, SWR(T0, r, S0), SWL(T0, l, S0), SYSCALL);
        ir = translate(&g, CODE);
        assert_int_equal(count(ir, JL_IR_GSTORE), 1);
        assert_int_equal(count(ir, JL_IR_CALL), 0);
        PUT(&g, CODE, LWL(T0, l, S0), ADDU(T1, T0, T0), LWR(T0, r, S0), SYSCALL); /* the half is looked at */
        assert_int_equal(count(translate(&g, CODE), JL_IR_GLOAD), 2);
        PUT(&g, CODE, LWL(T0, l, S0), LWR(T0, r + 1, S0), SYSCALL); /* no pair */
        assert_int_equal(count(translate(&g, CODE), JL_IR_GLOAD), 2);
        PUT(&g, CODE, LWL(S0, l, S0), LWR(S0, r, S0), SYSCALL); /* the first changes the base */
        assert_int_equal(count(translate(&g, CODE), JL_IR_GLOAD), 2);
        stop(&g);
    }
}

/* Accesses to memory that a snippet becomes: whole ones, and how many of the stores are halves, each with three stores
 * of a byte for what is not aligned. */
static void assert_accesses(struct guest *g, unsigned loads, unsigned stores, unsigned halves) {
    const struct jl_ir *ir = translate(g, CODE);
    assert_int_equal(count(ir, JL_IR_GLOAD), loads);
    assert_int_equal(count(ir, JL_IR_GSTORE), stores + 3 * halves);
    assert_int_equal(count(ir, JL_IR_CALL), 0);
}

static void a_pair_is_one_access_over_a_distance(void **state) {
    (void)state;
    for (uint32_t be = 0; be < 2; be++) {
        int l = be ? 0 : 3, r = be ? 3 : 0;
        struct guest g = start("region=loop", be);
        PUT(&g, CODE, LWL(T0, l, S0), LWL(T1, l, S1), LW(T2, 8, S0), TNE(T2, T3), LWR(T0, r, S0), LWR(T1, r, S1),
            SYSCALL);
        assert_accesses(&g, 3, 0, 0);
        PUT(&g, CODE, LWR(T0, r, S0), ADDIU(T1, T1, 1), BEQ(T1, T2, 64), LWL(T0, l, S0), SYSCALL); /* in the slot */
        assert_accesses(&g, 1, 0, 0);
        PUT(&g, CODE, SWL(T0, l, S0), LW(T1, 4, S0), BEQ(T1, T2, 64), SWR(T0, r, S0), SYSCALL);
        assert_accesses(&g, 1, 1, 0);
        PUT(&g, CODE, LWL(T0, l, S0), SWL(T1, l + 4, S0), LWR(T0, r, S0), LW(T2, 8, S0), SWR(T1, r + 4, S0), SYSCALL);
        assert_accesses(&g, 2, 1, 0);
        PUT(&g, CODE, LWL(T0, l, S0), SW(T1, 8, S0), LWR(T0, r, S0), SYSCALL); /* not across a store */
        assert_accesses(&g, 2, 1, 0);
        PUT(&g, CODE, LWL(T0, l, S0), LWL(T0, l, S1), LWR(T0, r, S0), SYSCALL); /* nor another write to its target */
        assert_accesses(&g, 3, 0, 0);
        PUT(&g, CODE, LWL(T0, l, S0), ADDIU(S0, S0, 4), LWR(T0, r, S0), SYSCALL); /* or its base */
        assert_accesses(&g, 2, 0, 0);
        PUT(&g, CODE, SWL(T0, l, S0), LW(T1, 2, S0), SWR(T0, r, S0), SYSCALL); /* nor where the half is read */
        assert_accesses(&g, 1, 2, 2);
        PUT(&g, CODE, SWL(T0, l, S0), LW(T1, 0x1000, S0), SWR(T0, r, S0), SYSCALL); /* pages may be the same one */
        assert_accesses(&g, 1, 2, 2);
        PUT(&g, CODE, SWL(T0, l, S0), LW(T1, 4, S1), SWR(T0, r, S0), SYSCALL);
        assert_accesses(&g, 1, 2, 2);
        stop(&g);
    }
}

/* Runs what stands at CODE on translated code and on the interpreter: they must end alike. */
static void assert_ends_alike(const char *settings, uint32_t mode, const uint32_t *word, unsigned n, int exit) {
    struct jl_cpu cpu[2];
    uint32_t data[2][0x800];
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = start(i ? "backend=interp" : settings, mode);
        put(&g, CODE, word, n);
        for (uint32_t k = 0; k < 0x2000; k += 4)
            assert_true(jl_mem_store(g.mem, DATA + k, 4, k * 0x01030507u));
        g.m->cpu.var[T0] = 0x11223344;
        g.m->cpu.var[T1] = 0x55667788;
        g.m->cpu.var[S1] = DATA + 0x2000 - 8; /* offset 8 is not mapped */
        g.m->cpu.pc = CODE;
        jl_machine_set_slice(g.m, 1000);
        assert_int_equal(jl_machine_run(g.m), exit);
        cpu[i] = g.m->cpu;
        memcpy(data[i], g.mem->base + DATA, sizeof data[i]);
        stop(&g);
    }
    assert_memory_equal(cpu[0].var, cpu[1].var, sizeof cpu[0].var);
    assert_memory_equal(data[0], data[1], sizeof data[0]);
    assert_int_equal(cpu[0].pc, cpu[1].pc);
    assert_int_equal(cpu[0].slice, cpu[1].slice);
}

#define ENDS(exit, ...)                                                                                                \
    assert_ends_alike(settings[i], be, (const uint32_t[]){__VA_ARGS__, SYSCALL},                                       \
                      sizeof((const uint32_t[]){__VA_ARGS__}) / 4 + 1, exit)

/* What leaves between the halves, or at one, shows the guest half a word. */
static void a_fault_inside_a_pair_is_precise(void **state) {
    (void)state;
    static const char *const settings[] = {"memory=fastmem", "memory=pagetable", "memory=call", "invalidate=bitmap",
                                           "passes=none:unaligned=1"};
    for (unsigned n = 0; n < 10; n++) {
        uint32_t i = n / 2, be = n & 1;
        int l = be ? 0 : 3, r = be ? 3 : 0, f = JL_EXIT_FAULT_LOAD;
        ENDS(JL_EXIT_SYSCALL, LWL(T0, l + 1, S0), LW(T2, 0, S0), LWR(T0, r + 1, S0));
        ENDS(f, LWL(T0, l + 1, S0), ADDIU(T3, 0, 7), LW(T2, 8, S1), LWR(T0, r + 1, S0));
        ENDS(JL_EXIT_TRAP, LWR(T0, r + 1, S0), ADDIU(T2, 0, 7), TNE(T2, 0), LWL(T0, l + 1, S0));
        ENDS(f, LWL(T0, l + 6, S1), LWL(T1, l, S0), LWR(T0, r + 6, S1), LWR(T1, r, S0)); /* one half is not mapped */
        ENDS(f, LWL(T1, l + 1, S0), LWL(T0, l + 6, S1), LWR(T1, r + 1, S0), LWR(T0, r + 6, S1));
        f = JL_EXIT_FAULT_STORE;
        ENDS(f, SWL(T0, l + 6, S1), LW(T2, 0, S1), ADDIU(T3, T2, 1), SWR(T0, r + 6, S1));
        ENDS(f, LW(T2, 0, S1), SWR(T0, r + 6, S1), LW(T3, 4, S0), BEQ(0, 0, 1), SWL(T0, l + 6, S1), NOP);
        ENDS(f, LWL(T0, l + 1, S1), SWL(T1, 8 + l, S1), LWR(T0, r + 1, S1), LW(T2, 0, S1), SWR(T1, 8 + r, S1));
    }
}

/* Halves that stay halves: each may be any part of its word. */
static void a_half_stores_its_bytes(void **state) {
    (void)state;
    static const char *const settings[] = {"memory=fastmem", "memory=pagetable", "memory=call", "invalidate=bitmap",
                                           "invalidate=checksum"};
    for (unsigned i = 0; i < 5; i++)
        for (uint32_t be = 0; be < 2; be++)
            for (int at = 0; at < 4; at++) {
                ENDS(JL_EXIT_SYSCALL, SWL(T0, at, S0), SW(T1, 8, S0), SWR(T1, at + 12, S0));
                ENDS(JL_EXIT_FAULT_STORE, SWR(T0, at, S0), SW(T1, 8, S0), SWL(T1, at + 8, S1));
            }
}

/* Each half is a few blocks of IR. */
static void a_region_of_halves_is_no_trouble(void **state) {
    (void)state;
    uint32_t word[250];
    for (unsigned k = 0; k < 249; k++)
        word[k] = k & 1 ? SWR(T1, (int)k, S0) : SWL(T0, (int)(3 * k), S0);
    word[249] = SYSCALL;
    for (uint32_t be = 0; be < 2; be++)
        assert_ends_alike("region=loop", be, word, 250, JL_EXIT_SYSCALL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unaligned_pair_is_one_access),  cmocka_unit_test(a_pair_is_one_access_over_a_distance),
        cmocka_unit_test(a_fault_inside_a_pair_is_precise), cmocka_unit_test(a_half_stores_its_bytes),
        cmocka_unit_test(a_region_of_halves_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
