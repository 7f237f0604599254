/* The program `jitlab`: command line, statistics, listings. */
#ifndef JL_CLI_H
#define JL_CLI_H

#include "guests/linux/linux.h"

enum { JL_STATUS_INTERNAL = 70, JL_STATUS_LIMIT = 124, JL_STATUS_REFUSED = 125 };

struct jl_cli {
    struct jl_config config;
    struct jl_tools tools;
    struct jl_process_options process;
    struct jl_predict_params model; /* of --model */
    const char *stats;
    const char *argv0;
    const char *papi; /* comma-separated event names, NULL = none */
    bool papi_multiplex;
    struct jl_papi *papi_run;
    unsigned profile_top;
};

/* One line on standard error, "jitlab: ..."; returns JL_STATUS_REFUSED. */
int jl_cli_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* papi.c: counts the named events from start to stop; multiplex: events that do not fit together take turns. The
 * translator's own counters are events too, as sde:::jitlab::NAME. NULL when memory runs out. */
struct jl_papi *jl_papi_start(const char *names, bool multiplex, struct jl_machine *m);
void jl_papi_stop(struct jl_papi *run, struct jl_machine *m);
struct json_t *jl_papi_json(const struct jl_papi *run);
void jl_papi_free(struct jl_papi *run);
int jl_cli_exec(struct jl_cli *cli);
int jl_cli_list(int argc, char **argv);
/* Writes the statistics file; false when it cannot. machine and process may be NULL (refused before the start). */
bool jl_cli_stats(const struct jl_cli *cli, struct jl_machine *m, const struct jl_process *p, const char *kind,
                  int status, uint64_t total_ns);

#endif
