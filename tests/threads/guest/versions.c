/* Threads that run annotated functions (specialize=annotated). Each has values of its own, more of them than one
 * function may have versions, so that general code runs among these; and all load from memory that is declared
 * invariant, which one thread changes, saying so as for code. What a thread loads is never older than what it knows to
 * have been announced, nor newer than what has been written. Arguments: rounds, and "alone" for one thread that does
 * all of it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "annotate.h"
#include "check.h"

#define APART __attribute__((noipa))
enum { THREADS = 3, WORDS = 4, POWERS = 12 };

static _Alignas(4096) uint32_t table[THREADS][WORDS]; /* alone on its page */
static _Alignas(4096) _Atomic uint32_t written, announced;
static _Atomic int wrong_sums, wrong_powers, stop;

APART uint32_t sum_of(const uint32_t *t) {
    uint32_t sum = 0;
    SPECIALIZE_FOR(t, sizeof table[0]);
    for (uint32_t i = 0; i < WORDS; i++)
        sum += t[i];
    SPECIALIZE_END();
    return sum;
}

APART uint32_t power(uint32_t x, uint32_t n) {
    uint32_t result = 1;
    SPECIALIZE(n);
    for (; n > 0; n--)
        result *= x;
    SPECIALIZE_END();
    return result;
}

static void step(uint32_t me) {
    uint32_t least = announced, sum = sum_of(table[me]), most = written, want = 1;
    if (sum < WORDS * least || sum > WORDS * most)
        wrong_sums++;
    for (uint32_t n = 0; n < POWERS; n++, want *= me + 3)
        if (power(me + 3, n) != want)
            wrong_powers++;
}

static void *worker(void *arg) {
    while (!stop)
        step((uint32_t)(uintptr_t)arg);
    return NULL;
}

static void change(uint32_t to) {
    written = to;
    for (int i = 0; i < THREADS * WORDS; i++)
        ((volatile uint32_t *)table)[i] = to;
    SPECIALIZE_CHANGED(table, sizeof table);
    announced = to;
}

int main(int argc, char **argv) {
    uint32_t rounds = argc > 1 ? (uint32_t)atoi(argv[1]) : 100;
    int alone = argc > 2 && !strcmp(argv[2], "alone");
    pthread_t t[THREADS];
    for (uintptr_t i = 0; i < THREADS && !alone; i++)
        pthread_create(&t[i], NULL, worker, (void *)i);
    for (uint32_t i = 1; i <= rounds; i++) {
        change(i);
        for (uint32_t k = 0; k < THREADS && alone; k++)
            step(k);
        if (!alone)
            usleep(1000);
    }
    stop = 1;
    for (int i = 0; i < THREADS && !alone; i++)
        pthread_join(t[i], NULL);
    check("constant memory that changes", !wrong_sums);
    check("constant values, each with its version or without", !wrong_powers);
    return check_end();
}
