/* bigtext: calls all over a text segment of 10 MiB.
 *
 * Isolates what much translated code does to finding it again (axes `lookup`, `inline-cache`, `code-memory`): 40960
 * functions of six instructions in 256 bytes each (bigtext.S), called through one pointer in an order that never has two
 * neighbours. Every call misses an inline cache, so that the cost of a call is the cost of a look-up among as many
 * translations as there are functions. -f N takes only the first N of them: the same calls with little text. SIZE counts
 * 1024 calls.
 *
 * A call's value depends on the one before and on the function's number; the same step in C checks every call of the first
 * two rounds and every 64th afterwards.
 */
#include "common.h"

enum { FUNCTIONS = 40960, DISTANCE = 256, STRIDE = 16411 }; /* the stride is a prime that divides no number up to it */

extern char bigtext[];

static uint32_t call(uint32_t n, uint32_t v) {
    uint32_t (*f)(uint32_t) = (uint32_t(*)(uint32_t))(uintptr_t)(bigtext + (size_t)n * DISTANCE);
    return f(v);
}

static APART uint32_t model(uint32_t n, uint32_t v) {
    uint32_t w = (v ^ n) * 33;
    return w ^ w >> 7;
}

int work(int argc, char **argv) {
    uint32_t count = FUNCTIONS, v = 1, n = 0;
    const struct option options[] = {{'f', &count, 1, FUNCTIONS}};
    uint32_t size = arguments(argc, argv, 64, options, COUNT(options));
    uint32_t step = STRIDE % count;

    for (uint32_t i = 0; i < size; i++)
        for (uint32_t k = 0; k < 1024; k++) {
            uint32_t before = v;
            v = call(n, v);
            if (i * 1024 + k < 2 * count || (k & 63) == 0)
                expect("a function's value", v, model(n, before));
            n += step;
            if (n >= count)
                n -= count;
        }
    return finish(v);
}
