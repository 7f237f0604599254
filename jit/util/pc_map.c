#include "jit/util/pc_map.h"

#include <stdlib.h>
#include <string.h>

static uint32_t slot_of(const struct jl_pc_map *t, uint32_t pc) {
    uint32_t i = (pc >> 2) * 2654435761u & (t->size - 1);
    while (t->key[i] && t->key[i] != (pc | 1))
        i = (i + 1) & (t->size - 1);
    return i;
}

static bool allocate(struct jl_pc_map *t, uint32_t size) {
    t->key = calloc(size, sizeof *t->key);
    t->entry = calloc(size, sizeof *t->entry);
    t->size = size;
    t->used = 0;
    return t->key && t->entry;
}

bool jl_pc_map_init(struct jl_pc_map *t) {
    return allocate(t, 1 << 12);
}

void jl_pc_map_free(struct jl_pc_map *t) {
    free(t->key);
    free(t->entry);
}

void *jl_pc_map_find(const struct jl_pc_map *t, uint32_t pc) {
    return pc & 3 ? NULL : t->entry[slot_of(t, pc)]; /* an odd address would match the key of the even one below */
}

static void put(struct jl_pc_map *t, uint32_t pc, void *entry) {
    uint32_t i = slot_of(t, pc);
    t->used += t->key[i] == 0;
    t->key[i] = pc | 1;
    t->entry[i] = entry;
}

void jl_pc_map_insert(struct jl_pc_map *t, uint32_t pc, void *entry) {
    if (t->used * 10 >= t->size * 7) {
        struct jl_pc_map old = *t;
        if (!allocate(t, old.size * 2))
            abort();
        for (uint32_t i = 0; i < old.size; i++)
            if (old.entry[i])
                put(t, old.key[i] & ~1u, old.entry[i]);
        jl_pc_map_free(&old);
    }
    put(t, pc, entry);
}

void jl_pc_map_remove(struct jl_pc_map *t, uint32_t pc) {
    t->entry[slot_of(t, pc)] = NULL;
}

void jl_pc_map_clear(struct jl_pc_map *t) {
    memset(t->key, 0, t->size * sizeof *t->key);
    memset(t->entry, 0, t->size * sizeof *t->entry);
    t->used = 0;
}
