/* invalidate=checksum: every region begins with a hardware CRC32 of the guest bytes it was made from, compared with the
 * one taken when it was translated; a difference leaves it for dead. Right for code that is overwritten often; the cost
 * grows with the region. Inside a region each turn of a loop and each beginning of an inlined function checks again,
 * and a store into the region's own bytes is stopped and done by the interpreter, after which the region is entered
 * anew and found changed. */
#include "jit/policy.h"

static void lower_entry(struct jl_builder *b, struct jl_region *region, bool again) {
    (void)again;
    jl_ref sum = jl_lower_region_crc(b, region);
    jl_ref want = jl_b_hload(b, JL_I32, 4, 0, jl_b_ptr(b, jl_region_word(region)), 0, 0, 0);
    jl_b_exit_if(b, JL_CC_NE, sum, want, JL_EXIT_STALE, 0);
}

/* What cannot be read any more is another thread's doing, and the region about to be dropped. */
static void translated(struct jl_machine *m, struct jl_region *region) {
    uint32_t sum;
    if (jl_region_crc(m, region, &sum))
        *jl_region_word(region) = sum;
}

static void cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len) {
    (void)m, (void)addr, (void)len; /* a change is found at the next entry */
}

static const struct jl_param params[] = {JL_PARAM_REUSE, {NULL, 0, 0, 0, NULL}};

static const struct jl_invalidate_ops ops = {.lower_entry = lower_entry,
                                             .lower_store = jl_lower_own_store,
                                             .translated = translated,
                                             .cacheflush = cacheflush,
                                             .watches_writes = true};

static const struct jl_strategy strategy = {
    .name = "checksum",
    .axis = JL_AXIS_INVALIDATE,
    .summary = "a hardware CRC32 of its guest bytes at every entry of a region, call and turn of a loop",
    .source = "seed 1, Code Invalidation (checksum, crc32)",
    .params = params,
    .refuse = jl_crc_refuse,
    .ops = &ops,
};
JL_STRATEGY(strategy);
