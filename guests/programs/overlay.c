/* overlay: two function bodies copied in turn into one buffer.
 *
 * Isolates the parameter `reuse` of axis `invalidate`: the bytes A, B, A, B, ... come back, so translations kept by
 * content can be taken up again where all others translate each time. Consoles with overlays and emulated programs
 * with swapped banks behave like this. -n N calls (default 20) are made between two copies; the copy writes the
 * whole body (about 150 bytes), far more than one word, and the flush follows unless -u or -y (emit.h). SIZE is the
 * number of copies.
 *
 * All bodies are as long as each other; they begin with the same two instructions and differ in nearly all others.
 * -s N selects how many different bodies take turns (2 to 8, default 2): a table of kept translations has a size.
 */
#include "emit.h"

enum { CHECKED = 16, BODIES = 8, STEPS = 12, ROOM = 512 };

static uint8_t bodies[BODIES][ROOM];

/* STEPS times: res = (res << 1) op b, res += constant; operator and constants by body. */
static const enum alu operators[] = {OP_ADD, OP_XOR, OP_SUB, OP_OR};

static size_t build(uint8_t *to, uint32_t which) {
    struct code c = {to};
    code_op(&c, OP_MOVE, R_RES, R_A);
    for (uint32_t i = 0; i < STEPS; i++) {
        code_shl(&c, R_RES, 1);
        code_op(&c, operators[(which + i) & 3], R_RES, R_B);
        code_addi(&c, R_RES, R_RES, (int16_t)(which * 100 + i));
    }
    code_ret(&c);
    return (size_t)(c.at - to);
}

static uint32_t model(uint32_t which, uint32_t a, uint32_t b) {
    for (uint32_t i = 0; i < STEPS; i++) {
        a <<= 1;
        switch (operators[(which + i) & 3]) {
        case OP_ADD: a += b; break;
        case OP_XOR: a ^= b; break;
        case OP_SUB: a -= b; break;
        default: a |= b; break;
        }
        a += which * 100 + i;
    }
    return a;
}

static APART uint32_t run(code_fn f, uint32_t v, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++)
        v = mix(v, f(v, i));
    return v;
}

static uint32_t run_model(uint32_t which, uint32_t v, uint32_t calls) {
    for (uint32_t i = 0; i < calls; i++)
        v = mix(v, model(which, v, i));
    return v;
}

int work(int argc, char **argv) {
    uint32_t calls = 20, count = 2, v = 0;
    const struct option options[] = {{'n', &calls, 1, 1000000}, {'s', &count, 2, BODIES}, CODE_OPTIONS};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));
    uint8_t *buffer = code_memory(4096);
    size_t length = 0;

    for (uint32_t i = 0; i < BODIES; i++)
        length = build(bodies[i], i);
    for (uint32_t i = 0; i < size; i++) {
        memcpy(buffer, bodies[i % count], length);
        code_sync(buffer, buffer + length);
        expect("first call after a copy", code_entry(buffer)(v, i), model(i % count, v, i));
        uint32_t before = v;
        v = run(code_entry(buffer), v, 0, calls);
        if (i < CHECKED)
            expect("calls after a copy", v, run_model(i % count, before, calls));
    }
    return finish(v);
}
