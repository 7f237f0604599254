/* The code cache's memory: see cache.h. */
#include "jit/runtime/cache.h"

#include <stdlib.h>

#include "jit/runtime/cells.h"
#include "jit/runtime/machine.h"

enum { CELL_BYTES = JL_CELL_MAX * 8, THUNK_BYTES = 4096, SLACK = 256 };

struct jl_code_cache *jl_cache_new(struct jl_machine *m, size_t size) {
    const struct jl_code_memory_ops *ops = JL_OPS(m, CODE_MEMORY, jl_code_memory_ops);
    struct jl_code_cache *c = calloc(1, sizeof *c);
    void *exec;
    if (!c)
        return NULL;
    c->size = size + CELL_BYTES + THUNK_BYTES;
    c->base = ops->map(c->size, &exec);
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

void jl_cache_free(struct jl_machine *m, struct jl_code_cache *c) {
    if (!c)
        return;
    JL_OPS(m, CODE_MEMORY, jl_code_memory_ops)->unmap(c->base, c->exec, c->size);
    free(c);
}

bool jl_cache_take(struct jl_code_cache *c, size_t hot, size_t far_size, uint8_t **hot_at, uint8_t **far_at) {
    uint8_t *from = (uint8_t *)(((uintptr_t)c->hot + 15) & ~(uintptr_t)15);
    if ((size_t)(c->far_ - from) < hot + far_size + SLACK)
        return false;
    *hot_at = from;
    c->hot = from + hot;
    c->far_ -= far_size;
    *far_at = c->far_;
    return true;
}

void jl_cache_give_back(struct jl_code_cache *c, size_t taken, uint8_t *hot_end) {
    (void)taken;
    c->hot = hot_end;
}

void jl_cache_reset(struct jl_code_cache *c) {
    c->hot = c->start;
    c->far_ = c->base + c->size;
}
