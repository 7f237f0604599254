/* The scalar unit, flow of control and the bus. Sources: n64brew's wiki (Reality Signal Processor/CPU Core), the tests
 * of github.com/lemmy-64/n64-systemtest (op_branches, op_jr_jalr, op_jal, op_break, wrap_around, op_lw .. op_sw), and
 * github.com/sauraen/rsp_inval_instrs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/n64/rsp/assemble.h"
#include "tests/n64/rsp/console.h"

static struct console *fresh(void **state) {
    static struct console c;
    (void)state;
    console_init(&c);
    return &c;
}

/* pc has 12 bits and wraps around; BREAK leaves it behind itself. */
static void test_wraps_around(void **state) {
    struct console *c = fresh(state);
    PROGRAM(c, 0xff8, 0, 0, brk());
    assert_int_equal(console_run(c, 0xff8), 3);
    assert_int_equal(c->rsp->pc, 4);
    assert_int_equal(c->breaks, 1);
}

/* In a slot, BREAK leaves pc at the target of a taken branch, and the RSP goes on there. */
static void test_break_in_slot(void **state) {
    struct console *c = fresh(state);
    PROGRAM(c, 0, beq(0, 0, 6), brk(), bne(0, 0, 6), brk());
    console_run(c, 0);
    assert_int_equal(c->rsp->pc, 0x1c);
    console_run(c, 8);
    assert_int_equal(c->rsp->pc, 0x10);
}

/* The target's upper bits and alignment bits are dropped, the slot is executed, links are behind the slot. */
static void test_jumps(void **state) {
    struct console *c = fresh(state);
    PROGRAM(c, 0xffc, jal(0xffff008), ori(A0, A0, 2), ori(A0, A0, 4), ori(A0, A0, 8), brk());
    console_run(c, 0xffc);
    assert_int_equal(c->rsp->gpr[A0], 10);
    assert_int_equal(c->rsp->gpr[RA], 4);

    c = fresh(state);
    PROGRAM(c, 0xff4, lui(T0, 0xffff), ori(T0, T0, 0xf00b), jalr(V0, T0), ori(T0, 0, 4), ori(A0, A0, 4), ori(A0, A0, 8),
            brk());
    console_run(c, 0xff4);
    assert_int_equal(c->rsp->gpr[A0], 8);
    assert_int_equal(c->rsp->gpr[V0], 4);
    assert_int_equal(c->rsp->gpr[T0], 4);

    c = fresh(state); /* its own target as link register; and register 0 stays zero */
    PROGRAM(c, 0, ori(T0, 0, 0x10), jalr(T0, T0), 0, brk(), jalr(0, T0), ori(A0, 0, 1));
    console_run(c, 0);
    assert_int_equal(c->rsp->gpr[T0], 0xc);
    assert_int_equal(c->rsp->gpr[0], 0);
    assert_int_equal(c->rsp->gpr[A0], 1);
}

static void test_branches(void **state) {
    static const struct {
        unsigned op, rt; /* rt: REGIMM's instruction */
        uint32_t s, t;
        bool taken, links;
    } row[] = {
        {0x04, T1, 1, 1, true, false},          {0x04, T1, 1, 0, false, false},
        {0x05, T1, 0xffffffff, 1, true, false}, {0x05, T1, 7, 7, false, false},
        {0x06, 0, 0, 0, true, false},           {0x06, 0, 1, 0, false, false},
        {0x06, 0, 0xffff0000, 0, true, false},  {0x07, 0, 0, 0, false, false},
        {0x07, 0, 1, 0, true, false},           {0x07, 0, 0x80000000, 0, false, false},
        {0x01, 0x00, 0, 0, false, false},       {0x01, 0x00, 0x80000000, 0, true, false},
        {0x01, 0x01, 0, 0, true, false},        {0x01, 0x01, 0xffffffff, 0, false, false},
        {0x01, 0x10, 0, 0, false, true},        {0x01, 0x10, 0xffffffff, 0, true, true},
        {0x01, 0x11, 0, 0, true, true},         {0x01, 0x11, 0xffffffff, 0, false, true},
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct console *c = fresh(state);
        c->rsp->gpr[T0] = row[i].s;
        c->rsp->gpr[T1] = row[i].t;
        PROGRAM(c, 0xffc, op_i(row[i].op, row[i].rt, T0, 2), ori(A0, A0, 1), ori(A0, A0, 2), brk());
        console_run(c, 0xffc);
        if (c->rsp->gpr[A0] != (row[i].taken ? 1 : 3) || c->rsp->gpr[RA] != (row[i].links ? 4 : 0))
            fail_msg("row %u: a0 %x ra %x", i, c->rsp->gpr[A0], c->rsp->gpr[RA]);
    }
    /* BLTZAL tests its register before it links */
    struct console *c = fresh(state);
    c->rsp->gpr[RA] = 0x80000000;
    PROGRAM(c, 0, op_i(0x01, 0x10, RA, 2), 0, ori(A0, A0, 1), brk());
    console_run(c, 0);
    assert_int_equal(c->rsp->gpr[A0], 0);
    assert_int_equal(c->rsp->gpr[RA], 8);
}

/* One instruction of rd, rs, rt or rt, rs. */
static void test_arithmetic(void **state) {
    static const struct {
        uint32_t word, s, t, want;
    } row[] = {
        {0x01094020, 0x7fffffff, 1, 0x80000000},          /* ADD t0,t0,t1 does not trap */
        {0x01094022, 0x80000000, 1, 0x7fffffff},          /* SUB */
        {0x21080001, 0x7fffffff, 0, 0x80000000},          /* ADDI t0,t0,1 */
        {0x0109402a, 0xffffffff, 0, 1},                   /* SLT */
        {0x0109402b, 0xffffffff, 0, 0},                   /* SLTU */
        {0x2d08ffff, 0xfffffffe, 0, 1},                   /* SLTIU sign-extends */
        {0x3908ffff, 0xffff0000, 0, 0xffffffff},          /* XORI does not */
        {0x01094027, 0xf0f0f0f0, 0x0f000000, 0x000f0f0f}, /* NOR */
        {0x00094103, 0, 0x80000000, 0xf8000000},          /* SRA t0,t1,4 */
        {0x01094007, 0x24, 0x80000000, 0xf8000000},       /* SRAV takes 5 bits */
        {0x01094004, 0x21, 3, 6},                         /* SLLV */
        {0x01094006, 0x21, 0x80000000, 0x40000000},       /* SRLV */
        {0x01094018, 0x80000004, 99, 0x08000000},         /* MULT's number: rs >> rs, as all reserved ones */
        {0x0109400c, 0x80000001, 99, 0x40000000},         /* SYSCALL's */
        {0x0109402d, 0x80000021, 99, 0x40000010},         /* DADDU's */
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct console *c = fresh(state);
        c->rsp->gpr[T0] = row[i].s;
        c->rsp->gpr[T1] = row[i].t;
        PROGRAM(c, 0, row[i].word, brk());
        console_run(c, 0);
        if (c->rsp->gpr[T0] != row[i].want)
            fail_msg("%08x: %08x, not %08x", row[i].word, c->rsp->gpr[T0], row[i].want);
    }
    struct console *c = fresh(state);
    PROGRAM(c, 0, ori(0, 0, 1), lui(0, 1), op_i(0x23, 0, 0, 0), cop2(2, 0, 0, 0), brk());
    console_set_word(c, 0, 0x12345678);
    jl_rsp_set_control(c->rsp, 0, 0xffff);
    console_run(c, 0);
    assert_int_equal(c->rsp->gpr[0], 0);
}

/* Any alignment; 12 address bits; past the end of DMEM comes its beginning. */
static void test_memory(void **state) {
    static const struct {
        unsigned op;
        uint32_t base;
        int offset;
        uint32_t want;
    } row[] = {
        {0x23, 0, 0, 0xbaddecaf},
        {0x23, 0, 1, 0xddecaf01},
        {0x23, 6, 0x7ffd, 0xaf012345}, /* LW */
        {0x23, 0, 0x1ffe, 0x7e8fbadd},
        {0x23, 0, -1, 0x8fbaddec},
        {0x27, 0, 0x7fff, 0x8fbaddec}, /* LWU: the same */
        {0x21, 0, 0, 0xffffbadd},
        {0x21, 6, 0, 0x4567},
        {0x21, 0, 0x7fff, 0xffff8fba}, /* LH */
        {0x25, 0, 1, 0xddec},
        {0x25, 0, -1, 0x8fba}, /* LHU */
        {0x20, 0xfffff000, 0, 0xffffffba},
        {0x24, 0, 0x1ffc, 0xbc}, /* LB, LBU */
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct console *c = fresh(state);
        console_set_word(c, 0, 0xbaddecaf);
        console_set_word(c, 4, 0x01234567);
        console_set_word(c, 0xffc, 0xbcad7e8f);
        c->rsp->gpr[T1] = row[i].base;
        PROGRAM(c, 0, op_i(row[i].op, T0, T1, (unsigned)row[i].offset), brk());
        console_run(c, 0);
        if (c->rsp->gpr[T0] != row[i].want)
            fail_msg("row %u: %08x, not %08x", i, c->rsp->gpr[T0], row[i].want);
    }
    struct console *c = fresh(state);
    c->rsp->gpr[T0] = 0x91827364;
    PROGRAM(c, 0, op_i(0x2b, T0, 0, 0x7ffe), op_i(0x29, T0, 0, 0x11), op_i(0x28, T0, 0, 0x14), op_i(0x2b, T0, 0, 0x21),
            brk());
    console_run(c, 0);
    assert_int_equal(console_word(c, 0xffc), 0x00009182);
    assert_int_equal(console_word(c, 0), 0x73640000);
    assert_int_equal(console_word(c, 0x10), 0x00736400);
    assert_int_equal(console_word(c, 0x14), 0x64000000);
    assert_int_equal(console_word(c, 0x20), 0x00918273);
    assert_int_equal(console_word(c, 0x24), 0x64000000);
}

/* 16 registers; the number's fifth bit is not looked at. Writing may halt. */
static void test_cop0(void **state) {
    struct console *c = fresh(state);
    c->cop0[11] = 0x1234;
    PROGRAM(c, 0, mfc0(T0, 11), mtc0(T0, 16 + 7), mfc0(T1, 7), mfc0(0, 11), mtc0(T0, 4), ori(T1, 0, 1));
    assert_int_equal(console_run(c, 0), 5);
    assert_int_equal(c->cop0[7], 0x1234);
    assert_int_equal(c->rsp->gpr[T1], 0x1234);
    assert_int_equal(c->rsp->gpr[0], 0);
    assert_int_equal(c->last_write, 4);
    assert_int_equal(c->rsp->pc, 0x14);
    assert_false(c->rsp->running);
}

/* imem that changes: between runs, and by a write that starts a DMA, from the very next instruction on. */
static void test_new_code(void **state) {
    struct console *c = fresh(state);
    PROGRAM(c, 0, ori(T0, 0, 1), brk());
    console_run(c, 0);
    PROGRAM(c, 0, ori(T0, 0, 2));
    console_run(c, 0);
    assert_int_equal(c->rsp->gpr[T0], 2);
    PROGRAM(c, 0, mtc0(0, 2), ori(T0, 0, 3), brk());
    c->patch_at = 4;
    c->patch = ori(T0, 0, 4);
    console_run(c, 0);
    assert_int_equal(c->rsp->gpr[T0], 4);
}

/* A run may end anywhere, also before a slot; a new pc cancels the branch. */
static void test_slices(void **state) {
    struct console *c = fresh(state);
    PROGRAM(c, 0, beq(0, 0, 3), ori(A0, A0, 1), ori(A0, A0, 2), brk(), ori(A0, A0, 4), brk());
    c->rsp->running = true;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(console_slice(c, 1), 1);
    assert_int_equal(c->breaks, 1);
    assert_int_equal(c->rsp->gpr[A0], 5);
    assert_int_equal(console_slice(c, 1), 0);

    c->rsp->gpr[A0] = 0;
    c->rsp->pc = 0;
    c->rsp->running = true;
    assert_int_equal(console_slice(c, 1), 1);
    c->rsp->pc = 8;
    assert_int_equal(console_slice(c, 1000), 2);
    assert_int_equal(c->rsp->gpr[A0], 2);
    c->rsp->pc = 4; /* and what was cancelled stays so */
    c->rsp->running = true;
    assert_int_equal(console_slice(c, 1000), 3);
    assert_int_equal(c->rsp->gpr[A0], 3);
}

int main(int argc, char **argv) {
    console_arguments(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wraps_around), cmocka_unit_test(test_break_in_slot), cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_branches),     cmocka_unit_test(test_arithmetic),    cmocka_unit_test(test_memory),
        cmocka_unit_test(test_cop0),         cmocka_unit_test(test_new_code),      cmocka_unit_test(test_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
