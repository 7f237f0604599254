/* Exceptions: codes, EPC, delay slots, addresses. */
#include "test.h"

#define CAUSES(name, code_, text)                                                                                      \
    do {                                                                                                               \
        u32 before_ = exception.count;                                                                                 \
        __asm__ volatile(".set noreorder\n\t" text "\n\tnop\n\t.set reorder" ::: "$8", "$9", "memory");                \
        check_exception(name, before_, code_);                                                                         \
        check(name " not in a slot", exception.cause >> 31, 0);                                                        \
        before_ = exception.count;                                                                                     \
        __asm__ volatile(".set noreorder\n\tb 1f\n\t" text "\n\tnop\n1:\tnop\n\t.set reorder" ::                       \
                             : "$8", "$9", "memory");                                                                  \
        check_exception(name " in a slot", before_, code_);                                                            \
        check(name " BD", exception.cause >> 31, 1);                                                                   \
    } while (0)

static void codes(void) {
    CAUSES("syscall", 8, "syscall");
    CAUSES("break", 9, "break");
    CAUSES("trap", 13, "teq $0, $0");
    CAUSES("reserved", 10, ".word 0x7c000000");
    CAUSES("misaligned load", 4, "lw $8, 1($0)");
    CAUSES("misaligned store", 5, "sh $0, 1($0)");
    __asm__ volatile("lui $8, 0x7fff" ::: "$8");
    u32 before = exception.count;
    __asm__ volatile("lui $8, 0x7fff\n\tadd $8, $8, $8" ::: "$8");
    check_exception("overflow", before, 12);
}

static void epc(void) {
    u64 here;
    u32 before = exception.count;
    __asm__ volatile(".set noreorder\n\tla %0, 1f\n1:\tsyscall\n\tnop\n\t.set reorder" : "=r"(here));
    check_exception("syscall", before, 8);
    check("EPC", exception.epc, here);
    __asm__ volatile(".set noreorder\n\tla %0, 1f\n1:\tb 2f\n\tsyscall\n2:\tnop\n\t.set reorder" : "=r"(here));
    check("EPC of a slot is the branch's", exception.epc, here);
    check("Status.EXL in the handler", exception.status & 2, 2);
}

static void coprocessors(void) {
    MTC0(12, STATUS_DEFAULT & ~(1u << 29));
    u32 before = exception.count;
    __asm__ volatile("mfc1 $8, $f0\n\tnop" ::: "$8");
    u32 cause = exception.cause;
    MTC0(12, STATUS_DEFAULT);
    check_exception("FPU unusable", before, 11);
    check("CE", cause >> 28 & 3, 1);
    before = exception.count;
    __asm__ volatile("mfc2 $8, $0\n\tnop" ::: "$8");
    check_exception("COP2 unusable", before, 11);
    check("CE", exception.cause >> 28 & 3, 2);
}

static void fetch(void) {
    u32 before = exception.count;
    u64 back;
    __asm__ volatile(
        ".set noreorder\n\tla %0, 1f\n\tsw %0, 56(%1)\n\tli $8, 0x80001002\n\tjr $8\n\tnop\n1:\tnop\n\t.set reorder"
        : "=&r"(back)
        : "r"(&exception)
        : "$8", "memory");
    check_exception("misaligned jump", before, 4);
    check("EPC", exception.epc, 0xffffffff80001002ull);
    check("BadVAddr", exception.badvaddr, 0xffffffff80001002ull);
}

/* Loads and stores of eight bytes of memory, by their physical address. */
static void watch(void) {
    volatile u32 *at = (volatile u32 *)0xa0200000u;
    at[2] = 5;
    MTC0(18, 0x00200008 | 1);
    u32 before = exception.count;
    check("a load where stores are watched", at[2], 5);
    check_exception("a load where stores are watched", before, -1);
    at[1] = 1;
    at[4] = 1;
    check_exception("stores beside it", before, -1);
    ((volatile u32 *)0x80200000u)[3] = 6;
    check_exception("a watched store", before, 23);
    MTC0(18, 0x00200008 | 2);
    before = exception.count;
    at[2] = 7;
    check_exception("a store where loads are watched", before, -1);
    (void)at[2];
    check_exception("a watched load", before, 23);
    MTC0(12, STATUS_DEFAULT | 2); /* as in a handler */
    before = exception.count;
    check("a watched load in a handler", at[2], 7);
    check_exception("a watched load in a handler", before, -1);
    MTC0(12, STATUS_DEFAULT);
    check_exception("put off until its end", before, 23);
    MTC0(18, 0);
    before = exception.count;
    check("not watched any more", at[2], 7);
    check_exception("not watched any more", before, -1);
}

int main(void) {
    MTC0(12, STATUS_DEFAULT);
    codes();
    epc();
    coprocessors();
    fetch();
    watch();
    finish();
    return 0;
}
