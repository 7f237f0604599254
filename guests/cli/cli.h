/* The program `jitlab`: command line, statistics, listings. */
#ifndef JL_CLI_H
#define JL_CLI_H

#include "guests/linux/linux.h"
#include "guests/n64/n64.h"

enum { JL_STATUS_INTERNAL = 70, JL_STATUS_LIMIT = 124, JL_STATUS_REFUSED = 125 };

enum jl_guest { JL_GUEST_BY_MAGIC, JL_GUEST_LINUX, JL_GUEST_N64 };

struct jl_cli {
    struct jl_config config, rsp; /* of the processor; of an N64's RSP */
    struct jl_tools tools;
    enum jl_guest guest;                   /* by magic until the program's name is there */
    char *rom[2];                          /* process.argv of a ROM */
    const char *n64_option, *linux_option; /* one that only the other guest has, or NULL */
    struct jl_process_options process;     /* program, arguments and limits are any guest's */
    struct jl_n64_options n64;
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
/* exec.c, exec_n64.c: runs the program; returns the exit status. */
int jl_cli_exec(struct jl_cli *cli);
int jl_cli_exec_n64(struct jl_cli *cli);
int jl_cli_list(int argc, char **argv);
/* exec_n64.c: prints what differs between two savestates; 0 nothing, 1 something. */
int jl_cli_state_diff(int argc, char **argv);
/* magic.c: which guest a program is for, by its first bytes: a file that begins as a ROM does is one, all else is a
 * Linux program, which its loader refuses where it isn't. JL_GUEST_BY_MAGIC with one sentence in err when a file is
 * named like a ROM and is neither that nor an ELF file. */
enum jl_guest jl_cli_guest_of(const char *path, char *err, size_t err_size);
/* Whether a file can be made in the folder of path; better known before the run than after it. */
bool jl_cli_writable_beside(const char *path);

/* How a run ended, for the statistics. */
struct jl_outcome {
    const char *arch, *kind;
    int status;
    /* The fingerprint is of all; kept leaves out the registers that a call does not keep. The statistics have both,
     * kept first, and kept alone where host code was called, which changes no others: states agree when one begins the
     * other.
     */
    uint64_t total_ns, fingerprint, kept;
    struct json_t *console; /* what only a console has (borrowed), or NULL */
};
/* Writes the statistics file; false when it cannot. */
bool jl_cli_stats(const struct jl_cli *cli, struct jl_machine *m, const struct jl_outcome *outcome);
/* Of a Linux process: final integer registers and writable memory; the dead part of the stack below sp does not count.
 */
uint64_t jl_cli_fingerprint(struct jl_machine *m, const struct jl_process *p, uint64_t *kept);

#endif
