/* What a region with a loop assumes of a 64-bit guest's registers: that those it reads are sign-extended 32-bit numbers
 * when it is entered.
 *
 * Nearly all are, and with that a loop's counters and pointers have 32 bits from the first turn on (pass narrow). The
 * assumption is checked at the entry, outside of the loop. Where it fails once, the region is dropped and made again
 * without it for the registers that were something else (a region's address is kept with them, in a small table: an
 * entry that another region has taken costs a translation).
 */
#include <stdlib.h>

#include "jit/frontend/wide.h"

/* The registers whose numbers are set are not assumed anything of at pc. */
static uint32_t known_wide(const struct jl_machine *m, uint32_t pc) {
    const struct jl_wide *w = m->wide ? &m->wide[pc >> 2 & (JL_WIDE_SLOTS - 1)] : NULL;
    return w && w->pc == pc ? w->registers : 0;
}

void jl_fe_assume(struct jl_builder *b, const struct jl_frontend *f, uint32_t pc) {
    bool loops = false;
    b->ir->assumed = 0;
    b->checks = 0;
    if (!(b->mode & JL_MODE_64) || !b->fold)
        return;
    for (unsigned i = 0; i < f->norder; i++)
        loops |= f->block[f->order[i]].loop_head;
    if (!loops)
        return;
    b->ir->assumed = ~known_wide(b->machine, pc);
    b->checks_snap = jl_b_snapshot(b);
    b->checks = jl_ir_append_nops(b->ir, 2 * 32);
}

static void note_uses(const struct jl_ir *ir, jl_ref r, uint32_t *used) {
    if (ir->ops[r].op == JL_IR_PARAM && ir->ops[r].imm < 32)
        *used |= 1u << ir->ops[r].imm;
}

static uint32_t used_params(const struct jl_ir *ir) {
    uint32_t used = 0;
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        const struct jl_op *op = &ir->ops[i];
        const jl_ref refs[4] = {op->a, op->b, op->c, op->d};
        for (unsigned k = 0; k < jl_irop_info[op->op].operands; k++)
            note_uses(ir, refs[k], &used);
    }
    for (uint32_t i = 0; i < ir->nphi_args; i++)
        note_uses(ir, ir->phi_args[i], &used);
    return used;
}

void jl_fe_check_assumed(struct jl_builder *b) {
    struct jl_ir *ir = b->ir;
    jl_ref at = b->checks;
    if (!at)
        return;
    for (uint32_t left = used_params(ir) & ir->assumed & ~1u; left; left &= left - 1) {
        jl_ref p = ir->param[__builtin_ctz(left)];
        ir->ops[at] = (struct jl_op){.op = JL_IR_SEXT32, .type = JL_I64, .a = p};
        ir->ops[at + 1] = (struct jl_op){.op = JL_IR_EXITIF,
                                         .cc = JL_CC_NE,
                                         .a = p,
                                         .b = at,
                                         .sub = JL_I64,
                                         .imm = JL_EXIT_WIDE,
                                         .snap = b->checks_snap};
        at += 2;
    }
}

void jl_fe_not_assumed(struct jl_machine *m, uint32_t pc) {
    if (!m->wide)
        m->wide = calloc(JL_WIDE_SLOTS, sizeof *m->wide);
    if (!m->wide)
        abort(); /* it would be made with the same assumption for ever */
    struct jl_wide *w = &m->wide[pc >> 2 & (JL_WIDE_SLOTS - 1)];
    uint32_t now = 0;
    for (unsigned r = 1; r < 32; r++)
        if (m->cpu.var[r] != (uint64_t)(int64_t)(int32_t)m->cpu.var[r])
            now |= 1u << r;
    w->registers = now | (w->pc == pc ? w->registers : 0);
    w->pc = pc;
}
