/* Process, signals and threads as far as a single-threaded program without handlers needs them. */
#include <errno.h>
#include <signal.h>
#include <string.h>
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

/* ---- identity ---- */

int64_t jl_sys_getpid(struct jl_process *p, const struct jl_args *a) {
    (void)a;
    return guest_pid(p);
}
int64_t jl_sys_getppid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getppid();
}

/* ---- threads ---- */

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
