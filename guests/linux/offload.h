/* Host functions for a Linux program: where they come from, and who runs the guest when they call back. */
#ifndef JL_LINUX_OFFLOAD_H
#define JL_LINUX_OFFLOAD_H

#include "guests/linux/thread.h"

/* Loads the program's object of host functions (options.offload_object, or the one beside it), binds what of it
 * options.offload_only names to the functions of the loaded program, and gives them to the leader's machine. False with
 * one sentence. */
bool jl_offload_load(struct jl_process *p, const struct jl_file *file, char *err, size_t err_size);
void jl_offload_unload(struct jl_process *p);

#endif
