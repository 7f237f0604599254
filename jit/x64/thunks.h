/* Shared pieces of host code: see runtime/cache.h for their list. */
#ifndef JL_X64_THUNKS_H
#define JL_X64_THUNKS_H

#include "jit/runtime/cache.h"
#include "jit/x64/asm.h"

/* What a region with a frame of its own begins with; it is then called from C as JL_THUNK_ENTER is. */
void jl_thunk_prologue(struct jl_machine *m, struct jl_asm *a);

/* call rax, a C function, on C's stack. */
void jl_thunk_call(struct jl_machine *m, struct jl_asm *a);

/* Called by JL_THUNK_SLOW with the registers saved in m->host: does what the site asks for. Nonzero: leave, the state
 * is in memory and m->cpu.exit says why. */
uint32_t jl_slow_call_from_code(struct jl_machine *m, uint32_t site);

#endif
