/* lookup=hash-c: a hash map in C; translated code always leaves to use it. */
#include <stdlib.h>

#include "jit/policy.h"
#include "jit/util/pc_map.h"

static void destroy(struct jl_machine *m, void *state) {
    (void)m;
    jl_pc_map_free(state);
    free(state);
}

static void *create(struct jl_machine *m) {
    struct jl_pc_map *t = calloc(1, sizeof *t);
    if (!t || jl_pc_map_init(t))
        return t;
    destroy(m, t);
    return NULL;
}

static void *find(struct jl_machine *m, uint32_t pc) {
    return jl_pc_map_find(jl_policy_state(m, JL_AXIS_LOOKUP), pc);
}

static void insert(struct jl_machine *m, uint32_t pc, void *entry) {
    jl_pc_map_insert(jl_policy_state(m, JL_AXIS_LOOKUP), pc, entry);
}

static void drop(struct jl_machine *m, uint32_t pc) {
    jl_pc_map_remove(jl_policy_state(m, JL_AXIS_LOOKUP), pc);
}

static void clear(struct jl_machine *m) {
    jl_pc_map_clear(jl_policy_state(m, JL_AXIS_LOOKUP));
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
