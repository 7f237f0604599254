/* Registers that are constant at a point of a version's code: what instructions make of them, and which of them matter.
 */
#ifndef JL_FRONTEND_CONSTANTS_H
#define JL_FRONTEND_CONSTANTS_H

#include "jit/frontend/frontend.h"

/* All vars that a state has something to say of. */
#define JL_FE_STATE_MASK ((((uint64_t)1 << JL_FE_STATE_VARS) - 1) & ~(uint64_t)1)

static inline bool jl_fe_has(const struct jl_fe_state *s, unsigned var) {
    return s->known >> var & 1;
}
/* The value of a var that is constant in s; $0 always is. */
static inline uint32_t jl_fe_value_of(const struct jl_fe_state *s, unsigned var) {
    return var ? s->value[var] : 0;
}
void jl_fe_set_constant(struct jl_fe_state *s, unsigned var, uint32_t value);
/* Whether all that is constant in `general` is so in s, with the same values. */
bool jl_fe_implies(const struct jl_fe_state *s, const struct jl_fe_state *general);
/* Leaves in s what is the same in both. */
void jl_fe_meet(struct jl_fe_state *s, const struct jl_fe_state *other);
/* Takes s behind instruction i at pc, which is no branch. */
void jl_fe_step(struct jl_machine *m, struct jl_fe_state *s, const struct jl_insn *i, uint32_t pc);
/* Whether constants decide the conditional branch i, and how. */
bool jl_fe_decided(const struct jl_machine *m, const struct jl_fe_state *s, const struct jl_insn *i, bool *taken);
/* Vars that code from pc on may read before it writes them. That a value is constant and nobody wants it must not make
 * copies differ; it is not wrong to take one for unwanted that is. depth: of branches behind each other that are looked
 * through. */
uint64_t jl_fe_wanted(struct jl_machine *m, uint32_t pc, unsigned depth);
/* Vars that decide where control goes or what is loaded, in what was walked: those that branches and addresses are made
 * of. A sum that is constant on each way through a loop, and another one on each, is none, and must not make copies of
 * all that comes behind. */
uint64_t jl_fe_deciding(const struct jl_machine *m);

#endif
