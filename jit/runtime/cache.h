/* The code cache: thunks first, then hot code growing upwards, far code growing downwards from the end. When the two
 * meet, everything is thrown away at once (from C, when no translated code is running), which is what makes freeing
 * simple and safe. */
#ifndef JL_CACHE_H
#define JL_CACHE_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

struct jl_machine;

/* Code shared by all regions, made once at the cache's start. */
enum jl_thunk {
    JL_THUNK_ENTER,       /* C: uint32_t enter(struct jl_machine *, void *host) */
    JL_THUNK_LEAVE,       /* eax = reason; pinned registers hold their vars; everything else is written back */
    JL_THUNK_LEAVE_SAVED, /* eax = reason; state is in memory or in m->host already */
    JL_THUNK_LOOKUP,      /* edx = guest pc: leave with JL_EXIT_LOOKUP (what empty lookup slots hold) */
    JL_THUNK_LINK,        /* eax = link site: leave with JL_EXIT_LINK */
    JL_THUNK_EXIT,        /* eax = site: save all registers, leave; C rebuilds the state */
    JL_THUNK_EXIT_SAVED,  /* likewise, but the site saved what is live by itself */
    JL_THUNK_FAULT,       /* where the fault handler sends control: registers are in m->host */
    /* call: eax = site: save all registers, call C, restore them and return (or leave); for a region without values in
     * vector registers, and for others */
    JL_THUNK_SLOW,
    JL_THUNK_SLOW_FPU,
    /* call: eax = address, edx = patch: call C, return with the value in rax (or leave); likewise */
    JL_THUNK_LOAD,
    JL_THUNK_LOAD_FPU,
    JL_THUNK_NO_CALL, /* a host return by the entry of an empty stack (retstack.c), which is popped */
    JL_THUNK_OFFLOAD, /* as LEAVE, but eax = number of a host function: C calls it, then on to where it returns */
    JL_THUNK_RESUME,  /* C: like ENTER, but restores all registers from m->host and goes to m->resume_pc */
    JL_THUNKS
};

struct jl_code_cache {
    uint8_t *base, *exec; /* where it is written, where it executes (the same unless mapped twice) */
    size_t size;
    uint8_t *hot, *far_; /* next free byte; lowest used far byte */
    uint8_t *taken;      /* hot code taken last */
    /* Sizes as if no counters were emitted; they decide when the cache is full: */
    size_t nominal, used, far_used; /* of the cache, of hot code, of far code */
    uint8_t *start;                 /* first byte behind the thunks */
    uint8_t *thunk[JL_THUNKS], *thunks_end;
    uint8_t *model_thunk; /* behind them, when a processor is modelled: its buffer is full */
};

struct jl_code_cache *jl_cache_new(struct jl_machine *m, size_t size);
void jl_cache_free(struct jl_code_cache *cache);
/* Room for a region; false when the cache is full (nothing is changed then). Of the bytes asked for, so many are there
 * only because of counting. */
bool jl_cache_take(struct jl_code_cache *cache, size_t hot, size_t far_size, size_t hot_counters, size_t far_counters,
                   uint8_t **hot_at, uint8_t **far_at);
/* The hot code just taken ended at hot_end, with so many bytes of counters: what is left of it is free again. */
void jl_cache_give_back(struct jl_code_cache *cache, uint8_t *hot_end, size_t counters);
void jl_cache_reset(struct jl_code_cache *cache);

/* x64/thunks.c */
void jl_thunks_emit(struct jl_machine *m, struct jl_code_cache *cache);

#endif
