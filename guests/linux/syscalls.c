/* System call dispatch: number in v0, arguments in a0..a3 and on the stack, result in v0, error flag in a3. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guests/linux/thread.h"

enum { FIRST = 4000 };

struct entry {
    jl_syscall_fn *fn;
    const char *name, *format;
    uint8_t nargs;
};

static const struct entry table[] = {
#define JL_SYSCALL(number, name, nargs, fn, ...) [number - FIRST] = {fn, name, "" __VA_ARGS__, nargs},
#include "guests/linux/syscalls.def"
#undef JL_SYSCALL
};

static void get_args(struct jl_process *p, unsigned n, struct jl_args *args) {
    uint32_t sp = jl_gpr32(jl_self()->cpu, 29);
    memset(args, 0, sizeof *args);
    for (unsigned i = 0; i < n; i++) {
        if (i < 4) {
            args->a[i] = jl_gpr32(jl_self()->cpu, 4 + i);
        } else {
            const void *at = jl_mem_readable(p->mem, sp + 4 * i, 4);
            args->a[i] = at ? jl_get32(p, at) : 0;
        }
    }
}

static const char *name_of(uint32_t number) {
    static const char *const names[] = {
#define JL_NAME(number, name) [number - FIRST] = name,
#include "guests/linux/syscall_names.def"
#undef JL_NAME
    };
    uint32_t n = number - FIRST;
    return n < sizeof names / sizeof *names && names[n] ? names[n] : "unknown";
}

/* Each missing call is named once. */
static void missing(struct jl_process *p, uint32_t number) {
    uint32_t n = number - FIRST;
    if (n < sizeof p->complained) {
        if (p->complained[n])
            return;
        p->complained[n] = 1;
    }
    fprintf(stderr, "jitlab: system call %s (%u) is not implemented (ENOSYS)\n", name_of(number), number);
}

static void set_result(struct jl_cpu *cpu, int64_t r) {
    cpu->var[7] = r < 0;
    cpu->var[2] = (uint32_t)(r < 0 ? jl_guest_errno((int)-r) : r);
}

/* Calls that look for room and then take it, or count what is mapped: one at a time. */
static bool changes_layout(uint32_t number) {
    switch (number) {
    case 4045: /* brk */
    case 4090: /* mmap */
    case 4091: /* munmap */
    case 4125: /* mprotect */
    case 4167: /* mremap */
    case 4210: /* mmap2 */
    case 4218: /* madvise */ return true;
    default: return false;
    }
}

void jl_syscall(struct jl_process *p) {
    struct jl_thread *t = jl_self();
    struct jl_cpu *cpu = t->cpu;
    uint32_t number = jl_gpr32(cpu, 2), n = number - FIRST;
    struct jl_args args;
    const struct entry *e = n < sizeof table / sizeof *table && table[n].fn ? &table[n] : NULL;
    cpu->pc = (uint32_t)cpu->pc + 4;
    cpu->slice--; /* retired */
    if (!e) {
        missing(p, number);
        set_result(cpu, -ENOSYS);
        return;
    }
    get_args(p, e->nargs, &args);
    bool lays_out = changes_layout(number);
    if (lays_out)
        pthread_mutex_lock(&p->map_lock);
    int64_t r = e->fn(p, &args);
    if (lays_out)
        pthread_mutex_unlock(&p->map_lock);
    if (p->log_fd >= 0)
        jl_strace(p, e->name, e->format, e->nargs, &args, r);
    r = jl_interrupted(t, number, r);
    if (!jl_process_done(p) && !t->done && !t->restart && !t->keep_registers)
        set_result(cpu, r);
    t->keep_registers = false;
}
