/* The clock of the passes: see phases.h. */
#include "jit/passes/phases.h"

#include "jit/runtime/machine.h"
#include "jit/util/clock.h"

static const char *const names[JL_PHASES] = {
    "front end", "copies", "hilo", "counters",  "edges", "uses",     "address", "carry",
    "fuse",      "narrow", "dead", "frequency", "sink",  "allocate", "emit",
};

uint32_t jl_phase_ops(const struct jl_machine *m) {
    const struct jl_ir *ir = m->ir;
    uint32_t ops = 0;
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref i = ir->blocks[n].first; i < ir->blocks[n].end; i++) {
            const struct jl_op *op = &ir->ops[i];
            ops += op->op != JL_IR_NOP && op->op != JL_IR_CONST && !jl_ir_is_sunk(op);
        }
    return ops;
}

void jl_phases_begin(struct jl_machine *m) {
    if (!m->tools.time_passes)
        return;
    m->phases.ops = 0;
    m->phases.at = jl_now_ns();
}

void jl_phase_done(struct jl_machine *m, enum jl_phase_id id) {
    if (!m->tools.time_passes)
        return;
    struct jl_phase *p = &m->phases.phase[id];
    p->ns += jl_now_ns() - m->phases.at;
    p->runs++;
    p->ops_before += m->phases.ops;
    m->phases.ops = jl_phase_ops(m);
    p->ops_after += m->phases.ops;
    m->phases.at = jl_now_ns();
}

void jl_machine_time_passes(const struct jl_machine *m, FILE *out) {
    uint64_t all = 0;
    for (unsigned i = 0; i < JL_PHASES; i++)
        all += m->phases.phase[i].ns;
    fprintf(out, "passes: %.3f ms for %llu guest instructions in %llu regions\n", (double)all * 1e-6,
            (unsigned long long)m->counters.guest_instructions_translated,
            (unsigned long long)m->counters.regions_translated);
    fprintf(out, "%-10s %8s %12s %8s %12s %12s %12s\n", "step", "runs", "ms", "share %", "ops before", "ops behind",
            "change");
    for (unsigned i = 0; i < JL_PHASES; i++) {
        const struct jl_phase *p = &m->phases.phase[i];
        fprintf(out, "%-10s %8llu %12.3f %8.2f %12llu %12llu %+12lld\n", names[i], (unsigned long long)p->runs,
                (double)p->ns * 1e-6, all ? 100.0 * (double)p->ns / (double)all : 0.0,
                (unsigned long long)p->ops_before, (unsigned long long)p->ops_after,
                (long long)(p->ops_after - p->ops_before));
    }
}
