/* A hash map from guest addresses to host addresses, for C alone. Open addressing with linear probing, grown at 70 %
 * load; removal leaves a tombstone (entry NULL, key kept), as the key usually comes back. */
#ifndef JL_PC_MAP_H
#define JL_PC_MAP_H

#include <stdbool.h>
#include <stdint.h>

struct jl_pc_map {
    uint32_t *key; /* pc | 1; 0 = never used */
    void **entry;
    uint32_t size, used;
};

/* Makes t an empty map. False when the host has no memory; jl_pc_map_free is right then, too. */
bool jl_pc_map_init(struct jl_pc_map *t);
void jl_pc_map_free(struct jl_pc_map *t);
/* The entry of pc; NULL: it has none, as has any misaligned address. */
void *jl_pc_map_find(const struct jl_pc_map *t, uint32_t pc);
/* Gives the aligned address pc the entry, in the place of one it has. Aborts when the host has no memory. */
void jl_pc_map_insert(struct jl_pc_map *t, uint32_t pc, void *entry);
void jl_pc_map_remove(struct jl_pc_map *t, uint32_t pc);
/* Forgets all, and keeps the memory. */
void jl_pc_map_clear(struct jl_pc_map *t);

#endif
