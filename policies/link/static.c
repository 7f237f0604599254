/* link=static: a jump to a known address is patched to go there directly once the target is translated, and restored
 * when the target dies. The patching itself is the translator's (jit/runtime/link.c); a conditional branch has a site
 * an arm, so it passes through unlinked, one arm patched, both arms patched. */
#include "jit/policy.h"

static const struct jl_link_ops ops = {.lower = jl_b_link};

static const struct jl_strategy strategy = {
    .name = "static",
    .axis = JL_AXIS_LINK,
    .summary = "each arm is patched to jump straight to its target once translated, and restored when it dies",
    .source = "seed 1, Static Branch Linking",
    .ops = &ops,
};
JL_STRATEGY(strategy);
