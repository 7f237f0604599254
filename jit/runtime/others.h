/* Several machines on one memory: what one thread does to code must stop the others from running it. */
#ifndef JL_OTHERS_H
#define JL_OTHERS_H

#include "jit/runtime/machine.h"

void jl_others_join(struct jl_machine *m);
void jl_others_leave(struct jl_machine *m);

/* On the machine's own thread, with no translated code on the stack: drops what others made invalid. */
void jl_others_work(struct jl_machine *m);

/* Around translated code. enter: true when nothing waits to be done first. */
static inline bool jl_others_enter(struct jl_machine *m) {
    if (jl_mem_shared(m->mem)) {
        __atomic_store_n(&m->entries, m->entries + 1, __ATOMIC_SEQ_CST);
        __atomic_store_n(&m->in_code, 1, __ATOMIC_SEQ_CST); /* before the look at work: see settle in others.c */
    }
    return !__atomic_load_n(&m->work, __ATOMIC_SEQ_CST);
}
static inline void jl_others_exit(struct jl_machine *m) {
    if (jl_mem_shared(m->mem))
        __atomic_store_n(&m->in_code, 0, __ATOMIC_RELEASE);
}

/* runtime/run.c: leave translated code at the next check; in a signal handler on the machine's thread. */
void jl_run_force(struct jl_machine *m);

#endif
