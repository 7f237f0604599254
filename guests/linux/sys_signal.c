/* Signal system calls. The host's kernel does the waiting and the queueing; see thread.h. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guests/linux/host_call.h"
#include "guests/linux/thread.h"

enum { G_SIG_BLOCK = 1, G_SIG_UNBLOCK, G_SIG_SETMASK, G_SIGKILL = 9, G_SIGSTOP = 23, SET_BYTES = 16 };
enum { G_SS_ONSTACK = 1, G_SS_DISABLE = 2, G_MINSIGSTKSZ = 2048 };

/* ---- sending ---- */

/* The host's number for a guest's; 0 stands for 0 (is anybody there?), -1 for none. */
static int host_signal(uint32_t guest) {
    int h = guest < JL_G_SIGS ? jl_guest_signal_to_host((int)guest) : 0;
    return guest == 0 ? 0 : h ? h : -1;
}

static int64_t result(int64_t r) {
    return r < 0 ? -errno : r;
}

int64_t jl_sys_kill(struct jl_process *p, const struct jl_args *a) {
    int h = host_signal(a->a[1]);
    return h < 0 ? -EINVAL : result(kill(jl_host_pid(p, a->a[0]), h));
}
int64_t jl_sys_tkill(struct jl_process *p, const struct jl_args *a) {
    int h = host_signal(a->a[1]);
    return h < 0 ? -EINVAL : result(syscall(SYS_tkill, jl_host_pid(p, a->a[0]), h));
}
int64_t jl_sys_tgkill(struct jl_process *p, const struct jl_args *a) {
    int h = host_signal(a->a[2]);
    return h < 0 ? -EINVAL : result(syscall(SYS_tgkill, jl_host_pid(p, a->a[0]), jl_host_pid(p, a->a[1]), h));
}

static int64_t get_queued(struct jl_process *p, uint32_t signo, uint32_t addr, siginfo_t *out) {
    const uint8_t *in = jl_mem_readable(p->mem, addr, 128);
    struct jl_info info;
    if (!in)
        return -EFAULT;
    if (host_signal(signo) <= 0)
        return -EINVAL;
    jl_info_get(p, in, &info);
    info.signo = (int)signo;
    jl_info_to_host(out, &info);
    return 0;
}

int64_t jl_sys_rt_sigqueueinfo(struct jl_process *p, const struct jl_args *a) {
    siginfo_t info;
    int64_t r = get_queued(p, a->a[1], a->a[2], &info);
    return r < 0 ? r : result(syscall(SYS_rt_sigqueueinfo, jl_host_pid(p, a->a[0]), info.si_signo, &info));
}
int64_t jl_sys_rt_tgsigqueueinfo(struct jl_process *p, const struct jl_args *a) {
    siginfo_t info;
    int64_t r = get_queued(p, a->a[2], a->a[3], &info);
    return r < 0 ? r
                 : result(syscall(SYS_rt_tgsigqueueinfo, jl_host_pid(p, a->a[0]), jl_host_pid(p, a->a[1]),
                                  info.si_signo, &info));
}

/* ---- actions ---- */

static int64_t set_action(struct jl_process *p, const struct jl_args *a, unsigned mask_words) {
    uint32_t sig = a->a[0];
    struct jl_action now = {0}, old;
    if (sig == 0 || sig >= JL_G_SIGS || (a->a[1] && (sig == G_SIGKILL || sig == G_SIGSTOP)))
        return -EINVAL;
    const uint8_t *in = a->a[1] ? jl_mem_readable(p->mem, a->a[1], 8 + 4 * mask_words) : NULL;
    uint8_t *out = a->a[2] ? jl_mem_writable(p->mem, a->a[2], 8 + 4 * mask_words) : NULL;
    if ((a->a[1] && !in) || (a->a[2] && !out))
        return -EFAULT;
    if (in) {
        now.flags = jl_get32(p, in);
        now.handler = jl_get32(p, in + 4);
        for (unsigned i = 0; i < mask_words; i++)
            now.mask.word[i] = jl_get32(p, in + 8 + 4 * i);
    }
    pthread_mutex_lock(&p->lock);
    old = p->action[sig];
    if (in) {
        p->action[sig] = now;
        jl_signal_follow(p, sig);
    }
    pthread_mutex_unlock(&p->lock);
    if (out) {
        jl_put32(p, out, old.flags);
        jl_put32(p, out + 4, old.handler);
        for (unsigned i = 0; i < mask_words; i++)
            jl_put32(p, out + 8 + 4 * i, old.mask.word[i]);
    }
    return 0;
}

int64_t jl_sys_rt_sigaction(struct jl_process *p, const struct jl_args *a) {
    return a->a[3] == SET_BYTES ? set_action(p, a, 4) : -EINVAL;
}
int64_t jl_sys_sigaction(struct jl_process *p, const struct jl_args *a) {
    return set_action(p, a, 1);
}

/* ---- masks ---- */

static void set_blocked(struct jl_thread *t, const struct jl_sigset *set) {
    t->blocked = *set;
    t->blocked.word[0] &= ~(1u << (G_SIGKILL - 1) | 1u << (G_SIGSTOP - 1));
    jl_signals_set_mask(t);
    t->attention = 1; /* something sent earlier may be let in now */
}

static int64_t change_mask(struct jl_thread *t, uint32_t how, const struct jl_sigset *set, unsigned words) {
    struct jl_sigset now = t->blocked;
    for (unsigned i = 0; i < words; i++) {
        switch (how) {
        case G_SIG_BLOCK: now.word[i] |= set->word[i]; break;
        case G_SIG_UNBLOCK: now.word[i] &= ~set->word[i]; break;
        case G_SIG_SETMASK: now.word[i] = set->word[i]; break;
        default: return -EINVAL;
        }
    }
    set_blocked(t, &now);
    return 0;
}

int64_t jl_sys_rt_sigprocmask(struct jl_process *p, const struct jl_args *a) {
    struct jl_thread *t = jl_self();
    struct jl_sigset set, old = t->blocked;
    if (a->a[3] != SET_BYTES)
        return -EINVAL;
    if (a->a[1] && !jl_sigset_get(p, a->a[1], &set))
        return -EFAULT;
    int64_t r = a->a[1] ? change_mask(t, a->a[0], &set, 4) : 0;
    if (r == 0 && a->a[2] && !jl_sigset_put(p, a->a[2], &old))
        return -EFAULT;
    return r;
}

/* The old calls know the first 32 signals only. */
static int64_t put_word(struct jl_process *p, uint32_t addr, uint32_t v) {
    void *o = jl_mem_writable(p->mem, addr, 4);
    if (!o)
        return -EFAULT;
    jl_put32(p, o, v);
    return 0;
}

int64_t jl_sys_sigprocmask(struct jl_process *p, const struct jl_args *a) {
    struct jl_thread *t = jl_self();
    uint32_t old = t->blocked.word[0];
    const void *in = a->a[1] ? jl_mem_readable(p->mem, a->a[1], 4) : NULL;
    if (a->a[1] && !in)
        return -EFAULT;
    struct jl_sigset set = {{in ? jl_get32(p, in) : 0}};
    int64_t r = in ? change_mask(t, a->a[0], &set, 1) : 0;
    return r == 0 && a->a[2] ? put_word(p, a->a[2], old) : r;
}

static struct jl_sigset pending(const struct jl_thread *t) {
    sigset_t host;
    sigpending(&host);
    struct jl_sigset set = jl_sigset_to_guest(&host);
    for (int h = 1; h < 32; h++)
        if (t->sent_faults >> h & 1)
            jl_sig_add(&set, (unsigned)jl_host_signal_to_guest(h));
    return set;
}

int64_t jl_sys_rt_sigpending(struct jl_process *p, const struct jl_args *a) {
    struct jl_sigset set = pending(jl_self());
    return jl_sigset_put(p, a->a[0], &set) ? 0 : -EFAULT;
}
int64_t jl_sys_sigpending(struct jl_process *p, const struct jl_args *a) {
    return put_word(p, a->a[0], pending(jl_self()).word[0]);
}

/* ---- waiting ---- */

bool jl_mask_enter(struct jl_thread *t, uint32_t addr, sigset_t *host) {
    struct jl_sigset set;
    if (!jl_sigset_get(t->process, addr, &set))
        return false;
    t->saved = t->blocked;
    t->has_saved = true;
    t->blocked = set;
    t->blocked.word[0] &= ~(1u << (G_SIGKILL - 1) | 1u << (G_SIGSTOP - 1));
    *host = jl_sigset_to_host(&t->blocked);
    return true;
}

/* After -EINTR the mask stays for the delivery, which goes back to the saved one. */
void jl_mask_leave(struct jl_thread *t, int64_t result) {
    if (t->has_saved && result != -EINTR) {
        t->has_saved = false;
        t->blocked = t->saved;
    }
}

static int64_t suspend(struct jl_process *p, uint32_t addr) {
    struct jl_thread *t = jl_self();
    sigset_t host;
    (void)p;
    return jl_mask_enter(t, addr, &host) ? jl_host_call(SYS_rt_sigsuspend, &host, 8) : -EFAULT;
}

int64_t jl_sys_rt_sigsuspend(struct jl_process *p, const struct jl_args *a) {
    return a->a[1] == SET_BYTES ? suspend(p, a->a[0]) : -EINVAL;
}
int64_t jl_sys_sigsuspend(struct jl_process *p, const struct jl_args *a) {
    return suspend(p, a->a[0]);
}

int64_t jl_sys_pause(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return jl_host_call(SYS_pause, 0);
}

static int64_t timed_wait(struct jl_process *p, const struct jl_args *a, bool wide) {
    struct jl_sigset set;
    struct timespec ts;
    siginfo_t host;
    const uint8_t *in = a->a[2] ? jl_mem_readable(p->mem, a->a[2], wide ? 16 : 8) : NULL;
    if (a->a[3] != SET_BYTES)
        return -EINVAL;
    if (!jl_sigset_get(p, a->a[0], &set) || (a->a[2] && !in))
        return -EFAULT;
    if (in) {
        ts.tv_sec = wide ? (time_t)jl_get64(p, in) : (int32_t)jl_get32(p, in);
        ts.tv_nsec = wide ? (long)(uint32_t)jl_get64(p, in + 8) : (int32_t)jl_get32(p, in + 4);
    }
    sigset_t mask = jl_sigset_to_host(&set);
    int64_t r = jl_host_call(SYS_rt_sigtimedwait, &mask, &host, in ? &ts : NULL, 8);
    if (r < 0)
        return r;
    struct jl_info info;
    jl_info_to_guest(&info, &host);
    uint8_t *out = a->a[1] ? jl_mem_writable(p->mem, a->a[1], 128) : NULL;
    if (a->a[1] && !out)
        return -EFAULT;
    if (out)
        jl_info_put(p, out, &info);
    return info.signo;
}

int64_t jl_sys_rt_sigtimedwait(struct jl_process *p, const struct jl_args *a) {
    return timed_wait(p, a, false);
}
int64_t jl_sys_rt_sigtimedwait64(struct jl_process *p, const struct jl_args *a) {
    return timed_wait(p, a, true);
}

/* ---- the alternate stack ---- */

int64_t jl_sys_sigaltstack(struct jl_process *p, const struct jl_args *a) {
    struct jl_thread *t = jl_self();
    bool on = t->alt_size && jl_gpr32(t->cpu, 29) - t->alt_sp < t->alt_size;
    const uint8_t *in = a->a[0] ? jl_mem_readable(p->mem, a->a[0], 12) : NULL;
    uint8_t *out = a->a[1] ? jl_mem_writable(p->mem, a->a[1], 12) : NULL;
    if ((a->a[0] && !in) || (a->a[1] && !out))
        return -EFAULT;
    uint32_t sp = 0, size = 0, flags = G_SS_DISABLE;
    if (in) {
        sp = jl_get32(p, in);
        size = jl_get32(p, in + 4);
        flags = jl_get32(p, in + 8);
        if (on)
            return -EPERM;
        if (flags & ~(uint32_t)(G_SS_ONSTACK | G_SS_DISABLE))
            return -EINVAL;
        if (!(flags & G_SS_DISABLE) && size < G_MINSIGSTKSZ)
            return -ENOMEM;
    }
    if (out) {
        jl_put32(p, out, t->alt_sp);
        jl_put32(p, out + 4, t->alt_size);
        jl_put32(p, out + 8, !t->alt_size ? G_SS_DISABLE : on ? G_SS_ONSTACK : 0);
    }
    if (in) {
        t->alt_sp = flags & G_SS_DISABLE ? 0 : sp;
        t->alt_size = flags & G_SS_DISABLE ? 0 : size;
    }
    return 0;
}

/* ---- the way back from a handler ---- */

static int64_t back(struct jl_process *p, bool rt) {
    enum { G_SIGSEGV = 11, G_SI_KERNEL = 0x80 };
    struct jl_thread *t = jl_self();
    (void)p;
    t->keep_registers = true;
    if (!jl_frame_pop(t, rt)) {
        const struct jl_info info = {.signo = G_SIGSEGV, .code = G_SI_KERNEL};
        jl_signal_fault(t, &info);
        return 0;
    }
    struct jl_sigset set = t->blocked;
    set_blocked(t, &set);
    return 0;
}

int64_t jl_sys_rt_sigreturn(struct jl_process *p, const struct jl_args *a) {
    (void)a;
    return back(p, true);
}
int64_t jl_sys_sigreturn(struct jl_process *p, const struct jl_args *a) {
    (void)a;
    return back(p, false);
}
