/* memory=pagetable: the inline page table of seed 1. For each guest page the table holds what to add to a guest
 * address to get its offset in guest RAM, with the top bit set in the result for every page that needs more than that
 * (unmapped, not readable, not writable, holding watched code, a device): the addition's own sign flag then branches to
 * far code. Reads and writes have a table each, since their permissions differ. Offsets have to be below 2^31. User
 * programs have the lower half of the space and nothing else; where the guest has tables of its own (mem->guest),
 * offsets count from its window, KSEG0 on the N64, and pages that its TLB maps are filled in by far code when they are
 * first used and taken out when any mapping changes. */
#include <sys/mman.h>

#include "jit/policy.h"

enum { FILLED = 512, FEW = 32 };

struct tables {
    int32_t read[JL_PAGES], write[JL_PAGES]; /* offset - vaddr */
    uint32_t filled[FILLED], nfilled;        /* pages that the guest's own tables map */
    struct jl_span targets;                  /* of these */
};

static uint32_t window(const struct jl_machine *m) {
    const struct jl_guest_memory *g = jl_policy_mem(m)->guest;
    return g ? g->window : 0;
}

/* For a page that needs far code: a difference that makes the result negative for each address of the page. */
static int32_t far_difference(uint32_t page) {
    return (int32_t)(0x80000000u - (page << JL_PAGE_SHIFT));
}

static void set(struct jl_machine *m, struct tables *t, uint32_t page) {
    unsigned flags = jl_page_flags(jl_policy_mem(m), page << JL_PAGE_SHIFT);
    uint32_t from = window(m);
    bool inside = (page << JL_PAGE_SHIFT) - from < 0x80000000u;
    t->read[page] = inside && flags & JL_PAGE_R ? -(int32_t)from : far_difference(page);
    bool plain = (flags & (JL_PAGE_W | JL_PAGE_CODE | JL_PAGE_GUARD)) == JL_PAGE_W;
    t->write[page] = inside && plain ? -(int32_t)from : far_difference(page);
}

static void *create(struct jl_machine *m) {
    struct tables *t = jl_policy_space(m, sizeof *t, PROT_READ | PROT_WRITE);
    if (t)
        t->targets = JL_NO_SPAN;
    for (uint32_t page = 0; t && page < JL_PAGES; page++) {
        t->read[page] = t->write[page] = far_difference(page);
        if (jl_page_flags(jl_policy_mem(m), page << JL_PAGE_SHIFT)) /* few have any, and there are a million */
            set(m, t, page);
    }
    return t;
}

/* What the guest's tables map in these pages, or to them. A page stays in the list when it is taken out of the table.
 */
static void remapped(struct jl_machine *m, uint32_t addr, uint64_t len) {
    struct tables *t = jl_policy_state(m, JL_AXIS_MEMORY);
    bool targets = jl_span_meets(&t->targets, addr, len), few = len <= FEW * JL_PAGE && !targets;
    for (uint32_t i = 0; few && i < len >> JL_PAGE_SHIFT; i++)
        set(m, t, (addr >> JL_PAGE_SHIFT) + i);
    for (uint32_t i = 0; !few && i < t->nfilled; i++) {
        uint32_t page = t->filled[i], from = page << JL_PAGE_SHIFT, at = from + window(m);
        if (from - addr < len || at + (uint32_t)t->read[page] - addr < len ||
            at + (uint32_t)t->write[page] - addr < len)
            set(m, t, page);
    }
    if (len > UINT32_MAX) {
        t->nfilled = 0;
        t->targets = JL_NO_SPAN;
    }
}

static void page_changed(struct jl_machine *m, uint32_t page) {
    remapped(m, page << JL_PAGE_SHIFT, JL_PAGE);
    set(m, jl_policy_state(m, JL_AXIS_MEMORY), page);
}

static void mapping_changed(struct jl_machine *m, uint32_t addr, uint64_t len) {
    remapped(m, addr, len);
    for (uint64_t page = addr >> JL_PAGE_SHIFT; page < ((uint64_t)addr + len + JL_PAGE - 1) >> JL_PAGE_SHIFT; page++)
        set(m, jl_policy_state(m, JL_AXIS_MEMORY), (uint32_t)page);
}

/* What the guest's own tables map beside the window. */
static struct tables *add(struct jl_machine *m, uint32_t addr, uint32_t at) {
    struct tables *t = jl_policy_state(m, JL_AXIS_MEMORY);
    if (t->nfilled == FILLED)
        remapped(m, 0, (uint64_t)1 << 32);
    t->filled[t->nfilled++] = addr >> JL_PAGE_SHIFT;
    jl_span_add(&t->targets, at);
    return t;
}

static void mapped(struct jl_machine *m, uint32_t addr, uint32_t at, bool writable) {
    struct tables *t = add(m, addr, at);
    uint32_t page = addr >> JL_PAGE_SHIFT;
    t->read[page] = (int32_t)(at - window(m) - addr);
    if (writable)
        t->write[page] = t->read[page];
}

static struct jl_guest_place fill(struct jl_machine *m, uint32_t addr, bool store) {
    uint32_t from = addr & ~(uint32_t)(JL_PAGE - 1);
    struct jl_guest_place place = {JL_GUEST_ELSEWHERE, addr, 0};
    if (from - window(m) < 0x80000000u || jl_policy_is_device(m, addr, store))
        return place;
    place = jl_guest_look(m, from, JL_PAGE, store);
    if (place.found == JL_GUEST_FOUND) {
        struct tables *t = add(m, from, place.at);
        (store ? t->write : t->read)[from >> JL_PAGE_SHIFT] = (int32_t)(place.at - window(m) - from);
    }
    return (struct jl_guest_place){place.found, addr, place.at + (addr - from)};
}

static uint64_t slow_load(struct jl_cpu *cpu, uint64_t addr, uint64_t how) {
    return jl_slow_load_filled(cpu, addr, how, fill);
}

static uint64_t slow_store(struct jl_cpu *cpu, uint64_t addr, uint64_t value, unsigned how) {
    return jl_slow_store_filled(cpu, addr, value, how, fill);
}
JL_DEFINE_SLOW_STORES(slow_store)

/* address + disp and its RAM offset; the far condition is "offset negative". */
static jl_ref translate(struct jl_builder *b, const int32_t *table, const struct jl_access *a, jl_ref *addr) {
    *addr = jl_b_op2(b, JL_IR_ADD, JL_I32, a->addr, jl_b_i32(b, a->disp));
    jl_lower_one_page(b, *addr, a);
    jl_ref page = jl_b_op2(b, JL_IR_SHR, JL_I32, *addr, jl_b_i32(b, JL_PAGE_SHIFT));
    jl_ref difference = jl_b_hload(b, JL_I32, 4, 0, jl_b_ptr(b, table), page, 2, 0);
    return jl_b_op2(b, JL_IR_ADD, JL_I32, *addr, difference);
}

static jl_ref lower_load(struct jl_builder *b, const struct jl_access *a) {
    struct tables *t = jl_policy_state(b->machine, JL_AXIS_MEMORY);
    jl_ref addr, offset = translate(b, t->read, a, &addr);
    jl_ref how = jl_b_i32(b, jl_access_how(a));
    jl_ref slow = jl_b_slow_if(b, JL_CC_LT, offset, jl_b_i32(b, 0), (void *)slow_load, true, addr, how);
    jl_ref v = jl_b_gload(b, (enum jl_type)a->type, a->size, a->flags, offset, (int32_t)window(b->machine));
    return jl_b_slow_join(b, slow, v);
}

static void lower_store(struct jl_builder *b, const struct jl_access *a, jl_ref value) {
    struct tables *t = jl_policy_state(b->machine, JL_AXIS_MEMORY);
    jl_ref addr, offset = translate(b, t->write, a, &addr), slow = 0;
    if (jl_policy_mem(b->machine)->guest)
        slow = jl_b_slow_if(b, JL_CC_LT, offset, jl_b_i32(b, 0), slow_store_for(a), true, addr, value);
    else
        jl_b_exit_if(b, JL_CC_LT, offset, jl_b_i32(b, 0), JL_EXIT_INTERP, 0);
    jl_b_gstore(b, a->size, a->flags, offset, (int32_t)window(b->machine), value);
    if (slow)
        jl_b_slow_join(b, slow, 0);
}

static const struct jl_memory_ops ops = {.life = {.create = create},
                                         .lower_load = lower_load,
                                         .lower_store = lower_store,
                                         .mapping_changed = mapping_changed,
                                         .remapped = remapped,
                                         .mapped = mapped,
                                         .page_changed = page_changed};

static const struct jl_strategy strategy = {
    .name = "pagetable",
    .axis = JL_AXIS_MEMORY,
    .summary = "inline table of differences by page; pages that need more give a negative offset: far code",
    .source = "seed 1, Memory access (inline page tables)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
