/* One trial as a child process: its own process group, pinned, bounded in time and memory, watched until it ends. */
#ifndef JLH_PROCESS_H
#define JLH_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jlh_process_options {
    char *const *argv;      /* argv[0] is a path or a name looked up in PATH; ends with NULL */
    char *const *envp;      /* the child's whole environment; NULL = the caller's own */
    const char *directory;  /* working directory; NULL = the caller's */
    int cpu;                /* the one CPU it may run on; -1 = wherever the caller may */
    double timeout;         /* wall seconds after which its process group is killed; 0 = none */
    uint64_t cpu_seconds;   /* RLIMIT_CPU; 0 = none */
    uint64_t address_space; /* RLIMIT_AS in bytes; 0 = none */
    uint64_t resident;      /* bytes in memory above which its process group is killed; 0 = none */
    bool fixed_layout;      /* no address space randomisation */
    size_t keep_stdout;     /* bytes of its output that are kept; all of it is hashed */
    size_t keep_stderr;     /* last bytes of its error output that are kept */
};

enum jlh_process_end { JLH_END_EXIT, JLH_END_SIGNAL, JLH_END_TIMEOUT, JLH_END_MEMORY };

struct jlh_process_result {
    enum jlh_process_end end;
    int status;      /* exit status, or the signal's number */
    int64_t wall_ns; /* CLOCK_MONOTONIC from before the fork until its end was seen */
    int64_t user_us, system_us, max_rss_kib;
    int64_t minor_faults, major_faults, voluntary_switches, involuntary_switches;
    uint64_t stdout_hash; /* XXH3-64 of everything written */
    uint64_t stdout_bytes;
    int64_t pid;     /* of the process that has ended */
    char *out, *err; /* malloc'd, see keep_stdout and keep_stderr; not NULL after success */
    size_t out_size, err_size;
};

/* Runs the program to its end. Standard input is /dev/null. Whatever is left of its process group when it ends is
 * killed. False with one sentence in err when it could not be started; otherwise result is filled and its buffers
 * are released by jlh_process_result_free. SIGINT and SIGTERM that come in meanwhile kill the group and are then
 * delivered to the caller. */
bool jlh_process_run(const struct jlh_process_options *options, struct jlh_process_result *result, char *err,
                     size_t err_size);
void jlh_process_result_free(struct jlh_process_result *result);

#endif
