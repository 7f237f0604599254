/* What is constant in a version: see constants.h. Instructions are executed by the interpreter, so that there is no
 * second meaning of them. */
#include "jit/frontend/constants.h"

#include "jit/frontend/region.h"
#include "jit/frontend/specialize.h"
#include "jit/runtime/versions.h"

enum { LINE = 64 /* instructions without a branch that are looked through */ };

void jl_fe_set_constant(struct jl_fe_state *s, unsigned var, uint32_t value) {
    if (!var)
        return;
    s->known |= (uint64_t)1 << var;
    s->value[var] = value;
}

bool jl_fe_implies(const struct jl_fe_state *s, const struct jl_fe_state *general) {
    if (general->known & ~s->known)
        return false;
    for (uint64_t left = general->known; left; left &= left - 1) {
        unsigned var = (unsigned)__builtin_ctzll(left);
        if (s->value[var] != general->value[var])
            return false;
    }
    return true;
}

void jl_fe_meet(struct jl_fe_state *s, const struct jl_fe_state *other) {
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
    for (unsigned v = 1; v < JL_FE_STATE_VARS; v++)
        cpu.var[v] = s->value[v];
    if (jl_interp_run(&cpu, m->interp, 1) != JL_EXIT_NONE)
        return false;
    for (; writes; writes &= writes - 1) {
        unsigned var = (unsigned)__builtin_ctzll(writes);
        jl_fe_set_constant(s, var, (uint32_t)cpu.var[var]);
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
    if (!jl_fe_invariant(m, jl_fe_value_of(s, i->rs) + (uint32_t)i->imm, size, true, &value))
        return false;
    m->version->loads++;
    jl_fe_set_constant(s, i->rt, (uint32_t)(extend ? jl_sign_extend(value, size) : value));
    return true;
}

void jl_fe_step(struct jl_machine *m, struct jl_fe_state *s, const struct jl_insn *i, uint32_t pc) {
    unsigned klass = jl_insn_info[i->op].klass;
    struct jl_varset w = jl_insn_writes(i, m->cpu.mode);
    uint64_t writes = w.lo & JL_FE_STATE_MASK;
    if (!writes)
        return;
    bool known = all_known(m, s, i);
    if (known && klass == JL_CLASS_LOAD && load(m, s, i))
        return;
    if (known && (klass == JL_CLASS_ALU || klass == JL_CLASS_MULDIV) && !(w.lo & ~JL_FE_STATE_MASK) && !w.hi &&
        execute(m, s, pc, writes))
        return;
    s->known &= ~writes;
}

bool jl_fe_decided(const struct jl_machine *m, const struct jl_fe_state *s, const struct jl_insn *i, bool *taken) {
    int32_t x = (int32_t)jl_fe_value_of(s, i->rs), y = (int32_t)jl_fe_value_of(s, i->rt);
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

/* ---- which constants are worth telling copies apart ---- */

#define VARS(first, last) ((((uint64_t)2 << (last)) - 1) & ~(((uint64_t)1 << (first)) - 1))
/* What a function's caller may look at behind it, and what one that is called may look at. */
#define KEPT (VARS(2, 3) | VARS(16, 23) | VARS(28, 31))
#define PASSED (KEPT | VARS(4, 7) | VARS(24, 25))

/* Behind the branch i at pc, which has slot in its slot. */
static uint64_t wanted_behind(struct jl_machine *m, const struct jl_insn *i, uint32_t pc, unsigned depth) {
    if (i->op == JL_OP_JR)
        return i->rs == 31 ? KEPT : JL_FE_STATE_MASK;
    if (jl_insn_flags(i) & JL_LINK)
        return PASSED;
    uint64_t set = jl_fe_wanted(m, (uint32_t)jl_branch_target(i, pc), depth - 1);
    return jl_fe_is_goto(i) ? set : set | jl_fe_wanted(m, pc + 8, depth - 1);
}

uint64_t jl_fe_wanted(struct jl_machine *m, uint32_t pc, unsigned depth) {
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
        return (set | (wanted_behind(m, &i, pc, depth) & ~written)) & JL_FE_STATE_MASK;
    }
    return (set | ~written) & JL_FE_STATE_MASK;
}

uint64_t jl_fe_deciding(const struct jl_machine *m) {
    const struct jl_frontend *f = m->frontend;
    uint64_t set = 0;
    for (uint64_t before = ~set; set != before;) {
        before = set;
        for (unsigned n = 0; n < f->ninsns; n++) {
            const struct jl_insn *i = &f->insn[n];
            unsigned klass = jl_insn_info[i->op].klass;
            if (jl_insn_is_branch(i) || jl_insn_writes(i, m->cpu.mode).lo & set)
                set |= jl_insn_reads(i, m->cpu.mode).lo & JL_FE_STATE_MASK;
            else if (klass == JL_CLASS_LOAD || klass == JL_CLASS_STORE)
                set |= (uint64_t)1 << i->rs & JL_FE_STATE_MASK;
        }
        for (unsigned n = 0; n < f->nblocks; n++)
            if (f->block[n].has_slot && jl_insn_writes(&f->block[n].slot, m->cpu.mode).lo & set)
                set |= jl_insn_reads(&f->block[n].slot, m->cpu.mode).lo & JL_FE_STATE_MASK;
    }
    return set;
}
