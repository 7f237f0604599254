/* Bump allocation: everything of one kind that dies at once. */
#ifndef JL_ARENA_H
#define JL_ARENA_H

#include <stddef.h>

struct jl_arena_chunk;
struct jl_arena {
    struct jl_arena_chunk *chunk; /* newest first */
};

/* size bytes, zeroed, aligned to 16. NULL only when the host has no memory. */
void *jl_arena_alloc(struct jl_arena *arena, size_t size);
/* The same, its content undefined. */
void *jl_arena_alloc_raw(struct jl_arena *arena, size_t size);
/* Frees everything at once. */
void jl_arena_clear(struct jl_arena *arena);

#endif
