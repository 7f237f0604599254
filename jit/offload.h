/* Host code in the place of guest functions (axis `offload`; seed 2).
 *
 * A caller that has guest functions compiled for the host gives the machine a table of them. Under offload=functions
 * the entry of each is then translated into a call of its host code:
 *
 *   - arguments are the guest's a0 to a3 and its stack pointer (o32: further arguments are words at sp + 16 and on);
 * the result goes to v0, or v0 and v1. No other guest register changes; control goes on at $ra.
 *   - guest memory is at GS: address a of the guest is gs:[a]. The host code runs on the host's stack, with the guest's
 *     rounding mode, and its sticky FPU flags become the guest's.
 *   - a fault at a guest address is the guest's fault at the function's entry, a division trap its SIGFPE there. What
 * the function had stored before stays stored.
 *   - it calls guest functions by jl_offload_callback. A guest that leaves such a call by longjmp abandons the host
 *     frames; they are taken off the stack when calls get JL_OFFLOAD_DEEP deep. There, and where no such frames are,
 * the function is translated as if it had no host code.
 *
 * Guest instructions of the function are not counted as retired, and the time slice does not end in it.
 */
#ifndef JL_OFFLOAD_H
#define JL_OFFLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "jit/cpu.h"

struct jl_machine;

enum jl_offload_result { JL_OFFLOAD_NOTHING, JL_OFFLOAD_WORD, JL_OFFLOAD_PAIR };

typedef uint64_t jl_offload_fn(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t sp);

struct jl_offload_function {
    uint32_t entry, size; /* where the guest's own code of it is; while that is not changed the host code is called */
    jl_offload_fn *fn;
    uint32_t result; /* enum jl_offload_result */
};

struct jl_offload {
    const struct jl_offload_function *function; /* ascending entries */
    unsigned count;
    /* Runs the guest of m, which is the calling thread's, until jl_offload_returned says so of an exit. When the guest
     * is to end before that, it calls jl_offload_abandon. */
    void (*run)(struct jl_machine *m, void *ctx);
    void *ctx;
};

/* Where calls from host code return to: an address at which nothing is ever mapped for a user program. */
#define JL_OFFLOAD_RETURN 0xbffffff0u
enum { JL_OFFLOAD_DEEP = 100 };

/* Gives the machine its host functions (borrowed); before it runs. Machines made from it (jl_machine_again) have them
 * too. */
void jl_machine_offload(struct jl_machine *m, const struct jl_offload *offload);
/* Calls the guest function at target from a host function of the calling thread's machine, with n words of arguments.
 * Returns v0, and v1 in the upper half. */
uint64_t jl_offload_callback(uint32_t target, unsigned n, const uint32_t *args);
/* Whether a run that ended with reason is the end of the newest call from host code. */
bool jl_offload_returned(const struct jl_machine *m, enum jl_exit reason);
/* Leaves all calls that the machine is in: jl_machine_run of the outermost one returns with JL_EXIT_SLICE. */
_Noreturn void jl_offload_abandon(struct jl_machine *m);

#endif
