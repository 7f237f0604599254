/* The little DWARF that a debugger needs for translated code: a unit, its lines, and how to unwind. */
#ifndef JL_DWARF_H
#define JL_DWARF_H

#include "jit/runtime/listing.h"
#include "jit/util/bytes.h"

/* What is on the host stack where a piece of code begins. */
enum jl_frame {
    JL_FRAME_NONE,   /* C has just called it: a return address */
    JL_FRAME_FULL,   /* the frame the entry made: registers saved, stack aligned */
    JL_FRAME_OWN,    /* the same, on C's stack, while rsp is on another (retstack.c) */
    JL_FRAME_CALLED, /* translated code has called it: a return address, nothing of its own */
};

/* The common part of the frame records; first in the section. */
void jl_dwarf_cie(struct jl_bytes *out);
/* How to unwind out of [code, end): found by following what its pushes, pops and changes of rsp do. */
void jl_dwarf_fde(struct jl_bytes *out, const uint8_t *code, const uint8_t *end, enum jl_frame frame);
/* One compilation unit over the region's hot and far code, with the listing as its source file. */
void jl_dwarf_unit(struct jl_bytes *abbrev, struct jl_bytes *info, const char *source, const struct jl_region *r);
/* Its line records: host address to line of the listing. */
void jl_dwarf_lines(struct jl_bytes *out, const struct jl_listing *l, const struct jl_region *r);

#endif
