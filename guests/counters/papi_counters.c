/* See papi_counters.h. Opening runs in two rounds: each event is tried in a set of its own, then those that worked are
 * gathered in one set a component, as far as the set still starts with them (greedy, in the order given). Values land
 * in the order in which a set's events were added.
 */
#include "papi_counters.h"

#include <papi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "papi_backend.h"
#include "papi_exports.h"

enum { MAX_SETS = 16 };

struct event {
    char *name;
    const char *unit;
    int code, component;
    int set;  /* index of its set; -1 = cannot be counted */
    int slot; /* its place among the set's values */
    bool known, crowded, multiplexed;
    long long value;
    char reason[192];
};

struct set {
    int handle, component, size;
    bool running;
};

struct papi_counters {
    struct event *events;
    size_t n;
    struct set sets[MAX_SETS];
    int set_count;
    long long *values; /* room for those of a set */
};

static bool is_software_defined(const char *name) {
    return strncmp(name, "sde:::", 6) == 0;
}

/* The component that would count it, as far as the name tells: its own reason says more than "does not exist". */
static const char *why_disabled(const char *name) {
    return papi_backend->component_disabled(is_software_defined(name) ? "sde" : "perf_event");
}

static void fail(struct event *e, const char *step, int code) {
    const char *text = papi_backend->strerror(code);
    const char *disabled = code == PAPI_ENOEVNT || code == PAPI_ECMP_DISABLED ? why_disabled(e->name) : NULL;
    if (disabled && *disabled)
        snprintf(e->reason, sizeof e->reason, "%s: PAPI counts no such event on this host: %s", step, disabled);
    else
        snprintf(e->reason, sizeof e->reason, "%s: %s", step, text ? text : "unknown error");
    e->set = -1;
    e->known = false;
}

static int find_code(struct event *e) {
    static const char *const kernel_only[][2] = {
        {"perf::CONTEXT-SWITCHES", "perf::CONTEXT-SWITCHES:u=1:k=1"},
        {"perf::CPU-MIGRATIONS", "perf::CPU-MIGRATIONS:u=1:k=1"},
        {"perf::CGROUP-SWITCHES", "perf::CGROUP-SWITCHES:u=1:k=1"},
    };
    const char *name = e->name;
    for (size_t i = 0; i < sizeof kernel_only / sizeof *kernel_only; i++)
        if (strcmp(name, kernel_only[i][0]) == 0)
            name = kernel_only[i][1];
    return papi_backend->name_to_code(name, &e->code);
}

/* Whether the event counts at all when it is alone. */
static void try_alone(struct event *e, const struct papi_counters_exports *exports) {
    int set = PAPI_NULL, rc;
    long long value;
    e->set = -1;
    if (is_software_defined(e->name) && !(exports && papi_exports_unit(exports, e->name))) {
        snprintf(e->reason, sizeof e->reason, "name: this process exports no such event");
        return;
    }
    if ((rc = find_code(e)) != PAPI_OK) {
        fail(e, "name", rc);
        return;
    }
    if ((rc = papi_backend->create_set(&set)) != PAPI_OK) {
        fail(e, "create", rc);
        return;
    }
    const char *step = "add";
    rc = papi_backend->add(set, e->code);
    if (rc == PAPI_OK) {
        step = "start";
        rc = papi_backend->start(set);
    }
    if (rc == PAPI_OK) {
        step = "stop";
        rc = papi_backend->stop(set, &value);
    }
    papi_backend->cleanup(set);
    papi_backend->destroy(&set);
    if (rc != PAPI_OK)
        fail(e, step, rc);
    else
        e->set = 0; /* countable; join_set finds its place */
}

static struct set *set_of_component(struct papi_counters *c, int component, int *rc) {
    for (int i = 0; i < c->set_count; i++)
        if (c->sets[i].component == component)
            return &c->sets[i];
    *rc = PAPI_ENOMEM;
    if (c->set_count == MAX_SETS)
        return NULL;
    struct set *s = &c->sets[c->set_count];
    *s = (struct set){.handle = PAPI_NULL, .component = component};
    if ((*rc = papi_backend->create_set(&s->handle)) != PAPI_OK)
        return NULL;
    c->set_count++;
    return s;
}

/* Some conflicts show only when the set is started. */
static int try_set(const struct set *s) {
    int rc = papi_backend->start(s->handle);
    return rc == PAPI_OK ? papi_backend->stop(s->handle, NULL) : rc;
}

static void join_set(struct papi_counters *c, struct event *e) {
    int rc = PAPI_OK;
    e->component = papi_backend->event_component(e->code);
    struct set *s = set_of_component(c, e->component, &rc);
    const char *step = "add beside the events before it";
    if (s)
        rc = papi_backend->add(s->handle, e->code);
    if (s && rc == PAPI_OK && (rc = try_set(s)) != PAPI_OK) {
        step = "start beside the events before it";
        papi_backend->remove(s->handle, e->code);
    }
    if (!s || rc != PAPI_OK) {
        fail(e, step, rc);
        e->crowded = s && s->size;
        return;
    }
    e->set = (int)(s - c->sets);
    e->slot = s->size++;
}

/* A set made anew, shared or not. */
static int remake(struct set *s, bool shared) {
    papi_backend->cleanup(s->handle);
    papi_backend->destroy(&s->handle);
    s->size = 0;
    s->handle = PAPI_NULL;
    int rc = papi_backend->create_set(&s->handle);
    if (rc == PAPI_OK && shared)
        rc = papi_backend->multiplex(s->handle, s->component);
    return rc;
}

/* Lets all events of a set's component take turns, those that did not fit too. */
static void share(struct papi_counters *c, int number) {
    struct set *s = &c->sets[number];
    int shared = remake(s, true), plain = shared == PAPI_OK ? PAPI_OK : remake(s, false);
    for (size_t i = 0; i < c->n; i++) {
        struct event *e = &c->events[i];
        if (e->component != s->component || (e->set != number && !e->crowded))
            continue;
        int rc = e->crowded && shared != PAPI_OK ? shared : plain;
        if (rc == PAPI_OK)
            rc = papi_backend->add(s->handle, e->code);
        if (rc != PAPI_OK) {
            fail(e, "share the hardware", rc);
            continue;
        }
        e->set = number;
        e->slot = s->size++;
        e->multiplexed = shared == PAPI_OK;
        e->crowded = false;
    }
}

static void share_where_crowded(struct papi_counters *c) {
    for (int number = 0; number < c->set_count; number++)
        for (size_t i = 0; i < c->n; i++)
            if (c->events[i].crowded && c->events[i].component == c->sets[number].component) {
                share(c, number);
                break;
            }
}

static const char *unit_of(const char *name, const struct papi_counters_exports *exports) {
    const char *unit = exports ? papi_exports_unit(exports, name) : NULL;
    if (unit)
        return unit;
    bool clock = strcmp(name, "perf::TASK-CLOCK") == 0 || strcmp(name, "perf::CPU-CLOCK") == 0;
    return clock ? "ns" : "events";
}

struct papi_counters *papi_counters_open(const char *const *names, size_t n,
                                         const struct papi_counters_exports *exports, bool multiplex) {
    struct papi_counters *c = calloc(1, sizeof *c);
    if (!c || !(c->events = calloc(n ? n : 1, sizeof *c->events)) ||
        !(c->values = calloc(n ? n : 1, sizeof *c->values))) {
        papi_counters_close(c);
        return NULL;
    }
    int version = papi_backend->library_init(PAPI_VER_CURRENT);
    for (; c->n < n; c->n++) {
        struct event *e = &c->events[c->n];
        if (!(e->name = strdup(names[c->n]))) {
            papi_counters_close(c);
            return NULL;
        }
        e->unit = unit_of(e->name, exports);
        if (version != PAPI_VER_CURRENT)
            fail(e, "library", version < 0 ? version : PAPI_ESYS);
        else
            try_alone(e, exports);
    }
    for (size_t i = 0; i < n; i++)
        if (c->events[i].set >= 0)
            join_set(c, &c->events[i]);
    if (multiplex)
        share_where_crowded(c);
    return c;
}

void papi_counters_close(struct papi_counters *c) {
    if (!c)
        return;
    papi_counters_stop(c);
    for (int i = 0; i < c->set_count; i++) {
        papi_backend->cleanup(c->sets[i].handle);
        papi_backend->destroy(&c->sets[i].handle);
    }
    for (size_t i = 0; i < c->n; i++)
        free(c->events[i].name);
    free(c->events);
    free(c->values);
    free(c);
}

static void fail_set(struct papi_counters *c, int set, const char *step, int rc) {
    for (size_t i = 0; i < c->n; i++)
        if (c->events[i].set == set)
            fail(&c->events[i], step, rc);
}

void papi_counters_start(struct papi_counters *c) {
    for (size_t i = 0; i < c->n; i++)
        c->events[i].known = false;
    for (int i = 0; i < c->set_count; i++) {
        if (c->sets[i].size == 0)
            continue;
        int rc = papi_backend->start(c->sets[i].handle);
        c->sets[i].running = rc == PAPI_OK;
        if (rc != PAPI_OK)
            fail_set(c, i, "start together", rc);
    }
}

static void take(struct papi_counters *c, const char *step, int (*get)(int, long long *)) {
    for (int i = 0; i < c->set_count; i++) {
        if (!c->sets[i].running)
            continue;
        int rc = get(c->sets[i].handle, c->values);
        if (rc != PAPI_OK)
            fail_set(c, i, step, rc);
        for (size_t k = 0; k < c->n && rc == PAPI_OK; k++) {
            struct event *e = &c->events[k];
            if (e->set != i)
                continue;
            e->value = c->values[e->slot];
            e->known = e->value >= 0;
            if (!e->known)
                snprintf(e->reason, sizeof e->reason, "%s: the counter wrapped around (PAPI gave %lld)", step,
                         e->value);
        }
    }
}

void papi_counters_read(struct papi_counters *c) {
    take(c, "read", papi_backend->read);
}

void papi_counters_stop(struct papi_counters *c) {
    take(c, "stop together", papi_backend->stop);
    for (int i = 0; i < c->set_count; i++)
        c->sets[i].running = false;
}

size_t papi_counters_count(const struct papi_counters *c) {
    return c->n;
}

struct papi_counter_value papi_counters_get(const struct papi_counters *c, size_t i) {
    const struct event *e = &c->events[i];
    const char *reason = e->known ? "" : e->reason[0] ? e->reason : "not counted yet";
    return (struct papi_counter_value){.name = e->name,
                                       .known = e->known,
                                       .value = e->known ? e->value : 0,
                                       .unit = e->unit,
                                       .reason = reason,
                                       .crowded = e->crowded,
                                       .multiplexed = e->multiplexed};
}
