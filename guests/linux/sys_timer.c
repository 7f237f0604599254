/* POSIX timers: the host's, with the guest's structures and signal numbers. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "guests/linux/thread.h"

static int64_t result(int64_t r) {
    return r < 0 ? -errno : r;
}

static void get_times(struct jl_process *p, const uint8_t *in, bool wide, int64_t v[4]) {
    for (unsigned i = 0; i < 4; i++)
        v[i] = wide ? (int64_t)jl_get64(p, in + 8 * i) : (int32_t)jl_get32(p, in + 4 * i);
}
static void put_times(struct jl_process *p, uint8_t *out, bool wide, const int64_t v[4]) {
    for (unsigned i = 0; i < 4; i++)
        if (wide)
            jl_put64(p, out + 8 * i, (uint64_t)v[i]);
        else
            jl_put32(p, out + 4 * i, (uint32_t)v[i]);
}

int64_t jl_sys_timer_create(struct jl_process *p, const struct jl_args *a) {
    const uint8_t *in = a->a[1] ? jl_mem_readable(p->mem, a->a[1], 16) : NULL;
    uint8_t *out = jl_mem_writable(p->mem, a->a[2], 4);
    struct sigevent ev;
    int id;
    if ((a->a[1] && !in) || !out)
        return -EFAULT;
    memset(&ev, 0, sizeof ev);
    if (in) {
        ev.sigev_value.sival_ptr = (void *)(uintptr_t)jl_get32(p, in);
        ev.sigev_signo = jl_guest_signal_to_host((int)jl_get32(p, in + 4));
        ev.sigev_notify = (int)jl_get32(p, in + 8);
        ev._sigev_un._tid = jl_host_pid(p, jl_get32(p, in + 12));
    }
    if (syscall(SYS_timer_create, (long)(int32_t)a->a[0], in ? &ev : NULL, &id) < 0)
        return -errno;
    jl_put32(p, out, (uint32_t)id);
    return 0;
}

static int64_t put_itimerspec(struct jl_process *p, uint32_t addr, const struct itimerspec *t, bool wide) {
    const int64_t v[4] = {t->it_interval.tv_sec, t->it_interval.tv_nsec, t->it_value.tv_sec, t->it_value.tv_nsec};
    uint8_t *out = jl_mem_writable(p->mem, addr, wide ? 32 : 16);
    if (!out)
        return -EFAULT;
    put_times(p, out, wide, v);
    return 0;
}

static int64_t set_time(struct jl_process *p, const struct jl_args *a, bool wide) {
    const uint8_t *in = jl_mem_readable(p->mem, a->a[2], wide ? 32 : 16);
    struct itimerspec old;
    int64_t v[4];
    if (!in)
        return -EFAULT;
    get_times(p, in, wide, v);
    const struct itimerspec now = {{v[0], v[1]}, {v[2], v[3]}};
    if (syscall(SYS_timer_settime, (long)(int32_t)a->a[0], (long)a->a[1], &now, &old) < 0)
        return -errno;
    return a->a[3] ? put_itimerspec(p, a->a[3], &old, wide) : 0;
}
int64_t jl_sys_timer_settime(struct jl_process *p, const struct jl_args *a) {
    return set_time(p, a, false);
}
int64_t jl_sys_timer_settime64(struct jl_process *p, const struct jl_args *a) {
    return set_time(p, a, true);
}

static int64_t get_time(struct jl_process *p, const struct jl_args *a, bool wide) {
    struct itimerspec t;
    if (syscall(SYS_timer_gettime, (long)(int32_t)a->a[0], &t) < 0)
        return -errno;
    return put_itimerspec(p, a->a[1], &t, wide);
}
int64_t jl_sys_timer_gettime(struct jl_process *p, const struct jl_args *a) {
    return get_time(p, a, false);
}
int64_t jl_sys_timer_gettime64(struct jl_process *p, const struct jl_args *a) {
    return get_time(p, a, true);
}

int64_t jl_sys_timer_getoverrun(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return result(syscall(SYS_timer_getoverrun, (long)(int32_t)a->a[0]));
}
int64_t jl_sys_timer_delete(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return result(syscall(SYS_timer_delete, (long)(int32_t)a->a[0]));
}
