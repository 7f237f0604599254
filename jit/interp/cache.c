/* Decoded instructions by address; see loop.h. */
#include "jit/interp/cache.h"

#include <stdlib.h>
#include <string.h>

struct jl_interp_cache *jl_interp_cache_new(void) {
    return calloc(1, sizeof(struct jl_interp_cache));
}

void jl_interp_cache_free(struct jl_interp_cache *cache) {
    if (cache)
        free(cache->narrow);
    free(cache);
}

struct jl_interp_cache *jl_interp_cache_narrow(struct jl_interp_cache *cache) {
    if (!cache->narrow && !(cache->narrow = jl_interp_cache_new()))
        abort();
    return cache->narrow;
}

/* Has no effect but a write to $0. */
static bool is_nop(const struct jl_insn *i) {
    unsigned k = jl_insn_info[i->op].klass;
    struct jl_varset w = jl_insn_writes(i, 0);
    return (k == JL_CLASS_ALU || k == JL_CLASS_MULDIV) && !(jl_insn_flags(i) & JL_FAULTS) && !w.lo && !w.hi;
}

void jl_interp_decode(const struct jl_cpu *cpu, struct jl_insn *i, uint32_t raw) {
    jl_decode(jl_mem_word(cpu->mem, raw), cpu->isa, i);
    if (cpu->mode & JL_MODE_NARROW && jl_insn_is_wide(i))
        i->op = JL_OP_RESERVED;
    if (is_nop(i))
        jl_decode(0, cpu->isa, i); /* SLL $0, $0, 0 writes 0 to $0 */
    i->word = raw;
}

void jl_interp_cache_reset(const struct jl_cpu *cpu, struct jl_interp_cache *cache) {
    if (cache->isa)
        memset(cache->insn, 0, sizeof cache->insn);
    cache->isa = cpu->isa;
}
