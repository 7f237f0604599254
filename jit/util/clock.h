/* The host's monotonic clock. */
#ifndef JL_CLOCK_H
#define JL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since some moment that stays the same while the host runs; no errors. */
static inline uint64_t jl_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
