/* Chunks in a list; the newest has the free room. */
#include "jit/util/arena.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 * 1024 };

struct jl_arena_chunk {
    struct jl_arena_chunk *next;
    size_t used, size;
    _Alignas(16) unsigned char bytes[];
};

void *jl_arena_alloc_raw(struct jl_arena *arena, size_t size) {
    struct jl_arena_chunk *c = arena->chunk;
    size = (size + 15) & ~(size_t)15;
    if (!c || c->size - c->used < size) {
        size_t room = size > CHUNK ? size : CHUNK;
        c = malloc(sizeof *c + room);
        if (!c)
            return NULL;
        c->next = arena->chunk;
        c->used = 0;
        c->size = room;
        arena->chunk = c;
    }
    void *p = c->bytes + c->used;
    c->used += size;
    return p;
}

void *jl_arena_alloc(struct jl_arena *arena, size_t size) {
    void *p = jl_arena_alloc_raw(arena, size);
    return p ? memset(p, 0, size) : NULL;
}

void jl_arena_clear(struct jl_arena *arena) {
    while (arena->chunk) {
        struct jl_arena_chunk *next = arena->chunk->next;
        free(arena->chunk);
        arena->chunk = next;
    }
}
