/* Where a virtual address leads. */
#ifndef JL_N64_TRANSLATE_H
#define JL_N64_TRANSLATE_H

#include <stdbool.h>
#include <stdint.h>

enum jl_n64_access { JL_N64_LOAD, JL_N64_STORE, JL_N64_FETCH };

/* Where a virtual address leads. */
enum jl_n64_outcome {
    JL_N64_OK,
    JL_N64_ADDRESS_ERROR,
    JL_N64_TLB_REFILL,
    JL_N64_TLB_INVALID,
    JL_N64_TLB_MODIFIED,
};
struct jl_n64_place {
    enum jl_n64_outcome outcome;
    uint32_t phys;
    bool writable; /* stores are allowed too */
};

struct jl_n64;

/* By segment and mode. */
struct jl_n64_place jl_n64_translate(struct jl_n64 *n, uint64_t addr, enum jl_n64_access access);

#endif
