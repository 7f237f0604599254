/* 64-bit registers in the front end; see wide.c. */
#ifndef JL_FRONTEND_WIDE_H
#define JL_FRONTEND_WIDE_H

#include "jit/frontend/frontend.h"

/* The lower half of a register's value: the value itself where registers have 32 bits. */
jl_ref jl_fe_low(struct jl_builder *b, jl_ref v);
/* A 32-bit result as a register holds it. */
jl_ref jl_fe_extended(struct jl_builder *b, jl_ref v);
/* Whether a value is seen to be the sign extension of its lower half. */
bool jl_fe_is_extended(const struct jl_builder *b, jl_ref v);
/* Leaves to the interpreter whatever comes; what is appended behind it never runs. */
void jl_fe_to_interpreter(struct jl_builder *b);
/* The lower half of an address' base, behind a check that base + disp is a sign-extended 32-bit number (as far as the
 * host's MMU does not see to it); what it is not, the interpreter has to say. disp: 16 bits, signed. */
jl_ref jl_fe_address(struct jl_builder *b, struct jl_frontend *f, jl_ref base, int32_t disp);
/* The lower half of where a jump goes; leaves to the interpreter when that is no sign-extended number. */
jl_ref jl_fe_jump_target(struct jl_builder *b, jl_ref v);
/* Makes 64-bit operands of a comparison their lower halves where that comes to the same. */
void jl_fe_narrow_compare(struct jl_builder *b, jl_ref *x, jl_ref *y);
/* assume.c: what the region at pc assumes of its registers (ir->assumed), with room for the checks in the block being
 * filled, its entry. Behind f's discovery. */
void jl_fe_assume(struct jl_builder *b, const struct jl_frontend *f, uint32_t pc);
/* Fills in the checks of those that were used, when all of the region and its phis are there. */
void jl_fe_check_assumed(struct jl_builder *b);
/* The region at pc was entered with other registers (m's, now): the next one is made without. */
void jl_fe_not_assumed(struct jl_machine *m, uint32_t pc);
/* Instructions that need all 64 bits; false for the others. */
bool jl_fe_wide(struct jl_builder *b, const struct jl_insn *i);
/* Whether `fact` (of no value) was known of the block already; from here on it is. */
bool jl_fe_learn(struct jl_fe_block *blk, uint32_t fact);
/* cop0.c: whether translation has an instruction of coprocessor 0, or CACHE; the instruction; to be said behind each
 * charge. */
bool jl_fe_can_cop0(const struct jl_insn *i, uint32_t mode);
void jl_fe_cop0(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i);
void jl_fe_count(struct jl_builder *b, unsigned n);
/* The instruction, whose FPU result is v, takes fewer ticks if that is 0 (isa/stall.h). */
void jl_fe_unstall(struct jl_builder *b, const struct jl_insn *i, jl_ref v);
/* ERET, up to the jump that it is. Returns where that goes. */
jl_ref jl_fe_eret(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i);
/* Whether translation has the instruction with JL_MODE_64, when it has it for 32 bits. */
bool jl_fe_can_wide(const struct jl_insn *i, uint32_t mode);

#endif
