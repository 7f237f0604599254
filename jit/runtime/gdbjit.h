/* GDB's interface for JIT compilers: translated code has names, lines and frames in the debugger. */
#ifndef JL_GDBJIT_H
#define JL_GDBJIT_H

#include "jit/runtime/machine.h"

/* Registers the thunks; opens the guest listing that lines refer to, a temporary file. NULL when there is no memory or
 * the file cannot be written. */
struct jl_gdb *jl_gdb_new(struct jl_machine *m);
/* Registers a new region as an object file of its own: symbols guest_0xADDRESS (hot code), .far and .frame. */
void jl_gdb_region(struct jl_gdb *g, const struct jl_machine *m, const struct jl_region *r);
/* The code cache is about to be emptied: takes all regions' object files back (the thunks stay). */
void jl_gdb_flush(struct jl_gdb *g);
void jl_gdb_free(struct jl_gdb *g);

#endif
