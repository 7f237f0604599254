/* Random guest programs for differential tests, made from the ISA table. */
#ifndef JL_TEST_PROGRAM_H
#define JL_TEST_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "jit/cpu.h"

enum { PROGRAM_MAX = 160, DATA_BASE = 0x200000, DATA_SIZE = 0x2000, CODE_BASE = 0x100000 };

struct rng {
    uint64_t state;
};
/* splitmix64 */
static inline uint64_t rng_next(struct rng *r) {
    uint64_t z = (r->state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}
static inline uint32_t rng_below(struct rng *r, uint32_t n) {
    return (uint32_t)(rng_next(r) % n);
}

/* A program ends with BREAK and always ends: backward branches count $s7 down. It uses $gp as its data pointer; $s7,
 * $gp and $sp are never written otherwise. Doubles live in f0..f15, singles and words in f16..f31 (FR=1). */
struct program {
    uint32_t word[PROGRAM_MAX];
    unsigned count;
    uint64_t var[JL_VARS]; /* initial registers */
    uint8_t data[DATA_SIZE];
    uint32_t fcsr;
};

void program_make(struct program *p, struct rng *r);

#endif
