/* Shared by region.c and calls.c, which together find a region's blocks. */
#ifndef JL_FRONTEND_REGION_H
#define JL_FRONTEND_REGION_H

#include "jit/frontend/frontend.h"

/* The instruction word at pc; false when it cannot be fetched. */
bool jl_fe_fetch(struct jl_machine *m, uint32_t pc, uint32_t *word);
/* Whether translation can take the branch at pc, delay slot included; fills in *slot. */
bool jl_fe_branch_fits(struct jl_machine *m, uint32_t pc, const struct jl_insn *i, struct jl_insn *slot);
/* The same for any instruction. */
bool jl_fe_can_take(struct jl_machine *m, uint32_t pc, const struct jl_insn *i, struct jl_insn *slot);
/* How a block ends in front of an instruction that is left out. */
enum jl_fe_end jl_fe_end_before(const struct jl_machine *m, const struct jl_insn *i);
/* The end of block b, which the branch or jump i at pc is. */
void jl_fe_classify(struct jl_machine *m, struct jl_fe_block *b, const struct jl_insn *i, uint32_t pc);
/* Block `to` follows block `from` along its arm (0: taken, or the only one); false: `to` has no room, or is none. */
bool jl_fe_join(struct jl_frontend *f, unsigned from, unsigned arm, int to);
/* A new block for the slot of the likely branch that block `from` ends with; there has to be room. */
unsigned jl_fe_slot_block(struct jl_machine *m, unsigned from);
/* How many instructions the function at entry has; 0 when it is not one to take: it has more than max, calls others,
 * is annotated, or cannot be taken whole. */
unsigned jl_fe_callee_size(struct jl_machine *m, uint32_t entry, unsigned max);
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
