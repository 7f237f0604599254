/* The VR4300's FPU, where it is other than IEEE 754 as jit/fpu.h has it: what hardware leaves to a trap handler raises
 * Unimplemented Operation (FCSR's Cause E, which nothing masks), and NaN operands are treated differently.
 *
 * Facts: github.com/lemmy-64/n64-systemtest (tests/cop1), which were taken from hardware; VR4300 User's Manual,
 * chapter 7.
 *   - unimplemented: a denormal operand; a quiet NaN (top fraction bit clear) as operand; a denormal result, unless FS
 *     is set and neither Underflow nor Inexact is enabled; a conversion to a fixed format of a NaN, an infinity or
 *     what is out of range, where .L goes to 2^53; .L to a float beyond 2^55; every word of coprocessor 1 that is no
 *     instruction
 *   - a signalling NaN is invalid, and the result of that is the default NaN
 *   - flushing goes to zero, or to the smallest normal number when the rounding mode points there
 *   - ABS and NEG are arithmetic
 */
#ifndef JL_FPU_VR4300_H
#define JL_FPU_VR4300_H

#include "jit/fpu/host.h"

/* As jl_fpu_arith; also false after Unimplemented Operation. */
bool jl_vr4300_arith(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b,
                     uint64_t *result);

/* Sets Cause to Unimplemented Operation alone. */
void jl_vr4300_unimplemented(struct jl_cpu *cpu);

/* CFC1 (0: the revision; 31: FCSR) and CTC1 (31 alone does anything); as jl_fpu_cfc and jl_fpu_ctc. */
uint32_t jl_vr4300_cfc(const struct jl_cpu *cpu, unsigned reg);
bool jl_vr4300_ctc(struct jl_cpu *cpu, unsigned reg, uint32_t value);

/* As jl_fpu_enter and _leave. The host does not flush: quick forms look at what would be. MXCSR's sticky bits are not
 * looked at: they may be those of an operation that was refused. */
uint32_t jl_vr4300_enter(const struct jl_cpu *cpu);
void jl_vr4300_leave(struct jl_cpu *cpu, struct jl_fpu_pending *p, uint32_t host);

/* MXCSR for translated code: masked is what has been noted in FCSR's flags and is not enabled, so that whatever would
 * change FCSR beside Cause traps; and never invalid operations, denormal operands, tiny results, and divisions by zero
 * (of which the host does not say that the dividend was denormal). */
uint32_t jl_vr4300_mxcsr(const struct jl_cpu *cpu);

/* The last operation, in JL_VAR_NOTE: 0 none, JL_NOTE_NO_CAUSE one that has no exception to show, or which it was, with
 * its operands in NOTE_A and NOTE_B. */
enum { JL_NOTE_NO_CAUSE = 1 };
static inline int32_t jl_vr4300_note(enum jl_fpu_op op, enum jl_fpu_fmt fmt) {
    return (int32_t)(2 + ((unsigned)op | (unsigned)fmt << 8));
}
/* Behind translated code: makes Cause of the note, which is gone then. */
void jl_vr4300_resolve(struct jl_cpu *cpu);

/* Whether a quick form may be tried: the one exception that it can have is Inexact, and that has been noted in Flags
 * before and is not enabled. */
static inline bool jl_vr4300_may_be_quick(const struct jl_cpu *cpu) {
    const uint32_t flag = 1u << JL_FCSR_FLAGS_SHIFT, enable = 1u << JL_FCSR_ENABLE_SHIFT;
    return (cpu->mode & (JL_MODE_NO_FPU | JL_MODE_VR4300)) == JL_MODE_VR4300 && (cpu->fcsr & (flag | enable)) == flag;
}

JL_FPU_INLINE unsigned jl_vr4300_exponent(enum jl_fpu_fmt fmt, uint64_t v) {
    return fmt == JL_FPU_S ? v >> 23 & 0xff : v >> 52 & 0x7ff;
}
JL_FPU_INLINE bool jl_vr4300_is_zero(enum jl_fpu_fmt fmt, uint64_t v) {
    return !(fmt == JL_FPU_S ? (uint32_t)v << 1 : v << 1);
}
/* Neither denormal, nor infinite, nor a NaN. */
JL_FPU_INLINE bool jl_vr4300_is_plain(enum jl_fpu_fmt fmt, uint64_t v) {
    unsigned top = fmt == JL_FPU_S ? 0xff : 0x7ff;
    return jl_vr4300_exponent(fmt, v) - 1 < top - 1 || jl_vr4300_is_zero(fmt, v);
}

/* An operation on plain numbers, when its result is one that did not underflow or overflow. Its exponent tells, if it
 * is neither the smallest nor the largest (which those round to). A zero result must be exact. Else false. */
JL_FPU_INLINE bool jl_vr4300_quick(struct jl_fpu_pending *p, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a,
                                   uint64_t b, uint64_t *result) {
    enum jl_fpu_fmt to = jl_fpu_result(op, fmt);
    bool two = op <= JL_FPU_DIV, is_float = fmt == JL_FPU_S || fmt == JL_FPU_D;
    if (is_float && !(jl_vr4300_is_plain(fmt, a) && (!two || jl_vr4300_is_plain(fmt, b))))
        return false;
    uint64_t r = jl_fpu_host(op, fmt, a, b);
    unsigned top = to == JL_FPU_S ? 0xff : 0x7ff;
    if (jl_vr4300_exponent(to, r) - 2 >= top - 3) {
        bool exact = op == JL_FPU_ADD || op == JL_FPU_SUB || !is_float || jl_vr4300_is_zero(fmt, a) ||
                     (op == JL_FPU_MUL && jl_vr4300_is_zero(fmt, b));
        if (!jl_vr4300_is_zero(to, r) || !exact)
            return false;
    }
    *p = (struct jl_fpu_pending){1, (uint8_t)op, (uint8_t)fmt, a, b, 0};
    *result = r;
    return true;
}

/* CVT.W and TRUNC.W of a plain number well inside the range; else false. */
JL_FPU_INLINE bool jl_vr4300_quick_to_word(struct jl_fpu_pending *p, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a,
                                           uint64_t *result) {
    double x = fmt == JL_FPU_S ? (double)jl_as_float(a) : jl_as_double(a);
    int32_t n;
    if (!jl_vr4300_is_plain(fmt, a) || !(x > -2147483648.0 && x < 2147483647.0))
        return false;
    if (op == JL_FPU_TRUNC_W)
        __asm__ volatile("cvttsd2sil %1, %0" : "=r"(n) : "x"(x));
    else
        __asm__ volatile("cvtsd2sil %1, %0" : "=r"(n) : "x"(x));
    *p = (struct jl_fpu_pending){1, (uint8_t)op, (uint8_t)fmt, a, 0, 0};
    *result = (uint32_t)n;
    return true;
}

#endif
