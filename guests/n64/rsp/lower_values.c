/* The vector unit's registers while a block is translated: see translate_parts.h. */
#include "guests/n64/rsp/translate_parts.h"

#include <string.h>

#include "jit/ir/builder_vector.h"

void jl_rsp_values_begin(const struct jl_rsp_lowering *l) {
    struct jl_rsp_values *v = &l->jit->values;
    if (v->serial == l->b->serial && v->block == l->b->block)
        return;
    *v = (struct jl_rsp_values){.serial = l->b->serial, .block = l->b->block};
}

void jl_rsp_values_forget(const struct jl_rsp_lowering *l) {
    struct jl_rsp_values *v = &l->jit->values;
    *v = (struct jl_rsp_values){.serial = v->serial, .block = v->block};
}

void *jl_rsp_place(const struct jl_rsp_lowering *l, unsigned place) {
    struct jl_rsp *rsp = l->jit->rsp;
    switch (place) {
    case JL_RSP_ACC_HI: return rsp->acc_hi;
    case JL_RSP_ACC_MD: return rsp->acc_md;
    case JL_RSP_ACC_LO: return rsp->acc_lo;
    case JL_RSP_VCO_LO: return rsp->vco_lo;
    case JL_RSP_VCO_HI: return rsp->vco_hi;
    case JL_RSP_VCC_LO: return rsp->vcc_lo;
    case JL_RSP_VCC_HI: return rsp->vcc_hi;
    case JL_RSP_VCE: return rsp->vce;
    default: return rsp->vr[place];
    }
}

jl_ref jl_rsp_value(const struct jl_rsp_lowering *l, unsigned place) {
    struct jl_rsp_values *v = &l->jit->values;
    if (!v->value[place]) {
        v->store[place] = 0;
        v->value[place] = jl_b_hload(l->b, JL_V, 16, 0, jl_rsp_pointer(l, jl_rsp_place(l, place)), 0, 0, 0);
    }
    return v->value[place];
}

void jl_rsp_set_value(const struct jl_rsp_lowering *l, unsigned place, jl_ref value) {
    struct jl_rsp_values *v = &l->jit->values;
    struct jl_ir *ir = l->b->ir;
    if (v->value[place] == value) /* memory holds it */
        return;
    if (v->store[place])
        ir->ops[v->store[place]] = (struct jl_op){.op = JL_IR_NOP};
    jl_b_hstore(l->b, 16, jl_rsp_pointer(l, jl_rsp_place(l, place)), 0, 0, 0, value);
    v->store[place] = ir->nops - 1;
    v->value[place] = value;
}

void jl_rsp_part_read(const struct jl_rsp_lowering *l, unsigned place) {
    l->jit->values.store[place] = 0;
}

void jl_rsp_part_written(const struct jl_rsp_lowering *l, unsigned place) {
    l->jit->values.store[place] = l->jit->values.value[place] = 0;
}

jl_ref jl_rsp_zero(const struct jl_rsp_lowering *l) {
    struct jl_rsp_values *v = &l->jit->values;
    return v->zero ? v->zero : (v->zero = jl_b_vzero(l->b));
}

jl_ref jl_rsp_ones(const struct jl_rsp_lowering *l) {
    struct jl_rsp_values *v = &l->jit->values;
    return v->ones ? v->ones : (v->ones = jl_b_vones(l->b));
}

jl_ref jl_rsp_operand_vt(const struct jl_rsp_lowering *l) {
    struct jl_rsp_values *v = &l->jit->values;
    jl_ref vt = jl_rsp_value(l, l->in->t);
    if (l->in->e < 2)
        return vt;
    if (v->broadcast_of != vt || v->element != l->in->e) {
        v->broadcast = jl_b_vbytes(l->b, vt, l->jit->tables->broadcast[l->in->e]);
        v->broadcast_of = vt;
        v->element = l->in->e;
    }
    return v->broadcast;
}
