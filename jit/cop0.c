/* What can be written of the VR4300's coprocessor 0, as n64-systemtest finds it on hardware. */
#include "jit/cop0.h"

const uint64_t jl_cop0_writable[32] = {
    [JL_COP0_INDEX] = 0x8000003f,
    [JL_COP0_ENTRYLO0] = 0x3fffffff,
    [JL_COP0_ENTRYLO1] = 0x3fffffff,
    [JL_COP0_CONTEXT] = 0xffffffffff800000,
    [JL_COP0_PAGEMASK] = 0x01ffe000,
    [JL_COP0_WIRED] = 0x3f,
    [JL_COP0_COUNT] = 0xffffffff,
    [JL_COP0_ENTRYHI] = 0xc00000ffffffe0ff,
    [JL_COP0_COMPARE] = 0xffffffff,
    [JL_COP0_STATUS] = 0xfff7ffff,
    [JL_COP0_CAUSE] = 0x300,
    [JL_COP0_EPC] = UINT64_MAX,
    [JL_COP0_CONFIG] = 0x0f00800f,
    [JL_COP0_LLADDR] = 0xffffffff,
    [JL_COP0_WATCHLO] = 0xfffffffb,
    [JL_COP0_WATCHHI] = 0xf,
    [JL_COP0_XCONTEXT] = 0xfffffffe00000000,
    [JL_COP0_PERR] = 0xff,
    [JL_COP0_TAGLO] = 0x0fffffc0,
    [JL_COP0_ERROREPC] = UINT64_MAX,
};
