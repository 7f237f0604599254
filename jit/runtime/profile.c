/* Counting host instructions exactly, without hardware.
 *
 * With tools.count each IR block begins with an increment of its own counter; a block's instructions are counted when
 * it is emitted (the counter's own left out). Executed = sum of count * instructions, less what a block left early did
 * not execute: every such exit passes through C with its site's number, and the site knows how many instructions of its
 * block come after it. Far pieces are added for each site that runs one.
 */
#include "jit/runtime/profile.h"

#include <stdlib.h>

#include "jit/runtime/tools.h"
#include "jit/x64/emit.h"

/* Counter number n of the region; in the sizing run any address of the same length does. */
static void increment(struct jl_emit *e, uint32_t n) {
    uint64_t *counter = e->final ? &e->region->profile->block[n].count : (uint64_t *)(uintptr_t)0x123456789a;
    uint32_t before = e->a.instructions;
    jl_x_mov_ri(&e->a, JL_RAX, (int64_t)(uintptr_t)counter);
    jl_x_alu_mi(&e->a, JL_X_ADD, 8, jl_m(JL_RAX, 0), 1);
    e->not_counted += e->a.instructions - before;
}

void jl_profile_block(struct jl_emit *e, uint32_t n) {
    if (e->final && !e->region->profile) {
        uint32_t counters = 3 * e->ir->nblocks; /* a block and its two arms */
        struct jl_profile *p = jl_arena_alloc(&e->m->regions, sizeof *p + counters * sizeof(struct jl_profile_block));
        if (!p)
            abort();
        p->nblocks = counters;
        e->region->profile = p;
    }
    increment(e, n);
}

static uint32_t arm_counter(const struct jl_emit *e, unsigned arm) {
    return e->ir->nblocks + 2 * e->block + arm;
}

void jl_profile_edge(struct jl_emit *e, unsigned arm) {
    increment(e, arm_counter(e, arm));
}

void jl_profile_edge_end(struct jl_emit *e, unsigned arm, uint32_t instructions) {
    e->arms += instructions;
    if (e->final)
        e->region->profile->block[arm_counter(e, arm)].instructions = instructions;
}

static uint64_t region_total(const struct jl_region *r) {
    uint64_t sum = 0;
    for (uint32_t i = 0; r->profile && i < r->profile->nblocks; i++)
        sum += r->profile->block[i].count * r->profile->block[i].instructions;
    return sum;
}

void jl_profile_site(struct jl_machine *m, int32_t instructions) {
    m->host_counted += (uint64_t)(int64_t)instructions;
}

void jl_profile_flush(struct jl_machine *m) {
    for (uint32_t i = 0; i < m->nregions; i++)
        m->host_counted += region_total(m->region_list[i]);
}

void jl_profile_collect(struct jl_machine *m) {
    uint64_t sum = m->host_counted;
    for (uint32_t i = 0; i < m->nregions; i++)
        sum += region_total(m->region_list[i]);
    m->counters.host_instructions = sum;
}

static int by_total(const void *a, const void *b) {
    uint64_t x = region_total(*(struct jl_region *const *)a), y = region_total(*(struct jl_region *const *)b);
    return x < y ? 1 : x > y ? -1 : 0;
}

void jl_machine_profile(struct jl_machine *m, FILE *out, unsigned top) {
    struct jl_region **list = malloc((m->nregions + 1) * sizeof *list);
    if (!list || !m->tools.count) {
        free(list);
        return;
    }
    for (uint32_t i = 0; i < m->nregions; i++)
        list[i] = m->region_list[i];
    qsort(list, m->nregions, sizeof *list, by_total);
    jl_profile_collect(m);
    uint64_t all = m->counters.host_instructions;
    fprintf(out, "hottest regions of %u (%llu host instructions, %llu guest instructions)\n", m->nregions,
            (unsigned long long)all, (unsigned long long)jl_machine_retired(m));
    for (uint32_t i = 0; i < m->nregions && i < top; i++) {
        const struct jl_profile *p = list[i]->profile;
        uint64_t total = region_total(list[i]);
        fprintf(out, "%2u. %08x  %5.1f %%  %llu host instructions, entered %llu times\n", i + 1, list[i]->pc,
                all ? 100.0 * (double)total / (double)all : 0, (unsigned long long)total,
                (unsigned long long)(p ? p->block[0].count : 0));
        for (uint32_t b = 0; p && b < p->nblocks; b++)
            if (p->block[b].count)
                fprintf(out, "      block %u: %llu x %u\n", b, (unsigned long long)p->block[b].count,
                        p->block[b].instructions);
        jl_dump_region(m, list[i], out, true, true);
    }
    free(list);
}
