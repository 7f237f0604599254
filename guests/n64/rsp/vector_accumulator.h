/* The accumulator: eight lanes of 48 bits in three pieces of 16, and what registers get of it. */
#ifndef JL_N64_RSP_VECTOR_ACCUMULATOR_H
#define JL_N64_RSP_VECTOR_ACCUMULATOR_H

#include "guests/n64/rsp/vector.h"

struct acc {
    v8 hi, md, lo;
};

static inline struct acc get_acc(const struct jl_rsp *rsp) {
    return (struct acc){get(rsp->acc_hi), get(rsp->acc_md), get(rsp->acc_lo)};
}

/* Returns what it was given, for the result to be taken of it. */
static inline struct acc put_acc(struct jl_rsp *rsp, struct acc a) {
    set(rsp->acc_hi, a.hi);
    set(rsp->acc_md, a.md);
    set(rsp->acc_lo, a.lo);
    return a;
}

/* The mask of lanes where an unsigned sum overflowed. */
static inline v8 carry_of(v8 a, v8 b, v8 sum) {
    return not8(_mm_cmpeq_epi16(_mm_adds_epu16(a, b), sum));
}

/* a + b modulo 2^48. Carries are masks: subtracting one adds 1. */
static inline struct acc add48(struct acc a, struct acc b) {
    struct acc sum;
    sum.lo = _mm_add_epi16(a.lo, b.lo);
    v8 carry = carry_of(a.lo, b.lo, sum.lo);
    v8 middle = _mm_add_epi16(a.md, b.md);
    sum.md = _mm_sub_epi16(middle, carry);
    /* at most one of the two additions overflows */
    v8 carry_high = _mm_or_si128(carry_of(a.md, b.md, middle), _mm_and_si128(carry, _mm_cmpeq_epi16(sum.md, zero())));
    sum.hi = _mm_sub_epi16(_mm_add_epi16(a.hi, b.hi), carry_high);
    return sum;
}

/* Bits 47..16, saturated to 16 signed bits. */
static inline v8 signed_middle(struct acc a) {
    return _mm_packs_epi32(_mm_unpacklo_epi16(a.md, a.hi), _mm_unpackhi_epi16(a.md, a.hi));
}

/* Bits 47..16: 0 if negative, 65535 if above 32767. */
static inline v8 unsigned_middle(struct acc a) {
    v8 above = _mm_or_si128(sign(a.md), _mm_cmpgt_epi16(a.hi, zero()));
    return _mm_andnot_si128(sign(a.hi), _mm_or_si128(a.md, above));
}

/* Bits 15..0 if bits 47..16 are a 16-bit signed number; 0 if they are below, 65535 if above. */
static inline v8 clamped_low(struct acc a) {
    v8 fits = _mm_cmpeq_epi16(a.hi, sign(a.md));
    return choose(fits, a.lo, not8(sign(a.hi)));
}

#endif
