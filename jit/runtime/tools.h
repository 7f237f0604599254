/* Tools that watch translation: dumps, profile, perf map, jitdump, GDB. All are off by default and cost nothing then.
 */
#ifndef JL_TOOLS_H
#define JL_TOOLS_H

#include "jit/runtime/machine.h"

/* Opens what the tools write to. False with one sentence in err. */
bool jl_tools_start(struct jl_machine *m, char *err, size_t err_size);
/* A region was translated and is about to run. */
void jl_tools_translated(struct jl_machine *m, struct jl_region *region);
/* All translations are about to be thrown away: what is kept by region must be added up now. */
void jl_tools_flushing(struct jl_machine *m);
void jl_tools_free(struct jl_machine *m);
/* Adds the exact host instruction count of all live regions' profiles to the counters. */
void jl_profile_collect(struct jl_machine *m);
/* dump.c: the region as the options ask: its guest code alone, or guest and host code side by side, with the final IR
 * between them (the machine's IR must still hold the region then). */
void jl_dump_region(struct jl_machine *m, const struct jl_region *region, FILE *out, bool guest, bool ir, bool host);
/* Host code of the region in [code, end), with the guest instructions it comes from; counters are left out. */
void jl_dump_code(struct jl_machine *m, const struct jl_region *region, const uint8_t *code, const uint8_t *end,
                  bool ir, FILE *out);

#endif
