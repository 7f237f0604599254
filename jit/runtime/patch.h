/* Back-patching: a direct access that faulted becomes a jump to a stub. */
#ifndef JL_PATCH_H
#define JL_PATCH_H

#include <stdint.h>

struct jl_machine;

/* JL_PATCH_BYTES: the jump's. JL_PATCHES: stands for the region's number in a stub's site number, and the patch's
 * number for the site's; there are as many patches as such numbers until the next flush. */
enum { JL_PATCH_BYTES = 5, JL_PATCHES = 0xfffff, JL_PATCH_MAX = 0x1000 };

/* What the stub of patch n calls: does the access. Returns 1 when the region is to be left in front of it. */
uint32_t jl_patched_access(struct jl_machine *m, uint32_t n);

#endif
