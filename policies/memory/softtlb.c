/* memory=softtlb: a direct-mapped table of recently used pages, as in QEMU: each entry has the page's number and what
 * to add to an address to get to its bytes. A hit is two loads, a compare and an addition; a miss goes to far code,
 * which fills the entry if it can (memory, or what the guest's own tables map) and does the access. Any change of any
 * mapping or page empties the table. Reads and writes have a table each, since their permissions differ. */
#include <string.h>
#include <sys/mman.h>

#include "jit/policy.h"

enum { MOST = 4096, NO_PAGE = -1 };

struct entry {
    uint32_t page, addend;
};

struct tables {
    struct entry read[MOST], write[MOST];
    uint32_t size;
    struct jl_span targets; /* of what the guest's own tables map */
};

static const struct jl_param params[] = {
    {"size", 256, 1, MOST, "entries; a power of two"},
    {NULL, 0, 0, 0, NULL},
};

static const char *refuse(const struct jl_config *config) {
    int64_t size = jl_config_param(config, JL_AXIS_MEMORY, "size");
    return size & (size - 1) ? "memory=softtlb needs a size that is a power of two" : NULL;
}

static void *create(struct jl_machine *m) {
    struct tables *t = jl_policy_space(m, sizeof *t, PROT_READ | PROT_WRITE);
    if (!t)
        return NULL;
    t->size = (uint32_t)jl_policy_param(m, JL_AXIS_MEMORY, "size");
    memset(t->read, NO_PAGE, t->size * sizeof *t->read);
    memset(t->write, NO_PAGE, t->size * sizeof *t->write);
    t->targets = JL_NO_SPAN;
    return t;
}

/* What is said of these pages, and what leads there. */
static void remapped(struct jl_machine *m, uint32_t addr, uint64_t len) {
    struct tables *t = jl_policy_state(m, JL_AXIS_MEMORY);
    bool targets = jl_span_meets(&t->targets, addr, len);
    uint32_t size = t->size, first = addr >> JL_PAGE_SHIFT;
    uint64_t pages = targets || len >> JL_PAGE_SHIFT > size ? size : len >> JL_PAGE_SHIFT;
    for (uint32_t k = 0; k < 2 * pages; k++) {
        struct entry *e = &(k & 1 ? t->write : t->read)[(first + k / 2) & (size - 1)];
        uint32_t from = e->page << JL_PAGE_SHIFT;
        if (from - addr < len || from + e->addend - addr < len)
            *e = (struct entry){NO_PAGE, 0};
    }
    if (len > UINT32_MAX)
        t->targets = JL_NO_SPAN;
}

static void page_changed(struct jl_machine *m, uint32_t page) {
    remapped(m, page << JL_PAGE_SHIFT, JL_PAGE);
}

static void put(struct tables *t, uint32_t addr, uint32_t at, bool store) {
    uint32_t page = addr >> JL_PAGE_SHIFT;
    (store ? t->write : t->read)[page & (t->size - 1)] = (struct entry){page, at - addr};
    if (at != addr)
        jl_span_add(&t->targets, at);
}

static void mapped(struct jl_machine *m, uint32_t addr, uint32_t at, bool writable) {
    struct tables *t = jl_policy_state(m, JL_AXIS_MEMORY);
    put(t, addr, at, false);
    if (writable)
        put(t, addr, at, true);
}

static struct jl_guest_place fill(struct jl_machine *m, uint32_t addr, bool store) {
    uint32_t from = addr & ~(uint32_t)(JL_PAGE - 1);
    struct jl_guest_place place = {JL_GUEST_ELSEWHERE, addr, 0};
    if (jl_policy_is_device(m, addr, store))
        return place;
    if (jl_plain_access(jl_policy_mem(m), from, JL_PAGE, store))
        place = (struct jl_guest_place){JL_GUEST_FOUND, from, from};
    else
        place = jl_guest_look(m, from, JL_PAGE, store);
    if (place.found == JL_GUEST_FOUND)
        put(jl_policy_state(m, JL_AXIS_MEMORY), from, place.at, store);
    return (struct jl_guest_place){place.found, addr, place.at + (addr - from)};
}

static uint64_t slow_load(struct jl_cpu *cpu, uint64_t addr, uint64_t how) {
    return jl_slow_load_filled(cpu, addr, how, fill);
}

static uint64_t slow_store(struct jl_cpu *cpu, uint64_t addr, uint64_t value, unsigned how) {
    return jl_slow_store_filled(cpu, addr, value, how, fill);
}
JL_DEFINE_SLOW_STORES(slow_store)

/* What an access is to the builder between the look into the table and its end. */
struct look {
    jl_ref addr, index, slow, table;
};

static struct look look_up(struct jl_builder *b, const struct tables *t, bool store, const struct jl_access *a,
                           void *fn, jl_ref argument) {
    struct look l = {.addr = jl_b_op2(b, JL_IR_ADD, JL_I32, a->addr, jl_b_i32(b, a->disp))};
    jl_lower_one_page(b, l.addr, a);
    jl_ref page = jl_b_op2(b, JL_IR_SHR, JL_I32, l.addr, jl_b_i32(b, JL_PAGE_SHIFT));
    l.table = jl_b_ptr(b, store ? t->write : t->read);
    l.index = jl_b_op2(b, JL_IR_AND, JL_I32, page, jl_b_i32(b, (int32_t)t->size - 1));
    jl_ref tag = jl_b_hload(b, JL_I32, 4, 0, l.table, l.index, 3, 0);
    l.slow = jl_b_slow_if(b, JL_CC_NE, tag, page, fn, true, l.addr, argument);
    return l;
}

static jl_ref translated(struct jl_builder *b, const struct look *l) {
    return jl_b_op2(b, JL_IR_ADD, JL_I32, l->addr, jl_b_hload(b, JL_I32, 4, 0, l->table, l->index, 3, 4));
}

static jl_ref lower_load(struct jl_builder *b, const struct jl_access *a) {
    const struct tables *t = jl_policy_state(b->machine, JL_AXIS_MEMORY);
    struct look l = look_up(b, t, false, a, (void *)slow_load, jl_b_i32(b, jl_access_how(a)));
    jl_ref v = jl_b_gload(b, (enum jl_type)a->type, a->size, a->flags, translated(b, &l), 0);
    return jl_b_slow_join(b, l.slow, v);
}

static void lower_store(struct jl_builder *b, const struct jl_access *a, jl_ref value) {
    const struct tables *t = jl_policy_state(b->machine, JL_AXIS_MEMORY);
    struct look l = look_up(b, t, true, a, slow_store_for(a), value);
    jl_b_gstore(b, a->size, a->flags, translated(b, &l), 0, value);
    jl_b_slow_join(b, l.slow, 0);
}

static const struct jl_memory_ops ops = {.life = {.create = create},
                                         .lower_load = lower_load,
                                         .lower_store = lower_store,
                                         .mapping_changed = remapped,
                                         .remapped = remapped,
                                         .mapped = mapped,
                                         .page_changed = page_changed};

static const struct jl_strategy strategy = {
    .name = "softtlb",
    .axis = JL_AXIS_MEMORY,
    .summary = "inline look into a direct-mapped table of recently used pages, filled by far code",
    .source = "QEMU's softmmu",
    .params = params,
    .refuse = refuse,
    .ops = &ops,
};
JL_STRATEGY(strategy);
