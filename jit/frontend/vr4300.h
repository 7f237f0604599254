/* The VR4300's FPU in the front end; see vr4300.c. */
#ifndef JL_FRONTEND_VR4300_H
#define JL_FRONTEND_VR4300_H

#include "jit/frontend/frontend.h"

/* Leaves to the interpreter while coprocessor 1 is not usable; once on each way through a region. */
void jl_fe_need_fpu(struct jl_builder *b, struct jl_frontend *f);
/* Likewise in JL_MODE_NARROW, in front of a 64-bit instruction. */
void jl_fe_need_wide(struct jl_builder *b, struct jl_frontend *f);
/* A 32-bit register, as moves, loads and stores name them: its value in the lower half; and its new value. */
jl_ref jl_fe_vr4300_half(struct jl_builder *b, unsigned r);
void jl_fe_vr4300_set_half(struct jl_builder *b, unsigned r, jl_ref v);
/* The var of the 64-bit register that they mean. */
unsigned jl_fe_vr4300_pair(const struct jl_builder *b, unsigned r);
/* At a block's end: the note of its last operation to where C looks for it. */
void jl_fe_store_notes(struct jl_builder *b);
/* Whether translation has an FPU instruction. */
bool jl_fe_can_vr4300(const struct jl_insn *i);
/* Translates one that is not a load, store or branch; false when there is no such. */
bool jl_fe_vr4300(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i);

#endif
