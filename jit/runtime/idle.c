#include "jit/runtime/idle.h"

#include <string.h>

#include "jit/isa/isa.h"

enum { TURN = 64 }; /* instructions of a turn, at most */

/* Whether the instruction at pc, with its slot, changes nothing but registers, and reads nothing but memory. */
static bool is_pure(const struct jl_machine *m, uint32_t pc) {
    struct jl_insn i;
    uint32_t word;
    if (!jl_mem_fetch(m->mem, pc, &word))
        return false;
    jl_decode(word, m->cpu.isa, &i);
    if (!jl_insn_is_idle(&i))
        return false;
    if (jl_insn_info[i.op].klass == JL_CLASS_LOAD) {
        uint64_t addr = m->cpu.var[JL_VAR_GPR + i.rs] + (uint64_t)(int64_t)i.imm;
        return addr == (uint64_t)(int64_t)(int32_t)addr && jl_page_has(m->mem, (uint32_t)addr, JL_PAGE_R);
    }
    return !jl_insn_is_branch(&i) || is_pure(m, pc + 4);
}

/* The turns that are left in the time slice, of n instructions each. The last one ends before the slice does, which
 * then ends at the instruction where it would have. */
static void skip(struct jl_machine *m, int64_t n) {
    int64_t skipped = m->cpu.slice - m->cpu.slice % n;
    jl_slice_add(&m->cpu, -skipped);
    m->counters.idle_loops++;
    m->counters.idle_instructions += (uint64_t)skipped;
}

enum jl_exit jl_idle(struct jl_machine *m) {
    uint64_t before[JL_VARS], head = m->cpu.pc;
    int64_t slice = m->cpu.slice, n;
    memcpy(before, m->cpu.var, sizeof before);
    do {
        if (m->cpu.slice < 0 || m->cpu.interrupt || !is_pure(m, (uint32_t)m->cpu.pc))
            return JL_EXIT_NONE;
        enum jl_exit r = jl_interp_run(&m->cpu, m->interp, 1);
        n = slice - m->cpu.slice;
        if (r != JL_EXIT_NONE || n > TURN) {
            m->counters.interpreted_instructions += (uint64_t)n;
            return r;
        }
    } while (m->cpu.pc != head);
    m->counters.interpreted_instructions += (uint64_t)n;
    if (m->cpu.slice > 0 && !memcmp(before, m->cpu.var, sizeof before))
        skip(m, n);
    return JL_EXIT_NONE;
}
