/* NaN encodings: legacy MIPS (a set top fraction bit means signalling) and IEEE 754-2008 (it means quiet). */
#ifndef JL_FPU_NAN_H
#define JL_FPU_NAN_H

#include "jit/fpu.h"

static inline bool jl_is_nan(enum jl_fpu_fmt fmt, uint64_t v) {
    return fmt == JL_FPU_S ? ((uint32_t)v & 0x7fffffff) > 0x7f800000 : (v & ~(1ull << 63)) > 0x7ff0000000000000ull;
}
static inline bool jl_is_snan(enum jl_fpu_fmt fmt, uint64_t v, bool nan2008) {
    bool top = fmt == JL_FPU_S ? v >> 22 & 1 : v >> 51 & 1;
    return jl_is_nan(fmt, v) && top != nan2008;
}
static inline uint64_t jl_default_nan(enum jl_fpu_fmt fmt, bool nan2008) {
    if (fmt == JL_FPU_S)
        return nan2008 ? 0x7fc00000 : 0x7fbfffff;
    return nan2008 ? 0x7ff8000000000000ull : 0x7ff7ffffffffffffull;
}

#endif
