/* How much longer than others some of the VR4300's instructions take.
 *
 * A tick is two cycles, in which Count goes on by one: what an instruction takes in programs at large, memory's delays
 * included. The processor stops while one of those below is executed (MCI, multi-cycle interlock), for its latency less
 * the cycle of its own: VR4300 User's Manual, the table of multiplications and divisions in chapter 5 and that of
 * floating-point latencies in chapter 7. krom's CPUTIMINGNTSC and CP1TIMINGNTSC have been run on a console: what they
 * found in their loops is beside each line, in cycles. They feed the FPU's multiplications, divisions, square roots and
 * conversions from integers with 0 (0 times 1, 0 by 1), which the unit is done with in two cycles: jl_stall_result.
 * With others the manual stands alone there.
 */
#ifndef JL_STALL_H
#define JL_STALL_H

#include <stdbool.h>

#include "jit/isa/isa.h"

/* In ticks, half of the cycles rounded down, of an instruction under `mode` (enum jl_mode): 0 for most. */
static inline uint32_t jl_stall(unsigned op, uint32_t mode) {
    if (!(mode & JL_MODE_VR4300))
        return 0;
    switch (op) {
    case JL_OP_MULT: /* 4; 3.3 */
    case JL_OP_MULTU: return 2;
    case JL_OP_DMULT: /* 7; 6.0 */
    case JL_OP_DMULTU: return 3;
    case JL_OP_DIV: /* 36; 35.9 */
    case JL_OP_DIVU: return 18;
    case JL_OP_DDIV: /* 68; 67.5 */
    case JL_OP_DDIVU: return 34;
    case JL_OP_ADD_S: /* 2; 1.5 */
    case JL_OP_ADD_D:
    case JL_OP_SUB_S:
    case JL_OP_SUB_D: return 1;
    case JL_OP_MUL_S: return 2; /* 4 */
    case JL_OP_MUL_D: return 3; /* 7 */
    case JL_OP_DIV_S:           /* 28 */
    case JL_OP_SQRT_S: return 14;
    case JL_OP_DIV_D: /* 57 */
    case JL_OP_SQRT_D: return 28;
    case JL_OP_CVT_S_W: /* 4 */
    case JL_OP_CVT_S_L:
    case JL_OP_CVT_D_W:
    case JL_OP_CVT_D_L:
    case JL_OP_CVT_W_S: /* 4; 3.3, and so the rest */
    case JL_OP_CVT_W_D:
    case JL_OP_CVT_L_S:
    case JL_OP_CVT_L_D:
    case JL_OP_ROUND_W_S:
    case JL_OP_ROUND_W_D:
    case JL_OP_ROUND_L_S:
    case JL_OP_ROUND_L_D:
    case JL_OP_TRUNC_W_S:
    case JL_OP_TRUNC_W_D:
    case JL_OP_TRUNC_L_S:
    case JL_OP_TRUNC_L_D:
    case JL_OP_CEIL_W_S:
    case JL_OP_CEIL_W_D:
    case JL_OP_CEIL_L_S:
    case JL_OP_CEIL_L_D:
    case JL_OP_FLOOR_W_S:
    case JL_OP_FLOOR_W_D:
    case JL_OP_FLOOR_L_S:
    case JL_OP_FLOOR_L_D: return 2;
    default: return 0; /* CVT.S.D's one cycle, too */
    }
}

/* Multiplications, divisions, square roots and conversions from integers whose result is 0 are done in two cycles, that
 * is in no tick more than others. Which result that is: 4 bytes, or 8, of the register that the instruction writes; 0
 * for all other instructions. */
static inline unsigned jl_stall_result(unsigned op) {
    switch (op) {
    case JL_OP_MUL_S:
    case JL_OP_DIV_S:
    case JL_OP_SQRT_S:
    case JL_OP_CVT_S_W:
    case JL_OP_CVT_S_L: return 4;
    case JL_OP_MUL_D:
    case JL_OP_DIV_D:
    case JL_OP_SQRT_D:
    case JL_OP_CVT_D_W:
    case JL_OP_CVT_D_L: return 8;
    default: return 0;
    }
}

/* Whether such a result is 0, of either sign. */
static inline bool jl_stall_is_short(unsigned op, uint64_t result) {
    unsigned bytes = jl_stall_result(op);
    return bytes && !(bytes == 4 ? (uint32_t)result << 1 : result << 1);
}

#endif
