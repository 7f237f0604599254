/* The memory strategies' slow paths: accesses from C, the guest's devices included.
 *
 * A device's access sees the time of its own instruction: what translated code has charged of the block from there on
 * is taken back while it runs. When the run has to end behind it, or what translated code was running has gone, the
 * region is left in front of the access with the access done: the interpreter executes the instruction and finds it so
 * (cpu->access_done).
 */
#include "jit/runtime/beside.h"
#include "jit/runtime/devices.h"

static bool is_plain(unsigned flags, bool store) {
    return store ? (flags & (JL_PAGE_W | JL_PAGE_CODE | JL_PAGE_GUARD)) == JL_PAGE_W : flags & JL_PAGE_R;
}

bool jl_plain_access(const struct jl_mem *mem, uint32_t addr, unsigned size, bool store) {
    uint32_t last = addr + size - 1;
    return last >= addr && is_plain(jl_page_flags(mem, addr), store) && is_plain(jl_page_flags(mem, last), store);
}

static uint64_t leave(struct jl_cpu *cpu) {
    cpu->exit = JL_EXIT_INTERP; /* which raises the guest's fault */
    return 0;
}

/* The guest's own memory, or NULL. In lockstep the interpreter asks it, as it can once only; and so it does at
 * addresses where those come out that are no 32-bit ones. */
static const struct jl_guest_memory *guest_of(const struct jl_machine *m, uint32_t addr) {
    bool wide = m->cpu.mode & JL_MODE_64 && addr - JL_MEM_WIDE_GUARD < JL_MEM_WIDE_GUARD_BYTES;
    return m->tools.check || wide ? NULL : m->mem->guest;
}

struct jl_guest_place jl_guest_look(const struct jl_machine *m, uint32_t addr, unsigned size, bool store) {
    const struct jl_guest_memory *g = guest_of(m, addr);
    struct jl_guest_place place = {JL_GUEST_ELSEWHERE, addr, 0};
    if (g && (addr & (JL_PAGE - 1)) + size <= JL_PAGE)
        place.found = g->find(g->ctx, addr, store, &place.at);
    if (place.found == JL_GUEST_FOUND && !jl_plain_access(m->mem, place.at, size, store))
        place.found = JL_GUEST_ELSEWHERE;
    return place;
}

/* False: the region has to be left, be it that the access was done. */
static bool device(struct jl_machine *m, uint32_t addr, unsigned size, bool store, uint64_t *v) {
    const struct jl_guest_memory *g = guest_of(m, addr);
    struct jl_cpu *cpu = &m->cpu;
    if (!g)
        return false;
    jl_slice_add(cpu, m->slow_uncharged);
    bool done = store ? g->store(g->ctx, addr, size, *v) : g->load(g->ctx, addr, size, v);
    if (!done) {
        jl_slice_add(cpu, -(int64_t)m->slow_uncharged);
        return false;
    }
    if (size == 4)
        jl_device_note(m, addr, store);
    return jl_device_done(m, *v);
}

bool jl_slow_found(struct jl_machine *m, const struct jl_guest_place *place, unsigned how, bool store, uint64_t *v) {
    unsigned size = how & JL_HOW_SIZE;
    if (place->found == JL_GUEST_REFUSED && how & JL_HOW_EXACT) {
        m->cpu.exit = JL_EXIT_MISS;
        m->cpu.exit_addr = (uint64_t)(int64_t)(int32_t)place->addr;
        m->cpu.exit_code = store;
        return true;
    }
    bool on_one_page = (place->addr & (JL_PAGE - 1)) + size <= JL_PAGE;
    return place->found == JL_GUEST_FOUND && on_one_page &&
           (store ? jl_mem_store(m->mem, place->at, size, *v) : jl_mem_load(m->mem, place->at, size, v));
}

/* An access that memory does not have without more ado. */
static void elsewhere(struct jl_machine *m, uint32_t addr, unsigned how, bool store, uint64_t *v) {
    unsigned size = how & JL_HOW_SIZE;
    struct jl_guest_place place = jl_guest_look(m, addr, size, store);
    if (!jl_slow_found(m, &place, how, store, v) && !(how & JL_HOW_EXACT && device(m, addr, size, store, v)))
        leave(&m->cpu);
}

static const struct jl_device_page *known(const struct jl_machine *m, uint32_t addr, unsigned how, bool store) {
    return (how & (JL_HOW_SIZE | JL_HOW_EXACT)) == (4 | JL_HOW_EXACT) ? jl_device_at(m, addr, store) : NULL;
}

int32_t jl_access_how(const struct jl_access *a) {
    return a->size | (a->flags & JL_IRF_SIGNED ? JL_HOW_SIGNED : 0) | (a->exact ? JL_HOW_EXACT : 0);
}

uint64_t jl_slow_load(struct jl_cpu *cpu, uint64_t address, uint64_t how) {
    struct jl_machine *m = cpu->owner;
    uint32_t addr = (uint32_t)address;
    unsigned size = how & JL_HOW_SIZE;
    uint64_t v = 0;
    m->counters.memory_slow_calls++;
    const struct jl_device_page *d = known(m, addr, (unsigned)how, false);
    if (d && !jl_device_access(m, d, addr, false, &v))
        return leave(cpu);
    if (!d && !jl_mem_load(m->mem, addr, size, &v))
        elsewhere(m, addr, (unsigned)how, false, &v);
    return how & JL_HOW_SIGNED ? jl_sign_extend(v, size) : v;
}

/* A store into translated code is the interpreter's: the region must be left behind it. */
static bool memory_store(struct jl_machine *m, uint32_t addr, unsigned size, uint64_t value) {
    if (jl_plain_access(m->mem, addr, size, true) && jl_mem_store(m->mem, addr, size, value))
        return true;
    return jl_store_beside_code(m, addr, size, value);
}

uint64_t jl_slow_load_filled(struct jl_cpu *cpu, uint64_t addr, uint64_t how, jl_fill *fill) {
    struct jl_machine *m = cpu->owner;
    struct jl_guest_place place = fill(m, (uint32_t)addr, false);
    uint64_t v = 0;
    if (!jl_slow_found(m, &place, (unsigned)how, false, &v))
        return jl_slow_load(cpu, addr, how);
    m->counters.memory_slow_calls++;
    return how & JL_HOW_SIGNED ? jl_sign_extend(v, how & JL_HOW_SIZE) : v;
}

uint64_t jl_slow_store(struct jl_cpu *cpu, uint64_t address, uint64_t value, unsigned how) {
    struct jl_machine *m = cpu->owner;
    uint32_t addr = (uint32_t)address;
    unsigned size = how & JL_HOW_SIZE;
    m->counters.memory_slow_calls++;
    const struct jl_device_page *d = known(m, addr, how, true);
    if (d && !jl_device_access(m, d, addr, true, &value))
        return leave(cpu);
    if (!d && !memory_store(m, addr, size, value))
        elsewhere(m, addr, how, true, &value);
    return 0;
}

uint64_t jl_slow_store_filled(struct jl_cpu *cpu, uint64_t addr, uint64_t value, unsigned how, jl_fill *fill) {
    struct jl_machine *m = cpu->owner;
    struct jl_guest_place place = fill(m, (uint32_t)addr, true);
    if (!jl_slow_found(m, &place, how, true, &value))
        return jl_slow_store(cpu, addr, value, how);
    m->counters.memory_slow_calls++;
    return 0;
}

void jl_lower_one_page(struct jl_builder *b, jl_ref addr, const struct jl_access *a) {
    if (!jl_policy_mem(b->machine)->guest || a->exact || a->size == 1)
        return;
    jl_ref in_page = jl_b_op2(b, JL_IR_AND, JL_I32, addr, jl_b_i32(b, JL_PAGE - 1));
    jl_b_exit_if(b, JL_CC_GTU, in_page, jl_b_i32(b, JL_PAGE - a->size), JL_EXIT_INTERP, 0);
}

void jl_machine_remapped(struct jl_machine *m, uint32_t addr, uint64_t len) {
    const struct jl_memory_ops *ops = JL_OPS(m, MEMORY, jl_memory_ops);
    jl_devices_forget(m, addr, len);
    jl_beside_forget(m);
    if (ops->remapped)
        ops->remapped(m, addr, len);
}

void jl_machine_mapped(struct jl_machine *m, uint32_t addr, uint32_t at, bool writable) {
    const struct jl_memory_ops *ops = JL_OPS(m, MEMORY, jl_memory_ops);
    if (!ops->mapped || !guest_of(m, addr))
        return;
    unsigned flags = jl_page_flags(m->mem, at);
    if (is_plain(flags, false))
        ops->mapped(m, addr, at, writable && is_plain(flags, true));
}
