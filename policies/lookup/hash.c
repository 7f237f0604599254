/* lookup=hash: a hash table whose first slot is probed in translated code; only when that holds another address does
 * control leave to C, which probes further. Entries are pairs of key and host address, 16 bytes, so that one shifted
 * index reaches both. What C finds further on is brought to the front now and then, so that code that ran once does not
 * keep what is hot out of its first slot; not each time, as two hot addresses with one first slot would then both leave
 * always. */
#include <stdlib.h>
#include <sys/mman.h>

#include "jit/policy.h"

struct slot {
    uint64_t key; /* guest address */
    void *entry;  /* NULL: the slot is empty */
};
/* Translated code does not look at the entry, so an empty slot may not have a key that code looks for there. Zero is
 * one only of the first slot. */
#define EMPTY (~(uint64_t)0)

struct table {
    struct slot *slot;
    uint32_t size, found;  /* found: by C */
    uint64_t hits, misses; /* in translated code, when counting */
};

static const struct jl_param params[] = {
    {"bits", 16, 8, 22, "log2 of the number of slots"},
    {NULL, 0, 0, 0, NULL},
};

static void wipe(struct table *t) {
    madvise(t->slot, t->size * sizeof *t->slot, MADV_DONTNEED); /* zeroes, which cost nothing till they are used */
    t->slot[0].key = EMPTY;
}

static void *create(struct jl_machine *m) {
    struct table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->size = 1u << jl_policy_param(m, JL_AXIS_LOOKUP, "bits");
    t->slot = jl_policy_space(m, t->size * sizeof *t->slot, PROT_READ | PROT_WRITE);
    if (!t->slot) {
        free(t);
        return NULL;
    }
    wipe(t);
    return t;
}

static void destroy(struct jl_machine *m, void *state) {
    struct table *t = state;
    (void)m;
    free(t);
}

enum { MAX_PROBES = 64, TO_FRONT = 8 };

static struct slot *probe(struct table *t, uint32_t pc, bool make) {
    uint32_t i = pc >> 2;
    for (unsigned n = 0; n < MAX_PROBES; n++, i++) {
        struct slot *s = &t->slot[i & (t->size - 1)];
        if (s->entry ? s->key == pc : make)
            return s;
    }
    return make ? &t->slot[(pc >> 2) & (t->size - 1)] : NULL; /* too crowded: the first one gives way */
}

/* Lets s and the first slot of its key change places, if what is there may stand so far from its own first slot. */
static void bring_to_front(struct table *t, struct slot *s) {
    struct slot *first = &t->slot[(s->key >> 2) & (t->size - 1)], moved = *first;
    uint32_t distance = ((uint32_t)(s - t->slot) - (uint32_t)(moved.key >> 2)) & (t->size - 1);
    if (moved.entry && distance >= MAX_PROBES)
        return;
    *first = *s;
    *s = moved.entry ? moved : (struct slot){EMPTY, NULL};
}

static void *find(struct jl_machine *m, uint32_t pc) {
    struct table *t = jl_policy_state(m, JL_AXIS_LOOKUP);
    struct slot *s = probe(t, pc, false);
    if (!s)
        return NULL;
    void *entry = s->entry;
    if (++t->found % TO_FRONT == 0 && s != &t->slot[(pc >> 2) & (t->size - 1)])
        bring_to_front(t, s);
    return entry;
}

static void insert(struct jl_machine *m, uint32_t pc, void *entry) {
    struct table *t = jl_policy_state(m, JL_AXIS_LOOKUP);
    struct slot *s = probe(t, pc, false);
    if (!s)
        s = probe(t, pc, true);
    *s = (struct slot){pc, entry};
}

static void drop(struct jl_machine *m, uint32_t pc) {
    struct slot *s = probe(jl_policy_state(m, JL_AXIS_LOOKUP), pc, false);
    if (s)
        *s = (struct slot){EMPTY, NULL};
}

static void clear(struct jl_machine *m) {
    wipe(jl_policy_state(m, JL_AXIS_LOOKUP));
}

static void lower(struct jl_builder *b, jl_ref pc) {
    struct table *t = jl_policy_state(b->machine, JL_AXIS_LOOKUP);
    /* (pc >> 2 & mask) * 16, in one mask and one shift */
    jl_ref offset =
        jl_b_op2(b, JL_IR_SHL, JL_I32, jl_b_op2(b, JL_IR_AND, JL_I32, pc, jl_b_i32(b, (int32_t)((t->size - 1) << 2))),
                 jl_b_i32(b, 2));
    jl_ref base = jl_b_ptr(b, t->slot);
    jl_ref key = jl_b_hload(b, JL_I64, 8, 0, base, offset, 0, offsetof(struct slot, key));
    uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, true);
    jl_ref host = jl_b_hload(b, JL_I64, 8, 0, base, offset, 0, offsetof(struct slot, entry));
    jl_b_count(b, &jl_policy_counters(b->machine)->inline_lookups, 1);
    jl_ref cur[JL_VARS];
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_EQ, key, jl_b_op1(b, JL_IR_ZEXT32, JL_I64, pc), hit, miss);
    jl_b_start(b, hit);
    jl_b_jump_host(b, host, pc);
    jl_b_restore(b, cur);
    jl_b_start(b, miss);
    jl_b_leave(b, JL_EXIT_LOOKUP, pc, 0);
}

static const struct jl_lookup_ops ops = {
    .life = {create, destroy}, .find = find, .insert = insert, .remove = drop, .clear = clear, .lower = lower};

static const struct jl_strategy strategy = {
    .name = "hash",
    .axis = JL_AXIS_LOOKUP,
    .summary = "hash table whose first slot is probed in translated code, which returns to C only to probe further",
    .source = "seed 1, Indirect Branch Lookup (hash table in assembly, exit to probe)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
