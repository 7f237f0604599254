/* Open-addressing table from guest address to cell. */
#include "jit/runtime/cells.h"

#include <stdlib.h>

#include "jit/runtime/regions.h"

enum { SLOTS = JL_CELL_MAX * 2 };

struct jl_cells {
    uint64_t *storage; /* [0] is the spare */
    uint32_t used;
    uint32_t key[SLOTS]; /* pc | 1; 0 = free (guest code is 4-aligned) */
    uint32_t cell[SLOTS];
    uint32_t slot[JL_CELL_MAX]; /* of each cell in use, to clear no more than that */
};

struct jl_cells *jl_cells_new(uint64_t *storage) {
    struct jl_cells *c = calloc(1, sizeof *c);
    if (c) {
        c->storage = storage;
        c->used = 1;
    }
    return c;
}

void jl_cells_free(struct jl_cells *cells) {
    free(cells);
}

void jl_cells_clear(struct jl_cells *cells) {
    while (cells->used > 1)
        cells->key[cells->slot[--cells->used]] = 0;
}

static uint32_t slot_of(const struct jl_cells *c, uint32_t pc) {
    uint32_t i = (pc >> 2) * 2654435761u % SLOTS;
    while (c->key[i] && c->key[i] != (pc | 1))
        i = (i + 1) % SLOTS;
    return i;
}

uint64_t *jl_cell_for(struct jl_machine *m, uint32_t pc) {
    struct jl_cells *c = m->cells;
    uint32_t i = slot_of(c, pc);
    if (!c->key[i]) {
        if (c->used == JL_CELL_MAX) {
            m->flush_wanted = true;
            c->storage[0] = (uint64_t)(uintptr_t)jl_lookup_stub(m);
            return &c->storage[0];
        }
        c->key[i] = pc | 1;
        c->slot[c->used] = i;
        c->cell[i] = c->used++;
        struct jl_region *r = jl_region_find(m, pc);
        c->storage[c->cell[i]] = (uint64_t)(uintptr_t)(r ? (void *)r->linked_entry : jl_lookup_stub(m));
    }
    return &c->storage[c->cell[i]];
}

void jl_cell_set(struct jl_machine *m, uint32_t pc, const void *entry) {
    struct jl_cells *c = m->cells;
    uint32_t i = slot_of(c, pc);
    if (c->key[i])
        c->storage[c->cell[i]] = (uint64_t)(uintptr_t)entry;
}
