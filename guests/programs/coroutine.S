/* The stack switch of coroutine.c for MIPS o32 (both endiannesses) and x86-64: integer callee-saved registers only,
 * because neither side keeps floating-point values across a switch. Both are left by a plain return instruction: that
 * is the point of the program. */
#ifdef __mips__
#include <sys/regdef.h>
        .set noreorder
        .text
        .globl stack_switch
        .ent stack_switch
stack_switch:
        addiu sp, sp, -48
        sw s0, 0(sp)
        sw s1, 4(sp)
        sw s2, 8(sp)
        sw s3, 12(sp)
        sw s4, 16(sp)
        sw s5, 20(sp)
        sw s6, 24(sp)
        sw s7, 28(sp)
        sw gp, 32(sp)
        sw s8, 36(sp)
        sw ra, 40(sp)
        sw sp, 0(a0)
        move sp, a1
        lw s0, 0(sp)
        lw s1, 4(sp)
        lw s2, 8(sp)
        lw s3, 12(sp)
        lw s4, 16(sp)
        lw s5, 20(sp)
        lw s6, 24(sp)
        lw s7, 28(sp)
        lw gp, 32(sp)
        lw s8, 36(sp)
        lw ra, 40(sp)
        move t9, ra             /* position-independent callees expect their own address in t9 */
        jr ra
        addiu sp, sp, 48
        .end stack_switch

        .globl stack_prepare
        .ent stack_prepare
stack_prepare:
        addiu v0, a0, -80       /* 48 bytes of saved state, and the argument area o32 owes to the entry */
        sw gp, 32(v0)
        jr ra
        sw a1, 40(v0)
        .end stack_prepare
#else
        .text
        .globl stack_switch
stack_switch:
        push %rbx
        push %rbp
        push %r12
        push %r13
        push %r14
        push %r15
        mov %rsp, (%rdi)
        mov %rsi, %rsp
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbp
        pop %rbx
        ret

        .globl stack_prepare
stack_prepare:
        mov %rsi, -16(%rdi)     /* the return address of the first switch; leaves the stack aligned as after a call */
        lea -64(%rdi), %rax
        ret
#endif
        .section .note.GNU-stack, "", %progbits
