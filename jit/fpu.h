/* The MIPS FPU's arithmetic, exact to the bit and to the flag: used by the interpreter for every operation and by
 * translated code's far paths (NaN operands and results, conversions out of range, enabled exceptions).
 *
 * Operations run on the host's SSE unit with FCSR's rounding mode and flush bit, and their flags are read back from
 * MXCSR; NaN rules are MIPS's own: legacy encoding (quiet bit inverted, JL_MODE_NAN2008 clear) or IEEE 754-2008.
 */
#ifndef JL_FPU_H
#define JL_FPU_H

#include <stdbool.h>
#include <stdint.h>

#include "jit/cpu.h"

enum jl_fpu_op {
    JL_FPU_ADD,
    JL_FPU_SUB,
    JL_FPU_MUL,
    JL_FPU_DIV,
    JL_FPU_SQRT,
    JL_FPU_ABS,
    JL_FPU_NEG,
    JL_FPU_RECIP,
    JL_FPU_RSQRT,
    JL_FPU_CVT_S,
    JL_FPU_CVT_D, /* to single, to double, from fmt */
    JL_FPU_CVT_W,
    JL_FPU_CVT_L, /* to fixed, FCSR's rounding */
    JL_FPU_ROUND_W,
    JL_FPU_TRUNC_W,
    JL_FPU_CEIL_W,
    JL_FPU_FLOOR_W,
    JL_FPU_ROUND_L,
    JL_FPU_TRUNC_L,
    JL_FPU_CEIL_L,
    JL_FPU_FLOOR_L,
    JL_FPU_OPS
};
enum jl_fpu_fmt { JL_FPU_S, JL_FPU_D, JL_FPU_W, JL_FPU_L };

/* a op b (b unused by one-operand operations) in format fmt of the SOURCE operands; raw bits in and out (32-bit formats
 * in the low half). Sets FCSR's cause and, when no enabled exception results, its sticky flags. Returns true and stores
 * *result when the operation completes; false when an enabled exception must be raised (JL_EXIT_FPE). */
bool jl_fpu_arith(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b, uint64_t *result);

/* MADD.fmt and family: a * b, rounded, then op (JL_FPU_ADD or SUB) with c, rounded again, as MIPS32 has it; Cause shows
 * the exceptions of both. As above. */
bool jl_fpu_multiply_add(struct jl_cpu *cpu, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b, uint64_t c,
                         uint64_t *result);

/* C.cond.fmt: cond is the four condition bits. Stores 0 or 1 in *result; as above. */
bool jl_fpu_compare(struct jl_cpu *cpu, unsigned cond, enum jl_fpu_fmt fmt, uint64_t a, uint64_t b, uint32_t *result);

/* The value CFC1 reads from a control register (0, 25, 26, 28, 31), condition codes included. */
uint32_t jl_fpu_cfc(const struct jl_cpu *cpu, unsigned reg);
/* CTC1. Returns false when an enabled cause bit became set (JL_EXIT_FPE). Updates JL_MODE_FPU_EXACT in cpu->mode. */
bool jl_fpu_ctc(struct jl_cpu *cpu, unsigned reg, uint32_t value);

/* The MXCSR translated code runs with: rounding and flush from FCSR, everything masked, sticky bits clear. */
uint32_t jl_fpu_mxcsr(const struct jl_cpu *cpu);
/* The same for a value of FCSR. */
uint32_t jl_fpu_mxcsr_of(uint32_t fcsr);
/* Folds the sticky Z, O, U, I bits that translated code left in an MXCSR value into FCSR's flags. (V is never taken
 * from the host: legacy NaNs set it wrongly; every invalid operation goes through jl_fpu_arith or _compare.) */
void jl_fpu_fold(struct jl_cpu *cpu, uint32_t mxcsr);

#endif
