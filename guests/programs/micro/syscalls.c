/* syscalls: system calls in a loop.
 *
 * The system-call micro-benchmark of SimBench's kind: the cost of leaving translated code, giving the guest's
 * registers to the emulated kernel, and coming back. getpid by default, which costs the kernel nothing; with -e a
 * write to a descriptor that is never open, for the error convention (register a3 and a positive number on MIPS, a
 * negative one on the host). SIZE is the number of calls in units of 16.
 */
#include "common.h"
#include <errno.h>
#include <sys/syscall.h>

enum { CALLS = 16 };

int work(int argc, char **argv) {
    uint32_t errors = 0, same = 0;
    const struct option options[] = {{'e', &errors, 0, 0}};
    uint32_t size = arguments(argc, argv, 10, options, COUNT(options));
    long first = syscall(SYS_getpid);

    for (uint32_t i = 0; i < size; i++)
        for (uint32_t k = 0; k < CALLS; k++)
            if (errors)
                same += syscall(SYS_write, -1, "", 1) == -1 && errno == EBADF;
            else
                same += syscall(SYS_getpid) == first;
    expect("calls with the right result", same, size * CALLS);
    expect("process number is positive", first > 0, 1);
    return finish(same);
}
