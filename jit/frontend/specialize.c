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

#include "jit/frontend/region.h"
#include "jit/runtime/versions.h"

enum {
    STATE_VARS = JL_FE_STATE_VARS,
    MAX_CALLEE = 48,
    WANTED = 128, /* entries */
    DEPTH = 5,    /* of branches behind each other that are looked through */
    LINE = 64,    /* instructions without a branch */
    NEAR = 512,   /* bytes that the words of a table in read-only memory are apart at most */
    CHANGES = 16, /* of a page after which nothing on it is taken for invariant */
};

#define STATE_MASK ((((uint64_t)1 << STATE_VARS) - 1) & ~(uint64_t)1)

bool jl_fe_specializes(const struct jl_machine *m) {
    return JL_OPS(m, SPECIALIZE, jl_specialize_ops)->max_versions && !m->guest && !(m->cpu.mode & JL_MODE_64);
}

/* ---- annotations ---- */

static unsigned add_register(struct jl_annotation *a, unsigned reg) {
    for (unsigned i = 0; i < a->registers; i++)
        if (a->reg[i] == reg)
            return i;
    if (a->registers < JL_ANNOTATED)
        a->reg[a->registers++] = (uint8_t)reg;
    return a->registers - 1;
}

/* One word of the list. False when it belongs to none. */
static bool add_word(struct jl_annotation *a, uint32_t word, bool *open) {
    unsigned reg = word >> 16 & 31, what = word >> 6 & 31;
    if (word & ~(31u << 16 | 31u << 6) || !reg || what < JL_ANNOTATE_CONSTANT || what > JL_ANNOTATE_BYTES)
        return false;
    if (*open != (what == JL_ANNOTATE_BYTES) || a->registers == JL_ANNOTATED ||
        (what == JL_ANNOTATE_MEMORY && a->memories == JL_ANNOTATED_MEMORY))
        return false;
    unsigned i = add_register(a, reg);
    if (what == JL_ANNOTATE_MEMORY)
        a->base[a->memories] = (uint8_t)i;
    if (what == JL_ANNOTATE_BYTES)
        a->bytes[a->memories++] = (uint8_t)i;
    *open = what == JL_ANNOTATE_MEMORY;
    return true;
}

bool jl_fe_annotation(struct jl_machine *m, uint32_t pc, struct jl_annotation *out) {
    uint32_t word;
    bool open = false;
    *out = (struct jl_annotation){.words = 1};
    if (!jl_fe_fetch(m, pc, &word) || word != JL_ANNOTATE_BEGIN)
        return false;
    while (jl_fe_fetch(m, pc + 4 * out->words, &word) && add_word(out, word, &open))
        out->words++;
    return out->registers && !open;
}

bool jl_fe_is_annotated(struct jl_machine *m, uint32_t pc) {
    uint32_t word;
    struct jl_annotation a;
    if (!jl_fe_specializes(m) || !jl_mem_fetch(m->mem, pc, &word))
        return false;
    return word == JL_ANNOTATE_END || (word == JL_ANNOTATE_BEGIN && jl_fe_annotation(m, pc, &a));
}

/* ---- invariant memory ---- */

/* In case another thread changes it before the invalidation strategy watches. */
static bool note_words(struct jl_machine *m, uint32_t addr, unsigned size) {
    uint32_t word;
    for (uint32_t at = addr & ~3u; at < addr + size; at += 4)
        if (!jl_fe_fetch(m, at, &word))
            return false;
    return true;
}

/* The span of what the version was made from that size bytes at addr belong to: that of memory declared invariant, or
 * one of those that the guest cannot write and nobody else either, which are near each other (jump tables). NULL: none.
 */
static struct jl_span *span_of(const struct jl_machine *m, uint32_t addr, unsigned size) {
    struct jl_version *v = m->version;
    for (unsigned i = 0; i < v->annotation.memories; i++)
        if (addr >= v->memory[i].low && addr <= v->memory[i].high && v->memory[i].high - addr >= size - 1)
            return &v->used[i];
    if (jl_page_flags(m->mem, addr) & (JL_PAGE_W | JL_PAGE_SHARED))
        return NULL;
    for (unsigned i = JL_ANNOTATED_MEMORY; i < JL_VERSION_SPANS; i++) {
        struct jl_span *s = &v->used[i];
        if (s->low > s->high || (addr >> JL_PAGE_SHIFT == s->low >> JL_PAGE_SHIFT &&
                                 (addr < s->low ? s->high - addr < NEAR : addr - s->low < NEAR)))
            return s;
    }
    return NULL;
}

bool jl_fe_invariant(struct jl_machine *m, uint32_t addr, unsigned size, bool note, uint64_t *value) {
    if (!jl_fe_in_version(m) || addr & (size - 1) || jl_page_changes(m, addr) > CHANGES ||
        !JL_OPS(m, SPECIALIZE, jl_specialize_ops)->removes_loads(m))
        return false;
    struct jl_span *s = span_of(m, addr, size);
    if (!s || (!note && (addr < s->low || addr > s->high)) || !jl_mem_load(m->mem, addr, size, value) ||
        !note_words(m, addr, size))
        return false;
    if (note) {
        jl_span_add(s, addr);
        jl_span_add(s, addr + size - 1);
    }
    return true;
}

/* ---- what is constant ---- */

static bool has(const struct jl_fe_state *s, unsigned var) {
    return s->known >> var & 1;
}

static void set(struct jl_fe_state *s, unsigned var, uint32_t value) {
    if (!var)
        return;
    s->known |= (uint64_t)1 << var;
    s->value[var] = value;
}

static uint32_t value_of(const struct jl_fe_state *s, unsigned var) {
    return var ? s->value[var] : 0;
}

/* Whether all that is constant in `general` is so in s, with the same values. */
static bool implies(const struct jl_fe_state *s, const struct jl_fe_state *general) {
    if (general->known & ~s->known)
        return false;
    for (uint64_t left = general->known; left; left &= left - 1) {
        unsigned var = (unsigned)__builtin_ctzll(left);
        if (s->value[var] != general->value[var])
            return false;
    }
    return true;
}

/* What is the same in both. */
static void meet(struct jl_fe_state *s, const struct jl_fe_state *other) {
    s->known &= other->known;
    for (uint64_t left = s->known; left; left &= left - 1) {
        unsigned var = (unsigned)__builtin_ctzll(left);
        if (s->value[var] != other->value[var])
            s->known &= ~((uint64_t)1 << var);
    }
}

static bool all_known(const struct jl_machine *m, const struct jl_fe_state *s, const struct jl_insn *i) {
    struct jl_varset reads = jl_insn_reads(i, m->cpu.mode);
    return !reads.hi && !(reads.lo & ~(s->known | 1));
}

/* The instruction at pc by the interpreter; its operands are known. False when it traps. */
static bool execute(struct jl_machine *m, struct jl_fe_state *s, uint32_t pc, uint64_t writes) {
    struct jl_cpu cpu = m->cpu;
    cpu.pc = pc;
    cpu.slice = 1;
    cpu.limit = 0;
    cpu.interrupt = cpu.exit_bd = 0;
    for (unsigned v = 1; v < STATE_VARS; v++)
        cpu.var[v] = s->value[v];
    if (jl_interp_run(&cpu, m->interp, 1) != JL_EXIT_NONE)
        return false;
    for (; writes; writes &= writes - 1) {
        unsigned var = (unsigned)__builtin_ctzll(writes);
        set(s, var, (uint32_t)cpu.var[var]);
    }
    return true;
}

static bool load(struct jl_machine *m, struct jl_fe_state *s, const struct jl_insn *i) {
    uint64_t value;
    unsigned size = 4;
    bool extend = false;
    switch (i->op) {
    case JL_OP_LB: extend = true; /* fall through */
    case JL_OP_LBU: size = 1; break;
    case JL_OP_LH: extend = true; /* fall through */
    case JL_OP_LHU: size = 2; break;
    case JL_OP_LW: break;
    default: return false;
    }
    if (!jl_fe_invariant(m, value_of(s, i->rs) + (uint32_t)i->imm, size, true, &value))
        return false;
    m->version->loads++;
    set(s, i->rt, (uint32_t)(extend ? jl_sign_extend(value, size) : value));
    return true;
}

/* Takes s behind an instruction that is no branch. */
static void step(struct jl_machine *m, struct jl_fe_state *s, const struct jl_insn *i, uint32_t pc) {
    unsigned klass = jl_insn_info[i->op].klass;
    struct jl_varset w = jl_insn_writes(i, m->cpu.mode);
    uint64_t writes = w.lo & STATE_MASK;
    if (!writes)
        return;
    bool known = all_known(m, s, i);
    if (known && klass == JL_CLASS_LOAD && load(m, s, i))
        return;
    if (known && (klass == JL_CLASS_ALU || klass == JL_CLASS_MULDIV) && !(w.lo & ~STATE_MASK) && !w.hi &&
        execute(m, s, pc, writes))
        return;
    s->known &= ~writes;
}

/* Whether constants decide the branch, and how. */
static bool decided(const struct jl_machine *m, const struct jl_fe_state *s, const struct jl_insn *i, bool *taken) {
    int32_t x = (int32_t)value_of(s, i->rs), y = (int32_t)value_of(s, i->rt);
    if (!all_known(m, s, i) || !JL_OPS(m, SPECIALIZE, jl_specialize_ops)->removes_branches(m))
        return false;
    switch (i->op) {
    case JL_OP_BEQ:
    case JL_OP_BEQL: *taken = x == y; return true;
    case JL_OP_BNE:
    case JL_OP_BNEL: *taken = x != y; return true;
    case JL_OP_BLEZ:
    case JL_OP_BLEZL: *taken = x <= 0; return true;
    case JL_OP_BGTZ:
    case JL_OP_BGTZL: *taken = x > 0; return true;
    case JL_OP_BLTZ:
    case JL_OP_BLTZL: *taken = x < 0; return true;
    case JL_OP_BGEZ:
    case JL_OP_BGEZL: *taken = x >= 0; return true;
    default: return false;
    }
}

/* ---- the walk ---- */

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

/* ---- which constants are worth telling copies apart ---- */

#define VARS(first, last) ((((uint64_t)2 << (last)) - 1) & ~(((uint64_t)1 << (first)) - 1))
/* What a function's caller may look at behind it, and what one that is called may look at. */
#define KEPT (VARS(2, 3) | VARS(16, 23) | VARS(28, 31))
#define PASSED (KEPT | VARS(4, 7) | VARS(24, 25))

static uint64_t wanted_from(struct jl_machine *m, uint32_t pc, unsigned depth);

/* Behind the branch i at pc, which has slot in its slot. */
static uint64_t wanted_behind(struct jl_machine *m, const struct jl_insn *i, uint32_t pc, unsigned depth) {
    if (i->op == JL_OP_JR)
        return i->rs == 31 ? KEPT : STATE_MASK;
    if (jl_insn_flags(i) & JL_LINK)
        return PASSED;
    uint64_t set = wanted_from(m, (uint32_t)jl_branch_target(i, pc), depth - 1);
    return jl_fe_is_goto(i) ? set : set | wanted_from(m, pc + 8, depth - 1);
}

/* Vars that code from pc on may read before it writes them. That a value is constant and nobody wants it must not make
 * copies differ; it is not wrong to take one for unwanted that is. */
static uint64_t wanted_from(struct jl_machine *m, uint32_t pc, unsigned depth) {
    uint64_t set = 0, written = 0;
    for (unsigned n = 0; depth && n < LINE; n++, pc += 4) {
        uint32_t word, next;
        struct jl_insn i, slot;
        if (!jl_mem_fetch(m->mem, pc, &word) || !jl_mem_fetch(m->mem, pc + 4, &next))
            break;
        jl_fe_decode(m, pc, word, &i);
        set |= jl_insn_reads(&i, m->cpu.mode).lo & ~written;
        written |= jl_insn_writes(&i, m->cpu.mode).lo;
        if (!jl_insn_is_branch(&i))
            continue;
        jl_fe_decode(m, pc + 4, next, &slot);
        set |= jl_insn_reads(&slot, m->cpu.mode).lo & ~written;
        if (!(jl_insn_flags(&i) & JL_LIKELY))
            written |= jl_insn_writes(&slot, m->cpu.mode).lo;
        return (set | (wanted_behind(m, &i, pc, depth) & ~written)) & STATE_MASK;
    }
    return (set | ~written) & STATE_MASK;
}

static uint64_t wanted(struct walk *w, uint32_t pc) {
    unsigned at = pc >> 2 & (WANTED - 1);
    if (w->wanted[at].pc != pc) {
        w->wanted[at].pc = pc;
        w->wanted[at].vars = wanted_from(w->m, pc, DEPTH);
    }
    return w->wanted[at].vars;
}

/* ---- copies, found and made ---- */

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
        if (is_copy(w, n, pc) && !w->copy[n].done && s->known == w->f->state[n].known && implies(s, &w->f->state[n]))
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
        if (w->copy[n].done && implies(s, &w->f->state[n]))
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
        meet(&w->f->state[n], &s);
        return n;
    }
    n = walked(w, pc, &s, &newest, &count);
    if (n >= 0)
        return n;
    if (way == FORWARD || way == CALL)
        return new_copy(w, way == CALL ? w->last_turn + 1 : turn, pc, &s);
    bool unroll = way == BACK_DECIDED && count < w->turns;
    if (newest >= 0 && !unroll)
        meet(&s, &w->f->state[newest]);
    if (w->strict && (n = waiting(w, turn + 1, pc)) >= 0) {
        meet(&w->f->state[n], &s);
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
        step(w->m, &s, &f->block[slot].slot, slot_pc);
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
    bool taken, known = decided(w->m, before, i, &taken);
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
    uint32_t target = value_of(before, i->rs);
    bool target_known = (i->op == JL_OP_JR || i->op == JL_OP_JALR) && i->rs && has(before, i->rs) && !(target & 3);
    if (flags & JL_LINK)
        set(&s, flags & JL_WR_31 ? 31 : i->rd, pc + 8);
    if (!b->likely)
        step(w->m, &s, &b->slot, pc + 4);
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
            step(w->m, &s, i, pc);
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
    f->ninsns = f->ntodo = 0;
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
        set(&f->state[0], JL_VAR_GPR + v->annotation.reg[i], v->value[i]);
    for (int n = 0; n >= 0; n = next_copy(w))
        walk_copy(w, (unsigned)n);
}

/* Vars that decide where control goes or what is loaded, in what was walked: those that branches and addresses are made
 * of. A sum that is constant on each way through a loop, and another one on each, is none, and must not make copies of
 * all that comes behind. */
static uint64_t deciding(const struct walk *w) {
    const struct jl_frontend *f = w->f;
    uint64_t set = 0;
    for (uint64_t before = ~set; set != before;) {
        before = set;
        for (unsigned n = 0; n < f->ninsns; n++) {
            const struct jl_insn *i = &f->insn[n];
            unsigned klass = jl_insn_info[i->op].klass;
            if (jl_insn_is_branch(i) || jl_insn_writes(i, w->m->cpu.mode).lo & set)
                set |= jl_insn_reads(i, w->m->cpu.mode).lo & STATE_MASK;
            else if (klass == JL_CLASS_LOAD || klass == JL_CLASS_STORE)
                set |= (uint64_t)1 << i->rs & STATE_MASK;
        }
        for (unsigned n = 0; n < f->nblocks; n++)
            if (f->block[n].has_slot && jl_insn_writes(&f->block[n].slot, w->m->cpu.mode).lo & set)
                set |= jl_insn_reads(&f->block[n].slot, w->m->cpu.mode).lo & STATE_MASK;
    }
    return set;
}

/* With all constants, if that has room; else with those that decide something, and then with fewer turns: a loop that
 * does not fit had better stay one. */
void jl_fe_find_version(struct jl_machine *m, struct jl_region *region) {
    struct walk w = {
        .m = m, .f = m->frontend, .turns = JL_OPS(m, SPECIALIZE, jl_specialize_ops)->max_turns(m), .kept = STATE_MASK};
    w.max = m->region_limit < JL_FE_INSNS - 2 ? m->region_limit : JL_FE_INSNS - 2;
    walk_all(&w, region);
    if (w.full) {
        w.kept = deciding(&w);
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
           !s->slot_only && s->npreds == 1 && !s->loop_head;
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
