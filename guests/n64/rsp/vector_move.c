/* Moves within the vector unit and between it and the scalar unit, and its control registers. */
#include "guests/n64/rsp/vector_memory.h"

#define LANES(a, b, c, d, e, f, g, h)                                                                                  \
    {                                                                                                                  \
        2 * a, 2 * a + 1, 2 * b, 2 * b + 1, 2 * c, 2 * c + 1, 2 * d, 2 * d + 1, 2 * e, 2 * e + 1, 2 * f, 2 * f + 1,    \
            2 * g, 2 * g + 1, 2 * h, 2 * h + 1                                                                         \
    }

const uint8_t jl_rsp_broadcast[16][16] __attribute__((aligned(16))) = {
    LANES(0, 1, 2, 3, 4, 5, 6, 7), LANES(0, 1, 2, 3, 4, 5, 6, 7), LANES(0, 0, 2, 2, 4, 4, 6, 6),
    LANES(1, 1, 3, 3, 5, 5, 7, 7), LANES(0, 0, 0, 0, 4, 4, 4, 4), LANES(1, 1, 1, 1, 5, 5, 5, 5),
    LANES(2, 2, 2, 2, 6, 6, 6, 6), LANES(3, 3, 3, 3, 7, 7, 7, 7), LANES(0, 0, 0, 0, 0, 0, 0, 0),
    LANES(1, 1, 1, 1, 1, 1, 1, 1), LANES(2, 2, 2, 2, 2, 2, 2, 2), LANES(3, 3, 3, 3, 3, 3, 3, 3),
    LANES(4, 4, 4, 4, 4, 4, 4, 4), LANES(5, 5, 5, 5, 5, 5, 5, 5), LANES(6, 6, 6, 6, 6, 6, 6, 6),
    LANES(7, 7, 7, 7, 7, 7, 7, 7),
};

/* The element counts bytes. A read of the last byte goes on at the first; a write does not. */
OP(MFC2) {
    uint16_t *vs = rsp->vr[in->s];
    rsp->gpr[in->t] = (uint32_t)(int16_t)(*byte_of(vs, in->e) << 8 | *byte_of(vs, (in->e + 1) & 15));
}
OP(MTC2) {
    uint16_t *vs = rsp->vr[in->s];
    *byte_of(vs, in->e) = (uint8_t)(rsp->gpr[in->t] >> 8);
    if (in->e < 15)
        *byte_of(vs, in->e + 1) = (uint8_t)rsp->gpr[in->t];
}

OP(VMOV) {
    v8 vt = operand_vt(rsp, in);
    uint16_t lanes[8] __attribute__((aligned(16)));
    set(lanes, vt);
    set(rsp->acc_lo, vt);
    rsp->vr[in->d][in->s & 7] = lanes[in->s & 7];
}

/* Control registers: 8 bits from a mask of 8 lanes, and back. */

static unsigned bits_of(v8 low, v8 high) {
    return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(low, high));
}

static v8 mask_of(unsigned bits) {
    const v8 bit = _mm_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm_cmpeq_epi16(_mm_and_si128(_mm_set1_epi16((int16_t)(bits & 0xff)), bit), bit);
}

uint16_t jl_rsp_control(const struct jl_rsp *rsp, unsigned reg) {
    switch (reg & 3) {
    case 0: return (uint16_t)bits_of(get(rsp->vco_lo), get(rsp->vco_hi));
    case 1: return (uint16_t)bits_of(get(rsp->vcc_lo), get(rsp->vcc_hi));
    default: return (uint16_t)bits_of(get(rsp->vce), zero());
    }
}

void jl_rsp_set_control(struct jl_rsp *rsp, unsigned reg, uint16_t value) {
    switch (reg & 3) {
    case 0:
        set(rsp->vco_lo, mask_of(value));
        set(rsp->vco_hi, mask_of(value >> 8));
        break;
    case 1:
        set(rsp->vcc_lo, mask_of(value));
        set(rsp->vcc_hi, mask_of(value >> 8));
        break;
    default: set(rsp->vce, mask_of(value));
    }
}

OP(CFC2) {
    rsp->gpr[in->t] = (uint32_t)(int16_t)jl_rsp_control(rsp, in->s);
}
OP(CTC2) {
    jl_rsp_set_control(rsp, in->s, (uint16_t)rsp->gpr[in->t]);
}
