/* indirect: one indirect call site with a chosen number of targets.
 *
 * Isolates the axis `inline-cache`: -f N (1 to 64) functions are called from one site. The order is a cycle through
 * the N targets by default (a one-entry cache misses every time from N = 2 on, while history-based host prediction
 * learns it), and with -r it is pseudo-random with a skew: half the calls go to target 0, a quarter to target 1 and
 * so on, as virtual calls do.
 *
 * The order is drawn before the loop, so that the loop itself is the call and nearly nothing else. Every target is
 * an affine map with its own constants; it starts on its own cache line, as functions do.
 */
#include "common.h"

enum { TARGETS = 64, PERIOD = 1024 };

typedef uint32_t (*target_fn)(uint32_t x);

#define MUL(n) (2u * (n) + 3)
#define ADD(n) (0x01000193u * ((n) + 1))
#define T(n)                                                                                                           \
    static APART __attribute__((aligned(64))) uint32_t target_##n(uint32_t x) {                                        \
        return x * MUL(n) + ADD(n);                                                                                    \
    }
#define T8(n) T(n##0) T(n##1) T(n##2) T(n##3) T(n##4) T(n##5) T(n##6) T(n##7)
#define N8(n)                                                                                                          \
    target_##n##0, target_##n##1, target_##n##2, target_##n##3, target_##n##4, target_##n##5, target_##n##6,           \
        target_##n##7

/* Octal names: 00 to 77 are 0 to 63. */
T8(0)
T8(01)
T8(02)
T8(03)
T8(04) T8(05) T8(06)
    T8(07) static const target_fn targets[TARGETS] = {N8(0), N8(01), N8(02), N8(03), N8(04), N8(05), N8(06), N8(07)};

static uint8_t order[PERIOD];
static target_fn calls[PERIOD];

static void draw_order(uint32_t fan_out, bool skewed) {
    uint32_t seed = 0x2545f491;
    for (uint32_t i = 0; i < PERIOD; i++) {
        uint32_t t = skewed ? (uint32_t)__builtin_ctz(next_random(&seed) | 0x80000000u) : i;
        order[i] = (uint8_t)(t % fan_out);
        calls[i] = targets[order[i]];
    }
}

static APART uint32_t run(uint32_t rounds, uint32_t x) {
    for (; rounds; rounds--)
        for (uint32_t i = 0; i < PERIOD; i++)
            x = calls[i](x);
    return x;
}

/* All calls of a round are one affine map; `rounds` of it by squaring. */
static uint32_t closed_form(uint32_t rounds, uint32_t x) {
    uint32_t mul = 1, add = 0;
    for (uint32_t i = 0; i < PERIOD; i++) {
        mul *= MUL(order[i]);
        add = add * MUL(order[i]) + ADD(order[i]);
    }
    for (; rounds; rounds >>= 1) {
        if (rounds & 1)
            x = mul * x + add;
        add = mul * add + add;
        mul *= mul;
    }
    return x;
}

int work(int argc, char **argv) {
    uint32_t fan_out = 4, skewed = 0;
    const struct option options[] = {{'f', &fan_out, 1, TARGETS}, {'r', &skewed, 0, 0}};
    uint32_t size = arguments(argc, argv, 10, options, COUNT(options));

    draw_order(fan_out, skewed);
    uint32_t x = run(size, 1);
    expect("value after all calls", x, closed_form(size, 1));
    return finish(x);
}
