/* chain: calls through different functions, each with a return address of its own.
 *
 * Isolates the size of a return ring (axis `returns`): SIZE descents through the first -d N functions (1 to 256,
 * default 64) of a chain, all the way down and all the way up. In `deepcalls` two call sites alternate, so the entries
 * that an overflowing ring has overwritten are right by chance; here every level returns to another place, and a ring of
 * R entries can be right no more than R times in an ascent.
 */
#include "common.h"

static APART uint32_t f_end0(uint32_t depth, uint32_t v) {
    (void)depth;
    return v;
}

#define F(n, next)                                                                                                     \
    static APART uint32_t f_##n(uint32_t depth, uint32_t v) {                                                          \
        if (depth == 0)                                                                                                \
            return v;                                                                                                  \
        return 3 * f_##next(depth - 1, v) + 1;                                                                         \
    }
/* Sixteen functions, the last first, so that each is known to the one that calls it. */
#define G(n, after)                                                                                                    \
    F(n##f, after##0) F(n##e, n##f) F(n##d, n##e) F(n##c, n##d) F(n##b, n##c) F(n##a, n##b) F(n##9, n##a)              \
        F(n##8, n##9) F(n##7, n##8) F(n##6, n##7) F(n##5, n##6) F(n##4, n##5) F(n##3, n##4) F(n##2, n##3)              \
            F(n##1, n##2) F(n##0, n##1)

G(f, end)
G(e, f)
G(d, e)
G(c, d)
G(b, c)
G(a, b) G(9, a) G(8, 9) G(7, 8) G(6, 7) G(5, 6) G(4, 5) G(3, 4) G(2, 3) G(1, 2) G(0, 1)

    /* n steps of x -> 3x+1 at once, by squaring the affine map. */
    static uint32_t closed_form(uint32_t n, uint32_t x) {
    uint32_t mul = 3, add = 1;
    for (; n; n >>= 1) {
        if (n & 1)
            x = mul * x + add;
        add = mul * add + add;
        mul *= mul;
    }
    return x;
}

int work(int argc, char **argv) {
    uint32_t depth = 64, sum = 0, want = 0;
    const struct option options[] = {{'d', &depth, 1, 256}};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));

    for (uint32_t i = 0; i < size; i++) {
        sum += f_00(depth - 1, i);
        want += closed_form(depth - 1, i);
    }
    expect("sum of descents", sum, want);
    return finish(sum);
}
