/* Exact FPU operations: the host's SSE unit for the numbers, MIPS's rules for NaNs and flags; see jit/fpu.h.
 *
 * The host's flags are read from MXCSR after one operation. */
#include "jit/fpu.h"

#include "jit/fpu/host.h"

/* FCSR's five flags and cause bits, from bit 0: I(nexact) U O Z V. */
enum { F_I = 1, F_U = 2, F_O = 4, F_Z = 8, F_V = 16 };
enum { MX_IE = 1, MX_DE = 2, MX_ZE = 4, MX_OE = 8, MX_UE = 16, MX_PE = 32, MX_MASK = 0x1f80, MX_FTZ = 0x8000 };

uint32_t jl_fpu_mxcsr_of(uint32_t fcsr) {
    static const uint32_t rounding[] = {0, 3 << 13, 2 << 13, 1 << 13}; /* nearest, zero, up, down */
    return MX_MASK | rounding[fcsr & JL_FCSR_RM] | (fcsr & JL_FCSR_FS ? MX_FTZ : 0);
}

uint32_t jl_fpu_mxcsr(const struct jl_cpu *cpu) {
    return jl_fpu_mxcsr_of(cpu->fcsr);
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

static uint32_t to_fixed(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t *result) {
    bool is_long = op == JL_FPU_CVT_L || op >= JL_FPU_ROUND_L, n08 = cpu->mode & JL_MODE_NAN2008;
    bool nan = jl_is_nan(fmt, a);
    double x = fmt == JL_FPU_S && !nan ? (double)jl_as_float(a) : jl_as_double(a);
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
    return flags;
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

/* The operation and its flags; what becomes of the flags is finish's. */
static uint32_t compute(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b,
                        uint64_t *result) {
    bool n08 = cpu->mode & JL_MODE_NAN2008;
    uint32_t flags = 0;
    if (op >= JL_FPU_CVT_W)
        return to_fixed(cpu, op, fmt, a, result);
    if ((fmt == JL_FPU_S || fmt == JL_FPU_D) && nan_operands(cpu, fmt, a, b, is_binary(op), result, &flags)) {
        if (op == JL_FPU_CVT_S || op == JL_FPU_CVT_D)
            *result = flags && !n08 ? jl_default_nan(op == JL_FPU_CVT_S ? JL_FPU_S : JL_FPU_D, n08)
                                    : convert_nan(op, *result, n08);
        return flags;
    }
    uint32_t saved = _mm_getcsr();
    _mm_setcsr(jl_fpu_mxcsr(cpu));
    uint64_t r = jl_fpu_host(op, fmt, a, b);
    uint32_t after = _mm_getcsr();
    _mm_setcsr(saved);
    enum jl_fpu_fmt to = jl_fpu_result(op, fmt);
    *result = jl_is_nan(to, r) ? jl_default_nan(to, n08) : r;
    return flags_of(after) | (after & MX_IE ? F_V : 0);
}

bool jl_fpu_arith(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b,
                  uint64_t *result) {
    uint64_t sign = fmt == JL_FPU_S ? 1u << 31 : 1ull << 63;
    if (fmt == JL_FPU_S)
        a = (uint32_t)a, b = (uint32_t)b;
    if (op == JL_FPU_ABS || op == JL_FPU_NEG) {
        *result = op == JL_FPU_ABS ? a & ~sign : a ^ sign;
        return true;
    }
    return finish(cpu, compute(cpu, op, fmt, a, b, result));
}

bool jl_fpu_multiply_add(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b, uint64_t c,
                         uint64_t *result) {
    uint64_t product;
    uint32_t flags = compute(cpu, JL_FPU_MUL, fmt, a, b, &product);
    return finish(cpu, flags | compute(cpu, op, fmt, product, c, result));
}

void jl_fpu_leave(struct jl_cpu *cpu, struct jl_fpu_pending *p, uint32_t host) {
    uint64_t unused;
    jl_fpu_fold(cpu, _mm_getcsr());
    _mm_setcsr(host);
    if (p->have == 1)
        jl_fpu_arith(cpu, (enum jl_fpu_op)p->op, (enum jl_fpu_fmt)p->fmt, p->a, p->b, &unused);
    else if (p->have == 2)
        jl_fpu_multiply_add(cpu, (enum jl_fpu_op)p->op, (enum jl_fpu_fmt)p->fmt, p->a, p->b, p->c, &unused);
    p->have = 0;
}

bool jl_fpu_compare(struct jl_cpu *cpu, unsigned cond, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b, uint32_t *result) {
    bool n08 = cpu->mode & JL_MODE_NAN2008;
    uint32_t flags = 0;
    if (jl_is_nan(fmt, a) || jl_is_nan(fmt, b)) {
        if (cond & 8 || jl_is_snan(fmt, a, n08) || jl_is_snan(fmt, b, n08))
            flags = F_V;
        *result = cond & 1;
    } else {
        double x = fmt == JL_FPU_S ? (double)jl_as_float(a) : jl_as_double(a);
        double y = fmt == JL_FPU_S ? (double)jl_as_float(b) : jl_as_double(b);
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
