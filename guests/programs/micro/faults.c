/* faults: exceptions, with and without a handler.
 *
 * The exception micro-benchmarks of SimBench's kind, -k N: 0 a load and 1 a store to a page without access, 2 a jump
 * to such a page, 3 an undefined instruction, 4 an addition that overflows (ADD; the host divides by zero, which
 * gives the same signal), 5 a conditional trap (TEQ; a breakpoint on the host).
 *
 * By default there is no handler: the instruction runs SIZE times without a fault, the result is printed, then the
 * same instruction faults and the default action ends the program: a fast path that has long been in use must still
 * find the way out. With -h a handler counts, moves the guest's program counter past the instruction and returns,
 * SIZE times: what is measured is the way of a fault through translator, kernel and guest. Labels in faults.S say
 * where to go on, so that the handler needs no decoder.
 */
#include "common.h"
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { LOAD, STORE, JUMP, UNDEFINED, OVERFLOW, TRAP };

/* In faults.S. All return 1 if nothing happened, and 0 when resumed behind a fault. */
typedef uint32_t probe_fn(void *where);
probe_fn probe_load, probe_store, probe_jump, probe_undefined, probe_overflow, probe_trap;
extern char probe_load_resume[], probe_store_resume[], probe_undefined_resume[], probe_overflow_resume[],
    probe_trap_resume[];
extern char harmless_code[];

static uint32_t kind, handled, wrong_address;
static void *bad_page;

static void resume_at(ucontext_t *context, char *label) {
#ifdef __mips__
    context->uc_mcontext.pc = label ? (uintptr_t)label : (uint32_t)context->uc_mcontext.gregs[31];
#else
    greg_t *r = context->uc_mcontext.gregs;
    if (label) {
        r[REG_RIP] = (greg_t)label;
    } else { /* as if the jump's target had returned at once */
        r[REG_RIP] = *(greg_t *)r[REG_RSP];
        r[REG_RSP] += 8;
    }
#endif
}

static void on_fault(int signal, siginfo_t *info, void *context) {
    static char *const labels[] = {probe_load_resume,      probe_store_resume,    NULL,
                                   probe_undefined_resume, probe_overflow_resume, probe_trap_resume};
    (void)signal;
    handled++;
    if (kind <= JUMP && info->si_addr != bad_page)
        wrong_address++;
    resume_at(context, labels[kind]);
}

static void install_handler(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGTRAP, &action, NULL);
}

int work(int argc, char **argv) {
    static probe_fn *const probes[] = {probe_load,      probe_store,    probe_jump,
                                       probe_undefined, probe_overflow, probe_trap};
    static uint32_t good_word;
    uint32_t handler = 0, passed = 0;
    const struct option options[] = {{'k', &kind, 0, COUNT(probes) - 1}, {'h', &handler, 0, 0}};
    uint32_t size = arguments(argc, argv, 10, options, COUNT(options));
    probe_fn *probe = probes[kind];
    void *good = kind == JUMP ? (void *)harmless_code : &good_word, *bad;

    handled = wrong_address = 0;
    bad_page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bad = kind <= JUMP ? bad_page : NULL; /* the others fault on a null pointer, without any access */
    if (handler)
        install_handler();
    for (uint32_t i = 0; i < size; i++)
        passed += probe(handler ? bad : good);
    expect("probes that passed", passed, handler ? 0 : size);
    expect("faults handled", handled, handler ? size : 0);
    expect("wrong fault addresses", wrong_address, 0);
    int status = finish(handler ? handled : passed);
    if (!handler && status == 0) {
        probe(bad);
        expect("the last probe returned", 1, 0);
        status = finish(0);
    }
    return status;
}
