/* bodies: calls of a function with a chosen amount of work.
 *
 * Isolates the price of crossing a border once a call (axes `offload`, `returns`, `tier`): -w N steps of work
 * (default 16, 1 to 100000) in a leaf function with two arguments and one result, called without pause. With
 * offloading there is a size below which crossing into host code costs more than it saves; the sweep over -w finds
 * it. SIZE is the number of steps of work in units of 4096, whatever N is: the work stays the same and only the
 * number of calls changes.
 *
 * Checked by jumping ahead in the generator that the function steps through.
 */
#include "common.h"
#include "offload.h"

enum { UNIT = 4096 };
static const uint32_t MUL = 1664525, ADD = 1013904223;

/* The function to offload: not static, so that its name is in the symbol table. */
APART uint32_t offloadable(uint32_t v, uint32_t steps) {
    for (; steps; steps--) {
        v = v * MUL + ADD;
        OPAQUE(v);
    }
    return v;
}
OFFLOAD(uint32_t, offloadable, uint32_t, uint32_t);

#ifndef OFFLOAD_OBJECT
static uint32_t jump_ahead(uint32_t v, uint64_t n) {
    uint32_t mul = MUL, add = ADD;
    for (; n; n >>= 1) {
        if (n & 1)
            v = mul * v + add;
        add = mul * add + add;
        mul *= mul;
    }
    return v;
}

int work(int argc, char **argv) {
    uint32_t work = 16, v = 1;
    const struct option options[] = {{'w', &work, 1, 100000}};
    uint32_t size = arguments(argc, argv, 10, options, COUNT(options));
    uint64_t steps = (uint64_t)size * UNIT, left = steps;

    for (; left >= work; left -= work)
        v = offloadable(v, work);
    v = offloadable(v, (uint32_t)left);
    expect("generator after all steps", v, jump_ahead(1, steps));
    return finish(v);
}
#endif
