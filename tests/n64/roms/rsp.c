/* The RSP at work: loops on both of its units, two overlays that take turns in instruction memory by its own DMA, which
 * it waits for, and its results in RDRAM, compared with what the processor computes. */
#include "test.h"

#define SP(n) MEM32(0xa4040000u + 4 * (n))
#define DMEM(offset) MEM32(0xa4000000u + (offset))
#define RESULT 0x00200000u

enum { LOOPS = 256, TURNS = 40, OVERLAY_LOOPS = 100 };

/* clang-format off */
__asm__(
    ".section .rodata\n"
    ".set push\n.set noreorder\n.set noat\n"
    ".balign 8\n"
    "rsp_main:\n"
    "ori $1, $0, 256\n"
    "ori $3, $0, 0\n"
    "ori $8, $0, 0\n"
    ".word 0xc8012000\n"        /* lqv v1[0], 0x00($0) */
    ".word 0xc8022001\n"        /* lqv v2[0], 0x10($0) */
    "1: .word 0x4a020854\n"     /* vaddc v1, v1, v2 */
    "lw $2, 0x40($0)\n"
    "addiu $2, $2, 3\n"
    "sw $2, 0x40($0)\n"
    "addiu $1, $1, -1\n"
    "bne $1, $0, 1b\n"
    "addu $3, $3, $2\n"
    ".word 0xe8012002\n"        /* sqv v1[0], 0x20($0) */
    "sw $3, 0x44($0)\n"
    "ori $4, $0, 40\n"
    "2: andi $5, $4, 1\n"       /* overlays by turns, 128 bytes each, to 0x800 */
    "sll $5, $5, 7\n"
    "lw $6, 0x48($0)\n"
    "addu $6, $6, $5\n"
    "ori $7, $0, 0x1800\n"
    "mtc0 $7, $0\n"
    "mtc0 $6, $1\n"
    "ori $7, $0, 127\n"
    "mtc0 $7, $2\n"
    "3: mfc0 $7, $6\n"
    "bne $7, $0, 3b\n"
    "nop\n"
    ".word 0x0c000200\n"        /* jal 0x800 */
    "nop\n"
    "addiu $4, $4, -1\n"
    "bne $4, $0, 2b\n"
    "nop\n"
    "sw $8, 0x50($0)\n"
    "mtc0 $0, $0\n"            /* all of DMEM, and what it did once its second half has begun */
    "lw $6, 0x54($0)\n"
    "mtc0 $6, $1\n"
    "ori $7, $0, 4095\n"
    "mtc0 $7, $3\n"
    "ori $7, $0, 0\n"
    "ori $9, $0, 2048\n"
    "5: slt $10, $9, $7\n"
    "beq $10, $0, 5b\n"
    "mfc0 $7, $0\n"
    "mfc0 $11, $6\n"
    "sw $11, 0x58($0)\n"
    "6: mfc0 $7, $6\n"
    "bne $7, $0, 6b\n"
    "nop\n"
    "mtc0 $0, $0\n"
    "lw $6, 0x4c($0)\n"
    "mtc0 $6, $1\n"
    "ori $7, $0, 0x7f\n"
    "mtc0 $7, $3\n"
    "4: mfc0 $7, $6\n"
    "bne $7, $0, 4b\n"
    "nop\n"
    "break\n"
    "nop\n"
    "rsp_main_end:\n"
    ".balign 8\n"
    "rsp_overlays:\n"
    "ori $9, $0, 100\n"
    "1: addiu $9, $9, -1\n"
    "bne $9, $0, 1b\n"
    "addiu $8, $8, -3\n"
    "jr $31\n"
    "nop\n"
    ".org rsp_overlays + 128\n"
    "ori $9, $0, 100\n"
    "1: addiu $8, $8, 5\n"
    "addiu $9, $9, -1\n"
    "bne $9, $0, 1b\n"
    "nop\n"
    "jr $31\n"
    "nop\n"
    ".org rsp_overlays + 256\n"
    ".set pop\n"
    ".text\n");
/* clang-format on */

extern const u32 rsp_main[], rsp_main_end[], rsp_overlays[];

int main(void) {
    MTC0(12, STATUS_DEFAULT);
    for (u32 i = 0; rsp_main + i < rsp_main_end; i++)
        MEM32(0xa4001000u + 4 * i) = rsp_main[i];
    for (u32 i = 0; i < 4; i++) {
        DMEM(4 * i) = 0x01230004u * i;
        DMEM(0x10 + 4 * i) = 0x00070101u + i;
    }
    DMEM(0x40) = 1000;
    DMEM(0x48) = (u32)rsp_overlays & 0x1fffffff;
    DMEM(0x4c) = RESULT;
    DMEM(0x54) = RESULT + 0x1000;
    DMEM(0x58) = 0;
    /* the overlays may still be in the data cache of a real processor */
    for (u32 i = 0; i < 64; i++)
        MEM32(((u32)rsp_overlays & 0x1fffffff) + 0xa0000000u + 4 * i) = rsp_overlays[i];
    MEM32(0xa4080000u) = 0;
    SP(4) = 1 | 1 << 2 | 1 << 3; /* run, no break yet */
    for (u32 i = 0; i < 1000000 && !(SP(4) & 1); i++)
        ;
    check("SP_STATUS", SP(4) & 3, 3);
    for (u32 i = 0; i < 4; i++) {
        u32 from = 0x01230004u * i, step = 0x00070101u + i;
        u32 high = (from >> 16) + LOOPS * (step >> 16), low = from + LOOPS * step;
        check("lanes", MEM32(0xa0000000u + RESULT + 0x20 + 4 * i), high << 16 | (low & 0xffff));
    }
    u32 sum = 0;
    for (u32 i = 1; i <= LOOPS; i++)
        sum += 1000 + 3 * i;
    check("counted", MEM32(0xa0000000u + RESULT + 0x40), 1000 + 3 * LOOPS);
    check("summed", MEM32(0xa0000000u + RESULT + 0x44), sum);
    check("overlays", MEM32(0xa0000000u + RESULT + 0x50), TURNS / 2 * OVERLAY_LOOPS * (5 - 3));
    check("busy in the second half of a transfer", MEM32(0xa0000000u + RESULT + 0x58), 1);
    finish();
    return 0;
}
