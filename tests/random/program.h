/* Random guest programs for differential tests, made from the ISA table.
 *
 * A program is code at `at`, initial registers and initial data. It ends: at a BREAK, a trap or a fault, or else the
 * interpreter says that it does not and it is left out. What keeps it running that long are registers that random
 * instructions do not write (the enum below); what keeps it comparable is that nothing reads what the architecture
 * leaves undefined: with FR=1 doubles live in f0..f15, singles and words in f16..f31, and with FR=0 any even pair
 * serves. */
#ifndef JL_TEST_PROGRAM_H
#define JL_TEST_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "jit/cpu.h"

enum {
    PROGRAM_MAX = 320,
    CODE_BASE = 0x100000,
    CODE_SIZE = 0x2000,
    DATA_BASE = 0x200000,
    DATA_SIZE = 0x2000,
    DATA_OFFSET = 128,    /* where the data pointer points, from DATA_BASE */
    PATCH_OFFSET = 0x1800 /* instruction words that programs store into their code, from DATA_BASE */
};

/* Registers with a purpose. */
enum {
    REG_OUTER = 21,   /* $s5 and $s7 count loops down */
    REG_CODE = 22,    /* $s6 = at */
    REG_COUNTER = 23, /* $s7 */
    REG_ENTRY = 26,   /* $k0 = at: what a guest driver jumps by */
    REG_TEMP = 27,    /* $k1: addresses and words that one idiom makes for itself */
    REG_DATA = 28,    /* $gp = DATA_BASE + DATA_OFFSET */
    REG_SP = 29,
};

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

struct program {
    uint32_t at, mode, fcsr; /* mode: JL_MODE_BE and JL_MODE_FR */
    bool needs_watch;        /* stores into its code without SYNCI, or says of memory that it is invariant */
    unsigned count;
    uint32_t word[PROGRAM_MAX];
    uint64_t var[JL_VARS];   /* initial registers */
    uint8_t data[DATA_SIZE]; /* as in guest memory */
};

/* Makes a program for mode. for_qemu leaves out what QEMU's user mode is known to do differently (README.md). */
void program_make(struct program *p, struct rng *r, uint32_t mode, bool for_qemu);

/* Takes word i out; branches, jumps and accesses relative to REG_CODE are changed to go where they went. */
void program_delete(struct program *p, unsigned i);

#endif
