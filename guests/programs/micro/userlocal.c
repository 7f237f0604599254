/* userlocal: reading a register of the machine that isn't a general one.
 *
 * Stands for SimBench's coprocessor access in a user-mode guest: RDHWR of the thread pointer (UserLocal), which
 * position- independent and threaded programs execute all the time, and which some kernels emulate by a trap. A
 * translator can make it one load, or leave for it each time. The host's counterpart reads its thread pointer
 * through FS. SIZE is the number of reads in units of 64.
 */
#include "common.h"

enum { READS = 64 };

static inline uintptr_t thread_pointer(void) {
    uintptr_t p;
#ifdef __mips__
    /* $3 is the register that kernels without the instruction emulate it for */
    register uintptr_t v1 __asm__("$3");
    __asm__ volatile(".set push\n\t.set mips32r2\n\trdhwr $3, $29\n\t.set pop" : "=r"(v1));
    p = v1;
#else
    __asm__ volatile("mov %%fs:0, %0" : "=r"(p));
#endif
    return p;
}

static APART uint32_t reads(uintptr_t expected) {
    uint32_t same = 0;
    for (int i = 0; i < READS; i++)
        same += thread_pointer() == expected;
    return same;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 10, NULL, 0), same = 0;
    uintptr_t first = thread_pointer();

    for (uint32_t i = 0; i < size; i++)
        same += reads(first);
    expect("reads with the same value", same, size * READS);
    expect("thread pointer is set", first != 0, 1);
    return finish(same);
}
