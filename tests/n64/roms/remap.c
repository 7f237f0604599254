/* Code in pages that the TLB maps now here, now there: what was translated for a mapping must not run under another,
 * nor when there is none, nor after it was changed where it could be seen elsewhere. */
#include "test.h"

#define FIRST 0x00200000u /* physical: two pairs of pages with functions */
#define SECOND 0x00210000u
#define VIRTUAL 0x10000000u
#define LO(phys, flags) ((phys) >> 6 | (flags))

enum { ALL = 7, TURNS = 64, CALLS = 60, TLBL = 2 };

typedef u32 (*function)(u32);

static void map(u32 lo0, u32 lo1) {
    MTC0(0, 5);
    MTC0(5, 0);
    MTC0(10, VIRTUAL);
    MTC0(2, lo0);
    MTC0(3, lo1);
    COP0(tlbwi);
}

static void write(u32 phys, const u32 *words, u32 n) {
    for (u32 i = 0; i < n; i++)
        MEM32(0xa0000000u + phys + 4 * i) = words[i];
}

static void announce(u32 addr) {
    __asm__ volatile("cache 0x10, 0(%0)\n\tnop" ::"r"(addr) : "memory");
}

/* At the pair of pages at phys: a function that adds k and, by way of the second page, k again. */
static void write_pair(u32 phys, u32 k) {
    const u32 first[] = {0x24820000 | k, 0x08000000 | ((VIRTUAL + 0x1000) >> 2 & 0x3ffffff), 0};
    const u32 second[] = {0x24420000 | k, 0x03e00008, 0};
    write(phys, first, 3);
    write(phys + 0x1000, second, 3);
}

static u32 call(u32 times) {
    volatile function f = (function)VIRTUAL;
    u32 sum = 0;
    for (u32 i = 0; i < times; i++)
        sum = f(sum);
    return sum;
}

static void to_and_fro(void) {
    write_pair(FIRST, 1);
    write_pair(SECOND, 3);
    for (u32 i = 0; i < TURNS; i++) {
        u32 pair = i & 1 ? SECOND : FIRST;
        map(LO(pair, ALL), LO(pair + 0x1000, ALL));
        check("the function of this mapping", call(CALLS), CALLS * (i & 1 ? 6 : 2));
        map(LO(FIRST, ALL), LO(SECOND + 0x1000, ALL)); /* half of each */
        check("half of each", call(CALLS), CALLS * 4);
    }
}

static void gone(void) {
    map(LO(FIRST, ALL), LO(FIRST + 0x1000, ALL));
    check("both pages", call(CALLS), CALLS * 2);
    map(LO(FIRST, ALL), 0);
    for (u32 i = 0; i < 3; i++) {
        u32 before = exception.count;
        __asm__ volatile(".set push\n\t.set noreorder\n\t"
                         "la $8, 1f\n\t"
                         "sw $8, 0(%0)\n\t"
                         "jalr %1\n\t"
                         "nop\n"
                         "1:\n\t.set pop" ::"r"(&exception.resume),
                         "r"(VIRTUAL)
                         : "$2", "$4", "$8", "$31", "memory");
        check_exception("the second page is gone", before, TLBL);
        check("where it was", exception.epc, VIRTUAL + 0x1000);
    }
    map(LO(FIRST, ALL), LO(FIRST + 0x1000, ALL));
    check("both pages again", call(CALLS), CALLS * 2);
}

static void changed(void) {
    for (u32 i = 0; i < 8; i++) {
        map(0, 0);
        if (i & 1)
            write_pair(FIRST, 10 + i);
        map(LO(FIRST, ALL), LO(FIRST + 0x1000, ALL));
        announce(VIRTUAL);
        announce(VIRTUAL + 0x1000);
        check("changed while it was not there", call(CALLS), CALLS * (i ? 2 * (10 + ((i - 1) | 1)) : 2));
    }
    for (u32 i = 0; i < 8; i++) {
        write_pair(FIRST, 20 + i);
        announce(VIRTUAL);
        announce(VIRTUAL + 0x1000);
        check("changed while it was", call(CALLS), CALLS * 2 * (20 + i));
    }
}

/* One function, seen at three addresses. */
static void views(void) {
    static const u32 words[] = {0x24820007, 0x03e00008, 0x24420001};
    static const u32 at[] = {0x80000000u + SECOND, 0xa0000000u + SECOND, VIRTUAL};
    write(SECOND, words, 3);
    map(LO(SECOND, ALL), 0);
    for (u32 i = 0; i < 3; i++)
        announce(at[i]);
    for (u32 turn = 0; turn < 8; turn++)
        for (u32 i = 0; i < 3; i++) {
            volatile function f = (function)at[i];
            u32 sum = 0;
            for (u32 k = 0; k < CALLS; k++)
                sum = f(sum);
            check("at each of its addresses", sum, CALLS * 8);
        }
}

int main(void) {
    MTC0(12, STATUS_DEFAULT);
    to_and_fro();
    gone();
    changed();
    views();
    finish();
    return 0;
}
