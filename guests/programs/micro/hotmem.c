/* hotmem: loads and stores that always hit.
 *
 * SimBench's hot-memory kind: four loads and two stores in a loop of a dozen instructions, on -p N pages in turn (a
 * power of two, default 1). With one page everything is cached everywhere and what is left is the fast path of axis
 * `memory`, instruction by instruction; with 1024 pages the host's caches still hold the data (one line a page) but
 * a soft TLB of fewer entries misses each time: SimBench's TLB eviction. SIZE is the number of turns in units of
 * 1024.
 *
 * Each turn adds known amounts, so the words at the end are known.
 */
#include "common.h"
#include <sys/mman.h>

enum { TURNS = 1024, PAGE = 4096, MAX_PAGES = 4096 };

static APART void run(uint8_t *memory, uint32_t mask, uint32_t from) {
    for (uint32_t i = from; i < from + TURNS; i++) {
        volatile uint32_t *w = (volatile uint32_t *)(void *)(memory + (i & mask) * PAGE + (i & mask & 31) * 64);
        uint32_t a = w[0], b = w[1], c = w[2], d = w[3];
        w[0] = a + b;
        w[3] = d + c;
    }
}

int work(int argc, char **argv) {
    uint32_t pages = 1, sum = 0, total = 0;
    const struct option options[] = {{'p', &pages, 1, MAX_PAGES}};
    uint32_t size = arguments(argc, argv, 4, options, COUNT(options));
    uint32_t mask = pages - 1;
    if (pages & mask)
        usage(argv[0], options, COUNT(options));
    static uint8_t *memory; /* a repetition finds its pages warm */
    if (!memory)
        memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return 1;
    for (uint32_t i = 0; i < pages; i++) {
        uint32_t *w = (uint32_t *)(void *)(memory + i * PAGE + (i & 31) * 64);
        w[0] = w[3] = 0;
        w[1] = 3;
        w[2] = 5;
    }
    for (uint32_t i = 0; i < size; i++)
        run(memory, mask, i * TURNS);
    for (uint32_t i = 0; i < pages; i++) {
        uint32_t *w = (uint32_t *)(void *)(memory + i * PAGE + (i & 31) * 64);
        total += w[0] + w[3];
        sum = mix(sum, w[0]);
    }
    expect("sum of all words", total, size * TURNS * 8);
    return finish(sum);
}
