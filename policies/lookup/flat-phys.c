/* lookup=flat-phys: one slot for every word of physical memory.
 *
 * A table by virtual page says where the slots of the physical page stand that is seen there now; a slot holds the
 * entry's distance from the lookup stub and the virtual address that it was translated for, since translated code has
 * virtual addresses in it. Another address of the same word takes the slot over. A physical page is one of a shared
 * mapping (a console's memory); any other page is its own.
 *
 * What seed 1 asks of a physical lookup, that a block goes when its virtual address changes, is done by the translator:
 * a page that is mapped elsewhere loses its translations, but they are kept, and taken back when the same words stand
 * at the same virtual address again. So a console's TLB and modes may change to and fro without translating anew. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "jit/policy.h"

enum { WORDS = JL_PAGE / 4, SHARED = 1 << 16 /* pages of shared mappings, at most; those beyond it are their own */ };
#define FRAMES ((size_t)1 + JL_PAGES + SHARED)
#define TABLE_BYTES (FRAMES * WORDS * sizeof(uint64_t))

struct lookup {
    uint32_t *first; /* by virtual page: its first slot; 0 = not known, and slots 0 to 1023 are always empty */
    uint64_t *slot;  /* distance from the stub, and in the upper half the virtual address */
    struct jl_mem_place *shared; /* open addressing; by that, the slots' number */
    uint32_t used;
};

static void *create(struct jl_machine *m) {
    struct lookup *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->first = jl_policy_space(m, JL_PAGES * sizeof *l->first, PROT_READ | PROT_WRITE);
    l->slot = jl_policy_space(m, TABLE_BYTES, PROT_READ | PROT_WRITE);
    l->shared = calloc(SHARED, sizeof *l->shared);
    if (l->first && l->slot && l->shared)
        return l;
    free(l->shared);
    free(l);
    return NULL;
}

static void destroy(struct jl_machine *m, void *state) {
    struct lookup *l = state;
    (void)m;
    free(l->shared);
    free(l);
}

static struct lookup *state_of(const struct jl_machine *m) {
    return jl_policy_state(m, JL_AXIS_LOOKUP);
}

/* The number of a page of a shared mapping; SHARED when there is none left. */
static uint32_t number_of(struct lookup *l, const struct jl_mem_place *place) {
    uint64_t h = (place->page ^ place->ino << 20 ^ place->dev << 40) * 0x9e3779b97f4a7c15ull;
    uint32_t i = (uint32_t)(h >> 48) % SHARED;
    for (; l->shared[i].known; i = (i + 1) % SHARED)
        if (l->shared[i].page == place->page && l->shared[i].ino == place->ino && l->shared[i].dev == place->dev)
            return i;
    if (l->used == SHARED - 1) /* one stays free, which ends the search */
        return SHARED;
    l->used++;
    l->shared[i] = *place;
    return i;
}

static uint32_t first_of(struct jl_machine *m, uint32_t page) {
    struct lookup *l = state_of(m);
    if (!l->first[page]) {
        struct jl_mem_place place = jl_mem_place(jl_policy_mem(m), page);
        uint32_t number = place.known ? number_of(l, &place) : SHARED;
        l->first[page] = (number < SHARED ? 1 + JL_PAGES + number : 1 + page) * WORDS;
    }
    return l->first[page];
}

static uint64_t *slot_of(struct jl_machine *m, uint32_t pc) {
    return &state_of(m)->slot[first_of(m, pc >> JL_PAGE_SHIFT) + (pc >> 2) % WORDS];
}

static void *entry_in(const struct jl_machine *m, uint64_t slot) {
    return (char *)jl_lookup_stub(m) + (uint32_t)slot;
}

static void *find(struct jl_machine *m, uint32_t pc) {
    uint64_t slot = pc & 3 ? 0 : *slot_of(m, pc);
    return (uint32_t)slot && slot >> 32 == pc ? entry_in(m, slot) : NULL;
}

static void insert(struct jl_machine *m, uint32_t pc, void *entry) {
    uint64_t *slot = slot_of(m, pc);
    if ((uint32_t)*slot && *slot >> 32 != pc)
        jl_displace(m, entry_in(m, *slot));
    *slot = (uint64_t)pc << 32 | (uint32_t)((char *)entry - (char *)jl_lookup_stub(m));
}

static void drop(struct jl_machine *m, uint32_t pc) {
    uint64_t *slot = slot_of(m, pc);
    if (*slot >> 32 == pc)
        *slot = 0;
}

static void clear(struct jl_machine *m) {
    madvise(state_of(m)->slot, TABLE_BYTES, MADV_DONTNEED);
}

static void mapping_changed(struct jl_machine *m, uint32_t addr, uint64_t len) {
    uint64_t end = ((uint64_t)addr + len + JL_PAGE - 1) >> JL_PAGE_SHIFT, page = addr >> JL_PAGE_SHIFT;
    if (end > page)
        memset(&state_of(m)->first[page], 0, (end - page) * sizeof(uint32_t));
}

static void lower(struct jl_builder *b, jl_ref pc) {
    const struct lookup *l = state_of(b->machine);
    jl_ref cur[JL_VARS];
    jl_ref page = jl_b_op2(b, JL_IR_SHR, JL_I32, pc, jl_b_i32(b, JL_PAGE_SHIFT));
    jl_ref first = jl_b_hload(b, JL_I32, 4, 0, jl_b_ptr(b, l->first), page, 2, 0);
    jl_ref word = jl_b_op2(b, JL_IR_SHR, JL_I32, pc, jl_b_i32(b, 2));
    word = jl_b_op2(b, JL_IR_AND, JL_I32, word, jl_b_i32(b, WORDS - 1));
    jl_ref index = jl_b_op2(b, JL_IR_ADD, JL_I32, first, word);
    jl_ref slot = jl_b_hload(b, JL_I64, 8, 0, jl_b_ptr(b, l->slot), index, 3, 0);
    uint32_t other = jl_b_new_block(b, true), same = jl_b_new_block(b, false);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_NE, jl_b_op1(b, JL_IR_HIGH, JL_I32, slot), pc, other, same);
    jl_b_start(b, other); /* none, another address', or a misaligned one, which has no slot */
    jl_b_leave(b, JL_EXIT_LOOKUP, pc, 0);
    jl_b_start(b, same);
    jl_b_restore(b, cur);
    jl_ref distance = jl_b_op1(b, JL_IR_ZEXT32, JL_I64, jl_b_op1(b, JL_IR_TRUNC, JL_I32, slot));
    jl_b_count(b, &jl_policy_counters(b->machine)->inline_lookups, 1);
    jl_b_jump_host(b, jl_b_op2(b, JL_IR_ADD, JL_I64, distance, jl_b_ptr(b, jl_lookup_stub(b->machine))), pc);
}

static const struct jl_lookup_ops ops = {.life = {.create = create, .destroy = destroy},
                                         .find = find,
                                         .insert = insert,
                                         .remove = drop,
                                         .clear = clear,
                                         .mapping_changed = mapping_changed,
                                         .keeps_unmapped = true,
                                         .lower = lower};

static const struct jl_strategy strategy = {
    .name = "flat-phys",
    .axis = JL_AXIS_LOOKUP,
    .summary = "one slot for every physical word; translations outlive a change of their page's mapping",
    .source = "seed 1, Indirect Branch Lookup (virtual or physical address)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
