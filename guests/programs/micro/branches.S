/* The chains of branches.c: four times 32 blocks, `spacing` bytes apart, each adding its number plus one and jumping
 * to the block 13 further on (modulo 32: a single cycle, never the next one in memory). Block 0 counts the turns.
 * The exit lies before the blocks, to stay in reach of a conditional branch. 64 bytes apart, all 32 fit into half a
 * page; 4160 apart, each has its own page and its own cache line: with 4096 they would all fall into one set of the
 * host's instruction cache, and the native run would measure that. */
        .text
#ifdef __mips__
#include <sys/regdef.h>
        .set noreorder

        .macro chain name, spacing, indirect
        .globl \name
        .globl \name\()_base
        .p2align 12
        .ent \name
\name:  b \name\()_base
        move v0, zero
\name\()_exit:
        jr ra
        nop
        .balign 64
\name\()_base:
        .set i, 0
        .rept 32
        .org \name\()_base + i * \spacing
        .if i == 0
        addiu a0, a0, -1
        bltz a0, \name\()_exit
        nop
        .endif
        .if \indirect
        lw t9, 4*i(a1)
        addiu v0, v0, i + 1
        jr t9
        nop
        .else
        addiu v0, v0, i + 1
        b \name\()_base + ((i + 13) % 32) * \spacing
        nop
        .endif
        .set i, i + 1
        .endr
        .end \name
        .endm
#else
        .macro chain name, spacing, indirect
        .globl \name
        .globl \name\()_base
        .p2align 12
\name:  xor %eax, %eax
        jmp \name\()_base
\name\()_exit:
        ret
        .balign 64
\name\()_base:
        .set i, 0
        .rept 32
        .org \name\()_base + i * \spacing
        .if i == 0
        sub $1, %edi
        js \name\()_exit
        .endif
        add $(i + 1), %eax
        .if \indirect
        jmp *8*i(%rsi)
        .else
        jmp \name\()_base + ((i + 13) % 32) * \spacing
        .endif
        .set i, i + 1
        .endr
        .endm
#endif
        chain direct_same, 64, 0
        chain direct_inter, 4160, 0
        chain indirect_same, 64, 1
        chain indirect_inter, 4160, 1
        .section .note.GNU-stack, "", %progbits
