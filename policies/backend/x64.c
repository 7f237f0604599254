/* backend=x64: the multi-pass translator to x86-64. */
#include "jit/policy.h"
#include "jit/x64/compile.h"

static const struct jl_param params[] = {
    {"pinned", 6, 0, 8, "guest registers kept in host registers between regions"},
    {NULL, 0, 0, 0, NULL},
};

static const struct jl_backend_ops ops = {.compile = jl_x64_compile};

static const struct jl_strategy strategy = {
    .name = "x64",
    .axis = JL_AXIS_BACKEND,
    .summary = "translates to x86-64 in passes: allocate registers, size, allocate memory, emit",
    .source = "seed 3, passes 1 to 3",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
