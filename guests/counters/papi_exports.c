/* Counters of this process as PAPI software-defined events, through libsde (part of PAPI; Debian: libsde1).
 *
 * In libsde 1.0 an event that was taken back, or a library that was shut down, leaves its lists broken: the next
 * registration loops or crashes. So an event stays registered for the life of the process, with a callback that reads a
 * slot; taking it back empties the slot, exporting it again fills it. The slots are as process-wide as libsde's own
 * lists are. papi_sde_describe_counter is not called because it leaks the description that was there.
 */
#include "papi_exports.h"

#include <sde_lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "papi_counters.h"
#include "papi_lazy.h"

struct slot {
    struct slot *next;
    char *name; /* sde:::LIBRARY::NAME */
    const char *unit;
    const uint64_t *value; /* NULL while nobody exports it */
};

struct papi_counters_exports {
    size_t n;
    struct slot *slots[];
};

static struct slot *all_slots;
static papi_handle_t (*sde_init)(const char *);
static int (*sde_register)(papi_handle_t, const char *, int, int, papi_sde_fptr_t, void *);

static long long read_slot(void *param) {
    const struct slot *slot = param;
    return slot->value ? (long long)*slot->value : 0;
}

/* The slot of that event; a new one is registered with libsde. NULL on failure. */
static struct slot *slot_for(papi_handle_t handle, const char *library, const struct papi_counter_export *c) {
    size_t size = strlen(library) + strlen(c->name) + sizeof "sde:::::";
    char *name = malloc(size);
    if (!name)
        return NULL;
    snprintf(name, size, "sde:::%s::%s", library, c->name);
    for (struct slot *s = all_slots; s; s = s->next) {
        if (strcmp(s->name, name) == 0) {
            free(name);
            return s;
        }
    }
    struct slot *s = calloc(1, sizeof *s);
    if (!s || sde_register(handle, c->name, PAPI_SDE_RO | PAPI_SDE_DELTA, PAPI_SDE_long_long, read_slot, s) != SDE_OK) {
        free(s);
        free(name);
        return NULL;
    }
    *s = (struct slot){.next = all_slots, .name = name};
    return all_slots = s;
}

struct papi_counters_exports *papi_counters_export(const char *library, const struct papi_counter_export *counters,
                                                   size_t n, char *err, size_t err_size) {
    struct papi_counters_exports *x = calloc(1, sizeof *x + n * sizeof x->slots[0]);
    papi_handle_t handle = NULL;
    if (papi_lazy_function("papi_sde_init", &sde_init) &&
        papi_lazy_function("papi_sde_register_counter_cb", &sde_register))
        handle = sde_init(library);
    if (!x || !handle) {
        snprintf(err, err_size, "libsde gave no handle for %s", library);
        free(x);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        struct slot *s = slot_for(handle, library, &counters[i]);
        if (!s || s->value) {
            snprintf(err, err_size, s ? "the counter %s is exported already" : "libsde did not take the counter %s",
                     counters[i].name);
            papi_counters_unexport(x);
            return NULL;
        }
        s->value = counters[i].value;
        s->unit = counters[i].unit;
        x->slots[x->n++] = s;
    }
    return x;
}

void papi_counters_unexport(struct papi_counters_exports *x) {
    if (!x)
        return;
    for (size_t i = 0; i < x->n; i++)
        x->slots[i]->value = NULL;
    free(x);
}

const char *papi_exports_unit(const struct papi_counters_exports *x, const char *name) {
    for (size_t i = 0; i < x->n; i++)
        if (strcmp(x->slots[i]->name, name) == 0)
            return x->slots[i]->unit;
    return NULL;
}
