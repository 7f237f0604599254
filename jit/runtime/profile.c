/* Counting host instructions exactly, without hardware.
 *
 * With tools.count each IR block, each arm of its branch and each straight piece of a thunk begins with an increment of
 * its own counter; what it is made of is counted when it is emitted (the counters left out). Executed = sum of count *
 * instructions, less what a block left early did not execute: every such exit passes through C with its site's number,
 * and the site knows how many instructions of its block come after it. Far pieces are added for each site that runs
 * one.
 *
 * The count is that of a run without counters: alignment, the choice between short and long jumps and the filling of
 * the code cache are decided as if they were not there (jl_emit.instrument).
 */
#include "jit/runtime/profile.h"

#include <stdlib.h>

#include "jit/runtime/model.h"
#include "jit/runtime/tools.h"
#include "jit/x64/emit.h"

void jl_profile_begin(struct jl_emit *e) {
    e->mark_instructions = e->a.instructions;
    e->mark = e->a.p;
}

void jl_profile_end(struct jl_emit *e) {
    e->counters += e->a.instructions - e->mark_instructions;
    e->not_counted += e->a.instructions - e->mark_instructions;
    e->instrument += (uint32_t)(e->a.p - e->mark);
    if (e->final)
        jl_model_skip(e->m, e->mark, e->a.p, 0);
}

/* Uses rax and the flags, which hold nothing between ops. */
static void increment(struct jl_emit *e, const uint64_t *counter, int32_t by) {
    jl_profile_begin(e);
    jl_x_mov_ri(&e->a, JL_RAX, (int64_t)(uintptr_t)counter);
    jl_x_alu_mi(&e->a, JL_X_ADD, 8, jl_m(JL_RAX, 0), by);
    jl_profile_end(e);
    e->flags_of = 0;
}

void jl_profile_event(struct jl_emit *e, const struct jl_ir_count *count) {
    increment(e, count->counter, count->n);
}

/* Counter number n of the region; in the sizing run any address of the same length does. */
static void increment_own(struct jl_emit *e, uint32_t n) {
    increment(e, e->final ? &e->region->profile->block[n].count : (uint64_t *)(uintptr_t)0x123456789a, 1);
}

void jl_profile_block(struct jl_emit *e, uint32_t n) {
    if (e->final && !e->region->profile) {
        size_t counters = 3 * (size_t)e->ir->nblocks; /* a block and its two arms */
        struct jl_profile *p = jl_arena_alloc(&e->m->regions, sizeof *p + counters * sizeof(struct jl_profile_block));
        if (!p)
            abort();
        p->nblocks = e->ir->nblocks;
        e->region->profile = p;
    }
    jl_model_emit_point(e);
    increment_own(e, n);
}

void jl_profile_segment(struct jl_emit *e, enum jl_segment seg, uint32_t instructions) {
    struct jl_machine *m = e->m;
    m->segment[seg].instructions = instructions;
    jl_model_emit_point(e);
    jl_profile_begin(e);
    jl_x_alu_mi(&e->a, JL_X_ADD, 8, jl_m(JL_RBP, JL_AT(segment) + (int32_t)(seg * sizeof *m->segment)), 1);
    jl_profile_end(e);
}

static uint32_t arm_counter(const struct jl_emit *e, unsigned arm) {
    return e->ir->nblocks + 2 * e->block + arm;
}

void jl_profile_edge(struct jl_emit *e, unsigned arm) {
    jl_model_emit_point(e);
    increment_own(e, arm_counter(e, arm));
}

void jl_profile_edge_end(struct jl_emit *e, unsigned arm, uint32_t instructions) {
    e->arms += instructions;
    if (e->final)
        e->region->profile->block[arm_counter(e, arm)].instructions = instructions;
}

uint64_t jl_profile_block_total(const struct jl_profile *p, uint32_t n) {
    uint32_t part[3] = {n, p->nblocks + 2 * n, p->nblocks + 2 * n + 1};
    uint64_t sum = 0;
    for (unsigned i = 0; i < 3; i++)
        sum += p->block[part[i]].count * p->block[part[i]].instructions + (uint64_t)p->block[part[i]].extra;
    return sum;
}

static uint64_t region_total(const struct jl_region *r) {
    uint64_t sum = 0;
    for (uint32_t i = 0; r->profile && i < r->profile->nblocks; i++)
        sum += jl_profile_block_total(r->profile, i);
    return sum;
}

void jl_profile_site(const struct jl_region *region, const struct jl_site *site, int32_t instructions) {
    if (region->profile)
        region->profile->block[site->block].extra += instructions;
}

uint64_t jl_profile_thunks(const struct jl_machine *m) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < JL_SEGMENTS; i++)
        sum += m->segment[i].count * m->segment[i].instructions;
    return sum;
}

void jl_profile_flush(struct jl_machine *m) {
    for (uint32_t i = 0; i < m->nregions; i++)
        m->host_counted += region_total(m->region_list[i]);
}

void jl_profile_collect(struct jl_machine *m) {
    uint64_t sum = m->host_counted + jl_profile_thunks(m);
    for (uint32_t i = 0; i < m->nregions; i++)
        sum += region_total(m->region_list[i]);
    m->counters.host_instructions = sum;
    m->counters.stanza_compares = m->segment[JL_SEG_STANZA].count;
    m->counters.stanza_hits = m->segment[JL_SEG_STANZA].count - m->segment[JL_SEG_STANZA_NEXT].count;
}
