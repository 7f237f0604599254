/* A region's IR: blocks in reverse post-order, SSA built on the way.
 *
 * Every guest register is a variable of the SSA construction. At a loop head each one that the loop may write gets a
 * phi; elsewhere only where the predecessors' values differ. Phi operands are filled in at the end, when all edges are
 * known. The region's entry is an IR block of its own (PARAMs, the invalidation strategy's check), so that the first
 * guest block may be a loop head like any other.
 */
#include <stddef.h>
#include <string.h>

#include "jit/frontend/vr4300.h"
#include "jit/frontend/wide.h"
#include "jit/guest.h"
#include "jit/isa/stall.h"
#include "jit/runtime/versions.h"

/* A 64-bit guest is a console, whose events come after the instruction that they are due at: every block is left that
 * the slice does not reach to the end of, and the interpreter goes to where it ends (runtime/run.c). */
static void charge(struct jl_builder *b, const struct jl_fe_block *blk, unsigned n, unsigned stalls, bool check) {
    b->pc = blk->pc;
    b->bd = false;
    n += stalls;
    if (n && !check && b->mode & JL_MODE_64 && !blk->slot_only)
        jl_b_charge(b, n, JL_IRF_CHECK);
    else if (n || check)
        JL_OPS(b->machine, EVENTS, jl_events_ops)->lower(b, n, check);
    jl_fe_count(b, n);
    if (stalls)
        jl_b_hadd(b, 8, 0, offsetof(struct jl_cpu, stalled), (int32_t)stalls);
}

/* What the block's instructions from number i on take beside a tick each. */
static unsigned stalls_from(const struct jl_builder *b, const struct jl_frontend *f, const struct jl_fe_block *blk,
                            unsigned i) {
    unsigned n = blk->has_slot && !blk->likely ? jl_stall(blk->slot.op, b->mode) : 0;
    for (; i < blk->count; i++)
        n += jl_stall(f->insn[blk->first + i].op, b->mode);
    return n;
}

/* Where the block stands: so many instructions of it are charged and not done, and what they take beside. */
static void not_done(struct jl_builder *b, unsigned instructions, unsigned stalls) {
    b->uncharged = (uint16_t)(instructions + stalls);
    b->unstalled = (uint16_t)stalls;
}

/* ---- values at a block's start ---- */

static jl_ref out_value(struct jl_builder *b, const struct jl_fe_block *pred, unsigned var) {
    return pred->out[var] ? pred->out[var] : jl_b_param(b, var);
}

static jl_ref make_phi(struct jl_builder *b, struct jl_fe_block *blk, unsigned var) {
    jl_ref type_of = jl_b_param(b, var);
    struct jl_ir_block *ib = &b->ir->blocks[blk->ir_block];
    jl_ref phi = jl_ir_append(
        b->ir,
        (struct jl_op){.op = JL_IR_PHI, .type = b->ir->ops[type_of].type, .home = (uint8_t)(var + 1), .d = ib->phis});
    b->ir->blocks[blk->ir_block].phis = phi;
    if (b->ir->ops[phi].type == JL_I64)
        jl_ir_append_nops(b->ir, 1); /* for pass narrow */
    jl_b_note_set(b, var);
    return phi;
}

/* What var holds at the head of blk, whose forward predecessors are done. */
static jl_ref merged(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk, unsigned var) {
    jl_ref first = 0;
    bool any = false, differ = blk->loop_head && jl_varset_has(blk->loop_writes, var);
    for (unsigned i = 0; i < blk->npreds && !differ; i++) {
        const struct jl_fe_block *p = &f->block[blk->preds[i]];
        if (p->rpo >= blk->rpo)
            continue;
        jl_ref v = p->out[var];
        if (any && v != first)
            differ = true;
        first = v;
        any = true;
    }
    if (differ) { /* 0 and the PARAM itself are the same thing */
        bool all_param = !(blk->loop_head && jl_varset_has(blk->loop_writes, var));
        for (unsigned i = 0; i < blk->npreds && all_param; i++) {
            const struct jl_fe_block *p = &f->block[blk->preds[i]];
            all_param = p->rpo >= blk->rpo || !p->out[var] || p->out[var] == b->ir->param[var];
        }
        return all_param ? b->ir->param[var] : make_phi(b, blk, var);
    }
    return first;
}

/* What is constant in a block of a version is so whatever the ways to it made of it. */
static void set_constants(struct jl_builder *b, const struct jl_frontend *f, const struct jl_fe_block *blk) {
    const struct jl_fe_state *s = &f->state[blk - f->block];
    for (uint64_t set = s->known; set; set &= set - 1) {
        unsigned v = (unsigned)__builtin_ctzll(set);
        b->cur[v] = jl_b_i32(b, (int32_t)s->value[v]);
    }
}

static void note_loop_writes(struct jl_builder *b, const struct jl_fe_block *blk) {
    for (uint64_t set = blk->loop_writes.lo; set; set &= set - 1)
        jl_b_note_set(b, (unsigned)__builtin_ctzll(set));
}

/* Vars of blk that merging has nothing to do with. */
static uint64_t constants(const struct jl_builder *b, const struct jl_frontend *f, const struct jl_fe_block *blk) {
    return jl_fe_in_version(b->machine) ? f->state[blk - f->block].known : 0;
}

/* Values of a set of vars (those from `base` on). */
static void merge_set(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk, uint64_t set,
                      unsigned base) {
    for (; set; set &= set - 1) {
        unsigned v = base + (unsigned)__builtin_ctzll(set);
        if (v != JL_VAR_GPR)
            b->cur[v] = merged(b, f, blk, v);
    }
}

/* A loop head's phis, and whatever has a value by now: other vars have none on any way here. */
static void merge_all(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk) {
    struct jl_varset set = blk->loop_head ? blk->loop_writes : (struct jl_varset){0, 0};
    memset(b->cur, 0, sizeof b->cur);
    if (blk->rpo > 0) {
        set.lo |= b->known_lo;
        set.hi |= b->known_hi;
    }
    merge_set(b, f, blk, set.lo & ~constants(b, f, blk), 0);
    merge_set(b, f, blk, set.hi, 64);
    if (!constants(b, f, blk))
        return;
    if (blk->loop_head) /* their home slots may hold something else by its end */
        note_loop_writes(b, blk);
    set_constants(b, f, blk);
}

static jl_ref half(struct jl_builder *b, enum jl_irop op, jl_ref whole) {
    return jl_ir_append(b->ir, (struct jl_op){.op = (uint8_t)op, .type = JL_I32, .a = whole});
}

/* HI and LO as a loop leaves them are made where it is left (if something wants them then), not at each of its turns.
 * Of phis it is not known yet whether pass hilo makes one of them: a PAIR, of which the halves are, stands for that one
 * and is undone there otherwise. */
static void remake_halves(struct jl_builder *b, const struct jl_frontend *f, const struct jl_fe_block *blk) {
    jl_ref lo = b->cur[JL_VAR_LO], hi = b->cur[JL_VAR_HI], whole;
    if (b->mode & JL_MODE_64) /* they are registers like others there */
        return;
    if (blk->npreds != 1 || f->block[blk->preds[0]].depth <= blk->depth || !lo || !hi)
        return;
    const struct jl_op *l = &b->ir->ops[lo], *h = &b->ir->ops[hi];
    if (l->op == JL_IR_TRUNC && h->op == JL_IR_HIGH && l->a == h->a)
        whole = l->a;
    else if (l->op == JL_IR_PHI && h->op == JL_IR_PHI && JL_PASS_ON(b->machine, HILO))
        whole = jl_ir_append(b->ir,
                             (struct jl_op){.op = JL_IR_PAIR, .type = JL_I64, .a = lo, .b = hi, .sub = JL_PAIR_ASKS});
    else
        return;
    jl_b_set(b, JL_VAR_LO, half(b, JL_IR_TRUNC, whole));
    jl_b_set(b, JL_VAR_HI, half(b, JL_IR_HIGH, whole));
}

static void start_block(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk) {
    jl_b_start(b, blk->ir_block);
    struct jl_ir_block *ib = &b->ir->blocks[blk->ir_block];
    ib->loop_depth = blk->depth;
    ib->loop_head = blk->loop_head;
    ib->guest_count = blk->count;
    merge_all(b, f, blk);
    remake_halves(b, f, blk);
    const struct jl_fe_block *dom = &f->block[blk->idom];
    blk->nfacts = 0;
    if (blk->rpo > 0) {
        memcpy(blk->facts, dom->facts, sizeof blk->facts);
        blk->nfacts = dom->nfacts;
    }
    f->at = blk;
}

/* ---- ends of blocks ---- */

static int32_t link_value(const struct jl_builder *b, uint32_t pc) {
    return (int32_t)((pc + 8) & (b->machine->guest ? b->machine->guest->code_mask : ~0u));
}

/* Where JR or JALR at pc goes. */
static jl_ref indirect_target(struct jl_builder *b, const struct jl_insn *br, uint32_t pc) {
    jl_ref target = jl_b_get(b, JL_VAR_GPR + br->rs);
    if (!b->machine->guest)
        return jl_fe_jump_target(b, target);
    target = jl_b_op2(b, JL_IR_AND, JL_I32, target, jl_b_i32(b, (int32_t)b->machine->guest->code_mask));
    return jl_b_op2(b, JL_IR_OR, JL_I32, target, jl_b_i32(b, (int32_t)(pc & ~(uint32_t)(JL_PAGE - 1))));
}

static void set_link(struct jl_builder *b, const struct jl_insn *br, uint32_t pc) {
    unsigned flags = jl_insn_flags(br);
    if (flags & JL_LINK)
        jl_b_set(b, JL_VAR_GPR + (flags & JL_WR_31 ? 31 : br->rd), jl_fe_extended(b, jl_b_i32(b, link_value(b, pc))));
}

static void lower_call(struct jl_builder *b, uint32_t return_pc) {
    const struct jl_returns_ops *ops = JL_OPS(b->machine, RETURNS, jl_returns_ops);
    if (ops->lower_call)
        ops->lower_call(b, return_pc);
}

static void at(struct jl_builder *b, uint32_t pc) {
    b->pc = pc;
    b->bd = false;
    not_done(b, 0, 0);
}

/* Whether a jump from the block being translated to pc ends a turn of an idle loop, and is not to be made. */
static bool turns_idly(const struct jl_builder *b, const struct jl_frontend *f, int block, uint32_t pc) {
    if (!jl_fe_skips_idle(b->machine))
        return false;
    if (block >= 0)
        return f->block[block].idle && f->at->rpo >= f->block[block].rpo;
    return jl_fe_turns_idly(f, f->at, pc, b->mode);
}

/* Ends the block with a jump to guest address pc, which is outside the region or the head of an idle loop. */
static void leave_to(struct jl_builder *b, const struct jl_frontend *f, int block, uint32_t pc) {
    at(b, pc);
    if (turns_idly(b, f, block, pc))
        JL_OPS(b->machine, IDLE_LOOP, jl_idle_loop_ops)->lower_turn(b);
    else
        jl_lower_goto(b, pc);
}

static bool stays(const struct jl_builder *b, const struct jl_frontend *f, int block, uint32_t pc) {
    return block >= 0 && !turns_idly(b, f, block, pc);
}

/* Ends the block with a jump to guest address pc: inside the region if block is one of its own. */
static void go(struct jl_builder *b, struct jl_frontend *f, int block, uint32_t pc) {
    at(b, pc);
    if (stays(b, f, block, pc))
        jl_b_jump(b, f->block[block].ir_block);
    else
        leave_to(b, f, block, pc);
}

/* The IR block for one arm of a branch: the region's own, or a new one that leaves. */
static uint32_t arm(struct jl_builder *b, struct jl_frontend *f, int block, uint32_t pc) {
    if (stays(b, f, block, pc))
        return f->block[block].ir_block;
    uint32_t n = jl_b_new_block(b, false);
    b->ir->blocks[n].loop_depth = 0;
    return n;
}

static void fill_arm(struct jl_builder *b, const struct jl_frontend *f, int block, uint32_t ir_block, uint32_t pc,
                     const jl_ref *cur) {
    if (stays(b, f, block, pc))
        return;
    jl_b_start(b, ir_block);
    jl_b_restore(b, cur);
    leave_to(b, f, block, pc);
}

static void branch(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk, enum jl_cc cc, jl_ref x,
                   jl_ref y) {
    jl_ref cur[JL_VARS];
    uint32_t yes = arm(b, f, blk->succ[0], blk->target), no = arm(b, f, blk->succ[1], blk->fall);
    at(b, blk->fall);
    blk->ir_end = b->block;
    jl_b_save(b, cur);
    jl_b_branch(b, cc, x, y, yes, no);
    fill_arm(b, f, blk->succ[0], yes, blk->target, cur);
    fill_arm(b, f, blk->succ[1], no, blk->fall, cur);
}

/* BLTZAL and relatives: the link register is written either way, only the taken way is a call. */
static void branch_call(struct jl_builder *b, const struct jl_frontend *f, struct jl_fe_block *blk, enum jl_cc cc,
                        jl_ref x, jl_ref y) {
    jl_ref cur[JL_VARS];
    uint32_t yes = jl_b_new_block(b, false), no = jl_b_new_block(b, false);
    jl_b_save(b, cur);
    at(b, blk->fall);
    jl_b_branch(b, cc, x, y, yes, no);
    jl_b_start(b, yes);
    at(b, blk->target);
    lower_call(b, blk->fall);
    jl_lower_goto(b, blk->target);
    fill_arm(b, f, -1, no, blk->fall, cur);
}

/* The targets that the call at blk's end is still to be compared with: those which the region has no copy of. */
static void guess(struct jl_builder *b, const struct jl_frontend *f, const struct jl_fe_block *blk) {
    const struct jl_fe_call *call = &f->insn_call[blk->call];
    b->guesses = 0;
    for (unsigned k = 0; k < call->count; k++)
        if (!call->callee[k])
            b->guess[b->guesses++] = call->target[k];
}

static void indirect(struct jl_builder *b, const struct jl_frontend *f, const struct jl_fe_block *blk,
                     const struct jl_insn *br, jl_ref target) {
    const struct jl_returns_ops *ops = JL_OPS(b->machine, RETURNS, jl_returns_ops);
    at(b, blk->fall);
    b->guesses = 0;
    if (blk->end == JL_FE_CALL_INDIRECT) {
        lower_call(b, blk->fall);
        guess(b, f, blk);
    }
    if (br && br->op == JL_OP_JR && br->rs == 31 && ops->lower_return)
        ops->lower_return(b, target);
    else
        jl_lower_indirect(b, target);
}

/* A call through a register of which a likely target is part of the region. */
static void inline_indirect_call(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk, jl_ref target) {
    jl_ref cur[JL_VARS], expected = jl_b_i32(b, (int32_t)blk->target);
    bool last = blk->succ[1] < 0;
    uint32_t elsewhere = last ? jl_b_new_block(b, true) : f->block[blk->succ[1]].ir_block;
    at(b, blk->fall);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_EQ, target, expected, f->block[blk->succ[0]].ir_block, elsewhere);
    if (!last) {
        f->block[blk->succ[1]].goes = target;
        return;
    }
    jl_b_start(b, elsewhere);
    jl_b_restore(b, cur);
    at(b, blk->fall);
    lower_call(b, blk->fall);
    guess(b, f, blk);
    jl_lower_indirect(b, target);
}

/* The return of an inlined function: to the block behind the call when $31 still says so. */
static void inline_return(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk, jl_ref target) {
    jl_ref cur[JL_VARS], expected = jl_b_i32(b, (int32_t)f->context[blk->context].return_pc);
    uint32_t elsewhere = jl_b_new_block(b, true);
    at(b, blk->fall);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_EQ, target, expected, f->block[blk->succ[0]].ir_block, elsewhere);
    jl_b_start(b, elsewhere);
    jl_b_restore(b, cur);
    at(b, blk->fall);
    b->guesses = 0;
    jl_lower_indirect(b, target); /* not the returns strategy: the call told it nothing */
}

static void leave_at(struct jl_builder *b, const struct jl_fe_block *blk) {
    at(b, blk->fall);
    if (blk->end == JL_FE_SYSCALL) {
        uint32_t word;
        memcpy(&word, b->machine->mem->base + blk->fall, 4);
        if (b->machine->mem->swap_words)
            word = __builtin_bswap32(word);
        jl_b_cpu_store(b, 4, offsetof(struct jl_cpu, exit_code), jl_b_i32(b, (int32_t)(word >> 6 & 0xfffff)));
    }
    jl_b_leave(b, blk->end == JL_FE_SYSCALL ? JL_EXIT_SYSCALL : JL_EXIT_INTERP, 0, 0);
}

/* Instruction number k of the block being translated; b->pc, bd, uncharged and unstalled say where that is. */
static void insn(struct jl_builder *b, struct jl_frontend *f, unsigned k, const struct jl_insn *i) {
    f->index = k;
    if (!f->held[k])
        jl_b_hold(b, f->held[k + 1]);
    if (b->mode & JL_MODE_VR4300 && jl_insn_is_wide(i))
        jl_fe_need_wide(b, f);
    if (!b->machine->guest || !b->machine->guest->lower(b, i))
        jl_fe_insn(b, f, i);
}

static void slot(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk, uint32_t branch_pc) {
    b->pc = branch_pc;
    b->bd = true;
    not_done(b, 2u + blk->ahead, jl_stall(blk->slot.op, b->mode));
    insn(b, f, blk->slot_only ? 0 : blk->count, &blk->slot);
    b->bd = false;
}

static void save_out(struct jl_builder *b, struct jl_fe_block *blk) {
    if (b->mode & JL_MODE_VR4300)
        jl_fe_store_notes(b);
    blk->ir_end = b->block;
    jl_b_save(b, blk->out);
}

static void end_block(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk) {
    bool ends = blk->has_slot; /* with a branch or jump */
    const struct jl_insn *br = ends ? &f->insn[blk->first + blk->count - 1] : NULL;
    uint32_t pc = blk->fall - 8;
    enum jl_cc cc = JL_CC_EQ;
    jl_ref x = 0, y = 0, target = 0;
    b->pc = pc; /* what leaves in front of the branch */
    not_done(b, (blk->likely ? 1u : 2u) + blk->ahead, stalls_from(b, f, blk, blk->count));
    if (ends && (blk->end == JL_FE_BRANCH || blk->end == JL_FE_BRANCH_CALL))
        jl_fe_condition(b, f, br, &cc, &x, &y);
    if (blk->end == JL_FE_INLINE_RETURN && blk->succ[0] < 0)
        blk->end = JL_FE_INDIRECT;
    if (blk->end == JL_FE_INLINE_CALL && blk->succ[0] < 0)
        blk->end = blk->indirect ? JL_FE_CALL_INDIRECT : JL_FE_CALL;
    if (ends && (blk->end == JL_FE_INDIRECT || blk->end == JL_FE_CALL_INDIRECT || blk->end == JL_FE_INLINE_RETURN ||
                 (blk->end == JL_FE_INLINE_CALL && blk->indirect)))
        target = indirect_target(b, br, pc);
    if (blk->end == JL_FE_ERET) {
        b->pc = blk->fall - 4;
        not_done(b, 1, 0);
        target = jl_fe_eret(b, f, &f->insn[blk->first + blk->count - 1]);
    }
    if (ends) {
        set_link(b, br, pc);
        if (!blk->likely)
            slot(b, f, blk, pc);
    }
    jl_b_hold(b, false);
    save_out(b, blk);
    switch ((enum jl_fe_end)blk->end) {
    case JL_FE_FALL: go(b, f, blk->succ[0], blk->fall); break;
    case JL_FE_INLINE_CALL:
        if (blk->indirect)
            inline_indirect_call(b, f, blk, target);
        else
            go(b, f, blk->succ[0], blk->target);
        break;
    case JL_FE_JUMP: go(b, f, blk->succ[0], blk->target); break;
    case JL_FE_INLINE_RETURN: inline_return(b, f, blk, target); break;
    case JL_FE_BRANCH: branch(b, f, blk, cc, x, y); break;
    case JL_FE_CALL:
        at(b, blk->target);
        lower_call(b, blk->fall);
        jl_lower_goto(b, blk->target);
        break;
    case JL_FE_BRANCH_CALL: branch_call(b, f, blk, cc, x, y); break;
    case JL_FE_INDIRECT:
    case JL_FE_CALL_INDIRECT:
    case JL_FE_ERET: indirect(b, f, blk, br, target); break;
    case JL_FE_OFFLOAD:
        at(b, blk->pc);
        JL_OPS(b->machine, OFFLOAD, jl_offload_ops)->lower(b);
        break;
    case JL_FE_INTERP:
    case JL_FE_SYSCALL: leave_at(b, blk); break;
    }
}

/* ---- blocks ---- */

static void translate_slot_block(struct jl_builder *b, struct jl_frontend *f, struct jl_fe_block *blk) {
    charge(b, blk, 1, jl_stall(blk->slot.op, b->mode), false);
    slot(b, f, blk, blk->pc);
    save_out(b, blk);
    go(b, f, blk->succ[0], blk->target);
}

/* Where the guest's code is looked at once more inside a region: at each turn of a loop, and where a call would have
 * entered another region had the function not been taken in. */
static bool looks_again(const struct jl_frontend *f, const struct jl_fe_block *blk) {
    return blk->loop_head || (blk->context && blk->pc == f->context[blk->context].window);
}

static void translate_block(struct jl_machine *m, struct jl_builder *b, struct jl_fe_block *blk, bool is_entry) {
    struct jl_frontend *f = m->frontend;
    const struct jl_invalidate_ops *inv = JL_OPS(m, INVALIDATE, jl_invalidate_ops);
    start_block(b, f, blk);
    at(b, blk->pc);
    if (blk->next_target) {
        save_out(b, blk);
        inline_indirect_call(b, f, blk, blk->goes);
        return;
    }
    jl_fe_pairs(f, blk, b->mode, JL_PASS_ON(m, UNALIGNED) && !JL_OPS(m, BYTE_ORDER, jl_byte_order_ops)->swizzles);
    if (blk->slot_only) {
        translate_slot_block(b, f, blk);
        return;
    }
    if (looks_again(f, blk) && inv->lower_entry)
        inv->lower_entry(b, b->region, true);
    unsigned n = blk->count + (blk->has_slot && !blk->likely),
             plain = blk->count - (blk->has_slot || blk->end == JL_FE_ERET ? 1u : 0u),
             stalls = stalls_from(b, f, blk, 0);
    if (is_entry)
        b->region->entry_charge = n + stalls;
    if (!blk->charged) /* a guest of its own kind has exact slices */
        charge(b, blk, n + blk->ahead, stalls, is_entry || blk->loop_head || m->guest);
    for (unsigned i = 0; i < plain; i++) {
        b->pc = blk->pc + 4 * i;
        not_done(b, n + blk->ahead - i, stalls);
        insn(b, f, i, &f->insn[blk->first + i]);
        stalls -= jl_stall(f->insn[blk->first + i].op, b->mode);
    }
    end_block(b, f, blk);
}

/* The phis' operands: for each edge, what the predecessor ended with. */
static void fill_phis(struct jl_builder *b, struct jl_frontend *f) {
    struct jl_ir *ir = b->ir;
    for (unsigned i = 0; i < f->norder; i++) {
        const struct jl_fe_block *blk = &f->block[f->order[i]];
        const struct jl_ir_block *ib = &ir->blocks[blk->ir_block];
        for (jl_ref phi = ib->phis; phi; phi = ir->ops[phi].d) {
            uint32_t first = jl_ir_add_phi_args(ir, ib->preds);
            unsigned var = ir->ops[phi].home - 1u;
            ir->ops[phi].imm = first;
            for (uint32_t k = 0; k < ib->preds; k++) {
                uint32_t from = ir->pred_list[ib->pred_first + k];
                jl_ref v = from == 0 ? jl_b_param(b, var) : 0;
                for (unsigned p = 0; p < blk->npreds && !v; p++)
                    if (f->block[blk->preds[p]].ir_end == from)
                        v = out_value(b, &f->block[blk->preds[p]], var);
                ir->phi_args[first + k] = v ? v : jl_b_param(b, var);
            }
        }
    }
}

/* Emission order: as made, cold blocks last. Blocks the builder never filled (a constant condition) are left out. */
static void order_ir(struct jl_ir *ir) {
    uint32_t n = 0;
    for (int cold = 0; cold < 2; cold++) {
        uint32_t from = n;
        for (uint32_t i = 0; i < ir->nblocks; i++) {
            if (ir->blocks[i].cold != (cold == 1))
                continue;
            uint32_t j = n++;
            for (; j > from && ir->blocks[ir->order[j - 1]].first > ir->blocks[i].first; j--)
                ir->order[j] = ir->order[j - 1];
            ir->order[j] = i;
        }
    }
}

/* At a version's entry: whether the values are those that it is made for. */
static void compare_values(struct jl_builder *b, const struct jl_version *v) {
    struct jl_guarded guarded[JL_ANNOTATED];
    for (unsigned i = 0; i < v->annotation.registers; i++)
        guarded[i] = (struct jl_guarded){JL_VAR_GPR + v->annotation.reg[i], (int32_t)v->value[i]};
    JL_OPS(b->machine, SPECIALIZE, jl_specialize_ops)
        ->lower_entry(b, guarded, v->annotation.registers, jl_policy_near_offset(b->machine, v->next));
}

bool jl_translate(struct jl_machine *m, struct jl_region *region) {
    struct jl_frontend *f = m->frontend;
    struct jl_builder *b = &m->builder;
    const struct jl_invalidate_ops *inv = JL_OPS(m, INVALIDATE, jl_invalidate_ops);
    if (!jl_fe_discover(m, region))
        return false;
    b->ir = m->ir;
    b->machine = m;
    b->region = region;
    b->fold = JL_PASS_ON(m, FOLD);
    b->vn = JL_PASS_ON(m, VALUES);
    b->pinned_lo = m->pinned_lo;
    b->pinned_hi = m->pinned_hi;
    m->ir->entry_pc = region->pc;
    m->ir->mode = m->cpu.mode;
    b->pc = region->pc;
    not_done(b, 0, 0);
    b->bd = false;
    jl_b_begin(b, m->cpu.mode);
    if (jl_fe_in_version(m))
        compare_values(b, m->version);
    if (inv->lower_entry)
        inv->lower_entry(b, region, false);
    jl_fe_assume(b, f, region->pc);
    for (unsigned i = 0; i < f->norder; i++)
        f->block[f->order[i]].ir_block = jl_ir_add_block(m->ir, f->block[f->order[i]].pc);
    jl_b_jump(b, f->block[f->order[0]].ir_block);
    for (unsigned i = 0; i < f->norder && !m->ir->failed; i++)
        translate_block(m, b, &f->block[f->order[i]], i == 0);
    if (m->ir->failed)
        return false;
    jl_ir_drop_unreachable(m->ir);
    jl_ir_compute_preds(m->ir);
    fill_phis(b, f);
    jl_fe_check_assumed(b);
    order_ir(m->ir);
    return !m->ir->failed;
}
