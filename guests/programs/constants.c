/* constants: code that would be better if it knew its data.
 *
 * Isolates the axis `specialize`: three functions whose second argument is a run-time constant for the whole run: a
 * polynomial with mostly zero coefficients, a packet filter whose rules are a table, and a dot product with a sparse
 * vector. Specialised to the constant, loops unroll, loads of it vanish, multiplications by 0 and 1 and tests
 * disappear; generic, they are interpreted every time. The functions are visible symbols for annotation. SIZE is the
 * number of rounds of 32 calls of each.
 *
 * Every function has a hand-specialised twin for the constants used here, which checks every eighth round.
 */
#include "common.h"

enum { DEGREE = 12, RULES = 6, LENGTH = 24, CALLS = 32 };

struct rule {
    uint8_t offset, test; /* test: 0 = equal, 1 = masked non-zero, 2 = below */
    uint16_t value;
};

uint32_t coefficients[DEGREE + 1] = {[0] = 5, [1] = 1, [7] = 3, [12] = 1};
struct rule rules[RULES] = {{0, 0, 4}, {1, 1, 0x30}, {3, 2, 200}, {4, 1, 0xff}, {7, 2, 90}, {9, 0, 6}};
int32_t sparse[LENGTH] = {[2] = 1, [5] = -1, [11] = 4, [23] = 1000};

APART uint32_t polynomial(uint32_t x, const uint32_t *c) {
    uint32_t sum = 0;
    for (int i = DEGREE; i >= 0; i--)
        sum = sum * x + c[i];
    return sum;
}

APART uint32_t matches(const uint8_t *packet, const struct rule *r) {
    uint32_t passed = 0;
    for (int i = 0; i < RULES; i++, r++) {
        uint8_t byte = packet[r->offset];
        switch (r->test) {
        case 0: passed += byte == r->value; break;
        case 1: passed += (byte & r->value) != 0; break;
        default: passed += byte < r->value; break;
        }
    }
    return passed;
}

APART int32_t dot_product(const int32_t *v, const int32_t *s) {
    int32_t sum = 0;
    for (int i = 0; i < LENGTH; i++)
        if (s[i])
            sum += v[i] * s[i];
    return sum;
}

static uint32_t polynomial_special(uint32_t x) {
    uint32_t x2 = x * x, x4 = x2 * x2, x7 = x4 * x2 * x;
    return 5 + x + 3 * x7 + x4 * x4 * x4;
}

static uint32_t matches_special(const uint8_t *p) {
    return (p[0] == 4) + ((p[1] & 0x30) != 0) + (p[3] < 200) + (p[4] != 0) + (p[7] < 90) + (p[9] == 6);
}

static int32_t dot_product_special(const int32_t *v) {
    return v[2] - v[5] + 4 * v[11] + 1000 * v[23];
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 4, NULL, 0), seed = 13, sum = 0;
    uint8_t packet[16];
    int32_t vector[LENGTH];

    for (uint32_t i = 0; i < size; i++) {
        for (int k = 0; k < 16; k++)
            packet[k] = (uint8_t)(next_random(&seed) % (k % 9 == 0 ? 8 : 256));
        for (int k = 0; k < LENGTH; k++)
            vector[k] = (int32_t)(next_random(&seed) & 0xfff) - 2048;
        for (uint32_t k = 0; k < CALLS; k++) {
            packet[k & 15]++;
            vector[k % LENGTH]++;
            uint32_t p = polynomial(k + i, coefficients), m = matches(packet, rules);
            int32_t d = dot_product(vector, sparse);
            if ((i & 7) == 0) {
                expect("polynomial", p, polynomial_special(k + i));
                expect("packet filter", m, matches_special(packet));
                expect("sparse product", (uint32_t)d, (uint32_t)dot_product_special(vector));
            }
            sum = mix(sum, p + m + (uint32_t)d);
        }
    }
    return finish(sum);
}
