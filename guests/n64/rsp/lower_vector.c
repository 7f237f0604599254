/* Vector instructions as IR. What vector_*.c say about how results are had holds here too: each function is the one of
 * the same name there, on values that may be known to be zero. What is rare is not here. */
#include "guests/n64/rsp/translate_parts.h"
#include "jit/ir/builder_vector.h"

#define L const struct jl_rsp_lowering *l

/* ---- lanes ---- */

static bool is_zero(L, jl_ref v) {
    return l->b->ir->ops[v].op == JL_IR_VZERO;
}

static jl_ref op(L, enum jl_vop o, jl_ref x, jl_ref y) {
    bool x0 = is_zero(l, x), y0 = is_zero(l, y);
    switch (o) {
    case JL_VOP_ADD:
    case JL_VOP_OR:
    case JL_VOP_XOR:
        if (x0 || y0)
            return x0 ? y : x;
        break;
    case JL_VOP_SUB:
    case JL_VOP_SUB_S:
        if (y0)
            return x;
        break;
    case JL_VOP_AND:
        if (x0 || y0)
            return jl_rsp_zero(l);
        break;
    case JL_VOP_NOT_AND:
        if (x0 || y0)
            return y;
        break;
    default: break;
    }
    return jl_b_vop(l->b, o, x, y);
}

static jl_ref not8(L, jl_ref v) {
    const struct jl_op *o = &l->b->ir->ops[v];
    jl_ref ones = jl_rsp_ones(l);
    if (o->op == JL_IR_VOP && o->sub == JL_VOP_XOR && o->b == ones)
        return o->a;
    return op(l, JL_VOP_XOR, v, ones);
}

static jl_ref choose(L, jl_ref mask, jl_ref yes, jl_ref no) {
    return is_zero(l, mask) ? no : jl_b_vselect(l->b, mask, yes, no);
}

static jl_ref shift(L, enum jl_vshift o, jl_ref v, unsigned count) {
    return is_zero(l, v) ? v : jl_b_vshift(l->b, o, v, count);
}

static jl_ref sign(L, jl_ref v) {
    return shift(l, JL_VSHIFT_RIGHT_SIGNED, v, 15);
}

static jl_ref equal(L, jl_ref x, jl_ref y) {
    return op(l, JL_VOP_EQUAL, x, y);
}

static jl_ref and8(L, jl_ref x, jl_ref y) {
    return op(l, JL_VOP_AND, x, y);
}
static jl_ref or8(L, jl_ref x, jl_ref y) {
    return op(l, JL_VOP_OR, x, y);
}
static jl_ref add(L, jl_ref x, jl_ref y) {
    return op(l, JL_VOP_ADD, x, y);
}
static jl_ref sub(L, jl_ref x, jl_ref y) {
    return op(l, JL_VOP_SUB, x, y);
}

static jl_ref get_vs(L) {
    return jl_rsp_value(l, l->in->s);
}
static jl_ref get_vt(L) {
    return jl_rsp_operand_vt(l);
}
static void set_vd(L, jl_ref v) {
    jl_rsp_set_value(l, l->in->d, v);
}
static void set_both(L, jl_ref v) {
    jl_rsp_set_value(l, JL_RSP_ACC_LO, v);
    set_vd(l, v);
}
static void clear_vco(L) {
    jl_rsp_set_value(l, JL_RSP_VCO_LO, jl_rsp_zero(l));
    jl_rsp_set_value(l, JL_RSP_VCO_HI, jl_rsp_zero(l));
}

/* ---- additions and bits ---- */

static void vadd(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l), carry = jl_rsp_value(l, JL_RSP_VCO_LO);
    jl_rsp_set_value(l, JL_RSP_ACC_LO, sub(l, add(l, vs, vt), carry));
    jl_ref least = vs, most = vt;
    if (!is_zero(l, carry)) {
        least = op(l, JL_VOP_SUB_S, op(l, JL_VOP_MIN, vs, vt), carry);
        most = op(l, JL_VOP_MAX, vs, vt);
    }
    set_vd(l, op(l, JL_VOP_ADD_S, least, most));
    clear_vco(l);
}

static void vsub(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l), carry = jl_rsp_value(l, JL_RSP_VCO_LO);
    if (is_zero(l, carry)) {
        jl_rsp_set_value(l, JL_RSP_ACC_LO, sub(l, vs, vt));
        set_vd(l, op(l, JL_VOP_SUB_S, vs, vt));
    } else {
        jl_ref wrapped = sub(l, vt, carry), saturated = op(l, JL_VOP_SUB_S, vt, carry);
        jl_ref missing = op(l, JL_VOP_GREATER, saturated, wrapped);
        jl_rsp_set_value(l, JL_RSP_ACC_LO, sub(l, vs, wrapped));
        set_vd(l, op(l, JL_VOP_ADD_S, op(l, JL_VOP_SUB_S, vs, saturated), missing));
    }
    clear_vco(l);
}

/* The mask of lanes where an unsigned sum overflowed. */
static jl_ref carry_of(L, jl_ref x, jl_ref y, jl_ref sum) {
    if (is_zero(l, x) || is_zero(l, y))
        return jl_rsp_zero(l);
    return not8(l, equal(l, op(l, JL_VOP_ADD_US, x, y), sum));
}

static void vaddc(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l), sum = add(l, vs, vt);
    set_both(l, sum);
    jl_rsp_set_value(l, JL_RSP_VCO_LO, carry_of(l, vs, vt, sum));
    jl_rsp_set_value(l, JL_RSP_VCO_HI, jl_rsp_zero(l));
}

static void vsubc(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l);
    jl_ref same = equal(l, vs, vt), not_above = equal(l, op(l, JL_VOP_SUB_US, vs, vt), jl_rsp_zero(l));
    set_both(l, sub(l, vs, vt));
    jl_rsp_set_value(l, JL_RSP_VCO_LO, op(l, JL_VOP_NOT_AND, same, not_above));
    jl_rsp_set_value(l, JL_RSP_VCO_HI, not8(l, same));
}

static void vabs(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l), negative = sign(l, vs);
    jl_ref value = op(l, JL_VOP_NOT_AND, equal(l, vs, jl_rsp_zero(l)), op(l, JL_VOP_XOR, vt, negative));
    jl_rsp_set_value(l, JL_RSP_ACC_LO, sub(l, value, negative));
    set_vd(l, op(l, JL_VOP_SUB_S, value, negative));
}

static void vzero(L) {
    jl_rsp_set_value(l, JL_RSP_ACC_LO, add(l, get_vs(l), get_vt(l)));
    set_vd(l, jl_rsp_zero(l));
}

static bool lower_add(L) {
    jl_rsp_op *run = l->in->run;
    if (run == jl_rsp_op_VADD)
        vadd(l);
    else if (run == jl_rsp_op_VSUB)
        vsub(l);
    else if (run == jl_rsp_op_VADDC)
        vaddc(l);
    else if (run == jl_rsp_op_VSUBC)
        vsubc(l);
    else if (run == jl_rsp_op_VABS)
        vabs(l);
    else if (run == jl_rsp_op_VZERO)
        vzero(l);
    else if (run == jl_rsp_op_VAND)
        set_both(l, and8(l, get_vs(l), get_vt(l)));
    else if (run == jl_rsp_op_VNAND)
        set_both(l, not8(l, and8(l, get_vs(l), get_vt(l))));
    else if (run == jl_rsp_op_VOR)
        set_both(l, or8(l, get_vs(l), get_vt(l)));
    else if (run == jl_rsp_op_VNOR)
        set_both(l, not8(l, or8(l, get_vs(l), get_vt(l))));
    else if (run == jl_rsp_op_VXOR)
        set_both(l, l->in->s == l->in->t && l->in->e < 2 ? jl_rsp_zero(l) : op(l, JL_VOP_XOR, get_vs(l), get_vt(l)));
    else if (run == jl_rsp_op_VNXOR)
        set_both(l, not8(l, op(l, JL_VOP_XOR, get_vs(l), get_vt(l))));
    else
        return false;
    return true;
}

/* ---- multiplications ---- */

struct acc {
    jl_ref hi, md, lo;
};

static struct acc get_acc(L) {
    return (struct acc){jl_rsp_value(l, JL_RSP_ACC_HI), jl_rsp_value(l, JL_RSP_ACC_MD), jl_rsp_value(l, JL_RSP_ACC_LO)};
}

static struct acc put_acc(L, struct acc a) {
    jl_rsp_set_value(l, JL_RSP_ACC_HI, a.hi);
    jl_rsp_set_value(l, JL_RSP_ACC_MD, a.md);
    jl_rsp_set_value(l, JL_RSP_ACC_LO, a.lo);
    return a;
}

/* x with 1 added where the mask is set to what is above its lowest 16 bits: what vector_accumulator.h's add48 does
 * behind the lowest sum. */
static struct acc add48(L, struct acc x, struct acc y) {
    struct acc sum;
    sum.lo = add(l, x.lo, y.lo);
    jl_ref carry = carry_of(l, x.lo, y.lo, sum.lo), middle = add(l, x.md, y.md);
    sum.md = sub(l, middle, carry);
    jl_ref carry_high = carry_of(l, x.md, y.md, middle);
    if (!is_zero(l, carry))
        carry_high = or8(l, carry_high, and8(l, carry, equal(l, sum.md, jl_rsp_zero(l))));
    sum.hi = sub(l, add(l, x.hi, y.hi), carry_high);
    return sum;
}

static jl_ref signed_middle(L, struct acc a) {
    return op(l, JL_VOP_PACK_32, op(l, JL_VOP_LOW, a.md, a.hi), op(l, JL_VOP_HIGH, a.md, a.hi));
}

static jl_ref unsigned_middle(L, struct acc a) {
    jl_ref above = or8(l, sign(l, a.md), op(l, JL_VOP_GREATER, a.hi, jl_rsp_zero(l)));
    return op(l, JL_VOP_NOT_AND, sign(l, a.hi), or8(l, a.md, above));
}

static jl_ref clamped_low(L, struct acc a) {
    return choose(l, equal(l, a.hi, sign(l, a.md)), a.lo, not8(l, sign(l, a.hi)));
}

static struct acc fraction(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l);
    jl_ref low = op(l, JL_VOP_MUL_LOW, vs, vt), high = op(l, JL_VOP_MUL_HIGH, vs, vt);
    return (struct acc){
        .lo = shift(l, JL_VSHIFT_LEFT, low, 1),
        .md = or8(l, shift(l, JL_VSHIFT_LEFT, high, 1), shift(l, JL_VSHIFT_RIGHT, low, 15)),
        .hi = sign(l, high),
    };
}

/* Half a unit in the last place carries where the highest bit of the lower part is set. */
static struct acc rounded_fraction(L) {
    struct acc f = fraction(l);
    jl_ref carry = sign(l, f.lo), md = sub(l, f.md, carry);
    return (struct acc){
        .lo = op(l, JL_VOP_XOR, f.lo, shift(l, JL_VSHIFT_LEFT, jl_rsp_ones(l), 15)),
        .md = md,
        .hi = sub(l, f.hi, and8(l, carry, equal(l, md, jl_rsp_zero(l)))),
    };
}

static struct acc product_high(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l);
    return (struct acc){
        .lo = jl_rsp_zero(l), .md = op(l, JL_VOP_MUL_LOW, vs, vt), .hi = op(l, JL_VOP_MUL_HIGH, vs, vt)};
}

static struct acc signed_unsigned(L, jl_ref a_signed, jl_ref b_unsigned) {
    jl_ref high = sub(l, op(l, JL_VOP_MUL_HIGH_U, a_signed, b_unsigned), and8(l, sign(l, a_signed), b_unsigned));
    return (struct acc){.lo = op(l, JL_VOP_MUL_LOW, a_signed, b_unsigned), .md = high, .hi = sign(l, high)};
}

static struct acc product_middle(L) {
    jl_ref vs = get_vs(l);
    return signed_unsigned(l, vs, get_vt(l));
}

static struct acc product_other_middle(L) {
    jl_ref vs = get_vs(l);
    return signed_unsigned(l, get_vt(l), vs);
}

static struct acc product_low(L) {
    jl_ref vs = get_vs(l);
    return (struct acc){.lo = op(l, JL_VOP_MUL_HIGH_U, vs, get_vt(l)), .md = jl_rsp_zero(l), .hi = jl_rsp_zero(l)};
}

static struct acc accumulated(L, struct acc product) {
    return put_acc(l, add48(l, get_acc(l), product));
}

static void vsar(L) {
    unsigned e = l->in->e;
    set_vd(l, e >= 8 && e <= 10 ? jl_rsp_value(l, JL_RSP_ACC_HI + e - 8) : jl_rsp_zero(l));
}

static bool lower_multiply(L) {
    jl_rsp_op *run = l->in->run;
    if (run == jl_rsp_op_VMULF)
        set_vd(l, signed_middle(l, put_acc(l, rounded_fraction(l))));
    else if (run == jl_rsp_op_VMULU)
        set_vd(l, unsigned_middle(l, put_acc(l, rounded_fraction(l))));
    else if (run == jl_rsp_op_VMACF)
        set_vd(l, signed_middle(l, accumulated(l, fraction(l))));
    else if (run == jl_rsp_op_VMACU)
        set_vd(l, unsigned_middle(l, accumulated(l, fraction(l))));
    else if (run == jl_rsp_op_VMUDL)
        set_vd(l, put_acc(l, product_low(l)).lo);
    else if (run == jl_rsp_op_VMUDM)
        set_vd(l, put_acc(l, product_middle(l)).md);
    else if (run == jl_rsp_op_VMUDN)
        set_vd(l, put_acc(l, product_other_middle(l)).lo);
    else if (run == jl_rsp_op_VMUDH)
        set_vd(l, signed_middle(l, put_acc(l, product_high(l))));
    else if (run == jl_rsp_op_VMADL)
        set_vd(l, clamped_low(l, accumulated(l, product_low(l))));
    else if (run == jl_rsp_op_VMADM)
        set_vd(l, signed_middle(l, accumulated(l, product_middle(l))));
    else if (run == jl_rsp_op_VMADN)
        set_vd(l, clamped_low(l, accumulated(l, product_other_middle(l))));
    else if (run == jl_rsp_op_VMADH)
        set_vd(l, signed_middle(l, accumulated(l, product_high(l))));
    else if (run == jl_rsp_op_VSAR)
        vsar(l);
    else
        return false;
    return true;
}

/* ---- comparisons, clips, merge ---- */

static void selected(L, jl_ref value) {
    set_both(l, value);
    clear_vco(l);
}

static void compared(L, jl_ref holds, jl_ref value) {
    jl_rsp_set_value(l, JL_RSP_VCC_LO, holds);
    jl_rsp_set_value(l, JL_RSP_VCC_HI, jl_rsp_zero(l));
    selected(l, value);
}

static jl_ref less_before(L) {
    return and8(l, jl_rsp_value(l, JL_RSP_VCO_LO), jl_rsp_value(l, JL_RSP_VCO_HI));
}

static void vlt(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l), before = less_before(l);
    jl_ref less = or8(l, op(l, JL_VOP_GREATER, vt, vs), and8(l, before, equal(l, vs, vt)));
    compared(l, less, is_zero(l, before) ? op(l, JL_VOP_MIN, vs, vt) : choose(l, less, vs, vt));
}

static void vge(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l), before = less_before(l);
    jl_ref not_less = or8(l, op(l, JL_VOP_GREATER, vs, vt), op(l, JL_VOP_NOT_AND, before, equal(l, vs, vt)));
    compared(l, not_less, is_zero(l, before) ? op(l, JL_VOP_MAX, vs, vt) : choose(l, not_less, vs, vt));
}

static void veq(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l);
    compared(l, op(l, JL_VOP_NOT_AND, jl_rsp_value(l, JL_RSP_VCO_HI), equal(l, vs, vt)), vt);
}

static void vne(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l);
    compared(l, or8(l, jl_rsp_value(l, JL_RSP_VCO_HI), not8(l, equal(l, vs, vt))), vs);
}

static void vmrg(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l);
    selected(l, choose(l, jl_rsp_value(l, JL_RSP_VCC_LO), vs, vt));
}

static void set_flags(L, jl_ref vcc_lo, jl_ref vcc_hi, jl_ref vce) {
    jl_rsp_set_value(l, JL_RSP_VCC_LO, vcc_lo);
    jl_rsp_set_value(l, JL_RSP_VCC_HI, vcc_hi);
    jl_rsp_set_value(l, JL_RSP_VCE, vce);
}

static void vch(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l), opposite = sign(l, op(l, JL_VOP_XOR, vs, vt));
    jl_ref bound = sub(l, op(l, JL_VOP_XOR, vt, opposite), opposite);
    jl_ref beyond = sub(l, vs, bound), same = equal(l, beyond, jl_rsp_zero(l));
    jl_ref below = sign(l, beyond), vt_negative = sign(l, vt);
    jl_ref less_equal = or8(l, below, same), greater_equal = not8(l, below);
    jl_ref off_by_one = and8(l, opposite, equal(l, beyond, jl_rsp_ones(l)));
    selected(l, choose(l, choose(l, opposite, less_equal, greater_equal), bound, vs));
    set_flags(l, choose(l, opposite, less_equal, vt_negative), choose(l, opposite, vt_negative, greater_equal),
              off_by_one);
    jl_rsp_set_value(l, JL_RSP_VCO_LO, opposite);
    jl_rsp_set_value(l, JL_RSP_VCO_HI, not8(l, or8(l, same, off_by_one)));
}

static void vcr(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l), opposite = sign(l, op(l, JL_VOP_XOR, vs, vt));
    jl_ref bound = op(l, JL_VOP_XOR, vt, opposite), vt_negative = sign(l, vt);
    jl_ref less_equal = sign(l, add(l, vs, vt)), greater_equal = not8(l, sign(l, sub(l, vs, vt)));
    selected(l, choose(l, choose(l, opposite, less_equal, greater_equal), bound, vs));
    set_flags(l, choose(l, opposite, less_equal, vt_negative), choose(l, opposite, vt_negative, greater_equal),
              jl_rsp_zero(l));
}

static void vcl(L) {
    jl_ref vs = get_vs(l), vt = get_vt(l), zero = jl_rsp_zero(l);
    jl_ref opposite = jl_rsp_value(l, JL_RSP_VCO_LO), decided = jl_rsp_value(l, JL_RSP_VCO_HI);
    jl_ref sum = add(l, vs, vt), sum_zero = equal(l, sum, zero);
    jl_ref no_carry = equal(l, sum, op(l, JL_VOP_ADD_US, vs, vt));
    jl_ref less_equal = choose(l, jl_rsp_value(l, JL_RSP_VCE), or8(l, sum_zero, no_carry), and8(l, sum_zero, no_carry));
    jl_ref greater_equal = equal(l, op(l, JL_VOP_SUB_US, vt, vs), zero);
    jl_ref vcc_lo = choose(l, op(l, JL_VOP_NOT_AND, decided, opposite), less_equal, jl_rsp_value(l, JL_RSP_VCC_LO));
    jl_ref vcc_hi = choose(l, or8(l, decided, opposite), jl_rsp_value(l, JL_RSP_VCC_HI), greater_equal);
    jl_ref bound = sub(l, op(l, JL_VOP_XOR, vt, opposite), opposite);
    selected(l, choose(l, choose(l, opposite, vcc_lo, vcc_hi), bound, vs));
    set_flags(l, vcc_lo, vcc_hi, zero);
}

static bool lower_select(L) {
    jl_rsp_op *run = l->in->run;
    if (run == jl_rsp_op_VLT)
        vlt(l);
    else if (run == jl_rsp_op_VGE)
        vge(l);
    else if (run == jl_rsp_op_VEQ)
        veq(l);
    else if (run == jl_rsp_op_VNE)
        vne(l);
    else if (run == jl_rsp_op_VMRG)
        vmrg(l);
    else if (run == jl_rsp_op_VCH)
        vch(l);
    else if (run == jl_rsp_op_VCR)
        vcr(l);
    else if (run == jl_rsp_op_VCL)
        vcl(l);
    else
        return false;
    return true;
}

/* ---- moves of one lane ---- */

static jl_ref load_half(L, const void *p, unsigned flags) {
    return jl_b_hload(l->b, JL_I32, 2, flags, jl_rsp_pointer(l, p), 0, 0, 0);
}

static void store_half(L, const void *p, jl_ref value) {
    jl_b_hstore(l->b, 2, jl_rsp_pointer(l, p), 0, 0, 0, value);
}

/* vt to the accumulator, and one lane to vd. */
static void finish_lane(L, jl_ref value) {
    jl_rsp_set_value(l, JL_RSP_ACC_LO, get_vt(l));
    store_half(l, &l->jit->rsp->vr[l->in->d][l->in->s & 7], value);
    jl_rsp_part_written(l, l->in->d);
}

static void vmov(L) {
    unsigned lane = jl_rsp_broadcast[l->in->e][2 * (l->in->s & 7)] / 2;
    jl_rsp_part_read(l, l->in->t);
    finish_lane(l, load_half(l, &l->jit->rsp->vr[l->in->t][lane], 0));
}

static void vrcph(L) {
    struct jl_rsp *rsp = l->jit->rsp;
    jl_rsp_part_read(l, l->in->t);
    store_half(l, &rsp->div_in, load_half(l, &rsp->vr[l->in->t][l->in->e & 7], 0));
    jl_b_hstore(l->b, 1, jl_rsp_pointer(l, &rsp->div_in_loaded), 0, 0, 0, jl_b_i32(l->b, 1));
    finish_lane(l, load_half(l, &rsp->div_out, 0));
}

/* CFC2: a bit for each lane of two masks. */
static void read_control(L) {
    static const uint8_t low[] = {JL_RSP_VCO_LO, JL_RSP_VCC_LO, JL_RSP_VCE, JL_RSP_VCE};
    static const uint8_t high[] = {JL_RSP_VCO_HI, JL_RSP_VCC_HI};
    unsigned reg = l->in->s & 3;
    jl_ref upper = reg < 2 ? jl_rsp_value(l, high[reg]) : jl_rsp_zero(l);
    jl_ref bits = jl_b_vsigns(l->b, op(l, JL_VOP_PACK_16, jl_rsp_value(l, low[reg]), upper));
    jl_b_set(l->b, JL_VAR_GPR + l->in->t, reg < 2 ? jl_b_op1(l->b, JL_IR_SEXT16, JL_I32, bits) : bits);
}

static bool lower_lane(L) {
    jl_rsp_op *run = l->in->run;
    unsigned s = l->in->s;
    void *half = &l->jit->rsp->vr[s][l->in->e / 2];
    bool even = !(l->in->e & 1);
    if (run == jl_rsp_op_VMOV) {
        vmov(l);
    } else if (run == jl_rsp_op_VRCPH) {
        vrcph(l);
    } else if (run == jl_rsp_op_CFC2) {
        read_control(l);
    } else if (run == jl_rsp_op_MFC2 && even) {
        jl_rsp_part_read(l, s);
        jl_b_set(l->b, JL_VAR_GPR + l->in->t, load_half(l, half, JL_IRF_SIGNED));
    } else if (run == jl_rsp_op_MTC2 && even) {
        store_half(l, half, jl_b_get(l->b, JL_VAR_GPR + l->in->t));
        jl_rsp_part_written(l, s);
    } else {
        return false;
    }
    return true;
}

bool jl_rsp_lower_vector(const struct jl_rsp_lowering *l) {
    return lower_multiply(l) || lower_add(l) || lower_select(l) || lower_lane(l);
}
