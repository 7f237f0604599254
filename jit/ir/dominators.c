/* Immediate dominators, by the iterative method over reverse post-order (Cooper, Harvey, Kennedy: "A simple, fast
 * dominance algorithm", 2001). */
#include "jit/ir/dominators.h"

#include <stdlib.h>

enum { UNKNOWN = 0xffff };

/* Post-order from block 0 with a stack of its own: a block, and the successor to look at next. */
static uint32_t post_order(struct jl_dominators *d, const struct jl_ir *ir) {
    uint16_t stack[JL_DOM_BLOCKS];
    uint8_t next[JL_DOM_BLOCKS];
    uint32_t depth = 1, n = 0;
    for (uint32_t i = 0; i < ir->nblocks; i++)
        d->number[i] = UNKNOWN;
    stack[0] = 0;
    next[0] = 0;
    d->number[0] = 0;
    while (depth) {
        uint16_t b = stack[depth - 1];
        if (next[depth - 1] == 2) {
            d->number[b] = (uint16_t)n;
            d->post[n++] = b;
            depth--;
            continue;
        }
        int32_t to = ir->blocks[b].succ[next[depth - 1]++];
        if (to < 0 || d->number[to] != UNKNOWN)
            continue;
        d->number[to] = 0; /* seen */
        stack[depth] = (uint16_t)to;
        next[depth++] = 0;
    }
    return n;
}

static uint16_t common(const struct jl_dominators *d, uint16_t a, uint16_t b) {
    while (a != b) {
        while (d->number[a] < d->number[b])
            a = d->idom[a];
        while (d->number[b] < d->number[a])
            b = d->idom[b];
    }
    return a;
}

static uint16_t from_preds(const struct jl_dominators *d, const struct jl_ir *ir, uint16_t b) {
    const struct jl_ir_block *block = &ir->blocks[b];
    uint16_t dom = UNKNOWN;
    for (uint32_t k = 0; k < block->preds; k++) {
        uint16_t p = (uint16_t)ir->pred_list[block->pred_first + k];
        if (d->number[p] != UNKNOWN && d->idom[p] != UNKNOWN)
            dom = dom == UNKNOWN ? p : common(d, dom, p);
    }
    return dom;
}

bool jl_ir_dominators(struct jl_dominators *d, const struct jl_ir *ir) {
    if (ir->nblocks > JL_DOM_BLOCKS)
        return false;
    uint32_t n = d->count = post_order(d, ir);
    for (uint32_t i = 0; i < ir->nblocks; i++)
        d->idom[i] = UNKNOWN;
    d->idom[0] = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = n - 1; i-- > 0;) {
            uint16_t b = d->post[i], dom = from_preds(d, ir, b);
            changed |= dom != d->idom[b];
            d->idom[b] = dom;
        }
    }
    return true;
}

bool jl_ir_dominates(const struct jl_dominators *d, uint32_t a, uint32_t b) {
    if (d->idom[b] == UNKNOWN)
        return false;
    while (b != a && b != 0)
        b = d->idom[b];
    return a == b;
}
