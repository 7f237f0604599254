/* deepcalls: recursion deeper than any return ring.
 *
 * Isolates the depth limit of the `returns` axis: SIZE descents of -d N levels (default 256), each all the way down
 * and all the way up. A ring of R entries predicts the first R returns of an ascent and none of the others; a
 * strategy that clears on a mismatch pays once, one that keeps probing pays N-R times; the host's own return stack
 * has its limit too.
 *
 * Two functions in turn with work after the call, so that neither tail calls nor unrolling can flatten the
 * recursion.
 */
#include "common.h"

static APART uint32_t descend_b(uint32_t n, uint32_t salt);

static APART uint32_t descend_a(uint32_t n, uint32_t salt) {
    if (n == 0)
        return salt;
    return 3 * descend_b(n - 1, salt) + 1;
}

static APART uint32_t descend_b(uint32_t n, uint32_t salt) {
    if (n == 0)
        return salt;
    return 3 * descend_a(n - 1, salt) + 1;
}

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
    uint32_t depth = 256, sum = 0, want = 0;
    const struct option options[] = {{'d', &depth, 1, 20000}};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));

    for (uint32_t i = 0; i < size; i++) {
        sum += descend_a(depth, i);
        want += closed_form(depth, i);
    }
    expect("sum of descents", sum, want);
    return finish(sum);
}
