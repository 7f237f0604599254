/* Decoded instructions by address; see loop.h. */
#ifndef JL_INTERP_CACHE_H
#define JL_INTERP_CACHE_H

#include "jit/fpu/host.h"
#include "jit/interp/interp.h"

/* Instructions: a multiple of a page's, and enough for what runs a few times each to be decoded once (1 MiB of code).
 * Elements that were never used cost no memory. */
enum { JL_INTERP_CACHE = 1 << 18 };

struct jl_interp_cache {
    uint32_t isa;
    struct jl_interp_cache *narrow; /* the same in JL_MODE_NARROW, made when it is needed */
    struct jl_fpu_pending pending;
    struct jl_insn insn[JL_INTERP_CACHE]; /* .word: as it stands in memory, whatever the byte order */
};

/* Makes *i of the word raw as it stands in memory. */
void jl_interp_decode(const struct jl_cpu *cpu, struct jl_insn *i, uint32_t raw);

/* The cache for JL_MODE_NARROW beside this one. */
struct jl_interp_cache *jl_interp_cache_narrow(struct jl_interp_cache *cache);

/* Forgets everything: decoding depends on the processor. */
void jl_interp_cache_reset(const struct jl_cpu *cpu, struct jl_interp_cache *cache);

#endif
