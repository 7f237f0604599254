/* memory=call: every access is a call of a C function that checks and translates the address: where most translators
 * start, and what the others are measured against. */
#include "jit/policy.h"

static uint64_t fail(struct jl_cpu *cpu) {
    cpu->exit = JL_EXIT_INTERP; /* which raises the guest's fault */
    return 0;
}

static uint64_t load(struct jl_cpu *cpu, uint64_t addr, uint64_t size, uint64_t is_signed) {
    uint64_t v;
    jl_policy_counters(cpu->owner)->memory_slow_calls++;
    if (!jl_mem_load(cpu->mem, (uint32_t)addr, (unsigned)size, &v))
        return fail(cpu);
    if (is_signed)
        v = jl_sign_extend(v, size);
    return v;
}

/* A store into translated code is the interpreter's: the region must be left behind it. */
static uint64_t store(struct jl_cpu *cpu, uint64_t addr, uint64_t value, unsigned size) {
    jl_policy_counters(cpu->owner)->memory_slow_calls++;
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

static jl_ref address(struct jl_builder *b, const struct jl_access *a) {
    return jl_b_op2(b, JL_IR_ADD, JL_I32, a->addr, jl_b_i32(b, a->disp));
}

static jl_ref lower_load(struct jl_builder *b, const struct jl_access *a) {
    return jl_b_call(b, (void *)load, (enum jl_type)a->type, true, address(b, a), jl_b_i32(b, a->size),
                     jl_b_i32(b, a->flags & JL_IRF_SIGNED));
}

static void lower_store(struct jl_builder *b, const struct jl_access *a, jl_ref value) {
    void *fn = a->size == 1   ? (void *)store1
               : a->size == 2 ? (void *)store2
               : a->size == 4 ? (void *)store4
                              : (void *)store8;
    jl_b_call(b, fn, JL_VOID, true, address(b, a), value, 0);
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
