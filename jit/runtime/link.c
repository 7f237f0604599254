/* Static links: the life cycle of seed 1, "Static Branch Linking".
 *
 * A jump to a known guest address starts out leading to its stub in far code, which leaves to C with the site's number.
 * C finds or makes the target and patches the jump's displacement. A conditional branch has two such sites, one an arm,
 * so that it goes through unlinked, one arm patched, both arms patched. Every patch is on the target's list and is
 * undone when the target dies.
 */
#include <stdlib.h>

#include "jit/runtime/regions.h"
#include "jit/x64/asm.h"

uint32_t jl_link_new(struct jl_machine *m, struct jl_region *region, uint8_t *field, uint32_t target_pc) {
    if (m->nsites == m->cap_sites) {
        uint32_t cap = m->cap_sites ? m->cap_sites * 2 : 4096;
        struct jl_link_site *p = realloc(m->sites, cap * sizeof *p);
        if (!p)
            abort();
        m->sites = p;
        m->cap_sites = cap;
    }
    m->sites[m->nsites] = (struct jl_link_site){
        .field = field, .target_pc = target_pc, .region = region->number, .next_in = -1, .linked_to = -1};
    region->nsites++;
    return m->nsites++;
}

void jl_link_patch(struct jl_machine *m, uint32_t site, struct jl_region *target) {
    struct jl_link_site *s = &m->sites[site];
    if (s->linked_to >= 0 || target->dead || m->region_list[s->region]->dead)
        return;
    jl_x_patch32(s->field, target->linked_entry);
    s->linked_to = (int32_t)target->number;
    s->next_in = target->links_in;
    target->links_in = (int32_t)site;
    m->counters.links_made++;
}

static void unlink_out(struct jl_machine *m, uint32_t site) {
    struct jl_link_site *s = &m->sites[site];
    if (s->linked_to < 0)
        return;
    int32_t *at = &m->region_list[s->linked_to]->links_in;
    while (*at >= 0 && *at != (int32_t)site)
        at = &m->sites[*at].next_in;
    if (*at >= 0)
        *at = s->next_in;
    jl_x_patch32(s->field, s->stub);
    s->linked_to = -1;
}

void jl_link_undo(struct jl_machine *m, struct jl_region *region) {
    for (int32_t i = region->links_in; i >= 0;) {
        struct jl_link_site *s = &m->sites[i];
        i = s->next_in;
        jl_x_patch32(s->field, s->stub);
        s->linked_to = -1;
        s->next_in = -1;
        m->counters.links_undone++;
    }
    region->links_in = -1;
    for (uint32_t i = 0; i < region->nsites; i++)
        unlink_out(m, region->first_site + i);
}
