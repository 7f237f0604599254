/* Versions of annotated regions (specialize=annotated; seed 4).
 *
 * The versions of one annotated entry are a chain in the order of their making. The first is what the lookup and links
 * know; each compares the declared registers with the values it was made for, and when they differ goes on to what its
 * slot in the machine holds: the next one's entry, or nothing, and then it leaves to C, which makes a version for the
 * values of now. When there are as many as the strategy allows, the last of the chain is general code, which compares
 * nothing. So entries, links and invalidation are those of any region; and when one version dies, all of its entry do.
 */
#ifndef JL_VERSIONS_H
#define JL_VERSIONS_H

#include "jit/frontend/specialize.h"
#include "jit/runtime/machine.h"

enum { JL_VERSION_SPANS = JL_ANNOTATED_MEMORY + 4 };

struct jl_version {
    uint32_t pc;
    bool general; /* made for any values */
    struct jl_annotation annotation;
    uint32_t value[JL_ANNOTATED];
    struct jl_span memory[JL_ANNOTATED_MEMORY]; /* declared invariant */
    struct jl_span used[JL_VERSION_SPANS]; /* what of it the version was made from, then what of read-only memory */
    uint64_t *next;                        /* its slot */
    unsigned loads, branches, turns;       /* removed, and unrolled, while it was made */
};

/* Whether the region being made is a version with constants. */
static inline bool jl_fe_in_version(const struct jl_machine *m) {
    return m->version && !m->version->general;
}
/* Before the region at pc is made: m->version is what it will be a version of, NULL when it is an ordinary region.
 * False when there is nothing to be made. */
bool jl_versions_begin(struct jl_machine *m, uint32_t pc);
/* It was made as region, or (NULL) could not be. */
void jl_versions_made(struct jl_machine *m, struct jl_region *region);
/* The machine goes: the list of versions with it. */
void jl_versions_free(struct jl_machine *m);
/* Whether region is what control that comes to its address finds: it is no version, or the first one. */
bool jl_versions_is_first(const struct jl_region *region);
/* A version has died: the others of its entry with it. */
void jl_versions_dropped(struct jl_machine *m, const struct jl_region *region);
/* All translations are gone. */
void jl_versions_clear(struct jl_machine *m);

#endif
