/* Vector ops: one SSE instruction each, of three operands where the host has AVX. */
#include "jit/ir/builder_vector.h"
#include "jit/x64/asm_vector.h"
#include "jit/x64/emit.h"
#include "jit/x64/host.h"

static const uint8_t opcode_of[JL_VOPS] = {
#define JL_VOP(name, opcode) [JL_VOP_##name] = (opcode),
#include "jit/ir/vops.def"
#undef JL_VOP
};

static unsigned operand(struct jl_emit *e, jl_ref v, unsigned scratch) {
    jl_loc l = jl_e_loc(e, v);
    if (jl_loc_is_xmm(l))
        return (unsigned)(l - JL_LOC_XMM);
    jl_x_vector_rm(&e->a, 16, scratch, jl_loc_mem(l));
    return scratch;
}

static void done(struct jl_emit *e, unsigned xmm) {
    jl_loc l = jl_e_loc(e, e->pos);
    if (jl_loc_is_mem(l))
        jl_x_vector_mr(&e->a, 16, jl_loc_mem(l), xmm);
    else if (jl_loc_is_xmm(l) && (unsigned)(l - JL_LOC_XMM) != xmm)
        jl_x_movaps_rr(&e->a, (unsigned)(l - JL_LOC_XMM), xmm);
}

static void copy(struct jl_emit *e, unsigned dst, unsigned src) {
    if (dst != src)
        jl_x_movaps_rr(&e->a, dst, src);
}

static void emit_op(struct jl_emit *e, const struct jl_op *op) {
    unsigned opcode = opcode_of[op->sub], dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    unsigned a = operand(e, op->a, JL_XMM_TMP), b = op->a == op->b ? a : operand(e, op->b, JL_XMM_TMP2);
    if (jl_host()->avx) {
        jl_x_vpacked(&e->a, opcode, dst, a, b);
    } else {
        if (dst == b && dst != a) /* it is written before b is read */
            dst = JL_XMM_TMP;
        copy(e, dst, a);
        jl_x_packed(&e->a, opcode, dst, b);
    }
    done(e, dst);
}

static void emit_shift(struct jl_emit *e, const struct jl_op *op) {
    static const uint8_t numbers[] = {[JL_VSHIFT_LEFT] = 6, [JL_VSHIFT_RIGHT] = 2, [JL_VSHIFT_RIGHT_SIGNED] = 4};
    unsigned a = operand(e, op->a, JL_XMM_TMP), dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    if (jl_host()->avx) {
        jl_x_vpacked_shift(&e->a, numbers[op->sub], dst, a, (unsigned)op->imm);
    } else {
        copy(e, dst, a);
        jl_x_packed_shift(&e->a, numbers[op->sub], dst, (unsigned)op->imm);
    }
    done(e, dst);
}

static void emit_bytes(struct jl_emit *e, const struct jl_op *op) {
    const uint8_t *rbp = (const uint8_t *)e->m + JL_CPU_BIAS;
    struct jl_memop table = jl_m(JL_RBP, (int32_t)((const uint8_t *)(uintptr_t)op->imm - rbp));
    unsigned a = operand(e, op->a, JL_XMM_TMP), dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    if (jl_host()->avx) {
        jl_x_vpshufb_rm(&e->a, dst, a, table);
    } else {
        copy(e, dst, a);
        jl_x_pshufb_rm(&e->a, dst, table);
    }
    done(e, dst);
}

static void emit_select(struct jl_emit *e, const struct jl_op *op) {
    enum { XOR = 0xef, AND = 0xdb };
    jl_loc no = jl_e_loc(e, op->c);
    if (jl_host()->avx && jl_loc_is_xmm(no)) {
        unsigned mask = operand(e, op->a, JL_XMM_TMP), yes = operand(e, op->b, JL_XMM_TMP2);
        unsigned dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
        jl_x_vpblendvb(&e->a, dst, (unsigned)(no - JL_LOC_XMM), yes, mask);
        done(e, dst);
        return;
    }
    /* no ^ ((yes ^ no) & mask) */
    unsigned x = JL_XMM_TMP;
    copy(e, x, operand(e, op->b, x));
    jl_x_packed(&e->a, XOR, x, operand(e, op->c, JL_XMM_TMP2));
    jl_x_packed(&e->a, AND, x, operand(e, op->a, JL_XMM_TMP2));
    jl_x_packed(&e->a, XOR, x, operand(e, op->c, JL_XMM_TMP2));
    done(e, x);
}

/* A register that is made of itself, without depending on what it held. */
static void emit_constant(struct jl_emit *e, enum jl_vop op) {
    unsigned dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    jl_x_packed(&e->a, opcode_of[op], dst, dst);
    done(e, dst);
}

static void emit_signs(struct jl_emit *e, const struct jl_op *op) {
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    jl_x_pmovmskb(&e->a, dst, operand(e, op->a, JL_XMM_TMP));
    jl_e_done(e, e->pos, dst);
}

void jl_emit_vector_load(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem) {
    unsigned dst = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
    jl_x_vector_rm(&e->a, op->size, dst, mem);
    done(e, dst);
}

void jl_emit_vector_store(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem) {
    jl_x_vector_mr(&e->a, op->size, mem, operand(e, op->c, JL_XMM_TMP));
}

bool jl_emit_vector(struct jl_emit *e, const struct jl_op *op) {
    switch (op->op) {
    case JL_IR_VZERO: emit_constant(e, JL_VOP_XOR); return true;
    case JL_IR_VONES: emit_constant(e, JL_VOP_EQUAL); return true;
    case JL_IR_VOP: emit_op(e, op); return true;
    case JL_IR_VSHIFT: emit_shift(e, op); return true;
    case JL_IR_VBYTES: emit_bytes(e, op); return true;
    case JL_IR_VSELECT: emit_select(e, op); return true;
    case JL_IR_VSIGNS: emit_signs(e, op); return true;
    default: return false;
    }
}
