/* chase: dependent loads.
 *
 * Isolates the latency of the memory path (axis `memory`): every load's address is the value loaded before, so
 * whatever a strategy adds to an access (a table look-up, a tag compare, a byte swap) is on the critical path and
 * can't be hidden by the host's parallelism. -n N nodes of 16 bytes: 1024 (default) stay in the first-level cache,
 * 262144 (4 MiB) don't and miss in a small soft TLB as well. SIZE is the number of steps in units of 1024.
 *
 * The nodes form one cycle in a random order that is kept beside them, so that the place after any number of steps
 * is known.
 */
#include "common.h"
#include <sys/mman.h>

struct node {
    struct node *next;
    uint32_t value;
} __attribute__((aligned(16)));

enum { MAX_NODES = 1 << 20, STEPS = 1024 };

static struct node *nodes;
static uint32_t *order;

static void *pages(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        _exit(1);
    return p;
}

static void build(uint32_t count) {
    uint32_t seed = 0x1234567;
    if (!nodes) { /* a repetition finds its pages warm */
        nodes = pages(count * sizeof *nodes);
        order = pages(count * sizeof *order);
    }
    for (uint32_t i = 0; i < count; i++) { /* Fisher and Yates, inside out; multiply instead of divide */
        uint32_t j = (uint32_t)((uint64_t)next_random(&seed) * (i + 1) >> 32);
        order[i] = order[j];
        order[j] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        nodes[order[i]].next = &nodes[order[i + 1 < count ? i + 1 : 0]];
        nodes[order[i]].value = order[i];
    }
}

static APART struct node *walk(struct node *p, uint32_t count) {
    for (; count; count--) {
        p = p->next;
        OPAQUE(p); /* keeps the loop as it is: one load, no unrolling */
    }
    return p;
}

int work(int argc, char **argv) {
    uint32_t count = 1024;
    const struct option options[] = {{'n', &count, 1, MAX_NODES}};
    uint32_t size = arguments(argc, argv, 10, options, COUNT(options));

    build(count);
    struct node *p = &nodes[order[0]];
    for (uint32_t i = 0; i < size; i++)
        p = walk(p, STEPS);
    expect("node reached", p->value, order[(uint64_t)size * STEPS % count]);
    return finish(p->value);
}
