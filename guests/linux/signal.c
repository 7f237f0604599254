/* From a host signal to a guest's handler; see thread.h for the design. */
#include "guests/linux/host_call.h"
#include "guests/linux/thread.h"

#include <errno.h>
#include <string.h>
#include <ucontext.h>

_Thread_local struct jl_thread *jl_current;

enum { G_SIG_DFL = 0, G_SIG_IGN = 1, G_SA_NODEFER = 0x40000000, G_SA_RESETHAND = (int)0x80000000 };
enum { G_SA_RESTART = 0x10000000, G_SIGCHLD = 18, G_SIGWINCH = 20, G_SIGURG = 21, G_SIGSTOP = 23 };
enum { G_SA_NOCLDSTOP = 1, G_SA_NOCLDWAIT = 0x10000 };
enum { G_SIGTTOU = 27, G_EINTR = 4 };

static bool is_fault(int host) {
    return host == SIGSEGV || host == SIGBUS || host == SIGILL || host == SIGFPE || host == SIGTRAP;
}

/* ---- the host's handlers ---- */

static void on_signal(int sig, siginfo_t *info, void *context) {
    struct jl_thread *t = jl_current;
    ucontext_t *uc = context;
    if (is_fault(sig) && info->si_code > 0) { /* a fault of the translator's own: happens again, and kills */
        const struct sigaction dfl = {.sa_handler = SIG_DFL};
        sigaction(sig, &dfl, NULL);
        return;
    }
    if (!t)
        return;
    if (is_fault(sig)) {
        __atomic_fetch_or(&t->sent_faults, 1u << sig, __ATOMIC_RELAXED);
    } else {
        t->caught_info = *info;
        t->caught = sig;
        /* the rest waits in the kernel until this one has been delivered */
        const struct jl_sigset all = {{~0u, ~0u, ~0u, ~0u}};
        sigset_t mask = jl_sigset_to_host(&all);
        memcpy(&uc->uc_sigmask, &mask, 8); /* the kernel's set is 64 bits; what follows is not ours */
    }
    t->attention = 1;
    jl_host_call_cancel(uc);
    jl_machine_interrupt(t->machine);
}

static void on_stop(int sig, siginfo_t *info, void *context) {
    struct jl_thread *t = jl_current;
    (void)sig, (void)info;
    if (!t)
        return;
    t->attention = 1;
    jl_host_call_cancel(context);
    jl_machine_interrupt(t->machine);
}

static void install(int sig, void (*handler)(int, siginfo_t *, void *), int flags) {
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | flags};
    sigfillset(&sa.sa_mask);
    for (int s = SIGILL; s <= SIGSEGV; s++)
        if (is_fault(s))
            sigdelset(&sa.sa_mask, s);
    sigaction(sig, &sa, NULL);
}

bool jl_signal_fatal(unsigned guest) {
    return guest != G_SIGCHLD && guest != G_SIGWINCH && guest != G_SIGURG &&
           !(guest >= G_SIGSTOP && guest <= G_SIGTTOU);
}

static int child_flags(const struct jl_action *a) {
    return (a->flags & G_SA_NOCLDSTOP ? SA_NOCLDSTOP : 0) | (a->flags & G_SA_NOCLDWAIT ? SA_NOCLDWAIT : 0);
}

/* A handler, and a default that ends the process (which is then done in order), come through on_signal; the rest is the
 * kernel's to do. */
static void follow(const struct jl_process *p, unsigned guest, const struct jl_action *action) {
    uint32_t handler = action->handler;
    int host = jl_guest_signal_to_host((int)guest);
    if (!host || host == SIGKILL || host == SIGSTOP || host == SIGSEGV || host == SIGBUS ||
        (host == SIGFPE && p->offloading))
        return; /* the last three are the translator's, which passes on what it does not know */
    if (handler == G_SIG_IGN && !is_fault(host))
        signal(host, SIG_IGN);
    else if (handler == G_SIG_DFL && !jl_signal_fatal(guest))
        signal(host, SIG_DFL);
    else
        install(host, on_signal, guest == G_SIGCHLD ? child_flags(action) : 0);
}

void jl_signal_follow(struct jl_process *p, unsigned guest) {
    follow(p, guest, &p->action[guest]);
}

void jl_signals_install(void) {
    install(SIGSEGV, on_signal, 0);
    install(SIGBUS, on_signal, 0);
    install(JL_SIGNAL_STOP, on_stop, 0);
}

void jl_signals_begin(struct jl_thread *t) {
    sigset_t mask;
    struct sigaction sa;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    t->blocked = jl_sigset_to_guest(&mask);
    for (unsigned g = 1; g < JL_G_SIGS; g++) { /* what was ignored stays so, as over execve */
        int host = jl_guest_signal_to_host((int)g);
        if (host && !is_fault(host) && sigaction(host, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
            t->process->action[g].handler = G_SIG_IGN;
        else
            jl_signal_follow(t->process, g);
    }
    jl_signals_set_mask(t);
}

void jl_signals_set_mask(const struct jl_thread *t) {
    sigset_t mask = jl_sigset_to_host(&t->blocked);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

/* ---- delivery ---- */

/* The call that was interrupted fails, or stays to be made again. */
static void settle_restart(struct jl_thread *t, uint32_t flags) {
    if (t->restart == JL_RESTART_NOHAND || (t->restart == JL_RESTART_SYS && !(flags & G_SA_RESTART))) {
        t->cpu->var[2] = G_EINTR;
        t->cpu->var[7] = 1;
        t->cpu->pc = (uint32_t)t->cpu->pc + 4;
        t->cpu->slice--;
    }
    t->restart = 0;
}

/* Calls that the kernel does not restart for SA_RESTART. */
static bool never_restarted(uint32_t number) {
    static const uint16_t list[] = {4029, 4072, 4142, 4166, 4188, 4197, 4199, 4250, 4265, 4301,
                                    4302, 4313, 4407, 4413, 4414, 4421, 4117, 4400, 4401, 4420};
    for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
        if (list[i] == number)
            return true;
    return false;
}

int64_t jl_interrupted(struct jl_thread *t, uint32_t number, int64_t r) {
    if (r != -EINTR && r != -JL_RESTART_SYS && r != -JL_RESTART_ALWAYS && r != -JL_RESTART_NOHAND)
        return r;
    t->restart = r == -JL_RESTART_ALWAYS                                               ? JL_RESTART_ALWAYS
                 : r == -JL_RESTART_NOHAND || (r == -EINTR && never_restarted(number)) ? JL_RESTART_NOHAND
                                                                                       : JL_RESTART_SYS;
    t->cpu->pc = (uint32_t)t->cpu->pc - 4;
    t->cpu->slice++;
    t->attention = 1;
    return r;
}

static struct jl_action take_action(struct jl_process *p, unsigned guest) {
    pthread_mutex_lock(&p->lock);
    struct jl_action a = p->action[guest];
    if (a.handler > G_SIG_IGN && a.flags & (uint32_t)G_SA_RESETHAND) {
        p->action[guest].handler = G_SIG_DFL;
        jl_signal_follow(p, guest);
    }
    pthread_mutex_unlock(&p->lock);
    return a;
}

/* Into the handler, if there is one. False: there is none. */
static bool deliver(struct jl_thread *t, const struct jl_info *info) {
    struct jl_process *p = t->process;
    unsigned sig = (unsigned)info->signo;
    struct jl_action a = take_action(p, sig);
    if (a.handler == G_SIG_IGN)
        return false;
    if (a.handler == G_SIG_DFL) {
        if (jl_signal_fatal(sig))
            jl_process_end(p, JL_END_SIGNAL, jl_guest_signal_to_host(info->signo));
        return false;
    }
    settle_restart(t, a.flags);
    struct jl_sigset old = t->has_saved ? t->saved : t->blocked;
    t->has_saved = false;
    if (!jl_frame_push(t, &a, info, &old)) {
        jl_process_end(p, JL_END_SIGNAL, SIGSEGV);
        return false;
    }
    for (unsigned i = 0; i < 4; i++)
        t->blocked.word[i] |= a.mask.word[i];
    if (!(a.flags & G_SA_NODEFER))
        jl_sig_add(&t->blocked, sig);
    return true;
}

/* SIGSEGV and the like that somebody sent: the host does not block them for us. */
static bool deliver_sent_faults(struct jl_thread *t) {
    bool any = false;
    for (int host = 1; host < 32; host++) {
        int guest = jl_host_signal_to_guest(host);
        if (!(t->sent_faults >> host & 1) || jl_sig_has(&t->blocked, (unsigned)guest))
            continue;
        __atomic_fetch_and(&t->sent_faults, ~(1u << host), __ATOMIC_RELAXED);
        const struct jl_info info = {.signo = guest};
        any |= deliver(t, &info);
    }
    return any;
}

void jl_signals_deliver(struct jl_thread *t) {
    bool handled = false;
    for (;;) {
        t->attention = 0;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        if (t->sent_faults)
            handled |= deliver_sent_faults(t);
        if (!t->caught || jl_process_done(t->process))
            break;
        struct jl_info info;
        jl_info_to_guest(&info, &t->caught_info);
        t->caught = 0;
        handled |= deliver(t, &info);
        jl_signals_set_mask(t); /* which lets the next one in, if one is waiting */
    }
    if (!handled && t->has_saved) { /* sigsuspend goes on waiting, with the old mask in between */
        t->has_saved = false;
        t->blocked = t->saved;
        jl_signals_set_mask(t);
    }
    t->restart = 0;
    if (jl_process_done(t->process))
        t->attention = 1; /* and no more blocking */
}

/* ---- faults ---- */

void jl_signal_fault(struct jl_thread *t, const struct jl_info *info) {
    struct jl_process *p = t->process;
    uint32_t handler = p->action[info->signo].handler;
    if (handler <= G_SIG_IGN || jl_sig_has(&t->blocked, (unsigned)info->signo)) {
        jl_process_end(p, JL_END_SIGNAL, jl_guest_signal_to_host(info->signo));
        return;
    }
    if (deliver(t, info))
        jl_signals_set_mask(t);
}

enum { G_SIGILL = 4, G_SIGTRAP = 5, G_SIGFPE = 8, G_SIGBUS = 10, G_SIGSEGV = 11 };
enum { G_SI_KERNEL = 0x80, G_FPE_INTDIV = 1, G_FPE_INTOVF, G_FPE_FLTDIV, G_FPE_FLTOVF, G_FPE_FLTUND, G_FPE_FLTRES };
enum { G_FPE_FLTINV = 7, G_SEGV_MAPERR = 1, G_SEGV_ACCERR = 2, G_BUS_ADRALN = 1, G_BUS_ADRERR = 2, G_TRAP_BRKPT = 1 };

/* What BREAK and TEQ codes mean: 6 overflow and 7 division by zero are arithmetic faults. */
static void trap(struct jl_thread *t, bool is_break, struct jl_info *info) {
    uint32_t code = t->cpu->exit_code;
    if (code >= 1 << 10)
        code >>= 10; /* assemblers put the code in the upper half of the field */
    if (code == 6 || code == 7) {
        *info = (struct jl_info){G_SIGFPE, code == 6 ? G_FPE_INTOVF : G_FPE_INTDIV, 0, {(uint32_t)t->cpu->pc}};
    } else if (is_break) {
        *info = (struct jl_info){G_SIGTRAP, G_TRAP_BRKPT, 0, {(uint32_t)t->cpu->pc}};
    } else {
        *info = (struct jl_info){.signo = G_SIGTRAP, .code = G_SI_KERNEL};
    }
}

/* The kernel takes away the causes that are enabled, so that going on does not trap again at once. */
static int fpe_code(struct jl_cpu *cpu) {
    uint32_t cause = cpu->fcsr >> JL_FCSR_CAUSE_SHIFT & 63, enabled = (cpu->fcsr >> JL_FCSR_ENABLE_SHIFT & 31) | 32;
    static const int codes[5] = {G_FPE_FLTRES, G_FPE_FLTUND, G_FPE_FLTOVF, G_FPE_FLTDIV, G_FPE_FLTINV};
    int code = G_SI_KERNEL;
    for (unsigned i = 0; i < 5; i++) /* I U O Z V: the last has precedence */
        if (cause & enabled & 1u << i)
            code = codes[i];
    cpu->fcsr &= ~(enabled << JL_FCSR_CAUSE_SHIFT);
    return code;
}

void jl_signal_exit(struct jl_thread *t, enum jl_exit reason) {
    struct jl_cpu *cpu = t->cpu;
    uint32_t addr = (uint32_t)cpu->exit_addr, pc = (uint32_t)cpu->pc;
    bool mapped = jl_page_flags(t->process->mem, addr);
    struct jl_info info = {.signo = G_SIGILL, .code = G_SI_KERNEL}; /* RI and coprocessor unusable */
    switch (reason) {
    case JL_EXIT_ADEL:
    case JL_EXIT_ADES: info = (struct jl_info){G_SIGBUS, G_BUS_ADRALN, 0, {addr}}; break;
    case JL_EXIT_FAULT_LOAD:
    case JL_EXIT_FAULT_STORE:
    case JL_EXIT_FAULT_FETCH:
        if (cpu->exit_code == JL_FAULT_BEYOND) {
            info = (struct jl_info){G_SIGBUS, G_BUS_ADRERR, 0, {addr}};
            break;
        }
        info = (struct jl_info){G_SIGSEGV, mapped ? G_SEGV_ACCERR : G_SEGV_MAPERR, 0, {addr}};
        break;
    case JL_EXIT_OVERFLOW: info = (struct jl_info){G_SIGFPE, G_FPE_INTOVF, 0, {pc}}; break;
    case JL_EXIT_FPE: info = (struct jl_info){G_SIGFPE, fpe_code(cpu), 0, {pc}}; break;
    case JL_EXIT_BREAK:
    case JL_EXIT_TRAP: trap(t, reason == JL_EXIT_BREAK, &info); break;
    default: break;
    }
    jl_signal_fault(t, &info);
}
