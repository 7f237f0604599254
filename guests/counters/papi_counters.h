/* Counters read through PAPI, on hosts that have them and on hosts that do not.
 *
 * PAPI's listings cannot be trusted: an event may be known by name, be found by a query and still not be countable (no
 * PMU, a container, a processor newer than the library). So every event is tried alone when it is opened: name, add,
 * start, stop. An event that fails keeps the step that failed and why; it never stops the others and its value is never
 * zero but absent. The rest are put into one event set for each PAPI component, because PAPI runs one set a component;
 * the sets are started and stopped together. An event that no longer fits beside the ones before it is absent, with
 * that as its reason, and can be counted in a run of its own; or, when the caller asks for it, all events of its
 * component take turns on the hardware (multiplexing) and their values are marked as the estimates they are.
 *
 * A process's own counters can be made PAPI events ("sde:::LIBRARY::NAME", software-defined events) with
 * papi_counters_export, before opening them here by that name or in any tool that reads PAPI events of this process.
 *
 * The library knows nothing of jitlab. One thread uses it at a time; what is counted is that thread.
 */
#ifndef JLH_PAPI_COUNTERS_H
#define JLH_PAPI_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct papi_counters;

struct papi_counter_value {
    const char *name; /* as given to papi_counters_open */
    bool known;       /* value counts; otherwise reason says why there is none */
    long long value;
    const char *unit;   /* "ns", "events" or what the exporter said */
    const char *reason; /* "STEP: what PAPI said", for instance "add: Event does not exist"; "" when known */
    bool crowded;       /* can be counted, but not beside the events before it */
    bool multiplexed;   /* took turns with others: the value is scaled up from the time it was counted */
};

/* One counter of this process to export. */
struct papi_counter_export {
    const char *name;      /* the last part of the event's name */
    const char *unit;      /* must outlive the export */
    const uint64_t *value; /* read by PAPI at start, stop and read; must outlive the export */
};

/* Makes n counters of this process into events sde:::LIBRARY::NAME, counted from start to stop. One export of a name at
 * a time. Returns a handle for papi_counters_unexport, or NULL with one sentence in err. */
struct papi_counters_exports *papi_counters_export(const char *library, const struct papi_counter_export *counters,
                                                   size_t n, char *err, size_t err_size);
/* Takes the events back; to be called after papi_counters_close of what reads them. */
void papi_counters_unexport(struct papi_counters_exports *exports);

/* Tries n events by name and prepares those that can be counted. An event that cannot is no failure: it is there,
 * with its reason. "perf::CONTEXT-SWITCHES", "perf::CPU-MIGRATIONS" and "perf::CGROUP-SWITCHES" without attributes
 * count the kernel too, since they happen nowhere else. exports are the software-defined events that may be named (PAPI
 * itself accepts any name there and counts zero); NULL = none. multiplex: share the hardware where not all events fit.
 * NULL only when memory runs out. */
struct papi_counters *papi_counters_open(const char *const *names, size_t n,
                                         const struct papi_counters_exports *exports, bool multiplex);
void papi_counters_close(struct papi_counters *counters);

/* Starts all from zero; stops all and takes their values. An event set that will not start or stop makes its events
 * absent; so does a value below zero, which is one that did not fit in 63 bits. */
void papi_counters_start(struct papi_counters *counters);
void papi_counters_stop(struct papi_counters *counters);
/* Takes the values while counting goes on. */
void papi_counters_read(struct papi_counters *counters);

size_t papi_counters_count(const struct papi_counters *counters);
/* The i-th event in the order of opening. Its strings live as long as counters. Before the first stop or read no
 * event is known. */
struct papi_counter_value papi_counters_get(const struct papi_counters *counters, size_t i);

#endif
