/* Which machine this thread is running: what a signal handler needs to tell translated code from the rest. */
#ifndef JL_RUNNING_H
#define JL_RUNNING_H

#include "jit/runtime/machine.h"

extern _Thread_local struct jl_machine *jl_running;
/* The machine this thread ran last, in translated code or not. */
extern _Thread_local struct jl_machine *jl_here;

/* runtime/run.c: around translated code, begin and end; begin is false when other threads have made something invalid.
 * The FPU's modes into m->mxcsr, and the flags out of it. */
bool jl_run_begin(struct jl_machine *m);
void jl_run_end(struct jl_machine *m);
void jl_run_load_mxcsr(struct jl_machine *m);
void jl_run_fold_flags(struct jl_machine *m);

/* SIGFPE too, for guests whose translated code lets FPU operations trap. */
void jl_faults_install_fpu(void);

#endif
