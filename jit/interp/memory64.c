/* Loads and stores of 64-bit processors, the reference's way: alignment first, then the address, then permission. */
#include "jit/interp/interp.h"

static enum jl_exit refused(struct jl_cpu *cpu, const struct jl_guest_access *a, bool permitted) {
    return jl_raise_fault(cpu, a->store ? JL_EXIT_FAULT_STORE : JL_EXIT_FAULT_LOAD, a->addr, permitted);
}

/* Accesses of the guest's devices, or those that it did for translated code, which left to have it counted here. */
static bool guest_loads(struct jl_cpu *cpu, const struct jl_guest_access *a, uint64_t *v) {
    const struct jl_guest_memory *g = cpu->mem->guest;
    bool done = cpu->access_done;
    cpu->access_done = 0;
    *v = cpu->access_value;
    return done || (g && !a->part && !a->linked && g->load(g->ctx, (uint32_t)a->addr, a->size, v));
}

static bool guest_stores(struct jl_cpu *cpu, const struct jl_guest_access *a) {
    const struct jl_guest_memory *g = cpu->mem->guest;
    bool done = cpu->access_done;
    cpu->access_done = 0;
    uint64_t value = a->size < 4 ? cpu->var[JL_VAR_GPR + a->insn.rt] : a->value;
    return done || (g && !a->part && g->store(g->ctx, (uint32_t)a->addr, a->size, value));
}

static enum jl_exit load(struct jl_cpu *cpu, const struct jl_guest_access *a, uint32_t unit) {
    uint64_t v;
    if (!jl_mem_load(cpu->mem, unit, a->size, &v) && !guest_loads(cpu, a, &v))
        return refused(cpu, a, jl_mem_ok(cpu->mem, unit, a->size, JL_PAGE_R));
    jl_interp_loaded(cpu, a, v);
    return JL_EXIT_NONE;
}

static bool read_unit(const struct jl_cpu *cpu, const struct jl_guest_access *a, uint32_t unit, uint64_t *v) {
    uint32_t word;
    if (a->size == 8)
        return jl_read64(cpu, unit, v);
    bool ok = jl_read32(cpu, unit, &word);
    *v = word;
    return ok;
}

static enum jl_exit store(struct jl_cpu *cpu, const struct jl_guest_access *a, uint32_t unit) {
    uint64_t v = a->value, old;
    if (!jl_mem_ok(cpu->mem, unit, a->size, JL_PAGE_W) && guest_stores(cpu, a))
        return JL_EXIT_NONE;
    if (!jl_mem_ok(cpu->mem, unit, a->size, JL_PAGE_W))
        return refused(cpu, a, false);
    if (a->part) {
        if (!read_unit(cpu, a, unit, &old))
            return refused(cpu, a, true);
        v |= old & ~a->mask;
    }
    return jl_mem_store(cpu->mem, unit, a->size, v) ? JL_EXIT_NONE : refused(cpu, a, true);
}

/* The VR4300 has one bit that LL sets, and looks at nothing else; elsewhere the address and what stands there must be
 * LL's. A 64-bit guest has one processor, so nobody comes between the look and the store. */
static bool still_linked(const struct jl_cpu *cpu, const struct jl_guest_access *a) {
    uint64_t now;
    if (!cpu->ll_valid || cpu->mode & JL_MODE_VR4300)
        return cpu->ll_valid;
    return cpu->ll_addr == (uint32_t)a->addr && jl_mem_load(cpu->mem, (uint32_t)a->addr, a->size, &now) &&
           now == cpu->ll_value;
}

static enum jl_exit store_conditional(struct jl_cpu *cpu, const struct jl_guest_access *a) {
    if (!jl_mem_ok(cpu->mem, (uint32_t)a->addr, a->size, JL_PAGE_R | JL_PAGE_W))
        return refused(cpu, a, false);
    bool linked = still_linked(cpu, a);
    enum jl_exit r = linked ? store(cpu, a, (uint32_t)a->addr) : JL_EXIT_NONE;
    if (r == JL_EXIT_NONE)
        jl_interp_loaded(cpu, a, linked);
    return r;
}

enum jl_exit jl_interp_memory64(struct jl_cpu *cpu, const struct jl_insn *i) {
    struct jl_guest_access a;
    if (!jl_interp_describe(cpu, i, &a))
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    bool fixed = a.part || (cpu->mode & JL_MODE_ALIGN_FIX && !a.linked);
    enum jl_exit misplaced = a.store ? JL_EXIT_ADES : JL_EXIT_ADEL;
    if (!fixed && a.addr & (a.size - 1u))
        return jl_raise(cpu, misplaced, a.addr, 0);
    if (a.addr != jl_sign_extended(a.addr))
        return jl_raise(cpu, misplaced, a.addr, JL_FAULT_WIDE);
    if (a.store && a.linked)
        return store_conditional(cpu, &a);
    uint32_t unit = (uint32_t)a.addr & (a.part ? -(uint32_t)a.size : ~0u);
    return a.store ? store(cpu, &a, unit) : load(cpu, &a, unit);
}
