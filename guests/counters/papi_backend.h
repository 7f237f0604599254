/* The calls of PAPI that papi_counters.c makes, behind one struct so that tests can put a host of their own in its
 * place. Each returns PAPI's codes. */
#ifndef JLH_PAPI_BACKEND_H
#define JLH_PAPI_BACKEND_H

struct papi_backend {
    int (*library_init)(int version);
    int (*name_to_code)(const char *name, int *code);
    int (*event_component)(int code);
    int (*create_set)(int *set);
    int (*add)(int set, int code);
    int (*remove)(int set, int code);
    /* Makes an empty set into one whose events of that component take turns on the hardware. */
    int (*multiplex)(int set, int component);
    int (*start)(int set);
    int (*stop)(int set, long long *values); /* values may be NULL */
    int (*read)(int set, long long *values);
    int (*cleanup)(int set);
    int (*destroy)(int *set);
    char *(*strerror)(int code);
    /* Why the component of that name is disabled; NULL when it is not, or there is none. */
    const char *(*component_disabled)(const char *component);
};

/* The real one. Its library_init loads PAPI and fills in what is not there before. */
extern struct papi_backend papi_backend_real;
/* What papi_counters_open and all after it use; &papi_backend_real unless a test changes it. */
extern const struct papi_backend *papi_backend;

#endif
