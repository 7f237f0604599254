/* Which guest code becomes one region: the control-flow graph from the entry on, as far as the region strategy follows
 * direct branches, in reverse post-order, with its loops.
 *
 * First all instructions that can be reached are decoded, noting where blocks must start; then blocks are cut, joined
 * by edges, ordered, and loops and dominators found. What is left outside is reached by LINK exits.
 */
#include <stdlib.h>
#include <string.h>

#include "jit/frontend/region.h"
#include "jit/frontend/specialize.h"
#include "jit/frontend/wide.h"
#include "jit/guest.h"
#include "jit/runtime/offload.h"
#include "jit/runtime/versions.h"

enum { STARTS = 1, DECODED = 2 }; /* bits of leader[] */

struct jl_frontend *jl_frontend_new(void) {
    return calloc(1, sizeof(struct jl_frontend));
}

void jl_frontend_free(struct jl_frontend *f) {
    free(f);
}

bool jl_fe_fetch(struct jl_machine *m, uint32_t pc, uint32_t *word) {
    struct jl_frontend *f = m->frontend;
    if (!jl_mem_fetch(m->mem, pc, word))
        return false;
    if (jl_mem_shared(m->mem) && f->nseen < JL_FE_SEEN) {
        f->seen[f->nseen].pc = pc;
        f->seen[f->nseen++].word = *word;
    }
    return true;
}

void jl_fe_decode(const struct jl_machine *m, uint32_t pc, uint32_t word, struct jl_insn *out) {
    if (m->guest)
        m->guest->decode(word, pc, out);
    else
        jl_decode(word, m->cpu.isa, out);
}

bool jl_fe_unchanged(const struct jl_machine *m) {
    const struct jl_frontend *f = m->frontend;
    uint32_t word;
    for (unsigned i = 0; i < f->nseen; i++)
        if (!jl_mem_fetch(m->mem, f->seen[i].pc, &word) || word != f->seen[i].word)
            return false;
    return true;
}

static uint8_t *leader_of(struct jl_frontend *f, unsigned context, uint32_t pc) {
    const struct jl_fe_context *c = &f->context[context];
    uint32_t i = (pc - c->window) / 4;
    return i < c->words ? &c->leader[i] : NULL;
}

struct policy {
    bool forward, backward;
    unsigned max, max_callee;
    uint32_t gap;                                             /* how far forward a branch is followed, in bytes */
    bool (*reached)(const struct jl_machine *m, uint32_t pc); /* the tier's; NULL: nothing is left out */
    uint32_t start;                                           /* where the region begins */
};

/* Makes pc a block start and queues it when it has not been seen. */
static void want(const struct jl_machine *m, const struct policy *p, unsigned context, uint32_t pc, uint32_t from) {
    struct jl_frontend *f = m->frontend;
    uint8_t *l = leader_of(f, context, pc);
    if (p->reached && !context && !p->reached(m, pc)) /* functions that are taken along are taken whole */
        return;
    if (!l || (pc > from ? !p->forward || pc - from > p->gap : !p->backward) || f->ntodo == JL_FE_TODO)
        return;
    if (jl_offload_at(m, pc)) /* a region of its own */
        return;
    if (*l == 0) {
        if (f->ninsns + 4 >= p->max)
            return;
        f->todo[f->ntodo].pc = pc;
        f->todo[f->ntodo++].context = (uint8_t)context;
    }
    *l |= STARTS;
}

/* A branch needs its slot on hand and nothing strange in it. */
static bool slot_fits(struct jl_machine *m, uint32_t pc, struct jl_insn *slot) {
    uint32_t word;
    if (!jl_fe_fetch(m, pc + 4, &word))
        return false;
    jl_fe_decode(m, pc + 4, word, slot);
    return !jl_insn_is_branch(slot) && slot->op != JL_OP_ERET && jl_fe_can(slot, m->cpu.mode);
}

/* Into the other half of the 32-bit space: a 64-bit processor's sign-extended addresses do not go on there. */
static bool crosses_half(uint32_t from, uint32_t to) {
    return (from ^ to) >> 31;
}

/* A call that reads the register it links: done again behind an exit in its slot it would go elsewhere. */
static bool reads_link(const struct jl_insn *i) {
    unsigned flags = jl_insn_flags(i), link = flags & JL_WR_31 ? 31 : i->rd;
    return flags & JL_LINK && flags & JL_RD_S && i->rs && i->rs == link;
}

/* A branch that translation can take, slot included. A conditional call with an annulled slot is the interpreter's. */
bool jl_fe_branch_fits(struct jl_machine *m, uint32_t pc, const struct jl_insn *i, struct jl_insn *slot) {
    unsigned flags = jl_insn_flags(i);
    bool indirect = i->op == JL_OP_JR || i->op == JL_OP_JALR;
    if (m->cpu.mode & JL_MODE_64 && (!jl_fe_can_wide(i, m->cpu.mode) || crosses_half(pc, pc + 8) ||
                                     (!indirect && crosses_half(pc, (uint32_t)jl_branch_target(i, pc)))))
        return false;
    return !(flags & JL_LIKELY && flags & JL_LINK) && !reads_link(i) && slot_fits(m, pc, slot);
}

bool jl_fe_can_take(struct jl_machine *m, uint32_t pc, const struct jl_insn *i, struct jl_insn *slot) {
    if (jl_insn_is_branch(i))
        return jl_fe_branch_fits(m, pc, i, slot);
    return jl_fe_can(i, m->cpu.mode) && !(m->cpu.mode & JL_MODE_64 && crosses_half(pc, pc + 4));
}

bool jl_fe_is_goto(const struct jl_insn *i) {
    return i->op == JL_OP_J || (i->op == JL_OP_BEQ && i->rs == i->rt);
}

static void walk(struct jl_machine *m, const struct policy *p, unsigned context, uint32_t pc);

/* Walks everything queued from place `from` of the list on. */
static void walk_queued(struct jl_machine *m, const struct policy *p, unsigned from) {
    struct jl_frontend *f = m->frontend;
    for (unsigned i = from; i < f->ntodo; i++)
        walk(m, p, f->todo[i].context, f->todo[i].pc);
    f->ntodo = from;
}

/* The function that the call at pc goes to becomes part of the region, if it is one to take. */
static bool take_function(struct jl_machine *m, const struct policy *p, unsigned context, uint32_t pc, uint32_t target,
                          uint8_t *callee) {
    struct jl_frontend *f = m->frontend;
    if (f->ninsns + 8 >= p->max)
        return false;
    *callee = (uint8_t)jl_fe_callee_context(m, context, target, pc + 8, p->max_callee, p->max - f->ninsns - 8);
    if (!*callee)
        return false;
    *leader_of(f, *callee, target) = STARTS;
    unsigned from = f->ntodo;
    walk(m, p, *callee, target);
    walk_queued(m, p, from);
    return true;
}

/* A call: what it goes to becomes part of the region, or the path ends here. */
static void follow_call(struct jl_machine *m, const struct policy *p, unsigned context, unsigned index, uint32_t pc) {
    struct jl_frontend *f = m->frontend;
    const struct jl_insn *i = &f->insn[index];
    bool always = i->op == JL_OP_JAL || (i->op == JL_OP_BGEZAL && i->rs == 0),
         indirect = i->op == JL_OP_JALR && i->rd == 31;
    struct jl_fe_call *call = &f->insn_call[index];
    if (indirect)
        jl_fe_guess_targets(m, index, call);
    else if (always)
        *call = (struct jl_fe_call){.count = 1, .target = {(uint32_t)jl_branch_target(i, pc)}};
    bool any = false;
    for (unsigned k = 0; k < call->count; k++)
        any |= take_function(m, p, context, pc, call->target[k], &call->callee[k]);
    if (any)
        want(m, &(struct policy){true, true, p->max, 0, 8, p->reached, p->start}, context, pc + 8, pc);
}

static void follow(struct jl_machine *m, const struct policy *p, unsigned context, unsigned index, uint32_t pc) {
    struct jl_frontend *f = m->frontend;
    const struct jl_insn *i = &f->insn[index];
    unsigned flags = jl_insn_flags(i);
    if (flags & JL_LINK)
        follow_call(m, p, context, index, pc);
    if (flags & JL_LINK || i->op == JL_OP_JR)
        return;
    want(m, p, context, (uint32_t)jl_branch_target(i, pc), pc);
    if (!jl_fe_is_goto(i) && (p->forward || p->backward))
        want(m, &(struct policy){true, true, p->max, 0, 8, p->reached, p->start}, context, pc + 8, pc);
}

/* Decodes from pc to the end of the straight line. */
static void walk(struct jl_machine *m, const struct policy *p, unsigned context, uint32_t start) {
    struct jl_frontend *f = m->frontend;
    for (uint32_t pc = start;; pc += 4) {
        uint8_t *l = leader_of(f, context, pc);
        uint32_t word;
        struct jl_insn slot;
        if (!l || f->ninsns >= p->max || f->ninsns >= JL_FE_INSNS - 2)
            return;
        if (pc != start && jl_offload_at(m, pc)) /* nor does anything run into one */
            return;
        if (*l & DECODED) { /* we run into it */
            *l |= STARTS;
            return;
        }
        if (m->guest && pc != start && !(pc & (m->guest->block_bytes - 1))) {
            if (!p->forward && !p->backward)
                return;
            *l |= STARTS;
        }
        if (!jl_fe_fetch(m, pc, &word))
            return;
        if (word == JL_ANNOTATE_BEGIN && pc != p->start && jl_fe_is_annotated(m, pc))
            return;
        struct jl_insn *i = &f->insn[f->ninsns];
        jl_fe_decode(m, pc, word, i);
        bool branch = jl_insn_is_branch(i);
        if (!jl_fe_can_take(m, pc, i, &slot))
            return;
        f->insn_pc[f->ninsns] = pc;
        f->insn_context[f->ninsns] = (uint8_t)context;
        f->insn_call[f->ninsns++] = (struct jl_fe_call){0};
        *l |= DECODED;
        if (branch) {
            follow(m, p, context, f->ninsns - 1, pc);
            return;
        }
        if (i->op == JL_OP_ERET)
            return;
    }
}

static bool takes_any(const struct jl_fe_call *call) {
    uint8_t any = 0;
    for (unsigned k = 0; k < call->count; k++)
        any |= call->callee[k];
    return any;
}

void jl_fe_classify(struct jl_machine *m, struct jl_fe_block *b, const struct jl_insn *i, uint32_t pc) {
    unsigned flags = jl_insn_flags(i);
    b->has_slot = true;
    slot_fits(m, pc, &b->slot);
    b->likely = flags & JL_LIKELY;
    b->target = (uint32_t)jl_branch_target(i, pc);
    b->fall = pc + 8;
    b->indirect = i->op == JL_OP_JALR;
    if (i->op == JL_OP_JR)
        b->end = b->context && i->rs == 31 ? JL_FE_INLINE_RETURN : JL_FE_INDIRECT;
    else if (takes_any(&m->frontend->insn_call[b->call]))
        b->end = JL_FE_INLINE_CALL;
    else if (i->op == JL_OP_JALR)
        b->end = JL_FE_CALL_INDIRECT;
    else if (i->op == JL_OP_JAL || (i->op == JL_OP_BGEZAL && i->rs == 0))
        b->end = JL_FE_CALL;
    else if (flags & JL_LINK)
        b->end = JL_FE_BRANCH_CALL;
    else
        b->end = jl_fe_is_goto(i) ? JL_FE_JUMP : JL_FE_BRANCH;
}

/* The end of a block in front of what translation leaves out. A console wants more of an exit than translated code
 * says. */
enum jl_fe_end jl_fe_end_before(const struct jl_machine *m, const struct jl_insn *i) {
    return i->op == JL_OP_SYSCALL && !(m->cpu.mode & JL_MODE_64) ? JL_FE_SYSCALL : JL_FE_INTERP;
}

/* The block that starts at instruction number `first`. */
static void cut(struct jl_machine *m, struct jl_fe_block *b, unsigned first) {
    struct jl_frontend *f = m->frontend;
    unsigned context = f->insn_context[first];
    *b = (struct jl_fe_block){
        .pc = f->insn_pc[first], .context = (uint8_t)context, .first = (uint16_t)first, .succ = {-1, -1}, .idom = -1};
    for (unsigned i = first;; i++) {
        uint32_t pc = b->pc + 4 * (i - first);
        uint8_t *l = leader_of(f, context, pc);
        if (i > first && l && *l & STARTS) {
            b->end = JL_FE_FALL;
            b->fall = pc;
            return;
        }
        if (i >= f->ninsns || f->insn_pc[i] != pc || f->insn_context[i] != context) { /* the walk stopped here */
            uint32_t word;
            struct jl_insn insn = {0};
            b->fall = pc;
            b->fetched = jl_fe_fetch(m, pc, &word);
            if (b->fetched)
                jl_fe_decode(m, pc, word, &insn);
            struct jl_insn slot;
            bool can = insn.op && jl_fe_can_take(m, pc, &insn, &slot);
            b->end = can ? JL_FE_FALL : jl_fe_end_before(m, &insn);
            return;
        }
        b->count++;
        struct jl_varset w = jl_insn_writes(&f->insn[i], m->cpu.mode);
        b->writes.lo |= w.lo;
        b->writes.hi |= w.hi;
        if (jl_insn_is_branch(&f->insn[i])) {
            b->call = (uint16_t)i;
            jl_fe_classify(m, b, &f->insn[i], pc);
            if (!b->likely) {
                w = jl_insn_writes(&b->slot, m->cpu.mode);
                b->writes.lo |= w.lo;
                b->writes.hi |= w.hi;
            }
            return;
        }
        if (f->insn[i].op == JL_OP_ERET) {
            b->end = JL_FE_ERET;
            b->fall = pc + 4;
            return;
        }
    }
}

static int block_at(const struct jl_frontend *f, unsigned context, uint32_t pc) {
    for (unsigned i = 0; i < f->nblocks; i++)
        if (f->block[i].pc == pc && f->block[i].context == context && !f->block[i].slot_only &&
            !f->block[i].next_target)
            return (int)i;
    return -1;
}

bool jl_fe_join(struct jl_frontend *f, unsigned from, unsigned arm, int to) {
    if (to < 0 || f->block[to].npreds == 16)
        return false;
    f->block[to].preds[f->block[to].npreds++] = (int16_t)from;
    f->block[from].succ[arm] = (int16_t)to;
    return true;
}

/* The taken edge of a likely branch goes through a block of its own that holds the delay slot. */
unsigned jl_fe_slot_block(struct jl_machine *m, unsigned from) {
    struct jl_frontend *f = m->frontend;
    struct jl_fe_block *b = &f->block[from], *s = &f->block[f->nblocks];
    *s = (struct jl_fe_block){.pc = b->fall - 8,
                              .context = b->context,
                              .slot_only = true,
                              .has_slot = true,
                              .slot = b->slot,
                              .target = b->target,
                              .end = JL_FE_JUMP,
                              .succ = {-1, -1},
                              .idom = -1};
    s->writes = jl_insn_writes(&s->slot, m->cpu.mode);
    return f->nblocks++;
}

/* Where an indirect call is compared with a further target: behind block `from`, which compares it with another. */
static unsigned next_target(struct jl_frontend *f, unsigned from) {
    struct jl_fe_block *b = &f->block[from], *n = &f->block[f->nblocks];
    *n = (struct jl_fe_block){.pc = b->fall - 8,
                              .context = b->context,
                              .next_target = true,
                              .fall = b->fall,
                              .indirect = true,
                              .call = b->call,
                              .end = JL_FE_INLINE_CALL,
                              .succ = {-1, -1},
                              .idom = -1};
    jl_fe_join(f, from, 1, (int)f->nblocks);
    return f->nblocks++;
}

/* The call that block `from` ends with, to each of the functions that have become part of the region. */
static void connect_call(struct jl_frontend *f, unsigned from) {
    struct jl_fe_call *call = &f->insn_call[f->block[from].call];
    for (unsigned k = 0; k < call->count; k++) {
        int entry = call->callee[k] ? block_at(f, call->callee[k], call->target[k]) : -1;
        if (entry < 0 || (f->block[from].succ[0] >= 0 && f->nblocks == JL_FE_BLOCKS)) {
            call->callee[k] = 0;
            continue;
        }
        if (f->block[from].succ[0] >= 0)
            from = next_target(f, from);
        jl_fe_join(f, from, 0, entry);
        f->block[from].target = call->target[k];
    }
}

static bool has_own_slot(const struct jl_fe_block *b) {
    return b->likely && (b->end == JL_FE_BRANCH || b->end == JL_FE_JUMP);
}

/* Slots of likely branches get their blocks first: a call does with fewer targets when there is no room for them. */
static void connect(struct jl_machine *m) {
    _Static_assert(2 * JL_FE_CUT <= JL_FE_BLOCKS, "a slot for each block");
    struct jl_frontend *f = m->frontend;
    unsigned n = f->nblocks, from[JL_FE_CUT];
    for (unsigned i = 0; i < n; i++)
        from[i] = has_own_slot(&f->block[i]) ? jl_fe_slot_block(m, i) : i;
    for (unsigned i = 0; i < n; i++) {
        struct jl_fe_block *b = &f->block[i];
        if (b->end == JL_FE_FALL)
            jl_fe_join(f, i, 0, block_at(f, b->context, b->fall));
        if (b->end == JL_FE_BRANCH)
            jl_fe_join(f, i, 1, block_at(f, b->context, b->fall));
        if (from[i] != i)
            jl_fe_join(f, i, 0, (int)from[i]);
        if (b->end == JL_FE_INLINE_CALL)
            connect_call(f, i);
        if (b->end == JL_FE_INLINE_RETURN)
            jl_fe_join(f, i, 0, block_at(f, f->context[b->context].parent, f->context[b->context].return_pc));
        if (b->end == JL_FE_BRANCH || b->end == JL_FE_JUMP)
            jl_fe_join(f, from[i], 0, block_at(f, b->context, b->target));
    }
}

static void post_order(struct jl_frontend *f, unsigned n, uint8_t *seen, uint8_t *out, unsigned *count) {
    seen[n] = 1;
    for (int s = 1; s >= 0; s--)
        if (f->block[n].succ[s] >= 0 && !seen[f->block[n].succ[s]])
            post_order(f, (unsigned)f->block[n].succ[s], seen, out, count);
    out[(*count)++] = (uint8_t)n;
}

static void order_blocks(struct jl_frontend *f) {
    uint8_t seen[JL_FE_BLOCKS] = {0}, post[JL_FE_BLOCKS];
    unsigned n = 0;
    post_order(f, 0, seen, post, &n);
    f->norder = n;
    for (unsigned i = 0; i < n; i++) {
        f->order[i] = post[n - 1 - i];
        f->block[f->order[i]].rpo = (uint16_t)i;
    }
    for (unsigned i = 0; i < f->nblocks; i++) { /* edges from unreachable blocks do not count */
        struct jl_fe_block *b = &f->block[i];
        unsigned k = 0;
        for (unsigned j = 0; j < b->npreds; j++)
            if (seen[b->preds[j]])
                b->preds[k++] = b->preds[j];
        b->npreds = (uint8_t)k;
    }
}

static int common(const struct jl_frontend *f, int a, int b) {
    while (a != b) {
        while (f->block[a].rpo > f->block[b].rpo)
            a = f->block[a].idom;
        while (f->block[b].rpo > f->block[a].rpo)
            b = f->block[b].idom;
    }
    return a;
}

/* Cooper, Harvey and Kennedy's iteration; one round is enough for reducible graphs, which is nearly all. */
static void find_dominators(struct jl_frontend *f) {
    f->block[0].idom = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned i = 1; i < f->norder; i++) {
            struct jl_fe_block *b = &f->block[f->order[i]];
            int dom = -1;
            for (unsigned j = 0; j < b->npreds; j++)
                if (f->block[b->preds[j]].idom >= 0)
                    dom = dom < 0 ? b->preds[j] : common(f, dom, b->preds[j]);
            if (dom != b->idom) {
                b->idom = (int16_t)dom;
                changed = true;
            }
        }
    }
}

/* Adds to the loop of `head` every block that reaches block n without going through the head. */
static void gather(struct jl_frontend *f, unsigned head, unsigned n, uint8_t *in_loop) {
    if (in_loop[n])
        return;
    in_loop[n] = 1;
    if (n == head)
        return;
    for (unsigned j = 0; j < f->block[n].npreds; j++)
        gather(f, head, (unsigned)f->block[n].preds[j], in_loop);
}

/* An edge to a block not later in the order is a back edge; its loop is what reaches its source without the head.
 * (Blocks of an inner loop may stand behind the outer loop's last block in the order, so positions do not tell.) */
static bool dominates(const struct jl_frontend *f, unsigned head, unsigned n) {
    while (f->block[n].rpo > f->block[head].rpo)
        n = (unsigned)f->block[n].idom;
    return n == head;
}

/* Vars that may have another value somewhere in the region than at its entry, as the builder sees it: what it writes,
 * and what is constant in a block of a version. */
static struct jl_varset region_sets(const struct jl_frontend *f, bool is_version) {
    struct jl_varset all = {0, 0};
    for (unsigned i = 0; i < f->nblocks; i++) {
        all.lo |= f->block[i].writes.lo | (is_version ? f->state[i].known : 0);
        all.hi |= f->block[i].writes.hi;
    }
    return all;
}

/* A loop with a second way in (its head does not dominate a back edge's source): values that the loop does not write
 * may still come in by that way, so every var that the region sets gets a phi at the head. */
static void find_loops(struct jl_machine *m) {
    struct jl_frontend *f = m->frontend;
    bool skips_idle = jl_fe_skips_idle(m), is_version = jl_fe_in_version(m);
    for (unsigned h = 0; h < f->norder; h++) {
        struct jl_fe_block *head = &f->block[f->order[h]];
        uint8_t in_loop[JL_FE_BLOCKS] = {0};
        for (unsigned j = 0; j < head->npreds; j++)
            if (f->block[head->preds[j]].rpo >= h) {
                head->loop_head = true;
                if (!dominates(f, f->order[h], (unsigned)head->preds[j]))
                    head->loop_writes = region_sets(f, is_version);
                in_loop[f->order[h]] = 0;
                gather(f, f->order[h], (unsigned)head->preds[j], in_loop);
                in_loop[f->order[h]] = 1;
            }
        for (unsigned i = 0; i < f->nblocks && head->loop_head; i++) {
            if (!in_loop[i])
                continue;
            struct jl_fe_block *b = &f->block[i];
            if (b->depth < 3)
                b->depth++;
            head->loop_writes.lo |= b->writes.lo;
            head->loop_writes.hi |= b->writes.hi;
        }
        head->idle = skips_idle && head->loop_head && jl_fe_loop_is_idle(f, f->order[h], in_loop, m->cpu.mode);
    }
}

static int by_address(const void *a, const void *b) {
    const struct jl_range *x = a, *y = b;
    return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* What a version was made from beside code, in whole words. */
static unsigned invariant_ranges(const struct jl_machine *m, struct jl_range *out) {
    unsigned n = 0;
    for (unsigned i = 0; m->version && i < JL_VERSION_SPANS; i++) {
        const struct jl_span *s = &m->version->used[i];
        if (s->low <= s->high)
            out[n++] = (struct jl_range){s->low & ~3u, (s->high | 3) + 1 - (s->low & ~3u)};
    }
    return n;
}

/* The guest bytes the translation was made from, slots included, as few ranges as possible and nothing between them:
 * the address space may have a hole there. */
static bool set_ranges(struct jl_machine *m, struct jl_region *region) {
    const struct jl_frontend *f = m->frontend;
    struct jl_range all[JL_FE_BLOCKS + JL_VERSION_SPANS];
    unsigned n = 0, kept = 0;
    for (unsigned i = 0; i < f->nblocks; i++) {
        const struct jl_fe_block *b = &f->block[i];
        /* what made the path end counts too, unless there was nothing to fetch: a checksum reads all of it */
        bool last = b->end == JL_FE_SYSCALL || (b->end == JL_FE_INTERP && b->fetched);
        uint32_t words = b->count + (b->has_slot && !b->slot_only) + last;
        if (!b->slot_only && words)
            all[n++] = (struct jl_range){b->pc, words * 4};
    }
    n += invariant_ranges(m, all + n);
    qsort(all, n, sizeof *all, by_address);
    for (unsigned i = 0; i < n; i++) {
        struct jl_range *last = kept ? &all[kept - 1] : NULL;
        if (last && all[i].addr <= last->addr + last->len) {
            uint32_t end = all[i].addr + all[i].len;
            if (end > last->addr + last->len)
                last->len = end - last->addr;
        } else {
            all[kept++] = all[i];
        }
    }
    if (kept > JL_MAX_RANGES) /* a version of code in very many pieces: with less of it then */
        return false;
    region->ranges = jl_arena_alloc(&m->regions, (kept + 1) * sizeof *all);
    if (!region->ranges)
        return false;
    memcpy(region->ranges, all, kept * sizeof *all);
    _Static_assert((int)JL_FE_CUT <= (int)JL_MAX_RANGES, "other regions have as many ranges as blocks at most");
    region->nranges = (uint8_t)kept;
    return kept > 0;
}

static void find_blocks(struct jl_machine *m, const struct policy *p, struct jl_region *region) {
    struct jl_frontend *f = m->frontend;
    memset(f->leader, 0, sizeof f->leader);
    f->ninsns = f->nblocks = f->ntodo = 0;
    f->ncontexts = 1;
    f->context[0] =
        (struct jl_fe_context){.window = region->pc - JL_FE_WINDOW * 2 < region->pc ? region->pc - JL_FE_WINDOW * 2 : 0,
                               .words = JL_FE_WINDOW,
                               .leader = f->leader};
    *leader_of(f, 0, region->pc) = STARTS;
    walk(m, p, 0, region->pc);
    walk_queued(m, p, 0);
    if (m->version) /* its first block is that of the other versions, as lockstep wants it */
        *leader_of(f, 0, region->pc + 4 * m->version->annotation.words) |= STARTS;
    for (unsigned i = 0; i < f->ninsns && f->nblocks < JL_FE_CUT; i++)
        if (*leader_of(f, f->insn_context[i], f->insn_pc[i]) & STARTS)
            cut(m, &f->block[f->nblocks++], i);
}

/* A region without a translatable instruction: its first one is the interpreter's. */
static void nothing_found(struct jl_machine *m, const struct jl_region *region, uint32_t word) {
    struct jl_frontend *f = m->frontend;
    struct jl_insn insn;
    f->block[0] = (struct jl_fe_block){
        .pc = region->pc, .fall = region->pc, .succ = {-1, -1}, .end = JL_FE_INTERP, .fetched = true};
    jl_fe_decode(m, region->pc, word, &insn);
    f->block[0].end = jl_fe_end_before(m, &insn);
    f->nblocks = 1;
}

/* The region of a function that is host code: all of the function is what it depends on. */
static bool offloaded(struct jl_machine *m, struct jl_region *region, const struct jl_offload_function *fn) {
    struct jl_frontend *f = m->frontend;
    f->ninsns = 0;
    f->nblocks = 1;
    f->ncontexts = 1;
    f->block[0] = (struct jl_fe_block){
        .pc = region->pc, .fall = region->pc, .succ = {-1, -1}, .idom = -1, .end = JL_FE_OFFLOAD, .fetched = true};
    connect(m);
    order_blocks(f);
    find_dominators(f);
    region->blocks = 1;
    region->ranges = jl_arena_alloc(&m->regions, sizeof *region->ranges);
    if (!region->ranges)
        return false;
    region->ranges[0] = (struct jl_range){fn->entry, fn->size};
    region->nranges = 1;
    return true;
}

bool jl_fe_discover(struct jl_machine *m, struct jl_region *region) {
    struct jl_frontend *f = m->frontend;
    const struct jl_offload_function *fn = jl_offload_at(m, region->pc);
    const struct jl_region_ops *ops = JL_OPS(m, REGION, jl_region_ops);
    unsigned max = ops->max_instructions(m);
    struct policy p = {ops->follow_forward,
                       ops->follow_backward,
                       max < m->region_limit ? max : m->region_limit,
                       ops->max_callee ? ops->max_callee(m) : 0,
                       ops->max_gap ? ops->max_gap(m) : UINT32_MAX,
                       m->tools.check ? NULL : JL_OPS(m, TIER, jl_tier_ops)->reached,
                       region->pc};
    uint32_t word;
    f->nseen = 0;
    if (!jl_fe_fetch(m, region->pc, &word))
        return false;
    if (fn)
        return offloaded(m, region, fn);
    if (jl_fe_in_version(m)) {
        jl_fe_find_version(m, region);
    } else {
        find_blocks(m, &p, region);
        if (!f->ninsns)
            nothing_found(m, region, word);
        connect(m);
    }
    order_blocks(f);
    find_dominators(f);
    find_loops(m);
    if (jl_fe_in_version(m))
        jl_fe_charge_rows(f);
    for (unsigned i = 0; i < f->nblocks; i++)
        region->guest_count += f->block[i].count + (f->block[i].has_slot && !f->block[i].slot_only);
    region->blocks = (uint16_t)f->norder;
    return set_ranges(m, region);
}
