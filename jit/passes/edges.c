/* Edges: what a branch says about its condition.
 *
 * In: BR on (x != 0) or (x == 0) where x is a comparison's result. Out: where only one of the two ways leads, x is the
 * constant 1 or 0: in the operands, phi operands and snapshots of all blocks which that way dominates. Invariant: every
 * use has the value it had. SSA is what makes this right: x is not made anew between the branch and such a use.
 *
 * MIPS keeps a comparison's result in a register, which stays part of the guest's state long after the branch that it
 * was made for. With both ways known nobody needs the value any more, so that only the host's compare and branch
 * remain. (After "conditional branch" facts in Wegman and Zadeck, "Constant propagation with conditional branches",
 * 1991.)
 */
#include <stdlib.h>

#include "jit/ir/dominators.h"
#include "jit/passes/passes.h"

/* On the edge from block `from` to block `to` value x is the constant `is`. */
struct fact {
    uint32_t from, to, next; /* next fact about the same value, 0 = none */
    jl_ref is;
    bool sole; /* no other edge leads to `to` */
};

struct edges {
    struct jl_ir *ir;
    struct jl_dominators dom;
    struct fact *facts;
    uint32_t nfacts;
    uint32_t *about; /* of each value: its first fact */
    jl_ref bit[2];   /* the constants */
    jl_ref wide[2];  /* and for the same in 64 bits */
    uint32_t list;   /* snapshot list seen last */
};

static bool is_condition(const struct jl_ir *ir, jl_ref r) {
    return ir->ops[r].op == JL_IR_SETCC || ir->ops[r].op == JL_IR_FCMP;
}

static jl_ref bit(struct edges *k, bool one) {
    if (!k->bit[one])
        k->bit[one] = jl_ir_append(k->ir, (struct jl_op){.op = JL_IR_CONST, .type = JL_I32, .imm = one});
    return k->bit[one];
}

/* What a fact says of v: the condition, or its 64-bit extension. */
static jl_ref told(struct edges *k, const struct fact *f, jl_ref v) {
    if (k->ir->ops[v].type != JL_I64)
        return f->is;
    bool one = f->is == k->bit[1];
    if (!k->wide[one])
        k->wide[one] = jl_ir_append(k->ir, (struct jl_op){.op = JL_IR_CONST, .type = JL_I64, .imm = one});
    return k->wide[one];
}

static void note(struct edges *k, jl_ref x, uint32_t from, uint32_t to, bool one) {
    k->facts[++k->nfacts] = (struct fact){
        .from = from, .to = to, .next = k->about[x], .is = bit(k, one), .sole = k->ir->blocks[to].preds == 1};
    k->about[x] = k->nfacts;
}

static void find_facts(struct edges *k) {
    struct jl_ir *ir = k->ir;
    for (uint32_t n = 0; n < ir->nblocks; n++) {
        const struct jl_ir_block *b = &ir->blocks[n];
        const struct jl_op *br = &ir->ops[b->end ? b->end - 1 : 0];
        if (br->op != JL_IR_BR || b->succ[0] == b->succ[1] || (br->cc != JL_CC_NE && br->cc != JL_CC_EQ) ||
            !is_condition(ir, br->a) || !jl_ir_is_const(ir, br->b) || ir->ops[br->b].imm != 0)
            continue;
        bool yes = br->cc == JL_CC_NE;
        jl_ref x = br->a;
        note(k, x, n, (uint32_t)b->succ[0], yes);
        note(k, x, n, (uint32_t)b->succ[1], !yes);
    }
    for (jl_ref i = ir->begin; i < ir->nops && k->nfacts; i++)
        if (ir->ops[i].op == JL_IR_ZEXT32)
            k->about[i] = k->about[ir->ops[i].a];
}

/* What value v is known to be in block n, or v. */
static jl_ref known(struct edges *k, jl_ref v, uint32_t n) {
    for (uint32_t i = k->about[v]; i; i = k->facts[i].next)
        if (k->facts[i].sole && jl_ir_dominates(&k->dom, k->facts[i].to, n))
            return told(k, &k->facts[i], v);
    return v;
}

/* What it is when control goes from block n to block `to`. */
static jl_ref known_on_edge(struct edges *k, jl_ref v, uint32_t n, uint32_t to) {
    for (uint32_t i = k->about[v]; i; i = k->facts[i].next)
        if (k->facts[i].from == n && k->facts[i].to == to)
            return told(k, &k->facts[i], v);
    return known(k, v, n);
}

static void rewrite_snapshot(struct edges *k, const struct jl_snap *s, uint32_t n) {
    if (s->first == k->list) /* ops of one block share lists */
        return;
    k->list = s->first;
    for (uint32_t i = s->first; i < s->first + s->count; i++)
        if (k->about[k->ir->snap_vars[i].value])
            k->ir->snap_vars[i].value = known(k, k->ir->snap_vars[i].value, n);
}

static void rewrite_op(struct edges *k, struct jl_op *op, uint32_t n) {
    jl_ref *refs[4] = {&op->a, &op->b, &op->c, &op->d};
    for (unsigned i = 0; i < jl_irop_info[op->op].operands; i++)
        if (k->about[*refs[i]])
            *refs[i] = known(k, *refs[i], n);
    if (op->snap)
        rewrite_snapshot(k, &k->ir->snaps[op->snap], n);
}

static void rewrite_block(struct edges *k, uint32_t n) {
    struct jl_ir *ir = k->ir;
    const struct jl_ir_block *b = &ir->blocks[n];
    for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d)
        for (uint32_t j = 0; j < b->preds && ir->ops[phi].op == JL_IR_PHI; j++) {
            jl_ref *arg = &ir->phi_args[ir->ops[phi].imm + j];
            if (k->about[*arg])
                *arg = known_on_edge(k, *arg, ir->pred_list[b->pred_first + j], n);
        }
    for (jl_ref i = b->first; i < b->end; i++)
        rewrite_op(k, &ir->ops[i], n);
}

void jl_pass_edges(struct jl_ir *ir) {
    struct edges k = {.ir = ir, .list = ~0u};
    k.facts = malloc((2 * ir->nblocks + 1) * sizeof *k.facts);
    k.about = calloc(ir->nops + 4, sizeof *k.about); /* constants may be added */
    if (k.facts && k.about) {
        find_facts(&k);
        if (k.nfacts && jl_ir_dominators(&k.dom, ir))
            for (uint32_t n = 0; n < ir->nblocks; n++)
                rewrite_block(&k, n);
    }
    free(k.facts);
    free(k.about);
}
