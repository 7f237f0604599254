/* memory=pagetable: the inline page table of seed 1. For each guest page the table holds what to add to a guest
 * address to get its offset in guest RAM, with the top bit set in the result for every page that needs more than that
 * (unmapped, not readable, not writable, holding watched code): the addition's own sign flag then branches to far
 * code. Reads and writes have a table each, since their permissions differ. Offsets have to be below 2^31, so only the
 * lower half of a 32-bit guest space has the fast path; the kernel half does not exist for user programs. */
#include <sys/mman.h>

#include "jit/policy.h"

struct tables {
    int32_t read[JL_PAGES], write[JL_PAGES]; /* offset - vaddr */
};

/* For a page that needs far code: a difference that makes the result negative for each address of the page. */
static int32_t far_difference(uint32_t page) {
    return (int32_t)(0x80000000u - (page << JL_PAGE_SHIFT));
}

static void update(struct jl_machine *m, uint32_t page) {
    struct tables *t = jl_policy_state(m, JL_AXIS_MEMORY);
    unsigned flags = jl_page_flags(jl_policy_mem(m), page << JL_PAGE_SHIFT);
    bool low = page < JL_PAGES / 2;
    t->read[page] = low && flags & JL_PAGE_R ? 0 : far_difference(page);
    t->write[page] =
        low && (flags & (JL_PAGE_W | JL_PAGE_CODE | JL_PAGE_GUARD)) == JL_PAGE_W ? 0 : far_difference(page);
}

static void *create(struct jl_machine *m) {
    struct tables *t = jl_policy_space(m, sizeof *t, PROT_READ | PROT_WRITE);
    for (uint32_t page = 0; t && page < JL_PAGES; page++) {
        unsigned flags = jl_page_flags(jl_policy_mem(m), page << JL_PAGE_SHIFT);
        bool low = page < JL_PAGES / 2;
        t->read[page] = low && flags & JL_PAGE_R ? 0 : far_difference(page);
        t->write[page] = low && flags & JL_PAGE_W ? 0 : far_difference(page);
    }
    return t;
}

static void mapping_changed(struct jl_machine *m, uint32_t addr, uint64_t len) {
    for (uint64_t page = addr >> JL_PAGE_SHIFT; page < ((uint64_t)addr + len + JL_PAGE - 1) >> JL_PAGE_SHIFT; page++)
        update(m, (uint32_t)page);
}

static uint64_t slow_load(struct jl_cpu *cpu, uint64_t addr, uint64_t how) {
    uint64_t v;
    unsigned size = how & 15;
    jl_policy_counters(cpu->owner)->memory_slow_calls++;
    if (!jl_mem_load(cpu->mem, (uint32_t)addr, size, &v)) {
        cpu->exit = JL_EXIT_INTERP;
        return 0;
    }
    if (how & 16)
        v = jl_sign_extend(v, size);
    return v;
}

/* address + disp and its RAM offset; the far condition is "offset negative". */
static jl_ref translate(struct jl_builder *b, const int32_t *table, const struct jl_access *a, jl_ref *addr) {
    *addr = jl_b_op2(b, JL_IR_ADD, JL_I32, a->addr, jl_b_i32(b, a->disp));
    jl_ref page = jl_b_op2(b, JL_IR_SHR, JL_I32, *addr, jl_b_i32(b, JL_PAGE_SHIFT));
    jl_ref difference = jl_b_hload(b, JL_I32, 4, 0, jl_b_ptr(b, table), page, 2, 0);
    return jl_b_op2(b, JL_IR_ADD, JL_I32, *addr, difference);
}

static jl_ref lower_load(struct jl_builder *b, const struct jl_access *a) {
    struct tables *t = jl_policy_state(b->machine, JL_AXIS_MEMORY);
    jl_ref addr, offset = translate(b, t->read, a, &addr);
    jl_ref how = jl_b_i32(b, a->size | (a->flags & JL_IRF_SIGNED ? 16 : 0));
    jl_ref slow = jl_b_slow_if(b, JL_CC_LT, offset, jl_b_i32(b, 0), (void *)slow_load, true, addr, how);
    jl_ref v = jl_b_gload(b, (enum jl_type)a->type, a->size, a->flags, offset, 0);
    return jl_b_slow_join(b, slow, v);
}

static void lower_store(struct jl_builder *b, const struct jl_access *a, jl_ref value) {
    struct tables *t = jl_policy_state(b->machine, JL_AXIS_MEMORY);
    jl_ref addr, offset = translate(b, t->write, a, &addr);
    jl_b_exit_if(b, JL_CC_LT, offset, jl_b_i32(b, 0), JL_EXIT_INTERP, 0);
    jl_b_gstore(b, a->size, a->flags, offset, 0, value);
}

static const struct jl_memory_ops ops = {.life = {.create = create},
                                         .lower_load = lower_load,
                                         .lower_store = lower_store,
                                         .mapping_changed = mapping_changed,
                                         .page_changed = update};

static const struct jl_strategy strategy = {
    .name = "pagetable",
    .axis = JL_AXIS_MEMORY,
    .summary = "inline table of differences by page; pages that need more give a negative offset: far code",
    .source = "seed 1, Memory access (inline page tables)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
