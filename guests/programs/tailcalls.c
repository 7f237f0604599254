/* tailcalls: a state machine of functions that end by jumping to the next.
 *
 * Isolates jumps that look like calls: eight states, each a function entered by a direct jump from another (a
 * sibling call), with a single return after 64 of them. A strategy that takes JAL for a call and JR RA for its
 * return sees one pair per 64 blocks; one that finds functions by call targets sees none of the borders. With -i the
 * next state comes from a table (JR to a register that is not RA: an indirect jump with a varying target that must
 * not be taken for a return).
 */
#include "common.h"

enum { STATES = 8, STEPS = 64 };

typedef uint32_t (*state_fn)(uint32_t v, uint32_t left);
extern const state_fn state_table[STATES];

/* Everything about a state but where it goes; `salt` makes the eight different. */
#define WORK(salt) (v = (v ^ (salt)) * 5 + (v >> 3))

#define STATE(n, next)                                                                                                 \
    static APART uint32_t direct_##n(uint32_t v, uint32_t left) {                                                      \
        WORK(0x1111u * (n));                                                                                           \
        if (left == 0)                                                                                                 \
            return v;                                                                                                  \
        return direct_##next(v, left - 1);                                                                             \
    }                                                                                                                  \
    static APART uint32_t table_##n(uint32_t v, uint32_t left) {                                                       \
        WORK(0x1111u * (n));                                                                                           \
        if (left == 0)                                                                                                 \
            return v;                                                                                                  \
        return state_table[v >> 9 & (STATES - 1)](v, left - 1);                                                        \
    }

static APART uint32_t direct_0(uint32_t v, uint32_t left);
STATE(5, 0)
STATE(2, 5)
STATE(7, 2)
STATE(4, 7)
STATE(1, 4) STATE(6, 1) STATE(3, 6) STATE(0, 3)

    const state_fn state_table[STATES] = {table_0, table_1, table_2, table_3, table_4, table_5, table_6, table_7};

/* The same machine as a loop. */
static uint32_t reference(uint32_t v, bool indirect) {
    uint32_t n = 0;
    for (uint32_t left = STEPS;; left--) {
        WORK(0x1111u * n);
        if (left == 0)
            return v;
        n = indirect ? v >> 9 & (STATES - 1) : (n + 3) % STATES;
    }
}

int work(int argc, char **argv) {
    uint32_t indirect = 0, sum = 0;
    const struct option options[] = {{'i', &indirect, 0, 0}};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));

    for (uint32_t i = 0; i < size; i++) {
        uint32_t v = indirect ? table_0(i, STEPS) : direct_0(i, STEPS);
        if ((i & 63) == 0) /* one in 64, so that the check is not what is measured */
            expect("state after 64 steps", v, reference(i, indirect));
        sum = mix(sum, v);
    }
    return finish(sum);
}
