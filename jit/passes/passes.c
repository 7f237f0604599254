/* Runs the passes that the configuration has switched on, in the order of passes.def. The ones named there that are not
 * called here work while the IR is built (fold, values: builder; align, unaligned, charge: front end) or in the back
 * end (regalloc, coalesce, loopalign, pin). */
#include "jit/passes/passes.h"

#include "jit/runtime/machine.h"

static void dump(const struct jl_ir *ir, FILE *out, const char *after) {
    if (!out)
        return;
    uint32_t ops = 0;
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref i = ir->blocks[n].first; i < ir->blocks[n].end; i++)
            ops += ir->ops[i].op != JL_IR_NOP && ir->ops[i].op != JL_IR_CONST;
    fprintf(out, "-- IR after %s: %u ops\n", after, ops);
    jl_ir_print(ir, out);
}

void jl_passes_run(struct jl_machine *m, struct jl_ir *ir, FILE *out) {
    dump(ir, out, "front end");
    const struct jl_builder *b = &m->builder;
    jl_pass_copies(ir, b->was_set_lo | b->pinned_lo, b->was_set_hi | b->pinned_hi);
    if (JL_PASS_ON(m, HILO) && b->was_set_lo >> JL_VAR_HI & 1) {
        jl_pass_hilo(ir);
        dump(ir, out, "hilo");
    }
    if (JL_PASS_ON(m, COUNTERS)) {
        jl_pass_counters(ir);
        dump(ir, out, "counters");
    }
    if (JL_PASS_ON(m, EDGES)) {
        jl_pass_edges(ir);
        dump(ir, out, "edges");
    }
    jl_ir_count_uses(ir);
    if (JL_PASS_ON(m, ADDRESS)) {
        jl_pass_address(ir);
        dump(ir, out, "address");
    }
    if (JL_PASS_ON(m, CARRY)) {
        jl_pass_carry(ir);
        dump(ir, out, "carry");
    }
    if (JL_PASS_ON(m, FUSE)) {
        jl_pass_fuse(ir);
        dump(ir, out, "fuse");
    }
    if (JL_PASS_ON(m, DEAD)) {
        jl_pass_dead(ir);
        dump(ir, out, "dead");
    }
    jl_pass_frequency(ir, JL_PASS_ON(m, FREQUENCY));
    if (JL_PASS_ON(m, SINK)) {
        if (!JL_PASS_ON(m, DEAD)) /* which counts uses at its end */
            jl_ir_count_uses(ir);
        jl_pass_sink(ir);
        dump(ir, out, "sink");
    }
}
