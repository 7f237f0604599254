/* Calls of host functions, calls back from them, and the ways out of both.
 *
 * A call has a frame on the host's stack, in a list that begins in the machine. Whatever ends one early (a fault in it,
 * the guest's end in a call back, frames that the guest has left by longjmp) jumps to its landing place; host functions
 * own nothing that would have to be given back.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <xmmintrin.h>

#include "jit/runtime/cache.h"
#include "jit/runtime/offload.h"
#include "jit/runtime/running.h"

#ifdef __SANITIZE_ADDRESS__
void __asan_handle_no_return(void);
#define FORGET_FRAMES() __asan_handle_no_return()
#else
#define FORGET_FRAMES() ((void)0)
#endif

struct jl_offload_frame {
    void *landing[5]; /* of __builtin_setjmp; from_code: the frame address of the function that the thunk has called */
    struct jl_offload_frame *outer;
    unsigned depth;
    uint32_t sp;      /* the guest's, where the function was called */
    uint32_t back_sp; /* and where it calls back */
    uint32_t host_mxcsr;
    bool from_code;     /* jl_running names the machine while the function runs */
    volatile bool runs; /* the function is running, and nothing that it has called back */
};

void jl_machine_offload(struct jl_machine *m, const struct jl_offload *offload) {
    m->offload = JL_OPS(m, OFFLOAD, jl_offload_ops)->lower ? offload : NULL;
    m->counters.offloaded_functions = m->offload ? offload->count : 0;
    if (m->offload)
        jl_faults_install_fpu();
}

static bool unchanged(const struct jl_machine *m, const struct jl_offload_function *f) {
    for (uint32_t page = f->entry & ~(uint32_t)(JL_PAGE - 1); page < f->entry + f->size; page += JL_PAGE)
        if (jl_page_changes(m, page))
            return false;
    return true;
}

const struct jl_offload_function *jl_offload_find(const struct jl_machine *m, uint32_t pc) {
    const struct jl_offload *o = m->offload;
    unsigned low = 0, high = o->count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (o->function[middle].entry < pc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == o->count || o->function[low].entry != pc || m->cpu.mode & JL_MODE_FPU_EXACT)
        return NULL;
    return unchanged(m, &o->function[low]) ? &o->function[low] : NULL;
}

void jl_lower_offload(struct jl_builder *b, bool from_code) {
    struct jl_machine *m = b->machine;
    if (from_code && !m->model)
        jl_b_offload(b, (uint32_t)(jl_offload_find(m, b->pc) - m->offload->function));
    else
        jl_b_leave(b, JL_EXIT_OFFLOAD, 0, 0);
}

/* ---- ways out ---- */

/* Ends the call that frame is of, and all that are newer. One from translated code returns NULL to its thunk, which
 * needs no register that C functions keep but rbp, and that was pushed. */
static _Noreturn void land(struct jl_machine *m, struct jl_offload_frame *frame, enum jl_exit exit) {
    m->offload_frame = frame->outer;
    m->cpu.exit = exit;
    FORGET_FRAMES();
    _mm_setcsr(m->mxcsr);
    if (!frame->from_code)
        __builtin_longjmp(frame->landing, 1);
    __asm__ volatile("movq %0, %%rsp\n\tpopq %%rbp\n\tret" : : "r"(frame->landing[0]), "a"(0) : "memory");
    __builtin_unreachable();
}

void jl_offload_abandon(struct jl_machine *m) {
    struct jl_offload_frame *f = m->offload_frame;
    while (f->outer)
        f = f->outer;
    land(m, f, JL_EXIT_SLICE);
}

/* Frames of calls made from where the guest's stack pointer is now, or from below, have been left by a longjmp: what a
 * host function calls back has less stack. The run goes on where the oldest of them landed: in the run loop that called
 * it. */
static void drop_left_frames(struct jl_machine *m) {
    struct jl_offload_frame *oldest = NULL;
    uint32_t sp = jl_gpr32(&m->cpu, 29);
    for (struct jl_offload_frame *f = m->offload_frame; f && f->sp <= sp; f = f->outer)
        oldest = f;
    if (oldest)
        land(m, oldest, JL_EXIT_LOOKUP);
}

void jl_offload_fault(int sig, const void *addr, bool store) {
    static const char text[] = "jitlab: internal: a host function has accessed what is not the guest's memory\n";
    struct jl_machine *m = jl_here;
    struct jl_offload_frame *frame = m ? m->offload_frame : NULL;
    if (!frame || !frame->runs)
        return;
    struct jl_cpu *cpu = &m->cpu;
    uint64_t at = (uint64_t)((const uint8_t *)addr - m->mem->base);
    if (sig == SIGFPE) {
        cpu->exit_code = 7; /* what a compiler's trap on division by zero says */
        land(m, frame, JL_EXIT_TRAP);
    }
    if (at >> 32) {
        if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
            _exit(71);
        _exit(70);
    }
    cpu->exit_addr = at;
    cpu->exit_code = jl_page_has(m->mem, (uint32_t)at, store ? JL_PAGE_W : JL_PAGE_R) ? JL_FAULT_BEYOND : JL_FAULT_PAGE;
    land(m, frame, store ? JL_EXIT_FAULT_STORE : JL_EXIT_FAULT_LOAD);
}

/* ---- calls ---- */

/* Under the guest's MXCSR, before and after; frame's landing place, host_mxcsr and from_code are set. */
static inline __attribute__((always_inline)) enum jl_exit
call(struct jl_machine *m, const struct jl_offload_function *f, struct jl_offload_frame *frame) {
    uint64_t *var = m->cpu.var;
    frame->outer = m->offload_frame;
    frame->depth = frame->outer ? frame->outer->depth + 1 : 1;
    frame->sp = (uint32_t)var[29];
    if (frame->depth > JL_OFFLOAD_DEEP) {
        drop_left_frames(m);
        return JL_EXIT_INTERP;
    }
    m->counters.offloaded_calls++;
    m->offload_frame = frame;
    frame->runs = true;
    uint64_t r = f->fn((uint32_t)var[4], (uint32_t)var[5], (uint32_t)var[6], (uint32_t)var[7], (uint32_t)var[29]);
    frame->runs = false;
    m->offload_frame = frame->outer;
    if (f->result != JL_OFFLOAD_NOTHING)
        var[2] = (uint32_t)r;
    if (f->result == JL_OFFLOAD_PAIR)
        var[3] = r >> 32;
    m->cpu.pc = (uint32_t)var[31];
    return JL_EXIT_NONE;
}

static __attribute__((noinline)) enum jl_exit call_or_land(struct jl_machine *m, const struct jl_offload_function *f,
                                                           struct jl_offload_frame *frame) {
    return __builtin_setjmp(frame->landing) ? (enum jl_exit)m->cpu.exit : call(m, f, frame);
}

enum jl_exit jl_offload_call(struct jl_machine *m) {
    const struct jl_offload_function *f = jl_offload_at(m, (uint32_t)m->cpu.pc);
    struct jl_offload_frame frame;
    frame.host_mxcsr = _mm_getcsr();
    frame.from_code = false;
    if (!f)
        return JL_EXIT_INTERP;
    jl_run_load_mxcsr(m);
    _mm_setcsr(m->mxcsr);
    enum jl_exit r = call_or_land(m, f, &frame);
    m->mxcsr = _mm_getcsr();
    _mm_setcsr(frame.host_mxcsr);
    jl_run_fold_flags(m);
    return r;
}

/* Whether the run loop has something to do before it goes on to the next region. */
static bool run_loop_wanted(const struct jl_machine *m) {
    return __atomic_load_n(&m->work, __ATOMIC_ACQUIRE) || __atomic_load_n(&m->mem->dirty_count, __ATOMIC_RELAXED) ||
           m->flush_wanted || m->regions_mode != jl_key_mode(m->cpu.mode);
}

void *jl_offload_from_code(struct jl_machine *m, uint32_t n) {
    struct jl_offload_frame frame;
    frame.landing[0] = __builtin_frame_address(0);
    frame.host_mxcsr = m->host_mxcsr;
    frame.from_code = true;
    enum jl_exit r = call(m, &m->offload->function[n], &frame);
    void *(*find)(struct jl_machine *, uint32_t) = JL_OPS(m, LOOKUP, jl_lookup_ops)->find;
    void *entry = r == JL_EXIT_NONE && !run_loop_wanted(m) ? find(m, (uint32_t)m->cpu.pc) : NULL;
    m->cpu.exit = entry || r != JL_EXIT_NONE ? r : JL_EXIT_LOOKUP;
    return entry;
}

/* ---- calls back ---- */

static void pass_arguments(struct jl_machine *m, uint32_t sp, unsigned n, const uint32_t *args) {
    for (unsigned i = 0; i < n; i++) {
        if (i < 4)
            m->cpu.var[4 + i] = args[i];
        else
            jl_mem_store(m->mem, sp + 4 * i, 4, args[i]); /* no stack there: the callee's own load faults */
    }
}

uint64_t jl_offload_callback(uint32_t target, unsigned n, const uint32_t *args) {
    static const uint8_t kept[] = {28, 29, 31}; /* the others the callee keeps, or the caller does not need */
    struct jl_machine *m = jl_here;
    struct jl_offload_frame *frame = m->offload_frame;
    uint64_t *var = m->cpu.var, saved[sizeof kept], pc = m->cpu.pc;
    frame->runs = false;
    m->mxcsr = _mm_getcsr();
    if (frame->from_code)
        jl_run_end(m);
    _mm_setcsr(frame->host_mxcsr);
    jl_run_fold_flags(m);
    for (unsigned i = 0; i < sizeof kept; i++)
        saved[i] = var[kept[i]];
    frame->back_sp = (uint32_t)(var[29] - 16 - 4 * (n > 4 ? n - 4 : 0)) & ~7u;
    pass_arguments(m, frame->back_sp, n, args);
    var[29] = frame->back_sp;
    var[25] = m->cpu.pc = target;
    var[31] = JL_OFFLOAD_RETURN;
    m->counters.offload_callbacks++;
    m->offload->run(m, m->offload->ctx);
    uint64_t r = (uint32_t)var[2] | var[3] << 32;
    for (unsigned i = 0; i < sizeof kept; i++)
        var[kept[i]] = saved[i];
    m->cpu.pc = pc;
    m->cpu.exit = JL_EXIT_NONE; /* that run's end is not this one's */
    m->cpu.exit_bd = 0;
    jl_run_load_mxcsr(m);
    _mm_setcsr(m->mxcsr);
    if (frame->from_code)
        jl_run_begin(m);
    frame->runs = true;
    return r;
}

bool jl_offload_returned(const struct jl_machine *m, enum jl_exit reason) {
    const struct jl_offload_frame *f = m->offload_frame;
    return reason == JL_EXIT_FAULT_FETCH && (uint32_t)m->cpu.pc == JL_OFFLOAD_RETURN && f &&
           jl_gpr32(&m->cpu, 29) == f->back_sp;
}
