/* See rom.h. */
#include "rom.h"

#define ISVIEWER 0xb3ff0000u
#define PI_STATUS 0xa4600010u
#define TABLE 0x80200000u /* page table: where Context points for 0x40000000 with PTEBase 0x80000000 */
#define MAPPED 0x40000000u

extern u32 rom_args[4];
volatile u32 irq_timer, irq_video, irq_syscalls, irq_period;

void rom_main(void);
void rom_fatal(u32 cause, u32 epc, u32 badvaddr);

/* GCC calls these for what it initialises and copies. */
void *memset(void *at, int value, unsigned long n);
void *memcpy(void *to, const void *from, unsigned long n);

void *memset(void *at, int value, unsigned long n) {
    for (volatile u8 *p = at; n; n--)
        *p++ = (u8)value;
    return at;
}

void *memcpy(void *to, const void *from, unsigned long n) {
    const u8 *q = from;
    for (volatile u8 *p = to; n; n--)
        *p++ = *q++;
    return to;
}

static void put(u32 at, u32 v) {
    while (MEM32(PI_STATUS) & 3)
        ;
    MEM32(ISVIEWER + at) = v;
}

static void print(const char *text) {
    u32 n = 0, word = 0;
    for (; text[n]; n++) {
        word = word << 8 | (u8)text[n];
        if ((n & 3) == 3)
            put(0x20 + (n & ~3u), word);
    }
    if (n & 3)
        put(0x20 + (n & ~3u), word << (8 * (4 - (n & 3))));
    put(0x14, n);
}

/* A whole line in one go: some emulators print each piece as a line of its own. */
static void print_number(const char *before, u64 value) {
    char text[64];
    u32 n = 0;
    for (; before[n]; n++)
        text[n] = before[n];
    for (int i = 60; i >= 0; i -= 4)
        text[n++] = "0123456789abcdef"[value >> i & 15];
    text[n++] = '\n';
    text[n] = 0;
    print(text);
}

static void end(void) {
    print("JITLAB-END\n");
    for (;;)
        ;
}

void expect(int ok, const char *what) {
    char text[64] = "FAILED: ";
    u32 n = 8;
    if (ok)
        return;
    for (u32 i = 0; what[i] && n < 62; i++)
        text[n++] = what[i];
    text[n++] = '\n';
    text[n] = 0;
    print(text);
}

void rom_fatal(u32 cause, u32 epc, u32 badvaddr) {
    print_number("FAILED: exception, Cause 0x", cause);
    print_number("EPC 0x", epc);
    print_number("BadVAddr 0x", badvaddr);
    end();
}

void allow_interrupts(u32 mask) {
    u32 status = 0x34000000u | mask | (mask ? 1 : 0);
    __asm__ volatile("mtc0 %0, $12\n\tnop\n\tnop\n\tnop" ::"r"(status) : "memory");
}

void *map_pages(u32 bytes, u32 order) {
    volatile u32 *entry = (volatile u32 *)TABLE;
    u32 page = 0x1000u << 2 * order;
    for (u32 at = 0; at < bytes; at += 0x2000) { /* a larger page's entry stands once for each 8 KiB */
        u32 even = (at & ~(2 * page - 1)) + 0x400000u;
        *entry++ = 0;
        *entry++ = even >> 12 << 6 | 0x1f; /* cached, dirty, valid, global */
        *entry++ = 0;
        *entry++ = (even + page) >> 12 << 6 | 0x1f;
    }
    __asm__ volatile("mtc0 %0, $5\n\tmtc0 %1, $4\n\tmtc0 $0, $6\n\tnop" ::"r"(2 * page - 0x2000), "r"(0x80000000u));
    for (u32 i = 0; i < 32; i++) /* entries that match nothing: addresses that are not translated, each its own */
        __asm__ volatile("mtc0 %0, $10\n\tmtc0 $0, $2\n\tmtc0 $0, $3\n\tmtc0 %1, $0\n\tnop\n\ttlbwi\n\tnop" ::"r"(
                             0x80000000u + i * 2 * page),
                         "r"(i));
    __asm__ volatile("mtc0 $0, $10\n\tnop\n\tnop" ::: "memory");
    return (void *)MAPPED;
}

void rom_main(void) {
    u32 rounds = rom_args[2];
    u64 result = 0;
    for (u32 i = 0; i < rounds; i++) {
        u64 r = work(rom_args[0], rom_args[1]);
        expect(i == 0 || r == result, "a round had another result");
        result = r;
        if (rounds > 1)
            print("JITLAB-ROUND\n");
    }
    print_number("result: 0x", result);
    end();
}
