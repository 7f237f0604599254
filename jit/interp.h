/* The reference interpreter: one instruction after the other from guest memory, nothing assumed. Every back end is
 * checked against it. */
#ifndef JL_INTERP_H
#define JL_INTERP_H

#include <stdbool.h>
#include <stdint.h>

#include "jit/cpu.h"
#include "jit/isa/isa.h"

/* Decoded instructions kept by address; each entry holds the word it was made from and is used only while memory
 * still shows that word, so that no invalidation is needed. */
struct jl_interp_cache;
struct jl_interp_cache *jl_interp_cache_new(void);
void jl_interp_cache_free(struct jl_interp_cache *cache);

/* Runs at least one instruction from cpu->pc and as many as begin within max ticks (cpu.h), keeping a branch and its
 * delay slot together (so that it may run max + 1). Stops at once at an exit for the guest (any
 * enum jl_exit up to JL_EXIT_GUEST_LAST), with cpu->exit, exit_code, exit_addr, exit_bd set and cpu->pc at the
 * instruction (the branch, when it was in a delay slot), the instruction itself not retired. Returns cpu->exit;
 * JL_EXIT_NONE when max ticks have passed; JL_EXIT_SLICE when cpu->slice went below zero. cpu->slice falls by the ticks
 * of each retired instruction, one for most; an annulled delay slot is not retired. With JL_MODE_VR4300, JL_EXIT_NONE
 * or _SLICE may come between a branch in a delay slot and its own slot: then exit_bd is set and pc is 4 below that
 * slot, as an interrupt taken there would find it; the next run goes on in the slot. */
enum jl_exit jl_interp_run(struct jl_cpu *cpu, struct jl_interp_cache *cache, uint64_t max);

/* ---- finishing what left the interpreter (JL_MODE_64) ----
 *
 * A board does some instructions by itself: accesses to devices (JL_EXIT_FAULT_LOAD and _STORE) and what JL_EXIT_COP0
 * names. After such an exit cpu->exit_word is the instruction, nothing of it has happened, and when it is in a branch's
 * delay slot (exit_bd) the branch's link register has been written. The board computes the effect and calls
 * jl_interp_skip; or it raises the guest's exception and calls neither. */

/* A load or store. Memory is accessed in whole aligned units of size bytes, also by LWL and its like: a load gets the
 * unit at addr & -size; a store replaces the bits that mask has there by value's. */
struct jl_guest_access {
    uint64_t addr;  /* as computed; misaligned for an LWL at most */
    uint64_t value; /* stores: the new bits, where mask says; as a number, the guest's byte order does not show */
    uint64_t mask;  /* stores: all ones of size bytes, fewer for SWL, SWR, SDL and SDR */
    uint8_t size;   /* 1, 2, 4 or 8 bytes */
    bool store;     /* else a load */
    bool linked;    /* LL, LLD; with store SC, SCD: to be done only if cpu->ll_valid, and jl_interp_loaded is told */
    bool part;      /* LWL, LWR, LDL, LDR, SWL, SWR, SDL, SDR */
    struct jl_insn insn;
};

/* Decodes cpu->exit_word, a load or store. False when it is neither, or one that the processor's FPU mode refuses. */
bool jl_interp_access(const struct jl_cpu *cpu, struct jl_guest_access *access);

/* Gives a load's aligned unit (as a number) to its register: extended, merged (LWL and like), or into the FPU. An LL is
 * linked by it. Of an SC or SCD, value is 1 if the store was done and 0 if not; other stores have nothing to get. */
void jl_interp_loaded(struct jl_cpu *cpu, const struct jl_guest_access *access, uint64_t value);

/* Retires the instruction that exited, with its branch when it is in a delay slot, and goes on behind it or at the
 * branch's target: pc, slice and exit_bd. */
void jl_interp_skip(struct jl_cpu *cpu);

#endif
