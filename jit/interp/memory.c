/* Loads and stores of 32-bit processors, the reference's way: alignment first, then permission, then the bytes in guest
 * order. */
#include "jit/interp/interp.h"

/* Misaligned accesses trap unless the mode says that they are fixed up. */
static inline bool misaligned(const struct jl_cpu *cpu, uint32_t addr, unsigned size) {
    return addr & (size - 1) && !(cpu->mode & JL_MODE_ALIGN_FIX);
}

static enum jl_exit fault(struct jl_cpu *cpu, enum jl_exit reason, uint32_t addr, unsigned size, unsigned need) {
    return jl_raise_fault(cpu, reason, addr, jl_mem_ok(cpu->mem, addr, size, need));
}

static inline enum jl_exit load(struct jl_cpu *cpu, uint32_t addr, unsigned size, uint64_t *v) {
    if (misaligned(cpu, addr, size))
        return jl_raise(cpu, JL_EXIT_ADEL, addr, 0);
    if (!jl_mem_load(cpu->mem, addr, size, v))
        return fault(cpu, JL_EXIT_FAULT_LOAD, addr, size, JL_PAGE_R);
    return JL_EXIT_NONE;
}

static inline enum jl_exit store(struct jl_cpu *cpu, uint32_t addr, unsigned size, uint64_t v) {
    if (misaligned(cpu, addr, size))
        return jl_raise(cpu, JL_EXIT_ADES, addr, 0);
    if (!jl_mem_store(cpu->mem, addr, size, v))
        return fault(cpu, JL_EXIT_FAULT_STORE, addr, size, JL_PAGE_W);
    return JL_EXIT_NONE;
}

static enum jl_exit load_gpr(struct jl_cpu *cpu, const struct jl_insn *i, unsigned size, unsigned sign_bits) {
    uint64_t v;
    enum jl_exit r = load(cpu, RS + (uint32_t)i->imm, size, &v);
    if (r == JL_EXIT_NONE)
        jl_set32(cpu, i->rt,
                 sign_bits == 8    ? (uint32_t)(int8_t)v
                 : sign_bits == 16 ? (uint32_t)(int16_t)v
                                   : (uint32_t)v);
    return r;
}

/* The place of addr in its aligned word, counted from the least significant byte. */
static unsigned place(const struct jl_cpu *cpu, uint32_t addr) {
    return cpu->mem->big_endian ? 3 - (addr & 3) : addr & 3;
}

/* Part of the aligned word around addr, as significant bytes count. */
enum jl_exit jl_interp_load_part(struct jl_cpu *cpu, const struct jl_insn *i, bool left) {
    uint32_t addr = RS + (uint32_t)i->imm, n = place(cpu, addr), old = RT, word;
    if (!jl_page_has(cpu->mem, addr, JL_PAGE_R) || !jl_read32(cpu, addr & ~3u, &word))
        return fault(cpu, JL_EXIT_FAULT_LOAD, addr, 1, JL_PAGE_R);
    if (left)
        jl_set32(cpu, i->rt, word << (24 - 8 * n) | (old & (0x00ffffffu >> (8 * n))));
    else
        jl_set32(cpu, i->rt, word >> (8 * n) | (old & (0xffffff00u << (24 - 8 * n))));
    return JL_EXIT_NONE;
}

enum jl_exit jl_interp_store_part(struct jl_cpu *cpu, const struct jl_insn *i, bool left) {
    uint32_t addr = RS + (uint32_t)i->imm, n = place(cpu, addr), v = RT, old;
    if (!jl_page_has(cpu->mem, addr, JL_PAGE_W) || !jl_read32(cpu, addr & ~3u, &old))
        return fault(cpu, JL_EXIT_FAULT_STORE, addr, 1, JL_PAGE_W);
    if (left)
        v = v >> (24 - 8 * n) | (n == 3 ? 0 : old & (0xffffff00u << (8 * n)));
    else
        v = v << (8 * n) | (n == 0 ? 0 : old & (0x00ffffffu >> (24 - 8 * n)));
    bool done = jl_is_plain(cpu, addr & ~3u, 4, JL_PAGE_W) ? jl_write32(cpu, addr & ~3u, v)
                                                           : jl_mem_store(cpu->mem, addr & ~3u, 4, v);
    return done ? JL_EXIT_NONE : fault(cpu, JL_EXIT_FAULT_STORE, addr, 1, JL_PAGE_W);
}

static enum jl_exit load_linked(struct jl_cpu *cpu, const struct jl_insn *i) {
    uint32_t addr = RS + (uint32_t)i->imm;
    uint64_t v;
    if (addr & 3)
        return jl_raise(cpu, JL_EXIT_ADEL, addr, 0);
    enum jl_exit r = load(cpu, addr, 4, &v);
    if (r != JL_EXIT_NONE)
        return r;
    cpu->ll_valid = 1;
    cpu->ll_addr = addr;
    cpu->ll_value = v;
    jl_set32(cpu, i->rt, (uint32_t)v);
    return JL_EXIT_NONE;
}

static enum jl_exit store_conditional(struct jl_cpu *cpu, const struct jl_insn *i) {
    uint32_t addr = RS + (uint32_t)i->imm;
    if (addr & 3)
        return jl_raise(cpu, JL_EXIT_ADES, addr, 0);
    if (!jl_mem_ok(cpu->mem, addr, 4, JL_PAGE_R | JL_PAGE_W))
        return jl_raise_fault(cpu, JL_EXIT_FAULT_STORE, addr, false);
    /* another processor's write is noticed by the value it left */
    bool ok = cpu->ll_valid && cpu->ll_addr == addr;
    if (ok && !jl_mem_swap32(cpu->mem, addr, (uint32_t)cpu->ll_value, RT, &ok))
        return jl_raise_fault(cpu, JL_EXIT_FAULT_STORE, addr, true);
    cpu->ll_valid = 0;
    jl_set32(cpu, i->rt, ok);
    return JL_EXIT_NONE;
}

/* ---- FPU ---- */

static bool odd_double(const struct jl_cpu *cpu, unsigned r) {
    return !(cpu->mode & JL_MODE_FR) && r & 1;
}

static enum jl_exit load_fpu(struct jl_cpu *cpu, unsigned r, uint32_t addr, unsigned size) {
    uint64_t v;
    if (size == 8 && odd_double(cpu, r))
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    enum jl_exit e = load(cpu, addr, size, &v);
    if (e != JL_EXIT_NONE)
        return e;
    if (size == 8)
        jl_fpr_set64(cpu, r, v);
    else
        jl_fpr_set32(cpu, r, (uint32_t)v);
    return JL_EXIT_NONE;
}

static enum jl_exit store_fpu(struct jl_cpu *cpu, unsigned r, uint32_t addr, unsigned size) {
    if (size == 8 && odd_double(cpu, r))
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    return store(cpu, addr, size, size == 8 ? jl_fpr64(cpu, r) : jl_fpr32(cpu, r));
}

enum jl_exit jl_interp_memory(struct jl_cpu *cpu, const struct jl_insn *i) {
    uint32_t addr = RS + (uint32_t)i->imm, indexed = RS + RT;
    bool unaligned_form = i->op == JL_OP_LUXC1 || i->op == JL_OP_SUXC1;
    if (unaligned_form && !(cpu->mode & JL_MODE_FR)) /* unpredictable; reserved, as QEMU has it */
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    switch (i->op) {
    case JL_OP_LB: return load_gpr(cpu, i, 1, 8);
    case JL_OP_LBU: return load_gpr(cpu, i, 1, 0);
    case JL_OP_LH: return load_gpr(cpu, i, 2, 16);
    case JL_OP_LHU: return load_gpr(cpu, i, 2, 0);
    case JL_OP_LW: return load_gpr(cpu, i, 4, 0);
    case JL_OP_SB: return store(cpu, addr, 1, RT);
    case JL_OP_SH: return store(cpu, addr, 2, RT);
    case JL_OP_SW: return store(cpu, addr, 4, RT);
    case JL_OP_LL: return load_linked(cpu, i);
    case JL_OP_SC: return store_conditional(cpu, i);
    case JL_OP_LWC1: return load_fpu(cpu, i->rt, addr, 4);
    case JL_OP_LDC1: return load_fpu(cpu, i->rt, addr, 8);
    case JL_OP_SWC1: return store_fpu(cpu, i->rt, addr, 4);
    case JL_OP_SDC1: return store_fpu(cpu, i->rt, addr, 8);
    case JL_OP_LWXC1: return load_fpu(cpu, i->sa, indexed, 4);
    case JL_OP_LDXC1: return load_fpu(cpu, i->sa, indexed, 8);
    case JL_OP_LUXC1: return load_fpu(cpu, i->sa, indexed & ~7u, 8);
    case JL_OP_SWXC1: return store_fpu(cpu, i->rd, indexed, 4);
    case JL_OP_SDXC1: return store_fpu(cpu, i->rd, indexed, 8);
    case JL_OP_SUXC1: return store_fpu(cpu, i->rd, indexed & ~7u, 8);
    default: return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    }
}
