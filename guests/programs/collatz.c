/* collatz: conditional branches that nobody can predict.
 *
 * Isolates the conditional branch between two short arms (axes `link`, `region`): a two-arm block pair with a data-
 * dependent direction, both arms frequent. A trace recorded along one arm leaves it half of the time; two patched
 * arms take both. The cost of host mispredictions is the same as in the native run, which bounds the ratio. SIZE is
 * the number of starting values in units of 16, from 1 on, each followed down to 1.
 *
 * Checked against the same count found by remembering: a path stops as soon as it meets a number whose count is
 * known.
 */
#include "common.h"

enum { CHUNK = 16, REMEMBERED = 1024 };

/* Below 113383 no path leaves 32 bits. */
static APART uint32_t path_length(uint32_t v) {
    uint32_t steps = 0;
    while (v != 1) {
        steps++;
        if (v & 1) {
            v = 3 * v + 1;
            OPAQUE(v); /* a volatile statement in an arm: no conditional move instead of a branch */
        } else {
            v >>= 1;
        }
    }
    return steps;
}

/* Independent for the first numbers: from the counts of smaller numbers. */
static void check_first(void) {
    static uint16_t known[REMEMBERED];
    for (uint32_t start = 2; start < REMEMBERED; start++) {
        uint32_t v = start, steps = 0;
        while (v >= start) {
            v = v % 2 ? 3 * v + 1 : v / 2;
            steps++;
        }
        known[start] = (uint16_t)(steps + known[v]);
        if (start % 16 == 7)
            expect("path length", path_length(start), known[start]);
    }
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 10, NULL, 0), sum = 0;

    check_first();
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t k = 0; k < CHUNK; k++) /* starting values come round: the work stays linear in SIZE */
            sum = mix(sum, path_length(1 + (i * CHUNK + k) % 65536));
    return finish(sum);
}
