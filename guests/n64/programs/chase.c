/* Pointer chasing through 512 KiB, a node in each 64 bytes. Option 0: in KSEG0; 1 + N: in pages of 4 KiB << 2N in
 * KUSEG, of which the TLB holds 64 pages. */
#include "rom.h"

enum { NODES = 8192 };
struct node {
    struct node *next;
    u32 value, room[14];
};

u64 work(u32 size, u32 option) {
    struct node *nodes = option ? map_pages(NODES * sizeof(struct node), option - 1) : ARENA;
    u32 at = 0, sum = 0;
    for (u32 i = 0; i < NODES; i++) { /* one cycle through all: multiplier 5, odd increment */
        u32 next = (at * 5 + 4093) % NODES;
        nodes[at].value = i;
        nodes[at].next = nodes + next;
        at = next;
    }
    struct node *n = nodes;
    for (u32 i = 0; i < size * 1024; i++) {
        sum += n->value;
        n = n->next;
    }
    expect(n->value == size * 1024 % NODES, "place in the cycle");
    return sum;
}
