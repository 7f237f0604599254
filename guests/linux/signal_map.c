/* MIPS numbers its signals, and orders its siginfo, differently from x86. */
#include "guests/linux/thread.h"

#include <string.h>

static const uint8_t to_host[32] = {0,       SIGHUP,  SIGINT,  SIGQUIT, SIGILL,    SIGTRAP, SIGABRT, 0,
                                    SIGFPE,  SIGKILL, SIGBUS,  SIGSEGV, SIGSYS,    SIGPIPE, SIGALRM, SIGTERM,
                                    SIGUSR1, SIGUSR2, SIGCHLD, SIGPWR,  SIGWINCH,  SIGURG,  SIGIO,   SIGSTOP,
                                    SIGTSTP, SIGCONT, SIGTTIN, SIGTTOU, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ};

/* The host's C library keeps 32 and 33 for itself and the translator 34 and 35: the guest's real-time signals begin
 * behind them, and its last ones do not exist. */
int jl_guest_signal_to_host(int g) {
    if (g >= 32 && g - 32 + JL_SIGNAL_RT <= 64)
        return g - 32 + JL_SIGNAL_RT;
    return g > 0 && g < 32 ? to_host[g] : 0;
}

int jl_host_signal_to_guest(int h) {
    if (h >= JL_SIGNAL_RT)
        return h - JL_SIGNAL_RT + 32;
    for (int g = 1; g < 32; g++)
        if (to_host[g] == h)
            return g;
    return 0;
}

/* Faults are never blocked on the host: the translator lives by them. */
sigset_t jl_sigset_to_host(const struct jl_sigset *guest) {
    sigset_t out;
    sigemptyset(&out);
    for (int g = 1; g < JL_G_SIGS; g++) {
        int h = jl_sig_has(guest, (unsigned)g) ? jl_guest_signal_to_host(g) : 0;
        if (h && h != SIGSEGV && h != SIGBUS && h != SIGILL && h != SIGFPE && h != SIGTRAP)
            sigaddset(&out, h);
    }
    return out;
}

struct jl_sigset jl_sigset_to_guest(const sigset_t *host) {
    struct jl_sigset out = {{0}};
    for (int h = 1; h <= 64; h++) {
        int g = sigismember(host, h) == 1 ? jl_host_signal_to_guest(h) : 0;
        if (g)
            jl_sig_add(&out, (unsigned)g);
    }
    return out;
}

bool jl_sigset_get(struct jl_process *p, uint32_t addr, struct jl_sigset *out) {
    const uint8_t *in = jl_mem_readable(p->mem, addr, 16);
    for (unsigned i = 0; in && i < 4; i++)
        out->word[i] = jl_get32(p, in + 4 * i);
    return in;
}

bool jl_sigset_put(struct jl_process *p, uint32_t addr, const struct jl_sigset *set) {
    uint8_t *out = jl_mem_writable(p->mem, addr, 16);
    for (unsigned i = 0; out && i < 4; i++)
        jl_put32(p, out + 4 * i, set->word[i]);
    return out;
}

/* ---- siginfo ---- */

enum { G_SI_ASYNCIO = -2, G_SI_TIMER = -3, G_SI_MESGQ = -4 };

static int code_to_guest(int code) {
    return code == SI_TIMER ? G_SI_TIMER : code == SI_MESGQ ? G_SI_MESGQ : code == SI_ASYNCIO ? G_SI_ASYNCIO : code;
}
static int code_to_host(int code) {
    return code == G_SI_TIMER ? SI_TIMER : code == G_SI_MESGQ ? SI_MESGQ : code == G_SI_ASYNCIO ? SI_ASYNCIO : code;
}

/* A child's status: exit code or signal number. */
static uint32_t child_status(const siginfo_t *h) {
    return (uint32_t)(h->si_code == CLD_EXITED ? h->si_status : jl_host_signal_to_guest(h->si_status));
}

void jl_info_to_guest(struct jl_info *out, const siginfo_t *h) {
    *out = (struct jl_info){
        .signo = jl_host_signal_to_guest(h->si_signo), .code = code_to_guest(h->si_code), .error = h->si_errno};
    if (h->si_code == SI_TIMER) {
        out->word[0] = (uint32_t)h->si_timerid;
        out->word[1] = (uint32_t)h->si_overrun;
        out->word[2] = (uint32_t)h->si_value.sival_int;
    } else if (h->si_signo == SIGIO && h->si_code > 0) {
        out->word[0] = (uint32_t)h->si_band;
        out->word[1] = (uint32_t)h->si_fd;
    } else if (h->si_signo == SIGCHLD && h->si_code > 0) {
        const uint32_t w[5] = {(uint32_t)h->si_pid, h->si_uid, child_status(h), (uint32_t)h->si_utime,
                               (uint32_t)h->si_stime};
        memcpy(out->word, w, sizeof w);
    } else {
        out->word[0] = (uint32_t)h->si_pid;
        out->word[1] = h->si_uid;
        out->word[2] = h->si_code == SI_QUEUE || h->si_code == SI_MESGQ ? (uint32_t)h->si_value.sival_int : 0;
    }
}

void jl_info_to_host(siginfo_t *out, const struct jl_info *g) {
    memset(out, 0, sizeof *out);
    out->si_signo = jl_guest_signal_to_host(g->signo);
    out->si_code = code_to_host(g->code);
    out->si_errno = g->error;
    out->si_pid = (int)g->word[0];
    out->si_uid = g->word[1];
    out->si_value.sival_ptr = (void *)(uintptr_t)g->word[2];
}

void jl_info_put(struct jl_process *p, uint8_t *at, const struct jl_info *info) {
    memset(at, 0, 128);
    jl_put32(p, at, (uint32_t)info->signo);
    jl_put32(p, at + 4, (uint32_t)info->code); /* MIPS has si_code before si_errno */
    jl_put32(p, at + 8, (uint32_t)info->error);
    for (unsigned i = 0; i < 5; i++)
        jl_put32(p, at + 12 + 4 * i, info->word[i]);
}

void jl_info_get(struct jl_process *p, const uint8_t *at, struct jl_info *info) {
    info->signo = (int)jl_get32(p, at);
    info->code = (int)jl_get32(p, at + 4);
    info->error = (int)jl_get32(p, at + 8);
    for (unsigned i = 0; i < 5; i++)
        info->word[i] = jl_get32(p, at + 12 + 4 * i);
}
