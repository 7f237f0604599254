/* Loads and stores taken apart, for the interpreter's slow path and for whoever finishes an access in its place. */
#include "jit/interp/interp.h"

void jl_interp_skip(struct jl_cpu *cpu) {
    cpu->pc = cpu->exit_bd ? cpu->exit_target : cpu->pc + 4;
    jl_slice_add(cpu, cpu->exit_bd ? -2 : -1);
    cpu->exit_bd = 0;
}

/* Whether the register field of an FPU access names a register under FR; see jit/interp/fpu64.c. */
static bool wide_fpu_register(const struct jl_cpu *cpu, unsigned r) {
    return cpu->mode & (JL_MODE_FR | JL_MODE_VR4300) || !(r & 1);
}

/* Bytes from the least significant one of its aligned unit to addr. */
static unsigned place(const struct jl_cpu *cpu, const struct jl_guest_access *a) {
    unsigned low = (unsigned)a->addr & (a->size - 1u);
    bool big = cpu->mem->big_endian != !!(cpu->mode & JL_MODE_REVERSED);
    return big ? a->size - 1u - low : low;
}

static uint64_t ones(unsigned bytes) {
    return bytes >= 8 ? ~0ull : (1ull << (8 * bytes)) - 1;
}

static bool is_left(const struct jl_guest_access *a) {
    unsigned op = a->insn.op;
    return op == JL_OP_LWL || op == JL_OP_LDL || op == JL_OP_SWL || op == JL_OP_SDL;
}

/* The kind of access: size, and whether it is signed. */
static bool kind_of(const struct jl_cpu *cpu, struct jl_guest_access *a) {
    unsigned rt = a->insn.rt;
    switch (a->insn.op) {
    case JL_OP_LB:
    case JL_OP_LBU:
    case JL_OP_SB: a->size = 1; return true;
    case JL_OP_LH:
    case JL_OP_LHU:
    case JL_OP_SH: a->size = 2; return true;
    case JL_OP_LW:
    case JL_OP_LWU:
    case JL_OP_SW: a->size = 4; return true;
    case JL_OP_LD:
    case JL_OP_SD: a->size = 8; return true;
    case JL_OP_LWL:
    case JL_OP_LWR:
    case JL_OP_SWL:
    case JL_OP_SWR: a->size = 4, a->part = true; return true;
    case JL_OP_LDL:
    case JL_OP_LDR:
    case JL_OP_SDL:
    case JL_OP_SDR: a->size = 8, a->part = true; return true;
    case JL_OP_LL:
    case JL_OP_SC: a->size = 4, a->linked = true; return true;
    case JL_OP_LLD:
    case JL_OP_SCD: a->size = 8, a->linked = true; return true;
    case JL_OP_LWC1:
    case JL_OP_SWC1: a->size = 4; return !(cpu->mode & JL_MODE_NO_FPU);
    case JL_OP_LDC1:
    case JL_OP_SDC1: a->size = 8; return !(cpu->mode & JL_MODE_NO_FPU) && wide_fpu_register(cpu, rt);
    default: return false;
    }
}

static uint64_t stored(const struct jl_cpu *cpu, const struct jl_guest_access *a) {
    switch (a->insn.op) {
    case JL_OP_SWC1: return jl_fpr32(cpu, a->insn.rt);
    case JL_OP_SDC1: return jl_fpr64(cpu, a->insn.rt);
    default: return cpu->var[a->insn.rt];
    }
}

static void describe_store(const struct jl_cpu *cpu, struct jl_guest_access *a) {
    uint64_t v = stored(cpu, a);
    unsigned n = place(cpu, a);
    a->mask = ones(a->size);
    if (a->part && is_left(a)) { /* the register's upper bytes, into the unit's lower ones */
        a->mask = ones(n + 1);
        v = (v & ones(a->size)) >> 8 * (a->size - 1u - n);
    } else if (a->part) {
        a->mask &= ~ones(n);
        v <<= 8 * n;
    }
    a->value = v & a->mask;
}

bool jl_interp_describe(const struct jl_cpu *cpu, const struct jl_insn *i, struct jl_guest_access *a) {
    *a = (struct jl_guest_access){.insn = *i, .addr = cpu->var[i->rs] + (uint64_t)(int64_t)i->imm};
    if (!kind_of(cpu, a))
        return false;
    a->store = jl_insn_info[i->op].klass == JL_CLASS_STORE;
    if (a->store)
        describe_store(cpu, a);
    return true;
}

bool jl_interp_access(const struct jl_cpu *cpu, struct jl_guest_access *access) {
    struct jl_insn insn;
    jl_decode(cpu->exit_word, cpu->isa, &insn);
    return jl_interp_describe(cpu, &insn, access);
}

/* LWL and family: unit's bytes up to addr go to the top of the register, or those from it on to the bottom. LWR leaves
 * the upper half alone unless it has the word's sign bit. */
static uint64_t merged(const struct jl_cpu *cpu, const struct jl_guest_access *a, uint64_t unit) {
    uint64_t old = cpu->var[a->insn.rt], mask, v;
    unsigned n = place(cpu, a), rest = a->size - 1u - n;
    if (is_left(a)) {
        mask = ones(a->size) & ~ones(rest);
        v = unit << 8 * rest;
    } else {
        mask = ones(a->size - n);
        v = (unit & ones(a->size)) >> 8 * n;
    }
    v = (old & ~mask) | (v & mask);
    if (a->size == 8)
        return v;
    return mask >> 31 & 1 ? jl_sign_extended(v) : (old & ~(uint64_t)0xffffffff) | (uint32_t)v;
}

static uint64_t extended(const struct jl_cpu *cpu, const struct jl_guest_access *a, uint64_t v) {
    switch (a->insn.op) {
    case JL_OP_LB: return (uint64_t)(int64_t)(int8_t)v;
    case JL_OP_LBU: return (uint8_t)v;
    case JL_OP_LH: return (uint64_t)(int64_t)(int16_t)v;
    case JL_OP_LHU: return (uint16_t)v;
    case JL_OP_LWU: return (uint32_t)v;
    case JL_OP_LW:
    case JL_OP_LL: return jl_sign_extended(v);
    default: return a->part ? merged(cpu, a, v) : v;
    }
}

static void note_link(struct jl_cpu *cpu, const struct jl_guest_access *a, uint64_t value) {
    cpu->ll_valid = !a->store;
    if (a->store) /* SC leaves LL's address for who asks (COP0's LLAddr) */
        return;
    cpu->ll_addr = (uint32_t)a->addr;
    cpu->ll_value = value;
}

void jl_interp_loaded(struct jl_cpu *cpu, const struct jl_guest_access *a, uint64_t value) {
    unsigned rt = a->insn.rt;
    if (a->store && !a->linked)
        return;
    if (a->linked)
        note_link(cpu, a, value);
    if (a->insn.op == JL_OP_LWC1)
        jl_fpr_put32(cpu, rt, (uint32_t)value);
    else if (a->insn.op == JL_OP_LDC1)
        jl_fpr_set64(cpu, rt, value);
    else if (rt)
        cpu->var[rt] = extended(cpu, a, value);
}
