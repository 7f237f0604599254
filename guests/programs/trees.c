/* trees: many small allocations.
 *
 * Isolates what allocation-heavy programs do to a translator: calls into a large library routine with many paths
 * (malloc and free), recursion with two calls a level, scattered memory that is written once and read once, memory
 * growing by brk. SIZE is the number of trees of depth 9 (1023 nodes) built, summed and freed; every fourth stays
 * alive for a while, so that the free lists don't simply empty.
 *
 * The number of nodes and the sum of their values are known in closed form.
 */
#include "common.h"
#include <stdlib.h>

enum { DEPTH = 9, KEPT = 8 };

struct tree {
    struct tree *left, *right;
    uint32_t value;
};

/* Values are numbered as in a heap: root 1, children 2n and 2n+1. */
static APART struct tree *build(int depth, uint32_t number) {
    struct tree *t = malloc(sizeof *t);
    if (!t)
        _exit(1);
    t->value = number;
    t->left = depth ? build(depth - 1, 2 * number) : NULL;
    t->right = depth ? build(depth - 1, 2 * number + 1) : NULL;
    return t;
}

static APART uint32_t total(const struct tree *t) {
    return t ? t->value + total(t->left) + total(t->right) : 0;
}

static APART uint32_t drop(struct tree *t) {
    if (!t)
        return 0;
    uint32_t count = 1 + drop(t->left) + drop(t->right);
    free(t);
    return count;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 4, NULL, 0), sum = 0, count = 0, freed = 0;
    const uint32_t nodes = (2u << DEPTH) - 1;
    struct tree *kept[KEPT] = {NULL};

    for (uint32_t i = 0; i < size; i++) {
        struct tree *t = build(DEPTH, 1);
        uint32_t got = total(t);
        expect("sum of a tree", got, nodes * (nodes + 1) / 2);
        sum = mix(sum, got + i);
        count += nodes;
        if (i % 4 == 0) {
            freed += drop(kept[i / 4 % KEPT]);
            kept[i / 4 % KEPT] = t;
        } else {
            freed += drop(t);
        }
    }
    for (int i = 0; i < KEPT; i++)
        freed += drop(kept[i]);
    expect("nodes freed", freed, count);
    return finish(sum);
}
