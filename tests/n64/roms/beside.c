/* Data in the page of the code that changes them, through both segments and by stores of each size; a list that is
 * cleared through such a page, as a loader does; and code beside it that is changed for good, announced. */
#include "test.h"

#define PAGE 0x80300000u
#define UNCACHED 0x20000000u
enum { FUNCTION = 0x100, DATA = 0x800, TURNS = 100 };

typedef u32 (*function)(u32);

static void write(u32 addr, const u32 *words, u32 n) {
    for (u32 i = 0; i < n; i++)
        MEM32(addr + 4 * i) = words[i];
    for (u32 i = 0; i < n; i += 8)
        __asm__ volatile("cache 0x10, 0(%0)\n\tnop" ::"r"(addr + 4 * i) : "memory");
}

/* Adds k to its argument and to the word at DATA, in the page that it stands in; then returns the argument. */
static void write_function(u32 k) {
    const u32 words[] = {
        0x3c080000 | PAGE >> 16,  /* lui t0 */
        0x8d090000 | DATA,        /* lw t1, DATA(t0) */
        0x25290000 | k,           /* addiu t1, k */
        0xad090000 | DATA,        /* sw t1, DATA(t0) */
        0xa1090000 | (DATA + 7),  /* sb t1, DATA+7(t0) */
        0xa5090000 | (DATA + 8),  /* sh t1, DATA+8(t0) */
        0xfd090000 | (DATA + 16), /* sd t1, DATA+16(t0) */
        0x03e00008,               /* jr ra */
        0x24820000 | k,           /* addiu v0, a0, k */
    };
    write(PAGE + FUNCTION, words, sizeof words / 4);
}

static u32 call(u32 times) {
    volatile function f = (function)(PAGE + FUNCTION);
    u32 sum = 0;
    for (u32 i = 0; i < times; i++)
        sum = f(sum);
    return sum;
}

/* One store for memory without code, for the data and for the code. */
static void clear(u32 addr, u32 bytes) {
    for (u32 i = 0; i < bytes; i += 4)
        MEM32(addr + i) = 0;
}

int main(void) {
    clear(PAGE, 0x1000);
    for (u32 k = 1; k <= 3; k++) {
        MEM32(PAGE + DATA) = 0;
        write_function(k);
        check("sum", call(TURNS), TURNS * k);
        check("word beside the code", MEM32(PAGE + DATA), TURNS * k);
        check("byte", MEM8(PAGE + DATA + 7), TURNS * k & 0xff);
        check("half", MEM16(PAGE + UNCACHED + DATA + 8), TURNS * k & 0xffff);
        check("doubleword", MEM64(PAGE + UNCACHED + DATA + 16), TURNS * k);
        for (u32 i = 0; i < TURNS; i++) /* through the other segment */
            MEM32(PAGE + UNCACHED + DATA) = MEM32(PAGE + DATA) + 1;
        check("word through the other segment", MEM32(PAGE + DATA), TURNS * k + TURNS);
        check("sum again", call(4), 4 * k);
    }
    MEM32(PAGE + FUNCTION + 32) = 0x24820009; /* in the line of the code */
    __asm__ volatile("cache 0x10, 0(%0)\n\tnop" ::"r"(PAGE + FUNCTION + 32) : "memory");
    check("changed in its line", call(5), 45);
    for (u32 i = 0; i < 40; i++) {
        clear(PAGE + DATA, 0x100); /* beside */
        check("after clearing beside", call(2), 18);
        check("what it left", MEM32(PAGE + DATA), 6);
        clear(0x80310000u, 0x100); /* memory without code */
    }
    write_function(4);
    clear(PAGE, FUNCTION);
    check("after clearing what is in front", call(3), 12);
    finish();
    return 0;
}
