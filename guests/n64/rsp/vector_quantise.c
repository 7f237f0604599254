/* What the vector unit has for MPEG-1: VMULQ and VMACQ (inverse quantisation with oddification) and VRNDP and VRNDN
 * (rounding of sums). Behaviour as n64-systemtest found it on hardware. */
#include "guests/n64/rsp/vector_accumulator.h"

/* Bits 47..16 of all lanes as two registers of 32-bit numbers. */
struct middle {
    __m128i a, b;
};

static struct middle unpack(v8 md, v8 hi) {
    return (struct middle){_mm_unpacklo_epi16(md, hi), _mm_unpackhi_epi16(md, hi)};
}

static void put_middle(struct jl_rsp *rsp, struct middle m) {
    set(rsp->acc_hi, _mm_packs_epi32(_mm_srai_epi32(m.a, 16), _mm_srai_epi32(m.b, 16)));
    set(rsp->acc_md,
        _mm_packs_epi32(_mm_srai_epi32(_mm_slli_epi32(m.a, 16), 16), _mm_srai_epi32(_mm_slli_epi32(m.b, 16), 16)));
}

/* Half of it, saturated, without the lowest 4 bits. */
static v8 quantised(struct middle m) {
    return _mm_and_si128(_mm_packs_epi32(_mm_srai_epi32(m.a, 1), _mm_srai_epi32(m.b, 1)), _mm_set1_epi16(-16));
}

static __m128i round_product(__m128i m) {
    return _mm_add_epi32(m, _mm_and_si128(_mm_srai_epi32(m, 31), _mm_set1_epi32(31)));
}

OP(VMULQ) {
    v8 vs = operand_vs(rsp, in), vt = operand_vt(rsp, in);
    struct middle m = unpack(_mm_mullo_epi16(vs, vt), _mm_mulhi_epi16(vs, vt));
    m = (struct middle){round_product(m.a), round_product(m.b)};
    put_middle(rsp, m);
    set(rsp->acc_lo, zero());
    set(rsp->vr[in->d], quantised(m));
}

/* Towards zero by 32, where bit 5 is clear and the number isn't within 0..63. */
static __m128i oddify(__m128i m) {
    const __m128i step = _mm_set1_epi32(32);
    __m128i clear = _mm_cmpeq_epi32(_mm_and_si128(m, step), _mm_setzero_si128());
    __m128i up = _mm_srai_epi32(m, 31), down = _mm_cmpgt_epi32(m, _mm_set1_epi32(63));
    m = _mm_add_epi32(m, _mm_and_si128(_mm_and_si128(clear, up), step));
    return _mm_sub_epi32(m, _mm_and_si128(_mm_and_si128(clear, down), step));
}

OP(VMACQ) {
    struct middle m = unpack(get(rsp->acc_md), get(rsp->acc_hi));
    m = (struct middle){oddify(m.a), oddify(m.b)};
    put_middle(rsp, m);
    set(rsp->vr[in->d], quantised(m));
}

/* Adds vt to the lanes of mask; 16 bits higher if vs is a register of odd number. */
static void round_lanes(struct jl_rsp *rsp, const struct jl_rsp_insn *in, v8 mask) {
    v8 vt = _mm_and_si128(mask, operand_vt(rsp, in));
    struct acc a = {.lo = vt, .md = sign(vt), .hi = sign(vt)};
    if (in->s & 1)
        a = (struct acc){.lo = zero(), .md = vt, .hi = sign(vt)};
    set(rsp->vr[in->d], signed_middle(put_acc(rsp, add48(get_acc(rsp), a))));
}

OP(VRNDP) {
    round_lanes(rsp, in, not8(sign(get(rsp->acc_hi))));
}
OP(VRNDN) {
    round_lanes(rsp, in, sign(get(rsp->acc_hi)));
}
