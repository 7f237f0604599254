/* Host faults in translated code.
 *
 * The handler does nothing but copy the interrupted registers into the machine and send control to the FAULT thunk,
 * which returns to C as any other exit does. Everything else (finding the site, rebuilding the state, invalidating,
 * patching) happens there, outside the handler, where any function may be called. So it is async-signal safe by
 * construction. Faults that are not ours go on to whatever handled them before.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "jit/access.h"
#include "jit/runtime/cache.h"
#include "jit/runtime/offload.h"
#include "jit/runtime/running.h"

_Thread_local struct jl_machine *jl_running, *jl_here;

enum { STACK_BYTES = 64 * 1024 };

static struct sigaction previous[3]; /* SIGSEGV, SIGBUS, SIGFPE: written once, before any handler runs */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local bool have_stack;
static _Thread_local void *own_stack; /* NULL: the thread had one before */

static bool in_code(const struct jl_machine *m, const uint8_t *pc) {
    return m && pc >= m->cache->exec && pc < m->cache->exec + m->cache->size;
}

static void save_registers(struct jl_machine *m, const ucontext_t *uc) {
    static const uint8_t reg_of[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                       REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    for (unsigned i = 0; i < 16; i++)
        m->host.gpr[i] = (uint64_t)uc->uc_mcontext.gregs[reg_of[i]];
    for (unsigned i = 0; i < 16; i++)
        memcpy(&m->host.xmm[i], uc->uc_mcontext.fpregs->_xmm[i].element, 8);
}

/* Section jl_fixups, made of jit/access.h's entries. */
struct fixup {
    int32_t at, to; /* from the field itself */
};
extern const struct fixup __start_jl_fixups[], __stop_jl_fixups[];

/* Where the instruction at pc goes on after a fault; 0 = it is not one that may. */
static greg_t fixup(const uint8_t *pc) {
    for (const struct fixup *f = __start_jl_fixups; f < __stop_jl_fixups; f++)
        if ((const uint8_t *)&f->at + f->at == pc)
            return (greg_t)(uintptr_t)((const uint8_t *)&f->to + f->to);
    return 0;
}

/* A fault in C: true when it can go on. */
static bool in_access(int sig, bool write, const siginfo_t *info, ucontext_t *uc, const uint8_t *pc) {
    if (sig == SIGSEGV && write && jl_here && jl_mem_rescue(jl_here->mem, info->si_addr))
        return true;
    greg_t to = fixup(pc);
    if (to)
        uc->uc_mcontext.gregs[REG_RIP] = to;
    return to;
}

/* Signals that are not a fault of translated code: a fault elsewhere in the process, or one that somebody sent. */
static void pass_on(int sig, siginfo_t *info, void *context) {
    const struct sigaction *p = &previous[sig == SIGSEGV ? 0 : sig == SIGBUS ? 1 : 2];
    bool sent = info->si_code <= 0;
    if (p->sa_flags & SA_SIGINFO) {
        p->sa_sigaction(sig, info, context);
    } else if (p->sa_handler == SIG_IGN && sent) {
        return;
    } else if (p->sa_handler != SIG_DFL && p->sa_handler != SIG_IGN) {
        p->sa_handler(sig);
    } else { /* a fault happens again without us, and then kills the process as it should */
        struct sigaction dfl = {.sa_handler = SIG_DFL};
        sigaction(sig, &dfl, NULL);
        if (sent)
            raise(sig);
    }
}

static void on_fault(int sig, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    struct jl_machine *m = jl_running;
    const uint8_t *pc = (const uint8_t *)(uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
    bool write = uc->uc_mcontext.gregs[REG_ERR] & 2;
    if (!in_code(m, pc) && info->si_code > 0 && in_access(sig, write, info, uc, pc))
        return;
    if (!in_code(m, pc) && info->si_code > 0)
        jl_offload_fault(sig, info->si_addr, write); /* does not come back from a fault of a host function */
    if (!in_code(m, pc) || info->si_code <= 0) {     /* not ours, or sent by somebody */
        pass_on(sig, info, context);
        return;
    }
    save_registers(m, uc);
    m->fault_pc = (uint64_t)(uintptr_t)pc;
    m->fault_addr = (uint64_t)(uintptr_t)info->si_addr;
    m->fault_write = write;
    m->fault_fpu = sig == SIGFPE;
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)m->cache->thunk[JL_THUNK_FAULT];
}

static void install_for(int sig, unsigned n) {
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&sa.sa_mask);
    sigaction(sig, &sa, &previous[n]);
}

static void install(void) {
    install_for(SIGSEGV, 0);
    install_for(SIGBUS, 1);
}

static void install_fpu(void) {
    install_for(SIGFPE, 2);
}

void jl_faults_install_fpu(void) {
    static pthread_once_t fpu_once = PTHREAD_ONCE_INIT;
    pthread_once(&fpu_once, install_fpu);
}

void jl_faults_install(void) {
    pthread_once(&once, install);
    if (have_stack)
        return;
    stack_t old, st = {.ss_size = STACK_BYTES};
    have_stack = true;
    if (sigaltstack(NULL, &old) == 0 && !(old.ss_flags & SS_DISABLE))
        return;
    st.ss_sp = mmap(NULL, st.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (st.ss_sp == MAP_FAILED)
        return;
    own_stack = st.ss_sp;
    sigaltstack(&st, NULL);
}

void jl_faults_uninstall(void) {
    const stack_t off = {.ss_flags = SS_DISABLE};
    have_stack = false;
    if (!own_stack)
        return;
    sigaltstack(&off, NULL);
    munmap(own_stack, STACK_BYTES);
    own_stack = NULL;
}
