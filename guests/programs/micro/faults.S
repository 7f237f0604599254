/* The faulting instructions of faults.c, each at a known place with a label to go on at. One argument: an address,
 * or for the last three null to fault and anything else not to. Result 1 without a fault, 0 after one. The undefined
 * word is SPECIAL with function 0x28, unassigned in every MIPS32 release. */
        .text
#ifdef __mips__
#include <sys/regdef.h>
        .set noreorder
        .macro function name
        .globl \name
        .ent \name
\name:
        .endm
        .macro resume name
        .globl \name\()_resume
\name\()_resume:
        jr ra
        move v0, zero
        .end \name
        .endm

        function probe_load
        lw t0, 0(a0)
        jr ra
        li v0, 1
        resume probe_load

        function probe_store
        sw zero, 0(a0)
        jr ra
        li v0, 1
        resume probe_store

        .globl probe_jump
        .ent probe_jump
probe_jump:
        addiu sp, sp, -24
        sw ra, 20(sp)
        move v0, zero
        move t9, a0
        jalr t9
        nop
        lw ra, 20(sp)
        jr ra
        addiu sp, sp, 24
        .end probe_jump

        .globl harmless_code
harmless_code:
        jr ra
        li v0, 1

        function probe_undefined
        beqz a0, 1f
        nop
        jr ra
        li v0, 1
1:      .word 0x00000028
        resume probe_undefined

        function probe_overflow
        sltiu t0, a0, 1
        lui t1, 0x7fff
        ori t1, t1, 0xffff
        add t0, t0, t1          /* 1 + INT_MAX for null */
        jr ra
        li v0, 1
        resume probe_overflow

        function probe_trap
        teq a0, zero
        jr ra
        li v0, 1
        resume probe_trap
#else
        .macro resume name
        .globl \name\()_resume
\name\()_resume:
        xor %eax, %eax
        ret
        .endm

        .globl probe_load, probe_store, probe_jump, probe_undefined, probe_overflow, probe_trap, harmless_code
probe_load:
        mov (%rdi), %ecx
        mov $1, %eax
        ret
        resume probe_load

probe_store:
        movl $0, (%rdi)
        mov $1, %eax
        ret
        resume probe_store

probe_jump:
        sub $8, %rsp
        xor %eax, %eax
        call *%rdi
        add $8, %rsp
        ret

harmless_code:
        mov $1, %eax
        ret

probe_undefined:
        test %rdi, %rdi
        jz 1f
        mov $1, %eax
        ret
1:      ud2
        resume probe_undefined

probe_overflow:
        mov %rdi, %rax
        xor %edx, %edx
        div %rdi
        mov $1, %eax
        ret
        resume probe_overflow

probe_trap:
        test %rdi, %rdi
        jz 1f
        mov $1, %eax
        ret
1:      int3
        resume probe_trap
#endif
        .section .note.GNU-stack, "", %progbits
