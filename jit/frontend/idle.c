/* Which loops look idle: they change nothing but registers, and no register that a turn begins with. A turn that came
 * back to the head then does so for ever, until something else changes memory or interrupts. What is found here is a
 * guess that saves the others from being looked at: runtime/idle.c sees a turn happen before any is skipped.
 *
 * Only in 64-bit code, which is a console's: nothing changes its memory before the time slice ends. */
#include "jit/frontend/frontend.h"

enum { BLOCKS = 8, INSNS = 32 };

bool jl_insn_is_idle(const struct jl_insn *i) {
    unsigned flags = jl_insn_flags(i);
    switch ((enum jl_class)jl_insn_info[i->op].klass) {
    case JL_CLASS_ALU: return true;
    case JL_CLASS_LOAD: return i->op != JL_OP_LL && i->op != JL_OP_LLD && !(flags & JL_WR_FT);
    case JL_CLASS_BRANCH:
    case JL_CLASS_JUMP: return !(flags & JL_LINK) && !(flags & JL_RD_FCC);
    default: return false;
    }
}

struct walk {
    const struct jl_frontend *f;
    uint32_t mode;
    struct jl_varset changed; /* what the loop writes */
    struct jl_varset written; /* on the way to here */
    unsigned insns;
};

static bool step(struct walk *w, const struct jl_insn *i) {
    struct jl_varset r = jl_insn_reads(i, w->mode), writes = jl_insn_writes(i, w->mode);
    if (!jl_insn_is_idle(i) || ++w->insns > INSNS || r.lo & w->changed.lo & ~w->written.lo ||
        r.hi & w->changed.hi & ~w->written.hi)
        return false;
    w->written.lo |= writes.lo;
    w->written.hi |= writes.hi;
    return true;
}

static bool walk_block(struct walk *w, const struct jl_fe_block *b) {
    bool ok = true;
    for (unsigned i = 0; i < b->count && ok; i++)
        ok = step(w, &w->f->insn[b->first + i]);
    if (ok && b->has_slot && (b->slot_only || !b->likely))
        ok = step(w, &b->slot);
    return ok;
}

/* What every way from the head to block n has written. */
static struct jl_varset written_before(const struct jl_frontend *f, unsigned head, unsigned n, const uint8_t *in_loop,
                                       const struct jl_varset *out) {
    struct jl_varset all = {0, 0};
    bool any = false;
    for (unsigned j = 0; n != head && j < f->block[n].npreds; j++) {
        unsigned p = (unsigned)f->block[n].preds[j];
        if (!in_loop[p])
            continue;
        all.lo = any ? all.lo & out[p].lo : out[p].lo;
        all.hi = any ? all.hi & out[p].hi : out[p].hi;
        any = true;
    }
    return all;
}

bool jl_fe_loop_is_idle(const struct jl_frontend *f, unsigned head, const uint8_t *in_loop, uint32_t mode) {
    struct walk w = {.f = f, .mode = mode, .changed = f->block[head].loop_writes};
    struct jl_varset out[JL_FE_BLOCKS] = {{0, 0}};
    unsigned blocks = 0;
    for (unsigned i = 0; i < f->norder; i++) {
        unsigned n = f->order[i];
        if (!in_loop[n])
            continue;
        w.written = written_before(f, head, n, in_loop, out);
        if (++blocks > BLOCKS || !walk_block(&w, &f->block[n]))
            return false;
        out[n] = w.written;
    }
    return true;
}

bool jl_fe_turns_idly(const struct jl_frontend *f, const struct jl_fe_block *from, uint32_t pc, uint32_t mode) {
    struct walk w = {.f = f, .mode = mode, .changed = from->writes};
    return from->pc == pc && !from->slot_only && walk_block(&w, from);
}
