/* A file with the guest code of everything translated, one instruction a line: the "source" that perf and gdb show
 * for host addresses. */
#ifndef JL_LISTING_H
#define JL_LISTING_H

#include "jit/runtime/machine.h"

struct jl_listing {
    FILE *file;
    char path[4096];
    uint32_t line;                 /* lines written so far */
    uint32_t first[JL_MAX_RANGES]; /* line of the first instruction of each range of the region written last */
};

/* Makes the file at path (made absolute). False when it cannot be written; errno says why. */
bool jl_listing_open(struct jl_listing *l, const char *path);
/* Appends the region's guest code as it is now. */
void jl_listing_add(struct jl_listing *l, const struct jl_machine *m, const struct jl_region *r);
/* The line of guest address pc of the region added last; its first instruction's when pc is not of the region. */
uint32_t jl_listing_line(const struct jl_listing *l, const struct jl_region *r, uint32_t pc);
void jl_listing_close(struct jl_listing *l);

/* The guest instruction at pc: its word and text. */
uint32_t jl_guest_text(const struct jl_machine *m, uint32_t pc, char *text, size_t size);

#endif
