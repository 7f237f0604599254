/* What the host processor has, asked of libcpuid once.
 *
 * Instructions beyond plain x86-64 (SSE2) are chosen by it, and so are policies that need one. A host that libcpuid
 * cannot tell counts as plain x86-64 (SSE2). The environment variable JITLAB_HOST_DISABLE takes features away, so that
 * code for lesser hosts can be tried on any: names of fields of struct jl_host with commas between, as in
 * JITLAB_HOST_DISABLE=bmi2,movbe. Other names are passed over. Without avx there is no fma either.
 */
#ifndef JL_X64_HOST_H
#define JL_X64_HOST_H

#include <stdbool.h>

struct jl_host {
    bool bmi1;   /* tzcnt */
    bool bmi2;   /* shlx, shrx, sarx, rorx, mulx */
    bool lzcnt;  /* else its bytes mean bsr */
    bool movbe;  /* load and store with bytes swapped */
    bool sse41;  /* pextrd, pinsrd */
    bool sse42;  /* crc32 */
    bool avx;    /* three-operand forms; the system keeps the registers too */
    bool popcnt; /* one bits */
    bool fma;    /* fused multiply and add */
    char brand[64];
};

/* Filled by the first call, from whichever thread; never changes after. */
const struct jl_host *jl_host(void);

/* The i-th feature's name as JITLAB_HOST_DISABLE knows it, and whether translated code may use it here; NULL after the
 * last one. The number of instructions that a guest program takes depends on these. */
const char *jl_host_feature(unsigned i, bool *on);

#endif
