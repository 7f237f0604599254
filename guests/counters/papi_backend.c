/* PAPI itself behind the backend's struct, loaded by library_init. */
#include "papi_backend.h"

#include <papi.h>
#include <stdbool.h>
#include <string.h>

#include "papi_lazy.h"

static int (*num_components)(void);
static const PAPI_component_info_t *(*get_component_info)(int);
static char *(*real_strerror)(int);

static const char *component_disabled(const char *component) {
    int n = num_components ? num_components() : 0;
    for (int i = 0; i < n; i++) {
        const PAPI_component_info_t *info = get_component_info(i);
        if (info && strcmp(info->name, component) == 0)
            return info->disabled ? info->disabled_reason : NULL;
    }
    return NULL;
}

static int (*multiplex_init)(void);
static int (*assign_component)(int set, int component);
static int (*set_multiplex)(int set);

static int multiplex(int set, int component) {
    static bool ready; /* PAPI itself is one for the process */
    int rc = ready ? PAPI_OK : multiplex_init();
    ready = rc == PAPI_OK;
    if (rc == PAPI_OK)
        rc = assign_component(set, component);
    return rc == PAPI_OK ? set_multiplex(set) : rc;
}

static char *error_text(int code) {
    static char missing[] = "PAPI's libraries cannot be loaded";
    return real_strerror ? real_strerror(code) : missing;
}

static int load_and_init(int version) {
    struct papi_backend *b = &papi_backend_real;
    int (*init)(int);
    if (papi_lazy_function("PAPI_library_init", &init) &&
        papi_lazy_function("PAPI_event_name_to_code", &b->name_to_code) &&
        papi_lazy_function("PAPI_get_event_component", &b->event_component) &&
        papi_lazy_function("PAPI_create_eventset", &b->create_set) && papi_lazy_function("PAPI_add_event", &b->add) &&
        papi_lazy_function("PAPI_remove_event", &b->remove) &&
        papi_lazy_function("PAPI_multiplex_init", &multiplex_init) &&
        papi_lazy_function("PAPI_assign_eventset_component", &assign_component) &&
        papi_lazy_function("PAPI_set_multiplex", &set_multiplex) && papi_lazy_function("PAPI_start", &b->start) &&
        papi_lazy_function("PAPI_stop", &b->stop) && papi_lazy_function("PAPI_read", &b->read) &&
        papi_lazy_function("PAPI_cleanup_eventset", &b->cleanup) &&
        papi_lazy_function("PAPI_destroy_eventset", &b->destroy) &&
        papi_lazy_function("PAPI_get_component_info", &get_component_info) &&
        papi_lazy_function("PAPI_num_components", &num_components) &&
        papi_lazy_function("PAPI_strerror", &real_strerror))
        return init(version);
    return PAPI_ENOSUPP;
}

struct papi_backend papi_backend_real = {
    .library_init = load_and_init,
    .multiplex = multiplex,
    .strerror = error_text,
    .component_disabled = component_disabled,
};

const struct papi_backend *papi_backend = &papi_backend_real;
