/* Which machine this thread is running: what a signal handler needs to tell translated code from the rest. */
#ifndef JL_RUNNING_H
#define JL_RUNNING_H

#include "jit/runtime/machine.h"

extern _Thread_local struct jl_machine *jl_running;
/* The machine this thread ran last, in translated code or not. */
extern _Thread_local struct jl_machine *jl_here;

/* SIGFPE too, for guests whose translated code lets FPU operations trap. */
void jl_faults_install_fpu(void);

#endif
