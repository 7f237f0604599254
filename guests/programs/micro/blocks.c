/* blocks: code generation alone, by block length.
 *
 * The two code-generation micro-benchmarks of SimBench's kind: about 4096 instructions in blocks of -l N additions
 * (1: small blocks, 200: large blocks), each ending in a jump to the next. Every round changes the first instruction
 * of every block and runs each block once, so a round is one translation of everything, and the two lengths separate
 * the cost of a block from the cost of an instruction. With -k the code stays as it is: execution of the same
 * blocks, linked or not, without translation. SIZE is the number of rounds. Flushed unless -u or -y (emit.h).
 *
 * The sum of all immediates is the result, so it is known.
 */
#include "emit.h"

enum { INSTRUCTIONS = 4096, CODE_BYTES = INSTRUCTIONS * CODE_MAX_BYTES };

/* Every immediate is 1 until patched. Returns the number of blocks, and where each starts. */
static uint32_t build(uint8_t *at, uint32_t length, uint8_t **starts) {
    uint32_t count = 0;
    struct code c = {at};
    for (uint32_t used = 0; used + length + 2 <= INSTRUCTIONS - 4; used += length + 2) {
        starts[count++] = c.at;
        for (uint32_t i = 0; i < length; i++)
            code_addi(&c, R_RES, i + count == 1 ? R_A : R_RES, 1);
        struct code jump = c;
        code_skip(&jump, 0); /* only to learn its length */
        code_skip(&c, (unsigned)(jump.at - c.at));
    }
    code_ret(&c);
    code_sync(at, c.at);
    return count;
}

int work(int argc, char **argv) {
    static uint8_t *starts[INSTRUCTIONS];
    uint32_t length = 1, keep = 0, v = 0, want = 0;
    const struct option options[] = {{'l', &length, 1, 2000}, {'k', &keep, 0, 0}, CODE_OPTIONS};
    uint32_t size = arguments(argc, argv, 2, options, COUNT(options));
    uint8_t *code = code_memory(CODE_BYTES);
    uint32_t count = build(code, length, starts);

    for (uint32_t i = 0; i < size; i++) {
        int16_t k = keep ? 1 : (int16_t)(i & 0xfff);
        if (!keep) {
            for (uint32_t b = 0; b < count; b++)
                code_patch(starts[b], k);
            code_sync(code, code + CODE_BYTES);
        }
        v = code_entry(code)(v, 0);
        want += count * ((uint32_t)k + length - 1);
    }
    expect("sum of immediates", v, want);
    return finish(v);
}
