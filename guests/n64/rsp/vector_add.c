/* Additions, absolute value, bit operations, and the reserved instructions: everything that leaves its result in the
 * accumulator's low 16 bits before saturation. */
#include "guests/n64/rsp/vector.h"

static void clear_vco(struct jl_rsp *rsp) {
    set(rsp->vco_lo, zero());
    set(rsp->vco_hi, zero());
}

/* Carries are lane masks, so subtracting one adds 1. The carry goes to the smaller operand: if that saturates, the sum
 * does anyway. */
OP(VADD) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in), carry = get(rsp->vco_lo);
    set(rsp->acc_lo, _mm_sub_epi16(_mm_add_epi16(vs, vt), carry));
    set(rsp->vr[in->d], _mm_adds_epi16(_mm_subs_epi16(_mm_min_epi16(vs, vt), carry), _mm_max_epi16(vs, vt)));
    clear_vco(rsp);
}

/* vt plus carry is 0x8000 when vt is 0x7fff: its saturation is made up for by subtracting the 1 afterwards. */
OP(VSUB) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in), carry = get(rsp->vco_lo);
    v8 wrapped = _mm_sub_epi16(vt, carry), saturated = _mm_subs_epi16(vt, carry);
    v8 missing = _mm_cmpgt_epi16(saturated, wrapped);
    set(rsp->acc_lo, _mm_sub_epi16(vs, wrapped));
    set(rsp->vr[in->d], _mm_adds_epi16(_mm_subs_epi16(vs, saturated), missing));
    clear_vco(rsp);
}

OP(VADDC) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in), sum = _mm_add_epi16(vs, vt);
    set(rsp->acc_lo, sum);
    set(rsp->vr[in->d], sum);
    set(rsp->vco_lo, not8(_mm_cmpeq_epi16(sum, _mm_adds_epu16(vs, vt))));
    set(rsp->vco_hi, zero());
}

OP(VSUBC) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in), difference = _mm_sub_epi16(vs, vt);
    v8 equal = _mm_cmpeq_epi16(vs, vt), not_above = _mm_cmpeq_epi16(_mm_subs_epu16(vs, vt), zero());
    set(rsp->acc_lo, difference);
    set(rsp->vr[in->d], difference);
    set(rsp->vco_lo, _mm_andnot_si128(equal, not_above));
    set(rsp->vco_hi, not8(equal));
}

/* vt with vs's sign applied, and 0 where vs is 0. Only the register is saturated: -(-32768). */
OP(VABS) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in), negative = sign(vs);
    v8 value = _mm_andnot_si128(_mm_cmpeq_epi16(vs, zero()), _mm_xor_si128(vt, negative));
    set(rsp->acc_lo, _mm_sub_epi16(value, negative));
    set(rsp->vr[in->d], _mm_subs_epi16(value, negative));
}

static void result(struct jl_rsp *rsp, const struct jl_rsp_insn *in, v8 value) {
    set(rsp->acc_lo, value);
    set(rsp->vr[in->d], value);
}

OP(VAND) {
    result(rsp, in, _mm_and_si128(operand_vs(rsp, in), operand_vt(rsp, in)));
}
OP(VNAND) {
    result(rsp, in, not8(_mm_and_si128(operand_vs(rsp, in), operand_vt(rsp, in))));
}
OP(VOR) {
    result(rsp, in, _mm_or_si128(operand_vs(rsp, in), operand_vt(rsp, in)));
}
OP(VNOR) {
    result(rsp, in, not8(_mm_or_si128(operand_vs(rsp, in), operand_vt(rsp, in))));
}
OP(VXOR) {
    result(rsp, in, _mm_xor_si128(operand_vs(rsp, in), operand_vt(rsp, in)));
}
OP(VNXOR) {
    result(rsp, in, not8(_mm_xor_si128(operand_vs(rsp, in), operand_vt(rsp, in))));
}

/* The reserved instructions add without carry, into the accumulator only. */
OP(VZERO) {
    set(rsp->acc_lo, _mm_add_epi16(operand_vs(rsp, in), operand_vt(rsp, in)));
    set(rsp->vr[in->d], zero());
}
