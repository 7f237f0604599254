/* Back-patching of direct accesses (seed 1, Memory access: fastmem).
 *
 * An access that has faulted will likely fault again: its site accesses a device, or a page that the guest's own tables
 * map. It is changed into a jump to a stub that is made for it, and from then on each of its accesses is a call, which
 * looks at the address: memory, what the guest's tables map, a device (slow.c). What can do neither leaves the region
 * there. Where it was such a page, the stub first looks into a small table of them and makes the access there. What the
 * access is, the site's description says, in locations.
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
#include "jit/x64/emit.h"

struct jl_patch {
    uint32_t region;
    uint32_t instructions; /* executed beside the site's on the way to C and back */
    struct jl_patch_table *table;
    struct jl_site site;
};

enum { STUB_BYTES = 32, TABLE_BYTES = 160, JUMP = 1 };

/* The call of C: three instructions. */
static void emit_call(struct jl_machine *m, struct jl_asm *a, uint8_t *back) {
    jl_x_mov_ri(a, JL_RAX, (uint32_t)JL_PATCHES << 12 | m->npatches);
    jl_x_call_to(a, m->cache->thunk[JL_THUNK_SLOW]);
    jl_x_jmp_to(a, back);
}

static enum jl_reg in_register(struct jl_asm *a, jl_loc loc, enum jl_reg scratch) {
    if (loc == JL_LOC_NONE || loc == JL_LOC_CONST)
        return JL_NOREG;
    if (jl_loc_is_gpr(loc))
        return (enum jl_reg)loc;
    jl_x_mov_rm(a, 4, scratch, jl_loc_mem(loc));
    return scratch;
}

/* The address to eax. Constant parts are in imm_a. */
static void emit_address(struct jl_asm *a, const struct jl_site *s) {
    enum jl_reg base = in_register(a, s->a, JL_RAX), index = in_register(a, s->b, JL_RDX);
    jl_x_lea(a, 4, JL_RAX, jl_mx(base, index, index == JL_NOREG ? 0 : s->fmt, (int32_t)s->imm_a));
}

/* What runs beside the block when the table has the page, less what the site had: no exit to C would count it. */
static void emit_count(struct jl_asm *a, const struct jl_region *region, const struct jl_site *s,
                       int32_t instructions) {
    if (!region->profile)
        return;
    jl_x_mov_ri(a, JL_RAX, (int64_t)(uintptr_t)&region->profile->block[s->block].extra);
    jl_x_alu_mi(a, JL_X_ADD, 8, jl_m(JL_RAX, 0), instructions - s->length);
}

/* An entry's page exclusive-ored with the address leaves the offset in it, if it is that page. */
static void emit_look(struct jl_machine *m, struct jl_asm *a, const struct jl_region *region, struct jl_patch *p,
                      uint8_t *back) {
    const struct jl_site *s = &p->site;
    const struct jl_patch_entry *e = p->table->entry[!!(s->flags & JL_SITE_STORE)];
    int32_t at = jl_policy_near_offset(m, e) - JL_CPU_BIAS;
    emit_address(a, s);
    jl_x_mov_rr(a, 4, JL_RDX, JL_RAX);
    jl_x_shr_ri(a, 4, JL_RDX, JL_PAGE_SHIFT - 3);
    jl_x_alu_ri(a, JL_X_AND, 4, JL_RDX, (JL_PATCH_ENTRIES - 1) << 3);
    jl_x_alu_rm(a, JL_X_XOR, 4, JL_RAX, jl_mx(JL_RBP, JL_RDX, 0, at));
    jl_x_alu_ri(a, JL_X_CMP, 4, JL_RAX, JL_PAGE);
    uint8_t *miss = jl_x_jcc32(a, JL_CC_AE_);
    p->instructions = JUMP + a->instructions;
    jl_x_alu_rm(a, JL_X_ADD, 4, JL_RAX, jl_mx(JL_RBP, JL_RDX, 0, at + 4));
    jl_site_emit_access(a, s, jl_mgs(JL_RAX, JL_NOREG, 0, 0));
    emit_count(a, region, s, JUMP + (int32_t)a->instructions + 1);
    jl_x_jmp_to(a, back);
    jl_x_patch32(miss, a->p);
}

static uint8_t *make_stub(struct jl_machine *m, const struct jl_region *region, struct jl_patch *p) {
    uint8_t *hot, *stub, *back = m->cache->base + p->site.host_end;
    size_t size = p->table ? TABLE_BYTES : STUB_BYTES;
    if (!jl_cache_take(m->cache, 0, size, 0, 0, &hot, &stub))
        return NULL;
    struct jl_asm a = {.p = stub, .start = stub, .end = stub + size};
    p->instructions = JUMP;
    if (p->table)
        emit_look(m, &a, region, p, back);
    emit_call(m, &a, back);
    p->instructions += 3;
    return a.overflow ? NULL : stub;
}

/* A word on two pages may be anywhere: C's. So is what a swizzled memory has in another place than the address says. */
static bool uses_table(const struct jl_machine *m, const struct jl_site *s, uint32_t addr) {
    uint32_t at;
    unsigned size = s->how & JL_HOW_SIZE;
    if (m->mem->flip && size != 4)
        return false;
    return (s->how & JL_HOW_EXACT || size == 1) && jl_guest_find(m, addr, size, s->flags & JL_SITE_STORE, &at);
}

bool jl_patch_access(struct jl_machine *m, void *host_pc, uint32_t addr, struct jl_patch_table *table) {
    struct jl_region *region = jl_region_at_host(m, host_pc);
    struct jl_patch p = {.region = region->number};
    if (m->model || m->tools.check || m->npatches == JL_PATCH_MAX || !jl_site_at(m, region, host_pc, &p.site) ||
        !(p.site.flags & JL_SITE_DESCRIBED))
        return false;
    if (!m->patches && !(m->patches = malloc(JL_PATCH_MAX * sizeof *m->patches)))
        return false;
    p.table = uses_table(m, &p.site, addr) ? table : NULL;
    uint8_t *at = m->cache->base + p.site.host_off, *stub = make_stub(m, region, &p);
    if (!stub)
        return false;
    if (region->profile) /* what came in front of the instruction that faulted, and is executed again */
        jl_profile_site(region, &p.site, (int32_t)jl_x64_count(at, host_pc));
    struct jl_asm a = {.p = at, .start = at, .end = at + STUB_BYTES};
    jl_x_jmp_to(&a, stub);
    m->patches[m->npatches++] = p;
    m->fault_pc = (uint64_t)(uintptr_t)at;
    return true;
}

static void fill(struct jl_machine *m, struct jl_patch_table *table, uint32_t addr, bool store) {
    uint32_t page = addr & ~(uint32_t)(JL_PAGE - 1), at;
    if (jl_guest_find(m, page, JL_PAGE, store, &at))
        table->entry[store][page >> JL_PAGE_SHIFT & (JL_PATCH_ENTRIES - 1)] = (struct jl_patch_entry){page, at};
}

static bool access_slowly(struct jl_machine *m, const struct jl_patch *p) {
    const struct jl_site *s = &p->site;
    uint32_t addr = (uint32_t)(jl_site_value(m, s->a, 0) + (jl_site_value(m, s->b, 0) << s->fmt) + (uint64_t)s->imm_a);
    m->cpu.exit = JL_EXIT_NONE;
    if (p->table)
        fill(m, p->table, addr, s->flags & JL_SITE_STORE);
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
    const struct jl_patch *p = &m->patches[n];
    const struct jl_site *s = &p->site;
    const struct jl_region *region = m->region_list[p->region];
    m->slow_region = region;
    m->slow_uncharged = jl_sites_snaps(region->sites)[s->snap].uncharged;
    if (access_slowly(m, p)) {
        jl_profile_site(region, s, (int32_t)p->instructions - s->length);
        return 0;
    }
    jl_snap_restore(m, region, s->snap);
    jl_profile_site(region, s, (int32_t)p->instructions - 1 - (int32_t)s->tail);
    return 1;
}
