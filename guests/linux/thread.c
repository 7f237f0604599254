/* Guest threads: their host threads, their list, their end.
 *
 * The leader's host thread is the one that called jl_process_run (in a forked child, the one that forked): it outlives
 * the guest thread it ran, waits for the others, and gives the process's end to whoever started it. A thread that ends
 * leaves its machine to the next one that starts, so that a program which makes threads all the time does not translate
 * the same code all the time.
 */
#include "guests/linux/thread.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { HOST_STACK = 1 << 20, KICK_NS = 2000000 };
enum { PARENT_SETTID = 0x100000, CHILD_CLEARTID = 0x200000, CHILD_SETTID = 0x1000000, SETTLS = 0x80000 };

struct jl_thread *jl_thread_new(struct jl_process *p, struct jl_machine *machine) {
    struct jl_thread *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->process = p;
    t->machine = machine;
    t->cpu = jl_machine_cpu(machine);
    t->tid = (int)syscall(SYS_gettid);
    jl_current = t;
    return t;
}

void jl_thread_list(struct jl_thread *t) {
    pthread_mutex_lock(&t->process->lock);
    t->next = t->process->threads;
    t->process->threads = t;
    pthread_mutex_unlock(&t->process->lock);
}

static void unlist(struct jl_thread *t) {
    for (struct jl_thread **l = &t->process->threads; *l; l = &(*l)->next) {
        if (*l == t) {
            *l = t->next;
            break;
        }
    }
    pthread_cond_broadcast(&t->process->changed);
}

void jl_thread_free(struct jl_thread *t) {
    if (jl_current == t)
        jl_current = NULL;
    free(t);
}

/* ---- the process's end ---- */

/* With the lock held: every other thread looks up from whatever it does. */
static void stop_others(struct jl_process *p, const struct jl_thread *self) {
    for (const struct jl_thread *t = p->threads; t; t = t->next)
        if (t != self)
            syscall(SYS_tgkill, getpid(), t->tid, JL_SIGNAL_STOP);
}

bool jl_process_end(struct jl_process *p, enum jl_end_kind kind, int status) {
    pthread_mutex_lock(&p->lock);
    bool first = !jl_process_done(p);
    if (first) {
        p->end = (struct jl_end){.kind = kind, .status = status};
        __atomic_store_n(&p->done, true, __ATOMIC_RELEASE);
        stop_others(p, jl_self());
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return first;
}

/* With the lock held: until a thread ends; for a short while only when they are being stopped, since a signal may
 * have come at a moment when the thread could not take notice of it. */
static void wait_change(struct jl_process *p) {
    struct timespec until;
    if (!jl_process_done(p)) {
        pthread_cond_wait(&p->changed, &p->lock);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += KICK_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    if (pthread_cond_timedwait(&p->changed, &p->lock, &until))
        stop_others(p, jl_self());
}

/* ---- a thread's end ---- */

/* What the guest's other threads see of it. */
static void let_go(struct jl_thread *t) {
    struct jl_process *p = t->process;
    if (jl_process_done(p))
        return; /* nobody is left to see it */
    jl_robust_release(t);
    void *word = t->clear_tid ? jl_mem_writable(p->mem, t->clear_tid, 4) : NULL;
    if (word) {
        __atomic_store_n((uint32_t *)word, 0, __ATOMIC_SEQ_CST);
        jl_futex_wake(p, t->clear_tid, 1);
    }
}

void jl_thread_exit(struct jl_thread *t, int status) {
    t->exit_status = status;
    t->done = true;
}

static void block_signals(sigset_t *old) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, old);
}

void jl_threads_finish(struct jl_thread *leader) {
    struct jl_process *p = leader->process;
    let_go(leader);
    if (!jl_process_done(p)) {
        const struct jl_sigset all = {{~0u, ~0u, ~0u, ~0u}};
        leader->blocked = all; /* signals are the others' now */
        jl_signals_set_mask(leader);
    }
    pthread_mutex_lock(&p->lock);
    unlist(leader);
    while (p->threads)
        wait_change(p);
    if (!jl_process_done(p)) {
        __atomic_store_n(&p->done, true, __ATOMIC_RELEASE);
        p->end = (struct jl_end){.kind = JL_END_EXIT, .status = leader->exit_status};
    }
    pthread_mutex_unlock(&p->lock);
    while (p->nidle) {
        struct jl_machine *m = p->idle[--p->nidle];
        jl_machine_absorb(leader->machine, m);
        jl_machine_free(m);
    }
}

static void retire(struct jl_thread *t) {
    struct jl_process *p = t->process;
    sigset_t old;
    let_go(t);
    block_signals(&old);
    jl_current = NULL;
    pthread_mutex_lock(&p->lock);
    bool keep = p->nidle < JL_LINUX_IDLE;
    if (!keep)
        jl_machine_absorb(p->leader->machine, t->machine);
    pthread_mutex_unlock(&p->lock);
    if (!keep)
        jl_machine_free(t->machine);
    jl_faults_uninstall();
    pthread_mutex_lock(&p->lock);
    if (keep && p->nidle < JL_LINUX_IDLE) {
        p->idle[p->nidle++] = t->machine;
        keep = false;
    }
    struct jl_machine *left = keep ? t->machine : NULL;
    if (left)
        jl_machine_absorb(p->leader->machine, left);
    jl_machine_free(left);
    unlist(t); /* from here on the process may be gone */
    pthread_mutex_unlock(&p->lock);
    free(t);
}

/* ---- a thread's start ---- */

struct start {
    struct jl_process *process;
    const struct jl_clone *clone;
    const struct jl_thread *parent;
    int64_t result;
    sem_t ready;
};

static struct jl_machine *get_machine(struct jl_process *p) {
    char err[256];
    pthread_mutex_lock(&p->lock);
    struct jl_machine *m = p->nidle ? p->idle[--p->nidle] : NULL;
    pthread_mutex_unlock(&p->lock);
    if (!m)
        return jl_machine_again(p->leader->machine, err, sizeof err);
    jl_machine_take(m);
    jl_faults_install();
    return m;
}

static void put_tid(struct jl_process *p, uint32_t addr, int tid) {
    void *o = jl_mem_writable(p->mem, addr, 4);
    if (o)
        jl_put32(p, o, (uint32_t)tid);
}

static struct jl_thread *set_up(struct start *s) {
    struct jl_process *p = s->process;
    const struct jl_clone *c = s->clone;
    struct jl_machine *m = get_machine(p);
    struct jl_thread *t = m ? jl_thread_new(p, m) : NULL;
    if (!t) {
        jl_machine_free(m);
        return NULL;
    }
    jl_machine_copy_cpu(m, s->parent->cpu);
    t->cpu->var[2] = t->cpu->var[7] = 0;
    if (c->stack)
        t->cpu->var[29] = c->stack;
    if (c->flags & SETTLS)
        t->cpu->userlocal = c->tls;
    if (c->flags & PARENT_SETTID)
        put_tid(p, c->parent_tid, t->tid);
    if (c->flags & CHILD_SETTID)
        put_tid(p, c->child_tid, t->tid);
    if (c->flags & CHILD_CLEARTID)
        t->clear_tid = c->child_tid;
    t->blocked = s->parent->blocked;
    jl_thread_list(t);
    return t;
}

static void *thread_main(void *arg) {
    struct start *s = arg;
    struct jl_thread *t = set_up(s);
    s->result = t ? t->tid : -EAGAIN;
    sem_post(&s->ready); /* s is the parent's, who goes on now */
    if (!t)
        return NULL;
    jl_signals_set_mask(t);
    jl_thread_loop(t);
    if (t->process->leader != t) {
        retire(t);
        return NULL;
    }
    jl_threads_finish(t); /* a child that this thread forked */
    t->process->options.ended(t->process->options.ctx);
    return NULL;
}

int64_t jl_thread_start(struct jl_process *p, const struct jl_clone *c) {
    struct start s = {.process = p, .clone = c, .parent = jl_self()};
    pthread_attr_t attr;
    pthread_t host;
    sigset_t old;
    if (p->vforked)
        return -EAGAIN;
    if (jl_machine_checking(jl_self()->machine)) {
        if (jl_process_end(p, JL_END_LIMIT, 0))
            snprintf(p->end.why, sizeof p->end.why, "--check follows one thread, and the program starts a second");
        return -EAGAIN;
    }
    sem_init(&s.ready, 0, 0);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, HOST_STACK);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    block_signals(&old); /* the new thread begins with all blocked */
    int e = pthread_create(&host, &attr, thread_main, &s);
    while (e == 0 && sem_wait(&s.ready) < 0 && errno == EINTR)
        continue;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    sem_destroy(&s.ready);
    return e ? -EAGAIN : s.result;
}

/* ---- fork ---- */

void jl_thread_lock_all(struct jl_process *p) {
    pthread_mutex_lock(&p->map_lock);
    pthread_mutex_lock(&p->lock);
    jl_mem_lock(p->mem);
}

void jl_thread_unlock_all(struct jl_process *p) {
    jl_mem_unlock(p->mem);
    pthread_mutex_unlock(&p->lock);
    pthread_mutex_unlock(&p->map_lock);
}

/* The other threads' machines stay as memory that nobody uses: they may have been in the middle of anything. */
void jl_thread_alone(struct jl_thread *t) {
    struct jl_process *p = t->process;
    jl_process_locks(p);
    jl_machine_forked(t->machine);
    p->threads = p->leader = t;
    t->next = NULL;
    t->tid = getpid();
    p->nidle = 0;
    p->vforked = false;
}
