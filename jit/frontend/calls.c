/* Which calls become part of the region: small functions that call nothing themselves.
 *
 * The region gets its own copy of such a function's blocks for each place it is called from (a context), so that its
 * return is a jump to a known block: guarded by a compare of $ra with the return address, and without one where $ra
 * still is the constant that the call put there. Arguments and results then stay in host registers, and a loop that
 * calls something stays a loop.
 *
 * Functions with calls of their own are left out: a call leaves the region, and its return would come back to code
 * outside of it, with the predictions of the returns strategy one call short. (Dolphin met this, see its pull request
 * 4735 on inlining BL without its BLR.) The function is looked through as a whole before it is taken; part of one is of
 * no use.
 *
 * Nor is one taken from a page whose code the guest has changed before: with each change to come, the caller's
 * translation would have to go too.
 */
#include <string.h>

#include "jit/frontend/frontend.h"
#include "jit/frontend/region.h"
#include "jit/frontend/specialize.h"
#include "jit/runtime/offload.h"

struct scan {
    uint64_t seen[JL_FE_CALLEE_WORDS / 64];
    uint8_t todo[JL_FE_CALLEE_WORDS];
    unsigned ntodo, count, max;
    bool returns;
};

/* Queues word number i of the function unless it is known. False when it lies outside. */
static bool queue(struct scan *s, uint32_t i) {
    if (i >= JL_FE_CALLEE_WORDS)
        return false;
    if (!(s->seen[i / 64] >> (i % 64) & 1) && s->ntodo < JL_FE_CALLEE_WORDS)
        s->todo[s->ntodo++] = (uint8_t)i;
    return true;
}

/* The straight line from word i on. False when something in it cannot be taken. */
static bool scan_line(struct jl_machine *m, struct scan *s, uint32_t entry, uint32_t i) {
    for (;; i++) {
        uint32_t pc = entry + 4 * i, word;
        struct jl_insn insn, slot;
        if (i >= JL_FE_CALLEE_WORDS - 1)
            return false;
        if (s->seen[i / 64] >> (i % 64) & 1)
            return true;
        s->seen[i / 64] |= (uint64_t)1 << (i % 64);
        if (++s->count > s->max || !jl_fe_fetch(m, pc, &word))
            return false;
        if (word == JL_ANNOTATE_BEGIN && jl_fe_is_annotated(m, pc))
            return false;
        jl_fe_decode(m, pc, word, &insn);
        if (!jl_insn_is_branch(&insn)) {
            if (insn.op == JL_OP_ERET || !jl_fe_can(&insn, m->cpu.mode))
                return false;
            continue;
        }
        if (jl_insn_flags(&insn) & JL_LINK || !jl_fe_branch_fits(m, pc, &insn, &slot))
            return false;
        if (insn.op == JL_OP_JR) {
            s->returns = true;
            return insn.rs == 31;
        }
        s->count++;
        return queue(s, ((uint32_t)jl_branch_target(&insn, pc) - entry) / 4) &&
               (jl_fe_is_goto(&insn) || queue(s, i + 2));
    }
}

unsigned jl_fe_callee_size(struct jl_machine *m, uint32_t entry, unsigned max) {
    struct scan s = {.max = max};
    queue(&s, 0);
    while (s.ntodo)
        if (!scan_line(m, &s, entry, s.todo[--s.ntodo]))
            return 0;
    return s.returns ? s.count : 0;
}

unsigned jl_fe_callee_context(struct jl_machine *m, unsigned parent, uint32_t entry, uint32_t return_pc,
                              unsigned max_callee, unsigned room) {
    struct jl_frontend *f = m->frontend;
    if (!max_callee || f->ncontexts == JL_FE_CONTEXTS || entry & 3 || jl_page_changes(m, entry) ||
        jl_offload_at(m, entry))
        return 0;
    unsigned n = jl_fe_callee_size(m, entry, max_callee < room ? max_callee : room);
    if (!n)
        return 0;
    struct jl_fe_context *c = &f->context[f->ncontexts];
    *c = (struct jl_fe_context){.parent = (uint8_t)parent,
                                .return_pc = return_pc,
                                .window = entry,
                                .words = JL_FE_CALLEE_WORDS,
                                .leader = f->callee_leader[f->ncontexts]};
    memset(c->leader, 0, JL_FE_CALLEE_WORDS);
    return f->ncontexts++;
}
