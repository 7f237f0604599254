/* Guest threads and their signals.
 *
 * Each guest thread is a host thread with a machine of its own. A guest's signal state is kept by the host's kernel:
 * the host thread's signal mask is the guest's (numbers translated), pending signals wait in the kernel, and a host
 * signal's disposition follows the guest's. So whatever reaches the handler in signal.c is to be delivered to that
 * guest thread now. The handler only writes it down, blocks all further signals, and interrupts the machine; the
 * thread's loop delivers it when it is back in C, and then gives the host thread the guest's new mask.
 */
#ifndef JL_THREAD_H
#define JL_THREAD_H

#include <pthread.h>
#include <signal.h>

#include "guests/linux/linux.h"

enum {
    JL_G_SIGS = 128,         /* guest signals are 1..127 (the kernel's _NSIG is 128 on MIPS) */
    JL_SIGNAL_STOP = 35,     /* host signal: look at process->done */
    JL_SIGNAL_RT = 36,       /* the first host signal that stands for a guest's real-time signal (32) */
    JL_RESTART_SYS = 512,    /* results of an interrupted call: do it again if the handler has SA_RESTART, */
    JL_RESTART_ALWAYS = 513, /* whatever the handler has, */
    JL_RESTART_NOHAND = 514, /* or only if no handler runs */
};

static inline bool jl_sig_has(const struct jl_sigset *s, unsigned n) {
    return s->word[(n - 1) / 32] >> (n - 1) % 32 & 1;
}
static inline void jl_sig_add(struct jl_sigset *s, unsigned n) {
    s->word[(n - 1) / 32] |= 1u << (n - 1) % 32;
}

/* siginfo in MIPS terms; see jl_info_put for where the words go. */
struct jl_info {
    int signo, code, error;
    uint32_t word[5]; /* what follows the three: si_addr; si_pid, si_uid, si_status or si_value, ... */
};

struct jl_thread {
    struct jl_process *process;
    struct jl_machine *machine;
    struct jl_cpu *cpu;
    int tid;
    struct jl_thread *next; /* in process->threads */
    bool done;              /* this thread is to end */
    int exit_status;

    struct jl_sigset blocked; /* guest numbers */
    struct jl_sigset saved;   /* the mask to go back to after sigsuspend and the like, when has_saved */
    bool has_saved;
    volatile sig_atomic_t attention; /* something below, or process->done, wants to be looked at */
    volatile sig_atomic_t caught;    /* host signal waiting for delivery, 0 = none; all others are blocked meanwhile */
    siginfo_t caught_info;
    volatile uint32_t sent_faults; /* SIGSEGV and its like, sent by somebody: bits by host number (never blocked) */
    uint32_t alt_sp, alt_size, alt_flags;
    int restart; /* pc is at a system call that was interrupted: JL_RESTART_SYS, JL_RESTART_NOHAND, 0 = it is not */
    bool keep_registers; /* this system call has set them itself (sigreturn) */
    uint32_t clear_tid;  /* zeroed and woken at the thread's end */
    uint32_t robust;     /* list of locks held, for the others at this thread's end */
};

/* The guest thread that this host thread runs; NULL on threads that run none. */
extern _Thread_local struct jl_thread *jl_current;
static inline struct jl_thread *jl_self(void) {
    return jl_current;
}

/* ---- process.c ---- */

/* Fresh locks, in a new process or a forked child. */
void jl_process_locks(struct jl_process *p);
/* Runs guest code until the thread or the process is done. */
void jl_thread_loop(struct jl_thread *t);
/* The same until what a host function has called returns. Does not come back when the thread is done before. */
void jl_thread_call(struct jl_thread *t);

/* ---- thread.c ---- */

/* A thread around a machine, for the calling host thread, whose current one it becomes; not yet in the process's list.
 * NULL: no memory. */
struct jl_thread *jl_thread_new(struct jl_process *p, struct jl_machine *machine);
void jl_thread_list(struct jl_thread *t);
void jl_thread_free(struct jl_thread *t);
struct jl_clone {
    uint32_t flags, stack, parent_tid, tls, child_tid; /* as clone's arguments */
};
/* process.c: starts the clock of max_seconds for the calling thread, the leader, in a new process or a forked child. */
void jl_limits_begin(struct jl_process *p);
/* Starts a guest thread that shares the caller's memory. Its number or a negated errno. */
int64_t jl_thread_start(struct jl_process *p, const struct jl_clone *c);
/* The calling thread ends; the process does with its last one. */
void jl_thread_exit(struct jl_thread *t, int status);
/* The leader's end: waits for the others (which it stops when the process is to end) and takes over their counts. */
void jl_threads_finish(struct jl_thread *leader);
/* Around fork: every lock of the process, so that the child finds nothing half done. */
void jl_thread_lock_all(struct jl_process *p);
void jl_thread_unlock_all(struct jl_process *p);
/* In a forked child: t is the process's only thread and its leader. */
void jl_thread_alone(struct jl_thread *t);
/* The process is to end; the first reason given counts (true: it was this one). Other threads notice soon. */
bool jl_process_end(struct jl_process *p, enum jl_end_kind kind, int status);

/* ---- signal.c ---- */

/* Host handlers, once a process; before jl_machine_new, whose fault handler passes on what it does not know. */
void jl_signals_install(void);
/* The guest's mask from the host's at the start, as a parent left it. */
void jl_signals_begin(struct jl_thread *t);
/* Delivers what was caught: pushes frames or does default actions, until nothing is left; sets the host's mask. */
void jl_signals_deliver(struct jl_thread *t);
/* A fault of the guest's own instruction: delivered at once, fatal when blocked or ignored. */
void jl_signal_fault(struct jl_thread *t, const struct jl_info *info);
/* Turns an exit of the machine into the fault it is. */
void jl_signal_exit(struct jl_thread *t, enum jl_exit reason);
/* A system call's result, -EINTR and -JL_RESTART_... among them: an interrupted call is prepared to be made again (then
 * t->restart is set, and the result is of no use). */
int64_t jl_interrupted(struct jl_thread *t, uint32_t number, int64_t result);
/* Makes the host thread's mask the guest thread's. */
void jl_signals_set_mask(const struct jl_thread *t);
/* The host's disposition for a guest signal after its action changed. */
void jl_signal_follow(struct jl_process *p, unsigned guest);
/* The default action ends the process. */
bool jl_signal_fatal(unsigned guest);

/* ---- sys_futex.c ---- */

/* Wakes up to n waiters on the guest's word at addr. */
void jl_futex_wake(struct jl_process *p, uint32_t addr, int n);
/* The locks that the thread still holds: marked as a dead owner's. */
void jl_robust_release(struct jl_thread *t);

/* ---- sys_process.c ---- */

/* A new child's registers and thread numbers, as its clone arguments have them. */
void jl_child_begin(struct jl_thread *t, const struct jl_clone *c);
/* What getpid tells the guest; and the host's number for one of the guest's (negative ones, for groups, included). */
int jl_guest_pid(const struct jl_process *p);
int jl_host_pid(const struct jl_process *p, uint32_t guest);

/* ---- vfork.c ---- */

/* A child in the caller's memory; returns when that has called execve or is gone. Its number or a negated errno. */
int64_t jl_vfork(struct jl_process *p, const struct jl_clone *c);

/* ---- signal_map.c: numbers, sets and information, both ways ---- */

int jl_guest_signal_to_host(int guest); /* 0: the host has none */
int jl_host_signal_to_guest(int host);
sigset_t jl_sigset_to_host(const struct jl_sigset *guest);
struct jl_sigset jl_sigset_to_guest(const sigset_t *host);
bool jl_sigset_get(struct jl_process *p, uint32_t addr, struct jl_sigset *out);
bool jl_sigset_put(struct jl_process *p, uint32_t addr, const struct jl_sigset *set);
void jl_info_to_guest(struct jl_info *out, const siginfo_t *host);
void jl_info_to_host(siginfo_t *out, const struct jl_info *guest);
/* The 128 bytes in guest memory. */
void jl_info_put(struct jl_process *p, uint8_t *at, const struct jl_info *info);
void jl_info_get(struct jl_process *p, const uint8_t *at, struct jl_info *info);

/* ---- signal_frame.c: the kernel's o32 frames ---- */

enum { JL_TRAMPOLINE = 0x7fff7000 }; /* the page with the two sigreturn sequences, where the kernel has its vdso */
bool jl_trampoline_map(struct jl_process *p);
/* Pushes a frame for signal info->signo and sends the thread into its handler. False: the stack is not writable. */
bool jl_frame_push(struct jl_thread *t, const struct jl_action *action, const struct jl_info *info,
                   const struct jl_sigset *old_mask);
/* Undoes one. False: it cannot be read. */
bool jl_frame_pop(struct jl_thread *t, bool rt);

/* ---- a mask for the time of one call (ppoll and its like) ---- */

/* Makes the guest's set at addr the thread's mask until the call that follows is over, and *host what that call is to
 * be given. False: unreadable. jl_mask_leave takes the call's result. */
bool jl_mask_enter(struct jl_thread *t, uint32_t addr, sigset_t *host);
void jl_mask_leave(struct jl_thread *t, int64_t result);

#endif
