/* Loops that wait: for memory that an interrupt's handler changes, which can be skipped, and for what changes by
 * itself, which cannot. How long each has waited is in registers and memory, and so in the run's fingerprint. */
#include "test.h"

#define MI_INTR MEM32(0xa4300008u)
#define MI_MASK MEM32(0xa430000cu)
#define VI(n) MEM32(0xa4400000u + 4 * (n))

enum { VI_INTR = 8, IP7 = 0x8000 };
volatile u32 waited[8];

/* Count when the timer's interrupt is due, and the interrupt allowed. */
static void timer(u32 after) {
    MTC0(9, 0);
    MTC0(11, after);
    MTC0(12, STATUS_DEFAULT | IP7 | 1);
}

static void note(u32 n) {
    waited[n] = (u32)MFC0(9);
    MTC0(12, STATUS_DEFAULT);
    MTC0(11, 0xffffffff);
}

static void memory(void) {
    for (u32 i = 0; i < 20; i++) {
        u32 before = exception.count;
        timer(20000 + 7 * i);
        while (exception.count == before)
            ;
        note(0);
        check("it waited for the interrupt", waited[0] >= 20000 + 7 * i && waited[0] < 20100 + 7 * i, 1);
    }
}

/* Two ways round, and a branch-likely. */
static void branches(void) {
    u32 before = exception.count, flag = 1;
    timer(30000);
    __asm__ volatile(".set push\n\t.set noreorder\n"
                     "1: lw $8, 0(%1)\n\t"
                     "nop\n\t"
                     "beqz %2, 2f\n\t"
                     "subu $9, $8, %0\n\t"
                     "bnezl $9, 3f\n\t"
                     "nop\n\t"
                     "b 1b\n\t"
                     "nop\n"
                     "2: beq $8, %0, 1b\n\t"
                     "nop\n"
                     "3:\n\t.set pop" ::"r"(before),
                     "r"(&exception.count), "r"(flag)
                     : "$8", "$9", "memory");
    note(1);
    before = exception.count;
    timer(30000);
    __asm__ volatile(".set push\n\t.set noreorder\n"
                     "1: lw $8, 0(%1)\n\t"
                     "nop\n\t"
                     "beql $8, %0, 1b\n\t"
                     "addiu $9, $8, 1\n\t"
                     ".set pop" ::"r"(before),
                     "r"(&exception.count)
                     : "$8", "$9", "memory");
    note(2);
    check("both waited", waited[1] >= 30000 && waited[1] < 30100 && waited[2] >= 30000 && waited[2] < 30100, 1);
}

/* Turns are counted, in a register and in memory: nothing to skip. */
static void counting(void) {
    u32 before = exception.count, turns = 0;
    timer(20000);
    while (exception.count == before)
        turns++;
    note(3);
    waited[4] = turns;
    check("turns were counted", turns > 2000 && turns < 10000, 1);
    before = exception.count;
    waited[5] = 0;
    timer(20000);
    while (exception.count == before)
        waited[5]++;
    note(3);
    check("turns were counted in memory", waited[5] > 1000 && waited[5] < 8000, 1);
}

/* Time and devices change by themselves. */
static void others(void) {
    u32 reads = 0;
    MTC0(9, 0);
    while ((u32)MFC0_32(9) < 20000)
        ;
    waited[6] = (u32)MFC0(9);
    check("Count was seen to go up", waited[6] < 20020, 1);
    MI_MASK = 0x555;
    VI(6) = 0x20d;
    u32 line = VI(4) < 500 ? VI(4) + 8 : 20;
    VI(3) = line;
    VI(4) = 0;
    while (!(MI_INTR & VI_INTR))
        reads++;
    waited[7] = reads;
    check("the line's interrupt came", VI(4) >= line && VI(4) <= line + 4, 1);
}

int main(void) {
    MTC0(12, STATUS_DEFAULT);
    memory();
    branches();
    counting();
    others();
    finish();
    return 0;
}
