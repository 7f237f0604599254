/* What both widths of the interpreter share. JL_WIDE is 0 (interp.c) or 1 (interp64.c). */
#ifndef JL_INTERP_WIDTH_H
#define JL_INTERP_WIDTH_H

#include "jit/fpu/host.h"
#include "jit/interp/cache.h"

#if JL_WIDE
typedef uint64_t uword; /* an integer register, an address */
typedef int64_t sword;
#else
typedef uint32_t uword;
typedef int32_t sword;
#endif

static inline bool add_overflows(uint32_t a, uint32_t b) {
    int32_t r;
    return __builtin_add_overflow((int32_t)a, (int32_t)b, &r);
}
static inline bool sub_overflows(uint32_t a, uint32_t b) {
    int32_t r;
    return __builtin_sub_overflow((int32_t)a, (int32_t)b, &r);
}

static inline uint32_t rotate(uint32_t v, unsigned n) {
    return v >> (n & 31) | v << (-n & 31);
}

static inline uint32_t ones(unsigned n) {
    return n >= 32 ? ~0u : (1u << n) - 1;
}

static enum jl_exit read_hardware(struct jl_cpu *cpu, const struct jl_insn *i) {
    uword v;
    switch (i->rd) {
    case 0: v = 0; break;
    case 1: v = 32; break;
    case 2: v = (uint32_t)((cpu->tick_base - (uint64_t)cpu->slice) / 2); break;
    case 3: v = 2; break;
    case 29: v = (uword)cpu->userlocal; break;
    default: return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    }
    if (i->rt)
        cpu->var[i->rt] = v;
    return JL_EXIT_NONE;
}

static void sync_instruction_line(struct jl_cpu *cpu, uint32_t addr) {
    addr &= ~31u;
    if (jl_page_has(cpu->mem, addr, JL_PAGE_R))
        jl_mem_code_sync(cpu->mem, addr, 32);
}

/* Nothing exceptional has happened, and that is the whole Cause. */
static inline void no_cause(struct jl_cpu *cpu, struct jl_fpu_pending *p) {
    p->have = 0;
    cpu->fcsr &= ~(0x3fu << JL_FCSR_CAUSE_SHIFT);
}

static inline double number(enum jl_fpu_fmt fmt, uint64_t v) {
    return fmt == JL_FPU_S ? (double)jl_as_float(v) : jl_as_double(v);
}

/* One host instruction, as in translated code: a signal handler may take from the slice too (jl_machine_interrupt). */
static inline void retire(struct jl_cpu *cpu, int64_t count) {
    __asm__ volatile("subq %1, %0" : "+m"(cpu->slice) : "r"(count) : "cc");
}

/* The first look at a page, behind which its words are simply read. */
static inline bool may_fetch(const struct jl_cpu *cpu, uint32_t pc) {
    uint32_t word;
    return jl_page_flags(cpu->mem, pc) & (JL_PAGE_R | JL_PAGE_X) && jl_try_load32(cpu->mem->base + pc, &word);
}

static enum jl_exit fetch_fault(struct jl_cpu *cpu, uword pc) {
#if JL_WIDE
    if (pc != jl_sign_extended(pc))
        return jl_raise(cpu, JL_EXIT_FAULT_FETCH, pc, JL_FAULT_WIDE);
#endif
    return jl_raise_fault(cpu, JL_EXIT_FAULT_FETCH, pc,
                          jl_page_flags(cpu->mem, (uint32_t)pc) & (JL_PAGE_R | JL_PAGE_X));
}

#endif
