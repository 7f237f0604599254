/* Object files in memory that describe translated code to a debugger: symbols, lines, frames. */
#ifndef JL_GDBELF_H
#define JL_GDBELF_H

#include "jit/runtime/listing.h"

/* bytes is the caller's to free; NULL when memory ran out. */
struct jl_elf_image {
    uint8_t *bytes;
    size_t size;
};

/* One region: its hot and far code; lines are those of the listing, to which the region was just added. */
struct jl_elf_image jl_elf_region(const struct jl_machine *m, const struct jl_region *r, const struct jl_listing *l);
/* The thunks: names and frames. */
struct jl_elf_image jl_elf_thunks(const struct jl_machine *m);

#endif
