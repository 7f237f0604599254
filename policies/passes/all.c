/* passes=all: every pass on; each is a parameter that can be switched off. passes=none: all off, each can be switched
 * on. The parameters are made from the translator's own list (jit/passes/passes.def). */
#include "jit/policy.h"

enum {
#define JL_PASS(id, name, summary) PASS_##id,
#include "jit/passes/passes.def"
#undef JL_PASS
    PASSES
};

static const char *const names[] = {
#define JL_PASS(id, name, summary) name,
#include "jit/passes/passes.def"
#undef JL_PASS
};

static uint32_t enabled(const struct jl_machine *m) {
    uint32_t bits = 0;
    for (unsigned i = 0; i < PASSES; i++)
        bits |= (uint32_t)jl_policy_param(m, JL_AXIS_PASSES, names[i]) << i;
    return bits;
}

_Static_assert(sizeof names / sizeof *names <= (size_t)JL_MAX_PARAMS, "each pass has a parameter");

static const struct jl_passes_ops ops = {.enabled = enabled};

static const struct jl_param params_all[] = {
#define JL_PASS(id, name, summary) {name, 1, 0, 1, summary},
#include "jit/passes/passes.def"
#undef JL_PASS
    {NULL, 0, 0, 0, NULL},
};

static const struct jl_param params_none[] = {
#define JL_PASS(id, name, summary) {name, 0, 0, 1, summary},
#include "jit/passes/passes.def"
#undef JL_PASS
    {NULL, 0, 0, 0, NULL},
};

static const struct jl_strategy all = {
    .name = "all",
    .axis = JL_AXIS_PASSES,
    .summary = "every pass on; switch single ones off by parameter",
    .source = "seed 3, passes 0.1 to 1 (their counterparts for MIPS)",
    .params = params_all,
    .ops = &ops,
};
JL_STRATEGY(all);

static const struct jl_strategy none = {
    .name = "none",
    .axis = JL_AXIS_PASSES,
    .summary = "every pass off; switch single ones on by parameter",
    .source = "seed 3, passes 0.1 to 1 (their counterparts for MIPS)",
    .params = params_none,
    .ops = &ops,
};
JL_STRATEGY(none);
