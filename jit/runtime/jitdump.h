/* perf's jitdump: a file that `perf inject --jit` merges into a recording made with `perf record -k mono`. */
#ifndef JL_JITDUMP_H
#define JL_JITDUMP_H

#include "jit/runtime/machine.h"

/* Begins DIR/jit-PID.dump with the thunks' code, and DIR/jit-PID.s, the guest listing its line records refer to. NULL
 * with one sentence in err: the directory cannot be written, or another machine of this process has the file (perf
 * finds it by the process number, so there can be one only). */
struct jl_jitdump *jl_jitdump_open(const struct jl_machine *m, const char *dir, char *err, size_t err_size);
/* Records a new region: its hot and its far code, each with its guest addresses as line numbers of the listing. */
void jl_jitdump_region(struct jl_jitdump *d, const struct jl_machine *m, const struct jl_region *r);
void jl_jitdump_close(struct jl_jitdump *d);

/* Name of a shared piece of host code, as it appears in tools. */
const char *jl_thunk_name(unsigned thunk);
/* Where the thunk ends. */
const uint8_t *jl_thunk_end(const struct jl_code_cache *c, unsigned thunk);

#endif
