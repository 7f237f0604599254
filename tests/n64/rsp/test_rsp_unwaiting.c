/* The reserved instructions that do not wait for loads. Each program begins with 0x100 * n in vector register n, loads
 * n from data memory into it, and ends with an instruction that adds two registers to the accumulator's low part: what
 * is found there says what it saw of each. Sources: KROM are the accumulators of github.com/PeterLemon/N64,
 * RSPTest/CP2/RESERVED; SYSTEMTEST is github.com/lemmy-64/n64-systemtest (tests/rsp/op_vector_arithmetic); RULE is what
 * unwaiting.c says beyond them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/n64/rsp/assemble.h"
#include "tests/n64/rsp/console.h"

enum { VADD = 0x10, VSUM = 0x1c, V30_ = 0x1e, V31_ = 0x1f, VEXTN = 0x3a, VINST = 0x3c, VINSQ = 0x3d, VINSN = 0x3e };
enum { OLD1 = 0x100, OLD2 = 0x200, NEW1 = 1, NEW2 = 2, WORDS = 8, LQV = 4, NOP = 0 };

#define LOAD(n) vload(LQV, n, 0, n, 0)
#define SUM(op) vector(op, 3, 1, 2, 0) /* vs is register 1, vt register 2 */

struct program {
    const char *what;
    uint32_t words[WORDS];
    unsigned length, sum;
};
#define P(what, sum, ...)                                                                                              \
    { what, {__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4, sum }

static struct program programs[32];
static unsigned program_count;

static void make_programs(void) {
    const struct program list[] = {
        P("KROM VSUM", OLD1 + OLD2, LOAD(1), LOAD(2), SUM(VSUM)),
        P("KROM V30", OLD1 + OLD2, LOAD(1), LOAD(2), SUM(V30_)),
        P("KROM V31", OLD1 + OLD2, LOAD(1), LOAD(2), SUM(V31_)),
        P("KROM VINST", OLD1 + OLD2, LOAD(1), LOAD(2), SUM(VINST)),
        P("KROM VINSQ", OLD1 + OLD2, LOAD(1), LOAD(2), SUM(VINSQ)),
        P("KROM VINSN", OLD1 + OLD2, LOAD(1), LOAD(2), SUM(VINSN)),
        P("KROM VEXTN", NEW1 + NEW2, LOAD(1), LOAD(2), SUM(VEXTN)),
        P("SYSTEMTEST VINST", NEW1 + NEW2, LOAD(2), LOAD(1), SUM(VINST)),
        P("SYSTEMTEST VINSQ", NEW1 + NEW2, LOAD(2), LOAD(1), SUM(VINSQ)),
        P("SYSTEMTEST VINSN", NEW1 + NEW2, LOAD(2), LOAD(1), SUM(VINSN)),
        P("SYSTEMTEST VINSN, one register", NEW1 + NEW1, LOAD(1), vector(VINSN, 3, 1, 1, 0)),
        P("SYSTEMTEST VSUM, two NOPs", OLD1 + NEW2, LOAD(2), LOAD(1), NOP, NOP, SUM(VSUM)),
        P("SYSTEMTEST VSUM, three NOPs", NEW1 + NEW2, LOAD(2), LOAD(1), NOP, NOP, NOP, SUM(VSUM)),
        P("SYSTEMTEST V30, three NOPs", NEW1 + NEW2, LOAD(2), LOAD(1), NOP, NOP, NOP, SUM(V30_)),
        P("RULE VSUM, one NOP", OLD1 + OLD2, LOAD(2), LOAD(1), NOP, SUM(VSUM)),
        P("RULE VINST, one NOP", OLD1 + OLD2, LOAD(2), LOAD(1), NOP, SUM(VINST)),
        P("RULE VSUM, one register", OLD1 + OLD1, LOAD(1), vector(VSUM, 3, 1, 1, 0)),
        P("RULE VSUM behind VSUM", NEW1 + NEW2, LOAD(2), LOAD(1), SUM(VSUM), SUM(VSUM)),
        P("RULE two loads of a register", OLD1 + OLD2, LOAD(1), vload(LQV, 1, 0, 2, 0), SUM(VSUM)),
        P("RULE only bytes of it", OLD1 + OLD2, vload(1, 1, 0, 8, 0), SUM(VSUM)),
        P("RULE a store between", NEW1 + NEW2, LOAD(1), LOAD(2), vstore(LQV, 5, 0, 20, 0), SUM(VSUM)),
        P("RULE a vector instruction between", NEW1 + NEW2, LOAD(1), LOAD(2), vector(VADD, 4, 5, 6, 0), SUM(VSUM)),
        P("RULE a move between", NEW1 + NEW2, LOAD(1), LOAD(2), cop2(0, T0, 5, 0), SUM(VSUM)),
        P("RULE jumped to", NEW1 + NEW2, LOAD(2), beq(0, 0, 2), LOAD(1), LOAD(1), SUM(VSUM)),
        P("RULE in front of a branch", NEW1 + NEW2, LOAD(1), LOAD(2), bne(0, 0, 1), NOP, NOP, SUM(VSUM)),
    };
    program_count = sizeof list / sizeof *list;
    _Static_assert(sizeof list <= sizeof programs, "they fit");
    memcpy(programs, list, sizeof list);
}

static void begin(struct console *c, unsigned at, const struct program *p) {
    console_init(c);
    for (unsigned i = 0; i < 256; i++)
        c->rsp->vr[i / 8][i % 8] = (uint16_t)(0x100 * (i / 8));
    for (unsigned i = 0; i < 256; i++)
        c->rsp->dmem[2 * i + 1] = (uint8_t)(i / 8);
    console_program(c, at, p->words, p->length);
    PROGRAM(c, at + 4 * p->length, brk());
}

static void expect(const struct console *c, const struct program *p, unsigned at) {
    for (unsigned i = 0; i < 8; i++) {
        if (c->rsp->acc_lo[i] != p->sum)
            fail_msg("%s at %03x: lane %u is %04x instead of %04x", p->what, at, i, c->rsp->acc_lo[i], p->sum);
        if (c->rsp->vr[3][i])
            fail_msg("%s at %03x: the result is %04x", p->what, at, c->rsp->vr[3][i]);
    }
}

/* At the beginning of instruction memory, and across the places where translated blocks end. */
static void test_programs(void **state) {
    static struct console c;
    (void)state;
    for (unsigned i = 0; i < program_count; i++)
        for (unsigned at = 0; at < 128; at += 4) {
            begin(&c, at, &programs[i]);
            console_run(&c, at);
            expect(&c, &programs[i], at);
        }
}

/* Instruction by instruction: what is kept stays between two runs. */
static void test_slices(void **state) {
    static struct console c;
    (void)state;
    for (unsigned i = 0; i < program_count; i++) {
        begin(&c, 0, &programs[i]);
        c.rsp->pc = 0;
        c.rsp->running = true;
        while (c.rsp->running)
            console_slice(&c, 1);
        expect(&c, &programs[i], 0);
    }
}

/* An instruction that becomes another, and its loads with it. */
static void test_changed_programs(void **state) {
    static struct console c;
    static const struct {
        unsigned op, sum;
    } ops[] = {{VSUM, OLD1 + OLD2}, {VEXTN, NEW1 + NEW2}, {VINST, OLD1 + OLD2}, {VEXTN, NEW1 + NEW2}};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct program p = P("changed", ops[i].sum, LOAD(1), LOAD(2), SUM(ops[i].op));
        if (i == 0) {
            begin(&c, 0, &p);
        } else {
            console_program(&c, 8, &p.words[2], 1);
            for (unsigned k = 0; k < 8; k++) {
                c.rsp->vr[1][k] = OLD1;
                c.rsp->vr[2][k] = OLD2;
            }
        }
        console_run(&c, 0);
        expect(&c, &p, 0);
    }
}

int main(int argc, char **argv) {
    console_arguments(argc, argv);
    make_programs();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_changed_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
