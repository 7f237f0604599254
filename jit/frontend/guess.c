/* Where an indirect call will go, guessed when its region is made.
 *
 * The inline-cache strategy may have watched the interpreter and know. Otherwise the straight line in front of the call
 * is followed backwards from the register that holds the target, through moves, sums with constants and loads; what it
 * starts from is read from the guest's registers and memory as they are now. In position-independent code, where every
 * call goes through the global offset table, that is nearly always right; for function pointers in registers it is
 * right as often as the last call's target is the next one's. A wrong guess costs a compare, never correctness:
 * translated code checks it.
 */
#include <string.h>

#include "jit/frontend/region.h"
#include "jit/policy.h"

enum { DEPTH = 4, NO_GUESS = 1 }; /* NO_GUESS: misaligned, so that it is no target */

static uint32_t load_word(const struct jl_machine *m, uint32_t addr) {
    uint64_t word;
    return addr & 3 || !jl_mem_load(m->mem, addr, 4, &word) ? NO_GUESS : (uint32_t)word;
}

static uint32_t guess_before(const struct jl_machine *m, unsigned index, unsigned reg, unsigned depth);

/* What instruction number `index`, which writes the register in question, makes of it. */
static uint32_t guess_result(const struct jl_machine *m, unsigned index, unsigned depth) {
    const struct jl_insn *i = &m->frontend->insn[index];
    uint32_t a;
    switch (i->op) {
    case JL_OP_LUI: return (uint32_t)i->imm << 16;
    case JL_OP_OR:
    case JL_OP_ADDU:
        if (i->rs && i->rt)
            return NO_GUESS;
        return guess_before(m, index, i->rs | i->rt, depth);
    case JL_OP_ADDIU: a = guess_before(m, index, i->rs, depth); return a == NO_GUESS ? a : a + (uint32_t)i->imm;
    case JL_OP_LW:
        a = guess_before(m, index, i->rs, depth);
        return a == NO_GUESS ? a : load_word(m, a + (uint32_t)i->imm);
    default: return NO_GUESS;
    }
}

/* What the register holds before instruction number `index` of the straight line being decoded. */
static uint32_t guess_before(const struct jl_machine *m, unsigned index, unsigned reg, unsigned depth) {
    const struct jl_frontend *f = m->frontend;
    if (!reg)
        return 0;
    if (!depth)
        return NO_GUESS;
    uint32_t pc = f->insn_pc[index];
    unsigned context = f->insn_context[index];
    for (unsigned i = index; i-- > 0;) {
        pc -= 4;
        if (f->insn_pc[i] != pc || f->insn_context[i] != context || jl_insn_is_branch(&f->insn[i]))
            break;
        if (jl_varset_has(jl_insn_writes(&f->insn[i], m->cpu.mode), JL_VAR_GPR + reg))
            return guess_result(m, i, depth - 1);
    }
    return (uint32_t)m->cpu.var[JL_VAR_GPR + reg];
}

void jl_fe_guess_targets(const struct jl_machine *m, unsigned index, struct jl_fe_call *call) {
    const struct jl_frontend *f = m->frontend;
    const struct jl_inline_cache_ops *ops = JL_OPS(m, INLINE_CACHE, jl_inline_cache_ops);
    uint32_t guess = guess_before(m, index, f->insn[index].rs, DEPTH);
    call->target[0] = guess & 3 ? 0 : guess;
    call->count = call->target[0] != 0;
    if (ops->targets)
        call->count = (uint8_t)ops->targets(m, f->insn_pc[index], call->target[0], call->target);
}
