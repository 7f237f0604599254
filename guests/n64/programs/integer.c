/* 32-bit arithmetic in registers; option 1: 64-bit multiplication and division. */
#include "rom.h"

static u64 words(u32 turns) {
    u32 a = 1, b = 0x12345678, c = 0xdeadbeef, start = turns;
    for (; turns; turns--) {
        a = a * 1664525 + 1013904223;
        b ^= b << 13, b ^= b >> 17, b ^= b << 5;
        c = (c << 7 | c >> 25) + (a & b);
        if ((s32)c < (s32)b)
            c -= a;
        b += (a < c) + (turns >> 3);
    }
    return mix(mix(a, b), mix(c, start));
}

static u64 doubles(u32 turns) {
    u64 a = 0x0123456789abcdef, sum = 0;
    for (; turns; turns--) {
        u64 divisor = (a >> 40) + 3, quotient, rest;
        a = a * 6364136223846793005u + 1442695040888963407u;
        quotient = a / divisor;
        rest = a % divisor;
        expect(rest < divisor, "remainder");
        sum += quotient ^ rest << 32;
        sum ^= (u64)((s64)(a ^ sum) / (s64)(divisor | 1));
    }
    return mix(a, sum);
}

u64 work(u32 size, u32 option) {
    return option ? doubles(size * 256) : words(size * 1024);
}
