/* How long instructions take, by Count: those that the processor stops for, and reads of the RCP's registers. */
#include "test.h"

#define VI_CURRENT 0xa4400010u
#define PI_DOMAIN(n) MEM32(0xa4600014u + 4 * (n))
#define PI(n) MEM32(0xa4600000u + 4 * (n))
#define CARTRIDGE 0xb0000000u

enum { TIMES = 16, READS = 512 };

/* Count's steps from one reading to the next, with TIMES times `op` between them. */
#define STEPS(op)                                                                                                      \
    ({                                                                                                                 \
        u32 first_, second_;                                                                                           \
        __asm__ volatile(".set noreorder\n"                                                                            \
                         "mfc0 %0, $9\n"                                                                               \
                         ".rept 16\n" op "\n"                                                                          \
                         ".endr\n"                                                                                     \
                         "mfc0 %1, $9\n"                                                                               \
                         ".set reorder"                                                                                \
                         : "=&r"(first_), "=&r"(second_)::"$8", "$9", "$f4", "hi", "lo", "memory");                    \
        second_ - first_;                                                                                              \
    })
/* An instruction that takes so many steps beside its own. */
#define TAKES(op, more) check(op, STEPS(op), 1 + TIMES * (1 + (more)))

static void integer(void) {
    __asm__ volatile("li $8, 1234567\n\tli $9, 89" ::: "$8", "$9");
    TAKES("addu $8, $8, $9", 0);
    TAKES("mult $8, $9", 2);
    TAKES("multu $8, $9", 2);
    TAKES("dmult $8, $9", 3);
    TAKES("dmultu $8, $9", 3);
    TAKES("div $0, $8, $9", 18);
    TAKES("divu $0, $8, $9", 18);
    TAKES("ddiv $0, $8, $9", 34);
    TAKES("ddivu $0, $8, $9", 34);
    TAKES("mflo $8", 0);
}

static void set(u64 f2, u64 f6) {
    __asm__ volatile("dmtc1 %0, $f2\n\tdmtc1 %1, $f6\n\tnop" ::"r"(f2), "r"(f6) : "$f2", "$f6");
}

static void single(void) {
    set(0x40a00000, 0x40400000); /* 5 and 3 */
    TAKES("add.s $f4, $f2, $f6", 1);
    TAKES("sub.s $f4, $f2, $f6", 1);
    TAKES("mul.s $f4, $f2, $f6", 2);
    TAKES("div.s $f4, $f2, $f6", 14);
    TAKES("sqrt.s $f4, $f2", 14);
    TAKES("abs.s $f4, $f2", 0);
    TAKES("mov.s $f4, $f2", 0);
    TAKES("neg.s $f4, $f2", 0);
    TAKES("c.lt.s $f2, $f6", 0);
    TAKES("cvt.d.s $f4, $f2", 0);
    TAKES("cvt.w.s $f4, $f2", 2);
    TAKES("cvt.l.s $f4, $f2", 2);
    TAKES("round.w.s $f4, $f2", 2);
    TAKES("round.l.s $f4, $f2", 2);
    TAKES("trunc.w.s $f4, $f2", 2);
    TAKES("trunc.l.s $f4, $f2", 2);
    TAKES("ceil.w.s $f4, $f2", 2);
    TAKES("ceil.l.s $f4, $f2", 2);
    TAKES("floor.w.s $f4, $f2", 2);
    TAKES("floor.l.s $f4, $f2", 2);
}

static void twice(void) {
    set(0x4014000000000000, 0x4008000000000000); /* 5 and 3 */
    TAKES("add.d $f4, $f2, $f6", 1);
    TAKES("sub.d $f4, $f2, $f6", 1);
    TAKES("mul.d $f4, $f2, $f6", 3);
    TAKES("div.d $f4, $f2, $f6", 28);
    TAKES("sqrt.d $f4, $f2", 28);
    TAKES("abs.d $f4, $f2", 0);
    TAKES("cvt.s.d $f4, $f2", 0);
    TAKES("cvt.w.d $f4, $f2", 2);
    TAKES("cvt.l.d $f4, $f2", 2);
    TAKES("round.w.d $f4, $f2", 2);
    TAKES("round.l.d $f4, $f2", 2);
    TAKES("trunc.w.d $f4, $f2", 2);
    TAKES("trunc.l.d $f4, $f2", 2);
    TAKES("ceil.w.d $f4, $f2", 2);
    TAKES("ceil.l.d $f4, $f2", 2);
    TAKES("floor.w.d $f4, $f2", 2);
    TAKES("floor.l.d $f4, $f2", 2);
    set(5, 0);
    TAKES("cvt.s.w $f4, $f2", 2);
    TAKES("cvt.s.l $f4, $f2", 2);
    TAKES("cvt.d.w $f4, $f2", 2);
    TAKES("cvt.d.l $f4, $f2", 2);
}

/* A result of 0 is there in two cycles. */
static void zeros(void) {
    set(0, 0x3f800000); /* 0 and 1 */
    TAKES("mul.s $f4, $f2, $f6", 0);
    TAKES("mul.s $f4, $f6, $f2", 0);
    TAKES("div.s $f4, $f2, $f6", 0);
    TAKES("sqrt.s $f4, $f2", 0);
    TAKES("add.s $f4, $f2, $f2", 1);
    set(0x8000000000000000, 0x3ff0000000000000); /* -0 and 1 */
    TAKES("mul.d $f4, $f2, $f6", 0);
    TAKES("div.d $f4, $f2, $f6", 0);
    TAKES("sqrt.d $f4, $f2", 0);
    TAKES("cvt.w.d $f4, $f2", 2);
    set(0, 0);
    TAKES("cvt.s.w $f4, $f2", 0);
    TAKES("cvt.d.w $f4, $f2", 0);
    TAKES("cvt.s.l $f4, $f2", 0);
    TAKES("cvt.d.l $f4, $f2", 0);
}

/* In a loop, and in the slot of its branch, likely or not. */
static void in_slots(void) {
    u32 a, b, c;
    __asm__ volatile(".set noreorder\n"
                     "li $8, 100\n"
                     "mfc0 %0, $9\n"
                     "1: addiu $8, $8, -1\n"
                     "bnez $8, 1b\n"
                     "mult $8, $8\n"
                     "mfc0 %1, $9\n"
                     "li $8, 100\n"
                     "2: addiu $8, $8, -1\n"
                     "bnezl $8, 2b\n"
                     "mult $8, $8\n"
                     "mfc0 %2, $9\n"
                     ".set reorder"
                     : "=&r"(a), "=&r"(b), "=&r"(c)::"$8", "hi", "lo");
    check("in the slot of a loop's branch", b - a, 1 + 100 * 5);
    check("of a likely one", c - b, 2 + 99 * 5 + 2);
}

/* Reads of VI's line in a loop of five instructions, as krom's TIMINGNTSC does: 27.19 cycles a turn, and what they are
 * with an instruction in it that takes longer. */
#define TURNS(op)                                                                                                      \
    ({                                                                                                                 \
        u32 first_, second_, turns_ = READS, line_;                                                                    \
        __asm__ volatile(".set noreorder\n"                                                                            \
                         "mfc0 %0, $9\n"                                                                               \
                         "1: " op "\n"                                                                                 \
                         "lw %3, 0(%4)\n"                                                                              \
                         "sync\n"                                                                                      \
                         "bnez %2, 1b\n"                                                                               \
                         "addiu %2, %2, -1\n"                                                                          \
                         "mfc0 %1, $9\n"                                                                               \
                         ".set reorder"                                                                                \
                         : "=&r"(first_), "=&r"(second_), "+&r"(turns_), "=&r"(line_)                                  \
                         : "r"(VI_CURRENT)                                                                             \
                         : "$8", "$9", "$f4", "hi", "lo");                                                             \
        (second_ - first_) * 200 / (READS + 1);                                                                        \
    })
/* In hundredths of a cycle, within 0.06 of one: what the turns began and ended with counts too. */
static void around(const char *what, u32 got, u32 wanted) {
    u32 off = got - wanted + 6;
    check(what, off <= 12 ? wanted : got, wanted);
}

static void reads(void) {
    __asm__ volatile("li $8, 1234567\n\tli $9, 89" ::: "$8", "$9");
    set(0x4014000000000000, 0x4008000000000000);
    around("a turn with ADDU", TURNS("addu $8, $8, $9"), 2719);
    around("with ADD.D", TURNS("add.d $f4, $f2, $f6"), 2869);
    around("with MULT", TURNS("mult $8, $9"), 3019);
    around("with DMULT", TURNS("dmult $8, $9"), 3319);
    around("with DIV", TURNS("div $0, $8, $9"), 6319);
    around("with DDIV", TURNS("ddiv $0, $8, $9"), 9469);
}

/* The cartridge's bus takes as long as its registers say. */
static void cartridge(void) {
    u32 latency = PI_DOMAIN(0), before, short_one, long_one;
    PI_DOMAIN(0) = 0x10;
    before = (u32)MFC0(9);
    (void)MEM32(CARTRIDGE);
    short_one = (u32)MFC0(9) - before;
    PI_DOMAIN(0) = 0xf0;
    before = (u32)MFC0(9);
    (void)MEM32(CARTRIDGE);
    long_one = (u32)MFC0(9) - before;
    PI_DOMAIN(0) = latency;
    check("a longer latency takes longer", long_one - short_one - 0xe0 * 3 / 4 + 2 < 5, 1);
}

/* From the store that begins a DMA until a loop that reads the status sees its end. */
static u32 dma_takes(u32 bytes) {
    u32 before;
    PI(0) = 0x00300780;
    PI(1) = 0x10000000 + 2 * 512 - 352;
    PI(3) = bytes - 1;
    before = (u32)MFC0(9);
    while (PI(4) & 3)
        ;
    before = (u32)MFC0(9) - before;
    PI(4) = 2;
    return before;
}

/* What rasky's n64_pi_dma_test has recorded of it on a console (steps of Count, least and most of 8 runs; a page of the
 * cartridge ends 352 bytes behind where it begins), and a fiftieth more and less. */
static void dma(void) {
    static const struct {
        u16 bytes, least, most;
    } recorded[] = {{2, 105, 112},     {8, 158, 165},     {16, 227, 240},    {32, 369, 379},
                    {64, 646, 662},    {100, 961, 973},   {128, 1204, 1217}, {130, 1239, 1257},
                    {192, 1776, 1789}, {256, 2338, 2348}, {350, 3167, 3190}, {382, 3505, 3521}};
    u32 kept[4];
    for (u32 i = 0; i < 4; i++)
        kept[i] = PI_DOMAIN(i);
    PI_DOMAIN(0) = 0x40;
    PI_DOMAIN(1) = 0x12;
    PI_DOMAIN(2) = 7;
    PI_DOMAIN(3) = 3;
    for (u32 i = 0; i < sizeof recorded / sizeof *recorded; i++) {
        u32 took = dma_takes(recorded[i].bytes);
        check("DMA's time",
              took * 50 >= recorded[i].least * 49 && took * 50 <= recorded[i].most * 51 ? recorded[i].bytes : took,
              recorded[i].bytes);
    }
    for (u32 i = 0; i < 4; i++)
        PI_DOMAIN(i) = kept[i];
}

int main(void) {
    MTC0_32(12, STATUS_DEFAULT);
    for (u32 i = 0; i < 3; i++) { /* be it interpreted first */
        integer();
        single();
        twice();
        zeros();
        in_slots();
        reads();
        cartridge();
        dma();
    }
    finish();
    return 0;
}
