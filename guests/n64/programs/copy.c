/* Copies of 64 bytes up to 32 KiB, by words and by bytes, and a sum. Option as in chase.c. */
#include "rom.h"

enum { HALF = 64 << 10 };

static APART void words(u64 *to, const u64 *from, u32 n) {
    for (; n >= 4; n -= 4, to += 4, from += 4) {
        u64 a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a, to[1] = b, to[2] = c, to[3] = d;
    }
}

static APART void bytes(volatile u8 *to, const volatile u8 *from, u32 n) {
    while (n--)
        *to++ = *from++;
}

u64 work(u32 size, u32 option) {
    u8 *arena = option ? map_pages(2 * HALF, option - 1) : ARENA;
    u64 hash = 0;
    for (u32 i = 0; i < HALF / 4; i++)
        ((u32 *)arena)[i] = i * 2654435761u;
    for (u32 turn = 0; turn < size; turn++) {
        u32 n = 64u << turn % 10, from = turn * 520 % (HALF - n);
        words((u64 *)(arena + HALF), (u64 *)(arena + (from & ~7u)), n / 8);
        bytes(arena + HALF + 1, arena + from, n / 8);
        for (u32 i = 0; i < n; i += n / 8)
            hash = mix(hash, arena[HALF + i + 1]);
        expect(arena[HALF + n / 8] == arena[from + n / 8 - 1], "the copy's last byte");
    }
    return hash;
}
