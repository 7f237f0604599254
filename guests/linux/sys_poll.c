/* Waiting for descriptors: poll, select, epoll, and the descriptors made for waiting (events, timers, watches). */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <time.h>

#include "guests/linux/abi.h"
#include "guests/linux/host_call.h"
#include "guests/linux/thread.h"

/* ---- poll ---- */

/* The mask that replaces the thread's while a call waits; NULL for the address 0. jl_mask_leave ends it. */
static bool enter_mask(uint32_t addr, sigset_t *buf, const sigset_t **mask) {
    *mask = addr ? buf : NULL;
    return !addr || jl_mask_enter(jl_self(), addr, buf);
}

static int64_t poll_for(struct jl_process *p, const struct jl_args *a, const struct timespec *timeout, uint32_t mask) {
    struct pollfd fixed[64], *fds = fixed;
    uint32_t n = a->a[1];
    if (n > JL_LINUX_FDS * 4)
        return -EINVAL;
    uint8_t *at = jl_mem_writable(p->mem, a->a[0], (uint64_t)n * 8);
    if (!at)
        return -EFAULT;
    if (n > 64 && !(fds = malloc(n * sizeof *fds)))
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        int fd = (int)jl_get32(p, at + 8 * i);
        fds[i] = (struct pollfd){.fd = fd < 0 ? fd : jl_fd(p, (uint32_t)fd),
                                 .events = jl_poll_to_host(jl_get16(p, at + 8 * i + 4))};
    }
    struct timespec rest = timeout ? *timeout : (struct timespec){0, 0};
    sigset_t buf;
    const sigset_t *m;
    int64_t r = -EFAULT;
    if (enter_mask(mask, &buf, &m)) {
        r = jl_host_call(SYS_ppoll, fds, n, timeout ? &rest : NULL, m, 8);
        jl_mask_leave(jl_self(), r);
    }
    for (uint32_t i = 0; i < n && r >= 0; i++)
        jl_put16(p, at + 8 * i + 6, jl_poll_to_guest(fds[i].revents));
    if (fds != fixed)
        free(fds);
    return r;
}

int64_t jl_sys_poll(struct jl_process *p, const struct jl_args *a) {
    int32_t ms = (int32_t)a->a[2];
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    return poll_for(p, a, ms < 0 ? NULL : &t, 0);
}

static int64_t poll_timespec(struct jl_process *p, const struct jl_args *a, bool wide) {
    struct timespec t;
    if (a->a[2] && !jl_guest_get_time(p, a->a[2], wide, &t))
        return -EFAULT;
    return poll_for(p, a, a->a[2] ? &t : NULL, a->a[3]);
}
int64_t jl_sys_ppoll(struct jl_process *p, const struct jl_args *a) {
    return poll_timespec(p, a, false);
}
int64_t jl_sys_ppoll64(struct jl_process *p, const struct jl_args *a) {
    return poll_timespec(p, a, true);
}

/* ---- select ---- */

/* A guest's set is an array of 32-bit words. */
static bool get_set(struct jl_process *p, uint32_t addr, int n, fd_set *set) {
    FD_ZERO(set);
    const uint8_t *in = jl_mem_readable(p->mem, addr, (uint64_t)(n + 31) / 32 * 4);
    for (int fd = 0; in && fd < n; fd++)
        if (jl_get32(p, in + fd / 32 * 4) >> fd % 32 & 1)
            FD_SET(fd, set);
    return in;
}

static void put_set(struct jl_process *p, uint32_t addr, int n, const fd_set *set) {
    uint8_t *out = jl_mem_writable(p->mem, addr, (uint64_t)(n + 31) / 32 * 4);
    for (int word = 0; out && word < (n + 31) / 32; word++) {
        uint32_t bits = 0;
        for (int fd = word * 32; fd < n && fd < word * 32 + 32; fd++)
            bits |= FD_ISSET(fd, set) ? 1u << fd % 32 : 0;
        jl_put32(p, out + 4 * word, bits);
    }
}

/* timeout: what was asked for, NULL = for ever; the rest of it on return. */
static int64_t select_for(struct jl_process *p, const struct jl_args *a, struct timespec *timeout, uint32_t mask) {
    fd_set sets[3];
    int n = (int)a->a[0] > JL_LINUX_FDS ? JL_LINUX_FDS : (int)a->a[0];
    struct timespec start, now;
    if (n < 0)
        return -EINVAL;
    for (unsigned i = 0; i < 3; i++)
        if (a->a[1 + i] && !get_set(p, a->a[1 + i], n, &sets[i]))
            return -EFAULT;
    clock_gettime(CLOCK_MONOTONIC, &start);
    struct timespec rest = timeout ? *timeout : (struct timespec){0, 0};
    sigset_t buf;
    struct {
        const sigset_t *mask;
        size_t size;
    } how = {NULL, 8};
    if (!enter_mask(mask, &buf, &how.mask))
        return -EFAULT;
    int64_t r = jl_host_call(SYS_pselect6, n, a->a[1] ? &sets[0] : NULL, a->a[2] ? &sets[1] : NULL,
                             a->a[3] ? &sets[2] : NULL, timeout ? &rest : NULL, &how);
    jl_mask_leave(jl_self(), r);
    for (unsigned i = 0; i < 3 && r >= 0; i++)
        if (a->a[1 + i])
            put_set(p, a->a[1 + i], n, &sets[i]);
    if (timeout) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t left =
            (timeout->tv_sec - now.tv_sec + start.tv_sec) * 1000000000 + timeout->tv_nsec - now.tv_nsec + start.tv_nsec;
        left = left < 0 ? 0 : left;
        *timeout = (struct timespec){left / 1000000000, left % 1000000000};
    }
    return r;
}

int64_t jl_sys_select(struct jl_process *p, const struct jl_args *a) {
    struct timespec t;
    if (a->a[4] && !jl_guest_get_time(p, a->a[4], false, &t))
        return -EFAULT;
    if (a->a[4])
        t.tv_nsec *= 1000; /* it was a timeval */
    int64_t r = select_for(p, a, a->a[4] ? &t : NULL, 0);
    if (a->a[4]) {
        t.tv_nsec /= 1000;
        jl_guest_put_time(p, a->a[4], false, &t);
    }
    return r;
}

static int64_t select_timespec(struct jl_process *p, const struct jl_args *a, bool wide) {
    struct timespec t;
    if (a->a[4] && !jl_guest_get_time(p, a->a[4], wide, &t))
        return -EFAULT;
    const uint8_t *how = a->a[5] ? jl_mem_readable(p->mem, a->a[5], 8) : NULL;
    if (a->a[5] && !how)
        return -EFAULT;
    int64_t r = select_for(p, a, a->a[4] ? &t : NULL, how ? jl_get32(p, how) : 0);
    if (a->a[4])
        jl_guest_put_time(p, a->a[4], wide, &t);
    return r;
}
int64_t jl_sys_pselect6(struct jl_process *p, const struct jl_args *a) {
    return select_timespec(p, a, false);
}
int64_t jl_sys_pselect6_64(struct jl_process *p, const struct jl_args *a) {
    return select_timespec(p, a, true);
}

/* ---- epoll ---- */

int64_t jl_sys_epoll_create(struct jl_process *p, const struct jl_args *a) {
    return jl_fd_opened(p, epoll_create((int)a->a[0]), JL_FD_PLAIN);
}
int64_t jl_sys_epoll_create1(struct jl_process *p, const struct jl_args *a) {
    return jl_fd_opened(p, epoll_create1(jl_open_flags_to_host(a->a[0])), JL_FD_PLAIN);
}

/* struct epoll_event is 16 bytes there, the data aligned to 8. The event bits are poll's in the low half and the same
 * everywhere above. */
int64_t jl_sys_epoll_ctl(struct jl_process *p, const struct jl_args *a) {
    struct epoll_event e = {0};
    const uint8_t *in = a->a[1] == EPOLL_CTL_DEL ? NULL : jl_mem_readable(p->mem, a->a[3], 16);
    if (!in && a->a[1] != EPOLL_CTL_DEL)
        return -EFAULT;
    if (in) {
        uint32_t events = jl_get32(p, in);
        e.events = (events & 0xffff0000u) | (uint16_t)jl_poll_to_host((uint16_t)events);
        e.data.u64 = jl_get64(p, in + 8);
    }
    return jl_result(epoll_ctl(jl_fd(p, a->a[0]), (int)a->a[1], jl_fd(p, a->a[2]), &e));
}

static int64_t epoll_for(struct jl_process *p, const struct jl_args *a, int timeout, uint32_t mask) {
    struct epoll_event events[256];
    int most = (int32_t)a->a[2] > 256 ? 256 : (int)a->a[2];
    if (most <= 0)
        return -EINVAL;
    uint8_t *out = jl_mem_writable(p->mem, a->a[1], (uint64_t)most * 16);
    if (!out)
        return -EFAULT;
    sigset_t buf;
    const sigset_t *m;
    if (!enter_mask(mask, &buf, &m))
        return -EFAULT;
    int64_t n = jl_host_call(SYS_epoll_pwait, jl_fd(p, a->a[0]), events, most, timeout, m, 8);
    jl_mask_leave(jl_self(), n);
    for (int64_t i = 0; i < n; i++) {
        jl_put32(p, out + 16 * i, (events[i].events & 0xffff0000u) | jl_poll_to_guest((short)events[i].events));
        jl_put64(p, out + 16 * i + 8, events[i].data.u64);
    }
    return n;
}
int64_t jl_sys_epoll_wait(struct jl_process *p, const struct jl_args *a) {
    return epoll_for(p, a, (int)a->a[3], 0);
}
int64_t jl_sys_epoll_pwait(struct jl_process *p, const struct jl_args *a) {
    return epoll_for(p, a, (int)a->a[3], a->a[4]);
}

/* ---- descriptors made for waiting ---- */

int64_t jl_sys_eventfd(struct jl_process *p, const struct jl_args *a) {
    return jl_fd_opened(p, eventfd(a->a[0], 0), JL_FD_WORDS64);
}
int64_t jl_sys_eventfd2(struct jl_process *p, const struct jl_args *a) {
    int flags = jl_nonblock_cloexec(a->a[1]) | (a->a[1] & EFD_SEMAPHORE ? EFD_SEMAPHORE : 0);
    return jl_fd_opened(p, eventfd(a->a[0], flags), JL_FD_WORDS64);
}

int64_t jl_sys_timerfd_create(struct jl_process *p, const struct jl_args *a) {
    return jl_fd_opened(p, timerfd_create((int)a->a[0], jl_nonblock_cloexec(a->a[1])), JL_FD_WORDS64);
}

static bool put_timer(struct jl_process *p, uint32_t addr, bool wide, const struct itimerspec *t) {
    return jl_guest_put_time(p, addr, wide, &t->it_interval) &&
           jl_guest_put_time(p, addr + (wide ? 16 : 8), wide, &t->it_value);
}

static int64_t timerfd_set(struct jl_process *p, const struct jl_args *a, bool wide) {
    struct itimerspec now, old;
    if (!jl_guest_get_time(p, a->a[2], wide, &now.it_interval) ||
        !jl_guest_get_time(p, a->a[2] + (wide ? 16 : 8), wide, &now.it_value))
        return -EFAULT;
    if (timerfd_settime(jl_fd(p, a->a[0]), (int)a->a[1], &now, &old) < 0)
        return -errno;
    return a->a[3] && !put_timer(p, a->a[3], wide, &old) ? -EFAULT : 0;
}
int64_t jl_sys_timerfd_settime(struct jl_process *p, const struct jl_args *a) {
    return timerfd_set(p, a, false);
}
int64_t jl_sys_timerfd_settime64(struct jl_process *p, const struct jl_args *a) {
    return timerfd_set(p, a, true);
}

static int64_t timerfd_get(struct jl_process *p, const struct jl_args *a, bool wide) {
    struct itimerspec t;
    if (timerfd_gettime(jl_fd(p, a->a[0]), &t) < 0)
        return -errno;
    return put_timer(p, a->a[1], wide, &t) ? 0 : -EFAULT;
}
int64_t jl_sys_timerfd_gettime(struct jl_process *p, const struct jl_args *a) {
    return timerfd_get(p, a, false);
}
int64_t jl_sys_timerfd_gettime64(struct jl_process *p, const struct jl_args *a) {
    return timerfd_get(p, a, true);
}

int64_t jl_sys_inotify_init(struct jl_process *p, const struct jl_args *a) {
    (void)a;
    return jl_fd_opened(p, inotify_init(), JL_FD_INOTIFY);
}
int64_t jl_sys_inotify_init1(struct jl_process *p, const struct jl_args *a) {
    return jl_fd_opened(p, inotify_init1(jl_nonblock_cloexec(a->a[0])), JL_FD_INOTIFY);
}
int64_t jl_sys_inotify_add_watch(struct jl_process *p, const struct jl_args *a) {
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, a->a[1], buf);
    return jl_result(name ? inotify_add_watch(jl_fd(p, a->a[0]), name, a->a[2]) : -1);
}
int64_t jl_sys_inotify_rm_watch(struct jl_process *p, const struct jl_args *a) {
    return jl_result(inotify_rm_watch(jl_fd(p, a->a[0]), (int)a->a[1]));
}
