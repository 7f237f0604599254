/* The text of bigtext.c for MIPS o32 (both endiannesses) and x86-64: 40960 functions, 256 bytes from one to the next,
 * which makes 10 MiB. Number n returns w ^ w >> 7 for w = (argument ^ n) * 33. The repetition is the assembler's, since
 * a C compiler takes minutes for as many functions. */
        .set n, 0
        .text
        .balign 256
        .globl bigtext
#ifdef __mips__
#include <sys/regdef.h>
        .set noreorder
bigtext:
        .rept 40960
        xori v0, a0, n
        sll v1, v0, 5
        addu v0, v0, v1
        srl v1, v0, 7
        jr ra
        xor v0, v0, v1
        .balign 256
        .set n, n + 1
        .endr
#else
bigtext:
        .rept 40960
        mov %edi, %eax
        xor $n, %eax
        mov %eax, %ecx
        shl $5, %ecx
        add %ecx, %eax
        mov %eax, %ecx
        shr $7, %ecx
        xor %ecx, %eax
        ret
        .balign 256
        .set n, n + 1
        .endr
#endif
        .section .note.GNU-stack, "", %progbits
