/* The memory strategies' slow paths: accesses from C, the guest's devices included.
 *
 * A device's access sees the time of its own instruction: what translated code has charged of the block from there on
 * is taken back while it runs. When the run has to end behind it, or what translated code was running has gone, the
 * region is left in front of the access with the access done: the interpreter executes the instruction and finds it so
 * (cpu->access_done).
 */
#include "jit/runtime/machine.h"

bool jl_plain_access(const struct jl_mem *mem, uint32_t addr, unsigned size, bool store) {
    unsigned need = store ? JL_PAGE_W : JL_PAGE_R, not_with = store ? JL_PAGE_CODE | JL_PAGE_GUARD : 0;
    uint32_t last = addr + size - 1;
    return last >= addr && (jl_page_flags(mem, addr) & (need | not_with)) == need &&
           (jl_page_flags(mem, last) & (need | not_with)) == need;
}

static uint64_t leave(struct jl_cpu *cpu) {
    cpu->exit = JL_EXIT_INTERP; /* which raises the guest's fault */
    return 0;
}

/* The guest's own memory, or NULL. In lockstep the interpreter asks it, as it can once only. */
static const struct jl_guest_memory *guest_of(const struct jl_machine *m) {
    return m->tools.check ? NULL : m->mem->guest;
}

/* Where the guest's tables put an access, when memory has that without more ado. */
static bool found(const struct jl_machine *m, uint32_t addr, unsigned size, bool store, uint32_t *at) {
    const struct jl_guest_memory *g = guest_of(m);
    return g && (addr & (JL_PAGE - 1)) + size <= JL_PAGE && g->find(g->ctx, addr, store, at) &&
           jl_plain_access(m->mem, *at, size, store);
}

/* False: the region has to be left, be it that the access was done. */
static bool device(struct jl_machine *m, uint32_t addr, unsigned size, bool store, uint64_t *v) {
    const struct jl_guest_memory *g = guest_of(m);
    struct jl_cpu *cpu = &m->cpu;
    if (!g)
        return false;
    jl_slice_add(cpu, m->slow_uncharged);
    bool done = store ? g->store(g->ctx, addr, size, *v) : g->load(g->ctx, addr, size, v);
    jl_slice_add(cpu, -(int64_t)m->slow_uncharged);
    if (!done || (!cpu->interrupt && !m->slow_region->dead))
        return done;
    cpu->access_done = 1;
    cpu->access_value = *v;
    return false;
}

int32_t jl_access_how(const struct jl_access *a) {
    return a->size | (a->flags & JL_IRF_SIGNED ? JL_HOW_SIGNED : 0) | (a->exact ? JL_HOW_EXACT : 0);
}

uint64_t jl_slow_load(struct jl_cpu *cpu, uint64_t address, uint64_t how) {
    struct jl_machine *m = cpu->owner;
    uint32_t addr = (uint32_t)address, at;
    unsigned size = how & JL_HOW_SIZE;
    uint64_t v = 0;
    m->counters.memory_slow_calls++;
    if (!jl_mem_load(m->mem, addr, size, &v) &&
        !(found(m, addr, size, false, &at) && jl_mem_load(m->mem, at, size, &v)) &&
        !(how & JL_HOW_EXACT && device(m, addr, size, false, &v)))
        return leave(cpu);
    return how & JL_HOW_SIGNED ? jl_sign_extend(v, size) : v;
}

/* A store into translated code is the interpreter's: the region must be left behind it. */
static uint64_t store(struct jl_cpu *cpu, uint32_t addr, uint64_t v, unsigned size, bool exact) {
    struct jl_machine *m = cpu->owner;
    uint32_t at;
    m->counters.memory_slow_calls++;
    if (!(jl_plain_access(m->mem, addr, size, true) && jl_mem_store(m->mem, addr, size, v)) &&
        !(found(m, addr, size, true, &at) && jl_mem_store(m->mem, at, size, v)) &&
        !(exact && device(m, addr, size, true, &v)))
        return leave(cpu);
    return 0;
}

#define STORE(size, exact)                                                                                             \
    static uint64_t store##size##exact(struct jl_cpu *cpu, uint64_t addr, uint64_t v) {                                \
        return store(cpu, (uint32_t)addr, v, size, exact);                                                             \
    }
STORE(1, 0)
STORE(2, 0)
STORE(4, 0)
STORE(8, 0)
STORE(1, 1)
STORE(2, 1)
STORE(4, 1)
STORE(8, 1)

void *jl_slow_store(const struct jl_access *a) {
    static uint64_t (*const fn[2][4])(struct jl_cpu *, uint64_t, uint64_t) = {
        {store10, store20, store40, store80},
        {store11, store21, store41, store81},
    };
    return (void *)fn[a->exact][__builtin_ctz(a->size)];
}

void jl_machine_remapped(struct jl_machine *m) {
    const struct jl_memory_ops *ops = JL_OPS(m, MEMORY, jl_memory_ops);
    if (ops->remapped)
        ops->remapped(m);
}
