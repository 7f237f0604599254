/* lookup=hash-c: a hash map in C; translated code always leaves to use it. Open addressing with linear probing, grown
 * at 70 % load; removal leaves a tombstone (entry NULL, key kept), as the key usually comes back. */
#include <stdlib.h>
#include <string.h>

#include "jit/policy.h"

struct map {
    uint32_t *key; /* pc | 1; 0 = never used */
    void **entry;
    uint32_t size, used;
};

static uint32_t slot_of(const struct map *t, uint32_t pc) {
    uint32_t i = (pc >> 2) * 2654435761u & (t->size - 1);
    while (t->key[i] && t->key[i] != (pc | 1))
        i = (i + 1) & (t->size - 1);
    return i;
}

static bool allocate(struct map *t, uint32_t size) {
    t->key = calloc(size, sizeof *t->key);
    t->entry = calloc(size, sizeof *t->entry);
    t->size = size;
    t->used = 0;
    return t->key && t->entry;
}

static void destroy(struct jl_machine *m, void *state) {
    struct map *t = state;
    (void)m;
    free(t->key);
    free(t->entry);
    free(t);
}

static void *create(struct jl_machine *m) {
    struct map *t = calloc(1, sizeof *t);
    if (!t || allocate(t, 1 << 12))
        return t;
    destroy(m, t);
    return NULL;
}

static void *find(struct jl_machine *m, uint32_t pc) {
    const struct map *t = jl_policy_state(m, JL_AXIS_LOOKUP);
    return pc & 3 ? NULL : t->entry[slot_of(t, pc)]; /* an odd address would match the key of the even one below */
}

static void put(struct map *t, uint32_t pc, void *entry) {
    uint32_t i = slot_of(t, pc);
    t->used += t->key[i] == 0;
    t->key[i] = pc | 1;
    t->entry[i] = entry;
}

static void insert(struct jl_machine *m, uint32_t pc, void *entry) {
    struct map *t = jl_policy_state(m, JL_AXIS_LOOKUP);
    if (t->used * 10 >= t->size * 7) {
        struct map old = *t;
        if (!allocate(t, old.size * 2))
            abort();
        for (uint32_t i = 0; i < old.size; i++)
            if (old.entry[i])
                put(t, old.key[i] & ~1u, old.entry[i]);
        free(old.key);
        free(old.entry);
    }
    put(t, pc, entry);
}

static void drop(struct jl_machine *m, uint32_t pc) {
    struct map *t = jl_policy_state(m, JL_AXIS_LOOKUP);
    t->entry[slot_of(t, pc)] = NULL;
}

static void clear(struct jl_machine *m) {
    struct map *t = jl_policy_state(m, JL_AXIS_LOOKUP);
    memset(t->key, 0, t->size * sizeof *t->key);
    memset(t->entry, 0, t->size * sizeof *t->entry);
    t->used = 0;
}

static const struct jl_lookup_ops ops = {
    .life = {create, destroy}, .find = find, .insert = insert, .remove = drop, .clear = clear};

static const struct jl_strategy strategy = {
    .name = "hash-c",
    .axis = JL_AXIS_LOOKUP,
    .summary = "hash map in C: translated code returns to C for every lookup",
    .source = "seed 1, introduction (lookup = unordered_map)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
