/* byte-order=swizzle: memory keeps a big-endian guest's words in the host's order. Accesses of four bytes need nothing,
 * one- and two-byte ones have their address exclusive-ored with 3 or 2, doublewords their halves exchanged, and two
 * halves of an unaligned access are not made one. Bytes do not stand where the guest has them, so it is for a console,
 * all of whose devices are here; a Linux program's memory is read by the host's system calls. */
#include "jit/policy.h"

static unsigned access_flags(uint32_t mode, unsigned size) {
    return mode & JL_MODE_BE && size != 4 ? JL_IRF_SWIZZLE : 0;
}

static const struct jl_byte_order_ops ops = {.access_flags = access_flags, .swizzles = true};

static const struct jl_strategy strategy = {
    .name = "swizzle",
    .axis = JL_AXIS_BYTE_ORDER,
    .summary = "words are kept in the host's order, addresses of narrow accesses exclusive-ored; for consoles",
    .source = "N64 practice",
    .console = true,
    .ops = &ops,
};
JL_STRATEGY(strategy);
