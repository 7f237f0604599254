/* Programs of any words for the VR4300, with which two ways of executing them are compared: mostly instructions, many
 * of which leave, jump anywhere, or store into the program. */
#ifndef WORDS_H
#define WORDS_H

#include "jit/interp.h"
#include "jit/mem.h"

#define WORDS_AT 0x80000000u /* where its memory is to be mapped */
enum {
    WORDS_SIZE = 0x2000,
    WORDS_CODE = 0x1000,
    WORDS_COUNT = 256
}; /* bytes; the code's offset; jumps go to so many words of it */

/* A random number; splitmix64. */
uint64_t words_next(uint64_t *state);
/* Program number seed, code and data, and the processor in front of it: all but slice and counts. */
void words_start(struct jl_cpu *cpu, struct jl_mem *mem, uint64_t seed);

#endif
