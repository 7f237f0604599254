/* Time, identity, limits, signals as far as a single-threaded program without handlers needs them. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "guests/linux/linux.h"

/* ---- the end ---- */

int64_t jl_sys_exit(struct jl_process *p, const struct jl_args *a) {
    p->done = true;
    p->end = (struct jl_end){.kind = JL_END_EXIT, .status = (int)(a->a[0] & 0xff)};
    return 0;
}

static int guest_pid(const struct jl_process *p) {
    return p->options.pid ? p->options.pid : getpid();
}

/* MIPS numbers its signals differently from 7 on. */
int jl_guest_signal_to_host(int g) {
    static const uint8_t map[32] = {0,       SIGHUP,  SIGINT,  SIGQUIT, SIGILL,    SIGTRAP, SIGABRT, 0,
                                    SIGFPE,  SIGKILL, SIGBUS,  SIGSEGV, SIGSYS,    SIGPIPE, SIGALRM, SIGTERM,
                                    SIGUSR1, SIGUSR2, SIGCHLD, SIGPWR,  SIGWINCH,  SIGURG,  SIGIO,   SIGSTOP,
                                    SIGTSTP, SIGCONT, SIGTTIN, SIGTTOU, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ};
    return g > 0 && g < 32 ? map[g] : 0;
}

static bool ignored_by_default(int host) {
    return host == SIGCHLD || host == SIGURG || host == SIGWINCH || host == SIGCONT;
}

static int64_t send_signal(struct jl_process *p, uint32_t guest) {
    enum { G_SIG_IGN = 1 };
    int host = jl_guest_signal_to_host((int)guest);
    if (guest == 0)
        return 0;
    if (!host)
        return -EINVAL;
    if (p->action[guest][1] == G_SIG_IGN || (p->action[guest][1] == 0 && ignored_by_default(host)))
        return 0;
    p->done = true; /* handlers are not in this version: the default action */
    p->end = (struct jl_end){.kind = JL_END_SIGNAL, .status = host};
    return 0;
}

int64_t jl_sys_kill(struct jl_process *p, const struct jl_args *a) {
    return (int)a->a[0] == guest_pid(p) ? send_signal(p, a->a[1]) : -EPERM;
}
int64_t jl_sys_tgkill(struct jl_process *p, const struct jl_args *a) {
    return (int)a->a[0] == guest_pid(p) ? send_signal(p, a->a[2]) : -EPERM;
}

int64_t jl_sys_rt_sigaction(struct jl_process *p, const struct jl_args *a) {
    uint32_t sig = a->a[0];
    if (sig == 0 || sig >= JL_LINUX_SIGNALS)
        return -EINVAL;
    if (a->a[2]) {
        uint8_t *old = jl_mem_writable(p->mem, a->a[2], 24);
        if (!old)
            return -EFAULT;
        memset(old, 0, 24);
        for (unsigned i = 0; i < 3; i++)
            jl_put32(p, old + 4 * i, p->action[sig][i]);
    }
    if (a->a[1]) {
        const uint8_t *now = jl_mem_readable(p->mem, a->a[1], 24);
        if (!now)
            return -EFAULT;
        for (unsigned i = 0; i < 3; i++)
            p->action[sig][i] = jl_get32(p, now + 4 * i);
    }
    return 0;
}

int64_t jl_sys_rt_sigprocmask(struct jl_process *p, const struct jl_args *a) {
    if (a->a[2]) {
        void *old = jl_mem_writable(p->mem, a->a[2], 16);
        if (!old)
            return -EFAULT;
        memset(old, 0, 16);
    }
    return 0;
}

int64_t jl_sys_sigaltstack(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return 0;
}

/* ---- time ---- */

static int64_t put_timespec(struct jl_process *p, uint32_t addr, const struct timespec *t, bool wide) {
    uint8_t *o = jl_mem_writable(p->mem, addr, wide ? 16 : 8);
    if (!o)
        return -EFAULT;
    if (wide) {
        jl_put64(p, o, (uint64_t)t->tv_sec);
        jl_put64(p, o + 8, (uint64_t)t->tv_nsec);
    } else {
        jl_put32(p, o, (uint32_t)t->tv_sec);
        jl_put32(p, o + 4, (uint32_t)t->tv_nsec);
    }
    return 0;
}

int64_t jl_sys_clock_gettime(struct jl_process *p, const struct jl_args *a) {
    struct timespec t;
    return clock_gettime((clockid_t)a->a[0], &t) < 0 ? -errno : put_timespec(p, a->a[1], &t, false);
}
int64_t jl_sys_clock_gettime64(struct jl_process *p, const struct jl_args *a) {
    struct timespec t;
    return clock_gettime((clockid_t)a->a[0], &t) < 0 ? -errno : put_timespec(p, a->a[1], &t, true);
}
int64_t jl_sys_clock_getres(struct jl_process *p, const struct jl_args *a) {
    struct timespec t;
    if (clock_getres((clockid_t)a->a[0], &t) < 0)
        return -errno;
    return a->a[1] ? put_timespec(p, a->a[1], &t, false) : 0;
}

int64_t jl_sys_gettimeofday(struct jl_process *p, const struct jl_args *a) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec /= 1000;
    return put_timespec(p, a->a[0], &t, false);
}

int64_t jl_sys_time(struct jl_process *p, const struct jl_args *a) {
    time_t t = time(NULL);
    if (a->a[0]) {
        void *o = jl_mem_writable(p->mem, a->a[0], 4);
        if (!o)
            return -EFAULT;
        jl_put32(p, o, (uint32_t)t);
    }
    return t;
}

int64_t jl_sys_times(struct jl_process *p, const struct jl_args *a) {
    struct tms t;
    clock_t now = times(&t);
    uint8_t *o = a->a[0] ? jl_mem_writable(p->mem, a->a[0], 16) : NULL;
    if (a->a[0] && !o)
        return -EFAULT;
    if (o) {
        jl_put32(p, o, (uint32_t)t.tms_utime);
        jl_put32(p, o + 4, (uint32_t)t.tms_stime);
        jl_put32(p, o + 8, (uint32_t)t.tms_cutime);
        jl_put32(p, o + 12, (uint32_t)t.tms_cstime);
    }
    return (uint32_t)now & 0x7fffffff;
}

int64_t jl_sys_nanosleep(struct jl_process *p, const struct jl_args *a) {
    const uint8_t *in = jl_mem_readable(p->mem, a->a[0], 8);
    if (!in)
        return -EFAULT;
    struct timespec t = {(int32_t)jl_get32(p, in), (int32_t)jl_get32(p, in + 4)};
    return nanosleep(&t, NULL) < 0 ? -errno : 0;
}

int64_t jl_sys_getrusage(struct jl_process *p, const struct jl_args *a) {
    struct rusage r;
    uint8_t *o = jl_mem_writable(p->mem, a->a[1], 72);
    if (!o)
        return -EFAULT;
    if (getrusage((int)a->a[0], &r) < 0)
        return -errno;
    memset(o, 0, 72);
    jl_put32(p, o, (uint32_t)r.ru_utime.tv_sec);
    jl_put32(p, o + 4, (uint32_t)r.ru_utime.tv_usec);
    jl_put32(p, o + 8, (uint32_t)r.ru_stime.tv_sec);
    jl_put32(p, o + 12, (uint32_t)r.ru_stime.tv_usec);
    return 0;
}

/* ---- identity ---- */

int64_t jl_sys_getpid(struct jl_process *p, const struct jl_args *a) {
    (void)a;
    return guest_pid(p);
}
int64_t jl_sys_getppid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getppid();
}
int64_t jl_sys_getuid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getuid();
}
int64_t jl_sys_geteuid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return geteuid();
}
int64_t jl_sys_getgid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getgid();
}
int64_t jl_sys_getegid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getegid();
}

int64_t jl_sys_uname(struct jl_process *p, const struct jl_args *a) {
    static const char *const fields[6] = {"Linux", "jitlab", "6.1.0", "#1", "mips", "(none)"};
    char *o = jl_mem_writable(p->mem, a->a[0], 6 * 65);
    if (!o)
        return -EFAULT;
    memset(o, 0, 6 * 65);
    for (unsigned i = 0; i < 6; i++)
        strcpy(o + 65 * i, fields[i]);
    return 0;
}

/* ---- limits, threads, the rest ---- */

static uint64_t limit_of(uint32_t resource) {
    enum { G_RLIMIT_NOFILE = 5, G_RLIMIT_STACK = 3 };
    return resource == G_RLIMIT_STACK ? 8 << 20 : resource == G_RLIMIT_NOFILE ? JL_LINUX_FDS : 0x7fffffff;
}

int64_t jl_sys_getrlimit(struct jl_process *p, const struct jl_args *a) {
    uint8_t *o = jl_mem_writable(p->mem, a->a[1], 8);
    if (!o)
        return -EFAULT;
    jl_put32(p, o, (uint32_t)limit_of(a->a[0]));
    jl_put32(p, o + 4, (uint32_t)limit_of(a->a[0]));
    return 0;
}

int64_t jl_sys_prlimit64(struct jl_process *p, const struct jl_args *a) {
    if (!a->a[3])
        return 0;
    uint8_t *o = jl_mem_writable(p->mem, a->a[3], 16);
    if (!o)
        return -EFAULT;
    jl_put64(p, o, limit_of(a->a[1]));
    jl_put64(p, o + 8, limit_of(a->a[1]));
    return 0;
}

int64_t jl_sys_sched_yield(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return sched_yield();
}

int64_t jl_sys_set_thread_area(struct jl_process *p, const struct jl_args *a) {
    p->cpu->userlocal = a->a[0];
    return 0;
}

int64_t jl_sys_set_robust_list(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return 0;
}

int64_t jl_sys_rseq(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return -ENOSYS;
}

/* One thread: nobody to wake, and waiting could never end. */
int64_t jl_sys_futex(struct jl_process *p, const struct jl_args *a) {
    enum { G_FUTEX_WAIT = 0, G_FUTEX_WAKE = 1 };
    (void)p;
    uint32_t op = a->a[1] & 0x7f;
    return op == G_FUTEX_WAKE ? 0 : op == G_FUTEX_WAIT ? -EAGAIN : -ENOSYS;
}

int64_t jl_sys_getrandom(struct jl_process *p, const struct jl_args *a) {
    uint8_t *o = jl_mem_writable(p->mem, a->a[0], a->a[1]);
    if (!o)
        return -EFAULT;
    if (p->options.pid) { /* a run that is to be repeatable */
        for (uint32_t i = 0; i < a->a[1]; i++)
            o[i] = (uint8_t)(i * 167 + 13);
        return a->a[1];
    }
    ssize_t n = getrandom(o, a->a[1], 0);
    return n < 0 ? -errno : n;
}
