/* Clocks, sleeping, interval timers. Times of two 32-bit words and, in the calls added for the year 2038, of two 64-bit
 * ones. */
#include <errno.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "guests/linux/host_call.h"
#include "guests/linux/linux.h"

static int64_t stored(bool ok) {
    return ok ? 0 : -EFAULT;
}

static int64_t get_clock(struct jl_process *p, const struct jl_args *a, bool wide) {
    struct timespec t;
    return clock_gettime((clockid_t)a->a[0], &t) < 0 ? -errno : stored(jl_guest_put_time(p, a->a[1], wide, &t));
}
int64_t jl_sys_clock_gettime(struct jl_process *p, const struct jl_args *a) {
    return get_clock(p, a, false);
}
int64_t jl_sys_clock_gettime64(struct jl_process *p, const struct jl_args *a) {
    return get_clock(p, a, true);
}

static int64_t get_resolution(struct jl_process *p, const struct jl_args *a, bool wide) {
    struct timespec t;
    if (clock_getres((clockid_t)a->a[0], &t) < 0)
        return -errno;
    return a->a[1] ? stored(jl_guest_put_time(p, a->a[1], wide, &t)) : 0;
}
int64_t jl_sys_clock_getres(struct jl_process *p, const struct jl_args *a) {
    return get_resolution(p, a, false);
}
int64_t jl_sys_clock_getres64(struct jl_process *p, const struct jl_args *a) {
    return get_resolution(p, a, true);
}

int64_t jl_sys_gettimeofday(struct jl_process *p, const struct jl_args *a) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec /= 1000;
    if (a->a[0] && !jl_guest_put_time(p, a->a[0], false, &t))
        return -EFAULT;
    return a->a[1] ? stored(jl_guest_put_time(p, a->a[1], false, &(struct timespec){0})) : 0; /* the zone: UTC */
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

/* ---- sleeping ---- */

static int64_t sleep_on(struct jl_process *p, clockid_t clock, int flags, uint32_t addr, uint32_t rest, bool wide) {
    struct timespec t, left;
    if (!jl_guest_get_time(p, addr, wide, &t))
        return -EFAULT;
    left = t; /* not even begun when a signal was waiting */
    int64_t r = jl_host_call(SYS_clock_nanosleep, clock, flags, &t, &left);
    if (r == -EINTR && rest && !(flags & TIMER_ABSTIME) && !jl_guest_put_time(p, rest, wide, &left))
        return -EFAULT;
    return r;
}
int64_t jl_sys_nanosleep(struct jl_process *p, const struct jl_args *a) {
    return sleep_on(p, CLOCK_MONOTONIC, 0, a->a[0], a->a[1], false);
}
int64_t jl_sys_clock_nanosleep(struct jl_process *p, const struct jl_args *a) {
    return sleep_on(p, (clockid_t)a->a[0], (int)a->a[1], a->a[2], a->a[3], false);
}
int64_t jl_sys_clock_nanosleep64(struct jl_process *p, const struct jl_args *a) {
    return sleep_on(p, (clockid_t)a->a[0], (int)a->a[1], a->a[2], a->a[3], true);
}

/* ---- interval timers ---- */

static bool get_timer(struct jl_process *p, uint32_t addr, struct itimerval *t) {
    struct timespec interval, value;
    if (!jl_guest_get_time(p, addr, false, &interval) || !jl_guest_get_time(p, addr + 8, false, &value))
        return false;
    t->it_interval = (struct timeval){interval.tv_sec, interval.tv_nsec}; /* microseconds in either */
    t->it_value = (struct timeval){value.tv_sec, value.tv_nsec};
    return true;
}

static bool put_timer(struct jl_process *p, uint32_t addr, const struct itimerval *t) {
    struct timespec interval = {t->it_interval.tv_sec, t->it_interval.tv_usec};
    struct timespec value = {t->it_value.tv_sec, t->it_value.tv_usec};
    return jl_guest_put_time(p, addr, false, &interval) && jl_guest_put_time(p, addr + 8, false, &value);
}

int64_t jl_sys_getitimer(struct jl_process *p, const struct jl_args *a) {
    struct itimerval t;
    return getitimer((__itimer_which_t)a->a[0], &t) < 0 ? -errno : stored(put_timer(p, a->a[1], &t));
}

int64_t jl_sys_setitimer(struct jl_process *p, const struct jl_args *a) {
    struct itimerval now = {{0, 0}, {0, 0}}, old;
    if (a->a[1] && !get_timer(p, a->a[1], &now))
        return -EFAULT;
    if (setitimer((__itimer_which_t)a->a[0], &now, &old) < 0)
        return -errno;
    return a->a[2] ? stored(put_timer(p, a->a[2], &old)) : 0;
}

int64_t jl_sys_alarm(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return alarm(a->a[0]);
}
