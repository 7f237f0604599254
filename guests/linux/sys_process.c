/* Processes and threads: identity, making them, waiting for them, ending them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guests/linux/host_call.h"
#include "guests/linux/thread.h"

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
    return jl_result(getpgid(jl_host_pid(p, a->a[0])));
}
int64_t jl_sys_setpgid(struct jl_process *p, const struct jl_args *a) {
    return jl_result(setpgid(jl_host_pid(p, a->a[0]), jl_host_pid(p, a->a[1])));
}
int64_t jl_sys_getsid(struct jl_process *p, const struct jl_args *a) {
    return jl_result(getsid(jl_host_pid(p, a->a[0])));
}
int64_t jl_sys_setsid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return jl_result(setsid());
}

/* ---- the end ---- */

int64_t jl_sys_exit_group(struct jl_process *p, const struct jl_args *a) {
    jl_process_end(p, JL_END_EXIT, (int)(a->a[0] & 0xff));
    return 0;
}
int64_t jl_sys_exit(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    jl_thread_exit(jl_self(), (int)(a->a[0] & 0xff));
    return 0;
}

/* ---- making processes and threads ---- */

enum {
    G_CLONE_VM = 0x100,
    G_CLONE_VFORK = 0x4000,
    G_CLONE_THREAD = 0x10000,
    G_CLONE_SETTLS = 0x80000,
    G_CLONE_PARENT_SETTID = 0x100000,
    G_CLONE_CHILD_CLEARTID = 0x200000,
    G_CLONE_CHILD_SETTID = 0x1000000,
};

static bool put_tid(struct jl_process *p, uint32_t addr, int tid) {
    void *o = jl_mem_writable(p->mem, addr, 4);
    if (o)
        jl_put32(p, o, (uint32_t)tid);
    return o;
}

void jl_child_begin(struct jl_thread *t, const struct jl_clone *c) {
    struct jl_process *p = t->process;
    if (c->stack)
        t->cpu->var[29] = c->stack;
    if (c->flags & G_CLONE_SETTLS)
        t->cpu->userlocal = c->tls;
    if (c->flags & G_CLONE_CHILD_SETTID)
        put_tid(p, c->child_tid, t->tid);
    t->clear_tid = c->flags & G_CLONE_CHILD_CLEARTID ? c->child_tid : 0;
    t->robust = 0;
}

/* In the child: this thread is all there is. */
static void become_child(struct jl_thread *t, const struct jl_clone *c) {
    struct jl_process *p = t->process;
    jl_thread_alone(t);
    if (p->options.pid)
        p->options.pid = getpid();
    if (p->options.forked)
        p->options.forked(p->options.ctx, p);
    jl_limits_begin(p); /* a child has no timers of its parent's */
    jl_child_begin(t, c);
}

/* CLONE_VFORK with a memory of its own: the parent waits until the child has called execve or is gone, which closes the
 * last copy of a pipe's writing end. */
static void wait_for_pipe(int fd[2]) {
    char c;
    close(fd[1]);
    while (read(fd[0], &c, 1) < 0 && errno == EINTR)
        continue;
    close(fd[0]);
}

static bool private_pipe(struct jl_process *p, int fd[2]) {
    int low[2];
    if (pipe2(low, O_CLOEXEC) < 0)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        fd[i] = fcntl(low[i], F_DUPFD_CLOEXEC, JL_LINUX_FDS);
        close(low[i]);
    }
    (void)p;
    return fd[0] >= 0 && fd[1] >= 0;
}

static int64_t do_fork(struct jl_process *p, const struct jl_clone *c) {
    struct jl_thread *t = jl_self();
    bool waits = c->flags & G_CLONE_VFORK;
    int fd[2] = {-1, -1};
    if (t->attention) /* what is waiting is for this process, and not for both */
        return -JL_RESTART_ALWAYS;
    if (waits && !private_pipe(p, fd))
        return -EAGAIN;
    fflush(NULL);
    jl_thread_lock_all(p);
    pid_t pid = fork();
    int e = errno;
    jl_thread_unlock_all(p);
    if (pid == 0) {
        if (waits)
            close(fd[0]);
        become_child(t, c);
        return 0;
    }
    if (waits)
        wait_for_pipe(fd);
    if (pid > 0 && c->flags & G_CLONE_PARENT_SETTID)
        put_tid(p, c->parent_tid, pid);
    return pid < 0 ? -e : pid;
}

static int64_t do_clone(struct jl_process *p, const struct jl_clone *c) {
    if (!(c->flags & G_CLONE_VM))
        return do_fork(p, c);
    if (c->flags & G_CLONE_VFORK)
        return jl_vfork(p, c);
    return c->flags & G_CLONE_THREAD ? jl_thread_start(p, c) : -EINVAL;
}

int64_t jl_sys_fork(struct jl_process *p, const struct jl_args *a) {
    const struct jl_clone c = {0};
    (void)a;
    return do_fork(p, &c);
}
int64_t jl_sys_clone(struct jl_process *p, const struct jl_args *a) {
    const struct jl_clone c = {a->a[0], a->a[1], a->a[2], a->a[3], a->a[4]};
    return do_clone(p, &c);
}

/* ---- waiting ---- */

static uint32_t status_to_guest(int s) {
    if (WIFSIGNALED(s))
        return (uint32_t)((s & 0x80) | jl_host_signal_to_guest(WTERMSIG(s)));
    return (uint32_t)(WIFSTOPPED(s) ? jl_host_signal_to_guest(WSTOPSIG(s)) << 8 | 0x7f : s);
}

static int64_t wait_for(struct jl_process *p, uint32_t pid, uint32_t status, uint32_t options, uint32_t usage) {
    struct rusage r;
    int s = 0;
    int64_t got = jl_host_call(SYS_wait4, jl_host_pid(p, pid), &s, options, &r);
    if (got <= 0)
        return got;
    if (status && !put_tid(p, status, (int)status_to_guest(s)))
        return -EFAULT;
    return usage && !jl_guest_put_rusage(p, usage, &r) ? -EFAULT : got;
}
int64_t jl_sys_wait4(struct jl_process *p, const struct jl_args *a) {
    return wait_for(p, a->a[0], a->a[1], a->a[2], a->a[3]);
}
int64_t jl_sys_waitpid(struct jl_process *p, const struct jl_args *a) {
    return wait_for(p, a->a[0], a->a[1], a->a[2], 0);
}

int64_t jl_sys_waitid(struct jl_process *p, const struct jl_args *a) {
    siginfo_t host;
    struct rusage r;
    uint8_t *out = a->a[2] ? jl_mem_writable(p->mem, a->a[2], 128) : NULL;
    if (a->a[2] && !out)
        return -EFAULT;
    host.si_pid = 0;
    host.si_signo = 0;
    int64_t got = jl_host_call(SYS_waitid, a->a[0], jl_host_pid(p, a->a[1]), &host, a->a[3], &r);
    if (got < 0)
        return got;
    if (out) {
        struct jl_info info = {0};
        if (host.si_signo)
            jl_info_to_guest(&info, &host);
        jl_info_put(p, out, &info);
    }
    return a->a[4] && host.si_signo && !jl_guest_put_rusage(p, a->a[4], &r) ? -EFAULT : got;
}

/* ---- threads ---- */

int64_t jl_sys_set_tid_address(struct jl_process *p, const struct jl_args *a) {
    jl_self()->clear_tid = a->a[0];
    return jl_sys_gettid(p, a);
}
int64_t jl_sys_rseq(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return -ENOSYS;
}

/* A barrier for all threads of the process: the host's. */
int64_t jl_sys_membarrier(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(syscall(SYS_membarrier, (long)(int32_t)a->a[0], (long)a->a[1], (long)(int32_t)a->a[2]));
}
