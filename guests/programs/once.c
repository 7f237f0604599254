/* once: four thousand functions, each run once.
 *
 * Isolates the cost of translating (axes `backend`, `tier`, `code-memory`): 4096 different functions of 40 to 70
 * instructions in several blocks, called in order. SIZE is how many calls are made: up to 4096 every call is the
 * first of its function, and time is translation time; beyond, the functions come round again, so that SIZE = 4096 *
 * k is k runs of each: the abscissa of a break-even curve, and with all of them alive (several hundred KiB of guest
 * code) a load for the host's instruction cache and for look-up tables. -f N takes only the first N functions, to
 * choose how much code that is. A native run of 4096 takes well under a millisecond; that is the nature of the thing.
 *
 * The functions come from one macro whose number is a compile-time constant: it selects shape and constants. A loop
 * with a table of the same shapes checks every call of the first round and every 64th afterwards.
 *
 * Compiled for debugging: the code is much like that of -O2 here, and made in a third of the time.
 */
#pragma GCC optimize("Og")
#include "common.h"

#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t scramble(uint32_t v, uint32_t n) {
    v ^= v >> 7;
    v = v * 9 + n * 0x9e37u;
    v ^= v << 11;
    return v + (v >> 3);
}

/* Four shapes: branches, a short loop, straight line, a switch-like ladder. */
INLINE uint32_t body(uint32_t n, uint32_t v) {
    v = scramble(v, n);
    switch (n & 3) {
    case 0:
        if (v & 1 << (n >> 2 & 7))
            v = v * (n | 1) + 5;
        else
            v = (v >> 1) - n;
        break;
    case 1:
        for (uint32_t i = v & 3; i < 4; i++) {
            v += i * n;
            OPAQUE(v);
        }
        break;
    case 2:
        v = (v ^ n << 13) + (v >> 9);
        v = (v | n) - (v & 0x1234);
        v = v * 5 + (v >> 16);
        break;
    default:
        if (v % 16 < 4)
            v += n;
        else if (v % 16 < 9)
            v ^= n << 4;
        else
            v -= n * 3;
        break;
    }
    return scramble(v, n ^ 0x5555);
}

#define F(n)                                                                                                           \
    static APART uint32_t f_##n(uint32_t v) {                                                                          \
        return body(0x##n, v);                                                                                         \
    }
#define P(n) f_##n,
/* A macro doesn't expand inside itself: one list of sixteen for each hexadecimal digit. */
#define LOW(m, n)                                                                                                      \
    m(n##0) m(n##1) m(n##2) m(n##3) m(n##4) m(n##5) m(n##6) m(n##7) m(n##8) m(n##9) m(n##a) m(n##b) m(n##c) m(n##d)    \
        m(n##e) m(n##f)
#define MID(m, n)                                                                                                      \
    m(n##0) m(n##1) m(n##2) m(n##3) m(n##4) m(n##5) m(n##6) m(n##7) m(n##8) m(n##9) m(n##a) m(n##b) m(n##c) m(n##d)    \
        m(n##e) m(n##f)
#define F1(n) LOW(F, n)
#define P1(n) LOW(P, n)
#define FF(n) MID(F1, n)
#define PP(n) MID(P1, n)

FF(0) FF(1) FF(2) FF(3) FF(4) FF(5) FF(6) FF(7) FF(8) FF(9) FF(a) FF(b) FF(c) FF(d) FF(e) FF(f)

static uint32_t (*const functions[])(uint32_t) = {
    PP(0) PP(1) PP(2) PP(3) PP(4) PP(5) PP(6) PP(7) PP(8) PP(9) PP(a) PP(b) PP(c) PP(d) PP(e) PP(f)
};

static APART uint32_t model(uint32_t n, uint32_t v) {
    return body(n, v);
}

int work(int argc, char **argv) {
    uint32_t count = COUNT(functions), v = 1, n = 0;
    const struct option options[] = {{'f', &count, 1, COUNT(functions)}};
    uint32_t size = arguments(argc, argv, 256, options, COUNT(options));
    _Static_assert(COUNT(functions) == 4096, "sixteen cubed");

    for (uint32_t i = 0; i < size; i++, n = n + 1 == count ? 0 : n + 1) {
        uint32_t before = v;
        v = functions[n](v);
        if (i < COUNT(functions) || (i & 63) == 0)
            expect("a function's value", v, model(n, before));
    }
    return finish(v);
}
