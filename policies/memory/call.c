/* memory=call: every access is a call of a C function that checks and translates the address: where most translators
 * start, and what the others are measured against. Where the guest has devices (mem->guest) what memory does not have
 * is done by a second call, which may leave. */
#include <stddef.h>

#include "jit/policy.h"

static uint64_t fail(struct jl_cpu *cpu) {
    cpu->exit = JL_EXIT_INTERP; /* which raises the guest's fault */
    return 0;
}

static uint64_t load(struct jl_cpu *cpu, uint64_t addr, uint64_t size, uint64_t is_signed) {
    uint64_t v;
    jl_policy_counters(cpu->owner)->memory_slow_calls++;
    cpu->exit = JL_EXIT_NONE;
    if (!jl_mem_load(cpu->mem, (uint32_t)addr, (unsigned)size, &v))
        return fail(cpu);
    if (is_signed)
        v = jl_sign_extend(v, size);
    return v;
}

/* A store into translated code is the interpreter's: the region must be left behind it. */
static uint64_t store(struct jl_cpu *cpu, uint64_t addr, uint64_t value, unsigned size) {
    jl_policy_counters(cpu->owner)->memory_slow_calls++;
    cpu->exit = JL_EXIT_NONE;
    uint32_t last = (uint32_t)addr + size - 1;
    if ((jl_page_flags(cpu->mem, (uint32_t)addr) | jl_page_flags(cpu->mem, last)) & JL_PAGE_CODE)
        return fail(cpu);
    return jl_mem_store(cpu->mem, (uint32_t)addr, size, value) ? 0 : fail(cpu);
}

#define STORE(size)                                                                                                    \
    static uint64_t store##size(struct jl_cpu *cpu, uint64_t addr, uint64_t value, uint64_t unused) {                  \
        (void)unused;                                                                                                  \
        return store(cpu, addr, value, size);                                                                          \
    }
STORE(1)
STORE(2)
STORE(4)
STORE(8)

JL_DEFINE_SLOW_STORES(jl_slow_store)

static jl_ref address(struct jl_builder *b, const struct jl_access *a) {
    return jl_b_op2(b, JL_IR_ADD, JL_I32, a->addr, jl_b_i32(b, a->disp));
}

static bool has_devices(const struct jl_builder *b) {
    return jl_policy_mem(b->machine)->guest;
}

static jl_ref if_failed(struct jl_builder *b, void *fn, jl_ref addr, jl_ref argument) {
    jl_ref failed = jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, exit));
    return jl_b_slow_if(b, JL_CC_NE, failed, jl_b_i32(b, 0), fn, true, addr, argument);
}

static jl_ref lower_load(struct jl_builder *b, const struct jl_access *a) {
    bool devices = has_devices(b);
    jl_ref addr = address(b, a);
    jl_ref v = jl_b_call(b, (void *)load, (enum jl_type)a->type, !devices, addr, jl_b_i32(b, a->size),
                         jl_b_i32(b, a->flags & JL_IRF_SIGNED));
    if (!devices)
        return v;
    return jl_b_slow_join(b, if_failed(b, (void *)jl_slow_load, addr, jl_b_i32(b, jl_access_how(a))), v);
}

static void lower_store(struct jl_builder *b, const struct jl_access *a, jl_ref value) {
    void *fn = a->size == 1   ? (void *)store1
               : a->size == 2 ? (void *)store2
               : a->size == 4 ? (void *)store4
                              : (void *)store8;
    bool devices = has_devices(b);
    jl_ref addr = address(b, a);
    jl_b_call(b, fn, JL_VOID, !devices, addr, value, 0);
    if (devices)
        jl_b_slow_join(b, if_failed(b, jl_slow_store_for(a), addr, value), 0);
}

static const struct jl_memory_ops ops = {.lower_load = lower_load, .lower_store = lower_store};

static const struct jl_strategy strategy = {
    .name = "call",
    .axis = JL_AXIS_MEMORY,
    .summary = "a C function that checks and translates the address, for each access",
    .source = "seed 1, Memory access (first paragraph)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
