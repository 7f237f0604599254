/* longjmp: returns that never happen.
 *
 * Isolates the mismatch path of the `returns` axis: SIZE times, twelve calls go down and a longjmp leaves them all at
 * once, then a few ordinary calls and returns follow. A ring of return addresses is left with twelve stale entries;
 * strategies differ in whether they clear, pop to the match or go on missing. The jump itself is an indirect branch
 * with one target.
 */
#include "throw.h"

enum { DEPTH = 12 };

static APART uint32_t leaf(uint32_t v) {
    return v * 5 + 1;
}
static APART uint32_t inner(uint32_t v) {
    return leaf(v) + leaf(v + 1);
}
static APART uint32_t outer(uint32_t v) {
    return inner(v) + inner(v + 2);
}

static APART uint32_t one_round(uint32_t i) {
    int caught = _setjmp(back);
    if (caught == 0)
        return throw_a(DEPTH, i); /* not reached by a return */
    return outer((uint32_t)caught);
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 100, NULL, 0), sum = 0, want = 0;
    for (uint32_t i = 0; i < size; i++) {
        sum += one_round(i);
        want += 20 * caught_of(DEPTH, i) + 34; /* outer(v) is 5 * (v + v+1 + v+2 + v+3) + 4 */
    }
    expect("sum of rounds", sum, want);
    return finish(sum);
}
