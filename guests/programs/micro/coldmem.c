/* coldmem: memory touched for the first time.
 *
 * SimBench's cold-memory kind: one word in each of 256 fresh pages is written and read, then a new anonymous mapping
 * is placed over the same addresses and it starts again. Soft TLBs and page tables fill entry by entry and every
 * mapping change empties them; host mappings take a host page fault each. SIZE is the number of pages in units of
 * 256.
 *
 * The pages must read as zero before they are written: a stale mapping shows.
 */
#include "common.h"
#include <sys/mman.h>

enum { PAGES = 256, PAGE = 4096 };

static uint8_t *map(void *where) {
    int fixed = where ? MAP_FIXED : 0;
    void *p = mmap(where, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | fixed, -1, 0);
    if (p == MAP_FAILED)
        _exit(1);
    return p;
}

static APART uint32_t touch(uint8_t *memory, uint32_t value) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < PAGES; i++) {
        /* another offset in every page, or all words would fall into one set of the host's cache */
        volatile uint32_t *word = (volatile uint32_t *)(void *)(memory + i * PAGE + i % 64 * 64);
        sum |= *word ? 0x80000000 : 0;
        *word = value + i;
    }
    for (uint32_t i = 0; i < PAGES; i++)
        sum += *(volatile uint32_t *)(void *)(memory + i * PAGE + i % 64 * 64);
    return sum;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 2, NULL, 0), sum = 0;
    uint8_t *memory = map(NULL);

    for (uint32_t i = 0; i < size; i++) {
        uint32_t value = i & 0xffff, got = touch(memory, value);
        expect("sum of a word per page", got, PAGES * value + PAGES * (PAGES - 1) / 2);
        sum = mix(sum, got);
        map(memory);
    }
    munmap(memory, PAGES * PAGE);
    return finish(sum);
}
