/* The guest-to-host map of a region: which guest instruction and IR op each piece of host code comes from. Made only
 * when a tool that shows translated code is on. */
#include <stdlib.h>

#include "jit/x64/emit.h"

void jl_map_note(struct jl_emit *e, jl_ref op, uint32_t pc) {
    if (!e->final)
        return;
    if (e->nmap && e->map[e->nmap - 1].host == e->a.p) /* what stood here made no code */
        e->nmap--;
    if (e->nmap == e->cap_map) {
        uint32_t cap = e->cap_map ? e->cap_map * 2 : 256;
        struct jl_map_entry *p = realloc(e->map, cap * sizeof *p);
        if (!p)
            abort();
        e->map = p;
        e->cap_map = cap;
    }
    e->map[e->nmap++] = (struct jl_map_entry){.host = e->a.p, .guest_pc = pc, .op = op};
}

bool jl_map_finish(struct jl_emit *e) {
    if (!e->m->keep_map)
        return true;
    struct jl_map_entry *map = jl_arena_alloc(&e->m->regions, (e->nmap + 1) * sizeof *map);
    if (!map)
        return false;
    struct jl_region *r = e->region;
    for (uint32_t i = 0; i < e->nmap; i++) /* what stood at the end of the hot code or of the far code made none */
        if (e->map[i].host != r->hot_end && e->map[i].host != r->far_end)
            map[r->nmap++] = e->map[i];
    r->map = map;
    return true;
}
