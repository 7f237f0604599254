/* The VR4300's FPU; see vr4300.h. */
#include "jit/fpu/vr4300.h"

enum { F_I = 1, F_U = 2, F_O = 4, F_Z = 8, F_V = 16, F_E = 32 };
enum { MX_IE = 1, MX_ZE = 4, MX_OE = 8, MX_UE = 16, MX_PE = 32 };

static uint32_t enables(const struct jl_cpu *cpu) {
    return cpu->fcsr >> JL_FCSR_ENABLE_SHIFT & 31;
}

static void set_cause(struct jl_cpu *cpu, uint32_t flags) {
    cpu->fcsr = (cpu->fcsr & ~(0x3fu << JL_FCSR_CAUSE_SHIFT)) | flags << JL_FCSR_CAUSE_SHIFT;
}

void jl_vr4300_unimplemented(struct jl_cpu *cpu) {
    set_cause(cpu, F_E);
}

static bool finish(struct jl_cpu *cpu, uint32_t flags) {
    set_cause(cpu, flags);
    if (flags & (enables(cpu) | F_E))
        return false;
    cpu->fcsr |= flags << JL_FCSR_FLAGS_SHIFT;
    return true;
}

static bool is_denormal(enum jl_fpu_fmt fmt, uint64_t v) {
    return !jl_vr4300_exponent(fmt, v) && !jl_vr4300_is_zero(fmt, v);
}

static bool is_float(enum jl_fpu_fmt fmt) {
    return fmt == JL_FPU_S || fmt == JL_FPU_D;
}

/* F_E or F_V when an operand is nothing to calculate with. */
static uint32_t refuse(enum jl_fpu_fmt fmt, uint64_t v) {
    if (is_denormal(fmt, v))
        return F_E;
    if (!jl_is_nan(fmt, v))
        return 0;
    return jl_is_snan(fmt, v, false) ? F_V : F_E;
}

/* The host's rounding for one operation, without flushing; returns what to give back. */
static uint32_t round_as(uint32_t mode) {
    uint32_t saved = _mm_getcsr();
    _mm_setcsr(jl_fpu_mxcsr_of(mode));
    return saved;
}

static uint32_t flags_of(uint32_t mxcsr) {
    return (mxcsr & MX_PE ? F_I : 0) | (mxcsr & MX_UE ? F_U : 0) | (mxcsr & MX_OE ? F_O : 0) |
           (mxcsr & MX_ZE ? F_Z : 0) | (mxcsr & MX_IE ? F_V : 0);
}

/* ---- to fixed formats ---- */

static bool is_to_long(enum jl_fpu_op op) {
    return op == JL_FPU_CVT_L || op >= JL_FPU_ROUND_L;
}

static uint32_t rounding_of(const struct jl_cpu *cpu, enum jl_fpu_op op) {
    switch (op) {
    case JL_FPU_CVT_W:
    case JL_FPU_CVT_L: return cpu->fcsr & JL_FCSR_RM;
    case JL_FPU_ROUND_W:
    case JL_FPU_ROUND_L: return 0;
    case JL_FPU_TRUNC_W:
    case JL_FPU_TRUNC_L: return 1;
    case JL_FPU_CEIL_W:
    case JL_FPU_CEIL_L: return 2;
    default: return 3;
    }
}

static uint32_t to_fixed(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t *result) {
    const double limit = 9007199254740992.0; /* 2^53 */
    if (jl_is_nan(fmt, a) || is_denormal(fmt, a))
        return F_E;
    double x = fmt == JL_FPU_S ? (double)jl_as_float(a) : jl_as_double(a);
    if (!(x > -limit && x < limit))
        return F_E;
    uint32_t saved = round_as(rounding_of(cpu, op));
    int64_t n;
    __asm__ volatile("cvtsd2siq %1, %0" : "=r"(n) : "x"(x));
    uint32_t flags = flags_of(_mm_getcsr());
    _mm_setcsr(saved);
    if (!is_to_long(op) && n != (int32_t)n)
        return F_E;
    *result = is_to_long(op) ? (uint64_t)n : (uint32_t)n;
    return flags;
}

/* ---- to floats ---- */

/* A result too small for a normal number: FS says whether it is flushed, and the rounding mode to where. */
static uint32_t underflow(const struct jl_cpu *cpu, enum jl_fpu_fmt to, uint64_t *result) {
    if (!(cpu->fcsr & JL_FCSR_FS) || enables(cpu) & (F_U | F_I))
        return F_E;
    unsigned sign_bit = to == JL_FPU_S ? 31 : 63;
    uint64_t sign = *result >> sign_bit & 1, smallest = to == JL_FPU_S ? 1u << 23 : 1ull << 52;
    unsigned mode = cpu->fcsr & JL_FCSR_RM;
    bool away = (mode == 2 && !sign) || (mode == 3 && sign);
    *result = sign << sign_bit | (away ? smallest : 0);
    return F_U | F_I;
}

static bool is_too_long(enum jl_fpu_fmt fmt, uint64_t a) {
    const int64_t limit = (int64_t)1 << 55;
    return fmt == JL_FPU_L && ((int64_t)a >= limit || (int64_t)a < -limit);
}

static uint32_t to_float(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b,
                         uint64_t *result) {
    enum jl_fpu_fmt to = jl_fpu_result(op, fmt);
    if (is_too_long(fmt, a))
        return F_E;
    uint32_t no = is_float(fmt) ? refuse(fmt, a) | (op <= JL_FPU_DIV ? refuse(fmt, b) : 0) : 0;
    *result = jl_default_nan(to, false);
    if (no)
        return no & F_E ? F_E : F_V;
    uint32_t saved = round_as(cpu->fcsr & JL_FCSR_RM);
    uint64_t r = jl_fpu_host(op, fmt, a, b);
    uint32_t flags = flags_of(_mm_getcsr());
    _mm_setcsr(saved);
    if (jl_is_nan(to, r))
        return F_V;
    *result = r;
    return flags & F_U || is_denormal(to, r) ? underflow(cpu, to, result) : flags;
}

static uint32_t sign_of(enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t *result) {
    uint64_t sign = fmt == JL_FPU_S ? 1u << 31 : 1ull << 63;
    uint32_t no = refuse(fmt, a);
    *result = no ? jl_default_nan(fmt, false) : op == JL_FPU_ABS ? a & ~sign : a ^ sign;
    return no;
}

bool jl_vr4300_arith(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b,
                     uint64_t *result) {
    if (fmt == JL_FPU_S)
        a = (uint32_t)a, b = (uint32_t)b;
    if (op == JL_FPU_ABS || op == JL_FPU_NEG)
        return finish(cpu, sign_of(op, fmt, a, result));
    if (op >= JL_FPU_CVT_W)
        return finish(cpu, to_fixed(cpu, op, fmt, a, result));
    return finish(cpu, to_float(cpu, op, fmt, a, b, result));
}

uint32_t jl_vr4300_enter(const struct jl_cpu *cpu) {
    return round_as(cpu->fcsr & JL_FCSR_RM);
}

void jl_vr4300_leave(struct jl_cpu *cpu, struct jl_fpu_pending *p, uint32_t host) {
    uint64_t unused;
    _mm_setcsr(host);
    if (p->have)
        jl_vr4300_arith(cpu, (enum jl_fpu_op)p->op, (enum jl_fpu_fmt)p->fmt, p->a, p->b, &unused);
    p->have = 0;
}

/* ---- translated code ---- */

uint32_t jl_vr4300_mxcsr(const struct jl_cpu *cpu) {
    const uint32_t all = 0x1f80, inexact = 1 << 12, overflow = 1 << 10, underflow = 1 << 11, flush_to_zero = 1 << 15;
    uint32_t known = cpu->fcsr >> JL_FCSR_FLAGS_SHIFT & ~enables(cpu), mode = cpu->fcsr & JL_FCSR_RM;
    /* the host flushes to zero in every mode, this processor only to the nearest and towards zero */
    bool flushes = cpu->fcsr & JL_FCSR_FS && mode < 2 && (known & (F_U | F_I)) == (F_U | F_I);
    return (jl_fpu_mxcsr_of(mode) & ~all) | (known & F_I ? inexact : 0) | (known & F_O ? overflow : 0) |
           (flushes ? underflow | flush_to_zero : 0);
}

void jl_vr4300_resolve(struct jl_cpu *cpu) {
    uint64_t unused, a = cpu->var[JL_VAR_NOTE_A], b = cpu->var[JL_VAR_NOTE_B];
    uint32_t note = (uint32_t)cpu->var[JL_VAR_NOTE];
    cpu->var[JL_VAR_NOTE] = cpu->var[JL_VAR_NOTE_A] = cpu->var[JL_VAR_NOTE_B] = 0;
    if (note == JL_NOTE_NO_CAUSE)
        set_cause(cpu, 0);
    else if (note)
        jl_vr4300_arith(cpu, (enum jl_fpu_op)((note - 2) & 0xff), (enum jl_fpu_fmt)((note - 2) >> 8), a, b, &unused);
}

/* ---- control registers ---- */

uint32_t jl_vr4300_cfc(const struct jl_cpu *cpu, unsigned reg) {
    const uint32_t revision = 0xa00;
    if (reg == 31)
        return cpu->fcsr | (uint32_t)(cpu->var[JL_VAR_FCC] & 1) << 23;
    return reg == 0 ? revision : 0;
}

bool jl_vr4300_ctc(struct jl_cpu *cpu, unsigned reg, uint32_t value) {
    const uint32_t writable = 0x0183ffff;
    return reg != 31 || jl_fpu_ctc(cpu, reg, value & writable);
}
