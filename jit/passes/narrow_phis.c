/* Narrow phis: 64-bit phis that merge sign-extended 32-bit numbers become 32-bit ones.
 *
 * In: 64-bit code; behind each I64 phi a NOP (the front end leaves it there). Out: where every operand is a
 * sign-extended number, the phi is of the lower halves, and its sign extension stands in the NOP's place for whoever
 * needs all of it, mostly the exits (pass sink). Comparisons and checks of sign-extended numbers are of their lower
 * halves. Invariant: the same values.
 *
 * Optimistic, as loops need it: all phis are taken for narrow, and those that turn out not to be are given up, until
 * nothing changes.
 */
#include <stdlib.h>

#include "jit/passes/passes.h"

enum { DEPTH = 8 };

/* The phi is narrow as far as is known: its `size`, which phis do not use. */
static bool is_narrow(const struct jl_op *phi) {
    return phi->op == JL_IR_PHI && phi->size;
}

static bool is_extended(const struct jl_ir *ir, jl_ref v, unsigned depth) {
    const struct jl_op *op = &ir->ops[v];
    if (op->type != JL_I64)
        return false;
    switch (op->op) {
    case JL_IR_PHI: return is_narrow(op);
    case JL_IR_AND:
    case JL_IR_OR:
    case JL_IR_XOR:
        if (depth && is_extended(ir, op->a, depth - 1) && is_extended(ir, op->b, depth - 1))
            return true;
        break;
    case JL_IR_NOT: return depth && is_extended(ir, op->a, depth - 1);
    default: break;
    }
    return jl_ir_is_extended(ir, v);
}

static bool give_up(struct jl_ir *ir, const struct jl_ir_block *b) {
    bool changed = false;
    for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d) {
        struct jl_op *op = &ir->ops[phi];
        for (uint32_t k = 0; is_narrow(op) && k < b->preds; k++)
            if (!is_extended(ir, ir->phi_args[op->imm + k], DEPTH)) {
                op->size = 0;
                changed = true;
            }
    }
    return changed;
}

static bool find(struct jl_ir *ir) {
    bool any = false;
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d)
            if (ir->ops[phi].op == JL_IR_PHI)
                ir->ops[phi].size = ir->ops[phi].type == JL_I64;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t n = 0; n < ir->nblocks; n++)
            changed |= give_up(ir, &ir->blocks[n]);
    }
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d)
            any |= is_narrow(&ir->ops[phi]);
    return any;
}

/* Where a narrow phi was meant, its sign extension is. */
static jl_ref whole(const struct jl_ir *ir, jl_ref v) {
    return is_narrow(&ir->ops[v]) ? v + 1 : v;
}

/* Of an operand of a narrow phi: the lower half, or a value of which that is taken. */
static jl_ref half(const struct jl_ir *ir, jl_ref v) {
    if (is_narrow(&ir->ops[v]))
        return v;
    return ir->ops[v].op == JL_IR_SEXT32 ? ir->ops[v].a : v;
}

static void rewrite_phis(struct jl_ir *ir, const struct jl_ir_block *b) {
    for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d) {
        struct jl_op *op = &ir->ops[phi];
        if (op->op != JL_IR_PHI)
            continue;
        for (uint32_t k = 0; k < b->preds; k++) {
            jl_ref *arg = &ir->phi_args[op->imm + k];
            *arg = op->size ? half(ir, *arg) : whole(ir, *arg);
        }
        if (!op->size)
            continue;
        ir->ops[phi + 1] = (struct jl_op){.op = JL_IR_SEXT32, .type = JL_I64, .a = phi, .home = op->home};
        op->home = 0; /* a half is not what the var holds */
    }
}

static void rewrite_ops(struct jl_ir *ir) {
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        struct jl_op *op = &ir->ops[i];
        if (op->op == JL_IR_TRUNC && is_narrow(&ir->ops[op->a])) {
            op->op = JL_IR_COPY;
            continue;
        }
        if (op->op == JL_IR_PHI || (op->op == JL_IR_SEXT32 && is_narrow(&ir->ops[op->a])))
            continue;
        jl_ref *refs[4] = {&op->a, &op->b, &op->c, &op->d};
        for (unsigned k = 0; k < jl_irop_info[op->op].operands; k++)
            *refs[k] = whole(ir, *refs[k]);
    }
    for (uint32_t i = 0; i < ir->nsnap_vars; i++)
        ir->snap_vars[i].value = whole(ir, ir->snap_vars[i].value);
}

static void set_types(struct jl_ir *ir) {
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d)
            if (is_narrow(&ir->ops[phi])) {
                ir->ops[phi].type = JL_I32;
                ir->ops[phi].size = 0;
            }
}

/* ---- comparisons ---- */

/* The lower half of an extended number, when it is at hand: 0 when it is not. */
static jl_ref low_of(const struct jl_ir *ir, jl_ref v) {
    const struct jl_op *op = &ir->ops[v];
    if (op->op == JL_IR_SEXT32 || (op->op == JL_IR_ZEXT32 && jl_ir_is_extended(ir, v)))
        return op->a;
    return op->op == JL_IR_CONST && op->imm == (int32_t)op->imm ? v : 0;
}

/* v + 0x8000 compared with its lower half's sign extension: they differ when v is no base for an address
 * (frontend/wide.c). Returns the lower half of an extended v, which is none when it is one of the last numbers. */
static jl_ref base_compared(const struct jl_ir *ir, const struct jl_op *op) {
    const struct jl_op *up = &ir->ops[op->a], *again = &ir->ops[op->b], *low = &ir->ops[again->a];
    if (op->cc != JL_CC_NE || up->op != JL_IR_ADD || up->type != JL_I64 || !jl_ir_is_const(ir, up->b) ||
        ir->ops[up->b].imm != 0x8000 || again->op != JL_IR_SEXT32 || low->op != JL_IR_TRUNC || low->a != op->a)
        return 0;
    return jl_ir_is_const(ir, up->a) ? 0 : low_of(ir, up->a);
}

static void narrow_compare(struct jl_ir *ir, jl_ref i) {
    struct jl_op *op = &ir->ops[i];
    jl_ref base = base_compared(ir, op);
    if (base) {
        jl_ref limit = jl_ir_append(ir, (struct jl_op){.op = JL_IR_CONST, .type = JL_I32, .imm = 0x7fff8000});
        op = &ir->ops[i];
        op->cc = JL_CC_GE;
        op->sub = JL_I32;
        op->a = base;
        op->b = limit;
        return;
    }
    jl_ref a = low_of(ir, op->a), b = a ? low_of(ir, op->b) : 0;
    if (!b || (jl_ir_is_const(ir, a) && jl_ir_is_const(ir, b)))
        return;
    if (a == b && op->op == JL_IR_EXITIF && op->cc == JL_CC_NE) {
        op->op = JL_IR_NOP;
        op->type = JL_VOID;
        op->snap = 0;
        return;
    }
    op->a = a;
    op->b = b;
    op->sub = JL_I32;
}

void jl_pass_narrow_phis(struct jl_ir *ir) {
    if (find(ir)) {
        for (uint32_t n = 0; n < ir->nblocks; n++)
            rewrite_phis(ir, &ir->blocks[n]);
        rewrite_ops(ir);
        set_types(ir);
        jl_pass_forward_copies(ir);
    }
    for (jl_ref i = ir->begin, end = ir->nops; i < end; i++) {
        const struct jl_op *op = &ir->ops[i];
        bool compares = op->op == JL_IR_BR || op->op == JL_IR_EXITIF || op->op == JL_IR_SETCC || op->op == JL_IR_SELECT;
        if (compares && op->sub == JL_I64)
            narrow_compare(ir, i);
    }
}
