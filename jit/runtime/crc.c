/* Checksums of a region's guest code, for the strategies that verify it: CRC32C by the host's instruction, the same in
 * translated code and in C. */
#include "jit/access.h"
#include "jit/runtime/machine.h"
#include "jit/x64/host.h"

const char *jl_crc_refuse(const struct jl_config *config) {
    (void)config;
    return jl_host()->sse42 ? NULL : "this host has no CRC32 instruction (SSE4.2)";
}

jl_ref jl_lower_region_crc(struct jl_builder *b, const struct jl_region *region) {
    const struct jl_range *r;
    jl_ref sum = jl_b_i32(b, 0);
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        sum = jl_b_crc(b, sum, r[i].addr, r[i].len);
    return sum;
}

/* As the instruction computes it, eight and then four bytes at a time. False when the host refuses some. */
static bool add(uint32_t *sum, const uint8_t *p, uint32_t len) {
    uint64_t s = *sum, word;
    uint32_t half;
    for (; len >= 8; p += 8, len -= 8) {
        if (!jl_try_load64(p, &word))
            return false;
        __asm__("crc32q %1, %0" : "+r"(s) : "r"(word));
    }
    *sum = (uint32_t)s;
    for (; len >= 4; p += 4, len -= 4) {
        if (!jl_try_load32(p, &half))
            return false;
        __asm__("crc32l %1, %0" : "+r"(*sum) : "r"(half));
    }
    return true;
}

bool jl_region_crc(const struct jl_machine *m, const struct jl_region *region, uint32_t *sum) {
    const struct jl_range *r;
    *sum = 0;
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        if (!add(sum, m->mem->base + r[i].addr, r[i].len))
            return false;
    return true;
}

void jl_lower_own_store(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size) {
    const struct jl_range *r;
    unsigned n = jl_region_ranges(b->region, &r);
    uint32_t first = r[0].addr, end = r[n - 1].addr + r[n - 1].len;
    /* [addr, addr + size) meets [first, end): one unsigned comparison, with size - 1 bytes of margin below */
    jl_ref at = jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, (int32_t)((uint32_t)disp - first + size - 1)));
    jl_b_exit_if(b, JL_CC_LTU, at, jl_b_i32(b, (int32_t)(end - first + size - 1)), JL_EXIT_INTERP, 0);
}
