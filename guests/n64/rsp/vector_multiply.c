/* Multiplications into and onto the 48-bit accumulator. Fractions: VMULF, VMULU, VMACF, VMACU. Partial products of
 * 32-bit numbers: VMUDx and VMADx with x the part (low, mid of either kind, high). The quantisation of MPEG-1 is in
 * vector_quantise.c. */
#include "guests/n64/rsp/vector_accumulator.h"

/* Products. Of mixed signs: the unsigned product's upper half has the unsigned operand too many where the signed one is
 * negative. */

static v8 high_signed_unsigned(v8 a_signed, v8 b_unsigned) {
    return _mm_sub_epi16(_mm_mulhi_epu16(a_signed, b_unsigned), _mm_and_si128(sign(a_signed), b_unsigned));
}

/* The product of two fractions, doubled: 33 bits. */
static struct acc fraction(v8 vs, v8 vt) {
    v8 low = _mm_mullo_epi16(vs, vt), high = _mm_mulhi_epi16(vs, vt);
    return (struct acc){
        .lo = _mm_slli_epi16(low, 1),
        .md = _mm_or_si128(_mm_slli_epi16(high, 1), _mm_srli_epi16(low, 15)),
        .hi = sign(high),
    };
}

/* vt[e] and vs as whole parts (high), as signed by unsigned (mid), unsigned by signed (the other mid), and the upper
 * half of the unsigned product (low). */
static struct acc product_high(v8 vs, v8 vt) {
    return (struct acc){.lo = zero(), .md = _mm_mullo_epi16(vs, vt), .hi = _mm_mulhi_epi16(vs, vt)};
}
static struct acc product_signed_unsigned(v8 a_signed, v8 b_unsigned) {
    v8 high = high_signed_unsigned(a_signed, b_unsigned);
    return (struct acc){.lo = _mm_mullo_epi16(a_signed, b_unsigned), .md = high, .hi = sign(high)};
}
static struct acc product_low(v8 vs, v8 vt) {
    return (struct acc){.lo = _mm_mulhi_epu16(vs, vt), .md = zero(), .hi = zero()};
}

/* Half a unit in the last place of the result. */
static struct acc rounding(void) {
    return (struct acc){.lo = _mm_set1_epi16(-0x8000), .md = zero(), .hi = zero()};
}

#define VS operand_vs(rsp, in)
#define VT operand_vt(rsp, in)
#define RESULT rsp->vr[in->d]

OP(VMULF) {
    set(RESULT, signed_middle(put_acc(rsp, add48(fraction(VS, VT), rounding()))));
}
OP(VMULU) {
    set(RESULT, unsigned_middle(put_acc(rsp, add48(fraction(VS, VT), rounding()))));
}
OP(VMACF) {
    set(RESULT, signed_middle(put_acc(rsp, add48(get_acc(rsp), fraction(VS, VT)))));
}
OP(VMACU) {
    set(RESULT, unsigned_middle(put_acc(rsp, add48(get_acc(rsp), fraction(VS, VT)))));
}

/* A single product needs no saturation but VMUDH's. */
OP(VMUDL) {
    set(RESULT, put_acc(rsp, product_low(VS, VT)).lo);
}
OP(VMUDM) {
    set(RESULT, put_acc(rsp, product_signed_unsigned(VS, VT)).md);
}
OP(VMUDN) {
    set(RESULT, put_acc(rsp, product_signed_unsigned(VT, VS)).lo);
}
OP(VMUDH) {
    set(RESULT, signed_middle(put_acc(rsp, product_high(VS, VT))));
}
OP(VMADL) {
    set(RESULT, clamped_low(put_acc(rsp, add48(get_acc(rsp), product_low(VS, VT)))));
}
OP(VMADM) {
    set(RESULT, signed_middle(put_acc(rsp, add48(get_acc(rsp), product_signed_unsigned(VS, VT)))));
}
OP(VMADN) {
    set(RESULT, clamped_low(put_acc(rsp, add48(get_acc(rsp), product_signed_unsigned(VT, VS)))));
}
OP(VMADH) {
    set(RESULT, signed_middle(put_acc(rsp, add48(get_acc(rsp), product_high(VS, VT)))));
}

OP(VSAR) {
    static const unsigned high = 8, middle = 9, low = 10;
    v8 part = in->e == high     ? get(rsp->acc_hi)
              : in->e == middle ? get(rsp->acc_md)
              : in->e == low    ? get(rsp->acc_lo)
                                : zero();
    set(RESULT, part);
}
