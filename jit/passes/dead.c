/* Dead: values nobody needs.
 *
 * In: any region. Out: pure ops and loads of host memory that neither an op, nor a phi that is needed, nor a snapshot
 * uses are NOPs. Invariant: what is left computes the same. Marks from the roots (effects, exits, terminators and their
 * snapshots) with a work list, so that cycles of phis which only feed each other go too.
 */
#include <stdlib.h>

#include "jit/passes/passes.h"

struct marker {
    struct jl_ir *ir;
    uint8_t *live;
    jl_ref *work;
    uint32_t n;
    uint32_t list, count; /* snapshot list marked last */
};

static void mark(struct marker *k, jl_ref r) {
    if (!r || k->live[r])
        return;
    k->live[r] = 1;
    k->work[k->n++] = r;
}

static void mark_operands(struct marker *k, jl_ref r) {
    const struct jl_op *op = &k->ir->ops[r];
    unsigned n = jl_irop_info[op->op].operands;
    if (n > 0)
        mark(k, op->a);
    if (n > 1)
        mark(k, op->b);
    if (n > 2)
        mark(k, op->c);
    if (n > 3)
        mark(k, op->d);
    if (op->op == JL_IR_PHI) /* a holds its operand count here */
        for (uint32_t i = 0; i < op->a; i++)
            mark(k, k->ir->phi_args[op->imm + i]);
    if (!op->snap)
        return;
    const struct jl_snap *s = &k->ir->snaps[op->snap];
    if (s->first == k->list && s->count == k->count)
        return;
    k->list = s->first;
    k->count = s->count;
    for (uint32_t i = 0; i < s->count; i++)
        mark(k, k->ir->snap_vars[s->first + i].value);
}

void jl_pass_dead(struct jl_ir *ir) {
    struct marker k = {.ir = ir, .live = calloc(ir->nops, 1), .work = malloc(ir->nops * sizeof(jl_ref)), .list = ~0u};
    if (!k.live || !k.work)
        goto out;
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d)
            ir->ops[phi].a = ir->blocks[n].preds;
    for (jl_ref i = ir->begin; i < ir->nops; i++)
        if (jl_irop_info[ir->ops[i].op].klass & (JL_IRC_E | JL_IRC_S | JL_IRC_T) || ir->ops[i].snap)
            mark(&k, i);
    while (k.n)
        mark_operands(&k, k.work[--k.n]);
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        struct jl_op *op = &ir->ops[i];
        if (k.live[i] || op->op == JL_IR_NOP)
            continue;
        if (op->op == JL_IR_PARAM)
            ir->param[op->imm] = 0;
        op->op = JL_IR_NOP;
        op->type = JL_VOID;
    }
    jl_ir_count_uses(ir);
out:
    free(k.live);
    free(k.work);
}
