/* The TLB: mapping, page sizes, address spaces, what misses do, in both ways of addressing. */
#include "test.h"

#define TARGET 0x00200000u /* physical */
#define DIRECT(offset) MEM32(0xa0000000u + TARGET + (offset))
#define LO(phys, flags) ((phys) >> 6 | (flags))

enum { G = 1, V = 2, D = 4, ALL = 7 };

static void set(u32 index, u64 hi, u32 mask, u32 lo0, u32 lo1) {
    MTC0(0, index);
    MTC0(5, mask);
    MTC0(10, hi);
    MTC0(2, lo0);
    MTC0(3, lo1);
    COP0(tlbwi);
}

static void clear(void) {
    for (u32 i = 0; i < 32; i++)
        set(i, 0xc00000ff80000000ull + 0x2000 * i, 0, 0, 0);
    MTC0(10, 0);
}

static u32 load64(u64 addr) {
    u32 v;
    __asm__ volatile("lw %0, 0(%1)\n\tnop" : "=r"(v) : "r"(addr) : "memory");
    return v;
}

static void pages(void) {
    static const u32 masks[] = {0, 0x6000, 0x1e000, 0x7e000, 0x1fe000};
    for (u32 i = 0; i < 5; i++) {
        u32 size = (masks[i] | 0x1fff) / 2 + 1;
        u32 base = 0x10000000;
        set(3, base, masks[i], LO(TARGET, ALL), LO(TARGET + size, ALL));
        DIRECT(0x10) = 0x1000 + i;
        DIRECT(size + 0x20) = 0x2000 + i;
        check("the even page", MEM32(base + 0x10), 0x1000 + i);
        check("the odd page", MEM32(base + size + 0x20), 0x2000 + i);
        MEM32(base + size - 4) = 0x3000 + i;
        check("a store", DIRECT(size - 4), 0x3000 + i);
        u32 before = exception.count;
        (void)MEM32(base + 2 * size);
        check_exception("behind both", before, 2);
        clear();
    }
}

static void misses(void) {
    u32 before = exception.count;
    MTC0(4, 0);
    MTC0(20, 0);
    MTC0(10, 0x55);
    (void)MEM32(0x12345678);
    check_exception("refill", before, 2);
    check("its vector", exception.vector, 0);
    check("BadVAddr", exception.badvaddr, 0x12345678);
    check("Context", exception.context, (0x12345678 >> 13) << 4);
    check("XContext", exception.xcontext, (0x12345678 >> 13) << 4);
    check("EntryHi", exception.entryhi, 0x12344055);
    before = exception.count;
    MEM32(0x12345678) = 0;
    check_exception("refill of a store", before, 3);
    MTC0(10, 0);
    set(1, 0x20000000, 0, LO(TARGET, V), 0);
    before = exception.count;
    (void)MEM32(0x20000000);
    check_exception("not dirty can be read", before, -1);
    MEM32(0x20000000) = 1;
    check_exception("modified", before, 1);
    check("its vector", exception.vector, 0x180);
    before = exception.count;
    (void)MEM32(0x20001000);
    check_exception("invalid", before, 2);
    check("its vector", exception.vector, 0x180);
    clear();
}

static void spaces(void) {
    u32 before = exception.count;
    set(2, 0x30000000 | 7, 0, LO(TARGET, V | D), 0);
    DIRECT(0) = 77;
    check("its own address space", MEM32(0x30000000), 77);
    MTC0(10, 8);
    (void)MEM32(0x30000000);
    check_exception("another address space", before, 2);
    set(2, 0x30000000 | 7, 0, LO(TARGET, ALL), G);
    MTC0(10, 8);
    check("global", MEM32(0x30000000), 77);
    clear();
}

static void probe(void) {
    set(17, 0x40000000, 0, LO(TARGET, ALL), LO(TARGET, ALL));
    MTC0(0, 0);
    MTC0(10, 0x40000000);
    COP0(tlbp);
    check("TLBP finds", MFC0(0), 17);
    MTC0(10, 0x40002000);
    COP0(tlbp);
    check("TLBP does not find", MFC0(0) & 0x80000000u, 0x80000000u);
    MTC0(0, 17);
    COP0(tlbr);
    check("TLBR: EntryLo0", MFC0(2), LO(TARGET, ALL));
    check("TLBR: EntryHi", MFC0(10), 0x40000000);
    clear();
}

/* A change shows at once, also where the page was in use. */
static void changes(void) {
    set(4, 0x50000000, 0, LO(TARGET, ALL), G);
    DIRECT(0) = 1;
    DIRECT(0x1000) = 2;
    check("before", MEM32(0x50000000), 1);
    set(4, 0x50000000, 0, LO(TARGET + 0x1000, ALL), G);
    check("after", MEM32(0x50000000), 2);
    clear();
    u32 count = exception.count;
    (void)MEM32(0x50000000);
    check_exception("gone", count, 2);
}

static void wide(void) {
    const u64 addr = 0x0000001234560000ull;
    u32 before = exception.count;
    (void)load64(addr);
    check_exception("a wide address with 32-bit addressing", before, 4);
    MTC0(12, STATUS_DEFAULT | 0x80);
    before = exception.count;
    (void)load64(addr);
    check_exception("refill with 64-bit addressing", before, 2);
    check("its vector", exception.vector, 0x80);
    check("BadVAddr", exception.badvaddr, addr);
    check("XContext", exception.xcontext & 0x1ffffffff, addr >> 13 << 4);
    set(5, addr, 0, LO(TARGET, ALL), G);
    DIRECT(8) = 0xcafe;
    check("mapped", load64(addr + 8), 0xcafe);
    check("XKPHYS", load64(0x9000000000000000ull + TARGET + 8), 0xcafe);
    before = exception.count;
    (void)load64(0x9000001000000000ull);
    check_exception("XKPHYS beyond 32 bits", before, 4);
    clear();
    MTC0(12, STATUS_DEFAULT);
}

/* Code in a mapped page: it is executed from there, and so is what is written there later. */
static void code(void) {
    volatile u32 *to = (volatile u32 *)0xa0210000u;
    u32 (*function)(void) = (u32(*)(void))0x60000000u;
    set(6, 0x60000000, 0, LO(0x00210000, ALL), G);
    to[0] = 0x03e00008; /* jr ra; li v0, 5 */
    to[1] = 0x24020005;
    check("mapped code", function(), 5);
    to[1] = 0x24020006;
    check("changed code", function(), 6);
    clear();
}

int main(void) {
    MTC0(12, STATUS_DEFAULT);
    clear();
    pages();
    misses();
    spaces();
    probe();
    changes();
    wide();
    code();
    finish();
    return 0;
}
