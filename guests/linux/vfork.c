/* vfork: a child that runs in its parent's memory, while the parent's thread waits, until it calls execve or ends. What
 * it writes is there for the parent to see: glibc's posix_spawn learns in this way that execve has failed.
 *
 * The host's own vfork does it, as clone with a stack of its own. The child runs the same guest thread on the same
 * machine, one loop further in; what the kernel gives a child of its own (descriptors, signal actions, mask) is a copy
 * of the process, and the thread's state is put back when the child is gone.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guests/linux/thread.h"

enum { CHILD_STACK = 1 << 20 };

struct shared {
    struct jl_process process; /* the child's */
    struct jl_thread thread;   /* the parent's, as it was */
    struct jl_cpu cpu;         /* likewise */
    const struct jl_clone *clone;
    void *undo; /* of options.forked */
};

static void run_child(struct shared *s) {
    struct jl_thread *t = jl_self();
    struct jl_process *p = &s->process;
    pid_t pid = getpid();
    t->process = p;
    t->tid = pid;
    if (p->options.pid)
        p->options.pid = pid;
    if (p->options.forked)
        s->undo = p->options.forked(p->options.ctx, p);
    jl_child_begin(t, s->clone);
    t->cpu->var[2] = t->cpu->var[7] = 0;
    jl_signals_set_mask(t);
    jl_limits_begin(p); /* a timer of its own: the parent's signals wait until it is gone */
    jl_thread_loop(t);
    if (!jl_process_done(p)) { /* it called exit, which is the same here */
        p->end = (struct jl_end){.kind = JL_END_EXIT, .status = t->exit_status};
        p->done = true;
    }
    if (getpid() != pid) /* a child that this one forked */
        jl_threads_finish(t);
    p->options.ended(p->options.ctx);
}

static int child_main(void *arg) {
    run_child(arg);
    return 0;
}

static void copy_process(struct jl_process *child, struct jl_process *p, struct jl_thread *t) {
    pthread_mutex_lock(&p->lock);
    *child = *p;
    pthread_mutex_unlock(&p->lock);
    jl_process_locks(child);
    child->threads = NULL;
    child->leader = t;
    child->nidle = 0;
    child->vforked = true;
    child->timed = false;
}

/* The parent goes on: with everything as it was but the memory. */
static void take_back(struct jl_process *p, struct jl_thread *t, struct shared *s, uint64_t mapped, uint32_t brk) {
    const struct jl_process *child = &s->process;
    if (p->options.unforked)
        p->options.unforked(p->options.ctx, s->undo);
    for (unsigned i = 0; i < sizeof child->exec_lists / sizeof *child->exec_lists; i++)
        free((void *)(uintptr_t)child->exec_lists[i]);
    pthread_mutex_lock(&p->lock);
    p->mapped += child->mapped - mapped;
    if (child->brk != brk)
        p->brk = child->brk;
    s->thread.next = t->next; /* the list may have changed */
    *t = s->thread;
    pthread_mutex_unlock(&p->lock);
    jl_machine_copy_cpu(t->machine, &s->cpu);
}

int64_t jl_vfork(struct jl_process *p, const struct jl_clone *c) {
    struct jl_thread *t = jl_self();
    struct shared *s = calloc(1, sizeof *s);
    void *stack = mmap(NULL, CHILD_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    sigset_t all, old;
    int64_t r = -ENOMEM;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    if (t->attention) { /* what is waiting is for this process, and not for both */
        r = -JL_RESTART_ALWAYS;
    } else if (s && stack != MAP_FAILED) {
        copy_process(&s->process, p, t);
        uint64_t mapped = s->process.mapped;
        uint32_t brk = s->process.brk;
        s->thread = *t;
        s->cpu = *t->cpu;
        s->clone = c;
        r = clone(child_main, (char *)stack + CHILD_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, s);
        r = r < 0 ? -errno : r;
        take_back(p, t, s, mapped, brk);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (stack != MAP_FAILED)
        munmap(stack, CHILD_STACK);
    free(s);
    return r;
}
