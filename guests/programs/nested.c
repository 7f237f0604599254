/* nested: loops of few turns inside loops of many.
 *
 * Isolates how regions are formed (axis `region`): an inner loop of -t N turns (default 3) within an outer one, both
 * in a function that is called often. Single blocks link to each other; a trace has to cross an edge that leaves the
 * inner loop once in N; a loop region has the whole nest and can keep guest registers in host registers over the
 * back edges. SIZE is the number of calls with 64 turns of the outer loop.
 *
 * The value is an affine map applied a known number of times, found again by squaring.
 */
#include "common.h"

enum { OUTER = 64 };

static APART uint32_t nest(uint32_t v, uint32_t turns) {
    for (uint32_t i = 0; i < OUTER; i++) {
        for (uint32_t k = 0; k < turns; k++) {
            v = v * 5 + 3;
            OPAQUE(v);
        }
        v += 7;
        OPAQUE(v);
    }
    return v;
}

struct affine {
    uint32_t mul, add;
};

static struct affine then(struct affine f, struct affine g) /* first f, then g */
{
    return (struct affine){g.mul * f.mul, g.mul * f.add + g.add};
}

static struct affine power(struct affine f, uint32_t n) {
    struct affine r = {1, 0};
    for (; n; n >>= 1, f = then(f, f))
        if (n & 1)
            r = then(r, f);
    return r;
}

int work(int argc, char **argv) {
    uint32_t turns = 3, v = 1;
    const struct option options[] = {{'t', &turns, 1, 1000000}};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));

    for (uint32_t i = 0; i < size; i++)
        v = nest(v, turns);
    struct affine turn = then(power((struct affine){5, 3}, turns), (struct affine){1, 7});
    struct affine all = power(power(turn, OUTER), size);
    expect("value after all turns", v, all.mul + all.add);
    return finish(v);
}
