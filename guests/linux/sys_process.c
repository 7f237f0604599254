/* Processes and threads: identity, making them, waiting for them, ending them. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guests/linux/thread.h"

static int64_t result(int64_t r) {
    return r < 0 ? -errno : r;
}

/* ---- identity ---- */

int jl_guest_pid(const struct jl_process *p) {
    return p->options.pid ? p->options.pid : getpid();
}

int jl_host_pid(const struct jl_process *p, uint32_t guest) {
    int pid = (int)guest;
    if (p->options.pid && (pid == p->options.pid || pid == -p->options.pid))
        return pid < 0 ? -getpid() : getpid();
    return pid;
}

int64_t jl_sys_getpid(struct jl_process *p, const struct jl_args *a) {
    (void)a;
    return jl_guest_pid(p);
}
int64_t jl_sys_gettid(struct jl_process *p, const struct jl_args *a) {
    (void)a;
    return jl_self()->tid == getpid() ? jl_guest_pid(p) : jl_self()->tid;
}
int64_t jl_sys_getppid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getppid();
}
int64_t jl_sys_getpgrp(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getpgrp();
}
int64_t jl_sys_getpgid(struct jl_process *p, const struct jl_args *a) {
    return result(getpgid(jl_host_pid(p, a->a[0])));
}
int64_t jl_sys_setpgid(struct jl_process *p, const struct jl_args *a) {
    return result(setpgid(jl_host_pid(p, a->a[0]), jl_host_pid(p, a->a[1])));
}
int64_t jl_sys_getsid(struct jl_process *p, const struct jl_args *a) {
    return result(getsid(jl_host_pid(p, a->a[0])));
}
int64_t jl_sys_setsid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return result(setsid());
}

/* ---- the end ---- */

int64_t jl_sys_exit_group(struct jl_process *p, const struct jl_args *a) {
    jl_process_end(p, JL_END_EXIT, (int)(a->a[0] & 0xff));
    return 0;
}
int64_t jl_sys_exit(struct jl_process *p, const struct jl_args *a) {
    return jl_sys_exit_group(p, a);
}

/* ---- threads ---- */

int64_t jl_sys_set_tid_address(struct jl_process *p, const struct jl_args *a) {
    jl_self()->clear_tid = a->a[0];
    return jl_sys_gettid(p, a);
}
int64_t jl_sys_set_robust_list(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    if (a->a[1] != 12)
        return -EINVAL;
    jl_self()->robust = a->a[0];
    return 0;
}

int64_t jl_sys_rseq(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return -ENOSYS;
}
