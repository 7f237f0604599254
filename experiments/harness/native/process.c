/* Running one trial. The parent sits in poll() on the child's two pipes and its pidfd, so that output, end and time
 * limit are noticed by one loop without signals. What the child does between fork and exec is async-signal safe; when a
 * step of it fails, it tells which one through a close-on-exec pipe.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

extern char **environ;

/* What the child reports when it cannot become the program. */
struct start_failure {
    int error;
    char step[28];
};

/* The parent's view of one running child. */
struct watch {
    const struct jlh_process_options *options;
    struct jlh_process_result *result;
    pid_t pid;
    int pidfd, out, err, failure; /* -1 once closed */
    XXH3_state_t *hash;
    char *ring; /* last keep_stderr bytes of the error output */
    size_t ring_used, ring_next;
};

static volatile sig_atomic_t caught_signal;

static void catch_signal(int number) {
    caught_signal = number;
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- the child's side ---- */

static _Noreturn void child_fail(int fd, const char *step) {
    struct start_failure failure = {.error = errno};
    strncpy(failure.step, step, sizeof failure.step - 1);
    if (write(fd, &failure, sizeof failure) < 0)
        _exit(126);
    _exit(127);
}

static void child_limit(int fd, int resource, uint64_t limit, const char *step) {
    struct rlimit r = {limit, limit};
    if (setrlimit((__rlimit_resource_t)resource, &r) != 0)
        child_fail(fd, step);
}

static _Noreturn void child_main(const struct jlh_process_options *o, int in, int out, int err, int failure) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* the harness was killed: so is its trial */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < NSIG; s++)
        if (s != SIGKILL && s != SIGSTOP)
            signal(s, SIG_DFL);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        child_fail(failure, "dup2");
    if (o->directory && chdir(o->directory) != 0)
        child_fail(failure, "chdir");
    if (o->cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)o->cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0)
            child_fail(failure, "sched_setaffinity");
    }
    if (o->fixed_layout) {
        int old = personality(0xffffffff);
        if (old == -1 || personality((unsigned)old | ADDR_NO_RANDOMIZE) == -1)
            child_fail(failure, "personality");
    }
    child_limit(failure, RLIMIT_CORE, 0, "setrlimit(CORE)");
    if (o->cpu_seconds)
        child_limit(failure, RLIMIT_CPU, o->cpu_seconds, "setrlimit(CPU)");
    if (o->address_space)
        child_limit(failure, RLIMIT_AS, o->address_space, "setrlimit(AS)");
    execvpe(o->argv[0], o->argv, o->envp ? o->envp : environ);
    child_fail(failure, "exec");
}

/* ---- the parent's side ---- */

static void take_stdout(struct watch *w, const char *data, size_t n) {
    struct jlh_process_result *r = w->result;
    XXH3_64bits_update(w->hash, data, n);
    r->stdout_bytes += n;
    size_t room = w->options->keep_stdout - r->out_size;
    size_t take = n < room ? n : room;
    memcpy(r->out + r->out_size, data, take);
    r->out_size += take;
}

static void take_stderr(struct watch *w, const char *data, size_t n) {
    size_t keep = w->options->keep_stderr;
    if (keep == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        w->ring[w->ring_next] = data[i];
        w->ring_next = (w->ring_next + 1) % keep;
    }
    w->ring_used = w->ring_used + n < keep ? w->ring_used + n : keep;
}

/* Reads what is there from one pipe; closes it at its end. */
static void drain(struct watch *w, int *fd, void (*take)(struct watch *, const char *, size_t)) {
    char buffer[65536];
    while (*fd >= 0) {
        ssize_t n = read(*fd, buffer, sizeof buffer);
        if (n > 0)
            take(w, buffer, (size_t)n);
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && errno == EAGAIN)
            return;
        else
            close_fd(fd);
    }
}

static void kill_group(const struct watch *w) {
    kill(-w->pid, SIGKILL);
    kill(w->pid, SIGKILL); /* should it be killed before it made its group */
}

enum { LOOK_MS = 20 }; /* between looks at its memory: a limit is overrun by what is touched meanwhile */

/* Bytes of the child that are in memory; 0 when it cannot be told. Unlike RLIMIT_AS this leaves reservations out, of
 * which a translator makes large ones. */
static uint64_t resident(pid_t pid) {
    char path[32], text[128];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    close_fd(&fd);
    unsigned long long pages = 0;
    text[n > 0 ? n : 0] = 0;
    return sscanf(text, "%*s %llu", &pages) == 1 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* How long poll() may sleep. */
static int sleep_ms(const struct watch *w, int64_t start) {
    int64_t ms = -1;
    if (w->options->timeout > 0) {
        int64_t left = start + (int64_t)(w->options->timeout * 1e9) - now_ns();
        ms = left <= 0 ? 0 : left < INT64_C(3600000000000) ? left / 1000000 + 1 : 3600000;
    }
    if (w->options->resident && (ms < 0 || ms > LOOK_MS))
        ms = LOOK_MS;
    return (int)ms;
}

/* Watches until the child has ended, by itself or because its time was up or its memory too much. */
static void watch_until_end(struct watch *w, int64_t start) {
    int64_t limit_ns = w->options->timeout > 0 ? (int64_t)(w->options->timeout * 1e9) : 0;
    bool killed = false;
    for (;;) {
        int wait_ms = killed ? -1 : sleep_ms(w, start);
        struct pollfd fds[3] = {{w->pidfd, POLLIN, 0}, {w->out, POLLIN, 0}, {w->err, POLLIN, 0}};
        int n = poll(fds, 3, wait_ms);
        if (caught_signal && !killed) {
            kill_group(w);
            killed = true;
        }
        if (n > 0 && fds[0].revents)
            break;
        if (n > 0 && fds[1].revents)
            drain(w, &w->out, take_stdout);
        if (n > 0 && fds[2].revents)
            drain(w, &w->err, take_stderr);
        if (limit_ns && !killed && now_ns() - start >= limit_ns) {
            kill_group(w);
            killed = true;
            w->result->end = JLH_END_TIMEOUT;
        }
        if (w->options->resident && !killed && resident(w->pid) > w->options->resident) {
            kill_group(w);
            killed = true;
            w->result->end = JLH_END_MEMORY;
        }
    }
    w->result->wall_ns = now_ns() - start;
}

static void reap(struct watch *w) {
    struct jlh_process_result *r = w->result;
    struct rusage u;
    r->pid = w->pid;
    int status = 0;
    while (wait4(w->pid, &status, 0, &u) < 0 && errno == EINTR)
        continue;
    kill(-w->pid, SIGKILL); /* background processes it left in its group */
    r->user_us = (int64_t)u.ru_utime.tv_sec * 1000000 + u.ru_utime.tv_usec;
    r->system_us = (int64_t)u.ru_stime.tv_sec * 1000000 + u.ru_stime.tv_usec;
    r->max_rss_kib = u.ru_maxrss;
    r->minor_faults = u.ru_minflt;
    r->major_faults = u.ru_majflt;
    r->voluntary_switches = u.ru_nvcsw;
    r->involuntary_switches = u.ru_nivcsw;
    r->status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    if (r->end != JLH_END_TIMEOUT && r->end != JLH_END_MEMORY)
        r->end = WIFEXITED(status) ? JLH_END_EXIT : JLH_END_SIGNAL;
}

/* The error ring in its order, as the result's text. */
static void unroll_stderr(struct watch *w) {
    size_t keep = w->options->keep_stderr;
    size_t first = w->ring_used < keep || keep == 0 ? 0 : w->ring_next;
    for (size_t i = 0; i < w->ring_used; i++)
        w->result->err[i] = w->ring[(first + i) % keep];
    w->result->err_size = w->ring_used;
}

static bool make_buffers(struct watch *w) {
    const struct jlh_process_options *o = w->options;
    w->result->out = malloc(o->keep_stdout + 1);
    w->result->err = malloc(o->keep_stderr + 1);
    w->ring = malloc(o->keep_stderr + 1);
    w->hash = XXH3_createState();
    return w->result->out && w->result->err && w->ring && w->hash && XXH3_64bits_reset(w->hash) == XXH_OK;
}

/* Forks; the parent's ends of the pipes are left in w. */
static bool start_child(struct watch *w, char *err, size_t err_size) {
    int out[2] = {-1, -1}, errs[2] = {-1, -1}, failure[2] = {-1, -1};
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool ok = in >= 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(errs, O_CLOEXEC) == 0 && pipe2(failure, O_CLOEXEC) == 0;
    if (ok) {
        w->pid = fork();
        if (w->pid == 0)
            child_main(w->options, in, out[1], errs[1], failure[1]);
        ok = w->pid > 0;
    }
    if (!ok)
        snprintf(err, err_size, "cannot start a process: %s", strerror(errno));
    close_fd(&in);
    close_fd(&out[1]);
    close_fd(&errs[1]);
    close_fd(&failure[1]);
    w->out = out[0];
    w->err = errs[0];
    w->failure = failure[0];
    if (!ok)
        return false;
    fcntl(w->out, F_SETFL, O_NONBLOCK);
    fcntl(w->err, F_SETFL, O_NONBLOCK);
    setpgid(w->pid, w->pid); /* both sides do it: neither may run on without */
    w->pidfd = (int)syscall(SYS_pidfd_open, w->pid, 0);
    if (w->pidfd < 0) {
        snprintf(err, err_size, "cannot watch a process: pidfd_open: %s", strerror(errno));
        kill_group(w);
        waitpid(w->pid, NULL, 0);
        return false;
    }
    return true;
}

/* Whether the child became its program. The pipe closes at exec, or brings the reason. */
static bool started(struct watch *w, char *err, size_t err_size) {
    struct start_failure failure;
    ssize_t n;
    do {
        n = read(w->failure, &failure, sizeof failure);
    } while (n < 0 && errno == EINTR && !caught_signal);
    if (n != (ssize_t)sizeof failure)
        return true;
    snprintf(err, err_size, "cannot run %s: %s: %s", w->options->argv[0], failure.step, strerror(failure.error));
    waitpid(w->pid, NULL, 0);
    return false;
}

bool jlh_process_run(const struct jlh_process_options *options, struct jlh_process_result *result, char *err,
                     size_t err_size) {
    memset(result, 0, sizeof *result);
    struct watch w = {.options = options, .result = result, .pidfd = -1, .out = -1, .err = -1, .failure = -1};
    struct sigaction action = {.sa_handler = catch_signal}, old_int, old_term;
    caught_signal = 0;
    sigaction(SIGINT, &action, &old_int);
    sigaction(SIGTERM, &action, &old_term);

    int64_t start = now_ns();
    bool ok = make_buffers(&w);
    if (!ok)
        snprintf(err, err_size, "out of memory");
    ok = ok && start_child(&w, err, err_size) && started(&w, err, err_size);
    if (ok) {
        watch_until_end(&w, start);
        reap(&w);
        drain(&w, &w.out, take_stdout);
        drain(&w, &w.err, take_stderr);
        unroll_stderr(&w);
        result->stdout_hash = XXH3_64bits_digest(w.hash);
    }
    close_fd(&w.out);
    close_fd(&w.err);
    close_fd(&w.failure);
    close_fd(&w.pidfd);
    XXH3_freeState(w.hash);
    free(w.ring);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    if (caught_signal)
        raise(caught_signal);
    if (!ok)
        jlh_process_result_free(result);
    return ok;
}

void jlh_process_result_free(struct jlh_process_result *result) {
    free(result->out);
    free(result->err);
    result->out = result->err = NULL;
}
