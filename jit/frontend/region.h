/* Shared by region.c and calls.c, which together find a region's blocks. */
#ifndef JL_FRONTEND_REGION_H
#define JL_FRONTEND_REGION_H

#include "jit/frontend/frontend.h"

/* The instruction word at pc; false when it cannot be fetched. */
bool jl_fe_fetch(struct jl_machine *m, uint32_t pc, uint32_t *word);
/* Whether translation can take the branch at pc, delay slot included; fills in *slot. */
bool jl_fe_branch_fits(struct jl_machine *m, uint32_t pc, const struct jl_insn *i, struct jl_insn *slot);
/* A branch that is always taken and is no call. */
bool jl_fe_is_goto(const struct jl_insn *i);
/* A context for a copy of the function at entry, called from context `parent` with its return to return_pc. max_callee:
 * most instructions such a function may have (0: none is taken); room: how many the region has left. Returns 0 when the
 * call stays a call. */
unsigned jl_fe_callee_context(struct jl_machine *m, unsigned parent, uint32_t entry, uint32_t return_pc,
                              unsigned max_callee, unsigned room);

/* guess.c: fills in where the JALR that is instruction number `index` of f->insn, decoded last, will likely go. */
void jl_fe_guess_targets(const struct jl_machine *m, unsigned index, struct jl_fe_call *call);

#endif
