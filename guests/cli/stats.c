/* --stats: what a run was and did, as JSON, written whole or not at all. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "guests/cli/cli.h"
#include "guests/n64/file.h"
#include "jit/policy.h"

static json_t *config_json(const struct jl_config *config) {
    json_t *out = json_object();
    for (unsigned i = 0; i < JL_AXES; i++) {
        const struct jl_choice *c = &config->axis[i];
        json_t *params = json_object();
        for (unsigned k = 0; c->strategy->params && c->strategy->params[k].name; k++)
            json_object_set_new(params, c->strategy->params[k].name, json_integer(c->param[k]));
        json_object_set_new(out, jl_axis_name((enum jl_axis)i),
                            json_pack("{s:s, s:o}", "name", c->strategy->name, "params", params));
    }
    return out;
}

static const char *const only_counted[] = {"host_instructions", "inline_lookups",      "rsb_pushes",
                                           "rsb_hits",          "rsb_misses",          "rsb_resyncs",
                                           "inline_cache_hits", "inline_cache_misses", "entries_verified"};

static json_t *counters_json(const struct jl_counters *c, bool counted) {
    json_t *out = json_object();
#define JL_COUNTER(field, unit, deterministic, summary)                                                                \
    json_object_set_new(out, #field, json_integer((json_int_t)c->field));
#include "jit/counters.def"
#undef JL_COUNTER
    if (!counted) /* these exist only in counting runs: absent is not zero */
        for (unsigned i = 0; i < sizeof only_counted / sizeof *only_counted; i++)
            json_object_set_new(out, only_counted[i], json_null());
    return out;
}

/* What translating cost: totals, and for one guest instruction (null when none was translated). */
static json_t *translation_json(const struct jl_counters *c) {
    uint64_t n = c->guest_instructions_translated;
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:o, s:o}", "regions", (json_int_t)c->regions_translated, "guest_instructions",
        (json_int_t)n, "host_bytes", (json_int_t)c->host_bytes_emitted, "ns", (json_int_t)c->translate_ns,
        "ns_per_guest_instruction", n ? json_real((double)c->translate_ns / (double)n) : json_null(),
        "host_bytes_per_guest_instruction", n ? json_real((double)c->host_bytes_emitted / (double)n) : json_null());
}

/* What was modelled and what it counted; null where there are no counts. */
static json_t *model_json(const struct jl_predict_params *p, const struct jl_predict_counters *c) {
    json_t *out = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "btb_entries", (int)p->btb_entries, "btb_ways",
                            (int)p->btb_ways, "ras_entries", (int)p->ras, "icache_bytes", (int)p->icache_bytes,
                            "icache_ways", (int)p->icache_ways, "icache_line", (int)p->icache_line);
#define JL_MODEL_COUNTER(field, unit, summary)                                                                         \
    json_object_set_new(out, #field, c ? json_integer((json_int_t)c->field) : json_null());
#include "jit/model/model.def"
#undef JL_MODEL_COUNTER
    return out;
}

/* v1, t0 to t9, HI and LO: what a function leaves in them is nobody's business. */
static bool dead_behind_calls(unsigned v) {
    return v == 3 || (v >= 8 && v < 16) || v == 24 || v == 25 || v == JL_VAR_HI || v == JL_VAR_LO;
}

uint64_t jl_cli_fingerprint(struct jl_machine *m, const struct jl_process *p, uint64_t *kept) {
    XXH3_state_t *s = XXH3_createState();
    struct jl_cpu *cpu = jl_machine_cpu(m);
    XXH3_64bits_reset(s);
    for (unsigned v = 0; v < 34; v++)
        if (!dead_behind_calls(v))
            XXH3_64bits_update(s, &cpu->var[v], sizeof cpu->var[v]);
    XXH3_64bits_update(s, &cpu->pc, sizeof cpu->pc);
    for (uint32_t page = 0; page < JL_PAGES; page++) {
        uint32_t addr = page << JL_PAGE_SHIFT;
        bool dead = addr >= p->stack_low && addr + JL_PAGE <= jl_gpr32(cpu, 29);
        if (p->mem->page[page] & JL_PAGE_W && !dead && jl_mem_backed(p->mem, addr)) {
            uint32_t skip = addr >= p->stack_low && addr < jl_gpr32(cpu, 29) ? jl_gpr32(cpu, 29) - addr : 0;
            XXH3_64bits_update(s, &addr, sizeof addr);
            XXH3_64bits_update(s, p->mem->base + addr + skip, JL_PAGE - skip);
        }
    }
    *kept = XXH3_64bits_digest(s);
    for (unsigned v = 0; v < 34; v++)
        if (dead_behind_calls(v))
            XXH3_64bits_update(s, &cpu->var[v], sizeof cpu->var[v]);
    uint64_t h = XXH3_64bits_digest(s);
    XXH3_freeState(s);
    return h;
}

bool jl_cli_stats(const struct jl_cli *cli, struct jl_machine *m, const struct jl_outcome *o) {
    char hex[33], ignored[64]; /* callers say why, by errno */
    const struct jl_counters *c = jl_machine_counters(m);
    snprintf(hex, sizeof hex, "%016llx%016llx", (unsigned long long)o->kept, (unsigned long long)o->fingerprint);
    if (o->console || cli->config.axis[JL_AXIS_OFFLOAD].strategy->native)
        hex[16] = 0;
    json_t *out = json_pack("{s:i, s:s, s:s, s:o, s:{s:s, s:i}, s:s, s:o, s:o, s:{s:I, s:I, s:I}}", "schema", 1,
                            "program", cli->process.argv[0], "arch", o->arch, "config", config_json(&cli->config),
                            "exit", "kind", o->kind, "status", o->status, "fingerprint", hex, "counters",
                            counters_json(c, cli->tools.count && c->host_instructions), "translation",
                            translation_json(c), "times", "translate_ns", (json_int_t)c->translate_ns, "run_ns",
                            (json_int_t)(o->total_ns - c->translate_ns), "total_ns", (json_int_t)o->total_ns);
    if (out && o->console)
        json_object_set(out, "n64", o->console);
    if (out && cli->tools.model)
        json_object_set_new(out, "model", model_json(cli->tools.model, jl_machine_model(m)));
    if (out && cli->papi_run)
        json_object_set_new(out, "papi", jl_papi_json(cli->papi_run));
    char *text = out ? json_dumps(out, JSON_INDENT(1)) : NULL;
    bool ok = text && jl_file_replace(cli->stats, text, strlen(text), ignored, sizeof ignored);
    free(text);
    json_decref(out);
    return ok;
}
