/* lookup=two-level: a small direct-mapped cache, probed in translated code, over a hash map in C.
 *
 * Unlike lookup=hash, which has one table and probes its first slot in translated code, the small cache holds copies: a
 * probe is the only one there is, and whatever was looked up last stands where it is probed, while all translations are
 * in the map, which grows with them. So it may be as small as the host's data cache likes, however much code there is.
 *
 * What C finds or makes is what control goes to next, so it is copied into its slot. A slot is the guest address and
 * the entry's distance from the lookup stub (as in lookup=flat32), eight bytes. An empty one is zeroes: address 0 at no
 * distance from the stub, which is the miss itself, so that address 0 needs no test of its own. The index is the upper
 * bits of a product, which tells apart functions at multiples of 16 or of a page; masking the address would take as
 * many instructions. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "jit/policy.h"
#include "jit/util/pc_map.h"

struct slot {
    uint32_t pc, distance;
};

struct lookup {
    struct jl_pc_map map;
    struct slot *slot;
    unsigned bits;
};

static const struct jl_param params[] = {
    {"bits", 12, 2, 20, "log2 of the number of slots probed in translated code"},
    {NULL, 0, 0, 0, NULL},
};
#define FACTOR 2654435761u

static void destroy(struct jl_machine *m, void *state) {
    struct lookup *l = state;
    (void)m;
    jl_pc_map_free(&l->map);
    free(l);
}

static void *create(struct jl_machine *m) {
    struct lookup *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->bits = (unsigned)jl_policy_param(m, JL_AXIS_LOOKUP, "bits");
    l->slot = jl_policy_space(m, sizeof *l->slot << l->bits, PROT_READ | PROT_WRITE);
    if (l->slot && jl_pc_map_init(&l->map))
        return l;
    destroy(m, l);
    return NULL;
}

static struct lookup *state_of(const struct jl_machine *m) {
    return jl_policy_state(m, JL_AXIS_LOOKUP);
}

static struct slot *slot_of(struct lookup *l, uint32_t pc) {
    return &l->slot[pc * FACTOR >> (32 - l->bits)];
}

static void copy(struct jl_machine *m, struct lookup *l, uint32_t pc, const void *entry) {
    *slot_of(l, pc) = (struct slot){pc, (uint32_t)((const char *)entry - (const char *)jl_lookup_stub(m))};
}

static void *find(struct jl_machine *m, uint32_t pc) {
    struct lookup *l = state_of(m);
    void *entry = jl_pc_map_find(&l->map, pc);
    if (entry)
        copy(m, l, pc, entry);
    return entry;
}

static void insert(struct jl_machine *m, uint32_t pc, void *entry) {
    struct lookup *l = state_of(m);
    jl_pc_map_insert(&l->map, pc, entry);
    copy(m, l, pc, entry);
}

static void drop(struct jl_machine *m, uint32_t pc) {
    struct lookup *l = state_of(m);
    struct slot *s = slot_of(l, pc);
    jl_pc_map_remove(&l->map, pc);
    if (s->pc == pc)
        *s = (struct slot){0, 0};
}

static void clear(struct jl_machine *m) {
    struct lookup *l = state_of(m);
    jl_pc_map_clear(&l->map);
    memset(l->slot, 0, sizeof *l->slot << l->bits);
}

static void lower(struct jl_builder *b, jl_ref pc) {
    const struct lookup *l = state_of(b->machine);
    jl_ref cur[JL_VARS];
    jl_ref product = jl_b_op2(b, JL_IR_MUL, JL_I32, pc, jl_b_i32(b, (int32_t)FACTOR));
    jl_ref index = jl_b_op2(b, JL_IR_SHR, JL_I32, product, jl_b_i32(b, (int32_t)(32 - l->bits)));
    jl_ref base = jl_b_ptr(b, l->slot);
    jl_ref key = jl_b_hload(b, JL_I32, 4, 0, base, index, 3, offsetof(struct slot, pc));
    uint32_t hit = jl_b_new_block(b, false), miss = jl_b_new_block(b, true);
    jl_b_count(b, &jl_policy_counters(b->machine)->inline_lookups, 1);
    jl_b_save(b, cur);
    jl_b_branch(b, JL_CC_EQ, key, pc, hit, miss);
    jl_b_start(b, hit);
    jl_ref distance = jl_b_hload(b, JL_I64, 4, 0, base, index, 3, offsetof(struct slot, distance));
    jl_b_jump_host(b, jl_b_op2(b, JL_IR_ADD, JL_I64, distance, jl_b_ptr(b, jl_lookup_stub(b->machine))), pc);
    jl_b_start(b, miss);
    jl_b_restore(b, cur);
    jl_b_leave(b, JL_EXIT_LOOKUP, pc, 0);
}

static const struct jl_lookup_ops ops = {
    .life = {create, destroy}, .find = find, .insert = insert, .remove = drop, .clear = clear, .lower = lower};

static const struct jl_strategy strategy = {
    .name = "two-level",
    .axis = JL_AXIS_LOOKUP,
    .summary = "small direct-mapped cache probed in translated code, filled from a hash map in C",
    .source = "seed 1, Indirect Branch Lookup; QEMU's tb_jmp_cache over its hash table (accel/tcg/tb-jmp-cache.h)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
