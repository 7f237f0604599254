/* Loads, stores and the TLS register: every width and offset, LWL and its family, LL and SC, FPU loads. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static _Alignas(16) uint8_t bytes[32];

static void fill(void) {
    for (unsigned n = 0; n < sizeof bytes; n++)
        bytes[n] = (uint8_t)(0x81 + 23 * n);
}

static void show(const char *name, unsigned at, uint32_t v) {
    printf("%s %u: %08x ", name, at, v);
    for (unsigned n = 0; n < 16; n++)
        printf("%02x", bytes[n]);
    printf("\n");
}

#define LOAD(insn, step)                                                                                               \
    for (unsigned at = 0; at < 8; at += (step)) {                                                                      \
        uint32_t v = 0x13579bdf;                                                                                       \
        fill();                                                                                                        \
        __asm__ volatile(insn " %0,4(%1)" : "+r"(v) : "r"(bytes + at) : "memory");                                     \
        show(insn, at, v);                                                                                             \
    }
#define STORE(insn, step)                                                                                              \
    for (unsigned at = 0; at < 8; at += (step)) {                                                                      \
        uint32_t v = 0x13579bdf;                                                                                       \
        fill();                                                                                                        \
        __asm__ volatile(insn " %0,-4(%1)" : : "r"(v), "r"(bytes + 4 + at) : "memory");                                \
        show(insn, at, v);                                                                                             \
    }
/* Pairs, as compilers write them for a word at any address. */
#define PAIR(name, first, second)                                                                                      \
    for (unsigned at = 0; at < 8; at++) {                                                                              \
        uint32_t v = 0x13579bdf;                                                                                       \
        fill();                                                                                                        \
        __asm__ volatile(first "\n" second : "+r"(v) : "r"(bytes + at) : "memory");                                    \
        show(name, at, v);                                                                                             \
    }

static void integer(void) {
    LOAD("lb", 1)
    LOAD("lbu", 1)
    LOAD("lh", 2)
    LOAD("lhu", 2)
    LOAD("lw", 4)
    LOAD("lwl", 1)
    LOAD("lwr", 1)
    STORE("sb", 1)
    STORE("sh", 2)
    STORE("sw", 4)
    STORE("swl", 1)
    STORE("swr", 1)
#ifdef __MIPSEB__
    PAIR("ulw", "lwl %0,0(%1)", "lwr %0,3(%1)")
    PAIR("usw", "swl %0,0(%1)", "swr %0,3(%1)")
#else
    PAIR("ulw", "lwr %0,0(%1)", "lwl %0,3(%1)")
    PAIR("usw", "swr %0,0(%1)", "swl %0,3(%1)")
#endif
    fill(); /* loads into $0 have no effect */
    uint32_t v;
    __asm__ volatile(".set push\n .set noreorder\n lw $0,0(%1)\n lwl $0,1(%1)\n ll $0,0(%1)\n move %0,$0\n .set pop"
                     : "=r"(v)
                     : "r"(bytes)
                     : "memory");
    show("to zero", 0, v);
}

#define LINKED(name, between, set)                                                                                     \
    do {                                                                                                               \
        uint32_t ok = set, old;                                                                                        \
        fill();                                                                                                        \
        __asm__ volatile(".set push\n .set noreorder\n ll %1,0(%2)\n" between "\n .set pop"                            \
                         : "+&r"(ok), "=&r"(old)                                                                       \
                         : "r"(bytes)                                                                                  \
                         : "$8", "memory");                                                                            \
        show(name, ok, old);                                                                                           \
    } while (0)

static void linked(void) {
    LINKED("sc", "sc %0,0(%2)", 0x01020304);
    LINKED("sc after another value", "li $8,9\n sw $8,0(%2)\n sc %0,0(%2)", 0x01020304);
    LINKED("second sc", "li $8,7\n sc $8,0(%2)\n sc %0,0(%2)", 0x01020304);
    LINKED("sc elsewhere", "sc %0,4(%2)", 0x01020304);
    LINKED("sc after another ll", "ll $8,4(%2)\n sc %0,0(%2)", 0x01020304);
    LINKED("sc to zero", "sc $0,0(%2)", 0x01020304);
}

static void fpu(void) {
    uint64_t pair;
    for (unsigned at = 0; at < 8; at += 4) {
        fill();
        __asm__ volatile("ldc1 $f2,0(%1)\n lwc1 $f2,%2(%1)\n sdc1 $f2,0(%0)"
                         :
                         : "r"(&pair), "r"(bytes), "i"(12)
                         : "$f2", "$f3", "memory");
        if (__mips_fpr == 64) /* the upper half is undefined then */
            pair = (uint32_t)pair;
        printf("lwc1 %016llx\n", (unsigned long long)pair);
        __asm__ volatile("ldc1 $f2,0(%0)\n swc1 $f2,0(%1)\n sdc1 $f2,8(%2)"
                         :
                         : "r"(bytes), "r"(bytes + 16 + at), "r"(bytes)
                         : "$f2", "$f3", "memory");
        show("swc1, sdc1", at, bytes[16 + at]);
    }
    for (unsigned at = 0; at < 8; at += 4) {
        fill();
        __asm__ volatile("lwxc1 $f4,%0(%1)\n swxc1 $f4,%0(%2)\n ldxc1 $f4,%3(%1)\n sdxc1 $f4,%3(%2)"
                         :
                         : "r"(at), "r"(bytes), "r"(bytes + 8), "r"(0)
                         : "$f4", "$f5", "memory");
        show("indexed", at, bytes[7]);
    }
#if __mips_fpr == 64
    for (unsigned at = 0; at < 8; at++) { /* these ignore the lowest three bits */
        fill();
        __asm__ volatile("luxc1 $f5,%0(%1)\n suxc1 $f5,%0(%2)"
                         :
                         : "r"(at), "r"(bytes), "r"(bytes + 8)
                         : "$f5", "memory");
        show("luxc1, suxc1", at, bytes[7]);
    }
#endif
}

static __thread uint32_t of_this_thread = 0x600df00d;

/* Not the cycle counter, which stands still in QEMU's user mode: test_interp.c has it. */
static void hardware_registers(void) {
    uint32_t cpu, step, tls;
    __asm__ volatile("rdhwr %0,$0" : "=r"(cpu));
    __asm__ volatile("rdhwr %0,$1" : "=r"(step));
    __asm__ volatile("rdhwr %0,$29" : "=r"(tls));
    uint32_t offset = (uint32_t)(uintptr_t)&of_this_thread - tls;
    printf("cpu %u, SYNCI step %u, thread %08x at %x\n", cpu, step, of_this_thread, offset);
}

int main(void) {
    integer();
    linked();
    fpu();
    hardware_registers();
    return 0;
}
