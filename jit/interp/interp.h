/* Parts of the interpreter, by instruction class; see loop.h. */
#ifndef JL_INTERP_INTERNAL_H
#define JL_INTERP_INTERNAL_H

#include "jit/access.h"
#include "jit/fpu.h"
#include "jit/interp.h"
#include "jit/mem.h"

#define RS jl_gpr32(cpu, i->rs)
#define RT jl_gpr32(cpu, i->rt)

static inline uint64_t jl_sign_extended(uint64_t v) {
    return (uint64_t)(int64_t)(int32_t)v;
}

static inline void jl_set32(struct jl_cpu *cpu, unsigned r, uint32_t v) {
    if (r)
        cpu->var[r] = v;
}

/* An exit for the guest; the instruction has had no effect. */
static inline enum jl_exit jl_raise(struct jl_cpu *cpu, enum jl_exit reason, uint64_t addr, uint32_t code) {
    cpu->exit_addr = addr;
    cpu->exit_code = code;
    return reason;
}

/* A load, store or fetch that cannot be done; permitted: the page's flags allowed it, and the host did not. */
static inline enum jl_exit jl_raise_fault(struct jl_cpu *cpu, enum jl_exit reason, uint64_t addr, bool permitted) {
    return jl_raise(cpu, reason, addr, permitted ? JL_FAULT_BEYOND : JL_FAULT_PAGE);
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

/* MTC1 and LWC1 with JL_MODE_64: the half that is not written stays. */
static inline void jl_fpr_put32(struct jl_cpu *cpu, unsigned r, uint32_t v) {
    uint32_t half = cpu->fpr_half;
    jl_fpr_set32(cpu, r, v);
    cpu->fpr_half = half;
}

/* Aligned and permitted, and no code to be watched there; everything else is jl_interp_memory's, as is what the host
 * refuses. */
static inline bool jl_is_plain(const struct jl_cpu *cpu, uint32_t addr, unsigned size, unsigned need) {
    unsigned watched = need == JL_PAGE_W ? JL_PAGE_CODE : 0;
    return !(addr & (size - 1)) && (cpu->mem->page[addr >> JL_PAGE_SHIFT] & (need | watched)) == need;
}

/* Words in the host's order are for 64-bit processors. */
#if defined(JL_WIDE) && !JL_WIDE
#define SPOT(addr, size) (addr)
#define EXCHANGED(bits, v) (v)
#else
#define SPOT(addr, size) jl_mem_spot(cpu->mem, addr, size)
#define EXCHANGED(bits, v) ((bits) == 64 && cpu->mem->flip ? (__typeof__(v))jl_mem_exchange(v) : (v))
#endif

/* In the guest's byte order; false when the host refuses (jit/access.h). */
#define DEFINE_ACCESS(bits)                                                                                            \
    static inline bool jl_read##bits(const struct jl_cpu *cpu, uint32_t addr, uint##bits##_t *v) {                     \
        if (!jl_try_load##bits(cpu->mem->base + SPOT(addr, bits / 8), v))                                              \
            return false;                                                                                              \
        *v = cpu->mem->swap_words ? __builtin_bswap##bits(*v) : EXCHANGED(bits, *v);                                   \
        return true;                                                                                                   \
    }                                                                                                                  \
    static inline bool jl_write##bits(const struct jl_cpu *cpu, uint32_t addr, uint##bits##_t v) {                     \
        return jl_try_store##bits(cpu->mem->base + SPOT(addr, bits / 8),                                               \
                                  cpu->mem->swap_words ? __builtin_bswap##bits(v) : EXCHANGED(bits, v));               \
    }
#define __builtin_bswap8(v) (v)
DEFINE_ACCESS(8)
DEFINE_ACCESS(16)
DEFINE_ACCESS(32)
DEFINE_ACCESS(64)

/* All other loads and stores, also the common ones when they are not plain; FPU instructions. */
enum jl_exit jl_interp_memory(struct jl_cpu *cpu, const struct jl_insn *i);
enum jl_exit jl_interp_fpu(struct jl_cpu *cpu, const struct jl_insn *i);

/* The same for JL_MODE_64: jl_interp_run's loop, until cpu->slice is at end, and what it leaves out. */
enum jl_exit jl_interp_run64(struct jl_cpu *cpu, struct jl_interp_cache *cache, int64_t end);
enum jl_exit jl_interp_memory64(struct jl_cpu *cpu, const struct jl_insn *i);
enum jl_exit jl_interp_fpu64(struct jl_cpu *cpu, const struct jl_insn *i);

/* Takes a load or store apart; false for other instructions and those that the FPU's mode refuses. */
bool jl_interp_describe(const struct jl_cpu *cpu, const struct jl_insn *i, struct jl_guest_access *a);

#endif
