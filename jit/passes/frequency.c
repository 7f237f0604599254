/* Frequency: how often each block runs for one run of the region, estimated from the shape of the graph alone.
 *
 * In: the region's graph with cold blocks and loop depths marked. Out: block->freq, 1 for the entry. Invariant: none;
 * the estimate decides only where values live. A way out of a loop is taken one time in eight, a cold block once in a
 * hundred, other branches are even; frequencies are then propagated until loops have settled (Ball and Larus, "Branch
 * prediction for free", PLDI 1993; Wu and Larus, "Static branch frequency and program profile analysis", MICRO 1994).
 * (Switched off: eight runs for each loop around the block.) A loop whose body usually leaves the region (it calls
 * something) so counts as what it is, nearly straight code.
 */
#include "jit/passes/passes.h"

enum { ROUNDS = 12, LOOP_RUNS = 8, MAX_DEPTH = 5 };

static const float loop_exit = 0.125F, to_cold = 0.01F;

/* The share of block b's runs that go on to its first successor. */
static float first_share(const struct jl_ir *ir, const struct jl_ir_block *b) {
    if (b->succ[1] < 0)
        return 1;
    const struct jl_ir_block *x = &ir->blocks[b->succ[0]], *y = &ir->blocks[b->succ[1]];
    if (x->cold != y->cold)
        return x->cold ? to_cold : 1 - to_cold;
    if (x->loop_depth < b->loop_depth && y->loop_depth >= b->loop_depth)
        return loop_exit;
    if (y->loop_depth < b->loop_depth && x->loop_depth >= b->loop_depth)
        return 1 - loop_exit;
    return 0.5F;
}

static float incoming(const struct jl_ir *ir, uint32_t n) {
    const struct jl_ir_block *b = &ir->blocks[n];
    float sum = n == 0 ? 1 : 0;
    for (uint32_t k = 0; k < b->preds; k++) {
        const struct jl_ir_block *p = &ir->blocks[ir->pred_list[b->pred_first + k]];
        float share = p->first_share;
        if (p->succ[0] == (int32_t)n)
            sum += p->freq * share;
        else
            sum += p->freq * (1 - share);
    }
    return sum;
}

/* What is left when the graph's shape is not looked at. */
static void by_depth(struct jl_ir *ir) {
    for (uint32_t n = 0; n < ir->nblocks; n++) {
        struct jl_ir_block *b = &ir->blocks[n];
        b->freq = b->cold ? to_cold : 1;
        for (unsigned d = 0; d < b->loop_depth && d < MAX_DEPTH; d++)
            b->freq *= LOOP_RUNS;
    }
}

void jl_pass_frequency(struct jl_ir *ir, bool shape) {
    bool loops = false;
    if (!shape) {
        by_depth(ir);
        return;
    }
    for (uint32_t n = 0; n < ir->nblocks; n++) {
        ir->blocks[n].freq = 0;
        ir->blocks[n].first_share = first_share(ir, &ir->blocks[n]);
        loops |= ir->blocks[n].loop_head;
    }
    for (unsigned round = 0; round < (loops ? ROUNDS : 1); round++)
        for (uint32_t i = 0; i < ir->nblocks; i++)
            ir->blocks[ir->order[i]].freq = incoming(ir, ir->order[i]);
}
