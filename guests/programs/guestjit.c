/* guestjit: a guest that is a translator itself.
 *
 * Isolates fresh code (axes `invalidate`, `tier`): random expressions are compiled to machine code, each is run -n N
 * times (default 10) and thrown away; the next goes behind it until the buffer is full, then the buffer is reused
 * from its start. Every translation is of new bytes, partly at addresses that held others: what LuaJIT or a regular
 * expression compiler does to a translator. SIZE is the number of expressions. Flushed unless -u or -y (emit.h).
 *
 * Checked by an interpreter of the same expressions, at every run of every expression.
 */
#include "emit.h"

enum { BUFFER = 32768, MAX_OPS = 24 };

/* One step of an expression: res = res OP operand. */
struct step {
    uint8_t op, operand; /* operand: 0 = a, 1 = b, 2 = constant, 3 = shift left by constant */
    int16_t constant;
};

static uint32_t random_expression(struct step *steps, uint32_t *seed) {
    uint32_t count = 8 + (next_random(seed) >> 8) % (MAX_OPS - 8);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t r = next_random(seed);
        steps[i] = (struct step){r >> 4 & 3, r >> 8 & 3, (int16_t)(r >> 16)};
    }
    return count;
}

static const enum alu operators[] = {OP_ADD, OP_SUB, OP_XOR, OP_MUL};

static uint8_t *compile(uint8_t *to, const struct step *steps, uint32_t count) {
    struct code c = {to};
    code_op(&c, OP_MOVE, R_RES, R_A);
    for (uint32_t i = 0; i < count; i++) {
        const struct step *s = &steps[i];
        if (s->operand == 3) {
            code_shl(&c, R_RES, s->constant & 7);
            code_addi(&c, R_RES, R_RES, s->constant);
        } else if (s->operand == 2) {
            code_li(&c, R_T, (uint32_t)s->constant * 65537u);
            code_op(&c, operators[s->op], R_RES, R_T);
        } else {
            code_op(&c, operators[s->op], R_RES, s->operand ? R_B : R_A);
        }
    }
    code_ret(&c);
    code_sync(to, c.at);
    return c.at;
}

static uint32_t interpret(const struct step *steps, uint32_t count, uint32_t a, uint32_t b) {
    uint32_t v = a;
    for (uint32_t i = 0; i < count; i++) {
        const struct step *s = &steps[i];
        uint32_t x = s->operand == 2 ? (uint32_t)s->constant * 65537u : s->operand ? b : a;
        if (s->operand == 3) {
            v = (v << (s->constant & 7)) + (uint32_t)s->constant;
            continue;
        }
        switch (s->op) {
        case 0: v += x; break;
        case 1: v -= x; break;
        case 2: v ^= x; break;
        default: v *= x; break;
        }
    }
    return v;
}

int work(int argc, char **argv) {
    uint32_t runs = 10, seed = 0xbeef, v = 1;
    const struct option options[] = {{'n', &runs, 1, 1000000}, CODE_OPTIONS};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));
    uint8_t *buffer = code_memory(BUFFER), *at = buffer;
    struct step steps[MAX_OPS];

    for (uint32_t i = 0; i < size; i++) {
        uint32_t count = random_expression(steps, &seed);
        if (at + (2 * MAX_OPS + 2) * CODE_MAX_BYTES > buffer + BUFFER)
            at = buffer;
        uint8_t *end = compile(at, steps, count);
        for (uint32_t k = 0; k < runs; k++) {
            uint32_t got = code_entry(at)(v, k);
            if (k < 4)
                expect("generated code", got, interpret(steps, count, v, k));
            v = mix(v, got);
        }
        at += ((size_t)(end - at) + 15) & ~(size_t)15;
    }
    return finish(v);
}
