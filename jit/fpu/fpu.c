/* Exact FPU operations: the host's SSE unit for the numbers, MIPS's rules for NaNs and flags; see jit/fpu.h.
 *
 * The host's flags are read from MXCSR after one operation; each operation is one asm statement, so that the compiler
 * cannot move it away from the MXCSR accesses around it. */
#include "jit/fpu.h"

#include <string.h>
#include <xmmintrin.h>

#include "jit/fpu/nan.h"

/* FCSR's five flags and cause bits, from bit 0: I(nexact) U O Z V. */
enum { F_I = 1, F_U = 2, F_O = 4, F_Z = 8, F_V = 16 };
enum { MX_IE = 1, MX_DE = 2, MX_ZE = 4, MX_OE = 8, MX_UE = 16, MX_PE = 32, MX_MASK = 0x1f80, MX_FTZ = 0x8000 };

uint32_t jl_fpu_mxcsr(const struct jl_cpu *cpu) {
    static const uint32_t rounding[] = {0, 3 << 13, 2 << 13, 1 << 13}; /* nearest, zero, up, down */
    return MX_MASK | rounding[cpu->fcsr & JL_FCSR_RM] | (cpu->fcsr & JL_FCSR_FS ? MX_FTZ : 0);
}

static uint32_t flags_of(uint32_t mxcsr) {
    return (mxcsr & MX_PE ? F_I : 0) | (mxcsr & MX_UE ? F_U : 0) | (mxcsr & MX_OE ? F_O : 0) |
           (mxcsr & MX_ZE ? F_Z : 0);
}

void jl_fpu_fold(struct jl_cpu *cpu, uint32_t mxcsr) {
    cpu->fcsr |= flags_of(mxcsr) << JL_FCSR_FLAGS_SHIFT;
}

/* Cause, then either the trap or the sticky flags. */
static bool finish(struct jl_cpu *cpu, uint32_t flags) {
    cpu->fcsr = (cpu->fcsr & ~(0x3fu << JL_FCSR_CAUSE_SHIFT)) | flags << JL_FCSR_CAUSE_SHIFT;
    if (flags & (cpu->fcsr >> JL_FCSR_ENABLE_SHIFT & 31))
        return false;
    cpu->fcsr |= flags << JL_FCSR_FLAGS_SHIFT;
    return true;
}

/* ---- one host operation with its flags ---- */

#define BINARY(insn, x, y) __asm__ volatile(#insn " %1, %0" : "+x"(x) : "x"(y))
#define UNARY(insn, r, x) __asm__ volatile(#insn " %1, %0" : "=x"(r) : "x"(x))

static float as_float(uint64_t v) {
    uint32_t w = (uint32_t)v;
    float f;
    memcpy(&f, &w, 4);
    return f;
}
static double as_double(uint64_t v) {
    double d;
    memcpy(&d, &v, 8);
    return d;
}
static uint64_t of_float(float f) {
    uint32_t w;
    memcpy(&w, &f, 4);
    return w;
}
static uint64_t of_double(double d) {
    uint64_t w;
    memcpy(&w, &d, 8);
    return w;
}

static uint64_t host_s(enum jl_fpu_op op, uint64_t a, uint64_t b) {
    float x = as_float(a), y = as_float(b), one = 1.0f;
    double d;
    switch (op) {
    case JL_FPU_ADD: BINARY(addss, x, y); return of_float(x);
    case JL_FPU_SUB: BINARY(subss, x, y); return of_float(x);
    case JL_FPU_MUL: BINARY(mulss, x, y); return of_float(x);
    case JL_FPU_DIV: BINARY(divss, x, y); return of_float(x);
    case JL_FPU_SQRT: UNARY(sqrtss, x, x); return of_float(x);
    case JL_FPU_RECIP: BINARY(divss, one, x); return of_float(one);
    case JL_FPU_RSQRT:
        UNARY(sqrtss, x, x);
        BINARY(divss, one, x);
        return of_float(one);
    default: UNARY(cvtss2sd, d, x); return of_double(d);
    }
}

static uint64_t host_d(enum jl_fpu_op op, uint64_t a, uint64_t b) {
    double x = as_double(a), y = as_double(b), one = 1.0;
    float f;
    switch (op) {
    case JL_FPU_ADD: BINARY(addsd, x, y); return of_double(x);
    case JL_FPU_SUB: BINARY(subsd, x, y); return of_double(x);
    case JL_FPU_MUL: BINARY(mulsd, x, y); return of_double(x);
    case JL_FPU_DIV: BINARY(divsd, x, y); return of_double(x);
    case JL_FPU_SQRT: UNARY(sqrtsd, x, x); return of_double(x);
    case JL_FPU_RECIP: BINARY(divsd, one, x); return of_double(one);
    case JL_FPU_RSQRT:
        UNARY(sqrtsd, x, x);
        BINARY(divsd, one, x);
        return of_double(one);
    default: UNARY(cvtsd2ss, f, x); return of_float(f);
    }
}

static uint64_t host_from_fixed(enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a) {
    int64_t n = fmt == JL_FPU_W ? (int32_t)a : (int64_t)a;
    float f = 0;
    double d = 0;
    if (op == JL_FPU_CVT_S) {
        __asm__ volatile("cvtsi2ssq %1, %0" : "+x"(f) : "r"(n));
        return of_float(f);
    }
    __asm__ volatile("cvtsi2sdq %1, %0" : "+x"(d) : "r"(n));
    return of_double(d);
}

/* ---- conversions to fixed point ---- */

static int rounding_of(const struct jl_cpu *cpu, enum jl_fpu_op op) {
    switch (op) {
    case JL_FPU_ROUND_W:
    case JL_FPU_ROUND_L: return 0;
    case JL_FPU_TRUNC_W:
    case JL_FPU_TRUNC_L: return 1;
    case JL_FPU_CEIL_W:
    case JL_FPU_CEIL_L: return 2;
    case JL_FPU_FLOOR_W:
    case JL_FPU_FLOOR_L: return 3;
    default: return (int)(cpu->fcsr & JL_FCSR_RM);
    }
}

/* Out of range and NaN: invalid, and the largest positive number (2008: the nearest end, 0 for a NaN). */
static uint64_t invalid_fixed(bool is_long, bool nan2008, bool nan, bool negative) {
    if (nan2008 && nan)
        return 0;
    if (nan2008 && negative)
        return is_long ? 1ull << 63 : 0x80000000u;
    return is_long ? INT64_MAX : 0x7fffffff;
}

static bool to_fixed(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t *result) {
    bool is_long = op == JL_FPU_CVT_L || op >= JL_FPU_ROUND_L, n08 = cpu->mode & JL_MODE_NAN2008;
    bool nan = jl_is_nan(fmt, a);
    double x = fmt == JL_FPU_S && !nan ? (double)as_float(a) : as_double(a);
    struct jl_cpu rounding = {.fcsr = (uint32_t)rounding_of(cpu, op)};
    uint32_t saved = _mm_getcsr();
    int64_t n = INT64_MIN;
    if (!nan) {
        _mm_setcsr(jl_fpu_mxcsr(&rounding));
        __asm__ volatile("cvtsd2siq %1, %0" : "=r"(n) : "x"(x));
    }
    uint32_t flags = nan ? F_V : flags_of(_mm_getcsr()) | (_mm_getcsr() & MX_IE ? F_V : 0);
    _mm_setcsr(saved);
    if (!is_long && !(flags & F_V) && n != (int32_t)n)
        flags = F_V;
    if (flags & F_V) {
        flags = F_V;
        *result = invalid_fixed(is_long, n08, nan, !nan && x < 0);
    } else {
        *result = is_long ? (uint64_t)n : (uint32_t)n;
    }
    return finish(cpu, flags);
}

/* ---- the rest ---- */

/* NaN operands: a signalling one makes the default NaN and is invalid, else the first quiet one passes through. */
static bool nan_operands(struct jl_cpu *cpu, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b, bool two, uint64_t *result,
                         uint32_t *flags) {
    bool n08 = cpu->mode & JL_MODE_NAN2008, na = jl_is_nan(fmt, a), nb = two && jl_is_nan(fmt, b);
    if (!na && !nb)
        return false;
    bool sa = na && jl_is_snan(fmt, a, n08), sb = nb && jl_is_snan(fmt, b, n08);
    *flags = sa || sb ? F_V : 0;
    if (n08) {
        uint64_t quiet = fmt == JL_FPU_S ? 1u << 22 : 1ull << 51;
        *result = (sa ? a : sb ? b : na ? a : b) | quiet;
    } else {
        *result = sa || sb ? jl_default_nan(fmt, false) : na ? a : b;
    }
    return true;
}

/* A NaN through a change of format: the payload keeps its top bits; legacy NaNs that would become infinite or signal
 * get the default. */
static uint64_t convert_nan(enum jl_fpu_op op, uint64_t v, bool n08) {
    if (op == JL_FPU_CVT_D) {
        uint64_t frac = v & 0x7fffff;
        return (v >> 31 & 1) << 63 | 0x7ffull << 52 | frac << 29;
    }
    uint64_t frac = v >> 29 & 0x7fffff;
    if (!frac)
        return jl_default_nan(JL_FPU_S, n08);
    return (v >> 63) << 31 | 0x7f800000u | frac;
}

static bool is_binary(enum jl_fpu_op op) {
    return op <= JL_FPU_DIV;
}

bool jl_fpu_arith(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b,
                  uint64_t *result) {
    uint64_t sign = fmt == JL_FPU_S ? 1u << 31 : 1ull << 63;
    bool n08 = cpu->mode & JL_MODE_NAN2008;
    uint32_t flags = 0;
    if (fmt == JL_FPU_S)
        a = (uint32_t)a, b = (uint32_t)b;
    if (op == JL_FPU_ABS || op == JL_FPU_NEG) {
        *result = op == JL_FPU_ABS ? a & ~sign : a ^ sign;
        return true;
    }
    if (op >= JL_FPU_CVT_W)
        return to_fixed(cpu, op, fmt, a, result);
    if ((fmt == JL_FPU_S || fmt == JL_FPU_D) && nan_operands(cpu, fmt, a, b, is_binary(op), result, &flags)) {
        if (op == JL_FPU_CVT_S || op == JL_FPU_CVT_D)
            *result = flags && !n08 ? jl_default_nan(op == JL_FPU_CVT_S ? JL_FPU_S : JL_FPU_D, n08)
                                    : convert_nan(op, *result, n08);
        return finish(cpu, flags);
    }
    uint32_t saved = _mm_getcsr();
    _mm_setcsr(jl_fpu_mxcsr(cpu));
    uint64_t r = fmt == JL_FPU_S ? host_s(op, a, b) : fmt == JL_FPU_D ? host_d(op, a, b) : host_from_fixed(op, fmt, a);
    uint32_t after = _mm_getcsr();
    _mm_setcsr(saved);
    flags = flags_of(after) | (after & MX_IE ? F_V : 0);
    enum jl_fpu_fmt to = op == JL_FPU_CVT_S ? JL_FPU_S : op == JL_FPU_CVT_D ? JL_FPU_D : fmt;
    if (jl_is_nan(to, r))
        r = jl_default_nan(to, n08);
    *result = r;
    return finish(cpu, flags);
}

bool jl_fpu_compare(struct jl_cpu *cpu, unsigned cond, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b, uint32_t *result) {
    bool n08 = cpu->mode & JL_MODE_NAN2008;
    uint32_t flags = 0;
    if (jl_is_nan(fmt, a) || jl_is_nan(fmt, b)) {
        if (cond & 8 || jl_is_snan(fmt, a, n08) || jl_is_snan(fmt, b, n08))
            flags = F_V;
        *result = cond & 1;
    } else {
        double x = fmt == JL_FPU_S ? (double)as_float(a) : as_double(a);
        double y = fmt == JL_FPU_S ? (double)as_float(b) : as_double(b);
        *result = (cond & 2 && x == y) || (cond & 4 && x < y);
    }
    return finish(cpu, flags);
}

/* ---- control registers ---- */

static uint32_t condition_codes(const struct jl_cpu *cpu) {
    uint32_t cc = 0;
    for (unsigned i = 0; i < 8; i++)
        cc |= (uint32_t)(cpu->var[JL_VAR_FCC + i] & 1) << i;
    return cc;
}

uint32_t jl_fpu_cfc(const struct jl_cpu *cpu, unsigned reg) {
    uint32_t cc = condition_codes(cpu), fcsr = cpu->fcsr;
    switch (reg) {
    case 0: return cpu->mode & JL_MODE_FR ? 0x00739300 : 0x00139300; /* S, D, W (L and F64) present */
    case 25: return cc;
    case 26: return fcsr & 0x0003f07c;
    case 28: return (fcsr & 0xf83) | (fcsr >> 22 & 4);
    default: return fcsr | (cc & 1) << 23 | (cc & 0xfe) << 24 | (cpu->mode & JL_MODE_NAN2008 ? 1u << 18 | 1u << 19 : 0);
    }
}

static void set_codes(struct jl_cpu *cpu, uint32_t cc) {
    for (unsigned i = 0; i < 8; i++)
        cpu->var[JL_VAR_FCC + i] = cc >> i & 1;
}

bool jl_fpu_ctc(struct jl_cpu *cpu, unsigned reg, uint32_t v) {
    switch (reg) {
    case 25: set_codes(cpu, v); break;
    case 26: cpu->fcsr = (cpu->fcsr & ~0x0003f07cu) | (v & 0x0003f07c); break;
    case 28: cpu->fcsr = (cpu->fcsr & ~0x01000f83u) | (v & 0xf83) | (v & 4) << 22; break;
    case 31:
        set_codes(cpu, (v >> 23 & 1) | (v >> 24 & 0xfe));
        cpu->fcsr = v & 0x0103ffff;
        break;
    default: return true;
    }
    cpu->mode =
        (cpu->mode & ~(uint32_t)JL_MODE_FPU_EXACT) | (cpu->fcsr >> JL_FCSR_ENABLE_SHIFT & 31 ? JL_MODE_FPU_EXACT : 0);
    uint32_t cause = cpu->fcsr >> JL_FCSR_CAUSE_SHIFT & 0x3f;
    return !(cause & ((cpu->fcsr >> JL_FCSR_ENABLE_SHIFT & 31) | 0x20));
}
