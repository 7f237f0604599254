/* code-memory=rwx: one mapping that can be written and executed. */
#include <sys/mman.h>

#include "jit/policy.h"

static const struct jl_param params[] = {
    {"size", 65536, 64, 1048576, "code cache in KiB"},
    {NULL, 0, 0, 0, NULL},
};

static void *map(struct jl_machine *m, size_t size, void **exec) {
    return *exec = jl_policy_space(m, size, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static const struct jl_code_memory_ops ops = {.map = map};

static const struct jl_strategy strategy = {
    .name = "rwx",
    .axis = JL_AXIS_CODE_MEMORY,
    .summary = "one mapping that is writable and executable",
    .source = "practice",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
