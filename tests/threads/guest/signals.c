/* Signals of one thread: delivery, masks, stacks, contexts, faults with their codes and addresses, interrupted calls.
 */
#include <errno.h>
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

static volatile int count, last_signal, depth, deepest;
static siginfo_t last;
static uintptr_t handler_stack;

static void note(int sig, siginfo_t *info, void *context) {
    (void)context;
    int here;
    count++;
    last_signal = sig;
    last = *info;
    handler_stack = (uintptr_t)&here;
}

static void plain(int sig) {
    last_signal = sig;
    count++;
}

static void on(int sig, void (*fn)(int, siginfo_t *, void *), int flags) {
    struct sigaction sa = {.sa_flags = SA_SIGINFO | flags};
    sa.sa_sigaction = fn;
    sigaction(sig, &sa, NULL);
}

static void after_ms(int ms, int every) {
    struct itimerval t = {{0, every * 1000}, {0, ms * 1000}};
    setitimer(ITIMER_REAL, &t, NULL);
}

static void delivery(void) {
    on(SIGUSR1, note, 0);
    kill(getpid(), SIGUSR1);
    check("kill self", count == 1 && last_signal == SIGUSR1 && last.si_code == SI_USER && last.si_pid == getpid());
    signal(SIGUSR2, plain);
    raise(SIGUSR2);
    check("plain handler", count == 2 && last_signal == SIGUSR2);
    struct sigaction sa;
    sigaction(SIGUSR2, NULL, &sa);
    check("sigaction reads back", sa.sa_handler == plain && (sa.sa_flags & SA_RESTART));
    signal(SIGUSR2, SIG_IGN);
    raise(SIGUSR2);
    check("ignored", count == 2);
    struct sigaction once = {.sa_handler = plain, .sa_flags = SA_RESETHAND};
    sigaction(SIGCHLD, &once, NULL);
    raise(SIGCHLD);
    raise(SIGCHLD);
    check("one-shot handler", count == 3);
}

static void masks(void) {
    sigset_t set, old, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    count = 0;
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR1);
    raise(SIGUSR1);
    sigpending(&pending);
    check("blocked", count == 0 && sigismember(&pending, SIGUSR1) == 1 && sigismember(&pending, SIGUSR2) == 0);
    sigprocmask(SIG_SETMASK, &old, NULL);
    check("delivered once when unblocked", count == 1);
    sigprocmask(SIG_SETMASK, NULL, &set);
    check("mask back", sigismember(&set, SIGUSR1) == 0);
}

static void nest(int sig, siginfo_t *info, void *context) {
    (void)info, (void)context;
    if (++depth > deepest)
        deepest = depth;
    if (count++ < 3)
        raise(sig);
    depth--;
}

static void nesting(void) {
    count = 0;
    on(SIGUSR1, nest, SA_NODEFER);
    raise(SIGUSR1);
    check("nested", deepest == 4 && count == 4);
    count = deepest = 0;
    on(SIGUSR1, nest, 0);
    raise(SIGUSR1);
    check("one after the other", deepest == 1 && count == 4);
}

static void queued(void) {
    sigset_t set, old;
    int order[3] = {0}, n = 0;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, &old);
    for (int i = 1; i <= 3; i++)
        sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i * 11});
    while (n < 3 && sigwaitinfo(&set, &info) == SIGRTMIN + 1 && info.si_code == SI_QUEUE)
        order[n++] = info.si_value.sival_int;
    check("real-time queue", n == 3 && order[0] == 11 && order[1] == 22 && order[2] == 33);
    struct timespec ts = {0, 2000000};
    check("sigtimedwait times out", sigtimedwait(&set, &info, &ts) == -1 && errno == EAGAIN);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void stacks(void) {
    static char area[32768] __attribute__((aligned(16)));
    stack_t st = {.ss_sp = area, .ss_size = sizeof area}, now;
    check("sigaltstack", sigaltstack(&st, NULL) == 0);
    on(SIGUSR1, note, SA_ONSTACK);
    raise(SIGUSR1);
    check("on it", handler_stack - (uintptr_t)area < sizeof area);
    on(SIGUSR1, note, 0);
    raise(SIGUSR1);
    check("not on it", handler_stack - (uintptr_t)area >= sizeof area);
    sigaltstack(NULL, &now);
    check("reads back", now.ss_sp == area && now.ss_size == sizeof area && now.ss_flags == 0);
    st.ss_size = 100;
    check("too small", sigaltstack(&st, NULL) == -1 && errno == ENOMEM);
    st.ss_flags = SS_DISABLE;
    sigaltstack(&st, NULL);
}

/* ---- faults ---- */

static sigjmp_buf out;
static uint32_t fault_pc;

static void leap(int sig, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    fault_pc = (uint32_t)uc->uc_mcontext.pc;
    note(sig, info, context);
    siglongjmp(out, 1);
}

static void skip_slot(int sig, siginfo_t *info, void *context) { /* a fault in a delay slot: take the branch for it */
    ucontext_t *uc = context;
    fault_pc = (uint32_t)uc->uc_mcontext.pc;
    note(sig, info, context);
    uc->uc_mcontext.pc = (uint32_t)uc->uc_mcontext.gregs[31];
    uc->uc_mcontext.gregs[2] = 1234;
}

uint32_t load_in_slot(const void *where), load_here(const void *where), store_here(void *where);
void *slot_branch(void), divide_trap(int a, int b), just_break(void), half_load(void *where), half_store(void *where);
int add_overflow(int a, int b);
extern char slot_branch_label[], load_label[], store_label[];
__asm__(".set push\n.set noreorder\n"
        ".globl load_in_slot, slot_branch_label, load_label, store_label\nload_in_slot:\nslot_branch_label:\n jr $31\n "
        "lw $2, 0($4)\n"
        ".globl load_here\nload_here:\nload_label: lw $2, 4($4)\n jr $31\n nop\n"
        ".globl store_here\nstore_here:\nstore_label: sw $4, 8($4)\n jr $31\n nop\n"
        ".globl divide_trap\ndivide_trap: teq $5, $0, 7\n div $0, $4, $5\n jr $31\n mflo $2\n"
        ".globl just_break\njust_break: break\n jr $31\n nop\n"
        ".globl add_overflow\nadd_overflow: add $2, $4, $5\n jr $31\n nop\n"
        ".globl half_load\nhalf_load: lw $2, 2($4)\n jr $31\n nop\n"
        ".globl half_store\nhalf_store: sw $2, 2($4)\n jr $31\n nop\n"
        ".set pop\n");

static int faults_with(int code, const void *addr) {
    return last.si_code == code && last.si_addr == addr;
}

static void faults(void) {
    char *bad = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    on(SIGSEGV, leap, 0);
    on(SIGBUS, leap, 0);
    on(SIGFPE, leap, 0);
    on(SIGTRAP, leap, 0);
    if (!sigsetjmp(out, 1))
        load_here(bad);
    check("load: no access", faults_with(SEGV_ACCERR, bad + 4) && fault_pc == (uintptr_t)load_label);
    if (!sigsetjmp(out, 1))
        store_here(bad);
    check("store: no access", faults_with(SEGV_ACCERR, bad + 8) && fault_pc == (uintptr_t)store_label);
    munmap(bad, 8192);
    if (!sigsetjmp(out, 1))
        load_here(bad);
    check("load: not mapped", faults_with(SEGV_MAPERR, bad + 4));
    on(SIGSEGV, skip_slot, 0);
    check("load in a delay slot",
          load_in_slot(bad) == 1234 && faults_with(SEGV_MAPERR, bad) && fault_pc == (uintptr_t)slot_branch_label);
    if (!sigsetjmp(out, 1))
        divide_trap(1, 0);
    check("division by zero", last_signal == SIGFPE && last.si_code == FPE_INTDIV);
    if (!sigsetjmp(out, 1))
        add_overflow(0x7fffffff, 1);
    check("overflow", last_signal == SIGFPE && last.si_code == FPE_INTOVF);
    if (!sigsetjmp(out, 1))
        just_break();
    check("breakpoint", last_signal == SIGTRAP);
    static uint32_t words[4];
    syscall(SYS_sysmips, 7, 0); /* FIXADE off: the kernel is not to do misaligned accesses for us */
    if (!sigsetjmp(out, 1))
        half_load(words);
    check("misaligned load", last_signal == SIGBUS);
    if (!sigsetjmp(out, 1))
        half_store(words);
    check("misaligned store", last_signal == SIGBUS);
}

static void fpu_faults(void) {
    volatile double zero = 0, one = 1, r = 0;
    feenableexcept(FE_DIVBYZERO | FE_INVALID);
    if (!sigsetjmp(out, 1))
        r = one / zero;
    fedisableexcept(FE_ALL_EXCEPT);
    feclearexcept(FE_ALL_EXCEPT);
    check("FPU division by zero", last_signal == SIGFPE && last.si_code == FPE_FLTDIV && r == 0);
}

/* ---- the context ---- */

static void change(int sig, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    note(sig, info, context);
    uc->uc_mcontext.gregs[16] ^= 0x55;
    uc->uc_mcontext.mdlo += 1;
    sigaddset(&uc->uc_sigmask, SIGUSR2);
}

static uint32_t around(uint32_t value, uint32_t *lo) {
    register uint32_t s0 __asm__("$16") = value;
    uint32_t low;
    pid_t pid = getpid();
    __asm__ volatile("mtlo %3\n move $4, %2\n li $5, 16\n li $2, 4037\n syscall\n mflo %1\n"
                     : "+r"(s0), "=r"(low)
                     : "r"(pid), "r"(7)
                     : "$2", "$4", "$5", "$7", "$3", "lo", "hi", "memory", "$8", "$9", "$10", "$11", "$12", "$13",
                       "$14", "$15", "$24", "$25");
    *lo = low;
    return s0;
}

static void contexts(void) {
    uint32_t lo;
    sigset_t now;
    on(SIGUSR1, change, 0); /* 16 on MIPS */
    uint32_t s0 = around(0x1000, &lo);
    sigprocmask(SIG_SETMASK, NULL, &now);
    check("changed registers", s0 == 0x1055 && lo == 8);
    check("changed mask", sigismember(&now, SIGUSR2) == 1);
    sigemptyset(&now);
    sigprocmask(SIG_SETMASK, &now, NULL);
    volatile double x = 1.5; /* lives over a handler that uses the FPU */
    for (int i = 0; i < 10; i++) {
        raise(SIGUSR1);
        x = x * 1.25;
    }
    check("FPU registers kept", x > 13.96 && x < 13.97);
}

/* ---- interrupted calls ---- */

static int fds[2];
static void feed(int sig, siginfo_t *info, void *context) {
    note(sig, info, context);
    if (write(fds[1], "x", 1) != 1)
        abort();
}

static void calls(void) {
    char c;
    sigset_t none, alrm, old;
    if (pipe(fds))
        abort();
    on(SIGALRM, note, 0);
    after_ms(5, 5); /* again and again: the first may come before the call */
    check("read is interrupted", read(fds[0], &c, 1) == -1 && errno == EINTR);
    on(SIGALRM, feed, SA_RESTART);
    after_ms(5, 0);
    check("read is restarted", read(fds[0], &c, 1) == 1 && c == 'x');
    on(SIGALRM, note, SA_RESTART);
    after_ms(5, 5);
    struct timespec long_time = {10, 0}, left = {0, 0};
    check("nanosleep is interrupted",
          syscall(SYS_nanosleep, &long_time, &left) == -1 && errno == EINTR && left.tv_sec >= 8);
    check("pause", pause() == -1 && errno == EINTR);
    after_ms(0, 0);
    sigemptyset(&none);
    sigemptyset(&alrm);
    sigaddset(&alrm, SIGALRM);
    sigprocmask(SIG_BLOCK, &alrm, &old);
    count = 0;
    after_ms(5, 0);
    for (int i = 0; i < 2; i++) {
        int r = sigsuspend(&none);
        check("sigsuspend", r == -1 && errno == EINTR && count == i + 1);
        sigprocmask(SIG_SETMASK, NULL, &none);
        check("mask after it", sigismember(&none, SIGALRM) == 1);
        sigemptyset(&none);
        after_ms(5, 0);
    }
    siginfo_t info;
    check("sigwaitinfo", sigwaitinfo(&alrm, &info) == SIGALRM && count == 2);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void timers(void) {
    timer_t id;
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2, .sigev_value = {.sival_int = 77}};
    struct itimerspec t = {{0, 0}, {0, 3000000}}, now;
    sigset_t set, before;
    on(SIGRTMIN + 2, note, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 2);
    sigprocmask(SIG_BLOCK, &set, &before);
    count = 0;
    check("timer_create", timer_create(CLOCK_MONOTONIC, &ev, &id) == 0);
    check("timer_settime", timer_settime(id, 0, &t, NULL) == 0);
    while (!count)
        sigsuspend(&before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    check("timer's signal", last_signal == SIGRTMIN + 2 && last.si_code == SI_TIMER && last.si_value.sival_int == 77);
    timer_gettime(id, &now);
    check("it is off", now.it_value.tv_sec == 0 && now.it_value.tv_nsec == 0);
    timer_delete(id);
    struct itimerval it = {{100, 0}, {200, 0}}, is;
    setitimer(ITIMER_REAL, &it, NULL);
    getitimer(ITIMER_REAL, &is);
    check("getitimer", is.it_interval.tv_sec == 100 && is.it_value.tv_sec >= 199);
    check("alarm", alarm(0) >= 199);
}

int main(void) {
    delivery();
    masks();
    nesting();
    queued();
    stacks();
    faults();
    fpu_faults();
    contexts();
    calls();
    timers();
    return check_end();
}
