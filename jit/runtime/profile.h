/* Exact counts of executed host instructions, by block; see profile.c. */
#ifndef JL_PROFILE_H
#define JL_PROFILE_H

#include "jit/runtime/machine.h"

/* A region's blocks: how often each was entered, and what it is made of. */
struct jl_profile {
    uint32_t nblocks;
    struct jl_profile_block {
        uint64_t count;        /* incremented by translated code */
        uint32_t instructions; /* host instructions from its head to its end, counters left out */
    } block[];
};

/* Adds what is to be lost in a flush to the machine's totals. */
void jl_profile_flush(struct jl_machine *m);
/* An exit or slow call at a site: corrects for what of its block was not executed, or executed beside it. */
void jl_profile_site(struct jl_machine *m, int32_t instructions);

#endif
