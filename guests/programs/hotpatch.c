/* hotpatch: one instruction of a hot function rewritten every n calls.
 *
 * Isolates the cost of a single invalidation (axis `invalidate`): a function of a dozen instructions is called
 * without pause, and every -n N calls (default 100) the immediate of one of its instructions is changed by one
 * 32-bit store, followed by a cache flush unless -u or -y (emit.h). Translating again costs the more the smaller N
 * is; a strategy may drop the block, the page, or move to checking. SIZE is the number of calls in units of 64,
 * rounded up to a whole number of patches. On the host the same pattern patches x86-64 code. -u is outside the
 * architecture: real MIPS hardware may go on with the old instruction, and so may a strategy that waits to be told;
 * then the program says FAILED.
 *
 * The first calls after each patch are checked against the function in C.
 */
#include "emit.h"

enum { CALLS = 64, CHECKED = 3 };

static uint8_t *patch_site;

static void build(uint8_t *to) {
    struct code c = {to};
    code_op(&c, OP_MOVE, R_RES, R_A);
    code_op(&c, OP_MOVE, R_T, R_B);
    code_shl(&c, R_T, 3);
    code_op(&c, OP_XOR, R_RES, R_T);
    code_shl(&c, R_T, 5);
    code_op(&c, OP_ADD, R_RES, R_T);
    patch_site = c.at;
    code_addi(&c, R_RES, R_RES, 0);
    code_op(&c, OP_SUB, R_RES, R_B);
    code_ret(&c);
    code_sync(to, c.at);
}

static uint32_t model(uint32_t a, uint32_t b, int16_t k) {
    return (a ^ b << 3) + (b << 8) + (uint32_t)k - b;
}

static APART uint32_t run(code_fn f, uint32_t v, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++)
        v = f(v, i);
    return v;
}

int work(int argc, char **argv) {
    uint32_t every = 100, v = 1;
    const struct option options[] = {{'n', &every, 1, 100000000}, CODE_OPTIONS};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));
    uint64_t rounds = ((uint64_t)size * CALLS + every - 1) / every;
    uint32_t checked = every < CHECKED ? every : CHECKED;
    uint8_t *code = code_memory(4096);
    code_fn f = code_entry(code);

    build(code);
    for (uint64_t round = 0; round < rounds; round++) {
        int16_t k = (int16_t)(round * 257 & 0x3fff);
        code_patch(patch_site, k);
        code_sync(patch_site, patch_site + 4);
        for (uint32_t i = 0; i < checked; i++) {
            uint32_t want = model(v, i, k);
            v = f(v, i);
            expect("a call after a patch", v, want);
        }
        v = run(f, v, checked, every);
    }
    return finish(v);
}
