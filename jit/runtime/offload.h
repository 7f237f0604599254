/* The bridge to host functions: jit/offload.h, seen from translation and from the run loop. */
#ifndef JL_RUNTIME_OFFLOAD_H
#define JL_RUNTIME_OFFLOAD_H

#include "jit/offload.h"
#include "jit/runtime/machine.h"

/* The host function for the guest function at pc; NULL: there is none, or its guest code was changed, or the FPU is to
 * trap where only the guest's own code does. */
const struct jl_offload_function *jl_offload_find(const struct jl_machine *m, uint32_t pc);
static inline const struct jl_offload_function *jl_offload_at(const struct jl_machine *m, uint32_t pc) {
    return m->offload ? jl_offload_find(m, pc) : NULL;
}
/* From the run loop, with the state in memory and pc at the entry: JL_EXIT_NONE when it was done and pc is where it
 * returned to, JL_EXIT_INTERP when the guest's own code is to run, JL_EXIT_LOOKUP to go on at pc, or the exit to leave
 * with. */
enum jl_exit jl_offload_call(struct jl_machine *m);
/* From JL_THUNK_OFFLOAD: calls function number n. Where translated code goes on, or NULL: leave, cpu.exit says why. */
void *jl_offload_from_code(struct jl_machine *m, uint32_t n);
/* In the fault handler: does not return when a host function has faulted. */
void jl_offload_fault(int sig, const void *addr, bool store);

#endif
