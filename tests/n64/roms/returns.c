/* ERET, and what else of coprocessor 0 may let an exception in: where it goes, what it changes, and that what waits
 * comes exactly behind it. Over and over, so that all of it is translated. */
#include "test.h"

enum { TIMES = 40, IE = 1, EXL = 2, ERL = 4, IM_SOFTWARE = 0x300, ADEL = 4, INTERRUPT = 0, SYSCALL = 8, WATCH = 23 };

/* To `target`, with these bits of Status. The handler goes on behind it, whatever happens there. */
static __attribute__((noinline)) void eret_to(u64 target, u32 status) {
    u32 back;
    __asm__ volatile(".set push\n\t.set noreorder\n\t"
                     "la %0, 1f\n\t"
                     "sw %0, 56(%3)\n\t"
                     "mtc0 %2, $12\n\t"
                     "dmtc0 %1, $14\n\t"
                     "dmtc0 %1, $30\n\t"
                     "nop\n\t"
                     "eret\n"
                     "1:\tnop\n\t"
                     ".set pop"
                     : "=&r"(back)
                     : "r"(target), "r"((u64)(s64)(int)status), "r"(&exception)
                     : "memory");
    exception.resume = 0;
}

__asm__(".text\n.balign 8\na_syscall:\n\tsyscall\n\tnop");
extern const u32 a_syscall[];

static void targets(void) {
    static const u64 bad[] = {0xffffffff80001002ull, 0x80001000ull, 0x0000000180001000ull, 0xffffffff00000003ull};
    u64 here = (u64)(s64)(int)a_syscall;
    for (u32 i = 0; i < TIMES; i++) {
        u32 before = exception.count;
        eret_to(bad[i % 4], STATUS_DEFAULT | EXL);
        check_exception("a return to a wrong address", before, ADEL);
        check("EPC", exception.epc, bad[i % 4]);
        check("BadVAddr", exception.badvaddr, bad[i % 4]);
        before = exception.count;
        eret_to(here, STATUS_DEFAULT | (i & 1 ? EXL : 0) | (i & 2 ? ERL : 0));
        check_exception("a return", before, SYSCALL);
        check("where to", exception.epc, here);
        check("Status behind it", exception.status, STATUS_DEFAULT | EXL);
        MTC0(12, STATUS_DEFAULT);
    }
}

/* An interrupt that ERET lets in, and one that is let in by what is written to Status or Cause, which may take effect
 * an instruction or two later. */
static void interrupts(void) {
    for (u32 i = 0; i < TIMES; i++) {
        u32 kind = i % 3, before = exception.count;
        u64 behind, quiet = STATUS_DEFAULT, loud = STATUS_DEFAULT | IM_SOFTWARE | IE;
        MTC0_32(12, quiet);
        if (kind == 0)
            __asm__ volatile(
                ".set noreorder\n\tmtc0 %2, $13\n\tla %0, 1f\n\tdmtc0 %0, $14\n\tmtc0 %1, $12\n\tnop\n\teret\n"
                "1:\tnop\n\t.set reorder"
                : "=&r"(behind)
                : "r"(loud | EXL), "r"((u64)0x100)
                : "memory");
        else if (kind == 1)
            __asm__ volatile(
                ".set noreorder\n\tmtc0 %2, $13\n\tla %0, 1f\n\tnop\n\tmtc0 %1, $12\n1:\tnop\n\tnop\n\t.set reorder"
                : "=&r"(behind)
                : "r"(loud), "r"((u64)0x200)
                : "memory");
        else
            __asm__ volatile(
                ".set noreorder\n\tmtc0 %1, $12\n\tla %0, 1f\n\tnop\n\tmtc0 %2, $13\n1:\tnop\n\tnop\n\t.set reorder"
                : "=&r"(behind)
                : "r"(loud), "r"((u64)0x300)
                : "memory");
        u32 cause = exception.cause;
        MTC0_32(13, 0);
        check_exception("an interrupt by software", before, INTERRUPT);
        check("EPC behind what let it in", exception.epc - behind <= (kind ? 8 : 0), 1);
        check("which", cause & 0x300, kind == 0 ? 0x100 : kind == 1 ? 0x200 : 0x300);
    }
    MTC0(12, STATUS_DEFAULT);
}

/* ERET ends what LL began. */
static void links(void) {
    static volatile u32 word = 5;
    for (u32 i = 0; i < TIMES; i++) {
        u64 done, back;
        __asm__ volatile(".set noreorder\n\tll %1, 0(%2)\n\tla %1, 1f\n\tdmtc0 %1, $14\n\tmtc0 %3, $12\n\tnop\n\teret\n"
                         "1:\tli %0, 7\n\tsc %0, 0(%2)\n\t.set reorder"
                         : "=&r"(done), "=&r"(back)
                         : "r"(&word), "r"((u64)(STATUS_DEFAULT | EXL))
                         : "memory");
        check("SC behind ERET", done, 0);
        check("memory", word, 5);
    }
}

/* A watched access in front of ERET, while EXL is set: its exception waits until there. */
static void watches(void) {
    for (u32 i = 0; i < TIMES; i++) {
        u32 before = exception.count;
        u64 behind, unused;
        MTC0(18, 0x00200100 | 2);
        __asm__ volatile(".set noreorder\n\tla %0, 1f\n\tdmtc0 %0, $14\n\tmtc0 %3, $12\n\tnop\n\tlw %1, 0(%2)\n\teret\n"
                         "1:\tnop\n\t.set reorder"
                         : "=&r"(behind), "=&r"(unused)
                         : "r"(0x80200100u), "r"((u64)(STATUS_DEFAULT | EXL))
                         : "memory");
        MTC0(18, 0);
        check_exception("a watched load that had to wait", before, WATCH);
        check("EPC", exception.epc, behind);
    }
}

/* What is written to a register, the others' masks, and what those read as that are not there. */
static void registers(void) {
    for (u32 i = 0; i < TIMES; i++) {
        u64 v = 0x0123456789abcdefull * (i + 1);
        MTC0(2, v);
        check("what is not there", MFC0(7), v);
        MTC0_32(25, v);
        check("32 bits of it", MFC0(21), (u64)(s64)(int)v);
        check("EntryLo0", MFC0(2), v & 0x3fffffff);
        MTC0_32(3, v);
        check("EntryLo1", MFC0(3), v & 0x3fffffff);
        MTC0(5, v);
        check("PageMask", MFC0(5), v & 0x01ffe000);
        MTC0(10, v);
        check("EntryHi", MFC0(10), v & 0xc00000ffffffe0ffull);
        MTC0(10, v ^ 0x40000055552000ffull);
        check("EntryHi again", MFC0(10), (v ^ 0x40000055552000ffull) & 0xc00000ffffffe0ffull);
        MTC0(14, v);
        check("EPC", MFC0(14), v);
        MTC0(4, v);
        check("Context", MFC0(4) & ~0x7fffffull, v & ~0x7fffffull);
        MTC0(0, v);
        check("Index", MFC0(0), v & 0x8000003f);
    }
    MTC0(5, 0);
    MTC0(10, 0);
}

int main(void) {
    targets();
    interrupts();
    links();
    watches();
    registers();
    finish();
    return 0;
}
