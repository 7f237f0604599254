/* Back-patching: a direct access that faulted becomes a jump to a stub. */
#ifndef JL_PATCH_H
#define JL_PATCH_H

#include <stdint.h>

struct jl_machine;

/* JL_PATCH_BYTES: the jump's. JL_PATCHES: stands for the region's number in a stub's site number, and the patch's
 * number for the site's; there are as many patches as such numbers until the next flush. */
enum { JL_PATCH_BYTES = 5, JL_PATCHES = 0xfffff, JL_PATCH_MAX = 0x1000 };

/* What the stub of patch n calls to store. Returns 1 when the region is to be left in front of it. */
uint32_t jl_patched_access(struct jl_machine *m, uint32_t n);

/* The same for a load, in registers: the value, and whether the region is to be left (then jl_patch_leave rebuilds the
 * state). */
struct jl_loaded {
    uint64_t value, leaves;
};
struct jl_loaded jl_patched_load(struct jl_machine *m, uint32_t addr, uint32_t n);
void jl_patch_leave(struct jl_machine *m);

#endif
