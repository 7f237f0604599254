/* Back-patching of direct accesses (seed 1, Memory access: fastmem).
 *
 * An access that has faulted will likely fault again: its site accesses a device, a page that the guest's own tables
 * map, or data beside code. It is changed into a jump to a stub that is made for it, which looks at the address: where
 * the site hit a page that the guest's tables map, into a small table of such pages; what is plain memory is accessed
 * there; where the site stored beside code, the stub looks at what of the page is code; all else is a call (slow.c),
 * which does devices' accesses. What cannot be done in any of these ways leaves the region there. What the access is,
 * the site's description says, in locations.
 *
 * In lockstep too, where what only the guest's own tables and devices can do is left to the interpreter, as everywhere
 * in lockstep: stubs there have no table.
 *
 * Not under --model. A walk knows the branches of a region from when it was emitted, at addresses that count no byte of
 * the notes; a stub has four ways and no notes to tell them apart, lies in no part that has such addresses, and the
 * bytes that the jump takes the place of would have to lead elsewhere from then on. The walk would be lost at the first
 * stub, and one that is lost gives no counts at all.
 */
#include "jit/runtime/patch.h"

#include <stdlib.h>

#include "jit/runtime/beside.h"
#include "jit/runtime/cache.h"
#include "jit/runtime/devices.h"
#include "jit/runtime/profile.h"
#include "jit/runtime/regions.h"
#include "jit/runtime/site.h"
#include "jit/x64/asm.h"
#include "jit/x64/disasm.h"
#include "jit/x64/emit.h"

struct jl_patch {
    const struct jl_region *region;
    uint32_t instructions; /* executed beside the site's on the way to C and back */
    uint32_t on_return;    /* of these, those behind the call */
    uint16_t uncharged;    /* what is charged too much at the site */
    bool is_word;          /* aligned, of 4 bytes */
    bool beside;           /* it stored beside code */
    uint32_t to_hit;       /* instructions more where such a page is known and its code is hit */
    struct jl_patch_table *table;
    struct jl_site site;
};

enum { STUB_BYTES = 320, JUMP = 1 };

/* A stub while it is made: where it goes back to, and its instructions that do not run on the way to C. */
struct stub {
    struct jl_machine *m;
    const struct jl_region *region;
    struct jl_patch *patch;
    const struct jl_site *site;
    struct jl_asm a;
    uint8_t *back;
    uint32_t aside;
};

static bool is_store(const struct jl_site *s) {
    return s->flags & JL_SITE_STORE;
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

/* The end of a way that does not call C: back, counted, since no exit to C would count what ran beside the block, less
 * what the site had. What stands between `from` and here is aside of the way to C. */
static void emit_back(struct stub *t, uint32_t from) {
    struct jl_asm *a = &t->a;
    int32_t ran = JUMP + (int32_t)(a->instructions - t->aside) + 1 - t->site->length;
    if (t->region->profile) {
        jl_x_mov_ri(a, JL_RAX, (int64_t)(uintptr_t)&t->region->profile->block[t->site->block].extra);
        jl_x_alu_mi(a, JL_X_ADD, 8, jl_m(JL_RAX, 0), ran);
    }
    jl_x_jmp_to(a, t->back);
    t->aside += a->instructions - from;
}

/* Memory that may be accessed without more ado is; else goes on with the address in eax. */
static void emit_plain(struct stub *t) {
    enum { STORABLE = JL_PAGE_W | JL_PAGE_CODE | JL_PAGE_GUARD };
    struct jl_asm *a = &t->a;
    emit_address(a, t->site);
    jl_x_mov_rr(a, 4, JL_RDX, JL_RAX);
    jl_x_shr_ri(a, 4, JL_RDX, JL_PAGE_SHIFT);
    jl_x_alu_rm(a, JL_X_ADD, 8, JL_RDX, jl_m(JL_RBP, JL_AT(page_flags)));
    jl_x_movzx_rm(a, 4, JL_RDX, jl_m(JL_RDX, 0), 1);
    jl_x_alu_ri(a, JL_X_AND, 4, JL_RDX, is_store(t->site) ? STORABLE : JL_PAGE_R);
    jl_x_alu_ri(a, JL_X_CMP, 4, JL_RDX, is_store(t->site) ? JL_PAGE_W : JL_PAGE_R);
    uint8_t *other = jl_x_jcc32(a, JL_CC_NE_);
    uint32_t from = a->instructions;
    jl_site_emit_access(a, t->site, jl_mgs(JL_RAX, JL_NOREG, 0, 0));
    emit_back(t, from);
    jl_x_patch32(other, a->p);
}

/* An entry's page exclusive-ored with the address leaves the offset in it, if it is that page. */
static void emit_look(struct stub *t) {
    struct jl_asm *a = &t->a;
    const struct jl_patch_entry *e = t->patch->table->entry[is_store(t->site)];
    int32_t at = jl_policy_near_offset(t->m, e) - JL_CPU_BIAS;
    emit_address(a, t->site);
    jl_x_mov_rr(a, 4, JL_RDX, JL_RAX);
    jl_x_shr_ri(a, 4, JL_RDX, JL_PAGE_SHIFT - 3);
    jl_x_alu_ri(a, JL_X_AND, 4, JL_RDX, (JL_PATCH_ENTRIES - 1) << 3);
    jl_x_alu_rm(a, JL_X_XOR, 4, JL_RAX, jl_mx(JL_RBP, JL_RDX, 0, at));
    jl_x_alu_ri(a, JL_X_CMP, 4, JL_RAX, JL_PAGE);
    uint8_t *miss = jl_x_jcc32(a, JL_CC_AE_);
    uint32_t from = a->instructions;
    jl_x_alu_rm(a, JL_X_ADD, 4, JL_RAX, jl_mx(JL_RBP, JL_RDX, 0, at + 4));
    jl_site_emit_access(a, t->site, jl_mgs(JL_RAX, JL_NOREG, 0, 0));
    emit_back(t, from);
    jl_x_patch32(miss, a->p);
}

/* A store into a page of which it is known what is code (beside.h): past its guard where it hits none. */
static void emit_beside(struct stub *t) {
    struct jl_asm *a = &t->a;
    enum jl_reg r = t->site->dst == JL_LOC_GPR + JL_RSI ? JL_RDI : JL_RSI; /* borrowed */
    jl_x_mov_rr(a, 4, JL_RDX, JL_RAX);
    jl_x_shr_ri(a, 4, JL_RDX, JL_PAGE_SHIFT - JL_BESIDE_SHIFT);
    jl_x_alu_ri(a, JL_X_AND, 4, JL_RDX, (JL_BESIDE_PAGES - 1) << JL_BESIDE_SHIFT);
    jl_x_alu_rm(a, JL_X_XOR, 4, JL_RAX, jl_mx(JL_RBP, JL_RDX, 0, JL_AT(beside[0].addr)));
    jl_x_alu_ri(a, JL_X_CMP, 4, JL_RAX, JL_PAGE);
    uint8_t *other_page = jl_x_jcc32(a, JL_CC_AE_);
    uint32_t from = a->instructions;
    jl_x_mov_mr(a, 8, jl_m(JL_RBP, JL_AT(scratch)), r);
    jl_x_mov_rr(a, 4, r, JL_RAX);
    jl_x_shr_ri(a, 4, r, JL_LINE_SHIFT);
    jl_x_bt_mr(a, 8, jl_mx(JL_RBP, JL_RDX, 0, JL_AT(beside[0].lines)), r);
    jl_x_mov_rm(a, 8, r, jl_m(JL_RBP, JL_AT(scratch)));
    uint8_t *hit = jl_x_jcc32(a, JL_CC_B_);
    uint32_t behind = a->instructions;
    jl_x_alu_rm(a, JL_X_ADD, 8, JL_RAX, jl_mx(JL_RBP, JL_RDX, 0, JL_AT(beside[0].host)));
    jl_site_emit_access(a, t->site, jl_m(JL_RAX, 0));
    emit_back(t, behind);
    jl_x_patch32(other_page, a->p);
    jl_x_patch32(hit, a->p);
    t->patch->to_hit = behind - from;
    t->aside += behind - from;
    emit_address(a, t->site);
}

/* rax to where the value belongs. */
static void emit_value(struct jl_asm *a, const struct jl_site *s) {
    unsigned w = s->flags & JL_SITE_WIDE ? 8 : 4;
    if (jl_loc_is_gpr(s->dst))
        jl_x_mov_rr(a, w, (enum jl_reg)s->dst, JL_RAX);
    else if (jl_loc_is_xmm(s->dst))
        jl_x_movd_xr(a, 8, (unsigned)(s->dst - JL_LOC_XMM), JL_RAX);
    else if (jl_loc_is_mem(s->dst))
        jl_x_mov_mr(a, 8, jl_loc_mem(s->dst), JL_RAX);
}

static void emit_call(struct stub *t) {
    struct jl_asm *a = &t->a;
    bool store = is_store(t->site);
    jl_x_mov_ri(a, store ? JL_RAX : JL_RDX, store ? (uint32_t)JL_PATCHES << 12 | t->m->npatches : t->m->npatches);
    unsigned thunk = (store ? JL_THUNK_SLOW : JL_THUNK_LOAD) + t->region->vectors; /* ..._FPU is the next one */
    jl_x_call_to(a, t->m->cache->thunk[thunk]);
    uint32_t called = a->instructions;
    if (!store)
        emit_value(a, t->site);
    jl_x_jmp_to(a, t->back);
    t->patch->instructions = JUMP + a->instructions - t->aside;
    t->patch->on_return = a->instructions - called;
}

/* A word on two pages may be anywhere: C's. So is what a swizzled memory has in another place than the address says. */
static bool is_on_one_page(const struct jl_machine *m, const struct jl_site *s) {
    unsigned size = s->how & JL_HOW_SIZE;
    return (s->how & JL_HOW_EXACT || size == 1) && !(m->mem->flip && size != 4);
}

static uint8_t *make_stub(struct jl_machine *m, const struct jl_region *region, struct jl_patch *p) {
    uint8_t *hot, *stub;
    if (!jl_cache_take(m->cache, 0, STUB_BYTES, 0, 0, &hot, &stub))
        return NULL;
    struct stub t = {.m = m,
                     .region = region,
                     .patch = p,
                     .site = &p->site,
                     .back = m->cache->base + p->site.host_end,
                     .a = {.p = stub, .start = stub, .end = stub + STUB_BYTES}};
    if (p->table)
        emit_look(&t);
    if (is_on_one_page(m, &p->site))
        emit_plain(&t);
    else if (!is_store(&p->site))
        emit_address(&t.a, &p->site);
    if (p->beside)
        emit_beside(&t);
    emit_call(&t);
    return t.a.overflow ? NULL : stub;
}

/* Be it that the page is not mapped yet. */
static bool uses_table(const struct jl_machine *m, const struct jl_site *s, uint32_t addr) {
    return is_on_one_page(m, s) &&
           jl_guest_look(m, addr, s->how & JL_HOW_SIZE, is_store(s)).found != JL_GUEST_ELSEWHERE;
}

bool jl_patch_access(struct jl_machine *m, void *host_pc, uint32_t addr, struct jl_patch_table *table) {
    struct jl_region *region = jl_region_at_host(m, host_pc);
    struct jl_patch p = {.region = region};
    if (m->model || m->npatches == JL_PATCH_MAX || !jl_site_at(m, region, host_pc, &p.site) ||
        !(p.site.flags & JL_SITE_DESCRIBED))
        return false;
    if (!m->patches && !(m->patches = malloc(JL_PATCH_MAX * sizeof *m->patches)))
        return false;
    p.uncharged = jl_sites_snaps(region->sites)[p.site.snap].uncharged;
    p.is_word = (p.site.how & (JL_HOW_SIZE | JL_HOW_EXACT)) == (4 | JL_HOW_EXACT);
    p.beside = is_store(&p.site) && is_on_one_page(m, &p.site) && jl_is_beside_code(m, addr, p.site.how & JL_HOW_SIZE);
    p.table = uses_table(m, &p.site, addr) ? table : NULL;
    uint8_t *at = m->cache->base + p.site.host_off, *stub = make_stub(m, region, &p);
    if (!stub)
        return false;
    if (region->profile) /* what came in front of the instruction that faulted, and is executed again */
        jl_profile_site(region, &p.site, (int32_t)jl_x64_count(at, host_pc));
    struct jl_asm a = {.p = at, .start = at, .end = at + STUB_BYTES}; /* the assembler wants room */
    jl_x_jmp_to(&a, stub);
    m->patches[m->npatches++] = p;
    m->counters.accesses_patched++;
    m->fault_pc = (uint64_t)(uintptr_t)at;
    return true;
}

void jl_patch_table_put(struct jl_patch_table *table, uint32_t addr, uint32_t at, bool store) {
    table->entry[store][addr >> JL_PAGE_SHIFT & (JL_PATCH_ENTRIES - 1)] = (struct jl_patch_entry){addr, at};
    jl_span_add(&table->targets, at);
}

/* The page that the guest's tables put addr on goes into the table. */
static struct jl_guest_place fill(struct jl_machine *m, struct jl_patch_table *table, uint32_t addr, bool store) {
    uint32_t page = addr & ~(uint32_t)(JL_PAGE - 1);
    struct jl_guest_place place = jl_guest_look(m, page, JL_PAGE, store);
    if (place.found == JL_GUEST_FOUND)
        jl_patch_table_put(table, page, place.at, store);
    return (struct jl_guest_place){place.found, addr, place.at + (addr - page)};
}

/* An empty entry has a page that belongs into another one. */
static void forget_entry(struct jl_patch_entry *entry, uint32_t i, uint32_t addr, uint64_t len, bool targets) {
    if (entry->page - addr < len || (targets && entry->at - addr < len))
        *entry = (struct jl_patch_entry){(i ^ 1) << JL_PAGE_SHIFT, 0};
}

void jl_patch_table_forget(struct jl_patch_table *table, uint32_t addr, uint64_t len) {
    bool targets = jl_span_meets(&table->targets, addr, len);
    uint32_t first = addr >> JL_PAGE_SHIFT, pages = JL_PATCH_ENTRIES;
    if (!targets && len >> JL_PAGE_SHIFT < JL_PATCH_ENTRIES)
        pages = (uint32_t)(len >> JL_PAGE_SHIFT);
    for (uint32_t page = first; page < first + pages; page++) {
        uint32_t i = page % JL_PATCH_ENTRIES;
        forget_entry(&table->entry[0][i], i, addr, len, targets);
        forget_entry(&table->entry[1][i], i, addr, len, targets);
    }
    if (len > UINT32_MAX)
        table->targets = JL_NO_SPAN;
}

/* In front of what C does for patch p. */
static void begin(struct jl_machine *m, const struct jl_patch *p) {
    m->slow_region = p->region;
    m->slow_uncharged = p->uncharged;
    m->cpu.exit = JL_EXIT_NONE;
}

/* Having executed `more` on the way to C than most do. */
static void leave(struct jl_machine *m, const struct jl_patch *p, uint32_t more) {
    jl_snap_restore(m, p->region, p->site.snap);
    jl_profile_site(p->region, &p->site,
                    (int32_t)(p->instructions + more) - (int32_t)p->on_return - (int32_t)p->site.tail);
}

/* An access that goes through the table: done, or refused by the guest's tables. False: it is another's. */
static bool by_table(struct jl_machine *m, const struct jl_patch *p, uint32_t addr, bool store, uint64_t *v) {
    if (!p->table)
        return false;
    struct jl_guest_place place = fill(m, p->table, addr, store);
    bool done = jl_slow_found(m, &place, p->site.how, store, v);
    m->counters.memory_slow_calls += done;
    return done;
}

static void store_slowly(struct jl_machine *m, const struct jl_patch *p, uint32_t addr, uint64_t value) {
    if (!by_table(m, p, addr, true, &value))
        jl_slow_store(&m->cpu, addr, value, p->site.how);
}

uint32_t jl_patched_access(struct jl_machine *m, uint32_t n) {
    const struct jl_patch *p = &m->patches[n];
    const struct jl_site *s = &p->site;
    uint32_t addr = (uint32_t)(jl_site_value(m, s->a, 0) + (jl_site_value(m, s->b, 0) << s->fmt) + (uint64_t)s->imm_a);
    uint32_t more = p->beside && jl_beside_is_known(m, addr) ? p->to_hit : 0;
    begin(m, p);
    store_slowly(m, p, addr, jl_site_value(m, s->dst, s->imm_b));
    if (m->cpu.exit != JL_EXIT_NONE) {
        leave(m, p, more);
        return 1;
    }
    jl_profile_site(m->slow_region, s, (int32_t)(p->instructions + more) - s->length);
    return 0;
}

/* What is no word of a known device. */
static __attribute__((noinline)) uint64_t load_slowly(struct jl_machine *m, const struct jl_patch *p, uint32_t addr) {
    uint64_t v = 0;
    if (!by_table(m, p, addr, false, &v))
        return jl_slow_load(&m->cpu, addr, p->site.how);
    return p->site.how & JL_HOW_SIGNED ? jl_sign_extend(v, p->site.how & JL_HOW_SIZE) : v;
}

struct jl_loaded jl_patched_load(struct jl_machine *m, uint32_t addr, uint32_t n) {
    const struct jl_patch *p = &m->patches[n];
    const struct jl_device_page *d = p->is_word ? jl_device_at(m, addr, false) : NULL;
    uint64_t v;
    begin(m, p);
    if (d) {
        m->counters.memory_slow_calls++;
        if (!jl_device_access(m, d, addr, false, &v))
            m->cpu.exit = JL_EXIT_INTERP;
        v = p->site.how & JL_HOW_SIGNED ? (uint64_t)(int32_t)v : v;
    } else {
        v = load_slowly(m, p, addr);
    }
    if (m->cpu.exit != JL_EXIT_NONE) {
        m->slow_patch = n;
        return (struct jl_loaded){0, true};
    }
    if (p->region->profile)
        jl_profile_site(p->region, &p->site, (int32_t)p->instructions - p->site.length);
    return (struct jl_loaded){p->site.flags & JL_SITE_WIDE ? v : (uint32_t)v, false};
}

void jl_patch_leave(struct jl_machine *m) {
    leave(m, &m->patches[m->slow_patch], 0);
}
