/* throw.h: a longjmp out of calls, for the programs about returns that never happen.
 *
 * Two functions in turn with work after the call, so that neither tail calls nor unrolling can flatten the recursion.
 * `_setjmp` and `_longjmp` save no signal mask: there is no system call in it.
 */
#ifndef PROGRAMS_THROW_H
#define PROGRAMS_THROW_H

#include "common.h"
#include <setjmp.h>

static jmp_buf back;

static APART uint32_t throw_b(uint32_t n, uint32_t v);

/* Calls n levels down and leaves them all at once, to where _setjmp(back) was called last; does not return. */
static APART uint32_t throw_a(uint32_t n, uint32_t v) {
    if (n == 0)
        _longjmp(back, (int)(v | 1));
    return throw_b(n - 1, v + n) + 1;
}

static APART uint32_t throw_b(uint32_t n, uint32_t v) {
    if (n == 0)
        _longjmp(back, (int)(v | 1));
    return throw_a(n - 1, v + n) + 1;
}

/* What _setjmp(back) then returns: n, n - 1, ... 1 are added on the way down. */
static inline uint32_t caught_of(uint32_t n, uint32_t v) {
    return (v + n * (n + 1) / 2) | 1;
}

#endif
