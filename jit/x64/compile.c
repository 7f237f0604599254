/* From IR to host code: see compile.h. */
#include "jit/x64/compile.h"

#include <stdlib.h>

#include "jit/runtime/tools.h"
#include "jit/x64/emit.h"

struct jl_emit *jl_emit_new(void) {
    struct jl_emit *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->al = jl_alloc_new();
    e->sites = calloc(1, sizeof *e->sites);
    if (e->al && e->sites)
        return e;
    jl_emit_free(e);
    return NULL;
}

void jl_emit_free(struct jl_emit *e) {
    if (!e)
        return;
    jl_alloc_free(e->al);
    if (e->sites) {
        free(e->sites->sites);
        free(e->sites->snaps);
        free(e->sites->words);
        free(e->sites->snap_of);
    }
    free(e->sites);
    free(e->scratch);
    free(e->label);
    free(e->label_off);
    free(e->jump_off);
    free(e->uses);
    free(e->far_);
    free(e->map);
    free(e);
}

struct jl_region *jl_x64_compile(struct jl_machine *m, struct jl_region *region) {
    struct jl_emit *e = m->emit;
    bool dump = m->tools.dump_ir;
    jl_passes_run(m, m->ir, dump ? m->tools.dump : NULL);
    e->m = m;
    e->region = region;
    e->ir = m->ir;
    e->cache_full = false;
    if (m->ir->failed || !jl_alloc_run(e->al, m, m->ir)) /* passes add constants, for which there may be no room */
        return NULL;
    region->vectors = jl_alloc_vectors(e->al);
    jl_phase_done(m, JL_PHASE_ALLOCATE);
    if (!jl_emit_region(e)) {
        m->flush_wanted |= e->cache_full;
        return NULL;
    }
    region->host_count = e->a.instructions - e->counters;
    region->host_bytes = (uint32_t)((region->hot_end - region->hot) + (region->far_end - region->far_)) -
                         e->hot_instrument - e->instrument;
    m->frame_bytes = e->frame_bytes;
    region->sites = jl_site_finish(e);
    bool made = region->sites && jl_map_finish(e);
    jl_phase_done(m, JL_PHASE_EMIT);
    return made ? region : NULL;
}
