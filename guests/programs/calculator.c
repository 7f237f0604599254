/* calculator: a stack calculator of expressions in reverse Polish notation.
 *
 * Isolates the axis `specialize`: the expression is a run-time constant of the calculator's loop, and where it is known the
 * loop unrolls, its switch is decided at each step, and the stack pointer is a number. The expression of Auslander et
 * al., PLDI 1996: xy - 3y^2 - x^2 + (x+5)(y-x) + x + y - 1, with other constants for each of -n N expressions in turn. SIZE
 * is the number of rounds of 64 evaluations. Every evaluation of the first rounds and each eighth round is checked
 * against the formula in C.
 */
#include "annotate.h"
#include "common.h"

enum { ADD, SUB, MUL, NUMBER, X, Y, DONE };
enum { LENGTH = 40, EXPRESSIONS = 16, STACK = 8, EVALUATIONS = 64 };

/* On pages of its own: a translator may watch writes there. */
struct expression {
    uint32_t code[LENGTH];
    uint32_t length;
} _Alignas(4096) expressions[EXPRESSIONS];

APART uint32_t calculate(const uint32_t *code, uint32_t bytes, uint32_t x, uint32_t y) {
    uint32_t stack[STACK], *top = stack;
    SPECIALIZE_FOR(code, bytes);
    for (;;) {
        switch (*code++) {
        case ADD: top[-2] += top[-1], top--; break;
        case SUB: top[-2] -= top[-1], top--; break;
        case MUL: top[-2] *= top[-1], top--; break;
        case NUMBER: *top++ = *code++; break;
        case X: *top++ = x; break;
        case Y: *top++ = y; break;
        default: return top[-1];
        }
    }
}

static void make(struct expression *e, uint32_t three, uint32_t five, uint32_t one) {
    const uint32_t code[] = {X, Y, MUL, NUMBER, three, Y,   MUL, Y, MUL, SUB, X, X,   MUL, SUB,    X,   NUMBER,
                             five, ADD, Y, X, SUB,  MUL, ADD, X, ADD, Y, ADD, NUMBER, one, SUB, DONE};
    memcpy(e->code, code, sizeof code);
    e->length = sizeof code;
}

static uint32_t formula(uint32_t x, uint32_t y, uint32_t three, uint32_t five, uint32_t one) {
    return x * y - three * y * y - x * x + (x + five) * (y - x) + x + y - one;
}

int work(int argc, char **argv) {
    uint32_t count = 1;
    const struct option options[] = {{'n', &count, 1, EXPRESSIONS}};
    uint32_t size = arguments(argc, argv, 4, options, COUNT(options)), sum = 0;

    for (uint32_t i = 0; i < count; i++)
        make(&expressions[i], 3 + i, 5 + i * i, 1 + i);
    for (uint32_t i = 0; i < size; i++) {
        uint32_t n = i % count;
        const struct expression *e = &expressions[n];
        for (uint32_t k = 0; k < EVALUATIONS; k++) {
            uint32_t x = i * 7 + k, y = i ^ k * 3, v = calculate(e->code, e->length, x, y);
            if (i < EXPRESSIONS || (i & 7) == 0)
                expect("expression", v, formula(x, y, 3 + n, 5 + n * n, 1 + n));
            sum = mix(sum, v);
        }
    }
    return finish(sum);
}
