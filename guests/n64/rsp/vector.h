/* What the vector unit's files share: eight lanes in one SSE register, and the register file in memory.
 *
 * The files vector_*.c are compiled for SSE4.1 (CMakeLists.txt at the top), which every x86-64 since 2008 has.
 */
#ifndef JL_N64_RSP_VECTOR_H
#define JL_N64_RSP_VECTOR_H

#include <smmintrin.h>

#include "guests/n64/rsp/ops.h"

#define OP(name) void jl_rsp_op_##name(struct jl_rsp *rsp, const struct jl_rsp_insn *in)

/* Eight lanes. Comparisons and control registers are lane masks, all bits or none. */
typedef __m128i v8;

static inline v8 get(const uint16_t lanes[8]) {
    return _mm_load_si128((const __m128i *)lanes);
}
static inline void set(uint16_t lanes[8], v8 v) {
    _mm_store_si128((__m128i *)lanes, v);
}
static inline v8 zero(void) {
    return _mm_setzero_si128();
}
static inline v8 ones(void) {
    return _mm_set1_epi16(-1);
}
static inline v8 not8(v8 a) {
    return _mm_xor_si128(a, ones());
}
/* Lanes of a where mask is set, of b elsewhere. */
static inline v8 choose(v8 mask, v8 a, v8 b) {
    return _mm_blendv_epi8(b, a, mask);
}
/* The mask of negative lanes. */
static inline v8 sign(v8 a) {
    return _mm_srai_epi16(a, 15);
}

static inline v8 operand_vs(const struct jl_rsp *rsp, const struct jl_rsp_insn *in) {
    return get(rsp->vr[in->s]);
}
static inline v8 operand_vt(const struct jl_rsp *rsp, const struct jl_rsp_insn *in) {
    return _mm_shuffle_epi8(get(rsp->vr[in->t]), _mm_load_si128((const __m128i *)jl_rsp_broadcast[in->e]));
}

#endif
