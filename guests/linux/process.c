/* A process's life: the loop around the machine, and what its exits mean to a Linux program. */
#include "guests/linux/linux.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct jl_process *jl_process_new(struct jl_mem *mem, const struct jl_process_options *options) {
    struct jl_process *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->mem = mem;
    p->options = *options;
    p->mmap_top = 0x77000000;
    p->log_fd = options->strace ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, JL_LINUX_FDS) : -1;
    p->started_ns = now_ns();
    return p;
}

void jl_process_free(struct jl_process *p) {
    if (p->log_fd >= 0)
        close(p->log_fd);
    free(p);
}

static void die(struct jl_process *p, int sig) {
    p->done = true;
    p->end = (struct jl_end){.kind = JL_END_SIGNAL, .status = sig};
}

static void limit(struct jl_process *p, const char *what) {
    p->done = true;
    p->end.kind = JL_END_LIMIT;
    snprintf(p->end.why, sizeof p->end.why, "%s limit reached", what);
}

/* What BREAK and TEQ codes mean: 6 overflow and 7 division by zero are arithmetic faults. */
static int trap_signal(uint32_t code) {
    if (code >= 1 << 10)
        code >>= 10; /* assemblers put the code in the upper half of the field */
    return code == 6 || code == 7 ? SIGFPE : SIGTRAP;
}

static void look_at_limits(struct jl_process *p) {
    uint64_t retired = jl_machine_retired(p->machine);
    int64_t slice = p->options.slice;
    if (p->options.max_instructions) {
        if (retired >= p->options.max_instructions)
            limit(p, "instruction");
        else if (p->options.max_instructions - retired < (uint64_t)slice)
            slice = (int64_t)(p->options.max_instructions - retired);
    }
    if (p->options.max_seconds > 0 && (double)(now_ns() - p->started_ns) > p->options.max_seconds * 1e9)
        limit(p, "time");
    if (slice < 1024) /* the last stretch, in which a whole region might not fit, is overshot instead */
        slice = 1024;
    jl_machine_set_slice(p->machine, slice);
}

static void handle(struct jl_process *p, enum jl_exit reason) {
    switch (reason) {
    case JL_EXIT_SYSCALL: jl_syscall(p); return;
    case JL_EXIT_SLICE:
        if (jl_machine_check_failed(p->machine)) {
            p->done = true;
            p->end = (struct jl_end){.kind = JL_END_INTERNAL, .status = 70};
            return;
        }
        look_at_limits(p);
        return;
    case JL_EXIT_ADEL:
    case JL_EXIT_ADES: die(p, SIGBUS); return;
    case JL_EXIT_FAULT_LOAD:
    case JL_EXIT_FAULT_STORE:
    case JL_EXIT_FAULT_FETCH: die(p, SIGSEGV); return;
    case JL_EXIT_RI:
    case JL_EXIT_CPU: die(p, SIGILL); return;
    case JL_EXIT_OVERFLOW:
    case JL_EXIT_FPE: die(p, SIGFPE); return;
    case JL_EXIT_BREAK:
    case JL_EXIT_TRAP: die(p, trap_signal(p->cpu->exit_code)); return;
    default:
        p->done = true;
        p->end = (struct jl_end){.kind = JL_END_INTERNAL, .status = 70};
        snprintf(p->end.why, sizeof p->end.why, "the machine left for an unknown reason (%d)", (int)reason);
    }
}

void jl_process_run(struct jl_process *p) {
    look_at_limits(p);
    while (!p->done)
        handle(p, jl_machine_run(p->machine));
}
