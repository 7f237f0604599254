/* Back-patching of direct accesses (seed 1, Memory access: fastmem).
 *
 * An access that has faulted will likely fault again: its site accesses a device, or a page that the guest's own tables
 * map. It is changed into a jump to a stub that is made for it, and from then on each of its accesses is a call, which
 * looks at the address: memory, what the guest's tables map, a device (slow.c). What can do neither leaves the region
 * there. A stub is a far piece: mov, call, jmp. What it does is said by the site's description, in locations.
 *
 * Not under --model: the path behind the jump is not one that the notes name.
 */
#include "jit/runtime/patch.h"

#include <stdlib.h>

#include "jit/runtime/cache.h"
#include "jit/runtime/profile.h"
#include "jit/runtime/regions.h"
#include "jit/runtime/site.h"
#include "jit/x64/asm.h"
#include "jit/x64/disasm.h"

struct jl_patch {
    uint32_t region;
    struct jl_site site;
};

enum { STUB_BYTES = 32, STUB_INSTRUCTIONS = 3, JUMP = 1 };

static uint8_t *make_stub(struct jl_machine *m, uint8_t *back) {
    uint8_t *hot, *stub;
    if (!jl_cache_take(m->cache, 0, STUB_BYTES, 0, 0, &hot, &stub))
        return NULL;
    struct jl_asm a = {.p = stub, .start = stub, .end = stub + STUB_BYTES};
    jl_x_mov_ri(&a, JL_RAX, (uint32_t)JL_PATCHES << 12 | m->npatches);
    jl_x_call_to(&a, m->cache->thunk[JL_THUNK_SLOW]);
    jl_x_jmp_to(&a, back);
    return stub;
}

bool jl_patch_access(struct jl_machine *m, void *host_pc) {
    struct jl_region *region = jl_region_at_host(m, host_pc);
    struct jl_site site;
    if (m->model || m->tools.check || m->npatches == JL_PATCH_MAX || !jl_site_at(m, region, host_pc, &site) ||
        !(site.flags & JL_SITE_DESCRIBED))
        return false;
    if (!m->patches && !(m->patches = malloc(JL_PATCH_MAX * sizeof *m->patches)))
        return false;
    uint8_t *at = m->cache->base + site.host_off, *stub = make_stub(m, m->cache->base + site.host_end);
    if (!stub)
        return false;
    if (region->profile) /* what came in front of the instruction that faulted, and is executed again */
        jl_profile_site(region, &site, (int32_t)jl_x64_count(at, host_pc));
    struct jl_asm a = {.p = at, .start = at, .end = at + STUB_BYTES};
    jl_x_jmp_to(&a, stub);
    m->patches[m->npatches++] = (struct jl_patch){region->number, site};
    m->fault_pc = (uint64_t)(uintptr_t)at;
    return true;
}

static bool access_slowly(struct jl_machine *m, const struct jl_site *s) {
    uint32_t addr = (uint32_t)(jl_site_value(m, s->a, 0) + (jl_site_value(m, s->b, 0) << s->fmt) + (uint64_t)s->imm_a);
    m->cpu.exit = JL_EXIT_NONE;
    if (s->flags & JL_SITE_STORE) {
        jl_slow_store(&m->cpu, addr, jl_site_value(m, s->dst, s->imm_b), s->how);
    } else {
        uint64_t v = jl_slow_load(&m->cpu, addr, s->how);
        if (m->cpu.exit == JL_EXIT_NONE)
            jl_site_set_value(m, s->dst, s->flags & JL_SITE_WIDE ? v : (uint32_t)v);
    }
    return m->cpu.exit == JL_EXIT_NONE;
}

uint32_t jl_patched_access(struct jl_machine *m, uint32_t n) {
    const struct jl_site *s = &m->patches[n].site;
    const struct jl_region *region = m->region_list[m->patches[n].region];
    m->slow_region = region;
    m->slow_uncharged = jl_sites_snaps(region->sites)[s->snap].uncharged;
    if (access_slowly(m, s)) {
        jl_profile_site(region, s, JUMP + STUB_INSTRUCTIONS - s->length);
        return 0;
    }
    jl_snap_restore(m, region, s->snap);
    jl_profile_site(region, s, JUMP + STUB_INSTRUCTIONS - 1 - (int32_t)s->tail);
    return 1;
}
