/* Recursive calls: Fibonacci numbers of 12, by the definition. */
#include "rom.h"

static APART u32 fibonacci(u32 n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

u64 work(u32 size, u32 option) {
    u64 hash = option;
    for (u32 i = 0; i < size; i++) {
        u32 f = fibonacci(12 + (i & 1));
        expect(f == (i & 1 ? 233 : 144), "Fibonacci number");
        hash = mix(hash, f);
    }
    return hash;
}
