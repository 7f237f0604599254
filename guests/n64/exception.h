/* Exceptions. */
#ifndef JL_N64_EXCEPTION_H
#define JL_N64_EXCEPTION_H

#include <stdint.h>

#include "guests/n64/translate.h"

/* Cause's exception codes. */
enum jl_exc {
    JL_EXC_INT = 0,
    JL_EXC_MOD = 1,
    JL_EXC_TLBL = 2,
    JL_EXC_TLBS = 3,
    JL_EXC_ADEL = 4,
    JL_EXC_ADES = 5,
    JL_EXC_SYS = 8,
    JL_EXC_BP = 9,
    JL_EXC_RI = 10,
    JL_EXC_CPU = 11,
    JL_EXC_OV = 12,
    JL_EXC_TR = 13,
    JL_EXC_FPE = 15,
    JL_EXC_WATCH = 23
};

struct jl_n64;

/* Takes an exception at the instruction that the machine stopped at. ce: the coprocessor's number. */
void jl_exception(struct jl_n64 *n, enum jl_exc code, unsigned ce);
/* One of the exceptions that name an address. */
void jl_exception_address(struct jl_n64 *n, enum jl_n64_outcome outcome, uint64_t addr, enum jl_n64_access access);
/* Takes an interrupt if one is asked for and allowed, or a watch exception that had to wait. */
void jl_exception_interrupt(struct jl_n64 *n);
/* Whether it would take one, or a watch exception that was put off. */
bool jl_exception_wanted(const struct jl_n64 *n);

#endif
