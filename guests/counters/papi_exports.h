/* What papi_counters.c asks of the exports beside its public interface. */
#ifndef JLH_PAPI_EXPORTS_H
#define JLH_PAPI_EXPORTS_H

struct papi_counters_exports;

/* The unit of the exported event of that full name, or NULL. */
const char *papi_exports_unit(const struct papi_counters_exports *exports, const char *name);

#endif
