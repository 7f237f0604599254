/* Guest threads: their host threads, their list, their end. */
#include "guests/linux/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct jl_thread *jl_thread_new(struct jl_process *p, struct jl_machine *machine) {
    struct jl_thread *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->process = p;
    t->machine = machine;
    t->cpu = jl_machine_cpu(machine);
    t->tid = (int)syscall(SYS_gettid);
    t->host = pthread_self();
    pthread_mutex_lock(&p->lock);
    t->next = p->threads;
    p->threads = t;
    pthread_mutex_unlock(&p->lock);
    jl_current = t;
    return t;
}

void jl_thread_free(struct jl_thread *t) {
    if (jl_current == t)
        jl_current = NULL;
    free(t);
}

void jl_thread_exit(struct jl_thread *t, int status) {
    jl_process_end(t->process, JL_END_EXIT, status);
}

int64_t jl_thread_start(struct jl_process *p, const struct jl_clone *c) {
    (void)p, (void)c;
    return -ENOSYS;
}

void jl_thread_lock_all(struct jl_process *p) {
    pthread_mutex_lock(&p->lock);
}

void jl_thread_unlock_all(struct jl_process *p) {
    pthread_mutex_unlock(&p->lock);
}

void jl_thread_alone(struct jl_thread *t) {
    t->process->threads = t->process->leader = t;
    t->next = NULL;
    t->tid = getpid();
}

bool jl_process_end(struct jl_process *p, enum jl_end_kind kind, int status) {
    pthread_mutex_lock(&p->lock);
    bool first = !p->done;
    if (first) {
        p->end = (struct jl_end){.kind = kind, .status = status};
        p->done = true;
    }
    pthread_mutex_unlock(&p->lock);
    return first;
}
