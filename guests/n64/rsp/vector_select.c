/* Comparisons, clips and merge: each lane takes one of its operands, and VCC remembers which. The clips work on one
 * half of a 32-bit number at a time: VCH on the upper half, VCL afterwards on the lower with what VCH left in VCO and
 * VCE. */
#include "guests/n64/rsp/vector.h"

static void result(struct jl_rsp *rsp, const struct jl_rsp_insn *in, v8 value) {
    set(rsp->acc_lo, value);
    set(rsp->vr[in->d], value);
    set(rsp->vco_lo, zero());
    set(rsp->vco_hi, zero());
}

static void compared(struct jl_rsp *rsp, const struct jl_rsp_insn *in, v8 holds, v8 value) {
    set(rsp->vcc_lo, holds);
    set(rsp->vcc_hi, zero());
    result(rsp, in, value);
}

/* Where the operands are equal, VCO says how the other half's comparison came out: carry (low) and not equal (high). */

OP(VLT) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in);
    v8 less_before = _mm_and_si128(get(rsp->vco_lo), get(rsp->vco_hi));
    v8 less = _mm_or_si128(_mm_cmpgt_epi16(vt, vs), _mm_and_si128(_mm_cmpeq_epi16(vs, vt), less_before));
    compared(rsp, in, less, choose(less, vs, vt));
}
OP(VGE) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in);
    v8 less_before = _mm_and_si128(get(rsp->vco_lo), get(rsp->vco_hi));
    v8 not_less = _mm_or_si128(_mm_cmpgt_epi16(vs, vt), _mm_andnot_si128(less_before, _mm_cmpeq_epi16(vs, vt)));
    compared(rsp, in, not_less, choose(not_less, vs, vt));
}
OP(VEQ) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in);
    compared(rsp, in, _mm_andnot_si128(get(rsp->vco_hi), _mm_cmpeq_epi16(vs, vt)), vt);
}
OP(VNE) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in);
    compared(rsp, in, _mm_or_si128(get(rsp->vco_hi), not8(_mm_cmpeq_epi16(vs, vt))), vs);
}

OP(VMRG) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in);
    result(rsp, in, choose(get(rsp->vcc_lo), vs, vt));
}

/* Clips vs to -vt..vt. Operands of opposite signs are compared through their sum (vs <= -vt), others through their
 * difference (vs >= vt); neither overflows. */
OP(VCH) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in), opposite = sign(_mm_xor_si128(vs, vt));
    v8 bound = _mm_sub_epi16(_mm_xor_si128(vt, opposite), opposite); /* vt or -vt */
    v8 beyond = _mm_sub_epi16(vs, bound);
    v8 equal = _mm_cmpeq_epi16(beyond, zero()), below = sign(beyond), vt_negative = sign(vt);
    v8 less_equal = _mm_or_si128(below, equal), greater_equal = not8(below);
    v8 off_by_one = _mm_and_si128(opposite, _mm_cmpeq_epi16(beyond, ones()));
    result(rsp, in, choose(choose(opposite, less_equal, greater_equal), bound, vs));
    set(rsp->vcc_lo, choose(opposite, less_equal, vt_negative));
    set(rsp->vcc_hi, choose(opposite, vt_negative, greater_equal));
    set(rsp->vco_lo, opposite);
    set(rsp->vco_hi, not8(_mm_or_si128(equal, off_by_one)));
    set(rsp->vce, off_by_one);
}

/* As VCH with the one's complement as the lower bound. */
OP(VCR) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in), opposite = sign(_mm_xor_si128(vs, vt));
    v8 bound = _mm_xor_si128(vt, opposite); /* vt or ~vt */
    v8 vt_negative = sign(vt);
    v8 less_equal = sign(_mm_add_epi16(vs, vt)), greater_equal = not8(sign(_mm_sub_epi16(vs, vt)));
    result(rsp, in, choose(choose(opposite, less_equal, greater_equal), bound, vs));
    set(rsp->vcc_lo, choose(opposite, less_equal, vt_negative));
    set(rsp->vcc_hi, choose(opposite, vt_negative, greater_equal));
    set(rsp->vce, zero());
}

/* The lower half, unsigned. Where VCH found the upper halves different (VCO's high bits), VCC stands as it is. */
OP(VCL) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in), opposite = get(rsp->vco_lo), decided = get(rsp->vco_hi);
    v8 sum = _mm_add_epi16(vs, vt), vce = get(rsp->vce);
    v8 sum_zero = _mm_cmpeq_epi16(sum, zero()), no_carry = _mm_cmpeq_epi16(sum, _mm_adds_epu16(vs, vt));
    v8 less_equal = choose(vce, _mm_or_si128(sum_zero, no_carry), _mm_and_si128(sum_zero, no_carry));
    v8 greater_equal = _mm_cmpeq_epi16(_mm_subs_epu16(vt, vs), zero());
    v8 vcc_lo = choose(_mm_andnot_si128(decided, opposite), less_equal, get(rsp->vcc_lo));
    v8 vcc_hi = choose(_mm_or_si128(decided, opposite), get(rsp->vcc_hi), greater_equal);
    v8 bound = _mm_sub_epi16(_mm_xor_si128(vt, opposite), opposite);
    result(rsp, in, choose(choose(opposite, vcc_lo, vcc_hi), bound, vs));
    set(rsp->vcc_lo, vcc_lo);
    set(rsp->vcc_hi, vcc_hi);
    set(rsp->vce, zero());
}
