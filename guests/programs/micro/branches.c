/* branches: jumps and hardly anything else.
 *
 * The four dispatch micro-benchmarks of SimBench's kind: 32 blocks of one addition and a jump, run in a fixed cyclic
 * order. The jump is direct, or with -i an indirect one through a table (each site has one target); the blocks lie
 * in one 4 KiB page, or with -p each in a page of its own, which matters to strategies that link only within a page,
 * look up by page, or check mappings. SIZE is the number of turns in units of 64. The code is assembly (branches.S),
 * because its layout is the experiment.
 *
 * Each block adds its number plus one: the sum is known.
 */
#include "common.h"

enum { BLOCKS = 32, STRIDE = 13, TURNS = 64 };

typedef uint32_t chain_fn(uint32_t turns, void *const *table);
chain_fn direct_same, direct_inter, indirect_same, indirect_inter;
extern char direct_same_base[], direct_inter_base[], indirect_same_base[], indirect_inter_base[];

int work(int argc, char **argv) {
    uint32_t indirect = 0, pages = 0, sum = 0;
    const struct option options[] = {{'i', &indirect, 0, 0}, {'p', &pages, 0, 0}};
    uint32_t size = arguments(argc, argv, 10, options, COUNT(options));
    chain_fn *chain = indirect ? (pages ? indirect_inter : indirect_same) : (pages ? direct_inter : direct_same);
    char *base = pages ? indirect_inter_base : indirect_same_base;
    void *table[BLOCKS];

    for (uint32_t i = 0; i < BLOCKS; i++) /* spacing as in branches.S */
        table[i] = base + (i + STRIDE) % BLOCKS * (pages ? 4160 : 64);
    for (uint32_t i = 0; i < size; i++)
        sum += chain(TURNS, table);
    expect("sum of all blocks", sum, size * TURNS * (BLOCKS * (BLOCKS + 1) / 2));
    return finish(sum);
}
