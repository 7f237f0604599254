/* atomics: load-linked and store-conditional.
 *
 * Isolates how LL/SC pairs are translated: as a compare-and-swap against a remembered value, as a reservation with a
 * check, or, in a program that has one thread, as plain accesses. One addition, one exchange and one compare-and-
 * swap a turn, without contention; C11's atomics, so the host has its LOCK-prefixed instructions. SIZE is the number
 * of turns in units of 64.
 */
#include "common.h"
#include <stdatomic.h>

enum { TURNS = 64 };

static _Atomic uint32_t counter, slot, best;

static APART uint32_t run(uint32_t from) {
    uint32_t sum = 0;
    for (uint32_t i = from; i < from + TURNS; i++) {
        uint32_t expected = i;
        atomic_fetch_add_explicit(&counter, 3, memory_order_relaxed);
        sum += atomic_exchange_explicit(&slot, i + 1, memory_order_relaxed);
        sum += atomic_compare_exchange_strong(&best, &expected, i + 1);
    }
    return sum;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 10, NULL, 0), sum = 0, n = size * TURNS;

    counter = slot = best = 0;
    for (uint32_t i = 0; i < size; i++)
        sum += run(i * TURNS);
    expect("counter", counter, 3 * n);
    expect("last value exchanged", slot, n);
    expect("last value swapped", best, n);
    expect("values exchanged and swaps done", sum, (uint32_t)((uint64_t)n * (n - 1) / 2) + n);
    return finish(sum);
}
