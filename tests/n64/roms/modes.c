/* 64-bit instructions are reserved in supervisor and user mode without SX or UX (VR4300 User's Manual, instruction set;
 * n64-systemtest finds it on hardware): one program, entered under each mode in turn, so that the same translation
 * meets all of them. */
#include "user.h"

/* t1 is also the counter's second operand; v0 is what is made. */
#define ALU(function) (8 << 21 | 9 << 16 | 2 << 11 | (function))
#define SHIFT(function) (9 << 16 | 2 << 11 | 5 << 6 | (function))
#define IMMEDIATE(op) ((op) << 26 | 8 << 21 | 2 << 16 | 0x1234)
#define HILO(function) (8 << 21 | 9 << 16 | (function))

enum { RI = 10, SYS = 8, TURNS = 60 };

static const struct {
    const char *name;
    u32 word, wide;
} instructions[] = {
    {"DADD", ALU(0x2c), 1},     {"DADDU", ALU(0x2d), 1},       {"DSUB", ALU(0x2e), 1},
    {"DSUBU", ALU(0x2f), 1},    {"DSLLV", ALU(0x14), 1},       {"DSRLV", ALU(0x16), 1},
    {"DSRAV", ALU(0x17), 1},    {"DSLL", SHIFT(0x38), 1},      {"DSRL", SHIFT(0x3a), 1},
    {"DSRA", SHIFT(0x3b), 1},   {"DSLL32", SHIFT(0x3c), 1},    {"DSRA32", SHIFT(0x3f), 1},
    {"DMULT", HILO(0x1c), 1},   {"DMULTU", HILO(0x1d), 1},     {"DDIV", HILO(0x1e), 1},
    {"DDIVU", HILO(0x1f), 1},   {"DADDI", IMMEDIATE(0x18), 1}, {"DADDIU", IMMEDIATE(0x19), 1},
    {"LD", MEM(LD, 2, 0), 1},   {"LWU", MEM(LWU, 2, 0), 1},    {"LDL", MEM(LDL, 2, 0), 1},
    {"LDR", MEM(LDR, 2, 0), 1}, {"LLD", MEM(LLD, 2, 0), 1},    {"SCD", MEM(SCD, 2, 0), 1},
    {"SD", MEM(SD, 2, 0), 1},   {"SDL", MEM(SDL, 2, 0), 1},    {"SDR", MEM(SDR, 2, 0), 1},
    {"ADDU", ALU(0x21), 0},     {"MULT", HILO(0x18), 0},       {"DIV", HILO(0x1a), 0},
    {"SLL", SHIFT(0), 0},       {"LW", MEM(LW, 2, 0), 0},      {"SW", MEM(SW, 2, 0), 0},
    {"LL", MEM(LL, 2, 0), 0},   {"LDC1", MEM(LDC1, 2, 0), 0},  {"SDC1", MEM(SDC1, 2, 0), 0},
};

static const struct {
    const char *name;
    u32 bits, narrow;
} modes[] = {
    {"kernel", 0, 0},
    {"kernel, 64", KX, 0},
    {"supervisor", SUPERVISOR, 1},
    {"supervisor, 64", SUPERVISOR | SX, 0},
    {"supervisor, UX", SUPERVISOR | UX, 1},
    {"user", USER, 1},
    {"user, 64", USER | UX, 0},
    {"user, SX", USER | SX, 1},
};

static void in_mode(u32 i, u32 m, u32 epc, u32 slot) {
    u32 before = exception.count, reserved = instructions[i].wide && modes[m].narrow;
    enter(STATUS_DEFAULT | modes[m].bits, V_DATA, 3);
    check_exception(instructions[i].name, before, reserved ? RI : SYS);
    if (reserved) {
        check(modes[m].name, exception.epc, epc);
        check("BD", exception.cause >> 31, slot);
    }
}

/* Alone; and in a loop, so that it is translated, in the slot of its branch: addiu t2, 1; sltiu v1, t2, TURNS; bne v1,
 * zero, -3. */
static void instruction(u32 i) {
    const u32 loop[] = {0x254a0001, 0x2d430000 | TURNS, 0x1460fffd, instructions[i].word};
    write_program(&instructions[i].word, 1, 0);
    for (u32 m = 0; m < sizeof modes / sizeof *modes; m++)
        in_mode(i, m, V_CODE, 0);
    write_program(loop, 4, 0);
    for (u32 k = 0; k < 2; k++)
        for (u32 m = sizeof modes / sizeof *modes; m-- > 0;)
            in_mode(i, m, V_CODE + 8, 1);
}

/* A branch whose slot is reserved, and not executed: likely, and not taken. */
static void not_executed(void) {
    const u32 words[] = {0x54000001, ALU(0x2d), 0x25290001}; /* bnel zero, zero, +1; daddu; addiu t1, 1 */
    write_program(words, 3, 0);
    u32 before = exception.count;
    check("left out", enter(STATUS_DEFAULT | USER, V_DATA, 5), 6);
    check_exception("left out", before, SYS);
}

/* The processor's own moves: with CU0 they may be used in user mode. */
static void coprocessor(void) {
    const u32 narrow = 0x40096000, wide = 0x40296000; /* mfc0, dmfc0 t1, Status */
    const u32 cu0 = 1u << 28;
    for (u32 k = 0; k < 2; k++) {
        write_program(k ? &wide : &narrow, 1, 0);
        u32 before = exception.count;
        enter(STATUS_DEFAULT | cu0 | USER, V_DATA, 0);
        check_exception("COP0 in user mode", before, k ? RI : SYS);
        before = exception.count;
        enter(STATUS_DEFAULT | cu0 | USER | UX, V_DATA, 0);
        check_exception("COP0 in user mode, 64", before, SYS);
    }
}

static void reversed(void) {
    write_program(&instructions[0].word, 1, 1);
    u32 before = exception.count;
    enter(STATUS_DEFAULT | RE | USER, V_DATA, 0);
    check_exception("reversed", before, RI);
    before = exception.count;
    enter(STATUS_DEFAULT | RE | USER | UX, V_DATA, 0);
    check_exception("reversed, 64", before, SYS);
}

/* As a flash cartridge's menu leaves it, which the boot code does not change: results that are too small become 0. */
static void fcsr(void) {
    u32 v;
    __asm__ volatile("cfc1 %0, $31\n\tnop" : "=r"(v));
    check("FCSR at the start", v, 1u << 24);
}

int main(void) {
    fcsr();
    MTC0(12, STATUS_DEFAULT);
    map_all();
    for (u32 i = 0; i < 16; i += 4)
        MEM32(0xa0000000u + DATA + i) = 0x01020304u + i;
    for (u32 i = 0; i < sizeof instructions / sizeof *instructions; i++)
        instruction(i);
    not_executed();
    coprocessor();
    reversed();
    finish();
    return 0;
}
