/* The modelled tables: see predict.h. A set's ways are kept in order of use, newest first. */
#include "jit/model/predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOWHERE = ~0u }; /* an address that no code has */

struct entry {
    uint32_t site, target;
};

struct jl_predict {
    struct jl_predict_params params;
    struct jl_predict_counters counters;
    struct entry *btb;
    uint32_t btb_sets;
    uint32_t *lines; /* the instruction cache: line numbers */
    uint32_t line_sets, line_shift, last_line;
    uint32_t *ras;
    uint64_t ras_top; /* pushes less pops; an entry is at its remainder */
    uint64_t ras_used;
};

/* ---- parameters ---- */

static bool power_of_two(uint32_t n) {
    return n && !(n & (n - 1));
}

static bool check(const struct jl_predict_params *p, char *err, size_t err_size) {
    uint64_t way = (uint64_t)p->icache_ways * p->icache_line;
    if (!p->btb_ways || p->btb_entries % p->btb_ways || !power_of_two(p->btb_entries / p->btb_ways))
        snprintf(err, err_size, "btb=%ux%u: entries / ways has to be a power of two", p->btb_entries, p->btb_ways);
    else if (!power_of_two(p->icache_line) || !p->icache_ways || p->icache_bytes % way ||
             !power_of_two((uint32_t)(p->icache_bytes / way)))
        snprintf(err, err_size, "icache=%u:%u:%u: the line and bytes / ways / line have to be powers of two",
                 p->icache_bytes, p->icache_ways, p->icache_line);
    else if (p->btb_entries > 1 << 24 || p->icache_bytes > 1 << 28 || p->ras > 1 << 20)
        snprintf(err, err_size, "no processor has tables that large");
    else
        return true;
    return false;
}

/* Takes `word` and a number of at most nine digits off the text; leaves it as it is when they are not there. */
static bool take(const char **text, const char *word, uint32_t *value) {
    size_t n = strlen(word), digits = 0;
    uint32_t v = 0;
    if (strncmp(*text, word, n))
        return false;
    for (const char *p = *text + n; *p >= '0' && *p <= '9'; p++, digits++)
        v = digits < 9 ? v * 10 + (uint32_t)(*p - '0') : v;
    if (digits == 0 || digits > 9)
        return false;
    *text += n + digits;
    *value = v;
    return true;
}

static bool take_part(const char **text, struct jl_predict_params *p) {
    if (take(text, "btb=", &p->btb_entries))
        return take(text, "x", &p->btb_ways);
    if (take(text, "icache=", &p->icache_bytes)) {
        if (**text == 'k' && p->icache_bytes < 1 << 20) {
            p->icache_bytes <<= 10;
            ++*text;
        }
        return take(text, ":", &p->icache_ways) && take(text, ":", &p->icache_line);
    }
    return take(text, "ras=", &p->ras);
}

bool jl_predict_parse(const char *text, struct jl_predict_params *params, char *err, size_t err_size) {
    struct jl_predict_params p = *params;
    while (*text) {
        const char *part = text;
        if (!take_part(&text, &p) || (*text && *text != ',')) {
            snprintf(err, err_size, "a model is btb=ENTRIESxWAYS,ras=N,icache=BYTES:WAYS:LINE, not '%s'", part);
            return false;
        }
        text += *text == ',';
    }
    if (!check(&p, err, err_size))
        return false;
    *params = p;
    return true;
}

struct jl_predict *jl_predict_new(const struct jl_predict_params *params) {
    struct jl_predict *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->params = *params;
    p->btb_sets = params->btb_entries / params->btb_ways;
    p->line_sets = params->icache_bytes / params->icache_ways / params->icache_line;
    p->line_shift = (uint32_t)__builtin_ctz(params->icache_line);
    p->last_line = NOWHERE;
    size_t lines = (size_t)p->line_sets * params->icache_ways;
    p->btb = malloc(params->btb_entries * sizeof *p->btb);
    p->lines = malloc(lines * sizeof *p->lines);
    p->ras = calloc(params->ras + 1u, sizeof *p->ras);
    if (!p->btb || !p->lines || !p->ras) {
        jl_predict_free(p);
        return NULL;
    }
    memset(p->btb, 0xff, params->btb_entries * sizeof *p->btb);
    memset(p->lines, 0xff, lines * sizeof *p->lines);
    return p;
}

void jl_predict_free(struct jl_predict *p) {
    if (!p)
        return;
    free(p->btb);
    free(p->lines);
    free(p->ras);
    free(p);
}

const struct jl_predict_counters *jl_predict_counters(const struct jl_predict *p) {
    return &p->counters;
}

/* ---- events ---- */

static void fetch_line(struct jl_predict *p, uint32_t line) {
    uint32_t ways = p->params.icache_ways, *set = &p->lines[(size_t)(line & (p->line_sets - 1)) * ways], k = 0;
    p->counters.icache_accesses++;
    while (k < ways - 1 && set[k] != line)
        k++;
    p->counters.icache_misses += set[k] != line;
    for (; k > 0; k--)
        set[k] = set[k - 1];
    set[0] = line;
}

void jl_predict_fetch(struct jl_predict *p, uint32_t from, uint32_t to) {
    if (from >= to)
        return;
    uint32_t line = from >> p->line_shift, last = (to - 1) >> p->line_shift;
    if (line == p->last_line)
        line++;
    for (; line <= last; line++)
        fetch_line(p, line);
    p->last_line = last;
}

void jl_predict_branch(struct jl_predict *p, uint32_t site, uint32_t target, bool indirect) {
    uint32_t ways = p->params.btb_ways, k = 0;
    struct entry *set = &p->btb[(size_t)(site & (p->btb_sets - 1)) * ways];
    while (k < ways - 1 && set[k].site != site)
        k++;
    bool known = set[k].site == site, right = known && set[k].target == target;
    p->counters.btb_lookups++;
    p->counters.btb_misses += !known;
    p->counters.indirect_branches += indirect;
    p->counters.indirect_mispredictions += indirect && !right;
    for (; k > 0; k--)
        set[k] = set[k - 1];
    set[0] = (struct entry){site, target};
}

void jl_predict_call(struct jl_predict *p, uint32_t return_to) {
    if (!p->params.ras)
        return;
    p->ras[p->ras_top++ % p->params.ras] = return_to;
    p->ras_used += p->ras_used < p->params.ras;
}

/* The newest return address; NOWHERE when there is none. */
static uint32_t pop(struct jl_predict *p) {
    if (!p->ras_used)
        return NOWHERE;
    p->ras_used--;
    return p->ras[--p->ras_top % p->params.ras];
}

void jl_predict_forget_call(struct jl_predict *p) {
    pop(p);
}

void jl_predict_return(struct jl_predict *p, uint32_t target) {
    bool right = pop(p) == target;
    p->counters.returns++;
    p->counters.return_mispredictions += !right;
}
