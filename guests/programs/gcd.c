/* gcd: 32-bit division and remainder.
 *
 * Isolates DIV, DIVU, MULT and the HI and LO registers: a division is 20 to 40 cycles on a host too, needs two fixed
 * host registers, and kills a careless translator on INT_MIN / -1, which MIPS leaves without a trap. Greatest common
 * divisors by remainders, unsigned, then signed quotients and high halves of products. SIZE is the number of pairs
 * in units of 16.
 *
 * Checked against the binary algorithm (shifts and subtractions only) for every 16th pair.
 */
#include "common.h"

enum { PAIRS = 16 };

static APART uint32_t gcd(uint32_t a, uint32_t b) {
    while (b) {
        uint32_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

static APART uint32_t signed_part(int32_t a, int32_t b) {
    int32_t q = a / b, r = a % b;
    uint32_t high = (uint32_t)((uint64_t)((int64_t)a * b) >> 32);
    return (uint32_t)q ^ rotl32((uint32_t)r, 9) ^ high;
}

static uint32_t binary_gcd(uint32_t a, uint32_t b) {
    int shift = __builtin_ctz(a | b);
    a >>= __builtin_ctz(a);
    while (b) {
        b >>= __builtin_ctz(b);
        if (a > b) {
            uint32_t t = a;
            a = b;
            b = t;
        }
        b -= a;
    }
    return a << shift;
}

/* Sign and magnitude apart, bit by bit. */
static uint32_t slow_signed_part(int32_t a, int32_t b) {
    uint32_t n = a < 0 ? -(uint32_t)a : (uint32_t)a, d = b < 0 ? -(uint32_t)b : (uint32_t)b, q = 0, r = 0;
    uint64_t product = 0;
    for (int bit = 31; bit >= 0; bit--) {
        r = r << 1 | (n >> bit & 1);
        if (r >= d) {
            r -= d;
            q |= 1u << bit;
        }
        if (n >> bit & 1)
            product += (uint64_t)d << bit;
    }
    if ((a < 0) != (b < 0)) {
        q = -q;
        product = -product;
    }
    return q ^ rotl32(a < 0 ? -r : r, 9) ^ (uint32_t)(product >> 32);
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 10, NULL, 0), seed = 31, sum = 0;
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t k = 0; k < PAIRS; k++) {
            uint32_t a = next_random(&seed), b = next_random(&seed) >> (k & 7) | 1;
            int32_t divisor = (int32_t)(b >> 1 | 2) * (k & 1 ? -1 : 1); /* never 0 or -1 */
            uint32_t g = gcd(a, b), s = signed_part((int32_t)a, divisor);
            if (k == (i & 15)) {
                expect("greatest common divisor", g, binary_gcd(a, b));
                expect("signed quotient, remainder, product", s, slow_signed_part((int32_t)a, divisor));
            }
            sum = mix(sum, g ^ s);
        }
    return finish(sum);
}
