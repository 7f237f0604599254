/* Integer instructions on all pairs of awkward values: a hash of the results for each, HI and LO included. */
#include <stdint.h>
#include <stdio.h>

static const uint32_t values[] = {0,          1,          2,          3,          31,         32,         33,
                                  0x7f,       0x80,       0xff,       0x7fff,     0x8000,     0xffff,     0x10000,
                                  0x00ff00ff, 0x12345678, 0x89abcdef, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001,
                                  0xfffffffe, 0xffffffff, 0xffff8000, 0xffffff80, 0x55555555, 0xaaaaaaaa};
enum { VALUES = sizeof values / sizeof values[0] };

static void add(uint32_t *h, uint32_t v) {
    *h = (*h ^ v) * 16777619u;
    *h ^= *h >> 15;
}

/* rd (or rt of immediate forms) is %0, rs %1, rt %2; HI and LO go in and out. */
#define TRY(name, insn)                                                                                                \
    do {                                                                                                               \
        uint32_t h = 2166136261u;                                                                                      \
        for (unsigned a = 0; a < VALUES; a++)                                                                          \
            for (unsigned b = 0; b < VALUES; b++) {                                                                    \
                uint32_t d = 0x13579bdf, x = values[a], y = values[b], hi = x * 3, lo = y * 5;                         \
                __asm__ volatile(".set push\n .set noat\n .set noreorder\n mthi %3\n mtlo %4\n" insn                   \
                                 "\n mfhi %3\n mflo %4\n .set pop"                                                     \
                                 : "+&r"(d), "+&r"(x), "+&r"(y), "+&r"(hi), "+&r"(lo)                                  \
                                 :                                                                                     \
                                 : "$f0", "$fcc5");                                                                    \
                add(&h, d), add(&h, hi), add(&h, lo);                                                                  \
            }                                                                                                          \
        printf("%s %08x\n", name, h);                                                                                  \
    } while (0)
#define PLAIN(insn) TRY(insn, insn " %0,%1,%2")
#define IMMEDIATE(insn, imm) TRY(insn " " #imm, insn " %0,%1," #imm)
#define ONE(insn) TRY(insn, insn " %0,%2")
#define HILO(insn) TRY(insn, insn " %1,%2")

static void arithmetic(void) {
    PLAIN("addu");
    PLAIN("subu");
    PLAIN("and");
    PLAIN("or");
    PLAIN("xor");
    PLAIN("nor");
    PLAIN("slt");
    PLAIN("sltu");
    PLAIN("mul");
    PLAIN("movz");
    PLAIN("movn");
    IMMEDIATE("addiu", -32768);
    IMMEDIATE("addiu", 32767);
    IMMEDIATE("slti", -1);
    IMMEDIATE("sltiu", -1);
    IMMEDIATE("sltiu", 32767);
    IMMEDIATE("andi", 0xff00);
    IMMEDIATE("ori", 0xffff);
    IMMEDIATE("xori", 0x8001);
    TRY("lui", "lui %0,0x8001");
    TRY("add", "sra %0,%1,1\n sra %2,%2,1\n add %0,%0,%2"); /* no overflow: that is traps.c's */
    TRY("sub", "sra %0,%1,1\n sra %2,%2,1\n sub %0,%0,%2");
    TRY("addi", "sra %0,%1,1\n addi %0,%0,-32768");
    TRY("to zero", "addu $0,%1,%2\n lui $0,1\n mul $0,%1,%2\n mflo $0\n add $0,$0,$0\n move %0,$0");
    TRY("movf", "mtc1 %2,$f0\n c.eq.s $fcc5,$f0,$f0\n movf %0,%1,$fcc5");
    TRY("movt", "mtc1 %2,$f0\n c.eq.s $fcc5,$f0,$f0\n movt %0,%1,$fcc5");
}

static void shifts(void) {
    TRY("sllv", "sllv %0,%1,%2");
    TRY("srlv", "srlv %0,%1,%2");
    TRY("srav", "srav %0,%1,%2");
    TRY("rotrv", "rotrv %0,%1,%2");
    IMMEDIATE("sll", 0);
    IMMEDIATE("sll", 31);
    IMMEDIATE("srl", 1);
    IMMEDIATE("srl", 31);
    IMMEDIATE("sra", 31);
    IMMEDIATE("rotr", 0);
    IMMEDIATE("rotr", 13);
    ONE("seb");
    ONE("seh");
    ONE("wsbh");
    ONE("clz");
    ONE("clo");
    TRY("ext 0,32", "ext %0,%1,0,32");
    TRY("ext 31,1", "ext %0,%1,31,1");
    TRY("ext 5,17", "ext %0,%1,5,17");
    TRY("ins 0,32", "ins %0,%1,0,32");
    TRY("ins 31,1", "ins %0,%1,31,1");
    TRY("ins 5,17", "ins %0,%1,5,17");
}

static void hi_and_lo(void) {
    HILO("mult");
    HILO("multu");
    HILO("madd");
    HILO("maddu");
    HILO("msub");
    HILO("msubu");
    TRY("div", "div $0,%1,%2"); /* by zero, and of the least number by -1, too: unpredictable, but as QEMU has it */
    TRY("divu", "divu $0,%1,%2");
    TRY("mthi, mtlo", "mthi %1\n mtlo %2\n mfhi %0");
}

int main(void) {
    arithmetic();
    shifts();
    hi_and_lo();
    return 0;
}
