/* byte-order=swap: memory holds guest order; each access of more than a byte swaps (MOVBE where the host has it). */
#include "jit/policy.h"

static unsigned access_flags(uint32_t mode, unsigned size) {
    return mode & JL_MODE_BE && size > 1 ? JL_IRF_SWAP : 0;
}

static const struct jl_byte_order_ops ops = {.access_flags = access_flags};

static const struct jl_strategy strategy = {
    .name = "swap",
    .axis = JL_AXIS_BYTE_ORDER,
    .summary = "memory keeps the guest's byte order; values are swapped on access",
    .source = "N64 practice",
    .ops = &ops,
};
JL_STRATEGY(strategy);
