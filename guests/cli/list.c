/* jitlab list: axes, strategies and counters, from the strategies themselves. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "guests/cli/cli.h"
#include "jit/policy.h"
#include "jit/x64/host.h"

static json_t *strategy_json(const struct jl_strategy *s) {
    json_t *params = json_array();
    for (unsigned k = 0; s->params && s->params[k].name; k++) {
        const struct jl_param *q = &s->params[k];
        json_array_append_new(params,
                              json_pack("{s:s, s:I, s:I, s:I, s:s}", "name", q->name, "default", (json_int_t)q->dflt,
                                        "min", (json_int_t)q->min, "max", (json_int_t)q->max, "summary", q->summary));
    }
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:o}", "name", s->name, "summary", s->summary, "source", s->source,
                     "unsafe", s->unsafe, "native", s->native, "params", params);
}

static json_t *axes_json(void) {
    json_t *axes = json_array();
    for (unsigned i = 0; i < JL_AXES; i++) {
        json_t *list = json_array();
        for (unsigned k = 0; jl_axis_strategy((enum jl_axis)i, k); k++)
            json_array_append_new(list, strategy_json(jl_axis_strategy((enum jl_axis)i, k)));
        json_array_append_new(axes, json_pack("{s:s, s:s, s:s, s:o}", "name", jl_axis_name((enum jl_axis)i), "summary",
                                              jl_axis_summary((enum jl_axis)i), "default",
                                              jl_axis_default((enum jl_axis)i), "strategies", list));
    }
    return axes;
}

static json_t *counters_json(void) {
    json_t *out = json_array();
#define JL_COUNTER(field, unit, deterministic, summary)                                                                \
    json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:b}", "name", #field, "unit", unit, "summary", summary,     \
                                         "deterministic", deterministic));
#include "jit/counters.def"
#undef JL_COUNTER
    return out;
}

static json_t *model_json(void) {
    json_t *out = json_array();
#define JL_MODEL_COUNTER(field, unit, summary)                                                                         \
    json_array_append_new(out, json_pack("{s:s, s:s, s:s}", "name", #field, "unit", unit, "summary", summary));
#include "jit/model/model.def"
#undef JL_MODEL_COUNTER
    return out;
}

static json_t *host_features_json(void) {
    json_t *out = json_array();
    bool on;
    const char *name;
    for (unsigned i = 0; (name = jl_host_feature(i, &on)); i++)
        json_array_append_new(out, json_pack("{s:s, s:b}", "name", name, "on", on));
    return out;
}

static void print_strategy(const struct jl_strategy *s, bool dflt) {
    printf("  %-14s %s%s%s\n", s->name, s->summary, dflt ? " [default]" : "", s->unsafe ? " [UNSAFE]" : "");
    printf("  %-14s   from: %s\n", "", s->source);
    for (unsigned k = 0; s->params && s->params[k].name; k++)
        printf("  %-14s   :%s=%lld (%lld..%lld) %s\n", "", s->params[k].name, (long long)s->params[k].dflt,
               (long long)s->params[k].min, (long long)s->params[k].max, s->params[k].summary);
}

static void print_axes(bool strategies) {
    for (unsigned i = 0; i < JL_AXES; i++) {
        printf("%s: %s\n", jl_axis_name((enum jl_axis)i), jl_axis_summary((enum jl_axis)i));
        const struct jl_strategy *s;
        for (unsigned k = 0; strategies && (s = jl_axis_strategy((enum jl_axis)i, k)); k++)
            print_strategy(s, !strcmp(s->name, jl_axis_default((enum jl_axis)i)));
    }
}

static void print_counters(void) {
#define JL_COUNTER(field, unit, deterministic, summary) printf("%-30s %-13s %s\n", #field, unit, summary);
#include "jit/counters.def"
#undef JL_COUNTER
}

int jl_cli_list(int argc, char **argv) {
    const char *what = "strategies";
    bool as_json = false;
    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "--json"))
            as_json = true;
        else if (!strcmp(argv[i], "axes") || !strcmp(argv[i], "strategies") || !strcmp(argv[i], "counters"))
            what = argv[i];
        else
            return jl_cli_refuse("list knows axes, strategies and counters, not '%s'", argv[i]);
    }
    if (as_json) {
        json_t *out = json_pack("{s:o, s:o, s:o, s:o}", "axes", axes_json(), "counters", counters_json(), "model",
                                model_json(), "host_features", host_features_json());
        json_dumpf(out, stdout, JSON_INDENT(1));
        putchar('\n');
        json_decref(out);
    } else if (!strcmp(what, "counters")) {
        print_counters();
    } else {
        print_axes(strcmp(what, "axes") != 0);
    }
    return 0;
}
