/* Counters: what is made of a loop's counter after its step is made of the new value.
 *
 * In: a phi x of a loop's head whose value for the next turn is y = x + c; the builder has folded (x + c) + d, in other
 * blocks too, to x + e. Out: behind y such a sum is y + (e - c) again. Invariant: the same values. Folding had kept x
 * alive beside y, so that they could not share a register: a move and a jump at each turn of the loop.
 */
#include <stdlib.h>

#include "jit/ir/dominators.h"
#include "jit/passes/passes.h"

struct counters {
    struct jl_ir *ir;
    jl_ref *next;    /* of each phi: its y, 0 = it is no counter */
    uint32_t *block; /* and the block of that */
    bool any;
};

static bool is_sum(const struct jl_ir *ir, jl_ref r, jl_ref *x, int32_t *c) {
    const struct jl_op *op = &ir->ops[r];
    if (op->op != JL_IR_ADD || op->type != JL_I32 || !jl_ir_is_const(ir, op->b))
        return false;
    *x = op->a;
    *c = (int32_t)ir->ops[op->b].imm;
    return true;
}

static void find_counters(struct counters *k, uint32_t n) {
    const struct jl_ir *ir = k->ir;
    const struct jl_ir_block *b = &ir->blocks[n];
    for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d)
        for (uint32_t j = 0; ir->ops[phi].op == JL_IR_PHI && j < b->preds; j++) {
            jl_ref x, y = ir->phi_args[ir->ops[phi].imm + j];
            int32_t c;
            if (is_sum(ir, y, &x, &c) && x == phi) {
                k->next[phi] = y;
                k->any = true;
            }
        }
}

static void find_blocks(struct counters *k, uint32_t n) {
    const struct jl_ir *ir = k->ir;
    for (jl_ref i = ir->blocks[n].first; i < ir->blocks[n].end; i++) {
        jl_ref x;
        int32_t c;
        if (is_sum(ir, i, &x, &c) && k->next[x] == i)
            k->block[x] = n;
    }
}

static void rewrite_block(struct counters *k, const struct jl_dominators *dom, uint32_t n) {
    struct jl_ir *ir = k->ir;
    for (jl_ref i = ir->blocks[n].first, end = ir->blocks[n].end; i < end; i++) {
        jl_ref x;
        int32_t e;
        if (!is_sum(ir, i, &x, &e) || !k->next[x] || k->block[x] == n || !jl_ir_dominates(dom, k->block[x], n))
            continue;
        int32_t c = (int32_t)ir->ops[ir->ops[k->next[x]].b].imm;
        if (e == c)
            continue;
        jl_ref rest = jl_ir_append(
            ir, (struct jl_op){.op = JL_IR_CONST, .type = JL_I32, .imm = (int32_t)((uint32_t)e - (uint32_t)c)});
        ir->ops[i].a = k->next[x];
        ir->ops[i].b = rest;
    }
}

void jl_pass_counters(struct jl_ir *ir) {
    struct jl_dominators dom;
    struct counters k = {.ir = ir};
    k.next = calloc(ir->nops, sizeof *k.next);
    k.block = calloc(ir->nops, sizeof *k.block);
    for (uint32_t n = 0; k.next && k.block && n < ir->nblocks; n++)
        if (ir->blocks[n].loop_head)
            find_counters(&k, n);
    if (k.any && jl_ir_dominators(&dom, ir)) {
        for (uint32_t n = 0; n < ir->nblocks; n++)
            find_blocks(&k, n);
        for (uint32_t n = 0; n < ir->nblocks; n++)
            rewrite_block(&k, &dom, n);
    }
    free(k.next);
    free(k.block);
}
