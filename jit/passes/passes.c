/* Runs the passes that the configuration has switched on, in the order of passes.def. The ones named there that are not
 * called here work while the IR is built (fold, values: builder; align, unaligned: front end) or in the back
 * end (regalloc, coalesce, loopalign, pin). */
#include "jit/passes/passes.h"

#include "jit/runtime/machine.h"

static void done(struct jl_machine *m, FILE *out, enum jl_phase_id id, const char *name) {
    jl_phase_done(m, id);
    if (!out)
        return;
    fprintf(out, "-- IR after %s: %u ops\n", name, jl_phase_ops(m));
    jl_ir_print(m->ir, out);
}

void jl_passes_run(struct jl_machine *m, struct jl_ir *ir, FILE *out) {
    const struct jl_builder *b = &m->builder;
    if (out) {
        fprintf(out, "-- IR after front end: %u ops\n", jl_phase_ops(m));
        jl_ir_print(ir, out);
    }
    jl_pass_copies(ir, b->was_set_lo | b->pinned_lo, b->was_set_hi | b->pinned_hi);
    jl_phase_done(m, JL_PHASE_COPIES);
    if (JL_PASS_ON(m, NARROW) && ir->mode & JL_MODE_64) {
        jl_pass_narrow_phis(ir);
        done(m, out, JL_PHASE_NARROW, "narrow (phis)");
    }
    if (JL_PASS_ON(m, HILO) && b->was_set_lo >> JL_VAR_HI & 1) {
        jl_pass_hilo(ir);
        done(m, out, JL_PHASE_HILO, "hilo");
    }
    if (JL_PASS_ON(m, COUNTERS)) {
        jl_pass_counters(ir);
        done(m, out, JL_PHASE_COUNTERS, "counters");
    }
    if (JL_PASS_ON(m, EDGES)) {
        jl_pass_edges(ir);
        done(m, out, JL_PHASE_EDGES, "edges");
    }
    jl_ir_count_uses(ir);
    jl_phase_done(m, JL_PHASE_USES);
    if (JL_PASS_ON(m, ADDRESS)) {
        jl_pass_address(ir);
        done(m, out, JL_PHASE_ADDRESS, "address");
    }
    if (JL_PASS_ON(m, CARRY)) {
        jl_pass_carry(ir);
        done(m, out, JL_PHASE_CARRY, "carry");
    }
    if (JL_PASS_ON(m, FUSE)) {
        jl_pass_fuse(ir);
        done(m, out, JL_PHASE_FUSE, "fuse");
    }
    if (JL_PASS_ON(m, NARROW) && ir->mode & JL_MODE_64) {
        jl_pass_narrow(ir);
        done(m, out, JL_PHASE_NARROW, "narrow");
    }
    if (JL_PASS_ON(m, DEAD)) {
        jl_pass_dead(ir);
        done(m, out, JL_PHASE_DEAD, "dead");
    }
    jl_pass_frequency(ir, JL_PASS_ON(m, FREQUENCY));
    jl_phase_done(m, JL_PHASE_FREQUENCY);
    if (JL_PASS_ON(m, SINK)) {
        if (!JL_PASS_ON(m, DEAD)) /* which counts uses at its end */
            jl_ir_count_uses(ir);
        jl_pass_sink(ir);
        done(m, out, JL_PHASE_SINK, "sink");
    }
}
