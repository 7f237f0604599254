/* --profile: where the host instructions went, block by block. */
#include <stdlib.h>

#include "jit/runtime/profile.h"
#include "jit/runtime/tools.h"

/* A block that ran. */
struct hot_block {
    const struct jl_region *region;
    uint32_t number;
    uint64_t total;
};

static int by_total(const void *a, const void *b) {
    const struct hot_block *x = a, *y = b;
    return x->total < y->total ? 1 : x->total > y->total ? -1 : 0;
}

/* All blocks that ran, hottest first. */
static struct hot_block *collect(const struct jl_machine *m, uint32_t *count) {
    struct hot_block *list = NULL;
    uint32_t n = 0, cap = 0;
    for (uint32_t i = 0; i < m->nregions; i++) {
        const struct jl_profile *p = m->region_list[i]->profile;
        for (uint32_t b = 0; p && b < p->nblocks; b++) {
            if (!p->block[b].count)
                continue;
            if (n == cap) {
                struct hot_block *grown = realloc(list, (cap = cap * 2 + 256) * sizeof *list);
                if (!grown) {
                    free(list);
                    return NULL;
                }
                list = grown;
            }
            list[n++] = (struct hot_block){m->region_list[i], b, jl_profile_block_total(p, b)};
        }
    }
    if (n)
        qsort(list, n, sizeof *list, by_total);
    *count = n;
    return list;
}

static double share(uint64_t part, uint64_t all) {
    return all ? 100.0 * (double)part / (double)all : 0;
}

static void line(FILE *out, uint64_t total, uint64_t all, const char *what) {
    fprintf(out, "%56llu %8.2f  %s\n", (unsigned long long)total, share(total, all), what);
}

static void table(const struct jl_machine *m, const struct hot_block *list, uint32_t n, uint32_t top, FILE *out) {
    uint64_t all = m->counters.host_instructions, rest = 0;
    char text[64];
    fprintf(out, "   # block    region      executions  length          beside            total  share %%\n");
    for (uint32_t i = 0; i < n; i++) {
        const struct jl_profile_block *b = &list[i].region->profile->block[list[i].number];
        if (i >= top) {
            rest += list[i].total;
            continue;
        }
        int64_t beside = (int64_t)(list[i].total - b->count * b->instructions);
        fprintf(out, "%4u %08x %08x %13llu %7u %15lld %16llu %8.2f\n", i + 1, b->pc, list[i].region->pc,
                (unsigned long long)b->count, b->instructions, (long long)beside, (unsigned long long)list[i].total,
                share(list[i].total, all));
    }
    snprintf(text, sizeof text, "%u other blocks", n > top ? n - top : 0);
    line(out, rest, all, text);
    line(out, jl_profile_thunks(m), all, "thunks: ways in and out, slow calls");
    line(out, m->host_counted, all, "translations thrown away");
    line(out, all, all, "all");
}

void jl_machine_profile(struct jl_machine *m, FILE *out, unsigned top) {
    uint32_t n = 0;
    if (!m->tools.count)
        return;
    struct hot_block *list = collect(m, &n);
    jl_profile_collect(m);
    uint64_t host = m->counters.host_instructions, guest = jl_machine_retired(m);
    fprintf(out, "profile: %llu host instructions, %llu guest instructions, %.3f each\n", (unsigned long long)host,
            (unsigned long long)guest, guest ? (double)host / (double)guest : 0);
    table(m, list, n, top, out);
    for (uint32_t i = 0; i < n && i < top; i++) {
        const struct jl_profile_block *b = &list[i].region->profile->block[list[i].number];
        fprintf(out, "-- %u. block %08x of region %08x\n", i + 1, b->pc, list[i].region->pc);
        jl_dump_code(m, list[i].region, b->host, b->host_end, false, out);
    }
    free(list);
}
