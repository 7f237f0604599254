/* The code cache's memory: see cache.h. */
#include "jit/runtime/cache.h"

#include <stdlib.h>

#include "jit/runtime/cells.h"
#include "jit/runtime/machine.h"

enum { CELL_BYTES = JL_CELL_MAX * 8, THUNK_BYTES = 4096, SLACK = 256 };
#define MOST ((size_t)3 << 29) /* displacements in it have 31 bits */

struct jl_code_cache *jl_cache_new(struct jl_machine *m, size_t size) {
    const struct jl_code_memory_ops *ops = JL_OPS(m, CODE_MEMORY, jl_code_memory_ops);
    struct jl_code_cache *c = calloc(1, sizeof *c);
    void *exec;
    if (!c)
        return NULL;
    c->nominal = size;
    if (m->tools.count) /* room for the counters on top */
        size = size * 8 < MOST ? size * 8 : size > MOST ? size : MOST;
    c->size = size + CELL_BYTES + THUNK_BYTES;
    c->base = ops->map(m, c->size, &exec);
    if (!c->base) {
        free(c);
        return NULL;
    }
    c->exec = exec;
    m->cells = jl_cells_new((uint64_t *)(void *)c->base);
    m->cache = c;
    jl_thunks_emit(m, c);
    c->start = c->base + CELL_BYTES + THUNK_BYTES;
    jl_cache_reset(c);
    return c;
}

void jl_cache_free(struct jl_code_cache *c) {
    free(c);
}

static size_t aligned(size_t n) {
    return (n + 15) & ~(size_t)15;
}

bool jl_cache_take(struct jl_code_cache *c, size_t hot, size_t far_size, size_t hot_counters, size_t far_counters,
                   uint8_t **hot_at, uint8_t **far_at) {
    uint8_t *from = (uint8_t *)aligned((uintptr_t)c->hot);
    size_t need = aligned(c->used) - c->used + hot - hot_counters + far_size - far_counters;
    if (c->nominal - c->used - c->far_used < need + SLACK || (size_t)(c->far_ - from) < hot + far_size + SLACK)
        return false;
    c->used = aligned(c->used);
    c->far_used += far_size - far_counters;
    *hot_at = c->taken = from;
    c->hot = from + hot;
    c->far_ -= far_size;
    *far_at = c->far_;
    return true;
}

void jl_cache_give_back(struct jl_code_cache *c, uint8_t *hot_end, size_t counters) {
    c->used += (size_t)(hot_end - c->taken) - counters;
    c->hot = hot_end;
}

void jl_cache_reset(struct jl_code_cache *c) {
    c->hot = c->start;
    c->far_ = c->base + c->size;
    c->used = c->far_used = 0;
}
