/* What the host processor has, through libcpuid, and the switch to try the back end without it. */
#ifndef JL_X64_HOST_H
#define JL_X64_HOST_H

#include <stdbool.h>

struct jl_host {
    bool bmi2, lzcnt, movbe, sse41, sse42, avx;
    char brand[64];
};

/* Filled once. The environment variable JITLAB_HOST_DISABLE ("bmi2,movbe") takes features away, so that the code for
 * lesser hosts can be tested on any. */
const struct jl_host *jl_host(void);

#endif
