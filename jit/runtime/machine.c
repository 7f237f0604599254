/* Machines: creation, and the small services that strategies and guests ask of one. */
#include "jit/runtime/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit/frontend/frontend.h"
#include "jit/guest.h"
#include "jit/runtime/beside.h"
#include "jit/runtime/cache.h"
#include "jit/runtime/cells.h"
#include "jit/runtime/check.h"
#include "jit/runtime/devices.h"
#include "jit/runtime/model.h"
#include "jit/runtime/others.h"
#include "jit/runtime/regions.h"
#include "jit/runtime/tools.h"
#include "jit/runtime/versions.h"
#include "jit/x64/asm.h"
#include "jit/x64/compile.h"

/* Guest registers worth a host register between regions, most wanted first (o32 usage), and the host registers they
 * get. */
static const uint8_t pin_order[] = {29, 4, 2, 5, 31, 3, 6, 16, 28, 7, 17};
static const uint8_t pin_regs[] = {JL_R15, JL_R14, JL_R13, JL_R11, JL_R10, JL_R9,
                                   JL_R8,  JL_RCX, JL_RDI, JL_RSI, JL_RBX};

static void choose_pins(struct jl_machine *m) {
    uint8_t *pinned = calloc(JL_VARS, 1);
    if (!pinned)
        abort();
    memset(pinned, 0xff, JL_VARS);
    m->pinned_reg = pinned;
    if (JL_OPS(m, BACKEND, jl_backend_ops)->interprets || !JL_PASS_ON(m, PIN) || !JL_PASS_ON(m, REGALLOC))
        return;
    int64_t n = jl_policy_param(m, JL_AXIS_BACKEND, "pinned");
    for (int64_t i = 0; i < n && i < (int64_t)sizeof pin_order; i++) {
        if (pin_regs[i] == JL_RCX && !jl_host()->bmi2)
            continue;
        pinned[pin_order[i]] = pin_regs[i];
        m->pinned_lo |= (uint64_t)1 << pin_order[i];
        m->pinned_regs |= 1u << pin_regs[i];
    }
}

static bool create_states(struct jl_machine *m) {
    for (unsigned i = 0; i < JL_AXES; i++) {
        const struct jl_policy_life *life = m->config.axis[i].strategy->ops;
        if (life->create && !(m->state[i] = life->create(m)))
            return false;
    }
    return true;
}

static bool create_parts(struct jl_machine *m) {
    m->interp = jl_interp_cache_new();
    if (!m->interp)
        return false;
    if (JL_OPS(m, BACKEND, jl_backend_ops)->interprets)
        return create_states(m);
    m->keep_map = m->tools.dump_host || m->tools.profile || m->tools.jitdump || m->tools.gdb;
    m->ir = jl_ir_new();
    m->emit = jl_emit_new();
    m->frontend = jl_frontend_new();
    m->pages = jl_pages_new();
    if (m->ir)
        m->ir->keep_pc = m->keep_map;
    size_t mib = (size_t)jl_policy_param(m, JL_AXIS_CODE_MEMORY, "size");
    return m->ir && m->emit && m->frontend && m->pages && jl_cache_new(m, mib << 10) && create_states(m);
}

struct jl_machine *jl_machine_new(const struct jl_config *config, const struct jl_tools *tools, struct jl_mem *mem,
                                  char *err, size_t err_size) {
    if (!jl_config_check(config, err, err_size) || !jl_config_check_memory(config, mem->console, err, err_size))
        return NULL;
    if (((const struct jl_byte_order_ops *)config->axis[JL_AXIS_BYTE_ORDER].strategy->ops)->swizzles)
        jl_mem_swizzle(mem);
    struct jl_machine *m = jl_space_new();
    if (!m) {
        snprintf(err, err_size, "no address space for a machine");
        return NULL;
    }
    m->config = *config;
    if (tools)
        m->tools = *tools;
    if (m->tools.profile || m->tools.model)
        m->tools.count = true;
    if (!m->tools.dump)
        m->tools.dump = stderr;
    m->mem = mem;
    m->page_flags = mem->page;
    m->devices_known = m->beside_known = true; /* zeros stand there */
    jl_devices_forget(m, 0, (uint64_t)1 << 32);
    jl_beside_forget(m);
    m->cpu.mem = mem;
    m->cpu.owner = m;
    m->mxcsr_fcsr = m->vr4300_fcsr = ~0u; /* FCSR is never that */
    m->region_limit = JL_REGION_LIMIT;
    m->passes = JL_OPS(m, PASSES, jl_passes_ops)->enabled(m);
    m->reuse = (uint32_t)jl_config_param_or(config, JL_AXIS_INVALIDATE, "reuse", 0);
    choose_pins(m);
    jl_mem_lock(mem); /* what machines share is made by the first of them */
    if (!create_parts(m)) {
        snprintf(err, err_size, "the host has no memory left for a code cache and the strategies' tables");
    } else if (jl_tools_start(m, err, err_size)) {
        jl_faults_install();
        jl_others_join(m);
        jl_mem_unlock(mem);
        return m;
    }
    jl_mem_unlock(mem);
    jl_machine_free(m);
    return NULL;
}

void jl_machine_free(struct jl_machine *m) {
    if (!m)
        return;
    jl_others_leave(m);
    jl_tools_free(m);
    for (unsigned i = JL_AXES; i-- > 0;) {
        const struct jl_policy_life *life = m->config.axis[i].strategy->ops;
        if (life->destroy && m->state[i])
            life->destroy(m, m->state[i]);
    }
    jl_model_free(m->model);
    jl_cache_free(m->cache);
    jl_cells_free(m->cells);
    jl_pages_free(m->pages);
    jl_versions_free(m);
    jl_frontend_free(m->frontend);
    jl_emit_free(m->emit);
    jl_ir_free(m->ir);
    free(m->wide);
    jl_interp_cache_free(m->interp);
    jl_check_free(m->check);
    free(m->patches);
    jl_arena_clear(&m->regions);
    free(m->region_list);
    free(m->sites);
    free((void *)(uintptr_t)m->pinned_reg);
    jl_space_free(m);
}

void jl_machine_set_guest(struct jl_machine *m, const struct jl_guest_ops *ops, void *ctx) {
    m->guest = ops;
    m->guest_ctx = ctx;
}

void *jl_machine_guest(const struct jl_machine *m) {
    return m->guest_ctx;
}

struct jl_cpu *jl_machine_cpu(struct jl_machine *m) {
    return &m->cpu;
}

void jl_machine_set_slice(struct jl_machine *m, int64_t n) {
    m->cpu.tick_base += (uint64_t)(n - m->cpu.slice);
    m->cpu.slice = n;
}

uint64_t jl_machine_ticks(const struct jl_machine *m) {
    return m->cpu.tick_base - (uint64_t)m->cpu.slice;
}

uint64_t jl_machine_retired(const struct jl_machine *m) {
    return jl_machine_ticks(m) - (m->cpu.stalled - m->cpu.stalls_ahead);
}

void jl_machine_stall(struct jl_machine *m, uint32_t ticks) {
    jl_cpu_stall(&m->cpu, ticks);
    m->cpu.count += ticks;
}

void jl_machine_cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    jl_mem_code_sync(m->mem, addr, len);
}

void jl_machine_cacheflush_index(struct jl_machine *m, uint32_t addr, uint32_t len, uint32_t way) {
    const struct jl_invalidate_ops *inv = JL_OPS(m, INVALIDATE, jl_invalidate_ops);
    if (inv->cacheflush_index)
        inv->cacheflush_index(m, addr, len, way);
}

struct jl_machine *jl_machine_again(const struct jl_machine *m, char *err, size_t err_size) {
    struct jl_machine *n = jl_machine_new(&m->config, &m->tools, m->mem, err, err_size);
    if (n)
        n->offload = m->offload;
    return n;
}

void jl_machine_copy_cpu(struct jl_machine *m, const struct jl_cpu *from) {
    struct jl_cpu *cpu = &m->cpu;
    const struct jl_cpu own = *cpu;
    *cpu = *from;
    cpu->slice = own.slice;
    cpu->tick_base = own.tick_base;
    cpu->stalled = own.stalled;
    cpu->interrupt = 0;
    cpu->ll_valid = 0;
    cpu->mem = own.mem;
    cpu->owner = own.owner;
}

void jl_machine_absorb(struct jl_machine *m, struct jl_machine *from) {
    const struct jl_counters *c = jl_machine_counters(from);
    uint64_t guest = c->guest_instructions;
#define JL_COUNTER(field, unit, deterministic, summary) m->counters.field += c->field;
#include "jit/counters.def"
#undef JL_COUNTER
    jl_model_absorb(m, from);
    m->cpu.tick_base += guest;
    m->host_counted += c->host_instructions;
    jl_machine_counters(m);
}

const struct jl_counters *jl_machine_counters(struct jl_machine *m) {
    m->counters.guest_instructions = jl_machine_retired(m);
    m->counters.guest_ticks = jl_machine_ticks(m);
    if (JL_OPS(m, BACKEND, jl_backend_ops)->interprets)
        m->counters.interpreted_instructions = m->counters.guest_instructions;
    if (m->tools.count)
        jl_profile_collect(m);
    return &m->counters;
}

bool jl_machine_checking(const struct jl_machine *m) {
    return m->tools.check;
}

bool jl_machine_check_failed(const struct jl_machine *m) {
    return m->check_failed;
}

/* ---- services for strategies ---- */

void *jl_policy_state(const struct jl_machine *m, enum jl_axis axis) {
    return m->state[axis];
}
int64_t jl_policy_param(const struct jl_machine *m, enum jl_axis axis, const char *name) {
    return jl_config_param(&m->config, axis, name);
}
bool jl_policy_is(const struct jl_machine *m, enum jl_axis axis, const char *name) {
    return !strcmp(m->config.axis[axis].strategy->name, name);
}
struct jl_mem *jl_policy_mem(const struct jl_machine *m) {
    return m->mem;
}
struct jl_counters *jl_policy_counters(struct jl_machine *m) {
    return &m->counters;
}
bool jl_policy_is_device(const struct jl_machine *m, uint32_t addr, bool store) {
    return jl_device_at(m, addr, store);
}
bool jl_policy_counting(const struct jl_machine *m) {
    return m->tools.count;
}
void *jl_lookup_find(struct jl_machine *m, uint32_t pc) {
    return JL_OPS(m, LOOKUP, jl_lookup_ops)->find(m, pc);
}
void *jl_lookup_stub(const struct jl_machine *m) {
    return m->cache ? m->cache->thunk[JL_THUNK_LOOKUP] : NULL;
}

static void page_changed(struct jl_machine *m, uint32_t page) {
    jl_beside_forget(m);
    const struct jl_memory_ops *ops = JL_OPS(m, MEMORY, jl_memory_ops);
    if (ops->page_changed)
        ops->page_changed(m, page);
}

void jl_page_set_code(struct jl_machine *m, uint32_t page, bool code) {
    jl_mem_lock(m->mem);
    uint8_t flags = jl_page_flags(m->mem, page << JL_PAGE_SHIFT);
    uint8_t now = code ? flags | JL_PAGE_CODE : flags & (uint8_t)~JL_PAGE_CODE;
    __atomic_store_n(&m->mem->page[page], now, __ATOMIC_RELAXED);
    if (now != flags) {
        if (code)
            jl_pages_note_code(m->pages, page);
        page_changed(m, page);
    }
    jl_mem_unlock(m->mem);
}

void jl_page_guard(struct jl_machine *m, uint32_t page, bool on) {
    jl_mem_lock(m->mem);
    if (!jl_page_has(m->mem, page << JL_PAGE_SHIFT, JL_PAGE_GUARD) != !on) {
        jl_mem_guard(m->mem, page, on);
        m->counters.pages_guarded += on;
        page_changed(m, page);
    }
    jl_mem_unlock(m->mem);
}

/* ---- handing on from axis to axis while lowering ---- */

void jl_lower_lookup(struct jl_builder *b, jl_ref pc) {
    const struct jl_lookup_ops *ops = JL_OPS(b->machine, LOOKUP, jl_lookup_ops);
    if (ops->lower)
        ops->lower(b, pc);
    else
        jl_b_leave(b, JL_EXIT_LOOKUP, pc, 0);
}

void *jl_policy_space(struct jl_machine *m, size_t size, int prot) {
    return jl_space_take(m, size, prot);
}

void *jl_policy_near(struct jl_machine *m, size_t size) {
    size_t at = (m->near_used + 15u) & ~15u;
    if (size > JL_NEAR_BYTES - at)
        return NULL;
    m->near_used = (uint32_t)(at + size);
    return m->near_ + at;
}

int32_t jl_policy_near_offset(const struct jl_machine *m, const void *p) {
    return (int32_t)((const char *)p - (const char *)&m->cpu);
}

int32_t jl_policy_state_offset(const struct jl_machine *m, enum jl_axis axis, size_t offset) {
    return jl_policy_near_offset(m, m->state[axis]) + (int32_t)offset;
}

void jl_lower_guesses(struct jl_builder *b, jl_ref pc) {
    jl_ref cur[JL_VARS];
    uint32_t guess[JL_CALL_TARGETS];
    unsigned n = b->guesses;
    if (!n)
        return;
    memcpy(guess, b->guess, sizeof guess);
    memcpy(cur, b->cur, sizeof cur);
    b->guesses = 0;
    for (unsigned i = 0; i < n; i++) {
        uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, i + 1 == n);
        jl_b_branch(b, JL_CC_EQ, pc, jl_b_i32(b, (int32_t)guess[i]), hit, miss);
        jl_b_start(b, hit);
        jl_b_count(b, &b->machine->counters.inline_cache_hits, 1);
        jl_lower_goto(b, guess[i]);
        memcpy(b->cur, cur, sizeof cur);
        jl_b_start(b, miss);
    }
    jl_b_count(b, &b->machine->counters.inline_cache_misses, 1);
}

void jl_lower_indirect(struct jl_builder *b, jl_ref pc) {
    const struct jl_inline_cache_ops *ic = JL_OPS(b->machine, INLINE_CACHE, jl_inline_cache_ops);
    if (ic->lower)
        ic->lower(b, pc);
    if (!ic->ends_block)
        JL_OPS(b->machine, DISPATCH, jl_dispatch_ops)->lower_indirect(b, pc);
}

void jl_lower_goto(struct jl_builder *b, uint32_t pc) {
    JL_OPS(b->machine, LINK, jl_link_ops)->lower(b, pc);
}
