/* User-mode Linux/MIPS (o32): a process around one machine. Nothing is global: all state hangs off struct jl_process.
 */
#ifndef JL_LINUX_H
#define JL_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jit/jit.h"

enum { JL_LINUX_FDS = 256, JL_LINUX_SIGNALS = 128 };

/* What a run ended with. */
enum jl_end_kind { JL_END_EXIT, JL_END_SIGNAL, JL_END_LIMIT, JL_END_INTERNAL };

struct jl_end {
    enum jl_end_kind kind;
    int status; /* exit status, or host signal number */
    char why[160];
};

struct jl_process_options {
    char *const *argv; /* argv[0] is the program's path */
    char *const *envp;
    bool strace;
    bool trap_unaligned; /* SIGBUS, as after sysmips(MIPS_FIXADE, 0); Linux fixes unaligned accesses up by default */
    int pid;             /* what getpid tells the guest; 0 = the host's */
    uint64_t max_instructions; /* 0 = none */
    double max_seconds;
    uint64_t max_memory; /* bytes, 0 = none */
    int64_t slice;       /* guest instructions between looks at limits */
};

/* An executable image as the loader found it. */
struct jl_image {
    bool big_endian;
    uint32_t mode; /* enum jl_mode bits it asks for */
    uint32_t entry, phdr, phnum, brk;
};

struct jl_process {
    struct jl_mem *mem;
    struct jl_machine *machine;
    struct jl_cpu *cpu;
    struct jl_process_options options;
    struct jl_image image;
    uint32_t brk_start, brk, mmap_top, stack_low;
    uint64_t mapped; /* bytes */
    uint8_t fd_open[JL_LINUX_FDS];
    uint32_t action[JL_LINUX_SIGNALS][3]; /* flags, handler, mask word, as the guest set them */
    uint32_t umask_unused;
    uint64_t started_ns;
    bool done;
    struct jl_end end;
    uint8_t complained[1024]; /* system calls already named as missing, one bit each */
    char path[4096];
};

/* elf.c: checks the file and says what it needs, without mapping anything. False with one sentence. */
bool jl_elf_probe(const uint8_t *bytes, size_t size, struct jl_image *image, char *err, size_t err_size);
/* Maps its segments. */
bool jl_elf_load(struct jl_process *p, const uint8_t *bytes, size_t size, char *err, size_t err_size);

/* stack.c: arguments, environment and auxiliary vector; sets sp. */
bool jl_stack_build(struct jl_process *p, char *err, size_t err_size);

/* process.c */
struct jl_process *jl_process_new(struct jl_mem *mem, const struct jl_process_options *options);
void jl_process_free(struct jl_process *p);
/* Runs to the end. */
void jl_process_run(struct jl_process *p);

/* syscalls.c: does the system call the guest asks for. */
void jl_syscall(struct jl_process *p);
/* Arguments as the o32 ABI passes them: four in registers, the rest on the stack. */
struct jl_args {
    uint32_t a[7];
};
typedef int64_t jl_syscall_fn(struct jl_process *p, const struct jl_args *args);
/* Results: >= 0 the value, < 0 a negated host errno. jl_result64 also sets v1. */
int jl_guest_errno(int host);
int jl_guest_signal_to_host(int guest);

/* Guest structures. */
void jl_put32(struct jl_process *p, void *at, uint32_t v);
void jl_put64(struct jl_process *p, void *at, uint64_t v);
uint32_t jl_get32(struct jl_process *p, const void *at);
const char *jl_guest_string(struct jl_process *p, uint32_t addr);

#define JL_SYSCALL(number, name, nargs, fn) jl_syscall_fn fn;
#include "guests/linux/syscalls.def"
#undef JL_SYSCALL

#endif
