/* The passes over a finished region; each file says what it takes, gives and keeps true. */
#ifndef JL_PASSES_H
#define JL_PASSES_H

#include "jit/ir/ir.h"

/* Always run: phis whose operands are all one value become copies, and copies are looked through everywhere. touched:
 * the vars (by number, 64 in each word) that the region sets somewhere or that live in host registers between regions;
 * snapshots forget the others. */
void jl_pass_copies(struct jl_ir *ir, uint64_t touched_lo, uint64_t touched_hi);
/* Part of it, for whoever makes COPY ops later: uses of them name what they copy, and they are gone. */
void jl_pass_forward_copies(struct jl_ir *ir);
/* Estimates how often blocks run, for the register allocator and pass sink: from branches and loops, or, without
 * `shape`, from loop depth alone. One of the two always runs. */
void jl_pass_frequency(struct jl_ir *ir, bool shape);
/* Makes phis of HI and LO one. Costs nothing to speak of where no product is. */
void jl_pass_hilo(struct jl_ir *ir);
void jl_pass_counters(struct jl_ir *ir);
void jl_pass_edges(struct jl_ir *ir);
void jl_pass_carry(struct jl_ir *ir);
void jl_pass_fuse(struct jl_ir *ir);
void jl_pass_address(struct jl_ir *ir);
void jl_pass_narrow_phis(struct jl_ir *ir);
void jl_pass_narrow(struct jl_ir *ir);
void jl_pass_dead(struct jl_ir *ir);
void jl_pass_sink(struct jl_ir *ir);

#endif
