/* The IR as text, for --dump and reports. */
#include "jit/ir/ir.h"

static const char *const cc_text[] = {"eq",  "ne",  "lt",  "ge",  "le",    "gt",
                                      "ltu", "geu", "leu", "gtu", "testz", "testnz"};
static const char *const type_text[] = {"", ".i32", ".i64", ".f"};

static bool has_cc(const struct jl_op *op) {
    return op->op == JL_IR_SETCC || op->op == JL_IR_SELECT || op->op == JL_IR_BR || op->op == JL_IR_EXITIF ||
           op->op == JL_IR_SLOWIF;
}

static void print_operand(const struct jl_ir *ir, jl_ref r, FILE *out) {
    if (!r)
        fputs(" -", out);
    else if (jl_ir_is_const(ir, r))
        fprintf(out, " #0x%llx",
                (unsigned long long)ir->ops[r].imm & (ir->ops[r].type == JL_I32 ? 0xffffffffu : ~0ull));
    else
        fprintf(out, " v%u", r);
}

static void print_snap(const struct jl_ir *ir, uint32_t snap, FILE *out) {
    const struct jl_snap *s = &ir->snaps[snap];
    fprintf(out, "  [pc %08x%s", s->pc, s->bd ? " bd" : "");
    for (uint32_t i = 0; i < s->count; i++) {
        fprintf(out, " %u:", ir->snap_vars[s->first + i].var);
        print_operand(ir, ir->snap_vars[s->first + i].value, out);
    }
    fputc(']', out);
}

void jl_ir_print_op(const struct jl_ir *ir, jl_ref r, FILE *out) {
    const struct jl_op *op = &ir->ops[r];
    if (op->type != JL_VOID)
        fprintf(out, "v%u = ", r);
    fprintf(out, "%s%s", jl_irop_info[op->op].text, type_text[op->type]);
    if (has_cc(op))
        fprintf(out, " %s", cc_text[op->cc]);
    const jl_ref refs[4] = {op->a, op->b, op->c, op->d};
    for (unsigned i = 0; i < jl_irop_info[op->op].operands; i++)
        print_operand(ir, refs[i], out);
    if (op->scale)
        fprintf(out, " <<%u", op->scale);
    if (op->imm)
        fprintf(out, " imm 0x%llx", (unsigned long long)op->imm);
    if (op->size)
        fprintf(out, " size %u", op->size);
    if (op->flags)
        fprintf(out, " flags 0x%x", op->flags);
}

static void print_op(const struct jl_ir *ir, jl_ref r, FILE *out) {
    const struct jl_op *op = &ir->ops[r];
    if (op->op == JL_IR_NOP || op->op == JL_IR_CONST)
        return;
    fprintf(out, "  ");
    jl_ir_print_op(ir, r, out);
    if (op->snap)
        print_snap(ir, op->snap, out);
    fputc('\n', out);
}

static void print_phi(const struct jl_ir *ir, const struct jl_ir_block *b, jl_ref phi, FILE *out) {
    fprintf(out, "  v%u = phi%s", phi, type_text[ir->ops[phi].type]);
    for (uint32_t k = 0; k < b->preds; k++) {
        fprintf(out, " b%u:", ir->pred_list[b->pred_first + k]);
        print_operand(ir, ir->phi_args[ir->ops[phi].imm + k], out);
    }
    fputc('\n', out);
}

void jl_ir_print(const struct jl_ir *ir, FILE *out) {
    for (uint32_t n = 0; n < ir->nblocks; n++) {
        const struct jl_ir_block *b = &ir->blocks[n];
        fprintf(out, "b%u: pc %08x%s%s depth %u", n, b->pc, b->loop_head ? " loop" : "", b->cold ? " cold" : "",
                b->loop_depth);
        for (int s = 0; s < 2; s++)
            if (b->succ[s] >= 0)
                fprintf(out, " -> b%d", b->succ[s]);
        fputc('\n', out);
        for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d)
            if (ir->ops[phi].op == JL_IR_PHI)
                print_phi(ir, b, phi, out);
        for (jl_ref r = b->first; r < b->end; r++)
            print_op(ir, r, out);
    }
}
