/* Translations whose page was mapped elsewhere, kept for when it comes back: for lookups that ask for it; and, with
 * parameter reuse of the invalidation strategy, those whose code was changed, for when it is changed back (overlays).
 *
 * A parked region is as dead as any other, unlinked and in no table. It lives again when control comes to its address
 * and exactly the words stand there that it was made from; a write to them need not have been noticed meanwhile. */
#ifndef JL_PARKED_H
#define JL_PARKED_H

#include "jit/runtime/machine.h"

/* Notes what a region that was just made was made from, if it may be kept. */
void jl_parked_note(struct jl_machine *m, struct jl_region *r);
/* jl_region_drop, but the region may be taken back. */
void jl_region_park(struct jl_machine *m, struct jl_region *r);
/* jl_region_drop of a region whose code was changed; it may be taken back if the parameter says so. */
void jl_region_changed(struct jl_machine *m, struct jl_region *r);
/* For a change of the mapping of [addr, addr+len): parks the regions there if the lookup wants them kept, else drops
 * them. */
void jl_parked_range(struct jl_machine *m, uint32_t addr, uint64_t len);
/* The parked region for pc whose words are there, alive again; NULL = none. */
struct jl_region *jl_parked_take(struct jl_machine *m, uint32_t pc);
/* All regions are gone. */
void jl_parked_clear(struct jl_machine *m);

#endif
