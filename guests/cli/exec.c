/* jitlab exec: loads a program, runs it, ends as it ended. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guests/cli/cli.h"
#include "jit/isa/isa.h"

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

/* The whole file, or NULL with errno; *size its length. */
static uint8_t *read_file(const char *path, size_t *size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would wait for a writer */
    struct stat st;
    uint8_t *bytes = NULL;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (bytes = malloc((size_t)st.st_size + 1))) {
        size_t got = 0;
        ssize_t n;
        while (got < (size_t)st.st_size && (n = read(fd, bytes + got, (size_t)st.st_size - got)) > 0)
            got += (size_t)n;
        *size = got;
    } else if (!bytes && errno == 0) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : ENOEXEC;
    }
    int e = errno;
    close(fd);
    errno = e;
    return bytes;
}

/* Whether a file can be made in the folder of path; better known before the run than after it. */
static bool writable_beside(const char *path) {
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

static int run(struct jl_cli *cli, const uint8_t *bytes, size_t size, const struct jl_image *image, struct jl_mem *mem,
               uint64_t start) {
    char err[256];
    int status = JL_STATUS_REFUSED;
    struct jl_process *p = jl_process_new(mem, &cli->process);
    struct jl_machine *m = jl_machine_new(&cli->config, &cli->tools, mem, err, sizeof err);
    if (!m) {
        jl_cli_refuse("%s", err);
    } else {
        p->machine = m;
        p->cpu = jl_machine_cpu(m);
        p->image = *image;
        p->cpu->mode = image->mode | (cli->process.trap_unaligned ? 0 : JL_MODE_ALIGN_FIX);
        p->cpu->isa = JL_ISA_SET_MIPS32R2;
        if (!jl_elf_load(p, bytes, size, err, sizeof err) || !jl_stack_build(p, err, sizeof err)) {
            jl_cli_refuse("%s: %s", cli->process.argv[0], err);
        } else {
            p->cpu->pc = image->entry;
            if (cli->papi)
                cli->papi_run = jl_papi_start(cli->papi, m);
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
    const char *path = cli->process.argv[0];
    char err[256];
    size_t size = 0;
    struct jl_image image;
    uint64_t start = now_ns();
    if (!jl_config_check(&cli->config, err, sizeof err))
        return jl_cli_refuse("%s", err);
    if (cli->stats && !writable_beside(cli->stats))
        return jl_cli_refuse("cannot write %s: %s", cli->stats, strerror(errno));
    errno = 0;
    uint8_t *bytes = read_file(path, &size);
    if (!bytes)
        return jl_cli_refuse("%s: %s", path, strerror(errno));
    int status;
    if (!jl_elf_probe(bytes, size, &image, err, sizeof err)) {
        status = jl_cli_refuse("%s: %s", path, err);
    } else {
        struct jl_mem *mem = jl_mem_create(image.big_endian);
        status = mem ? run(cli, bytes, size, &image, mem, start)
                     : jl_cli_refuse("no address space for the guest: %s", strerror(errno));
        jl_mem_destroy(mem);
    }
    free(bytes);
    return status < 0 ? die_of(-status) : status;
}
