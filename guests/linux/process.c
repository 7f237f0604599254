/* A process's life: the loop around the machine, and what its exits mean to a Linux program. */
#include "guests/linux/offload.h"
#include "jit/offload.h"
#include "jit/util/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void jl_process_locks(struct jl_process *p) {
    pthread_mutex_init(&p->lock, NULL);
    pthread_mutex_init(&p->map_lock, NULL);
    pthread_cond_init(&p->changed, NULL);
}

struct jl_process *jl_process_new(struct jl_mem *mem, const struct jl_process_options *options) {
    struct jl_process *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->mem = mem;
    p->options = *options;
    p->mmap_top = 0x77000000;
    p->log_fd = options->strace ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, JL_LINUX_FDS) : -1;
    p->started_ns = jl_now_ns();
    jl_process_locks(p);
    jl_signals_install();
    return p;
}

void jl_process_free(struct jl_process *p) {
    if (!p)
        return;
    if (p->log_fd >= 0)
        close(p->log_fd);
    jl_thread_free(p->leader);
    jl_offload_unload(p);
    pthread_mutex_destroy(&p->lock);
    pthread_mutex_destroy(&p->map_lock);
    pthread_cond_destroy(&p->changed);
    free(p);
}

static void limit(struct jl_process *p, const char *what) {
    if (jl_process_end(p, JL_END_LIMIT, 0))
        snprintf(p->end.why, sizeof p->end.why, "%s limit reached", what);
}

static void look_at_time(struct jl_process *p) {
    if (p->options.max_seconds > 0 && (double)(jl_now_ns() - p->started_ns) > p->options.max_seconds * 1e9)
        limit(p, "time");
}

static struct timespec in_seconds(double s) {
    return (struct timespec){(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};
}

/* A thread that waits in a system call looks at no limit: a signal gets it out when the time is up, and again for as
 * long as it takes. */
void jl_limits_begin(struct jl_process *p) {
    struct sigevent ev = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = JL_SIGNAL_STOP};
    double left = p->options.max_seconds - (double)(jl_now_ns() - p->started_ns) * 1e-9;
    struct itimerspec when = {in_seconds(0.05), in_seconds(left > 0.001 ? left + 0.001 : 0.001)};
    if (p->options.max_seconds <= 0)
        return;
    ev._sigev_un._tid = p->leader->tid;
    p->timed = timer_create(CLOCK_MONOTONIC, &ev, &p->timer) == 0;
    if (p->timed)
        timer_settime(p->timer, 0, &when, NULL);
}

static void look_at_limits(struct jl_thread *t) {
    struct jl_process *p = t->process;
    uint64_t retired = jl_machine_retired(t->machine);
    int64_t slice = p->options.slice;
    if (p->options.max_instructions) {
        if (retired >= p->options.max_instructions)
            limit(p, "instruction");
        else if (p->options.max_instructions - retired < (uint64_t)slice)
            slice = (int64_t)(p->options.max_instructions - retired);
    }
    look_at_time(p);
    if (slice < 1024) /* the last stretch, in which a whole region might not fit, is overshot instead */
        slice = 1024;
    jl_machine_set_slice(t->machine, slice);
}

static void handle(struct jl_thread *t, enum jl_exit reason) {
    struct jl_process *p = t->process;
    if (reason == JL_EXIT_SYSCALL) {
        jl_syscall(p);
    } else if (reason == JL_EXIT_SLICE) {
        if (jl_machine_check_failed(t->machine))
            jl_process_end(p, JL_END_INTERNAL, 70);
        look_at_limits(t);
    } else if (reason <= JL_EXIT_GUEST_LAST) {
        jl_signal_exit(t, reason);
    } else if (jl_process_end(p, JL_END_INTERNAL, 70)) {
        snprintf(p->end.why, sizeof p->end.why, "the machine left for an unknown reason (%d)", (int)reason);
    }
}

static void after(struct jl_thread *t, enum jl_exit reason) {
    handle(t, reason);
    if (t->attention) {
        look_at_time(t->process);
        jl_signals_deliver(t);
    }
}

void jl_thread_loop(struct jl_thread *t) {
    look_at_limits(t);
    while (!t->done && !jl_process_done(t->process))
        after(t, jl_machine_run(t->machine));
}

void jl_thread_call(struct jl_thread *t) {
    while (!t->done && !jl_process_done(t->process)) {
        enum jl_exit reason = jl_machine_run(t->machine);
        if (jl_offload_returned(t->machine, reason))
            return;
        after(t, reason);
    }
    jl_offload_abandon(t->machine);
}

bool jl_process_attach(struct jl_process *p, struct jl_machine *machine) {
    p->leader = jl_thread_new(p, machine);
    if (p->leader)
        jl_thread_list(p->leader);
    if (!p->leader || !jl_trampoline_map(p))
        return false;
    jl_signals_begin(p->leader);
    return true;
}

void jl_process_run(struct jl_process *p) {
    jl_limits_begin(p);
    jl_thread_loop(p->leader);
    jl_threads_finish(p->leader);
    if (p->timed)
        timer_delete(p->timer);
}
