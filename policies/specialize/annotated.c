/* specialize=annotated: a region that the guest program has marked in its code (guests/programs/annotate.h) is
 * translated once for each set of values that its declared registers have when it is entered. In such a version these
 * are constants: what is computed from them is folded, loads of memory that was declared invariant are gone, and so are
 * the branches that they decide; loops whose ends they decide are unrolled. Which guest code that makes is found by
 * frontend/specialize.c; the versions of an entry are a chain (runtime/versions.h), tried in the order of their making.
 *
 * What the program promises of memory is watched as far as its code is: the invalidation strategy is told that a
 * version was made from those bytes.
 *
 * Each optimisation can be switched off, which is how the tables of the papers about this were made.
 */

#include "jit/policy.h"

static const struct jl_param params[] = {
    {"versions", 8, 1, 64, "most versions of one annotated region; other values get general code"},
    {"turns", 64, 0, 100, "most turns of a loop that a version has as code of their own"},
    {"loads", 1, 0, 1, "loads of memory that was declared invariant are removed"},
    {"branches", 1, 0, 1, "branches that constants decide are removed, and loops unrolled that they end"},
    {NULL, 0, 0, 0, NULL},
};

static unsigned param(const struct jl_machine *m, const char *name) {
    return (unsigned)jl_policy_param(m, JL_AXIS_SPECIALIZE, name);
}
static unsigned max_versions(const struct jl_machine *m) {
    return param(m, "versions");
}
static unsigned max_turns(const struct jl_machine *m) {
    return param(m, "turns");
}
static bool removes_loads(const struct jl_machine *m) {
    return param(m, "loads");
}
static bool removes_branches(const struct jl_machine *m) {
    return param(m, "branches");
}

static void lower_entry(struct jl_builder *b, const struct jl_guarded *values, unsigned n, int32_t next) {
    jl_ref cur[JL_VARS];
    uint32_t other = jl_b_new_block(b, true);
    for (unsigned i = 0; i < n; i++) {
        uint32_t same = jl_b_new_block(b, false);
        jl_b_branch(b, JL_CC_NE, jl_b_get(b, values[i].var), jl_b_i32(b, values[i].value), other, same);
        jl_b_start(b, same);
    }
    uint32_t here = jl_b_new_block(b, false), leave = jl_b_new_block(b, true), go = jl_b_new_block(b, true);
    jl_b_count(b, &jl_policy_counters(b->machine)->version_entries, 1);
    jl_b_jump(b, here);
    jl_b_save(b, cur);
    jl_b_start(b, other);
    jl_ref host = jl_b_hload(b, JL_I64, 8, 0, 0, 0, 0, next);
    jl_b_branch(b, JL_CC_EQ, host, jl_b_i64(b, 0), leave, go);
    jl_b_start(b, leave);
    jl_b_restore(b, cur);
    jl_b_leave(b, JL_EXIT_VERSION, 0, 0);
    jl_b_start(b, go);
    jl_b_restore(b, cur);
    jl_b_jump_host(b, host, jl_b_i32(b, (int32_t)b->pc));
    jl_b_start(b, here);
    jl_b_restore(b, cur);
}

static const struct jl_specialize_ops ops = {.max_versions = max_versions,
                                             .max_turns = max_turns,
                                             .removes_loads = removes_loads,
                                             .removes_branches = removes_branches,
                                             .lower_entry = lower_entry};

static const struct jl_strategy strategy = {
    .name = "annotated",
    .axis = JL_AXIS_SPECIALIZE,
    .summary = "regions that the guest program annotates have a version for each set of values; other code has none",
    .source = "seed 4; Auslander et al., Fast, effective dynamic compilation, PLDI 1996",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
