/* invalidate=checksum: every region begins with a hardware CRC32 of the guest bytes it was made from, compared with the
 * one taken when it was translated; a difference leaves it for dead. Right for code that is overwritten often; the cost
 * grows with the region. Inside a region each turn of a loop and each beginning of an inlined function checks again,
 * and a store into the region's own bytes is stopped and done by the interpreter, after which the region is entered
 * anew and found changed. */
#include "jit/policy.h"
#include "jit/x64/host.h"

static const char *refuse(const struct jl_config *config) {
    (void)config;
    return jl_host()->sse42 ? NULL : "this host has no CRC32 instruction (SSE4.2)";
}

static void lower_entry(struct jl_builder *b, struct jl_region *region, bool again) {
    const struct jl_range *r;
    jl_ref sum = jl_b_i32(b, 0);
    (void)again;
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        sum = jl_b_crc(b, sum, r[i].addr, r[i].len);
    jl_ref want = jl_b_hload(b, JL_I32, 4, 0, jl_b_ptr(b, jl_region_word(region)), 0, 0, 0);
    jl_b_exit_if(b, JL_CC_NE, sum, want, JL_EXIT_STALE, 0);
}

/* CRC32C as the instruction computes it, eight and then four bytes at a time. */
static uint32_t crc(uint32_t sum, const uint8_t *p, uint32_t len) {
    uint64_t s = sum;
    for (; len >= 8; p += 8, len -= 8)
        __asm__("crc32q %1, %0" : "+r"(s) : "m"(*(const uint64_t *)(const void *)p));
    for (; len >= 4; p += 4, len -= 4) {
        uint32_t s32 = (uint32_t)s;
        __asm__("crc32l %1, %0" : "+r"(s32) : "m"(*(const uint32_t *)(const void *)p));
        s = s32;
    }
    return (uint32_t)s;
}

static void translated(struct jl_machine *m, struct jl_region *region) {
    const struct jl_range *r;
    uint32_t sum = 0;
    for (unsigned i = 0, n = jl_region_ranges(region, &r); i < n; i++)
        sum = crc(sum, jl_policy_mem(m)->base + r[i].addr, r[i].len);
    *jl_region_word(region) = sum;
}

static void lower_store(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size) {
    const struct jl_range *r;
    unsigned n = jl_region_ranges(b->region, &r);
    uint32_t first = r[0].addr, end = r[n - 1].addr + r[n - 1].len;
    /* [addr, addr + size) meets [first, end): one unsigned comparison, with size - 1 bytes of margin below */
    jl_ref at = jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, (int32_t)((uint32_t)disp - first + size - 1)));
    jl_b_exit_if(b, JL_CC_LTU, at, jl_b_i32(b, (int32_t)(end - first + size - 1)), JL_EXIT_INTERP, 0);
}

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    (void)m, (void)addr, (void)len; /* a change is found at the next entry */
}

static const struct jl_invalidate_ops ops = {.lower_entry = lower_entry,
                                             .lower_store = lower_store,
                                             .translated = translated,
                                             .cacheflush = cacheflush,
                                             .watches_writes = true};

static const struct jl_strategy strategy = {
    .name = "checksum",
    .axis = JL_AXIS_INVALIDATE,
    .summary = "a hardware CRC32 of its guest bytes at every entry of a region, call and turn of a loop",
    .source = "seed 1, Code Invalidation (checksum, crc32)",
    .refuse = refuse,
    .ops = &ops,
};
JL_STRATEGY(strategy);
