/* Time, identity, limits, signals as far as a single-threaded program without handlers needs them. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "guests/linux/thread.h"

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
    struct timespec left = t; /* not even begun when a signal was waiting */
    int64_t r = jl_host_call(SYS_nanosleep, &t, &left);
    uint8_t *out = a->a[1] ? jl_mem_writable(p->mem, a->a[1], 8) : NULL;
    if (r == -EINTR && out) {
        jl_put32(p, out, (uint32_t)left.tv_sec);
        jl_put32(p, out + 4, (uint32_t)left.tv_nsec);
    }
    return r;
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

int64_t jl_sys_rseq(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return -ENOSYS;
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
