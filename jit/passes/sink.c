/* Sink: values needed only when the region is left.
 *
 * In: use counts. Out: cheap pure ops that no op uses, only snapshots and other such ops, are
 * marked JL_IRF_SUNK: the back end does not compute them where they stand but at the exits, from their operands (the
 * fault path does it in C). The allocator then keeps the operands alive up to those snapshots instead. A value that
 * most runs of its block carry out of the region anyway stays where it is. Invariant: at most one operand of a sunk op
 * is sunk too, JL_SUNK_CHAIN ops are the longest chain, and each op extends the life of at most one value that nothing
 * else uses.
 *
 * This is what makes the condition of a compare-and-branch pair, or an address that was folded into its access, free on
 * the hot path although the guest's register gets its value at every exit: of an array's element (sll, addu, lw) only
 * the load is left.
 */
#include <stdlib.h>

#include "jit/passes/passes.h"

static const float MOSTLY = 0.6F;

/* What is known of a value when all that comes behind it has been looked at. */
struct value {
    float exits;       /* how often it is written as part of the state, for one run of the region */
    jl_ref user;       /* a sunk op that uses it */
    uint16_t consumed; /* by how many sunk ops, which no longer count as uses */
    uint8_t chain;     /* sunk ops above it */
    bool stands;       /* a sunk op that uses it needs it computed */
};

static bool sinkable(const struct jl_ir *ir, const struct jl_op *op) {
    uint8_t from = op->type;
    switch (op->op) {
    case JL_IR_ADD:
    case JL_IR_SUB:
    case JL_IR_AND:
    case JL_IR_OR:
    case JL_IR_XOR:
    case JL_IR_SHL:
    case JL_IR_SHR:
    case JL_IR_SAR:
    case JL_IR_NOT:
    case JL_IR_NEG: break;
    case JL_IR_SEXT8:
    case JL_IR_SEXT16:
    case JL_IR_ZEXT8:
    case JL_IR_ZEXT16:
        if (op->type != JL_I32)
            return false;
        break;
    case JL_IR_FZEXT:
    case JL_IR_FSETLO:
    case JL_IR_FSETHI: return !op->uses;
    case JL_IR_SEXT32:
    case JL_IR_ZEXT32: from = JL_I32; break;
    case JL_IR_TRUNC:
    case JL_IR_HIGH: from = JL_I64; break;
    case JL_IR_SETCC:
        if (op->sub != JL_I32)
            return false;
        break;
    default: return false;
    }
    return (op->type == JL_I32 || op->type == JL_I64) && !op->uses && ir->ops[op->a].type == from;
}

/* An operand that stays alive anyway, as far as can be told cheaply: a constant, or used by another op as well. */
static bool cheap_operand(const struct jl_ir *ir, const struct value *v, jl_ref r) {
    const struct jl_op *op = &ir->ops[r];
    return !r || op->op == JL_IR_CONST || op->op == JL_IR_PARAM || op->uses + v[r].consumed > 1;
}

static void count_exits(const struct jl_ir *ir, struct value *v) {
    for (uint32_t n = 0; n < ir->nblocks; n++) {
        const struct jl_ir_block *b = &ir->blocks[n];
        const struct jl_op *end = b->end > b->first ? &ir->ops[b->end - 1] : &ir->ops[0];
        if (b->cold || !end->snap)
            continue;
        const struct jl_snap *s = &ir->snaps[end->snap];
        for (uint32_t i = 0; i < s->count; i++)
            v[ir->snap_vars[s->first + i].value].exits += b->freq;
    }
}

/* r, an operand of the op `user` that is being sunk, is not used where that stands any more. */
static void release(struct jl_ir *ir, struct value *v, jl_ref r, jl_ref other, jl_ref user) {
    if (!r || jl_ir_is_const(ir, r))
        return;
    ir->ops[r].uses--;
    v[r].exits += v[user].exits;
    v[r].stands |= v[r].consumed || r == other || !cheap_operand(ir, v, other);
    v[r].user = user;
    v[r].consumed++;
    if (v[r].chain <= v[user].chain)
        v[r].chain = (uint8_t)(v[user].chain + 1);
}

/* The sunk op that uses i has one sunk operand with it; the other one has to stand. */
static void hold_sibling(const struct jl_ir *ir, struct value *v, jl_ref i) {
    const struct jl_op *user = &ir->ops[v[i].user];
    if (v[i].user)
        v[user->a == i ? user->b : user->a].stands = true;
}

/* Sinks the ops of one block, those that use others first. */
static void sink_block(struct jl_ir *ir, const struct jl_ir_block *b, struct value *v) {
    for (jl_ref i = b->end; i-- > b->first;) {
        struct jl_op *op = &ir->ops[i];
        if (!sinkable(ir, op) || v[i].stands || v[i].chain >= JL_SUNK_CHAIN || v[i].exits >= MOSTLY * b->freq)
            continue;
        if (!cheap_operand(ir, v, op->a) && !cheap_operand(ir, v, op->b))
            continue;
        op->flags |= JL_IRF_SUNK;
        hold_sibling(ir, v, i);
        release(ir, v, op->a, op->b, i);
        release(ir, v, op->b, op->a, i);
    }
}

void jl_pass_sink(struct jl_ir *ir) {
    struct value *v = calloc(ir->nops, sizeof *v);
    if (!v)
        return;
    count_exits(ir, v);
    for (uint32_t n = ir->nblocks; n-- > 0;)
        sink_block(ir, &ir->blocks[n], v);
    free(v);
}
