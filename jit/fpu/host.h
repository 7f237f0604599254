/* The host's SSE operations behind jit/fpu, and their quick use by the interpreter.
 *
 * Reading and clearing MXCSR around every operation costs more than the operation. The interpreter therefore lets MXCSR
 * hold the guest's rounding and collect sticky bits while it runs, and notes only which operation came last. Cause,
 * which belongs to that one operation, is made from the note when somebody can look at it: by doing the operation again
 * with jl_fpu_arith. NaNs, and everything while an exception is enabled, go to jl_fpu_arith at once.
 *
 * Each operation is an asm statement, so that the compiler cannot move it across accesses to MXCSR. */
#ifndef JL_FPU_HOST_H
#define JL_FPU_HOST_H

#include <string.h>
#include <xmmintrin.h>

#include "jit/fpu.h"
#include "jit/fpu/nan.h"

#define JL_FPU_BINARY(insn, x, y) __asm__ volatile(#insn " %1, %0" : "+x"(x) : "x"(y))
#define JL_FPU_UNARY(insn, r, x) __asm__ volatile(#insn " %1, %0" : "=x"(r) : "x"(x))
#define JL_FPU_INLINE static inline __attribute__((always_inline))

JL_FPU_INLINE float jl_as_float(uint64_t v) {
    uint32_t w = (uint32_t)v;
    float f;
    memcpy(&f, &w, 4);
    return f;
}
JL_FPU_INLINE double jl_as_double(uint64_t v) {
    double d;
    memcpy(&d, &v, 8);
    return d;
}
JL_FPU_INLINE uint64_t jl_of_float(float f) {
    uint32_t w;
    memcpy(&w, &f, 4);
    return w;
}
JL_FPU_INLINE uint64_t jl_of_double(double d) {
    uint64_t w;
    memcpy(&w, &d, 8);
    return w;
}

/* One operation on single operands, under MXCSR as it stands. */
JL_FPU_INLINE uint64_t jl_fpu_host_s(enum jl_fpu_op op, uint64_t a, uint64_t b) {
    float x = jl_as_float(a), y = jl_as_float(b), one = 1.0f;
    double d;
    switch (op) {
    case JL_FPU_ADD: JL_FPU_BINARY(addss, x, y); return jl_of_float(x);
    case JL_FPU_SUB: JL_FPU_BINARY(subss, x, y); return jl_of_float(x);
    case JL_FPU_MUL: JL_FPU_BINARY(mulss, x, y); return jl_of_float(x);
    case JL_FPU_DIV: JL_FPU_BINARY(divss, x, y); return jl_of_float(x);
    case JL_FPU_SQRT: JL_FPU_UNARY(sqrtss, x, x); return jl_of_float(x);
    case JL_FPU_RECIP: JL_FPU_BINARY(divss, one, x); return jl_of_float(one);
    case JL_FPU_RSQRT:
        JL_FPU_UNARY(sqrtss, x, x);
        JL_FPU_BINARY(divss, one, x);
        return jl_of_float(one);
    default: JL_FPU_UNARY(cvtss2sd, d, x); return jl_of_double(d);
    }
}

/* The same on doubles. */
JL_FPU_INLINE uint64_t jl_fpu_host_d(enum jl_fpu_op op, uint64_t a, uint64_t b) {
    double x = jl_as_double(a), y = jl_as_double(b), one = 1.0;
    float f;
    switch (op) {
    case JL_FPU_ADD: JL_FPU_BINARY(addsd, x, y); return jl_of_double(x);
    case JL_FPU_SUB: JL_FPU_BINARY(subsd, x, y); return jl_of_double(x);
    case JL_FPU_MUL: JL_FPU_BINARY(mulsd, x, y); return jl_of_double(x);
    case JL_FPU_DIV: JL_FPU_BINARY(divsd, x, y); return jl_of_double(x);
    case JL_FPU_SQRT: JL_FPU_UNARY(sqrtsd, x, x); return jl_of_double(x);
    case JL_FPU_RECIP: JL_FPU_BINARY(divsd, one, x); return jl_of_double(one);
    case JL_FPU_RSQRT:
        JL_FPU_UNARY(sqrtsd, x, x);
        JL_FPU_BINARY(divsd, one, x);
        return jl_of_double(one);
    default: JL_FPU_UNARY(cvtsd2ss, f, x); return jl_of_float(f);
    }
}

/* From a 32- or 64-bit integer, sign-extended in a. */
JL_FPU_INLINE uint64_t jl_fpu_host_from_fixed(enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a) {
    int64_t n = fmt == JL_FPU_W ? (int32_t)a : (int64_t)a;
    float f = 0;
    double d = 0;
    if (op == JL_FPU_CVT_S) {
        __asm__ volatile("cvtsi2ssq %1, %0" : "+x"(f) : "r"(n));
        return jl_of_float(f);
    }
    __asm__ volatile("cvtsi2sdq %1, %0" : "+x"(d) : "r"(n));
    return jl_of_double(d);
}

/* Any of them; op's operands are in format fmt. */
JL_FPU_INLINE uint64_t jl_fpu_host(enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b) {
    return fmt == JL_FPU_S   ? jl_fpu_host_s(op, a, b)
           : fmt == JL_FPU_D ? jl_fpu_host_d(op, a, b)
                             : jl_fpu_host_from_fixed(op, fmt, a);
}

/* The format of op's result. */
JL_FPU_INLINE enum jl_fpu_fmt jl_fpu_result(enum jl_fpu_op op, enum jl_fpu_fmt fmt) {
    return op == JL_FPU_CVT_S ? JL_FPU_S : op == JL_FPU_CVT_D ? JL_FPU_D : fmt;
}

/* The operation whose Cause is still to be made; see the head of this file. Part of the interpreter's state. */
struct jl_fpu_pending {
    uint8_t have, op, fmt; /* have: 1 = op on a and b; 2 = multiply a and b, then op with c */
    uint64_t a, b, c;
};

/* One operation (jl_fpu_arith's ADD to CVT_D) under the guest's MXCSR. False when the result is a NaN: then nothing is
 * noted, and jl_fpu_arith has to do it. */
JL_FPU_INLINE bool jl_fpu_quick(struct jl_fpu_pending *p, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a,
                                uint64_t b, uint64_t *result) {
    uint64_t r = jl_fpu_host(op, fmt, a, b);
    if (__builtin_expect(jl_is_nan(jl_fpu_result(op, fmt), r), 0))
        return false;
    p->have = 1;
    p->op = (uint8_t)op;
    p->fmt = (uint8_t)fmt;
    p->a = a;
    p->b = b;
    *result = r;
    return true;
}

/* Puts the guest's rounding and flush mode into MXCSR and returns the host's, for jl_fpu_leave. */
static inline uint32_t jl_fpu_enter(const struct jl_cpu *cpu) {
    uint32_t host = _mm_getcsr();
    _mm_setcsr(jl_fpu_mxcsr(cpu));
    return host;
}

/* Makes FCSR whole, sticky flags and Cause, and gives MXCSR back to the host. */
void jl_fpu_leave(struct jl_cpu *cpu, struct jl_fpu_pending *p, uint32_t host);

#endif
