/* Parts of the interpreter, by instruction class; see interp.c. */
#ifndef JL_INTERP_INTERNAL_H
#define JL_INTERP_INTERNAL_H

#include "jit/fpu.h"
#include "jit/interp.h"
#include "jit/mem.h"

#define RS jl_gpr32(cpu, i->rs)
#define RT jl_gpr32(cpu, i->rt)

static inline void jl_set32(struct jl_cpu *cpu, unsigned r, uint32_t v) {
    if (r)
        cpu->var[r] = v;
}

/* An exit for the guest; the instruction has had no effect. */
static inline enum jl_exit jl_raise(struct jl_cpu *cpu, enum jl_exit reason, uint32_t addr, uint32_t code) {
    cpu->exit_addr = addr;
    cpu->exit_code = code;
    return reason;
}

/* FPU registers by FR; see jit/cpu.h. fpr_half notes whose upper half a 32-bit write with FR=1 left undefined. */
static inline uint64_t jl_fpr64(const struct jl_cpu *cpu, unsigned r) {
    return cpu->var[JL_VAR_FPR + (cpu->mode & JL_MODE_FR ? r : r & ~1u)];
}
static inline uint32_t jl_fpr32(const struct jl_cpu *cpu, unsigned r) {
    return (uint32_t)(cpu->mode & JL_MODE_FR || !(r & 1) ? jl_fpr64(cpu, r) : jl_fpr64(cpu, r) >> 32);
}
static inline void jl_fpr_set64(struct jl_cpu *cpu, unsigned r, uint64_t v) {
    cpu->var[JL_VAR_FPR + (cpu->mode & JL_MODE_FR ? r : r & ~1u)] = v;
    cpu->fpr_half &= ~(1u << r);
}
static inline void jl_fpr_set32(struct jl_cpu *cpu, unsigned r, uint32_t v) {
    uint64_t *slot = &cpu->var[JL_VAR_FPR + (cpu->mode & JL_MODE_FR ? r : r & ~1u)];
    if (cpu->mode & JL_MODE_FR || !(r & 1))
        *slot = (*slot & ~(uint64_t)0xffffffff) | v;
    else
        *slot = (uint32_t)*slot | (uint64_t)v << 32;
    if (cpu->mode & JL_MODE_FR)
        cpu->fpr_half |= 1u << r;
}

enum jl_exit jl_interp_memory(struct jl_cpu *cpu, const struct jl_insn *i);
enum jl_exit jl_interp_fpu(struct jl_cpu *cpu, const struct jl_insn *i);

#endif
