/* System call dispatch: number in v0, arguments in a0..a3 and on the stack, result in v0, error flag in a3. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guests/linux/thread.h"

struct entry {
    uint16_t number;
    uint8_t nargs;
    const char *name;
    jl_syscall_fn *fn;
};

static const struct entry table[] = {
#define JL_SYSCALL(number, name, nargs, fn) {number, nargs, name, fn},
#include "guests/linux/syscalls.def"
#undef JL_SYSCALL
};

/* Host errno to MIPS's own numbers: the first 34 agree, the rest do not. */
int jl_guest_errno(int host) {
    static const struct {
        short host, guest;
    } map[] = {{EDEADLK, 45},        {ENAMETOOLONG, 78},  {ENOLCK, 46},           {ENOSYS, 89},
               {ENOTEMPTY, 93},      {ELOOP, 90},         {ENOMSG, 35},           {EOVERFLOW, 79},
               {EILSEQ, 88},         {ENOTSOCK, 95},      {EDESTADDRREQ, 96},     {EMSGSIZE, 97},
               {EPROTOTYPE, 98},     {ENOPROTOOPT, 99},   {EPROTONOSUPPORT, 120}, {ESOCKTNOSUPPORT, 121},
               {EOPNOTSUPP, 122},    {EPFNOSUPPORT, 123}, {EAFNOSUPPORT, 124},    {EADDRINUSE, 125},
               {EADDRNOTAVAIL, 126}, {ENETDOWN, 127},     {ENETUNREACH, 128},     {ECONNABORTED, 130},
               {ECONNRESET, 131},    {ENOBUFS, 132},      {EISCONN, 133},         {ENOTCONN, 134},
               {ETIMEDOUT, 145},     {ECONNREFUSED, 146}, {EHOSTUNREACH, 148},    {EALREADY, 149},
               {EINPROGRESS, 150},   {ESTALE, 151},       {ECANCELED, 158},       {EDQUOT, 1133}};
    for (unsigned i = 0; i < sizeof map / sizeof *map; i++)
        if (map[i].host == host)
            return map[i].guest;
    return host;
}

static void get_args(struct jl_process *p, unsigned n, struct jl_args *args) {
    const struct jl_cpu *cpu = jl_self()->cpu;
    uint32_t sp = jl_gpr32(cpu, 29);
    memset(args, 0, sizeof *args);
    for (unsigned i = 0; i < n; i++) {
        if (i < 4) {
            args->a[i] = jl_gpr32(cpu, 4 + i);
        } else {
            const void *at = jl_mem_readable(p->mem, sp + 4 * i, 4);
            args->a[i] = at ? jl_get32(p, at) : 0;
        }
    }
}

static void missing(struct jl_process *p, uint32_t number) {
    uint32_t n = number - 4000;
    if (n < sizeof p->complained) {
        if (p->complained[n])
            return;
        p->complained[n] = 1;
    }
    fprintf(stderr, "jitlab: system call %u is not implemented (ENOSYS)\n", number);
}

static void trace(struct jl_process *p, const struct entry *e, const struct jl_args *args, int64_t r) {
    if (!p->options.strace)
        return;
    fprintf(stderr, "%s(", e->name);
    for (unsigned i = 0; i < e->nargs; i++)
        fprintf(stderr, "%s0x%x", i ? ", " : "", args->a[i]);
    if (r < 0)
        fprintf(stderr, ") = -1 (%s)\n", strerror((int)-r));
    else
        fprintf(stderr, ") = 0x%llx\n", (unsigned long long)r);
}

static void set_result(struct jl_cpu *cpu, int64_t r) {
    cpu->var[7] = r < 0;
    cpu->var[2] = (uint32_t)(r < 0 ? jl_guest_errno((int)-r) : r);
}

void jl_syscall(struct jl_process *p) {
    struct jl_thread *t = jl_self();
    struct jl_cpu *cpu = t->cpu;
    uint32_t number = jl_gpr32(cpu, 2);
    struct jl_args args;
    const struct entry *e = NULL;
    for (unsigned i = 0; i < sizeof table / sizeof *table && !e; i++)
        if (table[i].number == number)
            e = &table[i];
    cpu->pc = (uint32_t)cpu->pc + 4;
    cpu->slice--; /* retired */
    if (!e) {
        missing(p, number);
        set_result(cpu, -ENOSYS);
        return;
    }
    get_args(p, e->nargs, &args);
    int64_t r = e->fn(p, &args);
    trace(p, e, &args, r);
    r = jl_interrupted(t, number, r);
    if (!p->done && !t->done && !t->restart && !t->keep_registers)
        set_result(cpu, r);
    t->keep_registers = false;
}
