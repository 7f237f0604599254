/* PAPI and libsde loaded when they are first asked for. PAPI brings libpfm along, whose tables are relocated at every
 * start: half of what starting a small program took, although hardly any run counts PAPI's events. */
#ifndef JLH_PAPI_LAZY_H
#define JLH_PAPI_LAZY_H

#include <stdbool.h>

/* Puts the address of a function of PAPI or libsde where fn points (the address of a function pointer). False when the
 * libraries cannot be loaded or have no such function. */
bool papi_lazy_function(const char *name, void *fn);

#endif
