/* Register allocation over a whole region: see alloc.c for how. */
#ifndef JL_X64_ALLOC_H
#define JL_X64_ALLOC_H

#include "jit/x64/layout.h"

struct jl_live_range {
    uint32_t start, end; /* op numbers: occupied after ops start .. end-1 */
    uint32_t next;
};

struct jl_alloc {
    uint32_t cap_ops;
    jl_loc *loc;     /* of each value */
    uint32_t *range; /* first live range of each value, 0 = none */
    int32_t *weight; /* what a register saves, in 1/16 instructions for each run of the region */
    struct jl_live_range *ranges;
    uint32_t nranges, cap_ranges;
    uint64_t *live_in; /* a bit set over values for each block */
    uint64_t *live;    /* the set being worked on */
    size_t cap_live;
    uint64_t *busy; /* occupation by position: JL_LOC_END rows, made on demand */
    size_t cap_busy;
    bool row_used[JL_LOC_END];
    uint32_t words;  /* of a row or set */
    uint64_t *queue; /* values by priority */
    uint32_t nqueue;
    jl_ref *web;      /* of each value: the unit of allocation it belongs to, by one member's name (coalesce.c) */
    jl_ref *affinity; /* of each value: the phi it flows into, 0 = none */
    uint32_t scan_first, scan_clobber;
    uint64_t pinned_lo, pinned_hi;  /* vars that are in host registers between regions */
    uint32_t scan_list, scan_count; /* snapshot list seen last in the block being scanned, ~0 = none; its length */
    uint32_t frame_slots;
    uint32_t spills; /* values that got no register */
};

struct jl_alloc *jl_alloc_new(void);
void jl_alloc_free(struct jl_alloc *al);

/* Gives each value of ir a location. False when the region needs more spill slots than a frame has. */
bool jl_alloc_run(struct jl_alloc *al, struct jl_machine *m, struct jl_ir *ir);

/* coalesce.c: makes each value a web of its own, then with `join` merges phis and their operands into webs. After the
 * ranges are built. */
void jl_alloc_coalesce(struct jl_alloc *al, struct jl_ir *ir, bool join);
/* The value that stands for v's web. */
jl_ref jl_alloc_web(struct jl_alloc *al, jl_ref v);
/* Gives each member of a web the web's location and ranges. */
void jl_alloc_spread(struct jl_alloc *al, const struct jl_ir *ir);

/* Whether any value is in a vector register. */
static inline bool jl_alloc_vectors(const struct jl_alloc *al) {
    for (jl_loc x = JL_LOC_XMM; x < JL_LOC_HOME; x++)
        if (al->row_used[x])
            return true;
    return false;
}

/* Whether a register (JL_LOC_GPR + n or JL_LOC_XMM + n) holds a live value after op pos. */
static inline bool jl_alloc_busy(const struct jl_alloc *al, jl_loc reg, uint32_t pos) {
    return al->row_used[reg] && (al->busy[(size_t)reg * al->words + pos / 64] >> (pos % 64) & 1);
}

#endif
