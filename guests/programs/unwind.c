/* unwind: one jump out of a few calls at the end of deep recursion.
 *
 * Isolates what is left of predicted returns after a wrong one (axis `returns`): SIZE descents of -d N levels (default
 * 12); at the end of each a setjmp, six calls further down and a longjmp out of them, then all levels return in order.
 * A ring that a mismatch clears has to look up all N returns; one that pops to the match loses one. `longjmp` throws
 * away more than is below and goes astray again at once; here all of it is below. The levels are two functions in turn,
 * as those of throw.h are.
 */
#include "throw.h"

enum { THROWN = 6 };

static APART uint32_t catch(uint32_t salt) {
    int caught = _setjmp(back);
    return caught == 0 ? throw_a(THROWN, salt) : (uint32_t)caught;
}

static APART uint32_t descend_b(uint32_t n, uint32_t salt);

static APART uint32_t descend_a(uint32_t n, uint32_t salt) {
    if (n == 0)
        return catch(salt);
    return 3 * descend_b(n - 1, salt) + 1;
}

static APART uint32_t descend_b(uint32_t n, uint32_t salt) {
    if (n == 0)
        return catch(salt);
    return 3 * descend_a(n - 1, salt) + 1;
}

int work(int argc, char **argv) {
    uint32_t depth = 12, sum = 0, want = 0, mul = 1, add = 0;
    const struct option options[] = {{'d', &depth, 1, 20000}};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));

    for (uint32_t n = 0; n < depth; n++) { /* what the levels make of x: mul * x + add */
        mul *= 3;
        add = 3 * add + 1;
    }
    for (uint32_t i = 0; i < size; i++) {
        sum += descend_a(depth, i);
        want += mul * caught_of(THROWN, i) + add;
    }
    expect("sum of descents", sum, want);
    return finish(sum);
}
