/* A PAPI of a host that has counter hardware, to be loaded in the place of the real one (LD_LIBRARY_PATH): four general
 * counters, events that exclude each other, one that shows its conflict only when it is started, multiplexing on
 * request only, and values that 32 or 53 bits do not hold, or that 63 do not.
 *
 * It keeps PAPI's own rules and breaks off with a line on standard error when they are not kept: an event set belongs
 * to one component, one set a component runs at a time, a running set is neither changed nor destroyed, what is
 * multiplexed was assigned to its component first, and nothing goes before PAPI_library_init.
 */
#include <papi.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CPU, SOFTWARE, COMPONENTS };
enum { GENERAL_COUNTERS = 4, MOST = 32, SETS = 64 };

/* Events of one group need the same register. */
static const struct event {
    const char *name;
    int component, group;
    bool late; /* can be added beside others, but not started */
    long long value;
} events[] = {
    {"PAPI_TOT_CYC", CPU, 0, false, 3000},
    {"PAPI_TOT_INS", CPU, 0, false, 2000},
    {"PAPI_BR_INS", CPU, 0, false, 400},
    {"PAPI_BR_MSP", CPU, 0, false, 40},
    {"PAPI_L1_ICM", CPU, 0, false, 7},
    {"PAPI_L1_DCM", CPU, 0, false, 11},
    {"fake::OFFCORE:A", CPU, 1, false, 21},
    {"fake::OFFCORE:B", CPU, 1, false, 22},
    {"fake::OFFCORE:C", CPU, 1, false, 23},
    {"fake::LATE", CPU, 0, true, 31},
    {"fake::OVER_32_BITS", CPU, 0, false, 5000000000},
    {"fake::OVER_53_BITS", CPU, 0, false, 9007199254740993},
    {"fake::MOST", CPU, 0, false, INT64_MAX},
    {"fake::WRAPPED", CPU, 0, false, INT64_MIN + 5},
    {"perf::TASK-CLOCK", SOFTWARE, 0, false, 1234567},
    {"perf::PAGE-FAULTS", SOFTWARE, 0, false, 89},
};
enum { EVENTS = sizeof events / sizeof *events };

static struct set {
    bool used, running, multiplexed;
    int component, n; /* component -1: not known yet */
    int code[MOST];
} sets[SETS];
static bool ready, multiplexing;
static int running[COMPONENTS];

static void __attribute__((noreturn)) broken(const char *rule) {
    fprintf(stderr, "fake PAPI: %s\n", rule);
    abort();
}

static struct set *set_of(int handle) {
    if (!ready)
        broken("PAPI_library_init comes first");
    if (handle < 0 || handle >= SETS || !sets[handle].used)
        broken("no such event set");
    return &sets[handle];
}

int PAPI_library_init(int version) {
    ready = version == PAPI_VER_CURRENT;
    return ready ? version : PAPI_EINVAL;
}

char *PAPI_strerror(int code) {
    static char text[40];
    switch (code) {
    case PAPI_ENOEVNT: return (char *)"Event does not exist";
    case PAPI_ECNFLCT: return (char *)"Event exists, but cannot be counted due to hardware resource limits";
    default: snprintf(text, sizeof text, "error %d", code); return text;
    }
}

int PAPI_event_name_to_code(const char *name, int *code) {
    for (int i = 0; i < EVENTS; i++)
        if (!strcmp(events[i].name, name)) {
            *code = i;
            return PAPI_OK;
        }
    return PAPI_ENOEVNT;
}

int PAPI_get_event_component(int code) {
    return events[code].component;
}

int PAPI_num_components(void) {
    return COMPONENTS;
}

const PAPI_component_info_t *PAPI_get_component_info(int number) {
    static PAPI_component_info_t info[COMPONENTS] = {{.name = "perf_event"}, {.name = "fake_software"}};
    return &info[number];
}

int PAPI_create_eventset(int *handle) {
    if (!ready || *handle != PAPI_NULL)
        broken("a new event set's handle is PAPI_NULL before");
    for (int i = 0; i < SETS; i++)
        if (!sets[i].used) {
            sets[i] = (struct set){.used = true, .component = -1};
            *handle = i;
            return PAPI_OK;
        }
    broken("event sets are not given back");
}

int PAPI_assign_eventset_component(int handle, int component) {
    struct set *s = set_of(handle);
    if (s->n)
        broken("a component is assigned to an empty set");
    s->component = component;
    return PAPI_OK;
}

int PAPI_multiplex_init(void) {
    multiplexing = true;
    return PAPI_OK;
}

int PAPI_set_multiplex(int handle) {
    struct set *s = set_of(handle);
    if (!multiplexing || s->component < 0)
        return PAPI_ENOCMP;
    s->multiplexed = true;
    return PAPI_OK;
}

int PAPI_add_event(int handle, int code) {
    struct set *s = set_of(handle);
    const struct event *e = &events[code];
    if (s->running)
        return PAPI_EISRUN;
    if (s->component >= 0 && s->component != e->component)
        broken("an event set has one component");
    for (int i = 0; i < s->n && !s->multiplexed; i++)
        if (e->group && events[s->code[i]].group == e->group)
            return PAPI_ECNFLCT;
    if (s->n == (s->multiplexed || e->component == SOFTWARE ? MOST : GENERAL_COUNTERS))
        return PAPI_ECNFLCT;
    s->component = e->component;
    s->code[s->n++] = code;
    return PAPI_OK;
}

int PAPI_remove_event(int handle, int code) {
    struct set *s = set_of(handle);
    if (s->running || s->n == 0 || s->code[s->n - 1] != code)
        broken("the event added last is taken out of a set that stands still");
    s->n--;
    return PAPI_OK;
}

int PAPI_start(int handle) {
    struct set *s = set_of(handle);
    if (s->n == 0)
        return PAPI_EINVAL;
    if (running[s->component])
        return PAPI_EISRUN;
    for (int i = 0; i < s->n && s->n > 1 && !s->multiplexed; i++)
        if (events[s->code[i]].late)
            return PAPI_ECNFLCT;
    running[s->component]++;
    s->running = true;
    return PAPI_OK;
}

int PAPI_read(int handle, long long *values) {
    struct set *s = set_of(handle);
    if (!s->running)
        return PAPI_ENOTRUN;
    for (int i = 0; values && i < s->n; i++)
        values[i] = events[s->code[i]].value;
    return PAPI_OK;
}

int PAPI_stop(int handle, long long *values) {
    struct set *s = set_of(handle);
    int rc = PAPI_read(handle, values);
    if (rc == PAPI_OK) {
        s->running = false;
        running[s->component]--;
    }
    return rc;
}

int PAPI_cleanup_eventset(int handle) {
    struct set *s = set_of(handle);
    if (s->running)
        broken("a running set is cleaned up");
    s->n = 0;
    return PAPI_OK;
}

int PAPI_destroy_eventset(int *handle) {
    struct set *s = set_of(*handle);
    if (s->running || s->n)
        broken("a set that is destroyed is empty and stands still");
    s->used = false;
    *handle = PAPI_NULL;
    return PAPI_OK;
}
