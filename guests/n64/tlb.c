/* The TLB: 32 entries of two pages each, looked up by region, virtual page and address space. */
#include <string.h>

#include "guests/n64/cop0.h"
#include "guests/n64/n64.h"
#include "guests/n64/state.h"
#include "guests/n64/tlb.h"
#include "guests/n64/translate.h"
#include "guests/n64/views.h"

enum { LO_G = 1, LO_V = 2, LO_D = 4, LO_KEPT = 0x03fffffe, MASK_HIGH = 0x01554000, ASID = 0xff };
#define HI_VPN2 0xc00000ffffffe000u
#define KSEG0 0x80000000u

static bool matches(const struct jl_tlb_entry *e, uint64_t hi) {
    return !((e->hi ^ hi) & e->compared);
}

static void set_compared(struct jl_tlb_entry *e) {
    e->compared = (HI_VPN2 & ~(uint64_t)e->mask) | (e->global ? 0 : ASID);
}

static uint32_t *bucket_of(struct jl_n64 *n, uint64_t hi) {
    return &n->cop0.tlb_index.small[(hi >> 13) % JL_N64_TLB_BUCKETS];
}

static void toggle(struct jl_n64 *n, const struct jl_tlb_entry *e) {
    uint32_t *set = e->mask ? &n->cop0.tlb_index.large : bucket_of(n, e->hi);
    *set ^= (uint32_t)1 << (e - n->cop0.tlb);
}

static struct jl_tlb_recent *recent_of(struct jl_n64 *n, uint64_t hi) {
    return &n->cop0.recent[(hi >> 13) % JL_N64_TLB_RECENT];
}

/* What the entry maps is, or was, translated in another way. */
static void forget(struct jl_n64 *n, const struct jl_tlb_entry *e) {
    jl_views_forget(n, (uint32_t)(e->hi & HI_VPN2), (uint64_t)(e->mask | 0x1fff) + 1);
}

/* The recent searches that may have met the entry: one, unless it maps more than the usual two pages. */
struct recents {
    struct jl_tlb_recent *first, *end;
};
static struct recents recents_of(struct jl_n64 *n, const struct jl_tlb_entry *e) {
    struct jl_tlb_recent *all = n->cop0.recent, *one = recent_of(n, e->hi);
    return e->mask ? (struct recents){all, all + JL_N64_TLB_RECENT} : (struct recents){one, one + 1};
}

/* What was found in the entry may be found in a later one now, or nowhere. */
static void goes(struct jl_n64 *n, const struct jl_tlb_entry *e) {
    struct recents of = recents_of(n, e);
    for (struct jl_tlb_recent *r = of.first; r < of.end; r++)
        if (matches(e, r->hi))
            r->valid = false;
    forget(n, e);
}

/* The mask's bits and 12 more are the page's offset; the bit above them chooses between the two pages. */
static struct jl_n64_place use(const struct jl_tlb_entry *e, uint64_t addr, enum jl_n64_access access) {
    uint32_t offset = (e->mask | 0x1fff) >> 1, lo = e->lo[addr & (offset + 1) ? 1 : 0];
    if (!(lo & LO_V))
        return (struct jl_n64_place){.outcome = JL_N64_TLB_INVALID};
    if (access == JL_N64_STORE && !(lo & LO_D))
        return (struct jl_n64_place){.outcome = JL_N64_TLB_MODIFIED};
    uint32_t frame = lo << 6 & 0xfffff000 & ~offset;
    return (struct jl_n64_place){JL_N64_OK, frame | ((uint32_t)addr & offset), lo & LO_D};
}

/* The next accesses will be to these pages. */
static void brings(struct jl_n64 *n, const struct jl_tlb_entry *e) {
    uint64_t addr = e->hi & HI_VPN2;
    for (unsigned half = 0; half < 2 && jl_views_may_have(addr); half++, addr += JL_PAGE) {
        struct jl_n64_place place = use(e, addr, JL_N64_LOAD);
        if (place.outcome == JL_N64_OK && place.phys < n->ram_bytes)
            jl_machine_mapped(n->machine, (uint32_t)addr, KSEG0 + place.phys, place.writable);
    }
}

/* What was sought in vain is found in the entry now, and so is what is in a later one. Where a refill brings just the
 * pair of pages that was missed, nobody has come to know anything of these pages. */
static void comes(struct jl_n64 *n, const struct jl_tlb_entry *e) {
    int8_t index = (int8_t)(e - n->cop0.tlb);
    bool missed = false;
    struct recents of = recents_of(n, e);
    for (struct jl_tlb_recent *r = of.first; r < of.end; r++) {
        if (!r->valid || !matches(e, r->hi))
            continue;
        missed |= r->entry < 0 && !e->mask && r->hi == (n->cop0.reg[JL_COP0_ENTRYHI] & (HI_VPN2 | ASID));
        r->entry = r->entry < 0 || index < r->entry ? index : r->entry;
    }
    if (missed)
        brings(n, e);
    else
        forget(n, e);
}

static void begin_searches(struct jl_n64 *n) {
    memset(n->cop0.recent, 0, sizeof n->cop0.recent);
    memset(&n->cop0.tlb_index, 0, sizeof n->cop0.tlb_index);
    for (unsigned i = 0; i < JL_N64_TLB; i++)
        toggle(n, &n->cop0.tlb[i]);
}

void jl_tlb_reset(struct jl_n64 *n) {
    for (unsigned i = 0; i < JL_N64_TLB; i++) {
        n->cop0.tlb[i].hi = 0xc00000ff80000000 + 0x2000 * i; /* KSEG0, which the TLB does not map */
        set_compared(&n->cop0.tlb[i]);
    }
    begin_searches(n);
}

void jl_tlb_read(struct jl_n64 *n) {
    const struct jl_tlb_entry *e = &n->cop0.tlb[n->cop0.reg[JL_COP0_INDEX] & (JL_N64_TLB - 1)];
    uint64_t asid = n->cop0.reg[JL_COP0_ENTRYHI] & ASID;
    n->cop0.reg[JL_COP0_PAGEMASK] = e->mask;
    n->cop0.reg[JL_COP0_ENTRYHI] = e->hi;
    n->cop0.reg[JL_COP0_ENTRYLO0] = e->lo[0] | e->global;
    n->cop0.reg[JL_COP0_ENTRYLO1] = e->lo[1] | e->global;
    if ((e->hi & ASID) != asid)
        jl_views_flush(n);
}

void jl_tlb_write(struct jl_n64 *n, unsigned index) {
    const uint64_t *reg = n->cop0.reg;
    if (index >= JL_N64_TLB) /* no such entry */
        return;
    struct jl_tlb_entry *e = &n->cop0.tlb[index];
    goes(n, e);
    toggle(n, e);
    uint32_t high = (uint32_t)reg[JL_COP0_PAGEMASK] & MASK_HIGH; /* of each two bits only one counts */
    e->mask = high | high >> 1;
    e->hi = reg[JL_COP0_ENTRYHI] & ~(uint64_t)e->mask;
    e->lo[0] = (uint32_t)reg[JL_COP0_ENTRYLO0] & LO_KEPT;
    e->lo[1] = (uint32_t)reg[JL_COP0_ENTRYLO1] & LO_KEPT;
    e->global = reg[JL_COP0_ENTRYLO0] & reg[JL_COP0_ENTRYLO1] & LO_G;
    set_compared(e);
    toggle(n, e);
    comes(n, e);
}

/* The first entry that matches, or -1. */
static int search(struct jl_n64 *n, uint64_t hi) {
    for (uint32_t set = *bucket_of(n, hi) | n->cop0.tlb_index.large; set; set &= set - 1)
        if (matches(&n->cop0.tlb[__builtin_ctz(set)], hi))
            return __builtin_ctz(set);
    return -1;
}

static int find(struct jl_n64 *n, uint64_t hi) {
    struct jl_tlb_recent *r = recent_of(n, hi);
    if (r->hi != hi || !r->valid)
        *r = (struct jl_tlb_recent){hi, (int8_t)search(n, hi), true};
    return r->entry;
}

void jl_tlb_probe(struct jl_n64 *n) {
    int entry = search(n, n->cop0.reg[JL_COP0_ENTRYHI]);
    n->cop0.reg[JL_COP0_INDEX] = entry < 0 ? 0x80000000 : (unsigned)entry;
}

struct jl_n64_place jl_tlb_lookup(struct jl_n64 *n, uint64_t addr, enum jl_n64_access access) {
    int entry = find(n, (addr & HI_VPN2) | (n->cop0.reg[JL_COP0_ENTRYHI] & ASID));
    return entry < 0 ? (struct jl_n64_place){.outcome = JL_N64_TLB_REFILL} : use(&n->cop0.tlb[entry], addr, access);
}

void jl_tlb_state(struct jl_n64 *n, struct jl_state *s) {
    for (unsigned i = 0; i < JL_N64_TLB; i++) {
        struct jl_tlb_entry *e = &n->cop0.tlb[i];
        jl_state_part(s, "tlb[%u]", i);
        JL_STATE_ONE(s, "hi", e->hi, JL_STATE_ANY);
        JL_STATE_ONE(s, "mask", e->mask, 0x01ffe000);
        JL_STATE_ALL(s, "lo", e->lo, LO_KEPT);
        JL_STATE_ONE(s, "global", e->global, 1);
        if (s->loading)
            set_compared(e);
    }
    begin_searches(n);
}
