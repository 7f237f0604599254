/* jitlab exec: loads a program, runs it, ends as it ended. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include "guests/cli/cli.h"
#include "guests/linux/thread.h"
#include "jit/policy.h"
#include "jit/util/clock.h"

int jl_cli_refuse(const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    fputs("jitlab: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
    return JL_STATUS_REFUSED;
}

bool jl_cli_writable_beside(const char *path) {
    const char *slash = strrchr(path, '/');
    char folder[4096];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    return access(folder, W_OK | X_OK) == 0;
}

/* Dies of the guest's signal, without a core of ours. */
static int die_of(int sig) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(sig, SIG_DFL);
    fflush(NULL);
    raise(sig);
    return 128 + sig;
}

static int finish(struct jl_cli *cli, struct jl_machine *m, struct jl_process *p, uint64_t start) {
    static const char *const kinds[] = {"exit", "signal", "limit", "internal"};
    struct jl_outcome outcome = {
        p->image.big_endian ? "mips" : "mipsel", kinds[p->end.kind], p->end.status, 0, 0, 0, NULL};
    if (cli->stats) {
        outcome.total_ns = jl_now_ns() - start;
        outcome.fingerprint = jl_cli_fingerprint(m, p, &outcome.kept);
    }
    if (cli->stats && !jl_cli_stats(cli, m, &outcome))
        jl_cli_refuse("cannot write %s: %s", cli->stats, strerror(errno));
    if (cli->profile_top)
        jl_machine_profile(m, stderr, cli->profile_top);
    if (cli->tools.time_passes)
        jl_machine_time_passes(m, stderr);
    switch (p->end.kind) {
    case JL_END_EXIT: return p->end.status;
    case JL_END_SIGNAL: return -p->end.status;
    case JL_END_LIMIT: fprintf(stderr, "jitlab: %s\n", p->end.why); return JL_STATUS_LIMIT;
    default:
        if (p->end.why[0])
            fprintf(stderr, "jitlab: internal: %s\n", p->end.why);
        return JL_STATUS_INTERNAL;
    }
}

/* Which of the first 64 descriptors are open. */
static uint64_t open_fds(void) {
    uint64_t fds = 0;
    for (int fd = 0; fd < 64; fd++)
        fds |= fcntl(fd, F_GETFD) >= 0 ? (uint64_t)1 << fd : 0;
    return fds;
}

/* What a run consists of. */
struct run {
    struct jl_cli *cli;
    struct jl_process *process;
    struct jl_machine *machine;
    uint64_t start;
};

/* The value of an option in host_args, in either of its two forms; NULL = not given. */
static char **option_value(char **args, const char *name, size_t *skip) {
    size_t n = strlen(name);
    for (; *args; args++) {
        *skip = 0;
        if (!strcmp(*args, name) && args[1])
            return args + 1;
        *skip = n + 1;
        if (!strncmp(*args, name, n) && (*args)[n] == '=')
            return args;
    }
    return NULL;
}

/* What a child changed, for its parent when they share their memory. */
struct undo {
    struct run run;
    const char *stats;
    struct jl_papi *papi_run;
    char **place, *old, *name; /* of the option --stats */
};

/* Statistics go to FILE.PID, also those of programs that the child starts. */
static void own_stats(struct run *r, struct undo *u) {
    size_t skip;
    if (!r->cli->stats || asprintf(&u->name, "--stats=%s.%d", r->cli->stats, (int)getpid()) < 0)
        return;
    r->cli->stats = u->name + 8;
    u->place = option_value(r->cli->process.host_args, "--stats", &skip);
    if (u->place) {
        u->old = *u->place;
        *u->place = u->name + (skip ? 0 : 8);
    }
}

/* In a child. What it changes is for its own memory, unless that is the parent's too. */
static void *forked(void *ctx, struct jl_process *p) {
    struct run *r = ctx;
    struct undo here, *kept = p->vforked ? malloc(sizeof *kept) : NULL, *u = kept ? kept : &here;
    if (p->vforked && !kept)
        abort();
    *u = (struct undo){.run = *r, .stats = r->cli->stats, .papi_run = r->cli->papi_run};
    r->process = p;
    r->machine = p->leader->machine; /* perhaps not the one that main runs */
    r->cli->papi_run = NULL;         /* the counters are the parent's */
    own_stats(r, u);
    return kept;
}

static void unforked(void *ctx, void *undo) {
    struct run *r = ctx;
    struct undo *u = undo;
    if (!u)
        return;
    *r = u->run;
    r->cli->stats = u->stats;
    r->cli->papi_run = u->papi_run;
    if (u->place)
        *u->place = u->old;
    free(u->name);
    free(u);
}

/* A child ends here when main does not run it; what it inherited of the parent's is not its to clean up. */
static void ended(void *ctx) {
    struct run *r = ctx;
    int status = finish(r->cli, r->machine, r->process, r->start);
    fflush(NULL);
    _exit(status < 0 ? die_of(-status) : status);
}

static int run(struct jl_cli *cli, struct jl_program *prog, struct jl_mem *mem, uint64_t inherited, uint64_t start) {
    char err[JL_LINUX_PATH + 256] = "no memory for a process";
    int status = JL_STATUS_REFUSED;
    struct run r = {.cli = cli, .start = start};
    cli->process.forked = forked;
    cli->process.unforked = unforked;
    cli->process.ended = ended;
    cli->process.ctx = &r;
    struct jl_process *p = r.process = jl_process_new(mem, &cli->process);
    struct jl_machine *m = r.machine = jl_machine_new(&cli->config, &cli->tools, mem, err, sizeof err);
    if (!m) {
        jl_cli_refuse("%s", err);
    } else {
        bool loaded = p && jl_process_attach(p, m) && jl_program_load(p, prog, err, sizeof err);
        jl_program_close(prog);
        if (!loaded) {
            jl_cli_refuse("%s: %s", cli->process.argv[0], err);
        } else {
            if (cli->papi)
                cli->papi_run = jl_papi_start(cli->papi, cli->papi_multiplex, m);
            p->private_fds = open_fds() & ~inherited;
            CALLGRIND_START_INSTRUMENTATION; /* nothing, unless valgrind counts (experiments/README.md) */
            jl_process_run(p);
            CALLGRIND_STOP_INSTRUMENTATION;
            if (cli->papi_run)
                jl_papi_stop(cli->papi_run, m);
            status = finish(cli, m, p, start);
            jl_papi_free(cli->papi_run);
        }
    }
    jl_machine_free(m);
    jl_process_free(p);
    return status;
}

/* The guest's arguments with another name in front; freed with the process. */
static char **renamed(char *const *argv, const char *argv0) {
    size_t n = 0;
    while (argv[n])
        n++;
    char **out = malloc((n + 1) * sizeof *out);
    for (size_t i = 0; out && i <= n; i++)
        out[i] = i ? argv[i] : (char *)(uintptr_t)argv0;
    return out;
}

static int exec_linux(struct jl_cli *cli) {
    char err[JL_LINUX_PATH + 256];
    struct jl_program prog;
    uint64_t start = jl_now_ns(), inherited = open_fds();
    if (cli->stats && !jl_cli_writable_beside(cli->stats))
        return jl_cli_refuse("cannot write %s: %s", cli->stats, strerror(errno));
    if (!jl_program_open(&prog, cli->process.argv[0], cli->process.sysroot, err, sizeof err))
        return jl_cli_refuse("%s", err);
    if (cli->n64_option) {
        jl_program_close(&prog);
        return jl_cli_refuse("--%s is for the n64 guest, and %s is a Linux program", cli->n64_option,
                             cli->process.argv[0]);
    }
    char **argv = cli->argv0 ? renamed(cli->process.argv, cli->argv0) : NULL;
    if (argv)
        cli->process.argv = argv;
    struct jl_mem *mem = jl_mem_create(prog.main.image.big_endian);
    int status = mem ? run(cli, &prog, mem, inherited, start)
                     : jl_cli_refuse("no address space for the guest: %s", strerror(errno));
    jl_program_close(&prog);
    jl_mem_destroy(mem);
    free(argv);
    return status < 0 ? die_of(-status) : status;
}

int jl_cli_exec(struct jl_cli *cli) {
    char err[512];
    bool n64 = cli->guest == JL_GUEST_N64;
    cli->process.offload = cli->config.axis[JL_AXIS_OFFLOAD].strategy->native;
    if (!jl_config_check(&cli->config, err, sizeof err) || !jl_config_check_memory(&cli->config, n64, err, sizeof err))
        return jl_cli_refuse("%s", err);
    if (n64 && cli->process.offload)
        return jl_cli_refuse(
            "offload=functions: host functions come from a Linux program's source, and a ROM has none");
    if (!cli->process.offload && (cli->process.offload_object || cli->process.offload_only))
        return jl_cli_refuse("--offload and --offload-only are for offload=functions");
    return n64 ? jl_cli_exec_n64(cli) : exec_linux(cli);
}
