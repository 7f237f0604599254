/* The x64 back end's driver. */
#ifndef JL_X64_COMPILE_H
#define JL_X64_COMPILE_H

#include "jit/runtime/machine.h"
#include "jit/x64/host.h"

struct jl_emit *jl_emit_new(void);
void jl_emit_free(struct jl_emit *e);
/* The machine's IR to host code, in the steps of seed 3: passes (analyse), allocate registers, size, allocate memory,
 * emit, copy the metadata out. NULL when the region has to be given up; m->flush_wanted is set when the code cache was
 * full. */
struct jl_region *jl_x64_compile(struct jl_machine *m, struct jl_region *region);

#endif
