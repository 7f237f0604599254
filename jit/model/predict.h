/* A modelled front end of a processor: branch target buffer, return stack and instruction cache.
 *
 * It is told of taken branches and of fetched code and counts what it would have predicted wrongly or missed. All three
 * are of the plainest kind: the buffer and the cache are set-associative with least-recently-used replacement; a
 * buffer's entry is one branch with its last target; the return stack is a ring that overwrites its oldest entry. The
 * direction of conditional branches is not predicted. Addresses are whatever the caller counts in; only equality and
 * the low bits matter.
 *
 * Sources: Lee and Smith, Branch prediction strategies and branch target buffer design, 1984 (the buffer); Kaeli and
 * Emma, Branch history table prediction of moving target branches due to subroutine returns, 1991 (the stack).
 */
#ifndef JL_MODEL_PREDICT_H
#define JL_MODEL_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jl_predict_params {
    uint32_t btb_entries, btb_ways;                  /* entries / ways is a power of two */
    uint32_t ras;                                    /* entries of the return stack; 0 = there is none */
    uint32_t icache_bytes, icache_ways, icache_line; /* line and bytes / ways / line are powers of two */
};

struct jl_predict_counters {
#define JL_MODEL_COUNTER(field, unit, summary) uint64_t field;
#include "jit/model/model.def"
#undef JL_MODEL_COUNTER
};

/* What is modelled when nothing else is said: about a current core. */
#define JL_PREDICT_DEFAULT "btb=4096x4,ras=16,icache=32k:8:64"

struct jl_predict;

/* Reads "btb=ENTRIESxWAYS,ras=N,icache=BYTES:WAYS:LINE" (any of the three, in any order; BYTES may end in k) over
 * what is in *params. False with one sentence in err. */
bool jl_predict_parse(const char *text, struct jl_predict_params *params, char *err, size_t err_size);

/* NULL when there is no memory. */
struct jl_predict *jl_predict_new(const struct jl_predict_params *params);
void jl_predict_free(struct jl_predict *p);

/* Code in [from, to) is fetched. A line that the last fetch ended in is not counted again. */
void jl_predict_fetch(struct jl_predict *p, uint32_t from, uint32_t to);
/* A taken branch whose last byte is at site, to target. */
void jl_predict_branch(struct jl_predict *p, uint32_t site, uint32_t target, bool indirect);
/* A call's return address is remembered; a return goes to target. */
void jl_predict_call(struct jl_predict *p, uint32_t return_to);
void jl_predict_return(struct jl_predict *p, uint32_t target);
/* The newest return address is used up by a return that is not looked at. */
void jl_predict_forget_call(struct jl_predict *p);

const struct jl_predict_counters *jl_predict_counters(const struct jl_predict *p);

#endif
