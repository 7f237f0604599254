/* System calls in a loop: an exception, a handler, ERET. */
#include "rom.h"

u64 work(u32 size, u32 option) {
    u32 calls = size * 256;
    irq_syscalls = 0;
    for (u32 i = 0; i < calls; i++)
        __asm__ volatile("syscall" ::: "memory");
    expect(irq_syscalls == calls, "system calls");
    return irq_syscalls + option;
}
