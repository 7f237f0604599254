/* --papi: events counted around the guest's run, and the translator's own counters as software-defined events. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "guests/cli/cli.h"
#include "papi_counters.h"

enum { MAX_EVENTS = 64 };

struct jl_papi {
    char *text;
    const char *name[MAX_EVENTS];
    size_t count;
    struct papi_counters_exports *exports;
    struct papi_counters *counters;
};

static const struct {
    const char *name, *unit;
    size_t offset;
} own[] = {
#define JL_COUNTER(field, unit, deterministic, summary) {#field, unit, offsetof(struct jl_counters, field)},
#include "jit/counters.def"
#undef JL_COUNTER
};
enum { OWN = sizeof own / sizeof *own };

static void split(struct jl_papi *run) {
    for (char *save, *word = strtok_r(run->text, ",", &save); word && run->count < MAX_EVENTS;
         word = strtok_r(NULL, ",", &save))
        run->name[run->count++] = word;
}

struct jl_papi *jl_papi_start(const char *names, bool multiplex, struct jl_machine *m) {
    struct jl_papi *run = calloc(1, sizeof *run);
    struct papi_counter_export exports[OWN];
    const char *counters = (const char *)jl_machine_counters(m);
    char err[256];
    if (!run || !(run->text = strdup(names))) {
        free(run);
        return NULL;
    }
    split(run);
    for (size_t i = 0; i < OWN; i++)
        exports[i] = (struct papi_counter_export){own[i].name, own[i].unit,
                                                  (const uint64_t *)(const void *)(counters + own[i].offset)};
    run->exports = papi_counters_export("jitlab", exports, OWN, err, sizeof err);
    run->counters = papi_counters_open(run->name, run->count, run->exports, multiplex);
    if (run->counters)
        papi_counters_start(run->counters);
    return run;
}

void jl_papi_stop(struct jl_papi *run, struct jl_machine *m) {
    jl_machine_counters(m); /* the derived ones too */
    if (run->counters)
        papi_counters_stop(run->counters);
}

struct json_t *jl_papi_json(const struct jl_papi *run) {
    json_t *out = json_object();
    for (size_t i = 0; run->counters && i < papi_counters_count(run->counters); i++) {
        struct papi_counter_value v = papi_counters_get(run->counters, i);
        json_t *event = v.known ? json_pack("{s:I, s:s}", "value", (json_int_t)v.value, "unit", v.unit)
                                : json_pack("{s:n, s:s}", "value", "reason", v.reason);
        if (v.multiplexed)
            json_object_set_new(event, "multiplexed", json_true());
        json_object_set_new(out, v.name, event);
    }
    return out;
}

void jl_papi_free(struct jl_papi *run) {
    if (!run)
        return;
    if (run->counters)
        papi_counters_close(run->counters);
    if (run->exports)
        papi_counters_unexport(run->exports);
    free(run->text);
    free(run);
}
