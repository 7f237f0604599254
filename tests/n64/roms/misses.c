/* Loads and stores in code that runs hot, whose pages the TLB maps, refuses and maps again: what the processor has
 * found out about a page must go with its mapping, and a refusal is the exception that it would be in cold code. */
#include "test.h"

#define FIRST 0x00200000u /* physical: pages of data */
#define SECOND 0x00210000u
#define THIRD 0x00220000u
#define VIRTUAL 0x10000000u
#define LO(phys, flags) ((phys) >> 6 | (flags))

enum { G = 1, V = 2, D = 4, ALL = 7, HOT = 100, MOD = 1, TLBL = 2, TLBS = 3, ADEL = 4, ADES = 5, BD_BIT = 31 };

static void map(u32 index, u32 lo0, u32 lo1) {
    MTC0(0, index);
    MTC0(5, 0);
    MTC0(10, VIRTUAL);
    MTC0(2, lo0);
    MTC0(3, lo1);
    COP0(tlbwi);
}

static void unmap(u32 index) {
    MTC0(0, index);
    MTC0(5, 0);
    MTC0(10, 0xc00000ff80000000ull + 0x2000 * index);
    MTC0(2, 0);
    MTC0(3, 0);
    COP0(tlbwi);
    MTC0(10, 0);
}

/* Each of these is one access in the whole ROM, that finds this or that. */
static __attribute__((noinline)) u32 load(u32 addr) {
    u32 v = 0x5a5a5a5a;
    __asm__ volatile("lw %0, 0(%1)\n\tnop" : "+r"(v) : "r"(addr) : "memory");
    return v;
}

static __attribute__((noinline)) void store(u32 addr, u32 v) {
    __asm__ volatile("sw %0, 0(%1)\n\tnop" ::"r"(v), "r"(addr) : "memory");
}

static __attribute__((noinline)) u32 load_part(u32 addr) {
    u32 v = 0x5a5a5a5a;
    __asm__ volatile("lwl %0, 0(%1)\n\tnop" : "+r"(v) : "r"(addr) : "memory");
    return v;
}

static u32 sum(u32 addr) {
    u32 total = 0;
    for (u32 i = 0; i < HOT; i++)
        total += load(addr);
    return total;
}

static void refused(void) {
    MEM32(0xa0000000u + FIRST) = 3;
    MEM32(0xa0000000u + FIRST + 0x1000) = 5;
    for (u32 turn = 0; turn < 4; turn++) {
        u32 before = exception.count;
        check("a load of what is not mapped", load(VIRTUAL + 8), 0x5a5a5a5a);
        check_exception("its exception", before, TLBL);
        check("BadVAddr", exception.badvaddr, VIRTUAL + 8);
        check("a refill's vector", exception.vector, 0);
        before = exception.count;
        store(VIRTUAL + 0x1004, 7);
        check_exception("a store's exception", before, TLBS);
        check("BadVAddr of the store", exception.badvaddr, VIRTUAL + 0x1004);
        map(2, LO(FIRST, G | V), LO(FIRST + 0x1000, ALL));
        check("the even page", sum(VIRTUAL), HOT * 3);
        check("the odd page", sum(VIRTUAL + 0x1000), HOT * 5);
        for (u32 i = 0; i < HOT; i++)
            store(VIRTUAL + 0x1010, i);
        check("stores", MEM32(0xa0000000u + FIRST + 0x1010), HOT - 1);
        before = exception.count;
        store(VIRTUAL, 9);
        check_exception("a store into a page that is not dirty", before, MOD);
        check("the common vector", exception.vector, 0x180);
        unmap(2);
    }
}

/* An address error comes before a miss, and a part of a word misses at its own address. */
static void misaligned(void) {
    for (u32 turn = 0; turn < 2 * HOT; turn++) {
        u32 before = exception.count;
        load(VIRTUAL + 2);
        check_exception("a misaligned load", before, ADEL);
        before = exception.count;
        store(VIRTUAL + 1, 0);
        check_exception("a misaligned store", before, ADES);
        before = exception.count;
        check("a part of a word", load_part(VIRTUAL + 3), 0x5a5a5a5a);
        check_exception("a miss of a part", before, TLBL);
        check("its address", exception.badvaddr, VIRTUAL + 3);
    }
}

/* Of several entries that match, the first counts, in whatever order they came and whatever was looked up between. */
static void several(void) {
    MEM32(0xa0000000u + FIRST) = 3;
    MEM32(0xa0000000u + SECOND) = 5;
    MEM32(0xa0000000u + THIRD) = 7;
    for (u32 turn = 0; turn < 4; turn++) {
        map(4, LO(FIRST, ALL), LO(FIRST + 0x1000, ALL));
        check("one entry", sum(VIRTUAL), HOT * 3);
        map(9, LO(SECOND, ALL), LO(SECOND + 0x1000, ALL));
        check("a later one changes nothing", sum(VIRTUAL), HOT * 3);
        map(1, LO(THIRD, ALL), LO(THIRD + 0x1000, ALL));
        check("an earlier one counts", sum(VIRTUAL), HOT * 7);
        unmap(1);
        check("and is gone", sum(VIRTUAL), HOT * 3);
        unmap(4);
        check("the later one is left", sum(VIRTUAL), HOT * 5);
        unmap(9);
        u32 before = exception.count;
        load(VIRTUAL);
        check_exception("none is left", before, TLBL);
    }
}

/* A miss in the slot of a call: the exception is at the call, which has linked already. */
static __attribute__((noinline)) u32 call_with_slot(u32 addr, u32 *wanted) {
    u32 link, behind;
    __asm__ volatile(".set push\n\t.set noreorder\n\t"
                     "la %1, 1f\n\t"
                     "sw %1, 0(%3)\n\t"
                     "move $31, $0\n\t"
                     "bal 1f\n\t"
                     "lw $8, 0(%2)\n"
                     "1:\n\t"
                     "move %0, $31\n\t"
                     "sw $0, 0(%3)\n\t"
                     ".set pop"
                     : "=&r"(link), "=&r"(behind)
                     : "r"(addr), "r"(&exception.resume)
                     : "$8", "$31", "memory");
    *wanted = behind;
    return link;
}

static void in_slots(void) {
    for (u32 turn = 0; turn < 4; turn++) {
        u32 wanted;
        map(2, LO(FIRST, ALL), LO(FIRST + 0x1000, ALL));
        for (u32 i = 0; i < HOT; i++)
            check("the link", call_with_slot(VIRTUAL, &wanted), wanted);
        unmap(2);
        for (u32 i = 0; i < HOT; i++) {
            u32 before = exception.count;
            check("the link behind a miss", call_with_slot(VIRTUAL, &wanted), wanted);
            check_exception("the miss", before, TLBL);
            check("in a slot", exception.cause >> BD_BIT, 1);
            check("at the call", (u32)exception.epc, wanted - 8);
        }
    }
}

int main(void) {
    MTC0(12, STATUS_DEFAULT);
    refused();
    misaligned();
    several();
    in_slots();
    finish();
    return 0;
}
