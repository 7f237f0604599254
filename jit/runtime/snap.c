/* Rebuilding the guest's state from saved host registers, and the slow calls that translated code makes. */
#include <stdlib.h>

#include "jit/runtime/model.h"
#include "jit/runtime/cache.h"
#include "jit/runtime/patch.h"
#include "jit/runtime/profile.h"
#include "jit/runtime/regions.h"
#include "jit/runtime/site.h"
#include "jit/x64/thunks.h"

/* What stands in a register, a home or a spill slot. */
static inline uint64_t value_in(const struct jl_machine *m, jl_loc loc) {
    if (jl_loc_is_gpr(loc))
        return m->host.gpr[loc];
    if (jl_loc_is_xmm(loc))
        return m->host.xmm[loc - JL_LOC_XMM];
    return loc < JL_LOC_FRAME ? m->cpu.var[loc - JL_LOC_HOME] : m->spill[loc - JL_LOC_FRAME];
}

uint64_t jl_site_value(const struct jl_machine *m, jl_loc loc, int64_t imm) {
    if (loc == JL_LOC_CONST)
        return (uint64_t)imm;
    return loc == JL_LOC_NONE ? 0 : value_in(m, loc);
}

void jl_site_set_value(struct jl_machine *m, jl_loc loc, uint64_t value) {
    if (jl_loc_is_gpr(loc))
        m->host.gpr[loc] = value;
    else if (jl_loc_is_xmm(loc))
        m->host.xmm[loc - JL_LOC_XMM] = value;
    else if (loc >= JL_LOC_FRAME)
        m->spill[loc - JL_LOC_FRAME] = value;
    else if (loc >= JL_LOC_HOME)
        m->cpu.var[loc - JL_LOC_HOME] = value;
}

static bool holds(unsigned cc, uint64_t a, uint64_t b, bool wide) {
    int64_t sa = wide ? (int64_t)a : (int32_t)a, sb = wide ? (int64_t)b : (int32_t)b;
    switch (cc) {
    case JL_CC_EQ: return sa == sb;
    case JL_CC_NE: return sa != sb;
    case JL_CC_LT: return sa < sb;
    case JL_CC_GE: return sa >= sb;
    case JL_CC_LE: return sa <= sb;
    case JL_CC_GT: return sa > sb;
    case JL_CC_LTU: return (uint64_t)sa < (uint64_t)sb;
    case JL_CC_GEU: return (uint64_t)sa >= (uint64_t)sb;
    case JL_CC_LEU: return (uint64_t)sa <= (uint64_t)sb;
    case JL_CC_GTU: return (uint64_t)sa > (uint64_t)sb;
    case JL_CC_TEST_Z: return !(sa & sb);
    default: return sa & sb;
    }
}

/* A sunk op with a 64-bit result. */
static uint64_t evaluate64(unsigned op, uint64_t a, uint64_t b) {
    switch (op) {
    case JL_IR_ADD: return a + b;
    case JL_IR_SUB: return a - b;
    case JL_IR_AND: return a & b;
    case JL_IR_OR: return a | b;
    case JL_IR_XOR: return a ^ b;
    case JL_IR_SHL: return a << (b & 63);
    case JL_IR_SHR: return a >> (b & 63);
    case JL_IR_SAR: return (uint64_t)((int64_t)a >> (b & 63));
    case JL_IR_NOT: return ~a;
    case JL_IR_NEG: return -a;
    case JL_IR_SEXT32: return (uint64_t)(int64_t)(int32_t)a;
    case JL_IR_FSETLO: return (a & ~(uint64_t)UINT32_MAX) | (uint32_t)b;
    case JL_IR_FSETHI: return (uint32_t)a | b << 32;
    default: return (uint32_t)a; /* ZEXT32, FZEXT */
    }
}

/* The others: the few that the sink pass takes. */
static uint64_t evaluate(unsigned op, unsigned cc, uint64_t a, uint64_t b) {
    uint32_t x = (uint32_t)a, y = (uint32_t)b;
    switch (op) {
    case JL_IR_ADD: return x + y;
    case JL_IR_SUB: return x - y;
    case JL_IR_AND: return x & y;
    case JL_IR_OR: return x | y;
    case JL_IR_XOR: return x ^ y;
    case JL_IR_SHL: return x << (y & 31);
    case JL_IR_SHR: return x >> (y & 31);
    case JL_IR_SAR: return (uint32_t)((int32_t)x >> (y & 31));
    case JL_IR_NOT: return ~x;
    case JL_IR_NEG: return -x;
    case JL_IR_SEXT8: return (uint32_t)(int8_t)x;
    case JL_IR_SEXT16: return (uint32_t)(int16_t)x;
    case JL_IR_ZEXT8: return (uint8_t)x;
    case JL_IR_ZEXT16: return (uint16_t)x;
    case JL_IR_COPY:
    case JL_IR_TRUNC: return x;
    case JL_IR_HIGH: return a >> 32;
    default: return holds(cc, a, b, false);
    }
}

static uint64_t sunk_value(const struct jl_machine *m, uint32_t first, const uint32_t **p);

static uint64_t value_at(const struct jl_machine *m, uint32_t word, const uint32_t **p) {
    jl_loc loc = (jl_loc)(word >> JL_SNAP_LOC_SHIFT);
    if (loc == JL_LOC_SUNK) {
        uint32_t first = *(*p)++;
        return sunk_value(m, first, p);
    }
    if (loc == JL_LOC_CONST64) {
        uint64_t low = *(*p)++;
        return low | (uint64_t) * (*p)++ << 32;
    }
    return jl_site_value(m, loc, loc == JL_LOC_CONST ? (int32_t) * (*p)++ : 0);
}

/* At most JL_SUNK_CHAIN deep. */
static uint64_t sunk_value(const struct jl_machine *m, uint32_t first, const uint32_t **p) {
    uint32_t second = *(*p)++;
    uint64_t a = value_at(m, first, p), b = value_at(m, second, p);
    if (second & JL_SNAP_OP_WIDE)
        return evaluate64(second & 0xff, a, b);
    return (uint32_t)evaluate(second & 0xff, second >> JL_SNAP_CC_SHIFT & 0x7f, a, b);
}

/* Reads one entry of a list; the var's number to *var. */
static inline uint64_t entry_value(const struct jl_machine *m, const uint32_t **p, uint8_t *var) {
    uint32_t first = *(*p)++;
    jl_loc loc = (jl_loc)(first >> JL_SNAP_LOC_SHIFT);
    *var = (uint8_t)first;
    uint64_t a;
    if (__builtin_expect(loc >= 0 && !(first & JL_SNAP_SUNK), 1)) /* nearly all */
        a = value_in(m, loc);
    else
        a = first & JL_SNAP_SUNK ? sunk_value(m, first, p) : value_at(m, first, p);
    if (first & JL_SNAP_EXTENDED)
        return (uint64_t)(int64_t)(int32_t)a;
    return first & JL_SNAP_WIDE ? a : (uint32_t)a;
}

void jl_snap_restore(struct jl_machine *m, const struct jl_region *region, uint32_t snap) {
    const struct jl_site_snap *s = &jl_sites_snaps(region->sites)[snap];
    const uint32_t *p = jl_sites_words(region->sites) + s->first;
    uint64_t value[JL_VARS];
    uint8_t var[JL_VARS];
    for (unsigned i = 0; i < s->count; i++) /* read all before writing any: homes may hold other vars' values */
        value[i] = entry_value(m, &p, &var[i]);
    for (unsigned i = 0; i < s->count; i++)
        m->cpu.var[var[i]] = value[i];
    m->cpu.pc = s->pc;
    m->cpu.exit_bd = s->bd;
    jl_slice_add(&m->cpu, s->uncharged);
    m->cpu.stalled -= s->unstalled;
}

/* Which of the further records is p's: it says so itself, unless it is a FAULT site. */
static uint32_t more_of(const struct jl_sites *t, const struct jl_site_packed *p) {
    uint32_t n = 0;
    if ((p->kind_flags & ((1 << JL_SITE_FLAGS_SHIFT) - 1)) != JL_SITE_FAULT)
        return p->at;
    for (const struct jl_site_packed *q = t->site; q < p; q++)
        n += !!(q->kind_flags & JL_SITE_MORE);
    return n;
}

static struct jl_site unpack(const struct jl_sites *t, const struct jl_site_packed *p) {
    struct jl_site s = {.kind = p->kind_flags & ((1 << JL_SITE_FLAGS_SHIFT) - 1),
                        .flags = (p->kind_flags & ~JL_SITE_MORE) >> JL_SITE_FLAGS_SHIFT,
                        .op = p->op,
                        .snap = p->snap == 0xffff ? ~0u : p->snap,
                        .block = p->block,
                        .tail = p->tail,
                        .a = JL_LOC_NONE,
                        .b = JL_LOC_NONE,
                        .dst = JL_LOC_NONE};
    const struct jl_site_more *more = p->kind_flags & JL_SITE_MORE ? &jl_sites_more(t)[more_of(t, p)] : NULL;
    if (more) {
        s.fn = more->fn;
        s.imm_a = more->imm_a;
        s.imm_b = more->imm_b;
        s.arg = more->arg;
        s.a = more->a;
        s.b = more->b;
        s.dst = more->dst;
        s.fmt = more->fmt;
        s.how = more->how;
        s.length = more->length;
    }
    if (s.kind == JL_SITE_FAULT) {
        s.host_off = p->at;
        s.host_end = p->at + p->length;
        s.arg = p->op;
    } else if (!more) {
        s.arg = (int32_t)p->at;
    }
    return s;
}

struct jl_site jl_site_get(const struct jl_region *region, uint32_t n) {
    return unpack(region->sites, &region->sites->site[n]);
}

bool jl_site_at(const struct jl_machine *m, const struct jl_region *region, const uint8_t *host_pc,
                struct jl_site *site) {
    const struct jl_sites *t = region->sites;
    uint32_t off = (uint32_t)(host_pc - m->cache->base);
    for (uint32_t i = 0; i < t->nsites; i++) {
        const struct jl_site_packed *p = &t->site[i];
        if (off - p->at < p->length) { /* length is 0 in all but FAULT sites */
            *site = unpack(t, p);
            return true;
        }
    }
    return false;
}

static uint64_t fpu_call(struct jl_machine *m, const struct jl_site *s) {
    uint64_t a = jl_site_value(m, s->a, s->imm_a), b = jl_site_value(m, s->b, s->imm_b), r = 0;
    m->counters.fpu_far_calls++;
    jl_fpu_arith(&m->cpu, (enum jl_fpu_op)s->op, (enum jl_fpu_fmt)s->fmt, a, b, &r);
    if (s->flags & 4 && !(s->flags & 2))
        r = (uint32_t)r;
    jl_site_set_value(m, s->dst, r);
    return r;
}

static uint64_t fpu_compare(struct jl_machine *m, const struct jl_site *s) {
    uint32_t r = 0;
    m->counters.fpu_far_calls++;
    jl_fpu_compare(&m->cpu, s->op, (enum jl_fpu_fmt)s->fmt, jl_site_value(m, s->a, 0), jl_site_value(m, s->b, 0), &r);
    return r;
}

/* Beside its block runs the far piece: mov, call, (cmp,) (jmp); a stretch is left out for it. */
static void count_far(const struct jl_machine *m, const struct jl_region *region, const struct jl_site *s) {
    bool jumps_back = JL_OPS(m, FAR_CODE, jl_far_code_ops)->out_of_line || s->kind == JL_SITE_SLOW;
    jl_profile_site(region, s, 2 + (s->kind == JL_SITE_FCMP) + jumps_back - (s->kind == JL_SITE_SLOW ? s->arg : 0));
}

/* A memory strategy's function. It is called for each access of a device, so the site stays packed. */
static uint32_t function_call(struct jl_machine *m, const struct jl_region *region, const struct jl_site_packed *p) {
    const struct jl_sites *t = region->sites;
    const struct jl_site_more *s = &jl_sites_more(t)[p->at];
    unsigned flags = (p->kind_flags & ~JL_SITE_MORE) >> JL_SITE_FLAGS_SHIFT;
    uint64_t (*fn)(struct jl_cpu *, uint64_t, uint64_t) = (uint64_t(*)(struct jl_cpu *, uint64_t, uint64_t))s->fn;
    uint64_t a = jl_site_value(m, s->a, s->imm_a), b = jl_site_value(m, s->b, s->imm_b);
    m->cpu.exit = JL_EXIT_NONE;
    m->slow_region = region;
    m->slow_uncharged = flags & 1 ? jl_sites_snaps(t)[p->snap].uncharged : 0;
    uint64_t r = fn(&m->cpu, a, b);
    if (flags & 1 && m->cpu.exit != JL_EXIT_NONE) {
        jl_snap_restore(m, region, p->snap);
        if (region->profile) { /* not back: the jump on the condition, mov and call are all that ran from the site on */
            const struct jl_site site = unpack(t, p);
            jl_profile_site(region, &site, site.arg - (int32_t)site.tail);
        }
        return 1;
    }
    jl_site_set_value(m, s->dst, flags & 2 || jl_loc_is_xmm(s->dst) ? r : (uint32_t)r);
    m->slow_result = r;
    return 0;
}

static uint32_t slow_call(struct jl_machine *m, uint32_t id) {
    const struct jl_region *region = m->region_list[id >> 12];
    const struct jl_site_packed *p = &region->sites->site[id & 0xfff];
    unsigned kind = p->kind_flags & ((1 << JL_SITE_FLAGS_SHIFT) - 1);
    bool arithmetic = kind == JL_SITE_FPU || kind == JL_SITE_FCMP;
    if (arithmetic || region->profile) {
        const struct jl_site site = unpack(region->sites, p);
        count_far(m, region, &site);
        if (arithmetic)
            m->slow_result = kind == JL_SITE_FPU ? fpu_call(m, &site) : fpu_compare(m, &site);
    }
    uint32_t leaves = arithmetic ? 0 : function_call(m, region, p);
    if (m->model)
        jl_model_slow(m, arithmetic || region->vectors, leaves);
    return leaves;
}

uint32_t jl_slow_call_from_code(struct jl_machine *m, uint32_t id) {
    return id >> 12 == JL_PATCHES ? jl_patched_access(m, id & 0xfff) : slow_call(m, id);
}
