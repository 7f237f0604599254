# The header, boot code (which runs with --ipl only), the beginning of every program, and the exception handler: it writes down what the exception left behind,
# and returns behind the instruction (behind the branch, when it was in a delay slot), or where exception.resume says, with
# exception.status_after as Status.

    .set noreorder
    .set noat
    .section .header, "ax"
    .word 0x80371240, 0x0000000f, start, 0
    .fill 0x20 - 0x10, 1, 0
    .ascii "JITLAB TEST         "
    .fill 0x40 - 0x34, 1, 0

# In DMEM: the program to where the header says, the end of the boot to PIF, and there. Memory is set up already.
    lui $8, 0xa460
    lui $9, 0xa400
    lw $9, 8($9)
    lui $10, 0x1fff
    ori $10, 0xffff
    and $10, $9
    sw $10, 0($8)
    lui $10, 0x1000
    ori $10, 0x1000
    sw $10, 4($8)
    ori $10, $0, 0xffff     # 64 KiB, which is more than any of these programs has
    sw $10, 12($8)
1:  lw $10, 16($8)
    andi $10, 3
    bnez $10, 1b
    lui $8, 0xa430
    li $10, 0x555
    sw $10, 12($8)          # no interrupt of MI's
    lui $8, 0xa000
    sw $21, 0x30c($8)       # the kind of reset
    lui $8, 0xbfc0
    li $10, 8
    sw $10, 0x7fc($8)
    jr $9
    nop

    .section .start, "ax"
    .globl start
start:
    la $29, 0x80300000
    la $8, bss_start
    la $9, bss_end
1:  sltu $10, $8, $9
    beqz $10, 2f
    nop
    sw $0, 0($8)
    b 1b
    addiu $8, 4
2:  jal install_vectors
    nop
    jal main
    nop
3:  b 3b
    nop

# The four vectors: each leaves its number and goes to the common part.
    .globl vector_code
vector_code:
    lui $26, %hi(handler)
    addiu $26, %lo(handler)
    jr $26
    ori $27, $0, 0          # patched: the vector's offset
    .globl vector_code_end
vector_code_end:

    .set nomips16
handler:
    lui $26, %hi(exception)
    addiu $26, %lo(exception)
    sw $27, 4($26)
    lw $27, 0($26)
    addiu $27, 1
    sw $27, 0($26)
    mfc0 $27, $13
    sw $27, 8($26)
    mfc0 $27, $12
    sw $27, 12($26)
    dmfc0 $27, $14
    sd $27, 16($26)
    dmfc0 $27, $8
    sd $27, 24($26)
    dmfc0 $27, $4
    sd $27, 32($26)
    dmfc0 $27, $20
    sd $27, 40($26)
    dmfc0 $27, $10
    sd $27, 48($26)
    # an interrupt: forbid it from now on, and go on where it came
    lw $27, 8($26)
    andi $27, $27, 0x7c
    bnez $27, 1f
    lw $27, 12($26)
    srl $27, $27, 1
    sll $27, $27, 1
    mtc0 $27, $12
    nop
    nop
    eret
1:  lw $27, 56($26)
    bnez $27, 2f
    nop
    dmfc0 $27, $14
    daddiu $27, 4
    dmtc0 $27, $14
    lw $27, 8($26)
    bgez $27, 3f
    nop
    dmfc0 $27, $14
    daddiu $27, 4
2:  dmtc0 $27, $14
3:  lw $27, 60($26)
    sw $0, 56($26)
    beqz $27, 4f
    sw $0, 60($26)
    mtc0 $27, $12
    nop
    nop
4:  nop
    eret
