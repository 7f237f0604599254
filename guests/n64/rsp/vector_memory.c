/* Loads and stores of bytes in a row: LBV..LDV, LQV, LRV and their stores. The element is the first byte of the
 * register; loads end with the register's last byte, stores go on at its first. */
#include <string.h>

#include "guests/n64/rsp/vector_memory.h"

static void load_bytes(struct jl_rsp *rsp, const struct jl_rsp_insn *in, uint32_t addr, unsigned first,
                       unsigned count) {
    uint16_t *vt = rsp->vr[in->t];
    for (unsigned i = 0; i < count && first + i < 16; i++)
        *byte_of(vt, first + i) = rsp->dmem[(addr + i) & 0xfff];
}

static void store_bytes(struct jl_rsp *rsp, const struct jl_rsp_insn *in, uint32_t addr, unsigned first,
                        unsigned count) {
    uint16_t *vt = rsp->vr[in->t];
    for (unsigned i = 0; i < count; i++)
        rsp->dmem[(addr + i) & 0xfff] = *byte_of(vt, (first + i) & 15);
}

/* Most accesses are whole lanes in the register and don't wrap around anywhere: then they are one move. */
static inline bool simple(const struct jl_rsp_insn *in, uint32_t addr, unsigned bytes) {
    return !(in->e & 1) && in->e + bytes <= 16 && addr + bytes <= 4096;
}

OP(LBV) {
    load_bytes(rsp, in, address(rsp, in), in->e, 1);
}
OP(SBV) {
    store_bytes(rsp, in, address(rsp, in), in->e, 1);
}
OP(LSV) {
    uint32_t addr = address(rsp, in);
    uint16_t half;
    if (!simple(in, addr, 2)) {
        load_bytes(rsp, in, addr, in->e, 2);
        return;
    }
    memcpy(&half, rsp->dmem + addr, 2);
    rsp->vr[in->t][in->e / 2] = __builtin_bswap16(half);
}
OP(SSV) {
    uint32_t addr = address(rsp, in);
    if (!simple(in, addr, 2)) {
        store_bytes(rsp, in, addr, in->e, 2);
        return;
    }
    uint16_t half = __builtin_bswap16(rsp->vr[in->t][in->e / 2]);
    memcpy(rsp->dmem + addr, &half, 2);
}
OP(LLV) {
    uint32_t addr = address(rsp, in);
    if (simple(in, addr, 4))
        _mm_storeu_si32(rsp->vr[in->t] + in->e / 2, swap_lanes(_mm_loadu_si32(rsp->dmem + addr)));
    else
        load_bytes(rsp, in, addr, in->e, 4);
}
OP(SLV) {
    uint32_t addr = address(rsp, in);
    if (simple(in, addr, 4))
        _mm_storeu_si32(rsp->dmem + addr, swap_lanes(_mm_loadu_si32(rsp->vr[in->t] + in->e / 2)));
    else
        store_bytes(rsp, in, addr, in->e, 4);
}
OP(LDV) {
    uint32_t addr = address(rsp, in);
    if (simple(in, addr, 8))
        _mm_storeu_si64(rsp->vr[in->t] + in->e / 2, swap_lanes(_mm_loadu_si64(rsp->dmem + addr)));
    else
        load_bytes(rsp, in, addr, in->e, 8);
}
OP(SDV) {
    uint32_t addr = address(rsp, in);
    if (simple(in, addr, 8))
        _mm_storeu_si64(rsp->dmem + addr, swap_lanes(_mm_loadu_si64(rsp->vr[in->t] + in->e / 2)));
    else
        store_bytes(rsp, in, addr, in->e, 8);
}

/* The 16 bytes that an address lies in, which wrap nowhere, and a whole register meet shifted by so many bytes. These
 * are orders of bytes for it; 0x80 stands where the other one's byte stays. */
static v8 shift_down(unsigned bytes) {
    static const uint8_t order[32] = {0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,
                                      11,   12,   13,   14,   15,   0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                      0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
    return _mm_loadu_si128((const __m128i *)(const void *)(order + bytes));
}
static v8 shift_up(unsigned bytes) {
    static const uint8_t order[32] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                      0x80, 0x80, 0x80, 0x80, 0x80, 0,    1,    2,    3,    4,    5,
                                      6,    7,    8,    9,    10,   11,   12,   13,   14,   15};
    return _mm_loadu_si128((const __m128i *)(const void *)(order + 16 - bytes));
}
static v8 merge(v8 to, v8 from, v8 order) {
    return _mm_blendv_epi8(_mm_shuffle_epi8(from, order), to, order);
}
static void load_line(struct jl_rsp *rsp, const struct jl_rsp_insn *in, uint32_t addr, v8 order) {
    v8 line = _mm_load_si128((const __m128i *)(rsp->dmem + (addr & 0xff0)));
    uint16_t *vt = rsp->vr[in->t];
    set(vt, swap_lanes(merge(swap_lanes(get(vt)), line, order)));
}
static void store_line(struct jl_rsp *rsp, const struct jl_rsp_insn *in, uint32_t addr, v8 order) {
    __m128i *line = (__m128i *)(rsp->dmem + (addr & 0xff0));
    _mm_store_si128(line, merge(_mm_load_si128(line), swap_lanes(get(rsp->vr[in->t])), order));
}

/* From the address to the end of its 16 bytes. */
OP(LQV) {
    uint32_t addr = address(rsp, in);
    if (!in->e)
        load_line(rsp, in, addr, shift_down(addr & 15));
    else
        load_bytes(rsp, in, addr, in->e, 16 - (addr & 15));
}
OP(SQV) {
    uint32_t addr = address(rsp, in);
    if (!in->e)
        store_line(rsp, in, addr, shift_up(addr & 15));
    else
        store_bytes(rsp, in, addr, in->e, 16 - (addr & 15));
}

/* From the beginning of the address's 16 bytes to before it: the end of a register whose beginning LQV (SQV) moves with
 * the address 16 below. */
OP(LRV) {
    uint32_t addr = address(rsp, in), count = addr & 15;
    if (!in->e)
        load_line(rsp, in, addr, shift_up(16 - count));
    else
        load_bytes(rsp, in, addr - count, in->e + 16 - count, count);
}
OP(SRV) {
    uint32_t addr = address(rsp, in), count = addr & 15;
    if (!in->e)
        store_line(rsp, in, addr, shift_down(16 - count));
    else
        store_bytes(rsp, in, addr - count, in->e + 16 - count, count);
}
