# A boot ROM of our own in the place of PIF's: as the real one it begins on bare hardware, goes on in IMEM, locks itself away,
# takes the seed for the checksum out of PIF's RAM, brings the cartridge's header and boot code to DMEM, tells the
# checksum, and goes there. Where something is not as it should be it stays for ever.

    .set noreorder
    .set noat
    .section .text
    .globl __start
__start:
    lui $8, 0x3400
    mtc0 $8, $12
    lui $8, 0xbfc0
    ori $8, stage2 - __start
    lui $9, 0xbfc0
    ori $9, end - __start
    lui $10, 0xa400
    ori $10, 0x1000
    move $11, $10
1:  lw $12, 0($8)
    addiu $8, 4
    sw $12, 0($10)
    bne $8, $9, 1b
    addiu $10, 4
    jr $11
    nop

stage2:
    lui $8, 0xbfc0
    lui $9, 0xa480
    lw $12, 0($8)           # the ROM is there
2:  beqz $12, 2b
    li $10, 0x10
    sw $10, 0x7fc($8)       # and now it is not
3:  lw $11, 0x18($9)
    andi $11, 3
    bnez $11, 3b
    nop
    lw $12, 0($8)
4:  bnez $12, 4b
    lw $22, 0x7e4($8)
    srl $22, 8
    andi $22, 0xff
    li $12, 0x3f
5:  bne $22, $12, 5b
    lw $21, 0x7e4($8)
    srl $21, 17
    andi $21, 1             # the kind of reset
    lui $10, 0xa400
    lui $11, 0xb000
6:  lw $12, 0($11)
    addiu $11, 4
    sw $12, 0($10)
    andi $12, $11, 0xfff
    bnez $12, 6b
    addiu $10, 4
    li $10, 0x1234
    sw $10, 0x7f0($8)
7:  lw $11, 0x18($9)
    andi $11, 3
    bnez $11, 7b
    li $10, 0x20
    sw $10, 0x7fc($8)
8:  lw $11, 0x7fc($8)
    andi $11, 0x80
    beqz $11, 8b
    nop
9:  lw $11, 0x18($9)
    andi $11, 3
    bnez $11, 9b
    li $10, 0x40
    sw $10, 0x7fc($8)
    lui $11, 0xa400
    ori $11, 0x40
    jr $11
    nop
end:
    .org 1984
