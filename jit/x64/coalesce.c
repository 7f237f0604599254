/* Coalescing: a phi and the values that flow into it become one unit of allocation (a web) where they are never live
 * at once, so that the edge between them needs no move. Loops profit most: the new value of a counter is computed in
 * the register of the old one.
 *
 * In: live ranges of single values. Out: al->web names each value's unit, whose ranges and weight are those of all its
 * members together. Invariant: members of a web never overlap. A web keeps a guest register's home slot as a place to
 * live only when all its members are that register's value. PARAMs stay alone: their home slot holds them already.
 * (After Chaitin et al., "Register allocation via coloring", 1981: aggressive, with interference taken from ranges.)
 */
#include "jit/x64/alloc.h"

jl_ref jl_alloc_web(struct jl_alloc *al, jl_ref v) {
    while (al->web[v] != v)
        v = al->web[v] = al->web[al->web[v]];
    return v;
}

static bool overlap(const struct jl_alloc *al, jl_ref x, jl_ref y) {
    uint32_t i = al->range[x], j = al->range[y];
    while (i && j) {
        const struct jl_live_range *a = &al->ranges[i], *b = &al->ranges[j];
        if (a->start < b->end && b->start < a->end)
            return true;
        if (a->end <= b->end)
            i = a->next;
        else
            j = b->next;
    }
    return false;
}

/* The sorted lists of x and y as one, x's. */
static void merge_ranges(struct jl_alloc *al, jl_ref x, jl_ref y) {
    uint32_t i = al->range[x], j = al->range[y], *tail = &al->range[x];
    while (i && j) {
        uint32_t *first = al->ranges[i].start < al->ranges[j].start ? &i : &j;
        *tail = *first;
        tail = &al->ranges[*first].next;
        *first = *tail;
    }
    *tail = i ? i : j;
}

static bool can_join(const struct jl_ir *ir, jl_ref v) {
    unsigned op = ir->ops[v].op;
    return v && op != JL_IR_CONST && op != JL_IR_PARAM;
}

static void try_join(struct jl_alloc *al, struct jl_ir *ir, jl_ref phi, jl_ref arg) {
    jl_ref x = jl_alloc_web(al, phi), y = jl_alloc_web(al, arg);
    if (x == y || !al->range[x] || !al->range[y] || ir->ops[x].type != ir->ops[y].type || overlap(al, x, y))
        return;
    merge_ranges(al, x, y);
    al->weight[x] += al->weight[y];
    al->web[y] = x;
    if (ir->ops[x].home != ir->ops[y].home)
        ir->ops[x].home = 0;
}

static void join_phis_of(struct jl_alloc *al, struct jl_ir *ir, const struct jl_ir_block *b) {
    for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d)
        for (uint32_t k = 0; k < b->preds && ir->ops[phi].op == JL_IR_PHI; k++)
            if (can_join(ir, ir->phi_args[ir->ops[phi].imm + k]))
                try_join(al, ir, phi, ir->phi_args[ir->ops[phi].imm + k]);
}

void jl_alloc_coalesce(struct jl_alloc *al, struct jl_ir *ir, bool join) {
    for (jl_ref v = 0; v < ir->nops; v++)
        al->web[v] = v;
    for (int loops = 1; join && loops >= 0; loops--) /* the edges that are run most first */
        for (uint32_t n = 0; n < ir->nblocks; n++)
            if (ir->blocks[n].phis && ir->blocks[n].loop_head == (loops == 1))
                join_phis_of(al, ir, &ir->blocks[n]);
}

void jl_alloc_spread(struct jl_alloc *al, const struct jl_ir *ir) {
    for (jl_ref v = ir->begin; v < ir->nops; v++) {
        jl_ref web = jl_alloc_web(al, v);
        al->loc[v] = al->loc[web];
        al->range[v] = al->range[web];
    }
}
