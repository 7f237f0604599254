/* PAPI itself behind the backend's struct. */
#include "papi_backend.h"

#include <papi.h>
#include <string.h>

static const char *component_disabled(const char *component) {
    int n = PAPI_num_components();
    for (int i = 0; i < n; i++) {
        const PAPI_component_info_t *info = PAPI_get_component_info(i);
        if (info && strcmp(info->name, component) == 0)
            return info->disabled ? info->disabled_reason : NULL;
    }
    return NULL;
}

const struct papi_backend papi_backend_real = {
    .library_init = PAPI_library_init,
    .name_to_code = PAPI_event_name_to_code,
    .event_component = PAPI_get_event_component,
    .create_set = PAPI_create_eventset,
    .add = PAPI_add_event,
    .start = PAPI_start,
    .stop = PAPI_stop,
    .read = PAPI_read,
    .cleanup = PAPI_cleanup_eventset,
    .destroy = PAPI_destroy_eventset,
    .strerror = PAPI_strerror,
    .component_disabled = component_disabled,
};

const struct papi_backend *papi_backend = &papi_backend_real;
