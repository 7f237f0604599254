/* What each step of translation takes and does, for --time-passes: time, and the IR's ops before and behind it.
 *
 * The steps follow one another, so a step's time is what has passed since the one before was done. The counting of ops
 * stands outside of it. */
#ifndef JL_PHASES_H
#define JL_PHASES_H

#include <stdint.h>
#include <stdio.h>

enum jl_phase_id {
    JL_PHASE_FRONT_END, /* blocks found, IR built (passes fold, values, align and unaligned are in it) */
    JL_PHASE_COPIES,
    JL_PHASE_HILO,
    JL_PHASE_COUNTERS,
    JL_PHASE_EDGES,
    JL_PHASE_USES, /* counting of uses, which the next ones ask for */
    JL_PHASE_ADDRESS,
    JL_PHASE_CARRY,
    JL_PHASE_FUSE,
    JL_PHASE_NARROW,
    JL_PHASE_DEAD,
    JL_PHASE_FREQUENCY,
    JL_PHASE_SINK,
    JL_PHASE_ALLOCATE, /* registers (regalloc, coalesce and pin are in it) */
    JL_PHASE_EMIT,     /* sizes, room, code and tables */
    JL_PHASES
};

struct jl_machine;

struct jl_phases {
    uint64_t at;  /* when the step before was done, ns */
    uint64_t ops; /* and how many ops there were */
    struct jl_phase {
        uint64_t runs, ns, ops_before, ops_after;
    } phase[JL_PHASES];
};

/* A translation begins. Nothing is done here and below unless tools.time_passes asks for it. */
void jl_phases_begin(struct jl_machine *m);
/* Step id is done. Steps that were left out are not told of. */
void jl_phase_done(struct jl_machine *m, enum jl_phase_id id);
/* How many ops of m's IR are executed where they stand: no NOP, no constant, none that was sunk. */
uint32_t jl_phase_ops(const struct jl_machine *m);

#endif
