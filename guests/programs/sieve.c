/* sieve: short loops with strided byte stores.
 *
 * Isolates back edges and linking (axes `link`, `region`): blocks of four or five instructions that loop onto
 * themselves, some hundred times for small primes and a few times for large ones, so that loop entry and exit matter
 * too. Without links every turn goes through the dispatcher. SIZE is the number of sieves of 16384 numbers.
 *
 * The number of primes below 2^14 is 1900.
 */
#include "common.h"

enum { LIMIT = 16384 };

static uint8_t composite[LIMIT];

static APART uint32_t sieve(void) {
    uint32_t primes = 0;
    for (uint32_t i = 0; i < LIMIT; i++) {
        composite[i] = 0;
        OPAQUE(i); /* stays a loop of byte stores, no memset */
    }
    for (uint32_t i = 2; i < LIMIT; i++) {
        if (composite[i])
            continue;
        primes++;
        for (uint32_t j = 2 * i; j < LIMIT; j += i)
            composite[j] = 1;
    }
    return primes;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 1, NULL, 0), sum = 0;
    for (uint32_t i = 0; i < size; i++) {
        uint32_t primes = sieve();
        expect("primes below 16384", primes, 1900);
        sum = mix(sum, primes + i);
    }
    return finish(sum);
}
