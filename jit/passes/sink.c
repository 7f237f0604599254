/* Sink: values needed only when the region is left.
 *
 * In: use counts. Out: cheap pure ops with 32-bit results that no op uses, only snapshots, are marked JL_IRF_SUNK: the
 * back end does not compute them where they stand but at the exits, from their operands (the fault path does it in C).
 * The allocator then keeps the operands alive up to those snapshots instead. A value that most runs of its block carry
 * out of the region anyway stays where it is. Invariant: a sunk op's operands are not sunk, and extend the life of at
 * most one value that is used elsewhere too.
 *
 * This is what makes the condition of a compare-and-branch pair, or an address that was folded into its access, free on
 * the hot path although the guest's register gets its value at every exit.
 */
#include <stdlib.h>

#include "jit/passes/passes.h"

static const float MOSTLY = 0.6F;

static bool sinkable(const struct jl_ir *ir, const struct jl_op *op) {
    uint8_t from = JL_I32;
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
    case JL_IR_NEG:
    case JL_IR_SEXT8:
    case JL_IR_SEXT16:
    case JL_IR_ZEXT8:
    case JL_IR_ZEXT16: break;
    case JL_IR_TRUNC:
    case JL_IR_HIGH: from = JL_I64; break;
    case JL_IR_SETCC:
        if (op->sub != JL_I32)
            return false;
        break;
    default: return false;
    }
    if (op->type != JL_I32 || op->uses || ir->ops[op->a].type != from)
        return false;
    return from == JL_I32 || !jl_ir_is_const(ir, op->a); /* snapshots have no 64-bit constants */
}

/* An operand that stays alive anyway, as far as can be told cheaply: a constant, or used by another op as well. */
static bool cheap_operand(const struct jl_ir *ir, jl_ref r) {
    const struct jl_op *op = &ir->ops[r];
    return !r || op->op == JL_IR_CONST || op->op == JL_IR_PARAM || op->uses > 1;
}

/* How often each value is part of the state that is written at a way out, for one run of the region. */
static float *exit_frequencies(const struct jl_ir *ir) {
    float *out = calloc(ir->nops, sizeof *out);
    for (uint32_t n = 0; n < ir->nblocks && out; n++) {
        const struct jl_ir_block *b = &ir->blocks[n];
        const struct jl_op *end = b->end > b->first ? &ir->ops[b->end - 1] : &ir->ops[0];
        if (b->cold || !end->snap)
            continue;
        const struct jl_snap *s = &ir->snaps[end->snap];
        for (uint32_t i = 0; i < s->count; i++)
            out[ir->snap_vars[s->first + i].value] += b->freq;
    }
    return out;
}

/* Sinks the ops of one block. */
static void sink_block(struct jl_ir *ir, const struct jl_ir_block *b, const float *exits) {
    for (jl_ref i = b->first; i < b->end; i++) {
        struct jl_op *op = &ir->ops[i];
        if (!sinkable(ir, op) || ir->ops[op->a].flags & JL_IRF_SUNK || (op->b && ir->ops[op->b].flags & JL_IRF_SUNK))
            continue;
        if (exits[i] >= MOSTLY * b->freq || (!cheap_operand(ir, op->a) && !cheap_operand(ir, op->b)))
            continue;
        op->flags |= JL_IRF_SUNK;
        ir->ops[op->a].uses++; /* operands must be computed where they stand from now on */
        if (op->b)
            ir->ops[op->b].uses++;
    }
}

void jl_pass_sink(struct jl_ir *ir) {
    float *exits = exit_frequencies(ir);
    for (uint32_t n = 0; n < ir->nblocks && exits; n++)
        sink_block(ir, &ir->blocks[n], exits);
    free(exits);
}
