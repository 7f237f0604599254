/* What ends a program: one case a run.
 *
 * usage: traps        prints the number of cases
 *        traps N      prints its name and does it; the signal is the result. Cases that must not trap end with 0.
 *
 * A jump to a misaligned address is not among them: QEMU 7.2 stops with a failed assertion. test_interp.c has it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DO(text)                                                                                                       \
    __asm__ volatile(".set push\n .set noreorder\n .set noat\n" text "\n .set pop"                                     \
                     :                                                                                                 \
                     : "r"(0x7fffffff), "r"(0x80000000), "r"(data), "r"(-1)                                            \
                     : "$2", "$3", "$8", "$31", "$f0", "$f1", "$f2", "$f3", "$f4", "memory")

static _Alignas(16) uint32_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};

/* X(instructions): %0 = largest, %1 = least, %2 = aligned data, %3 = -1 */
#define CASES(X)                                                                                                       \
    X("add $2,%0,%0")                                                                                                  \
    X("add $2,%1,%3")                                                                                                  \
    X("add $2,%0,%1")                                                                                                  \
    X("add $0,%0,%0")                                                                                                  \
    X("addi $2,%0,1")                                                                                                  \
    X("addi $2,%1,-1")                                                                                                 \
    X("addi $2,%1,1")                                                                                                  \
    X("sub $2,%0,%3")                                                                                                  \
    X("sub $2,%1,%0")                                                                                                  \
    X("sub $2,$0,%1")                                                                                                  \
    X("sub $2,%0,%0")                                                                                                  \
    X("addu $2,%0,%0\n addiu $2,%0,1\n subu $2,%1,%0")                                                                 \
    X("teq %0,%0")                                                                                                     \
    X("teq %0,%0,7")                                                                                                   \
    X("teq %0,%0,6")                                                                                                   \
    X("teq %0,%1")                                                                                                     \
    X("tne %0,%1")                                                                                                     \
    X("tne %0,%0")                                                                                                     \
    X("tlt %1,%0")                                                                                                     \
    X("tlt %0,%1")                                                                                                     \
    X("tltu %0,%1")                                                                                                    \
    X("tltu %1,%0")                                                                                                    \
    X("tge %0,%1")                                                                                                     \
    X("tge %1,%0")                                                                                                     \
    X("tgeu %1,%0")                                                                                                    \
    X("tgeu %0,%1")                                                                                                    \
    X("teqi %3,-1")                                                                                                    \
    X("teqi %3,0")                                                                                                     \
    X("tnei %3,0")                                                                                                     \
    X("tnei %3,-1")                                                                                                    \
    X("tlti %1,-1")                                                                                                    \
    X("tlti %0,-1")                                                                                                    \
    X("tltiu %0,-1")                                                                                                   \
    X("tltiu %3,-1")                                                                                                   \
    X("tgei %0,1")                                                                                                     \
    X("tgei %1,1")                                                                                                     \
    X("tgeiu %3,-1")                                                                                                   \
    X("tgeiu %0,-1")                                                                                                   \
    X("break")                                                                                                         \
    X("break 7")                                                                                                       \
    X("break 0,7")                                                                                                     \
    X("break 6")                                                                                                       \
    X("lw $2,1(%2)")                                                                                                   \
    X("lw $2,2(%2)")                                                                                                   \
    X("lw $0,2(%2)")                                                                                                   \
    X("lh $2,1(%2)")                                                                                                   \
    X("lhu $2,3(%2)")                                                                                                  \
    X("sw $2,2(%2)")                                                                                                   \
    X("sh $2,1(%2)")                                                                                                   \
    X("ll $2,2(%2)")                                                                                                   \
    X("ll $2,0(%2)\n sc $2,2(%2)")                                                                                     \
    X("ldc1 $f2,4(%2)")                                                                                                \
    X("lwc1 $f2,2(%2)")                                                                                                \
    X("sdc1 $f2,4(%2)")                                                                                                \
    X("swc1 $f2,2(%2)")                                                                                                \
    X("lwl $2,1(%2)\n lwr $2,2(%2)\n swl $2,1(%2)\n swr $2,3(%2)")                                                     \
    X("lw $2,0($0)")                                                                                                   \
    X("sw $2,0($0)")                                                                                                   \
    X("lwl $2,3($0)")                                                                                                  \
    X("swr $2,1($0)")                                                                                                  \
    X("ll $2,0($0)")                                                                                                   \
    X("lw $2,1($0)")                                                                                                   \
    X("jr $0\n nop")                                                                                                   \
    X("mfc0 $2,$12")                                                                                                   \
    X(".word 0x42000018")                                                                                              \
    X(".word 0x0000003f")                                                                                              \
    X(".word 0x7c00003a")                                                                                              \
    X(".word 0x4600003f | 1 << 21")                                                                                    \
    X(".word 0x0000002d")                                                                                              \
    X(".word 0x7c05f83b")                                                                                              \
    X("b 1f\n add $2,%0,%0\n1:")                                                                                       \
    X("b 1f\n lw $2,1(%2)\n1:")                                                                                        \
    X("b 1f\n teq $0,$0,7\n1:")                                                                                        \
    X("b 1f\n .word 0x0000003f\n1:")                                                                                   \
    X("beql %0,%1,1f\n add $2,%0,%0\n1:")                                                                              \
    X("bnel %0,%1,1f\n add $2,%0,%0\n1:")                                                                              \
    X("bal 1f\n sw $2,2(%2)\n1:")                                                                                      \
    X("li $2,0x800\n ctc1 $2,$31\n mtc1 $0,$f0\n div.s $f2,$f0,$f0")                                                   \
    X("li $2,0x400\n ctc1 $2,$31\n mtc1 $0,$f0\n div.s $f2,$f0,$f0")                                                   \
    X("li $2,0x80\n ctc1 $2,$31\n li $2,0x3f800000\n mtc1 $2,$f0\n li $2,0x40400000\n mtc1 $2,$f1\n"                   \
      " mtc1 $2,$f2\n div.s $f4,$f0,$f2")                                                                              \
    X("li $2,0x80\n ctc1 $2,$31\n li $2,0x3f800000\n mtc1 $2,$f0\n add.s $f4,$f0,$f0")                                 \
    X("li $2,0x800\n ctc1 $2,$31\n li $2,0x7fc00000\n mtc1 $2,$f0\n c.eq.s $f0,$f0")                                   \
    X("li $2,0x800\n ctc1 $2,$31\n li $2,0x7f800001\n mtc1 $2,$f0\n c.eq.s $f0,$f0")                                   \
    X("li $2,0x800\n ctc1 $2,$31\n li $2,0x7f800001\n mtc1 $2,$f0\n c.lt.s $f0,$f0")                                   \
    X("li $2,0x800\n ctc1 $2,$31\n li $2,0x7f000000\n mtc1 $2,$f0\n trunc.w.s $f0,$f0")                                \
    X("li $2,0x10800\n ctc1 $2,$31")                                                                                   \
    X("li $2,0x10400\n ctc1 $2,$31")                                                                                   \
    X("li $2,0x20000\n ctc1 $2,$31")                                                                                   \
    X("li $2,0x8000\n ctc1 $2,$26\n li $2,0x400\n ctc1 $2,$28")                                                        \
    X("mtc1 $0,$f0\n div.s $f2,$f0,$f0\n add.s $f4,$f0,$f0\n li $2,0x800\n ctc1 $2,$28")                               \
    X(BY_MODE("add.d $f1,$f0,$f0", "0x46200040"))                                                                      \
    X(BY_MODE("mov.d $f0,$f1", "0x46200806"))                                                                          \
    X(BY_MODE("cvt.l.d $f0,$f0", "0x46200025"))                                                                        \
    X(BY_MODE("cvt.d.l $f0,$f0", "0x46a00021"))                                                                        \
    X(BY_MODE("luxc1", "0x4c400005"))

/* Reserved with FR=0, fine with FR=1; $2 is data's address. */
#define BY_MODE(comment, word) "move $2,%2\n .word " word " # " comment

int main(int argc, char **argv) {
    unsigned wanted = argc > 1 ? (unsigned)atoi(argv[1]) : 0, n = 0;
    __asm__ volatile("ctc1 $0,$31");
#define RUN(text)                                                                                                      \
    if (++n == wanted) {                                                                                               \
        if (write(1, text "\n", sizeof text) < 0)                                                                      \
            return 1;                                                                                                  \
        DO(text);                                                                                                      \
        __asm__ volatile("ctc1 $0,$31");                                                                               \
    }
    CASES(RUN)
    if (!wanted)
        printf("%u\n", n);
    return 0;
}
