/* Loads and stores that spread bytes over lanes, or rotate: LPV, LUV, LHV, LFV, SPV, SUV, SHV, SFV, SWV, and the
 * transposing LTV and STV. Most see memory as a window of 16 bytes that starts at a multiple of 8 and is read in a
 * circle, starting at the address. Behaviour, in particular of odd elements, as n64-systemtest found it on hardware. */
#include "guests/n64/rsp/vector_memory.h"

/* Byte i of the circle. */
static uint8_t *window(struct jl_rsp *rsp, uint32_t addr, unsigned i) {
    return &rsp->dmem[((addr & 0xff8) + (((addr & 7) + i) & 15)) & 0xfff];
}

/* Each lane takes one byte, stride bytes apart, shifted left. The element counts bytes of the circle, backwards. */
static void spread(struct jl_rsp *rsp, const struct jl_rsp_insn *in, unsigned stride, unsigned shift) {
    uint32_t addr = address(rsp, in);
    for (unsigned i = 0; i < 8; i++)
        rsp->vr[in->t][i] = (uint16_t)(*window(rsp, addr, i * stride - in->e) << shift);
}

OP(LPV) {
    spread(rsp, in, 1, 8);
}
OP(LUV) {
    spread(rsp, in, 1, 7);
}
OP(LHV) {
    spread(rsp, in, 2, 7);
}

/* Every fourth byte, into four lanes: with element 0 into lanes 0..3, with 8 into lanes 4..7. The unit fills all eight
 * lanes of a buffer and writes 8 bytes of it, from the element on. */
OP(LFV) {
    static const uint8_t offset[8] = {0, 4, 8, 12, 8, 12, 0, 4};
    uint32_t addr = address(rsp, in);
    uint16_t buffer[8];
    for (unsigned i = 0; i < 8; i++)
        buffer[i] = (uint16_t)(*window(rsp, addr, (unsigned)(offset[i] - in->e)) << 7);
    for (unsigned i = in->e; i < 16 && i < in->e + 8u; i++)
        *byte_of(rsp->vr[in->t], i) = *byte_of(buffer, i);
}

/* One byte of each lane, from lane e on. After the last lane comes the first with the other instruction's shift. */
static void pack(struct jl_rsp *rsp, const struct jl_rsp_insn *in, unsigned shift, unsigned shift_wrapped) {
    uint32_t addr = address(rsp, in);
    for (unsigned i = 0; i < 8; i++) {
        unsigned lane = in->e + i;
        rsp->dmem[(addr + i) & 0xfff] = (uint8_t)(rsp->vr[in->t][lane & 7] >> (lane & 8 ? shift_wrapped : shift));
    }
}

OP(SPV) {
    pack(rsp, in, 8, 7);
}
OP(SUV) {
    pack(rsp, in, 7, 8);
}

/* Bits 14..7 of the two bytes from each even place after the element, to every other byte. */
OP(SHV) {
    uint32_t addr = address(rsp, in);
    uint16_t *vt = rsp->vr[in->t];
    for (unsigned i = 0; i < 16; i += 2) {
        unsigned value = *byte_of(vt, (in->e + i) & 15) << 8 | *byte_of(vt, (in->e + i + 1) & 15);
        *window(rsp, addr, i) = (uint8_t)(value >> 7);
    }
}

/* Four lanes to every fourth byte. Which lanes goes by the element; most elements select none, and store zeros. */
OP(SFV) {
    static const int8_t first_lane[16] = {0, 6, -1, -1, 1, 7, -1, -1, 4, -1, -1, 3, 5, -1, -1, 0};
    uint32_t addr = address(rsp, in);
    int first = first_lane[in->e];
    for (int i = 0; i < 4; i++) {
        unsigned lane = (unsigned)((first & 4) | ((first + i) & 3)); /* within its half of the register */
        *window(rsp, addr, 4 * (unsigned)i) = first < 0 ? 0 : (uint8_t)(rsp->vr[in->t][lane] >> 7);
    }
}

OP(SWV) {
    uint32_t addr = address(rsp, in);
    for (unsigned i = 0; i < 16; i++)
        *window(rsp, addr, i) = *byte_of(rsp->vr[in->t], (in->e + i) & 15);
}

/* The transposing ones move a diagonal: lane i of register i (counted on from the element) of the eight that vt is one
 * of. */

OP(LTV) {
    uint32_t addr = address(rsp, in) & 0xff8;
    for (unsigned i = 0; i < 16; i++) {
        unsigned reg = (in->t & 24) + ((in->e / 2 + i / 2) & 7);
        *byte_of(rsp->vr[reg], i) = *window(rsp, addr, (addr & 8) + in->e + i);
    }
}

OP(STV) {
    uint32_t addr = address(rsp, in);
    for (unsigned i = 0; i < 16; i++) {
        unsigned reg = (in->t & 24) + ((in->e / 2 + i / 2) & 7);
        *window(rsp, addr, i) = *byte_of(rsp->vr[reg], i);
    }
}
