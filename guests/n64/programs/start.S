# Every ROM's header, boot code of our own, the beginning of the program, and its exception handlers.
#
# jitlab copies the program and jumps to it without any boot code. Other emulators run the one in the ROM, out of the
# RSP's data memory: the one here does the same by DMA.

    .set noreorder
    .set noat

    .section .header, "a"
    .word 0x80371240, 0x0000000f, start, 0x00001444
    .fill 0x20 - 0x10, 1, 0
    .ascii "JITLAB BENCH        "
    .fill 0x3b - 0x34, 1, 0
    .ascii "NJLE"           # cartridge, two letters of its name, NTSC
    .byte 0

    .section .boot, "ax"
    lui $8, 0xa460          # PI
    lui $10, 0xb000
    lw $10, 8($10)          # the header's entry address
    lui $9, 0x00ff
    ori $9, 0xffff
    and $9, $10
    sw $9, 0($8)            # RDRAM
    lui $9, 0x1000
    ori $9, 0x1000
    sw $9, 4($8)            # cartridge
    lui $9, 0x000f
    ori $9, 0xffff
    sw $9, 12($8)           # 1 MiB
1:  lw $9, 16($8)
    andi $9, 3
    bnez $9, 1b
    nop
    ori $9, $0, 2
    sw $9, 16($8)           # the interrupt is not asked for
    ori $20, $0, 1          # NTSC, the boot chip's number, a stack: what programs may look for
    ori $22, $0, 0x3f
    lui $29, 0xa400
    jr $10
    ori $29, 0x1ff0

    .section .start, "ax"
    .globl start
start:
    b begin
    nop
    .globl rom_args
rom_args:                   # ROM offset 0x1008: size, option, rounds; written by whoever makes a ROM of a size
    .word 1, 0, 1, 0

begin:
    lui $8, 0x3400          # CU0, CU1, FR; kernel mode, 32-bit addresses, no interrupts
    mtc0 $8, $12
    mtc0 $0, $13
    la $29, 0x80200000
    la $8, bss_start
    la $9, bss_end
1:  sltu $10, $8, $9
    beqz $10, 2f
    nop
    sw $0, 0($8)
    b 1b
    addiu $8, 4
2:  la $8, 0x80000000       # vectors: refill, extended refill, cache error, all others
    la $9, refill
    la $10, other
    li $11, 32              # words of each
3:  lw $12, 0($9)
    sw $12, 0($8)
    sw $12, 0x80($8)
    lw $12, 0($10)
    sw $12, 0x180($8)
    addiu $8, 4
    addiu $9, 4
    addiu $11, -1
    bnez $11, 3b
    addiu $10, 4
    la $8, 0x80000000
    cache 0x19, 0($8)       # hit write back data; the vectors' lines are fetched from memory
    la $9, 0x80000300
4:  cache 0x19, 0($8)
    cache 0x10, 0($8)
    addiu $8, 16
    bne $8, $9, 4b
    nop
    jal rom_main
    nop
5:  b 5b
    nop

# TLB refill: Context is the address of two 64-bit page table entries.
    .balign 8
refill:
    mfc0 $26, $4
    nop
    lw $27, 4($26)
    lw $26, 12($26)
    mtc0 $27, $2
    mtc0 $26, $3
    nop
    nop
    tlbwr
    nop
    nop
    eret
    .fill 32 * 4 - (. - refill), 1, 0

other:
    lui $26, %hi(handler)
    addiu $26, %lo(handler)
    jr $26
    nop
    .fill 32 * 4 - (. - other), 1, 0

# Timer and VI interrupts, SYSCALL; anything else ends the program.
handler:
    mfc0 $26, $13
    nop
    andi $27, $26, 0x7c
    bnez $27, not_interrupt
    andi $27, $26, 0x8000
    beqz $27, video
    lui $27, %hi(irq_period)
    lw $27, %lo(irq_period)($27)
    mfc0 $26, $11
    nop
    addu $26, $27
    mtc0 $26, $11
    lui $27, %hi(irq_timer)
    lw $26, %lo(irq_timer)($27)
    addiu $26, 1
    sw $26, %lo(irq_timer)($27)
    nop
    eret
video:
    lui $27, 0xa440
    sw $0, 16($27)
    lui $27, %hi(irq_video)
    lw $26, %lo(irq_video)($27)
    addiu $26, 1
    sw $26, %lo(irq_video)($27)
    nop
    eret
not_interrupt:
    andi $27, $26, 0x7c
    addiu $27, -32          # SYSCALL
    bnez $27, fatal
    lui $27, %hi(irq_syscalls)
    lw $26, %lo(irq_syscalls)($27)
    addiu $26, 1
    sw $26, %lo(irq_syscalls)($27)
    mfc0 $26, $14
    nop
    addiu $26, 4
    mtc0 $26, $14
    nop
    nop
    eret
fatal:
    mfc0 $4, $13
    mfc0 $5, $14
    mfc0 $6, $8
    la $29, 0x80200000
    jal rom_fatal
    nop
