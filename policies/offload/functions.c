/* offload=functions: guest functions of which the machine has host code (jit/offload.h) are called and not translated.
 *
 * The guest function's entry gets a region of its own that is nothing but the call, so every way there leads to it:
 * direct calls, calls through pointers, jumps. With fast=1 that region calls from translated code and goes on at the
 * return address without coming by the run loop; with fast=0 it leaves, and the run loop calls.
 */
#include <string.h>

#include "jit/policy.h"

static const struct jl_param params[] = {
    {"fast", 1, 0, 1, "call from translated code; 0: leave to the run loop, which calls"},
    {NULL, 0, 0, 0, NULL},
};

static const char *refuse(const struct jl_config *config) {
    const struct jl_backend_ops *backend = config->axis[JL_AXIS_BACKEND].strategy->ops;
    const struct jl_dispatch_ops *dispatch = config->axis[JL_AXIS_DISPATCH].strategy->ops;
    const struct jl_returns_ops *returns = config->axis[JL_AXIS_RETURNS].strategy->ops;
    if (backend->interprets)
        return "host functions are called in the place of a translation, and the interpreter translates nothing";
    if (!strncmp(config->axis[JL_AXIS_INVALIDATE].strategy->name, "bitmap", strlen("bitmap"))) /* and bitmap-mixed */
        return "a bitmap is for tests of stores in translated code, and host functions store without such a test";
    if (returns->host_stack)
        return "a host function's own frames and guest returns by the host's RET want the same stack";
    if (dispatch->frame_per_region && jl_config_param(config, JL_AXIS_OFFLOAD, "fast"))
        return "fast=1 goes from region to region, which needs one frame for all of them (dispatch=asm)";
    return NULL;
}

static void lower(struct jl_builder *b) {
    jl_lower_offload(b, jl_policy_param(b->machine, JL_AXIS_OFFLOAD, "fast"));
}

static const struct jl_offload_ops ops = {{NULL, NULL}, lower};

static const struct jl_strategy strategy = {
    .name = "functions",
    .axis = JL_AXIS_OFFLOAD,
    .summary = "chosen guest functions, compiled for the host from their source, are called",
    .source = "seed 2 (Gu et al.: partial cross-compilation; the fast calling path)",
    .params = params,
    .native = true,
    .refuse = refuse,
    .ops = &ops,
};
JL_STRATEGY(strategy);
