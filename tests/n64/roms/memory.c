/* Accesses in loops that become translated code: devices at all sizes and in delay slots, instructions that access
 * memory, devices and what the TLB maps in turn, interrupts that a store raises at once, code written through the TLB.
 */
#include "test.h"

enum { TIMES = 200, ALL = 7, CLOCK_APART = 52 };
#define TARGET 0x00200000u /* physical */
#define OTHER 0x00284000u
#define DIRECT 0xa0000000u
#define DMEM 0xa4000000u
#define MAPPED 0x10000000u
#define VI_CURRENT 0xa4400010u
#define DP_CLOCK 0xa4100010u
#define SP_DMA 0xa4040000u
#define PI 0xa4600000u
#define SI 0xa4800000u
#define PIF_RAM 0xbfc007c0u
#define ISVIEWER 0xb3ff0100u
#define SP_STATUS 0xa4040010u
#define SEMAPHORE 0xa404001cu
#define MI_INTR 0xa4300008u
#define MI_MASK 0xa430000cu
#define LO(phys) ((phys) >> 6 | ALL)

static void map(u32 even, u32 odd) {
    MTC0(0, 4);
    MTC0(5, 0);
    MTC0(10, MAPPED);
    MTC0(2, even);
    MTC0(3, odd);
    COP0(tlbwi);
}

static u32 sum32(u32 at, u32 n) {
    u32 sum = 0;
    for (; n; n--)
        sum += MEM32(at);
    return sum;
}

static void sizes(void) {
    MEM32(DMEM) = 0x81828384;
    MEM32(DMEM + 4) = 0x85868788;
    s64 sum = 0;
    for (u32 i = 0; i < TIMES; i++) {
        sum += *(volatile signed char *)(DMEM + 1) + MEM8(DMEM + 2) + *(volatile short *)(DMEM + 2) + MEM16(DMEM + 4);
        sum += *(volatile int *)DMEM + (s64)MEM64(DMEM) / 256;
    }
    s64 once = (s64)(signed char)0x82 + 0x83 + (short)0x8384 + 0x8586 + (int)0x81828384 + (s64)0x8182838485868788 / 256;
    check("loads of all sizes", (u64)sum, (u64)(once * TIMES));
    for (u32 i = 0; i < TIMES; i++) {
        MEM8(DMEM + 16 + 4 * (i & 3)) = (u8)i;
        MEM16(DMEM + 32 + 4 * (i & 3)) = (u16)i;
        MEM64(DMEM + 48) = (u64)i << 32;
    }
    check("a byte's word", MEM32(DMEM + 16 + 12), (u32)(TIMES - 1) << 24);
    check("a half's word", MEM32(DMEM + 32 + 12), (u32)(TIMES - 1) << 16);
    check("a doubleword's", MEM32(DMEM + 48), TIMES - 1);
}

/* The bus gets all of a register. */
static void whole_register(void) {
    for (u32 i = 0; i < TIMES; i++)
        __asm__ volatile("sb %0, 3(%1)" ::"r"(0x12340000 + i), "r"(DMEM + 64) : "memory");
    check("SB of all of a register", MEM32(DMEM + 64), 0x12340000 + TIMES - 1);
}

static void polling(void) {
    u32 lines = 0, last = MEM32(VI_CURRENT), taken;
    for (u32 i = 0; i < 4000; i++) {
        u32 now = MEM32(VI_CURRENT);
        lines += now != last;
        last = now;
    }
    check("the line moves on", lines > 3, 1);
    MEM32(SEMAPHORE) = 0;
    taken = 0;
    for (u32 i = 0; i < TIMES; i++) {
        taken += !MEM32(SEMAPHORE);
        if (i & 1)
            MEM32(SEMAPHORE) = 0;
    }
    check("each release is taken once", taken, TIMES / 2);
    MEM32(SEMAPHORE) = 0;
}

/* DP's clock, read twice within a block: 31 instructions of two cycles and a wait of about 17 for the first read apart,
 * in cycles of its own. */
static void clock(void) {
    u32 apart = 0;
    for (u32 i = 0; i < TIMES; i++) {
        u32 first, second;
        __asm__ volatile(".set noreorder\n"
                         "lw %0, 0(%2)\n"
                         ".rept 30\n"
                         "nop\n"
                         ".endr\n"
                         "lw %1, 0(%2)\n"
                         ".set reorder"
                         : "=&r"(first), "=&r"(second)
                         : "r"(DP_CLOCK)
                         : "memory");
        apart += second - first;
    }
    check("the clock sees each instruction", apart / TIMES - CLOCK_APART < 2, 1);
}

/* A load in the slot of the loop's branch. */
static void slots(void) {
    u32 n = TIMES, v = 0, sum = 0;
    MEM32(DMEM) = 3;
    __asm__ volatile(".set noreorder\n"
                     "1: addiu %0, %0, -1\n"
                     "addu %2, %2, %1\n"
                     "bnez %0, 1b\n"
                     "lw %1, 0(%3)\n"
                     ".set reorder"
                     : "+r"(n), "+r"(v), "+r"(sum)
                     : "r"(DMEM)
                     : "memory");
    check("a load in a slot", sum, 3 * (TIMES - 1));
    check("the last one", v, 3);
}

static void in_turn(void) {
    static const u32 at[] = {DIRECT + TARGET, DMEM, MAPPED, 0x80000000u + OTHER, MAPPED + 0x1000};
    MEM32(DIRECT + TARGET) = 1;
    MEM32(DIRECT + OTHER) = 10;
    MEM32(DMEM) = 100;
    for (u32 k = 0; k < 4; k++) {
        map(LO(k & 1 ? OTHER : TARGET), LO(k & 1 ? TARGET : OTHER));
        u32 sum = 0;
        for (u32 i = 0; i < 5; i++)
            sum += sum32(at[i], TIMES);
        check("memory, device and pages in turn", sum, TIMES * (1 + 100 + 10 + 1 + 10));
        for (u32 i = 0; i < TIMES; i++)
            MEM32(at[i % 5] + 64) = i;
        u32 odd = k & 1 ? TARGET : OTHER;
        check("stored through the last page", MEM32(DIRECT + odd + 64), TIMES - 1);
    }
}

/* LWL and LWR, SWL and SWR over the end of a page, whose neighbour is elsewhere. */
static void across(void) {
    map(LO(TARGET), LO(OTHER));
    MEM32(DIRECT + TARGET + 0xffc) = 0x11223344;
    MEM32(DIRECT + OTHER) = 0x55667788;
    u32 v = 0, sum = 0, at = MAPPED + 0xffe;
    for (u32 i = 0; i < TIMES; i++) {
        __asm__ volatile("lwl %0, 0(%1)\n\tlwr %0, 3(%1)" : "+r"(v) : "r"(at) : "memory");
        sum += v;
    }
    check("a word on two pages", v, 0x33445566);
    check("each time", sum, 0x33445566u * TIMES);
    for (u32 i = 0; i < TIMES; i++)
        __asm__ volatile("swl %0, 0(%1)\n\tswr %0, 3(%1)" ::"r"(0xaabb0000 + i), "r"(at) : "memory");
    check("its first half", MEM32(DIRECT + TARGET + 0xffc), 0x1122aabb);
    check("its second half", MEM32(DIRECT + OTHER), (u32)(TIMES - 1) << 16 | 0x7788);
}

/* MI_MASK lets the interrupt in that SP_STATUS has raised: it comes behind the store. */
static void interrupts(void) {
    u32 at_store = 0;
    MEM32(SP_STATUS) = 1 << 4; /* raise it */
    for (u32 i = 0; i < TIMES; i++) {
        u32 before = exception.count;
        MTC0_32(12, STATUS_DEFAULT | 0x401);
        __asm__ volatile(".set noreorder\n"
                         "la $8, 1f\n"
                         "li $9, 2\n"
                         "sw $9, 0(%1)\n"
                         "1: li $9, 1\n"
                         "move %0, $8\n"
                         ".set reorder"
                         : "=&r"(at_store)
                         : "r"(MI_MASK)
                         : "$8", "$9", "memory");
        if (exception.count != before + 1 || (u32)exception.epc != at_store) {
            check("interrupts behind the store", exception.count - before, 1);
            check("their EPC", exception.epc, (u64)(s64)(int)at_store);
            break;
        }
        MEM32(MI_MASK) = 1;
    }
    MTC0_32(12, STATUS_DEFAULT);
    MEM32(SP_STATUS) = 1 << 3;
    check("and are gone", MEM32(MI_INTR) & 1, 0);
}

/* Slots of branches that are not taken, which would store to a device: lockstep goes on over them. */
static void annulled(void) {
    u32 n = 0;
    MEM32(DMEM) = 0x55;
    for (u32 i = 0; i < TIMES; i++)
        __asm__ volatile(
            ".set push\n\t.set noreorder\n\tbnel $0, $0, 1f\n\tsw %0, 0(%1)\n\tblezl %2, 1f\n\tsw %0, 0(%1)\n\t"
            "bltzl %2, 1f\n\tsw %0, 0(%1)\n\tbeql %2, $0, 1f\n\tsw %0, 0(%1)\n\taddiu %0, 1\n1:\t.set pop"
            : "+r"(n)
            : "r"(DMEM), "r"(i + 1)
            : "memory");
    check("branches that were not taken", n, TIMES);
    check("their slots", MEM32(DMEM), 0x55);
}

/* li $2, i; jr $31: written through the TLB, run in KSEG0, in turn with data beside it. */
static void code(void) {
    u32 at = 0x80000000u + TARGET + 0x100, sum = 0;
    map(LO(TARGET), LO(OTHER));
    for (u32 i = 0; i < TIMES; i++) {
        MEM32(MAPPED + 0x104) = 0x03e00008;
        MEM32(MAPPED + 0x108) = 0;
        MEM32(MAPPED + 0x100) = 0x24020000 | (i / 20);
        __asm__ volatile("cache 0x10, 0(%0)" ::"r"(at) : "memory");
        MEM32(MAPPED + 0x800) = i;
        sum += ((u32(*)(void))at)();
    }
    check("code written through the TLB", sum, 20 * (TIMES / 20) * (TIMES / 20 - 1) / 2);
    check("data beside it", MEM32(DIRECT + TARGET + 0x800), TIMES - 1);
}

/* A row of the RSP's DMA that goes beyond RDRAM changes the code in its last words. */
static void last_words(void) {
    u32 at = 0x80000000u + MEM32(0x80000318) - 8, sum = 0;
    MEM32(DMEM) = 0x03e00008;
    MEM32(DMEM + 4) = 0x24020003;
    MEM32(at + 0x20000000) = 0x03e00008;
    MEM32(at + 0x20000004) = 0x24020001;
    __asm__ volatile("cache 0x10, 0(%0)" ::"r"(at) : "memory");
    for (u32 i = 0; i < TIMES; i++) {
        if (i == TIMES / 2) {
            MEM32(SP_DMA) = 0;
            MEM32(SP_DMA + 4) = at & 0xffffff;
            MEM32(SP_DMA + 12) = 31;
            while (MEM32(SP_DMA + 0x18))
                ;
        }
        sum += ((u32(*)(void))at)();
    }
    check("code at RDRAM's end", sum, 2 * TIMES);
}

static void put_pi(u32 at, u32 v) {
    MEM32(at) = v;
    while (MEM32(PI + 16) & 3)
        ;
}

/* DMA over code counts as announced, whatever a store without a cache instruction did before: SP's, PI's and SI's. */
static void by_dma(void) {
    u32 at = 0x80000000u + TARGET + 0x400, sum = 0;
    put_pi(ISVIEWER, 0x03e00008);
    put_pi(ISVIEWER + 4, 0x24020002);
    for (u32 k = 0; k < 2; k++) {
        MEM32(PIF_RAM + 4 * k) = k ? 0x24020003 : 0x03e00008;
        while (MEM32(SI + 0x18) & 3)
            ;
    }
    for (u32 i = 0; i < TIMES; i++) {
        MEM32(at + 0x20000000) = 0x03e00008;
        MEM32(at + 0x20000004) = 0x24020001;
        if (i & 1) {
            MEM32(PI) = at & 0xffffff;
            MEM32(PI + 4) = ISVIEWER & 0x1fffffff;
            MEM32(PI + 12) = 7;
            while (MEM32(PI + 16) & 3)
                ;
        } else if (i % 20 == 0) {
            MEM32(SI) = at & 0xffffff;
            MEM32(SI + 4) = PIF_RAM & 0x1fffffff;
            while (MEM32(SI + 0x18) & 3)
                ;
        } else {
            __asm__ volatile("cache 0x10, 0(%0)" ::"r"(at) : "memory");
        }
        sum += ((u32(*)(void))at)();
    }
    check("code by DMA", sum, TIMES / 2 * 2 + TIMES / 20 * 3 + (TIMES / 2 - TIMES / 20));
}

/* Announced by a line's index, from an address elsewhere. */
static void by_index(void) {
    u32 at = 0x80000000u + TARGET + 0x800, sum = 0;
    for (u32 i = 0; i < TIMES; i++) {
        MEM32(at + 0x20000000) = 0x03e00008;
        MEM32(at + 0x20000004) = 0x24020001 + (i & 1);
        __asm__ volatile("cache 0x00, 0(%0)" ::"r"(0x80000000u | (at & 0x3fff)) : "memory");
        sum += ((u32(*)(void))at)();
    }
    check("code by index", sum, TIMES / 2 * 3);
}

static int one(void) {
    return 1;
}
static int two(void) {
    return 2;
}

/* Where two ways meet, a loaded word is jumped to: its sign extension must not get into the lookup. */
static void pointers(void) {
    static int (*const table[])(void) = {one, two};
    u32 sum = 0, turns = TIMES;
    __asm__ volatile(".set push\n\t.set noreorder\n"
                     "1:\tandi $8, %1, 1\n\tbeqz $8, 2f\n\tnop\n\t"
                     "lw $9, 0(%2)\n\tb 3f\n\tnop\n"
                     "2:\tlw $9, 4(%2)\n"
                     "3:\tjalr $9\n\taddiu %1, %1, -1\n\t"
                     "bnez %1, 1b\n\taddu %0, %0, $2\n\t.set pop"
                     : "+r"(sum), "+r"(turns)
                     : "r"(table)
                     : "$2", "$8", "$9", "$31", "memory");
    check("jumps to loaded words", sum, 3 * TIMES / 2);
}

int main(void) {
    MTC0_32(12, STATUS_DEFAULT);
    sizes();
    whole_register();
    polling();
    clock();
    slots();
    in_turn();
    across();
    interrupts();
    annulled();
    code();
    last_words();
    by_dma();
    by_index();
    pointers();
    finish();
    return 0;
}
