/* What loads and stores share: addresses, and bytes in guest order. */
#ifndef JL_N64_RSP_VECTOR_MEMORY_H
#define JL_N64_RSP_VECTOR_MEMORY_H

#include "guests/n64/rsp/vector.h"

static inline uint32_t address(const struct jl_rsp *rsp, const struct jl_rsp_insn *in) {
    return (rsp->gpr[in->s] + (uint32_t)(int32_t)in->imm) & 0xfff;
}

/* Between lanes in host order and bytes in guest order. */
static inline v8 swap_lanes(v8 v) {
    return _mm_shuffle_epi8(v, _mm_setr_epi8(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
}

/* Byte i of a register in guest order. */
static inline uint8_t *byte_of(uint16_t lanes[8], unsigned i) {
    return (uint8_t *)lanes + (i ^ 1);
}

#endif
