/* The front end: snippets of guest code to IR, looked at before the passes and run against the interpreter.
 *
 * Every region that is built here goes through jl_ir_verify. The shapes that are asserted are the ones the speed of
 * translated code rests on (which vars get phis, which checks are left out, what is fused), and the ones that keep
 * state right (ranges, charges, who executes what translation declines). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/snippets.h"

/* Does the block at guest address pc have a phi for var? */
static bool has_phi(const struct jl_ir *ir, uint32_t pc, unsigned var) {
    for (uint32_t b = 1; b < ir->nblocks; b++)
        for (jl_ref phi = ir->blocks[b].phis; phi && ir->blocks[b].pc == pc; phi = ir->ops[phi].d)
            if (ir->ops[phi].home == var + 1)
                return true;
    return false;
}

/* ---- regions ---- */

static void a_block_ends_behind_the_delay_slot(void **state) {
    (void)state;
    struct guest g = start("region=block", 0);
    PUT(&g, CODE, ADDIU(T0, T0, 1), BNE(T0, T1, 4), ADDIU(T2, T2, 1), SYSCALL);
    const struct jl_ir *ir = translate(&g, CODE);
    assert_int_equal(g.region.guest_count, 3);
    assert_int_equal(g.region.entry_charge, 3);
    assert_int_equal(g.region.nranges, 1);
    assert_int_equal(g.region.ranges[0].addr, CODE);
    assert_int_equal(g.region.ranges[0].len, 12);
    assert_int_equal(count(ir, JL_IR_LINK), 2);
    stop(&g);
}

static void a_loop_has_phis_for_what_it_writes_only(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, ADDIU(T2, T2, 7), ADDU(T1, T1, T2), ADDIU(T0, T0, -1), BNE(T0, 0, -3), ADDU(T3, T1, T2), SYSCALL);
    const struct jl_ir *ir = translate(&g, CODE);
    assert_true(has_phi(ir, CODE + 4, T0));
    assert_true(has_phi(ir, CODE + 4, T1));
    assert_true(has_phi(ir, CODE + 4, T3));
    assert_false(has_phi(ir, CODE + 4, T2));
    assert_int_equal(count(ir, JL_IR_LINK), 1); /* out of the loop */
    assert_int_equal(find(ir, JL_IR_LINK)->imm, CODE + 20);
    stop(&g);
}

static void a_call_ends_the_region(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, ADDIU(T0, T0, 1), JAL(CODE + 0x40), NOP, ADDIU(T0, T0, 1), SYSCALL);
    const struct jl_ir *ir = translate(&g, CODE);
    assert_int_equal(g.region.guest_count, 3);
    assert_int_equal(find(ir, JL_IR_LINK)->imm, CODE + 0x40);
    stop(&g);
}

/* The loop at +12 is entered at its head with t2 = 7, and in its middle (+16) with t2 as it was. What comes round to
 * the head is then not what the head was first reached with, though nothing in the loop writes t2. */
static void a_loop_with_two_ways_in_keeps_both_values(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, BNE(T0, 0, 3), NOP, ADDIU(T2, 0, 7), ADDIU(T1, T1, 1), ADDIU(T1, T1, 1), BNE(T1, T3, -3),
        ADDU(2, T2, 0), SYSCALL);
    for (unsigned t0 = 0; t0 < 2; t0++) {
        assert_true(has_phi(translate(&g, CODE), CODE + 12, T2));
        memset(g.m->cpu.var, 0, sizeof g.m->cpu.var);
        g.m->cpu.var[T0] = t0;
        g.m->cpu.var[T2] = 3;
        g.m->cpu.var[T3] = t0 ? 5 : 6;
        g.m->cpu.pc = CODE;
        jl_machine_set_slice(g.m, 1000);
        assert_int_equal(jl_machine_run(g.m), JL_EXIT_SYSCALL);
        assert_int_equal(g.m->cpu.var[T2], t0 ? 3 : 7);
        assert_int_equal(g.m->cpu.var[2], t0 ? 3 : 7);
    }
    stop(&g);
}

static void an_annulled_slot_is_a_block_of_its_own(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, ADDIU(T1, T1, 1), BNEL(T0, 0, -2), LW(T2, 0, S0), SYSCALL);
    const struct jl_ir *ir = translate(&g, CODE);
    assert_int_equal(g.region.entry_charge, 2); /* the slot charges itself */
    assert_int_equal(g.region.guest_count, 3);
    assert_int_equal(count(ir, JL_IR_GLOAD), 1);
    assert_true(ir->snaps[find(ir, JL_IR_GLOAD)->snap].bd);
    assert_int_equal(ir->snaps[find(ir, JL_IR_GLOAD)->snap].pc, CODE + 4);
    stop(&g);
}

/* ---- what is left to the interpreter ---- */

static void assert_leaves_for_interpreter(struct guest *g, uint32_t pc) {
    const struct jl_op *leave = find(g->m->ir, JL_IR_LEAVE);
    assert_non_null(leave);
    assert_int_equal(leave->imm, JL_EXIT_INTERP);
    assert_int_equal(g->m->ir->snaps[leave->snap].pc, pc);
}

static void a_branch_in_a_delay_slot_is_not_translated(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, ADDIU(T0, T0, 1), BNE(T0, T1, 4), BNE(T0, T1, 4), SYSCALL);
    translate(&g, CODE);
    assert_int_equal(g.region.entry_charge, 1);
    assert_leaves_for_interpreter(&g, CODE + 4);
    stop(&g);
}

/* A region's ranges are read by checksums: a word that cannot be fetched is none of its. */
static void nothing_beyond_the_mapping_is_part_of_a_region(void **state) {
    (void)state;
    static const char *const settings[] = {"invalidate=page-fault", "invalidate=bitmap", "invalidate=checksum",
                                           "invalidate=checksum-dirty", "invalidate=bitmap-mixed"};
    for (unsigned i = 0; i < 5; i++) {
        struct guest g = start(settings[i], 0);
        PUT(&g, CODE + 0xff8, ADDIU(T0, 0, 1), ADDIU(T1, 0, 2));
        translate(&g, CODE + 0xff8);
        assert_leaves_for_interpreter(&g, CODE + 0x1000);
        assert_int_equal(g.region.ranges[0].addr + g.region.ranges[0].len, CODE + 0x1000);
        g.m->cpu.pc = CODE + 0xff8;
        jl_machine_set_slice(g.m, 1000);
        assert_int_equal(jl_machine_run(g.m), JL_EXIT_FAULT_FETCH);
        assert_int_equal(g.m->cpu.pc, CODE + 0x1000);
        assert_int_equal(g.m->cpu.var[T1], 2);
        stop(&g);
    }
}

static void a_slot_that_cannot_be_fetched_faults_at_the_branch(void **state) {
    (void)state;
    struct guest g = start("invalidate=checksum", 0);
    PUT(&g, CODE + 0xff8, ADDIU(T0, 0, 1), BEQ(0, 0, -2));
    g.m->cpu.pc = CODE + 0xff8;
    jl_machine_set_slice(g.m, 1000);
    assert_int_equal(jl_machine_run(g.m), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g.m->cpu.pc, CODE + 0xffc);
    assert_int_equal(g.m->cpu.exit_bd, 1);
    stop(&g);
}

/* ---- memory ---- */

static void one_alignment_check_for_one_base(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, LW(T0, 0, S0), LW(T1, 8, S0), LH(T2, 6, S0), SW(T0, 12, S0), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 1);
    PUT(&g, CODE, LH(T0, 0, S0), LW(T1, 8, S0), SYSCALL); /* the wider one needs its own */
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 2);
    PUT(&g, CODE, LW(T0, 0, S0), LW(T1, 2, S0), SYSCALL); /* so does another remainder */
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 2);
    PUT(&g, CODE, LW(T0, 0, S0), ADDIU(S0, S0, 4), LW(T1, 0, S0), SYSCALL); /* a moved base is known still */
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 1);
    PUT(&g, CODE, LW(T0, 0, S0), BNE(T0, 0, 3), NOP, LW(T1, 4, S0), NOP, LW(T2, 8, S0), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 1); /* known in dominated blocks */
    stop(&g);
    g = start("passes=all:align=0", 0);
    PUT(&g, CODE, LW(T0, 0, S0), LW(T1, 8, S0), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 2);
    stop(&g);
    g = start("region=loop", JL_MODE_ALIGN_FIX);
    PUT(&g, CODE, LW(T0, 0, S0), LL(T1, 8, S0), SYSCALL); /* LL traps even then */
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 1);
    stop(&g);
}

/* Runs what stands at CODE; the store there changes the ADDIU behind it, which must execute in its new form. */
static void assert_new_code_runs(const char *settings, uint32_t mode, const uint32_t *word, unsigned n) {
    struct guest g = start(settings, mode);
    put(&g, CODE, word, n);
    g.m->cpu.var[S0] = CODE + 0x20;
    g.m->cpu.var[T0] = ADDIU(T2, 0, 2);
    g.m->cpu.pc = CODE;
    jl_machine_set_slice(g.m, 1000);
    assert_int_equal(jl_machine_run(g.m), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[T2], 2);
    stop(&g);
}

static void a_store_by_helper_into_its_own_region_is_seen(void **state) {
    (void)state;
    static const char *const settings[] = {"invalidate=page-fault",
                                           "invalidate=page-fault memory=call",
                                           "invalidate=page-fault memory=pagetable",
                                           "invalidate=bitmap",
                                           "invalidate=checksum",
                                           "invalidate=checksum-dirty",
                                           "invalidate=bitmap-mixed"};
    static const uint32_t tail[] = {NOP, NOP, NOP, NOP, ADDIU(T2, 0, 1), SYSCALL};
    for (unsigned i = 0; i < 7; i++) {
        uint32_t swr[10] = {NOP, SWR(T0, 0, S0), NOP, NOP}, swl[10] = {NOP, SWL(T0, 3, S0), NOP, NOP};
        uint32_t sc[10] = {LL(T1, 0, S0), SC(T0, 0, S0), NOP, NOP};
        memcpy(swr + 4, tail, sizeof tail);
        memcpy(swl + 4, tail, sizeof tail);
        memcpy(sc + 4, tail, sizeof tail);
        assert_new_code_runs(settings[i], 0, swr, 10);
        assert_new_code_runs(settings[i], 0, swl, 10);
        assert_new_code_runs(settings[i], 0, sc, 10);
        swr[1] = SWR(T0, 3, S0);
        swl[1] = SWL(T0, 0, S0);
        assert_new_code_runs(settings[i], JL_MODE_BE, swr, 10);
        assert_new_code_runs(settings[i], JL_MODE_BE, swl, 10);
    }
}

static void a_divisor_known_not_to_be_zero_is_not_replaced(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, TEQ(T1, 0), BNE(T2, 0, 2), NOP, DIVU(T0, T1), NOP, DIVU(T0, T1), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_SELECT), 0);
    PUT(&g, CODE, TEQ(T1, T2), DIVU(T0, T1), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_SELECT), 1);
    PUT(&g, CODE, TEQ(0, T1), ADDIU(T1, T1, 1), DIVU(T0, T1), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_SELECT), 1);
    stop(&g);
}

static void a_division_by_a_known_power_of_two_is_none(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, ADDIU(T1, 0, 8), DIVU(T0, T1), SYSCALL);
    const struct jl_ir *ir = translate(&g, CODE);
    assert_int_equal(count(ir, JL_IR_DIVU) + count(ir, JL_IR_REMU) + count(ir, JL_IR_SELECT), 0);
    assert_int_equal(count(ir, JL_IR_SHR), 1);
    PUT(&g, CODE, ADDIU(T1, 0, 7), R_TYPE(0x1a, 0, T0, T1), SYSCALL);
    ir = translate(&g, CODE);
    assert_int_equal(count(ir, JL_IR_DIVS), 1);
    assert_int_equal(count(ir, JL_IR_SELECT), 0);
    stop(&g);
}

/* Host instructions of a translation of n words and what leaves it. */
static uint64_t emitted(const uint32_t *word, unsigned n) {
    struct guest g = start("region=loop", 0);
    put(&g, CODE, word, n);
    g.m->cpu.var[T0] = 0x80000001;
    g.m->cpu.var[T1] = 1;
    g.m->cpu.pc = CODE;
    jl_machine_set_slice(g.m, 1000);
    assert_int_equal(jl_machine_run(g.m), JL_EXIT_SYSCALL);
    uint64_t count = g.m->counters.host_instructions_emitted;
    stop(&g);
    return count;
}

static void a_rotate_by_a_negated_amount_is_a_negation_and_a_rotate(void **state) {
    (void)state;
    static const uint32_t sums[] = {SUBU(T2, T3, T1), ADDU(T0, T0, T2), SYSCALL};
    static const uint32_t rotate[] = {SUBU(T2, 0, T1), ROTRV(T0, T0, T2), SYSCALL};
    assert_in_range(emitted(rotate, 3), 0, emitted(sums, 3) + 3);
}

/* ---- FPU ---- */

/* A word moved into an FPR is 32 bits wide, the register that a conditional move may keep is 64. */
static void a_conditional_move_keeps_all_bits(void **state) {
    (void)state;
    struct guest g = start("region=loop", JL_MODE_FR);
    PUT(&g, CODE, 0x44880000 /* mtc1 t0,f0 */, 0x46290113 /* movn.d f4,f0,t1 */, SYSCALL);
    translate(&g, CODE);
    g.m->cpu.var[JL_VAR_FPR + 4] = 0x123456789abcdef0;
    g.m->cpu.pc = CODE;
    jl_machine_set_slice(g.m, 1000);
    assert_int_equal(jl_machine_run(g.m), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[JL_VAR_FPR + 4], 0x123456789abcdef0);
    stop(&g);
}

/* ---- every row ---- */

static uint32_t sample(unsigned op, uint32_t noise) {
    const struct jl_insn_info *row = &jl_insn_info[op];
    uint32_t w = row->match | (noise & ~row->mask);
    if (row->klass == JL_CLASS_LOAD || row->klass == JL_CLASS_STORE)
        w = (w & ~(31u << 21)) | (uint32_t)S0 << 21;
    return w;
}

static void every_row_that_is_accepted_builds(void **state) {
    (void)state;
    static const uint32_t modes[] = {
        0, JL_MODE_BE, JL_MODE_FR, JL_MODE_FR | JL_MODE_BE | JL_MODE_NAN2008, JL_MODE_ALIGN_FIX, JL_MODE_FPU_EXACT};
    static const char *const settings[] = {"memory=fastmem", "memory=pagetable passes=none", "memory=call"};
    unsigned accepted = 0;
    for (unsigned k = 0; k < 18; k++) {
        struct guest g = start(settings[k % 3], modes[k / 3]);
        for (unsigned op = 1; op < JL_OPS; op++)
            for (uint32_t noise = 0; noise < 8; noise++) {
                struct jl_insn insn;
                jl_decode(sample(op, noise * 0x09d2c63bu), JL_ISA_SET_MIPS32R2, &insn);
                if (insn.op != op || jl_insn_is_branch(&insn) || !jl_fe_can(&insn, modes[k / 3]))
                    continue;
                PUT(&g, CODE, insn.word, BEQ(T0, T1, -2), insn.word, SYSCALL); /* in a slot and in a loop, too */
                translate(&g, CODE);
                accepted++;
            }
        stop(&g);
    }
    assert_true(accepted > 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_ends_behind_the_delay_slot),
        cmocka_unit_test(a_loop_has_phis_for_what_it_writes_only),
        cmocka_unit_test(a_call_ends_the_region),
        cmocka_unit_test(a_loop_with_two_ways_in_keeps_both_values),
        cmocka_unit_test(an_annulled_slot_is_a_block_of_its_own),
        cmocka_unit_test(a_branch_in_a_delay_slot_is_not_translated),
        cmocka_unit_test(nothing_beyond_the_mapping_is_part_of_a_region),
        cmocka_unit_test(a_slot_that_cannot_be_fetched_faults_at_the_branch),
        cmocka_unit_test(one_alignment_check_for_one_base),
        cmocka_unit_test(a_store_by_helper_into_its_own_region_is_seen),
        cmocka_unit_test(a_divisor_known_not_to_be_zero_is_not_replaced),
        cmocka_unit_test(a_division_by_a_known_power_of_two_is_none),
        cmocka_unit_test(a_rotate_by_a_negated_amount_is_a_negation_and_a_rotate),
        cmocka_unit_test(a_conditional_move_keeps_all_bits),
        cmocka_unit_test(every_row_that_is_accepted_builds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
