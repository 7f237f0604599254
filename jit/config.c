/* Configurations: the registry of strategies, parsing and checking. */
#include "jit/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit/policy.h"

extern const struct jl_strategy *const __start_jl_strategies[];
extern const struct jl_strategy *const __stop_jl_strategies[];

static const struct {
    const char *name, *summary, *dflt;
} axes[JL_AXES] = {
#define JL_AXIS(id, name, summary, dflt) {name, summary, dflt},
#include "jit/axes.def"
#undef JL_AXIS
};

const char *jl_axis_name(enum jl_axis axis) {
    return axes[axis].name;
}
const char *jl_axis_summary(enum jl_axis axis) {
    return axes[axis].summary;
}
const char *jl_axis_default(enum jl_axis axis) {
    return axes[axis].dflt;
}

/* Linker order is arbitrary: the i-th by name is found by counting the smaller ones. There are few. */
const struct jl_strategy *jl_axis_strategy(enum jl_axis axis, unsigned i) {
    for (const struct jl_strategy *const *s = __start_jl_strategies; s < __stop_jl_strategies; s++) {
        unsigned smaller = 0;
        if ((*s)->axis != axis)
            continue;
        for (const struct jl_strategy *const *t = __start_jl_strategies; t < __stop_jl_strategies; t++)
            smaller += (*t)->axis == axis && strcmp((*t)->name, (*s)->name) < 0;
        if (smaller == i)
            return *s;
    }
    return NULL;
}

static const struct jl_strategy *find_strategy(enum jl_axis axis, const char *name, size_t len) {
    for (const struct jl_strategy *const *s = __start_jl_strategies; s < __stop_jl_strategies; s++)
        if ((*s)->axis == axis && strlen((*s)->name) == len && !memcmp((*s)->name, name, len))
            return *s;
    return NULL;
}

static void choose(struct jl_choice *choice, const struct jl_strategy *s) {
    memset(choice, 0, sizeof *choice);
    choice->strategy = s;
    for (unsigned i = 0; s && s->params && s->params[i].name && i < JL_MAX_PARAMS; i++)
        choice->param[i] = s->params[i].dflt;
}

void jl_config_default(struct jl_config *config) {
    for (unsigned i = 0; i < JL_AXES; i++)
        choose(&config->axis[i], find_strategy((enum jl_axis)i, axes[i].dflt, strlen(axes[i].dflt)));
}

/* Edit distance, for "did you mean". */
static unsigned distance(const char *a, size_t n, const char *b) {
    size_t m = strlen(b);
    unsigned row[64];
    if (n > 60 || m > 60)
        return 99;
    for (size_t j = 0; j <= m; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned best = diagonal + (a[i - 1] != b[j - 1]), up = row[j];
            best = best < up + 1 ? best : up + 1;
            best = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
            diagonal = up;
            row[j] = best;
        }
    }
    return row[m];
}

static bool unknown_axis(const char *text, size_t len, char *err, size_t size) {
    unsigned best = 0;
    for (unsigned i = 1; i < JL_AXES; i++)
        if (distance(text, len, axes[i].name) < distance(text, len, axes[best].name))
            best = i;
    snprintf(err, size, "unknown axis '%.*s' (nearest: '%s')", (int)len, text, axes[best].name);
    return false;
}

static bool unknown_strategy(enum jl_axis axis, const char *text, size_t len, char *err, size_t size) {
    const char *best = "";
    for (unsigned i = 0; jl_axis_strategy(axis, i); i++) {
        const char *name = jl_axis_strategy(axis, i)->name;
        if (!*best || distance(text, len, name) < distance(text, len, best))
            best = name;
    }
    snprintf(err, size, "axis '%s' has no strategy '%.*s' (nearest: '%s')", axes[axis].name, (int)len, text, best);
    return false;
}

static bool set_param(struct jl_choice *choice, const char *text, size_t len, char *err, size_t size) {
    const struct jl_param *params = choice->strategy->params;
    const char *eq = memchr(text, '=', len);
    size_t n = eq ? (size_t)(eq - text) : len;
    for (unsigned i = 0; params && params[i].name && eq; i++) {
        if (strlen(params[i].name) != n || memcmp(params[i].name, text, n))
            continue;
        char value[32], *end;
        snprintf(value, sizeof value, "%.*s", (int)(len - n - 1), eq + 1);
        errno = 0;
        long long v = strtoll(value, &end, 0);
        if (errno || *end || end == value || v < params[i].min || v > params[i].max) {
            snprintf(err, size, "parameter '%s' of '%s' must be a number from %lld to %lld", params[i].name,
                     choice->strategy->name, (long long)params[i].min, (long long)params[i].max);
            return false;
        }
        choice->param[i] = v;
        return true;
    }
    snprintf(err, size, "strategy '%s' has no parameter '%.*s'%s", choice->strategy->name, (int)n, text,
             eq ? "" : " (write PARAM=VALUE)");
    return false;
}

bool jl_config_set(struct jl_config *config, const char *text, char *err, size_t err_size) {
    const char *eq = strchr(text, '=');
    unsigned axis = 0;
    if (!eq) {
        snprintf(err, err_size, "'%s' is not of the form AXIS=NAME[:PARAM=VALUE]", text);
        return false;
    }
    size_t len = (size_t)(eq - text);
    while (axis < JL_AXES && (strlen(axes[axis].name) != len || memcmp(axes[axis].name, text, len)))
        axis++;
    if (axis == JL_AXES)
        return unknown_axis(text, len, err, err_size);
    const char *name = eq + 1;
    size_t n = strcspn(name, ":");
    const struct jl_strategy *s = find_strategy((enum jl_axis)axis, name, n);
    if (!s)
        return unknown_strategy((enum jl_axis)axis, name, n, err, err_size);
    choose(&config->axis[axis], s);
    for (const char *p = name + n; *p == ':';) {
        p++;
        size_t k = strcspn(p, ":");
        if (!set_param(&config->axis[axis], p, k, err, err_size))
            return false;
        p += k;
    }
    return true;
}

bool jl_config_check(const struct jl_config *config, char *err, size_t err_size) {
    for (unsigned i = 0; i < JL_AXES; i++) {
        const struct jl_strategy *s = config->axis[i].strategy;
        if (!s) {
            snprintf(err, err_size, "axis '%s' has no strategy", axes[i].name);
            return false;
        }
        const char *why = s->refuse ? s->refuse(config) : NULL;
        if (why) {
            snprintf(err, err_size, "%s=%s: %s", axes[i].name, s->name, why);
            return false;
        }
    }
    return true;
}

bool jl_config_check_memory(const struct jl_config *config, bool console, char *err, size_t err_size) {
    for (unsigned i = 0; i < JL_AXES && !console; i++) {
        const struct jl_strategy *s = config->axis[i].strategy;
        if (s->console) {
            snprintf(err, err_size, "%s=%s: it is for a console; here the host's system calls read the guest's memory",
                     axes[i].name, s->name);
            return false;
        }
    }
    return true;
}

static const int64_t *param_of(const struct jl_choice *c, const char *name) {
    for (unsigned i = 0; c->strategy->params && c->strategy->params[i].name; i++)
        if (!strcmp(c->strategy->params[i].name, name))
            return &c->param[i];
    return NULL;
}

int64_t jl_config_param_or(const struct jl_config *config, enum jl_axis axis, const char *name, int64_t otherwise) {
    const int64_t *param = param_of(&config->axis[axis], name);
    return param ? *param : otherwise;
}

int64_t jl_config_param(const struct jl_config *config, enum jl_axis axis, const char *name) {
    const struct jl_choice *c = &config->axis[axis];
    const int64_t *param = param_of(c, name);
    if (param)
        return *param;
    fprintf(stderr, "internal: strategy %s has no parameter %s\n", c->strategy->name, name);
    abort();
}
