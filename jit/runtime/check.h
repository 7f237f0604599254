/* --check: lockstep with the interpreter; see check.c. */
#ifndef JL_CHECK_H
#define JL_CHECK_H

#include "jit/runtime/machine.h"

/* Before translated code is entered at entry: the interpreter runs ahead, with a log of what it changes, and memory is
 * put back. The time slice is set so that translated code stops at its next check. */
void jl_check_before(struct jl_machine *m, const uint8_t *entry);
/* After it came back with `reason` and precise state: compares with the interpreter's state after as many instructions.
 * False when they differ; the report was printed. */
bool jl_check_after(struct jl_machine *m, enum jl_exit reason);
void jl_check_free(struct jl_check *check);

#endif
