/* Skipping idle loops (idle-loop=skip).
 *
 * Translated code has come back to the head of a loop that looks idle (frontend/idle.c). The interpreter runs one more
 * turn, as part of the run: when nothing in it had an effect beyond registers or read anything but memory, and all
 * registers are at its end what they were at its beginning, every further turn until the end of the time slice is the
 * same, and the slice is shortened by all of them. */
#ifndef JL_IDLE_H
#define JL_IDLE_H

#include "jit/runtime/machine.h"

/* At the head of the loop. Returns JL_EXIT_NONE to run on at cpu->pc, or why the interpreter left. */
enum jl_exit jl_idle(struct jl_machine *m);

#endif
