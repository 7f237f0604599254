/* calls: shallow calls and returns.
 *
 * Isolates the return path (axis `returns`): nearly every block ends in a call or a return, and the depth stays at
 * 10, inside any return ring. With -i the same calls go through a pointer that the compiler can't see through (JALR,
 * as in position-independent code), which adds an indirect call with one target to each: the difference of the two
 * isolates inline caches of calls from returns.
 *
 * Fibonacci by two functions that call each other: GCC unrolls a function that calls itself into something with far
 * fewer calls, and APART stops it between functions only.
 */
#include "common.h"

enum { DEPTH = 10 };

typedef uint32_t (*fib_fn)(uint32_t n);
static fib_fn volatile even_pointer, odd_pointer;

static APART uint32_t fib_odd(uint32_t n);

static APART uint32_t fib_even(uint32_t n) {
    if (n < 2)
        return n;
    return fib_odd(n - 1) + fib_odd(n - 2);
}

static APART uint32_t fib_odd(uint32_t n) {
    if (n < 2)
        return n;
    return fib_even(n - 1) + fib_even(n - 2);
}

static APART uint32_t indirect_even(uint32_t n) {
    if (n < 2)
        return n;
    return odd_pointer(n - 1) + odd_pointer(n - 2);
}

static APART uint32_t indirect_odd(uint32_t n) {
    if (n < 2)
        return n;
    return even_pointer(n - 1) + even_pointer(n - 2);
}

/* The independent way: a loop. */
static uint32_t fib_loop(uint32_t n) {
    uint32_t a = 0, b = 1;
    while (n--) {
        uint32_t c = a + b;
        a = b;
        b = c;
    }
    return a;
}

int work(int argc, char **argv) {
    uint32_t indirect = 0, sum = 0;
    const struct option options[] = {{'i', &indirect, 0, 0}};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));

    even_pointer = indirect_even;
    odd_pointer = indirect_odd;
    for (uint32_t i = 0; i < size; i++)
        sum += indirect ? indirect_even(DEPTH) : fib_even(DEPTH);
    expect("sum of Fibonacci numbers", sum, size * fib_loop(DEPTH));
    return finish(sum);
}
