/* The IR's arrays. They grow geometrically and keep their room from region to region, so that building a region costs
 * no allocation once a program has warmed up. */
#include "jit/ir/ir.h"

#include <stdlib.h>
#include <string.h>

#include "jit/util/array.h"

const struct jl_irop_info jl_irop_info[JL_IR_OPS] = {
#define P JL_IRC_P
#define R JL_IRC_R
#define E JL_IRC_E
#define S JL_IRC_S
#define T JL_IRC_T
#define JL_IR(name, text, operands, flags) {text, operands, flags},
#include "jit/ir/ir.def"
#undef JL_IR
#undef P
#undef R
#undef E
#undef S
#undef T
};

struct jl_ir *jl_ir_new(void) {
    struct jl_ir *ir = calloc(1, sizeof *ir);
    if (ir)
        jl_ir_reset(ir);
    return ir;
}

void jl_ir_free(struct jl_ir *ir) {
    if (!ir)
        return;
    free(ir->ops);
    free(ir->blocks);
    free(ir->order);
    free(ir->snaps);
    free(ir->snap_vars);
    free(ir->phi_args);
    free(ir->pred_list);
    free(ir->slow);
    free(ir->counts);
    free(ir->op_pc);
    free(ir);
}

/* Room for `need` elements of an array; sets failed when the host has none. */
static bool room(struct jl_ir *ir, void **array, uint32_t *cap, uint32_t need, size_t size) {
    if (jl_array_room(array, cap, need, size))
        return true;
    ir->failed = true;
    return false;
}

void jl_ir_reset(struct jl_ir *ir) {
    ir->nops = ir->nblocks = ir->nsnap_vars = ir->nphi_args = ir->npred_list = ir->ncounts = 0;
    ir->nsnaps = ir->nslow = 1; /* 0 means none */
    ir->failed = false;
    ir->begin = 1;
    memset(ir->param, 0, sizeof ir->param);
    jl_ir_append(ir, (struct jl_op){.op = JL_IR_NOP});
    room(ir, (void **)&ir->snaps, &ir->cap_snaps, 1, sizeof *ir->snaps);
    room(ir, (void **)&ir->slow, &ir->cap_slow, 1, sizeof *ir->slow);
}

jl_ref jl_ir_append(struct jl_ir *ir, struct jl_op op) {
    if (!room(ir, (void **)&ir->ops, &ir->cap_ops, ir->nops + 1, sizeof op))
        return 0;
    ir->ops[ir->nops] = op;
    if (ir->keep_pc && room(ir, (void **)&ir->op_pc, &ir->cap_op_pc, ir->nops + 1, sizeof *ir->op_pc))
        ir->op_pc[ir->nops] = ir->at_pc;
    return ir->nops++;
}

jl_ref jl_ir_append_nops(struct jl_ir *ir, uint32_t n) {
    if (!room(ir, (void **)&ir->ops, &ir->cap_ops, ir->nops + n, sizeof *ir->ops))
        return 0;
    jl_ref first = ir->nops;
    ir->nops += n;
    for (jl_ref i = first; i < ir->nops; i++) { /* a NOP's other fields mean nothing */
        ir->ops[i].op = JL_IR_NOP;
        ir->ops[i].type = JL_VOID;
        ir->ops[i].flags = 0;
        ir->ops[i].snap = 0;
    }
    return first;
}

uint32_t jl_ir_add_block(struct jl_ir *ir, uint32_t pc) {
    uint32_t cap = ir->cap_blocks;
    if (!room(ir, (void **)&ir->blocks, &ir->cap_blocks, ir->nblocks + 1, sizeof *ir->blocks))
        return 0;
    if (cap != ir->cap_blocks || !ir->order) {
        uint32_t *p = realloc(ir->order, ir->cap_blocks * sizeof *p);
        if (!p) {
            ir->failed = true;
            return 0;
        }
        ir->order = p;
    }
    ir->blocks[ir->nblocks] = (struct jl_ir_block){.pc = pc, .succ = {-1, -1}};
    return ir->nblocks++;
}

uint32_t jl_ir_add_snap(struct jl_ir *ir, struct jl_snap snap) {
    if (!room(ir, (void **)&ir->snaps, &ir->cap_snaps, ir->nsnaps + 1, sizeof snap))
        return 0;
    ir->snaps[ir->nsnaps] = snap;
    return ir->nsnaps++;
}

void jl_ir_add_snap_var(struct jl_ir *ir, unsigned var, jl_ref value) {
    if (room(ir, (void **)&ir->snap_vars, &ir->cap_snap_vars, ir->nsnap_vars + 1, sizeof *ir->snap_vars))
        ir->snap_vars[ir->nsnap_vars++] = (struct jl_snap_var){var, value};
}

uint32_t jl_ir_add_phi_args(struct jl_ir *ir, uint32_t count) {
    uint32_t first = ir->nphi_args;
    if (!room(ir, (void **)&ir->phi_args, &ir->cap_phi_args, first + count, sizeof *ir->phi_args))
        return 0;
    memset(ir->phi_args + first, 0, count * sizeof *ir->phi_args);
    ir->nphi_args += count;
    return first;
}

void jl_ir_add_count(struct jl_ir *ir, struct jl_ir_count count) {
    if (room(ir, (void **)&ir->counts, &ir->cap_counts, ir->ncounts + 1, sizeof count))
        ir->counts[ir->ncounts++] = count;
}

uint32_t jl_ir_add_slow(struct jl_ir *ir, struct jl_slow_call call) {
    if (!room(ir, (void **)&ir->slow, &ir->cap_slow, ir->nslow + 1, sizeof call))
        return 0;
    ir->slow[ir->nslow] = call;
    return ir->nslow++;
}

static void reach(struct jl_ir *ir, uint32_t n) {
    while (!ir->blocks[n].reached) {
        ir->blocks[n].reached = true;
        if (ir->blocks[n].succ[1] >= 0)
            reach(ir, (uint32_t)ir->blocks[n].succ[1]);
        if (ir->blocks[n].succ[0] < 0)
            return;
        n = (uint32_t)ir->blocks[n].succ[0];
    }
}

void jl_ir_drop_unreachable(struct jl_ir *ir) {
    reach(ir, 0);
    for (uint32_t n = 0; n < ir->nblocks; n++) {
        struct jl_ir_block *b = &ir->blocks[n];
        if (b->reached)
            continue;
        for (jl_ref i = b->first; i < b->end; i++)
            if (ir->ops[i].op != JL_IR_CONST)
                ir->ops[i] = (struct jl_op){.op = JL_IR_NOP};
        b->phis = 0;
        b->succ[0] = b->succ[1] = -1;
    }
}

void jl_ir_compute_preds(struct jl_ir *ir) {
    for (uint32_t n = 0; n < ir->nblocks; n++)
        ir->blocks[n].preds = 0;
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (int s = 0; s < 2; s++)
            if (ir->blocks[n].succ[s] >= 0)
                ir->blocks[ir->blocks[n].succ[s]].preds++;
    uint32_t total = 0;
    for (uint32_t n = 0; n < ir->nblocks; n++) {
        ir->blocks[n].pred_first = total;
        total += ir->blocks[n].preds;
        ir->blocks[n].preds = 0;
    }
    if (!room(ir, (void **)&ir->pred_list, &ir->cap_pred_list, total + 1, sizeof *ir->pred_list))
        return;
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (int s = 0; s < 2; s++) {
            if (ir->blocks[n].succ[s] < 0)
                continue;
            struct jl_ir_block *t = &ir->blocks[ir->blocks[n].succ[s]];
            ir->pred_list[t->pred_first + t->preds++] = n;
        }
    ir->npred_list = total;
}

void jl_ir_count_uses(struct jl_ir *ir) {
    ir->ops[0].uses = 0;
    for (jl_ref i = ir->begin; i < ir->nops; i++)
        ir->ops[i].uses = 0;
    for (jl_ref i = ir->begin; i < ir->nops; i++) {
        const struct jl_op *op = &ir->ops[i];
        unsigned n = jl_irop_info[op->op].operands;
        if (n > 0)
            ir->ops[op->a].uses++;
        if (n > 1)
            ir->ops[op->b].uses++;
        if (n > 2)
            ir->ops[op->c].uses++;
        if (n > 3)
            ir->ops[op->d].uses++;
    }
    for (uint32_t b = 0; b < ir->nblocks; b++)
        for (jl_ref phi = ir->blocks[b].phis; phi; phi = ir->ops[phi].d)
            if (ir->ops[phi].op == JL_IR_PHI)
                for (uint32_t k = 0; k < ir->blocks[b].preds; k++)
                    ir->ops[ir->phi_args[ir->ops[phi].imm + k]].uses++;
}

unsigned jl_ir_narrow_operands(const struct jl_op *op) {
    enum { A = 1, B = 2, C = 4 };
    switch (op->op) {
    case JL_IR_ADD:
    case JL_IR_SUB:
    case JL_IR_MUL:
    case JL_IR_AND:
    case JL_IR_OR:
    case JL_IR_XOR: return op->type == JL_I32 ? A | B : 0;
    case JL_IR_SHL:
    case JL_IR_SHR:
    case JL_IR_SAR:
    case JL_IR_ROR: return op->type == JL_I32 ? A | B : B;
    case JL_IR_NOT:
    case JL_IR_NEG:
    case JL_IR_BSWAP:
    case JL_IR_BSWAPH:
    case JL_IR_CLZ:
    case JL_IR_SEXT8:
    case JL_IR_SEXT16:
    case JL_IR_ZEXT8:
    case JL_IR_ZEXT16: return op->type == JL_I32 ? A : 0;
    case JL_IR_SEXT32: return A;
    case JL_IR_ITOF:
    case JL_IR_FFROM: return op->size == 4 ? A : 0;
    case JL_IR_SETCC:
    case JL_IR_SELECT:
    case JL_IR_BR:
    case JL_IR_EXITIF:
    case JL_IR_SLOWIF: return op->sub == JL_I32 ? A | B : 0;
    case JL_IR_GLOAD: return A | B;
    case JL_IR_GSTORE: return op->size < 8 ? A | B | C : A | B;
    case JL_IR_HSTORE: return op->size < 8 ? C : 0;
    default: return 0;
    }
}

static bool not_negative32(const struct jl_ir *ir, jl_ref v) {
    const struct jl_op *op = &ir->ops[v];
    switch (op->op) {
    case JL_IR_SETCC:
    case JL_IR_FCMP:
    case JL_IR_ZEXT8:
    case JL_IR_ZEXT16: return true;
    case JL_IR_CONST: return op->imm >= 0;
    default: return false;
    }
}

static bool is_extended(const struct jl_ir *ir, jl_ref v, unsigned depth) {
    const struct jl_op *op = &ir->ops[v];
    switch (op->op) {
    case JL_IR_CONST: return op->imm == (int32_t)op->imm;
    case JL_IR_SEXT32: return true;
    case JL_IR_PARAM: return op->imm < 32 && ir->assumed >> op->imm & 1;
    case JL_IR_ZEXT32: return not_negative32(ir, op->a);
    case JL_IR_GLOAD: return op->size < 4 || (op->size == 4 && op->flags & JL_IRF_SIGNED);
    case JL_IR_AND: /* with a positive number that small, whatever the other operand is */
        if (jl_ir_is_const(ir, op->b) && ir->ops[op->b].imm >= 0 && ir->ops[op->b].imm <= INT32_MAX)
            return true;
        /* fall through */
    case JL_IR_OR:
    case JL_IR_XOR: return depth && is_extended(ir, op->a, depth - 1) && is_extended(ir, op->b, depth - 1);
    case JL_IR_NOT: return depth && is_extended(ir, op->a, depth - 1);
    case JL_IR_SLOWJOIN: return op->a && depth && is_extended(ir, op->a, depth - 1); /* the far way's is like it */
    default: return false;
    }
}

bool jl_ir_is_extended(const struct jl_ir *ir, jl_ref v) {
    enum { DEPTH = 8 };
    return is_extended(ir, v, DEPTH);
}
