/* The reference interpreter: one instruction after the other from guest memory, nothing assumed. Every back end is
 * checked against it. */
#ifndef JL_INTERP_H
#define JL_INTERP_H

#include <stdint.h>

#include "jit/cpu.h"
#include "jit/isa/isa.h"

/* Decoded instructions kept by address; each entry holds the word it was made from and is used only while memory
 * still shows that word, so that no invalidation is needed. */
struct jl_interp_cache;
struct jl_interp_cache *jl_interp_cache_new(void);
void jl_interp_cache_free(struct jl_interp_cache *cache);

/* Runs at least one and at most max instructions from cpu->pc, keeping a branch and its delay slot together (so that it
 * may run max + 1). Stops at once at an exit for the guest (any enum jl_exit up to JL_EXIT_GUEST_LAST), with cpu->exit,
 * exit_code, exit_addr, exit_bd set and cpu->pc at the instruction (the branch, when it was in a delay slot), the
 * instruction itself not retired. Returns cpu->exit; JL_EXIT_NONE when max instructions were done; JL_EXIT_SLICE when
 * cpu->slice went below zero. cpu->slice falls by one for each retired instruction; an annulled delay slot is not
 * retired. */
enum jl_exit jl_interp_run(struct jl_cpu *cpu, struct jl_interp_cache *cache, uint64_t max);

#endif
