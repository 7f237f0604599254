/* User-mode Linux/MIPS (o32): a process around one machine. Nothing is global: all state hangs off struct jl_process.
 */
#ifndef JL_LINUX_H
#define JL_LINUX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jit/jit.h"

/* Guest descriptors are host descriptors below JL_LINUX_FDS; what the translator opens for itself during a run lies
 * above, out of the guest's reach. */
enum { JL_LINUX_FDS = 960, JL_LINUX_SIGNALS = 128, JL_LINUX_PATH = 4096, JL_LINUX_IDLE = 16 };

struct jl_process;

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
    const char *sysroot; /* absolute guest paths are looked for here first; NULL = none */
    bool strace;
    bool trap_unaligned; /* SIGBUS, as after sysmips(MIPS_FIXADE, 0); Linux fixes unaligned accesses up by default */
    int pid;             /* what getpid tells the guest; 0 = the host's */
    uint64_t max_instructions; /* 0 = none */
    double max_seconds;
    uint64_t max_memory;        /* bytes, 0 = none */
    int64_t slice;              /* guest instructions between looks at limits */
    bool offload;               /* there are to be host functions: */
    const char *offload_object; /* the shared object with them; NULL = NAME.offload.so beside the program */
    const char *offload_only;   /* names and patterns with commas; NULL = all that it has */
    /* For processes that the guest makes. host_args: this program and its options, NULL-terminated, with which execve
     * starts it again. forked is called in a new child, with its process; unforked in the parent of one that shares the
     * parent's memory (vfork), with what forked returned there, when that child is gone: it undoes what forked did.
     * ended is called where a child ends whose leader is not the thread that called jl_process_run: it ends the host
     * process. */
    char **host_args;
    void *(*forked)(void *ctx, struct jl_process *p);
    void (*unforked)(void *ctx, void *undo);
    void (*ended)(void *ctx);
    void *ctx;
};

/* An ELF object as the loader found it; addresses are the file's own until jl_elf_load has placed it. */
struct jl_image {
    bool big_endian, dynamic; /* dynamic: ET_DYN, may be placed anywhere */
    uint32_t mode;            /* enum jl_mode bits it asks for */
    uint32_t entry, phdr, phnum, brk;
    uint32_t low, end;            /* page-aligned range of its segments */
    uint32_t base;                /* added to the file's addresses (0 for ET_EXEC) */
    uint32_t interp, interp_size; /* where in the file the interpreter's name is; size 0 = none */
};

/* One open ELF file. */
struct jl_file {
    int fd;
    size_t size;
    const uint8_t *bytes;
    struct jl_image image;
    char path[JL_LINUX_PATH]; /* the host's path */
};

/* A program with the dynamic linker it names, opened and checked but not mapped. */
struct jl_program {
    struct jl_file main, interp;
    bool has_interp;
};

/* What a guest asked for with sigaction; the mask in guest numbers. */
struct jl_sigset {
    uint32_t word[4]; /* signal n is bit (n - 1) % 32 of word (n - 1) / 32 */
};
struct jl_action {
    uint32_t flags, handler;
    struct jl_sigset mask;
};

struct jl_thread;

/* A guest process: what its threads share. A system call finds the thread that makes it with jl_self() (thread.h). */
struct jl_process {
    struct jl_mem *mem;
    pthread_mutex_t lock;                   /* over everything here that threads change; never held while blocking */
    struct jl_thread *threads;              /* all that have not ended; a list through next */
    struct jl_thread *leader;               /* the one whose host thread ends the process */
    pthread_mutex_t map_lock;               /* one change of the memory's layout at a time; taken before the others */
    pthread_cond_t changed;                 /* a thread has ended, or the process is to */
    struct jl_machine *idle[JL_LINUX_IDLE]; /* machines of threads that have ended, with what they had translated */
    unsigned nidle;
    struct jl_process_options options;
    struct jl_image image;
    uint32_t interp_base; /* AT_BASE: where the dynamic linker is, 0 = none */
    uint32_t brk_start, brk, mmap_top, stack_low;
    uint64_t mapped;               /* bytes */
    int log_fd;                    /* for --strace; -1 = none */
    uint64_t private_fds;          /* low descriptors that are the translator's own, one bit each */
    uint8_t fd_kind[JL_LINUX_FDS]; /* enum jl_fd_kind: what read must convert */
    struct jl_action action[JL_LINUX_SIGNALS];
    uint64_t started_ns;
    timer_t timer; /* of max_seconds, when timed */
    bool timed;
    bool done; /* to be read with jl_process_done, written with the lock held */
    struct jl_end end;
    uint8_t complained[1024];         /* system calls already named as missing */
    char exe[JL_LINUX_PATH];          /* the program's real path: /proc/self/exe */
    struct jl_offloading *offloading; /* its host functions, or NULL */
    bool vforked;                     /* runs in another process's memory, with one thread */
    const void *exec_lists[3];        /* what execve has allocated, for that other process to free */
};

static inline bool jl_process_done(const struct jl_process *p) {
    return __atomic_load_n(&p->done, __ATOMIC_ACQUIRE);
}

/* elf.c: checks the file and says what it needs, without mapping anything. False with one sentence. */
bool jl_elf_probe(const uint8_t *bytes, size_t size, struct jl_image *image, char *err, size_t err_size);
/* Maps its segments with all addresses moved by base, and updates image to where things are now. */
bool jl_elf_load(struct jl_process *p, struct jl_file *file, uint32_t base, char *err, size_t err_size);

/* program.c: opens and checks a program and its dynamic linker. path is a host path or, where there is none, a path in
 * the sysroot. False with one sentence that names the file; nothing stays open then. */
bool jl_program_open(struct jl_program *prog, const char *path, const char *sysroot, char *err, size_t err_size);
/* Maps both, builds the stack, and sets the processor up to start. */
bool jl_program_load(struct jl_process *p, struct jl_program *prog, char *err, size_t err_size);
void jl_program_close(struct jl_program *prog);

/* stack.c: arguments, environment and auxiliary vector; sets sp. */
bool jl_stack_build(struct jl_process *p, char *err, size_t err_size);

/* process.c */
struct jl_process *jl_process_new(struct jl_mem *mem, const struct jl_process_options *options);
void jl_process_free(struct jl_process *p);
/* Makes the first thread, around a machine (borrowed), for the calling host thread. False: no memory. */
bool jl_process_attach(struct jl_process *p, struct jl_machine *machine);
/* Runs to the end of the process (its leader's, in a child that another thread forked). */
void jl_process_run(struct jl_process *p);

/* sys_memory.c: the highest free range of len bytes for a mapping; 0 = none. */
uint32_t jl_memory_room(struct jl_process *p, uint32_t len);
/* The host's System V segment id, of len bytes, at addr (0: anywhere) as shmat's flags say; its address or a negated
 * errno. And away with the one attached at addr. */
int64_t jl_memory_attach(struct jl_process *p, int id, uint32_t addr, uint32_t len, uint32_t flags);
int64_t jl_memory_detach(struct jl_process *p, uint32_t addr);

/* syscalls.c: does the system call the guest asks for. */
void jl_syscall(struct jl_process *p);
/* Arguments as the o32 ABI passes them: four in registers, the rest on the stack. */
struct jl_args {
    uint32_t a[7];
};
/* Result: >= 0 the value, < 0 a negated host errno. */
typedef int64_t jl_syscall_fn(struct jl_process *p, const struct jl_args *args);

/* strace.c: one line for a system call. format has a letter for each argument (see syscalls.def). */
void jl_strace(struct jl_process *p, const char *name, const char *format, unsigned nargs, const struct jl_args *args,
               int64_t result);

/* path.c: the host's path for a guest's: absolute ones inside the sysroot if there is such a file, and /proc/self/exe.
 * Returns the guest's own string when nothing is to be changed, buf otherwise; NULL with errno EFAULT or
 * ENAMETOOLONG. */
const char *jl_path(struct jl_process *p, uint32_t addr, char buf[JL_LINUX_PATH]);
/* The same for a string of the host's. */
const char *jl_path_find(const struct jl_process *p, const char *guest, char buf[JL_LINUX_PATH]);
/* Which of /proc/self's files path names ("maps"), or NULL. */
const char *jl_path_proc(const struct jl_process *p, const char *path);

/* proc.c: the text of a file of /proc/self that tells of the guest and not of the translator, as a new descriptor.
 * -1 with errno 0 when name is none of those. */
int jl_proc_open(struct jl_process *p, const char *name, int flags);

/* sys_file.c: the host's descriptor for a guest's, -1 (which the host then refuses with EBADF) when it may not be
 * touched; of a path's directory, where AT_FDCWD is one too. */
int jl_fd(const struct jl_process *p, uint32_t fd);
int jl_at_fd(const struct jl_process *p, uint32_t fd);
/* A system call's result from the host's -1 and errno. */
int64_t jl_result(int64_t r);
/* A descriptor just opened by the host: noted as of this kind and returned to the guest, or closed and -EMFILE when it
 * lies too high. fd < 0: -errno. */
enum jl_fd_kind { JL_FD_PLAIN, JL_FD_WORDS64, JL_FD_INOTIFY };
int64_t jl_fd_opened(struct jl_process *p, int fd, enum jl_fd_kind kind);

/* guest.c: values in guest memory, in its byte order. */
void jl_put16(struct jl_process *p, void *at, uint16_t v);
void jl_put32(struct jl_process *p, void *at, uint32_t v);
void jl_put64(struct jl_process *p, void *at, uint64_t v);
uint16_t jl_get16(struct jl_process *p, const void *at);
uint32_t jl_get32(struct jl_process *p, const void *at);
uint64_t jl_get64(struct jl_process *p, const void *at);
/* A readable string at addr, NULL when there is none. */
const char *jl_guest_string(struct jl_process *p, uint32_t addr);
/* An array of struct iovec there: host pointers to n <= 1024 buffers, checked for reading or writing. The number of
 * elements or a negated errno. */
struct iovec;
enum { JL_IOVECS = 1024 };
int64_t jl_guest_iovec(struct jl_process *p, uint32_t addr, uint32_t n, bool into_guest, struct iovec *out);
/* Two 32-bit words, or two 64-bit ones: timespec and timeval. False when the memory is not there. */
struct timespec;
bool jl_guest_get_time(struct jl_process *p, uint32_t addr, bool wide, struct timespec *t);
struct rusage;
bool jl_guest_put_rusage(struct jl_process *p, uint32_t addr, const struct rusage *r);
bool jl_guest_put_time(struct jl_process *p, uint32_t addr, bool wide, const struct timespec *t);

#define JL_SYSCALL(number, name, nargs, fn, ...) jl_syscall_fn fn;
#include "guests/linux/syscalls.def"
#undef JL_SYSCALL

/* abi.c: MIPS's own numbers for errors, signals, flags and options. */
int jl_guest_errno(int host);

#endif
