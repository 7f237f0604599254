/* The modelled processor (jit/model/) fed by a machine's translated code: tools.model.
 *
 * At heads of blocks, arms of branches and far pieces the code writes the number of the place into a buffer; C takes
 * the buffer when it is full and whenever the code leaves. Addresses are offsets in the code cache of a run without
 * this and without counters: where what is emitted only for counting stands is remembered, and subtracted.
 */
#ifndef JL_RUNTIME_MODEL_H
#define JL_RUNTIME_MODEL_H

#include "jit/model/path.h"
#include "jit/runtime/machine.h"

struct jl_asm;

/* Makes m->model when tools.model asks for it. code_bytes: the most that the code cache holds, thunks included. */
bool jl_model_start(struct jl_machine *m, size_t code_bytes);
void jl_model_free(struct jl_model *model);

/* ---- while code is emitted; nothing happens when m->model is NULL ---- */

/* The region's final run begins; its hot and far code would stand at these offsets. */
void jl_model_begin(struct jl_machine *m, uint32_t hot, uint32_t far_);
/* [from, to) is there only because of counting; so are further bytes of what stands before it. */
void jl_model_skip(struct jl_machine *m, const uint8_t *from, const uint8_t *to, uint32_t further);
/* Emits the note that the code comes by here. Uses rax and the flags. */
void jl_model_emit_point(struct jl_emit *e);
/* A stanza of so many bytes (policy.h) has been taken room for at the end of the far code: a conditional jump that ends
 * at branch_end and one at its own end, both patched. Returns the first of two points, in front of it and between the
 * two; they are emitted by the other, which keeps rdx too. */
uint32_t jl_model_stanza(struct jl_machine *m, uint32_t bytes, uint32_t branch_end);
void jl_model_emit_live_point(struct jl_machine *m, struct jl_asm *a, uint32_t number);
/* The code of a region stands; likewise the thunks. */
void jl_model_region(struct jl_machine *m, const struct jl_region *region);
void jl_model_thunks(struct jl_machine *m);
/* Where what stands at p only because of counting ends; NULL when p is not the first byte of such. */
const uint8_t *jl_model_skipped(const struct jl_machine *m, const struct jl_region *region, const uint8_t *p);
/* All regions are about to be thrown away. */
void jl_model_flush(struct jl_machine *m);

/* ---- while it runs; only with m->model ---- */

/* C calls the thunk that leads to entry (a region's own frame, when it has one). */
void jl_model_enter(struct jl_machine *m, const uint8_t *entry);
/* C goes back to the access that faulted. */
void jl_model_resume(struct jl_machine *m);
/* The code came back, perhaps by a fault. */
void jl_model_left(struct jl_machine *m, bool fault);
/* A slow call ends, by the thunk that keeps vector registers or by the other one: back into the code or out of it. */
void jl_model_slow(struct jl_machine *m, bool vectors, bool leaves);
/* Adds what another machine's model counted. */
void jl_model_absorb(struct jl_machine *m, const struct jl_machine *from);
/* Called by the code when the buffer is full. */
void jl_model_full(struct jl_machine *m);

#endif
