/* The thunks' straight pieces of code, and how often each ran: the part of the host instruction count that is in no
 * region. */
#ifndef JL_SEGMENTS_H
#define JL_SEGMENTS_H

#include <stdint.h>

enum jl_segment {
    JL_SEG_ENTER,
    JL_SEG_RESUME,
    JL_SEG_FRAME, /* the way into a region with a frame of its own; counted in C */
    JL_SEG_LEAVE, /* pinned registers written back; goes on in LEAVE_SAVED */
    JL_SEG_LEAVE_SAVED,
    JL_SEG_LOOKUP,
    JL_SEG_LINK, /* with the two instructions of the region's own stub */
    JL_SEG_EXIT,
    JL_SEG_EXIT_SAVED,
    JL_SEG_FAULT,
    JL_SEG_SLOW,        /* a slow call up to where C has answered */
    JL_SEG_SLOW_RETURN, /* back into the region */
    JL_SEG_SLOW_LEAVE,
    JL_SEG_SLOW_FPU,
    JL_SEG_SLOW_FPU_RETURN,
    JL_SEG_SLOW_FPU_LEAVE,
    JL_SEG_OFFLOAD,    /* a host function called, up to where C has answered */
    JL_SEG_OFFLOAD_ON, /* on in translated code */
    JL_SEG_OFFLOAD_LEAVE,
    JL_SEG_LOAD, /* a patched load up to where C has answered, and the same way on */
    JL_SEG_LOAD_RETURN,
    JL_SEG_LOAD_LEAVE,
    JL_SEG_LOAD_FPU,
    JL_SEG_LOAD_FPU_RETURN,
    JL_SEG_LOAD_FPU_LEAVE,
    JL_SEG_STANZA,      /* a compare of inline-cache=sieve: up to the jump to where it leads */
    JL_SEG_STANZA_NEXT, /* and the jump to the next one */
    JL_SEG_RETURN,      /* where a host return comes back to: up to the jump to where the guest goes on */
    JL_SEG_NO_CALL,
    JL_SEG_UNSTALL, /* an FPU result of 0 that took less time */
    JL_SEGMENTS
};

struct jl_segment_count {
    uint64_t count;        /* incremented by the thunk when counting */
    uint32_t instructions; /* host instructions, the increment left out */
};

#endif
