/* Exact counts of executed host instructions, by block; see profile.c. */
#ifndef JL_PROFILE_H
#define JL_PROFILE_H

#include "jit/runtime/machine.h"

struct jl_site;

/* A region's blocks, then the two arms of each: how often each was entered, and what it is made of. */
struct jl_profile {
    uint32_t nblocks; /* IR blocks; entries are three times as many */
    struct jl_profile_block {
        uint64_t count;        /* incremented by translated code */
        int64_t extra;         /* executed beside it in far pieces, less what early exits left out */
        uint32_t instructions; /* host instructions from its head to its end, counters left out */
        uint32_t pc;           /* guest address it stems from */
        const uint8_t *host, *host_end;
    } block[];
};

/* Executed host instructions of block n with its arms. */
uint64_t jl_profile_block_total(const struct jl_profile *p, uint32_t n);
/* Adds what is to be lost in a flush to the machine's totals. */
void jl_profile_flush(struct jl_machine *m);
/* An exit or slow call at a site: corrects for what of its block was not executed, or executed beside it. Does nothing
 * unless counting. */
void jl_profile_site(const struct jl_region *region, const struct jl_site *site, int32_t instructions);
/* Executed host instructions of the thunks. */
uint64_t jl_profile_thunks(const struct jl_machine *m);

#endif
