/* inline-cache=ibtc: every indirect jump, call and (where the returns strategy leaves it to the lookup) return has a
 * small table of its own in front of the lookup: guest targets and where their translations are entered. A target that
 * is not there is looked for by a call to C, which fills the entry, and then goes to the lookup as under
 * inline-cache=none. mono and poly compare with targets that were fixed when the region was made; this learns for as
 * long as the program runs.
 *
 * A site's table is found by its guest address, so that it needs no bookkeeping: translations of the same site share
 * it, and so do sites SITES words apart, which is no mistake, since an entry names its whole target. An entry is the
 * target and its distance from the lookup stub, eight bytes; zeroes are an empty one, and for target 0 the miss itself.
 * The index is the upper bits of a product: functions start at multiples of 8 or 16, and the lowest bits of their
 * addresses would leave most of a small table unused.
 *
 * When a region dies all tables are emptied, as host addresses may be anywhere in them; not again before one is filled.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "jit/policy.h"

enum { SITES = 1 << 12 };
#define FACTOR 2654435761u

struct entry {
    uint32_t pc, distance;
};

struct ibtc {
    struct entry *entry; /* SITES tables */
    unsigned bits;
    bool filled; /* since they were emptied */
};

static const struct jl_param params[] = {
    {"bits", 4, 0, 10, "log2 of the number of entries in each site's table"},
    {NULL, 0, 0, 0, NULL},
};

static size_t bytes(const struct ibtc *t) {
    return (sizeof *t->entry * SITES) << t->bits;
}

static void *create(struct jl_machine *m) {
    struct ibtc *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->bits = (unsigned)jl_policy_param(m, JL_AXIS_INLINE_CACHE, "bits");
    t->entry = jl_policy_space(m, bytes(t), PROT_READ | PROT_WRITE);
    if (t->entry)
        return t;
    free(t);
    return NULL;
}

static void destroy(struct jl_machine *m, void *state) {
    (void)m;
    free(state);
}

static void clear(struct jl_machine *m) {
    struct ibtc *t = jl_policy_state(m, JL_AXIS_INLINE_CACHE);
    if (t->filled)
        madvise(t->entry, bytes(t), MADV_DONTNEED); /* zeroes, and only pages that were touched cost time */
    t->filled = false;
}

static uint64_t fill(struct jl_cpu *cpu, uint64_t pc, uint64_t table, uint64_t unused) {
    struct jl_machine *m = cpu->owner;
    struct ibtc *t = jl_policy_state(m, JL_AXIS_INLINE_CACHE);
    const char *host = jl_lookup_find(m, (uint32_t)pc);
    (void)unused;
    if (!host)
        return 0;
    uint32_t i = t->bits ? (uint32_t)pc * FACTOR >> (32 - t->bits) : 0;
    t->entry[table + i] = (struct entry){(uint32_t)pc, (uint32_t)(host - (const char *)jl_lookup_stub(m))};
    t->filled = true;
    return 0;
}

/* Of pc in a table; 0: there is only one entry. */
static jl_ref index_of(struct jl_builder *b, const struct ibtc *t, jl_ref pc) {
    if (!t->bits)
        return 0;
    jl_ref product = jl_b_op2(b, JL_IR_MUL, JL_I32, pc, jl_b_i32(b, (int32_t)FACTOR));
    return jl_b_op2(b, JL_IR_SHR, JL_I32, product, jl_b_i32(b, (int32_t)(32 - t->bits)));
}

static void lower(struct jl_builder *b, jl_ref pc) {
    const struct ibtc *t = jl_policy_state(b->machine, JL_AXIS_INLINE_CACHE);
    struct jl_counters *c = jl_policy_counters(b->machine);
    uint32_t table = ((b->pc >> 2) & (SITES - 1)) << t->bits;
    jl_ref cur[JL_VARS], index = index_of(b, t, pc), base = jl_b_ptr(b, t->entry + table);
    b->guesses = 0; /* the table learns them */
    jl_ref key = jl_b_hload(b, JL_I32, 4, 0, base, index, 3, offsetof(struct entry, pc));
    uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, true);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_EQ, key, pc, hit, miss);
    jl_b_start(b, hit);
    jl_b_count(b, &c->inline_cache_hits, 1);
    jl_ref distance = jl_b_hload(b, JL_I64, 4, 0, base, index, 3, offsetof(struct entry, distance));
    jl_b_jump_host(b, jl_b_op2(b, JL_IR_ADD, JL_I64, distance, jl_b_ptr(b, jl_lookup_stub(b->machine))), pc);
    jl_b_start(b, miss);
    jl_b_restore(b, cur);
    jl_b_count(b, &c->inline_cache_misses, 1);
    jl_b_call(b, (void *)fill, JL_VOID, false, pc, jl_b_i32(b, (int32_t)table), 0);
}

static const struct jl_inline_cache_ops ops = {.life = {create, destroy}, .clear = clear, .lower = lower};

static const struct jl_strategy strategy = {
    .name = "ibtc",
    .axis = JL_AXIS_INLINE_CACHE,
    .summary = "every indirect jump has a small table of its own targets, filled as they come",
    .source = "Scott et al. 2003 (Strata's indirect branch translation cache); Hiser et al. 2007 (one a site)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
