/* jitlab exec: loads a program, runs it, ends as it ended. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "guests/cli/cli.h"

int jl_cli_refuse(const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    fputs("jitlab: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
    return JL_STATUS_REFUSED;
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
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
    if (cli->stats && !jl_cli_stats(cli, m, p, kinds[p->end.kind], p->end.status, now_ns() - start))
        jl_cli_refuse("cannot write %s: %s", cli->stats, strerror(errno));
    if (cli->profile_top)
        jl_machine_profile(m, stderr, cli->profile_top);
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

static int run(struct jl_cli *cli, struct jl_program *prog, struct jl_mem *mem, uint64_t inherited, uint64_t start) {
    char err[JL_LINUX_PATH + 256] = "no memory for a process";
    int status = JL_STATUS_REFUSED;
    struct jl_process *p = jl_process_new(mem, &cli->process);
    struct jl_machine *m = jl_machine_new(&cli->config, &cli->tools, mem, err, sizeof err);
    if (!m) {
        jl_cli_refuse("%s", err);
    } else {
        bool loaded = jl_process_attach(p, m) && jl_program_load(p, prog, err, sizeof err);
        jl_program_close(prog);
        if (!loaded) {
            jl_cli_refuse("%s: %s", cli->process.argv[0], err);
        } else {
            if (cli->papi)
                cli->papi_run = jl_papi_start(cli->papi, m);
            p->private_fds = open_fds() & ~inherited;
            jl_process_run(p);
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

int jl_cli_exec(struct jl_cli *cli) {
    char err[JL_LINUX_PATH + 256] = "no memory for a process";
    struct jl_program prog;
    uint64_t start = now_ns(), inherited = open_fds();
    if (!jl_config_check(&cli->config, err, sizeof err))
        return jl_cli_refuse("%s", err);
    if (!jl_program_open(&prog, cli->process.argv[0], cli->process.sysroot, err, sizeof err))
        return jl_cli_refuse("%s", err);
    struct jl_mem *mem = jl_mem_create(prog.main.image.big_endian);
    int status = mem ? run(cli, &prog, mem, inherited, start)
                     : jl_cli_refuse("no address space for the guest: %s", strerror(errno));
    jl_program_close(&prog);
    jl_mem_destroy(mem);
    return status < 0 ? die_of(-status) : status;
}
