/* Register roles in translated code, and where it finds things.
 *
 *   rbp        struct jl_cpu + JL_CPU_BIAS, so that the 32 GPR slots are within a one-byte displacement
 *   gs         the guest address space: gs:[a] with a 32-bit address is guest address a, wrapping as the guest does
 *   r12        the time slice, in guest instructions left (in memory it would be a chain of store and load that every
 *              block waits for: up to half of the run time on code with short blocks)
 *   rax, rdx   scratch of single ops; across region ends: edx = guest address (JUMPH)
 *   rcx        allocatable when the host has BMI2 shifts, else the shift count
 *   xmm14, 15  scratch of the move resolver and of single ops
 *   rsp        16-byte aligned; nothing is kept on the host stack, so that leaving loses nothing (returns=callret: on a
 *              stack of its own, see runtime/retstack.c)
 *   the rest   allocatable
 *
 * A location (jl_loc) names where a value lives: a register, the home slot of a guest var in struct jl_cpu, or a spill
 * slot in the machine.
 */
#ifndef JL_X64_LAYOUT_H
#define JL_X64_LAYOUT_H

#include <stddef.h>

#include "jit/runtime/machine.h"
#include "jit/x64/asm.h"

enum { JL_CPU_BIAS = 128 };

/* Offset of a field of struct jl_machine from rbp. */
#define JL_AT(field) ((int32_t)offsetof(struct jl_machine, field) - JL_CPU_BIAS)
_Static_assert(offsetof(struct jl_machine, cpu) == 0, "the state pointer is the machine");
_Static_assert(offsetof(struct jl_cpu, var) == 0, "home slots start the struct");

typedef int16_t jl_loc;
enum {
    JL_LOC_NONE = -1,
    JL_LOC_CONST = -2,           /* made where it is used */
    JL_LOC_SUNK = -3,            /* in a snapshot: made of what stands behind */
    JL_LOC_CONST64 = -4,         /* in a snapshot: a constant of two words */
    JL_LOC_GPR = 0,              /* 0..15 */
    JL_LOC_XMM = 16,             /* 16..31 */
    JL_LOC_HOME = 32,            /* 32 + var */
    JL_LOC_FRAME = 32 + JL_VARS, /* + spill slot */
    JL_LOC_END = JL_LOC_FRAME + JL_SPILL_SLOTS,
};

static inline bool jl_loc_is_gpr(jl_loc l) {
    return l >= JL_LOC_GPR && l < JL_LOC_XMM;
}
static inline bool jl_loc_is_xmm(jl_loc l) {
    return l >= JL_LOC_XMM && l < JL_LOC_HOME;
}
static inline bool jl_loc_is_mem(jl_loc l) {
    return l >= JL_LOC_HOME;
}
static inline struct jl_memop jl_loc_mem(jl_loc l) {
    if (l < JL_LOC_FRAME)
        return jl_m(JL_RBP, 8 * (l - JL_LOC_HOME) - JL_CPU_BIAS);
    return jl_m(JL_RBP, JL_AT(spill) + 8 * (l - JL_LOC_FRAME));
}

enum { JL_XMM_TMP = 15, JL_XMM_TMP2 = 14 };

/* Allocatable registers, best first: those without REX prefix. */
#define JL_GPR_POOL                                                                                                    \
    { JL_RBX, JL_RSI, JL_RDI, JL_RCX, JL_R8, JL_R9, JL_R10, JL_R11, JL_R13, JL_R14, JL_R15 }
enum { JL_GPR_POOL_SIZE = 11, JL_XMM_POOL_SIZE = 14 };
#define JL_SLICE_REG JL_R12 /* C functions keep it */

#endif
