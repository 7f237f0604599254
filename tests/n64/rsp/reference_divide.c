/* Reciprocals as the documentation has them, table entries found by search instead of by formula: see reference.h. */
#include "tests/n64/rsp/reference_parts.h"

/* 2^34 / n, bit by bit, of which the last 8 bits only round: the hardware adds 1 to them. */
static uint32_t reciprocal_entry(uint32_t n) {
    uint64_t quotient = 0;
    for (uint64_t step = 1 << 25; step; step /= 2)
        if ((quotient + step) * n <= 1ull << 34)
            quotient += step;
    quotient = (quotient + 1) / 256;
    return quotient == 0x20000 ? 0x1ffff : (uint32_t)quotient;
}

/* The largest number less than 2^22 / sqrt(n), bit by bit; without the last bit of it. */
static uint32_t root_entry(uint32_t n) {
    uint64_t root = 0;
    for (uint64_t step = 1 << 18; step; step /= 2)
        if (n * (root + step) * (root + step) < 1ull << 44)
            root += step;
    return (uint32_t)(root / 2);
}

uint32_t reference_reciprocal(int32_t input, bool root) {
    if (input == 0)
        return 0x7fffffff;
    if (input == -32768)
        return 0xffff0000;
    int64_t x = input;
    if (x < 0)
        x = x < -32768 ? -x - 1 : -x;
    unsigned highest = 31;
    while (!(x >> highest))
        highest--;
    /* the highest bit and 9 below it (8 for the root, which takes one of two halves of its table) */
    uint32_t n = (uint32_t)(highest >= 9 ? x >> (highest - 9) : x << (9 - highest));
    uint32_t entry, output;
    if (root) {
        n /= 2;
        entry = root_entry(highest % 2 ? n * 2 : n);
        output = entry * 16384u >> highest / 2;
    } else {
        entry = reciprocal_entry(n);
        output = entry * 16384u >> highest;
    }
    return input < 0 ? ~output : output;
}
