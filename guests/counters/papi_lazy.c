/* PAPI and libsde by dlopen: see papi_lazy.h. */
#include "papi_lazy.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Both are global: PAPI's component for software-defined events finds libsde's functions by name. They stay loaded, as
 * the events registered with them do. */
static void *library(const char *name) {
    return dlopen(name, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
}

bool papi_lazy_function(const char *name, void *fn) {
    void *sde = library(SDE_SONAME), *papi = library(PAPI_SONAME);
    void *address = papi ? dlsym(papi, name) : NULL;
    if (!address && sde)
        address = dlsym(sde, name);
    memcpy(fn, &address, sizeof address);
    return address != NULL;
}
