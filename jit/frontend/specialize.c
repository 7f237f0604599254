/* Which code a version of an annotated region is: the region's blocks, followed with the values that are constant in
 * them (seed 4: set-up code, static branches, complete unrolling).
 *
 * A block may be in a version several times, as copies: each has a state, the registers that are constant when it is
 * entered. Instructions whose operands are constant are executed by the interpreter on a processor of their own, so
 * that there is no second meaning of them; loads of invariant memory are done. A branch whose operands are constant has
 * one way, and it is a jump. What is not constant is left to the version's code.
 *
 * Control that comes to a block goes to a copy with the same constants, as far as code behind it may read them, or to
 * one that was walked already and takes nothing for constant that is something else now; if there is none, to a new
 * one. A copy belongs to a turn: each transfer backwards and each call that is followed begins a new one, and copies
 * are walked in the order of turns and addresses. If constants have decided a branch in a turn, what it goes back to
 * gets a copy with all constants of now (a loop is unrolled), and else with those that are the same each time (a loop
 * stays a loop).
 *
 * When that has no room, it is done again with only those constants that decide something (deciding), and then
 * strictly: with one copy of a block in each turn, which has the constants that are the same on all forward ways to it.
 *
 * A call of a small function without calls is followed, as is a return to a known address. Everything else ends the
 * version there, and general code goes on: another annotation, what finds no room, and all that ends other regions.
 */
#include "jit/frontend/specialize.h"

#include <string.h>

#include "jit/frontend/constants.h"
#include "jit/frontend/region.h"
#include "jit/runtime/versions.h"

enum {
    MAX_CALLEE = 48,
    WANTED = 128, /* entries */
    DEPTH = 5,    /* of branches behind each other that are looked through */
};

struct walk {
    struct jl_machine *m;
    struct jl_frontend *f;
    unsigned max, turns; /* instructions; turns of a loop */
    unsigned last_turn;
    bool full;     /* something was left out for want of room */
    uint64_t kept; /* vars that may be constant behind a branch */
    bool strict;   /* one copy of a block in a turn; only what ends a turn decides whether it is unrolled */
    bool decides[JL_FE_BLOCKS]; /* by turn: they have decided a branch in it */
    struct {
        unsigned turn;
        bool done;
    } copy[JL_FE_BLOCKS];
    struct {
        uint32_t pc;
        uint64_t vars;
    } wanted[WANTED]; /* by address */
};

/* ---- copies, found and made ---- */

static uint64_t wanted(struct walk *w, uint32_t pc) {
    unsigned at = pc >> 2 & (WANTED - 1);
    if (w->wanted[at].pc != pc) {
        w->wanted[at].pc = pc;
        w->wanted[at].vars = jl_fe_wanted(w->m, pc, DEPTH);
    }
    return w->wanted[at].vars;
}

static bool is_copy(const struct walk *w, unsigned n, uint32_t pc) {
    return w->f->block[n].pc == pc && !w->f->block[n].slot_only;
}

/* The copy of the block at pc that is still to be walked in that turn; -1 = none. */
static int waiting(const struct walk *w, unsigned turn, uint32_t pc) {
    for (unsigned n = 0; n < w->f->nblocks; n++)
        if (is_copy(w, n, pc) && !w->copy[n].done && w->copy[n].turn == turn)
            return (int)n;
    return -1;
}

/* One of any turn with just those constants. */
static int waiting_alike(const struct walk *w, uint32_t pc, const struct jl_fe_state *s) {
    for (unsigned n = 0; n < w->f->nblocks; n++)
        if (is_copy(w, n, pc) && !w->copy[n].done && s->known == w->f->state[n].known &&
            jl_fe_implies(s, &w->f->state[n]))
            return (int)n;
    return -1;
}

/* The newest copy at pc that has been walked and that control may come to in state s; *newest: any state, *count: how
 * many there are. */
static int walked(const struct walk *w, uint32_t pc, const struct jl_fe_state *s, int *newest, unsigned *count) {
    int found = -1;
    *newest = -1;
    *count = 0;
    for (unsigned n = 0; n < w->f->nblocks; n++) {
        if (!is_copy(w, n, pc))
            continue;
        ++*count;
        *newest = (int)n;
        if (w->copy[n].done && jl_fe_implies(s, &w->f->state[n]))
            found = (int)n;
    }
    return found;
}

static int new_copy(struct walk *w, unsigned turn, uint32_t pc, const struct jl_fe_state *s) {
    struct jl_frontend *f = w->f;
    if (jl_fe_is_annotated(w->m, pc))
        return -1;
    if (f->nblocks >= JL_FE_COPIES || f->ninsns + 4 >= w->max) {
        w->full = true;
        return -1;
    }
    unsigned n = f->nblocks++;
    f->block[n] = (struct jl_fe_block){.pc = pc, .succ = {-1, -1}, .idom = -1};
    f->state[n] = *s;
    w->copy[n].turn = turn;
    w->copy[n].done = false;
    if (turn > w->last_turn)
        w->last_turn = turn;
    return (int)n;
}

/* How control comes from one block to another. */
enum way { FORWARD, BACK_UNDECIDED, BACK_DECIDED, CALL };

static int target_copy(struct walk *w, unsigned turn, uint32_t pc, struct jl_fe_state s, enum way way) {
    int newest, n;
    unsigned count;
    s.known &= wanted(w, pc) & w->kept;
    if ((n = waiting_alike(w, pc, &s)) >= 0)
        return n;
    if (way == FORWARD && w->strict && (n = waiting(w, turn, pc)) >= 0) {
        jl_fe_meet(&w->f->state[n], &s);
        return n;
    }
    n = walked(w, pc, &s, &newest, &count);
    if (n >= 0)
        return n;
    if (way == FORWARD || way == CALL)
        return new_copy(w, way == CALL ? w->last_turn + 1 : turn, pc, &s);
    bool unroll = way == BACK_DECIDED && count < w->turns;
    if (newest >= 0 && !unroll)
        jl_fe_meet(&s, &w->f->state[newest]);
    if (w->strict && (n = waiting(w, turn + 1, pc)) >= 0) {
        jl_fe_meet(&w->f->state[n], &s);
        return n;
    }
    n = new_copy(w, turn + 1, pc, &s);
    w->m->version->turns += unroll && n >= 0;
    return n;
}

/* Control goes from block n, along its arm, to pc. */
static void connect(struct walk *w, unsigned n, unsigned arm, uint32_t pc, const struct jl_fe_state *s, enum way way) {
    unsigned turn = w->copy[n].turn;
    int to = target_copy(w, turn, pc, *s, way);
    jl_fe_join(w->f, n, arm, to);
}

static enum way way_of(const struct walk *w, unsigned n, uint32_t from, uint32_t to, bool is_decided) {
    if (to > from)
        return FORWARD;
    return is_decided || (!w->strict && w->decides[w->copy[n].turn]) ? BACK_DECIDED : BACK_UNDECIDED;
}

/* The taken way of the branch that block n ends with; a likely branch's slot is on it. */
static void connect_taken(struct walk *w, unsigned n, struct jl_fe_state s, enum way way) {
    struct jl_frontend *f = w->f;
    uint32_t target = f->block[n].target, slot_pc = f->block[n].fall - 4;
    if (f->block[n].likely) {
        unsigned slot = jl_fe_slot_block(w->m, n);
        w->copy[slot].turn = w->copy[n].turn;
        w->copy[slot].done = true;
        f->state[slot].known = 0;
        jl_fe_step(w->m, &s, &f->block[slot].slot, slot_pc);
        jl_fe_join(f, n, 0, (int)slot);
        n = slot;
    }
    connect(w, n, 0, target, &s, way);
}

/* Ends block n with a jump to where it is known to go. */
static void jump(struct walk *w, unsigned n, uint32_t target, const struct jl_fe_state *s, enum way way) {
    w->f->block[n].end = JL_FE_JUMP;
    w->f->block[n].target = target;
    connect_taken(w, n, *s, way);
}

static void branch(struct walk *w, unsigned n, const struct jl_insn *i, uint32_t pc, const struct jl_fe_state *before,
                   const struct jl_fe_state *behind) {
    struct jl_fe_block *b = &w->f->block[n];
    bool taken, known = jl_fe_decided(w->m, before, i, &taken);
    enum way way = way_of(w, n, pc, b->target, known);
    if (known) {
        w->m->version->branches++;
        w->decides[w->copy[n].turn] = true;
    }
    if (known && !taken) { /* a likely branch's slot is not executed then */
        b->end = JL_FE_JUMP;
        b->target = b->fall;
        connect(w, n, 0, b->fall, behind, FORWARD);
        return;
    }
    if (known) {
        jump(w, n, b->target, behind, way);
        return;
    }
    connect_taken(w, n, *behind, way);
    connect(w, n, 1, w->f->block[n].fall, behind, FORWARD);
}

static bool is_small(struct jl_machine *m, uint32_t function) {
    return !(function & 3) && jl_fe_callee_size(m, function, MAX_CALLEE);
}

/* The branch or jump at pc, with which block n ends, in state s. */
static void follow(struct walk *w, unsigned n, const struct jl_insn *i, uint32_t pc, const struct jl_fe_state *before) {
    struct jl_fe_block *b = &w->f->block[n];
    struct jl_fe_state s = *before;
    unsigned flags = jl_insn_flags(i);
    uint32_t target = jl_fe_value_of(before, i->rs);
    bool target_known =
        (i->op == JL_OP_JR || i->op == JL_OP_JALR) && i->rs && jl_fe_has(before, i->rs) && !(target & 3);
    if (flags & JL_LINK)
        jl_fe_set_constant(&s, flags & JL_WR_31 ? 31 : i->rd, pc + 8);
    if (!b->likely)
        jl_fe_step(w->m, &s, &b->slot, pc + 4);
    switch ((enum jl_fe_end)b->end) {
    case JL_FE_BRANCH: branch(w, n, i, pc, before, &s); break;
    case JL_FE_JUMP: jump(w, n, b->target, &s, way_of(w, n, pc, b->target, true)); break;
    case JL_FE_CALL:
        if (is_small(w->m, b->target))
            jump(w, n, b->target, &s, CALL);
        break;
    case JL_FE_CALL_INDIRECT:
        if (target_known && is_small(w->m, target))
            jump(w, n, target, &s, CALL);
        break;
    case JL_FE_INDIRECT:
        if (target_known)
            jump(w, n, target, &s, way_of(w, n, pc, target, true));
        break;
    default: break;
    }
}

/* Ends block n at pc, with nothing of what stands there. */
static void fall(struct walk *w, unsigned n, uint32_t pc, const struct jl_fe_state *s, bool inside) {
    w->f->block[n].end = JL_FE_FALL;
    w->f->block[n].fall = pc;
    if (inside)
        connect(w, n, 0, pc, s, FORWARD);
}

static void stop(struct walk *w, unsigned n, uint32_t pc, const struct jl_insn *i, bool fetched) {
    struct jl_fe_block *b = &w->f->block[n];
    b->fall = pc;
    b->fetched = fetched;
    b->end = fetched ? jl_fe_end_before(w->m, i) : JL_FE_INTERP;
}

static void add_writes(struct walk *w, struct jl_fe_block *b, const struct jl_insn *i) {
    struct jl_varset v = jl_insn_writes(i, w->m->cpu.mode);
    b->writes.lo |= v.lo;
    b->writes.hi |= v.hi;
}

/* Where a block ends that has come to pc without a branch. */
static bool ends_at(const struct walk *w, unsigned n, uint32_t pc, bool *inside) {
    const struct jl_fe_block *b = &w->f->block[n];
    if (pc == b->pc)
        return false;
    *inside = n == 0 ? pc == b->pc + 4 * w->m->version->annotation.words : waiting(w, w->copy[n].turn, pc) >= 0;
    return *inside || (n && jl_fe_is_annotated(w->m, pc)) || w->f->ninsns >= w->max;
}

static void walk_copy(struct walk *w, unsigned n) {
    struct jl_frontend *f = w->f;
    struct jl_fe_block *b = &f->block[n];
    struct jl_fe_state s = f->state[n];
    w->copy[n].done = true;
    b->first = (uint16_t)f->ninsns;
    for (uint32_t pc = b->pc;; pc += 4) {
        uint32_t word;
        struct jl_insn slot, *i = &f->insn[f->ninsns];
        bool inside;
        if (ends_at(w, n, pc, &inside)) {
            fall(w, n, pc, &s, inside);
            return;
        }
        bool fetched = jl_fe_fetch(w->m, pc, &word);
        if (fetched)
            jl_fe_decode(w->m, pc, word, i);
        if (!fetched || !jl_fe_can_take(w->m, pc, i, &slot)) {
            stop(w, n, pc, i, fetched);
            return;
        }
        if (jl_insn_flags(i) & JL_LIKELY && f->nblocks == JL_FE_BLOCKS) { /* its slot wants a block */
            fall(w, n, pc, &s, false);
            return;
        }
        f->insn_pc[f->ninsns] = pc;
        f->insn_context[f->ninsns] = 0;
        f->insn_call[f->ninsns++] = (struct jl_fe_call){0};
        b->count++;
        add_writes(w, b, i);
        if (!jl_insn_is_branch(i)) {
            jl_fe_step(w->m, &s, i, pc);
            continue;
        }
        b->call = (uint16_t)(f->ninsns - 1);
        jl_fe_classify(w->m, b, i, pc);
        if (!b->likely)
            add_writes(w, b, &b->slot);
        follow(w, n, i, pc, &s);
        return;
    }
}

/* The next copy to be walked: of the earliest turn, and there at the lowest address. */
static int next_copy(const struct walk *w) {
    int best = -1;
    for (unsigned n = 0; n < w->f->nblocks; n++) {
        if (w->copy[n].done)
            continue;
        if (best < 0 || w->copy[n].turn < w->copy[best].turn ||
            (w->copy[n].turn == w->copy[best].turn && w->f->block[n].pc < w->f->block[best].pc))
            best = (int)n;
    }
    return best;
}

static void walk_all(struct walk *w, const struct jl_region *region) {
    struct jl_frontend *f = w->f;
    struct jl_version *v = w->m->version;
    f->ninsns = f->ntodo = f->nseen = 0;
    f->nblocks = f->ncontexts = 1;
    f->context[0] = (struct jl_fe_context){.window = region->pc};
    f->block[0] = (struct jl_fe_block){.pc = region->pc, .succ = {-1, -1}, .idom = -1};
    f->state[0].known = 0;
    w->copy[0].turn = w->last_turn = 0;
    w->full = false;
    memset(w->decides, 0, sizeof w->decides);
    v->loads = v->branches = v->turns = 0;
    for (unsigned i = 0; i < JL_VERSION_SPANS; i++)
        v->used[i] = JL_NO_SPAN;
    for (unsigned i = 0; i < v->annotation.registers; i++)
        jl_fe_set_constant(&f->state[0], JL_VAR_GPR + v->annotation.reg[i], v->value[i]);
    for (int n = 0; n >= 0; n = next_copy(w))
        walk_copy(w, (unsigned)n);
}

/* With all constants, if that has room; else with those that decide something, and then with fewer turns: a loop that
 * does not fit had better stay one. */
void jl_fe_find_version(struct jl_machine *m, struct jl_region *region) {
    struct walk w = {.m = m,
                     .f = m->frontend,
                     .turns = JL_OPS(m, SPECIALIZE, jl_specialize_ops)->max_turns(m),
                     .kept = JL_FE_STATE_MASK};
    w.max = m->region_limit < JL_FE_INSNS - 2 ? m->region_limit : JL_FE_INSNS - 2;
    walk_all(&w, region);
    if (w.full) {
        w.kept = jl_fe_deciding(m);
        walk_all(&w, region);
    }
    if (w.full) {
        w.strict = true;
        walk_all(&w, region);
    }
    while (w.full && w.turns) {
        w.turns /= 2;
        walk_all(&w, region);
    }
}

/* Whether control that leaves block b goes to s and comes to it from nowhere else. */
static bool in_a_row(const struct jl_frontend *f, const struct jl_fe_block *b, const struct jl_fe_block *s) {
    return b != &f->block[f->order[0]] && (b->end == JL_FE_FALL || b->end == JL_FE_JUMP) && !b->slot_only &&
           !s->slot_only && s->npreds == 1;
}

void jl_fe_charge_rows(struct jl_frontend *f) {
    for (unsigned i = f->norder; i-- > 0;) {
        struct jl_fe_block *b = &f->block[f->order[i]];
        struct jl_fe_block *s = b->succ[0] >= 0 ? &f->block[b->succ[0]] : NULL;
        if (!s || s->rpo <= b->rpo || !in_a_row(f, b, s))
            continue;
        b->ahead = (uint16_t)(s->count + (s->has_slot && !s->likely) + s->ahead);
        s->charged = true;
    }
}
