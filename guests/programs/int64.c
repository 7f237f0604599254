/* int64: 64-bit integers on a 32-bit instruction set.
 *
 * Isolates what a pair of registers costs: carries rebuilt with SLTU, MULTU with HI and LO, shifts across two
 * registers, and a division that becomes a call of a library routine, where a 64-bit host has one instruction for
 * each. The gap to native is the largest of the integer programs; idiom recognition in `passes` would show here.
 * SIZE is the number of steps of a 64-bit generator, in units of 64, each with a rotate, an addition and every
 * eighth with a division.
 *
 * The generator is checked over its whole length by jumping ahead; the divisions of the first steps by long
 * division.
 */
#include "common.h"

static const uint64_t MUL = 6364136223846793005u, ADD = 1442695040888963407u;

enum { CHECKED = 16 };

struct state {
    uint64_t x, sum, quotients;
};

static APART void steps(struct state *s, uint32_t count) {
    uint64_t x = s->x, sum = s->sum, quotients = s->quotients;
    for (uint32_t i = 0; i < count; i++) {
        x = x * MUL + ADD;
        sum += x << (i & 31) | x >> 33;
        if ((i & 7) == 7)
            quotients ^= x / (sum >> (i & 63) | 1);
    }
    s->x = x;
    s->sum = sum;
    s->quotients = quotients;
}

static uint64_t jump_ahead(uint64_t x, uint64_t n) {
    uint64_t mul = MUL, add = ADD;
    for (; n; n >>= 1) {
        if (n & 1)
            x = x * mul + add;
        add = mul * add + add;
        mul *= mul;
    }
    return x;
}

/* Bit by bit, in 32-bit halves of the remainder: shares nothing with the library's division. */
static uint64_t long_division(uint64_t n, uint64_t d) {
    uint64_t q = 0, r = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t top = r >> 63;
        r = r << 1 | (n >> bit & 1);
        if (top || r >= d) {
            r -= d;
            q |= (uint64_t)1 << bit;
        }
    }
    return q;
}

static struct state slow_steps(struct state s, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        s.x = jump_ahead(s.x, 1);
        s.sum += (s.x << (i & 31)) | (s.x >> 33);
        if (i % 8 == 7)
            s.quotients ^= long_division(s.x, s.sum >> (i & 63) | 1);
    }
    return s;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 100, NULL, 0);
    struct state s = {1, 0, 0}, slow = s;

    for (uint32_t i = 0; i < size; i++) {
        steps(&s, 64);
        if (i < CHECKED) {
            slow = slow_steps(slow, 64);
            expect("sum", s.sum, slow.sum);
            expect("quotients", s.quotients, slow.quotients);
        }
    }
    expect("generator after all steps", s.x, jump_ahead(1, (uint64_t)size * 64));
    return finish(s.sum ^ s.quotients);
}
