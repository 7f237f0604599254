/* The structural check of the IR: what every pass and the back end take for granted.
 *
 * Checked are the shape of the graph (terminators, successors, predecessor lists), types, the number and types of phi
 * operands, and that each value is made on every path to its use: earlier in the same block, or in a block that
 * dominates the user's. The values that snapshots name are uses like any other, since an exit reads them. Constants are
 * exempt from the last rule: the back end rematerialises them, so they may stand anywhere, even in dropped blocks.
 *
 * Needs jl_ir_compute_preds to have run. For tests and debugging: it allocates, and its dominators are the plain
 * iterative ones.
 */
#include <stdlib.h>

#include "jit/ir/ir.h"

enum { NOWHERE = -1 };

struct check {
    const struct jl_ir *ir;
    FILE *out;
    int32_t *home;  /* block each op is in, NOWHERE = none that is reached */
    int32_t *idom;  /* NOWHERE = not reached */
    uint32_t *post; /* blocks in post-order, and each one's number in it */
    uint32_t *number;
    uint32_t nposts;
};

static bool fault(const struct check *k, jl_ref r, const char *what) {
    if (k->out)
        fprintf(k->out, "ir: v%u (%s) in block %d: %s\n", r, jl_irop_info[k->ir->ops[r].op].text, k->home[r], what);
    return false;
}

static bool bad_block(const struct check *k, uint32_t n, const char *what) {
    if (k->out)
        fprintf(k->out, "ir: block %u: %s\n", n, what);
    return false;
}

/* ---- the graph ---- */

static void visit(struct check *k, uint32_t n) {
    k->idom[n] = (int32_t)n; /* seen */
    for (int s = 0; s < 2; s++) {
        int32_t to = k->ir->blocks[n].succ[s];
        if (to >= 0 && k->idom[to] == NOWHERE)
            visit(k, (uint32_t)to);
    }
    k->number[n] = k->nposts;
    k->post[k->nposts++] = n;
}

static int32_t common(const struct check *k, int32_t a, int32_t b) {
    while (a != b) {
        while (k->number[a] < k->number[b])
            a = k->idom[a];
        while (k->number[b] < k->number[a])
            b = k->idom[b];
    }
    return a;
}

static void find_dominators(struct check *k) {
    for (uint32_t n = 0; n < k->ir->nblocks; n++)
        if (n && k->idom[n] != NOWHERE)
            k->idom[n] = NOWHERE - 1; /* reached, not known yet */
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = k->nposts - 1; i-- > 0;) {
            const struct jl_ir_block *b = &k->ir->blocks[k->post[i]];
            int32_t dom = NOWHERE;
            for (uint32_t j = 0; j < b->preds; j++) {
                int32_t p = (int32_t)k->ir->pred_list[b->pred_first + j];
                if (k->idom[p] >= 0)
                    dom = dom < 0 ? p : common(k, dom, p);
            }
            changed |= dom != k->idom[k->post[i]];
            k->idom[k->post[i]] = dom;
        }
    }
}

static bool dominates(const struct check *k, int32_t a, int32_t b) {
    while (b != a && b != 0)
        b = k->idom[b];
    return a == b;
}

static bool check_shape(const struct check *k, uint32_t n) {
    const struct jl_ir *ir = k->ir;
    const struct jl_ir_block *b = &ir->blocks[n];
    if (b->first >= b->end || b->end > ir->nops)
        return bad_block(k, n, "is empty");
    for (jl_ref r = b->first; r < b->end; r++)
        if (!(jl_irop_info[ir->ops[r].op].klass & JL_IRC_T) != (r + 1 < b->end))
            return fault(k, r, "a terminator ends the block and stands nowhere else");
    unsigned op = ir->ops[b->end - 1].op, want = op == JL_IR_BR ? 2 : op == JL_IR_JMP;
    for (unsigned s = 0; s < 2; s++)
        if ((b->succ[s] >= 0) != (s < want) || b->succ[s] >= (int32_t)ir->nblocks)
            return bad_block(k, n, "its successors do not fit its terminator");
    for (uint32_t j = 0; j < b->preds; j++) {
        const struct jl_ir_block *p = &ir->blocks[ir->pred_list[b->pred_first + j]];
        if (p->succ[0] != (int32_t)n && p->succ[1] != (int32_t)n)
            return bad_block(k, n, "a predecessor does not lead to it");
    }
    return true;
}

/* ---- values ---- */

/* Whether v may be used at op `at` of block n (at = the block's end for a phi operand of an edge that leaves it). */
static bool available(const struct check *k, jl_ref v, uint32_t n, jl_ref at) {
    const struct jl_op *op = &k->ir->ops[v];
    if (v >= k->ir->nops || op->type == JL_VOID)
        return false;
    if (op->op == JL_IR_CONST)
        return true;
    if (k->home[v] == NOWHERE)
        return false;
    if (k->home[v] == (int32_t)n)
        return op->op == JL_IR_PHI || v < at;
    return dominates(k, k->home[v], (int32_t)n);
}

/* Operands (bit 0 = a) that may be left out, op by op. */
static unsigned optional(unsigned op) {
    switch (op) {
    case JL_IR_GLOAD:
    case JL_IR_GSTORE:
    case JL_IR_HLOAD:
    case JL_IR_HSTORE:
    case JL_IR_HADD:
    case JL_IR_LEAVE: return 1 | 2;
    case JL_IR_CALL: return 1 | 2 | 4;
    case JL_IR_EXITIF: return 4;
    case JL_IR_SLOWIF: return 4 | 8;
    case JL_IR_SLOWJOIN: return 1;
    default: return 0;
    }
}

/* Type of operand number i; of a 64-bit one whose lower half is meant, that one's. */
static unsigned type_of(const struct check *k, const struct jl_op *op, unsigned i) {
    const jl_ref refs[4] = {op->a, op->b, op->c, op->d};
    unsigned type = k->ir->ops[refs[i]].type;
    return type == JL_I64 && jl_ir_narrow_operands(op) >> i & 1 ? JL_I32 : type;
}

static bool both(const struct check *k, const struct jl_op *op, unsigned type) {
    return type_of(k, op, 0) == type && type_of(k, op, 1) == type;
}

static bool types_fit(const struct check *k, const struct jl_op *op) {
    bool integer = op->type == JL_I32 || op->type == JL_I64;
    switch (op->op) {
    case JL_IR_SHL:
    case JL_IR_SHR:
    case JL_IR_SAR:
    case JL_IR_ROR: return integer && type_of(k, op, 0) == op->type && type_of(k, op, 1) == JL_I32;
    case JL_IR_SEXT32:
    case JL_IR_ZEXT32: return op->type == JL_I64 && type_of(k, op, 0) == JL_I32;
    case JL_IR_TRUNC:
    case JL_IR_HIGH: return op->type == JL_I32 && type_of(k, op, 0) == JL_I64;
    case JL_IR_PAIR: return op->type == JL_I64 && both(k, op, JL_I32);
    case JL_IR_SETCC: return op->type == JL_I32 && both(k, op, op->sub);
    case JL_IR_SELECT: return both(k, op, op->sub) && type_of(k, op, 2) == op->type && type_of(k, op, 3) == op->type;
    case JL_IR_ADDC:
    case JL_IR_SUBC:
        return op->type == JL_I32 && op->cc == JL_CC_LTU && both(k, op, JL_I32) && type_of(k, op, 2) == JL_I32 &&
               type_of(k, op, 3) == JL_I32 && k->ir->ops[op->c].op != JL_IR_CONST;
    case JL_IR_BR:
    case JL_IR_EXITIF:
    case JL_IR_SLOWIF: return both(k, op, op->sub);
    case JL_IR_ITOF:
    case JL_IR_FFROM: return op->type == JL_F && type_of(k, op, 0) == (op->size == 8 ? JL_I64 : JL_I32);
    case JL_IR_FTOI:
    case JL_IR_FLO: return integer && type_of(k, op, 0) == JL_F;
    case JL_IR_FHI: return op->type == JL_I32 && type_of(k, op, 0) == JL_F;
    case JL_IR_FCMP: return op->type == JL_I32 && both(k, op, JL_F);
    case JL_IR_VZERO:
    case JL_IR_VONES:
    case JL_IR_VOP:
    case JL_IR_VSHIFT:
    case JL_IR_VBYTES:
    case JL_IR_VSELECT:
        for (unsigned i = 0; i < jl_irop_info[op->op].operands; i++)
            if (type_of(k, op, i) != JL_V)
                return false;
        return op->type == JL_V;
    case JL_IR_VSIGNS: return op->type == JL_I32 && type_of(k, op, 0) == JL_V;
    case JL_IR_FPAIR: return op->type == JL_F && both(k, op, JL_I32);
    case JL_IR_UNSTALL: return type_of(k, op, 0) == JL_F;
    case JL_IR_SLOWJOIN: return !op->a || type_of(k, op, 0) == op->type;
    case JL_IR_JUMPH: return type_of(k, op, 0) == JL_I64 && type_of(k, op, 1) == JL_I32;
    default: break;
    }
    if (!(jl_irop_info[op->op].klass & JL_IRC_P))
        return true;
    unsigned n = jl_irop_info[op->op].operands;
    bool fpu = op->op >= JL_IR_FADD && op->op <= JL_IR_FSETHI;
    return (n == 0 || (fpu ? op->type == JL_F : op->op == JL_IR_COPY || integer)) &&
           (n < 1 || type_of(k, op, 0) == op->type) && (n < 2 || type_of(k, op, 1) == op->type);
}

static bool check_snapshot(const struct check *k, uint32_t n, jl_ref r) {
    const struct jl_ir *ir = k->ir;
    const struct jl_snap *s = &ir->snaps[ir->ops[r].snap];
    if (ir->ops[r].snap >= ir->nsnaps || s->first + s->count > ir->nsnap_vars)
        return fault(k, r, "its snapshot is out of range");
    for (uint32_t i = 0; i < s->count; i++)
        if (!available(k, ir->snap_vars[s->first + i].value, n, r))
            return fault(k, r, "its snapshot names a value that is not there on every path");
    return true;
}

static bool check_op(const struct check *k, uint32_t n, jl_ref r) {
    const struct jl_op *op = &k->ir->ops[r];
    const jl_ref refs[4] = {op->a, op->b, op->c, op->d};
    for (unsigned i = 0; i < jl_irop_info[op->op].operands; i++) {
        if (!refs[i] && optional(op->op) >> i & 1)
            continue;
        if (op->op == JL_IR_SLOWJOIN && i == 1) { /* names the SLOWIF, which has no value */
            if (refs[i] >= r || k->ir->ops[refs[i]].op != JL_IR_SLOWIF || k->home[refs[i]] != (int32_t)n)
                return fault(k, r, "joins no slow path of its block");
            continue;
        }
        if (!refs[i] || !available(k, refs[i], n, r))
            return fault(k, r, "an operand is missing or not there on every path");
    }
    if (!types_fit(k, op))
        return fault(k, r, "its types do not fit");
    return !op->snap || check_snapshot(k, n, r);
}

static bool check_phis(const struct check *k, uint32_t n) {
    const struct jl_ir *ir = k->ir;
    const struct jl_ir_block *b = &ir->blocks[n];
    for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d) {
        if (ir->ops[phi].op != JL_IR_PHI) /* a pass removed it */
            continue;
        if (ir->ops[phi].imm < 0 || (uint64_t)ir->ops[phi].imm + b->preds > ir->nphi_args)
            return fault(k, phi, "has too few operands");
        for (uint32_t j = 0; j < b->preds; j++) {
            jl_ref v = ir->phi_args[ir->ops[phi].imm + j];
            uint32_t from = ir->pred_list[b->pred_first + j];
            if (!v || !available(k, v, from, ir->blocks[from].end))
                return fault(k, phi, "an operand is not there at the end of its edge's block");
            bool half = ir->ops[v].type == JL_I64 && ir->ops[phi].type == JL_I32; /* pass narrow */
            if (!half && ir->ops[v].type != ir->ops[phi].type)
                return fault(k, phi, "an operand has another type");
        }
    }
    return true;
}

/* ---- all of it ---- */

static bool locate(const struct check *k) {
    const struct jl_ir *ir = k->ir;
    for (jl_ref r = 0; r < ir->nops; r++)
        k->home[r] = NOWHERE;
    for (uint32_t n = 0; n < ir->nblocks; n++) {
        const struct jl_ir_block *b = &ir->blocks[n];
        if (k->idom[n] == NOWHERE)
            continue;
        for (jl_ref r = b->first; r < b->end && r < ir->nops; r++) {
            if (k->home[r] != NOWHERE)
                return bad_block(k, n, "shares ops with another block");
            k->home[r] = (int32_t)n;
        }
        for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d) {
            bool inside = phi >= b->first && phi < b->end; /* they may stand among the block's ops or apart */
            if (phi >= ir->nops || ir->ops[phi].d == phi || (!inside && k->home[phi] != NOWHERE))
                return bad_block(k, n, "its list of phis is broken");
            k->home[phi] = (int32_t)n;
        }
    }
    return true;
}

static bool check_all(struct check *k) {
    visit(k, 0);
    if (!locate(k))
        return false;
    for (uint32_t i = 0; i < k->nposts; i++)
        if (!check_shape(k, k->post[i]))
            return false;
    find_dominators(k);
    for (uint32_t i = 0; i < k->nposts; i++) {
        uint32_t n = k->post[i];
        if (!check_phis(k, n))
            return false;
        for (jl_ref r = k->ir->blocks[n].first; r < k->ir->blocks[n].end; r++)
            if (!check_op(k, n, r))
                return false;
    }
    return true;
}

bool jl_ir_verify(const struct jl_ir *ir, FILE *out) {
    if (ir->failed || !ir->nblocks)
        return false;
    struct check k = {.ir = ir,
                      .out = out,
                      .home = malloc(ir->nops * sizeof *k.home),
                      .idom = malloc(ir->nblocks * sizeof *k.idom),
                      .post = malloc(ir->nblocks * sizeof *k.post),
                      .number = malloc(ir->nblocks * sizeof *k.number)};
    bool ok = k.home && k.idom && k.post && k.number;
    for (uint32_t n = 0; ok && n < ir->nblocks; n++)
        k.idom[n] = NOWHERE;
    ok = ok && check_all(&k);
    free(k.home);
    free(k.idom);
    free(k.post);
    free(k.number);
    return ok;
}
