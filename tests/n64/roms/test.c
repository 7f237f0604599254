/* See test.h. */
#include "test.h"

#define ISVIEWER 0xb3ff0000u
#define PI_STATUS 0xa4600010u

volatile struct exception exception;
extern const u32 vector_code[], vector_code_end[];
static u32 checks, failures;

void install_vectors(void) {
    static const u16 offsets[4] = {0, 0x80, 0x100, 0x180};
    for (u32 i = 0; i < 4; i++) {
        volatile u32 *to = (volatile u32 *)(0x80000000u + offsets[i]);
        for (u32 k = 0; k < 4; k++)
            to[k] = vector_code[k];
        to[3] |= offsets[i];
    }
}

static void put(u32 at, u32 v) {
    while (MEM32(PI_STATUS) & 3)
        ;
    MEM32(ISVIEWER + at) = v;
}

void print(const char *text) {
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

void print_hex(u64 value, int digits) {
    char text[17];
    for (int i = 0; i < digits; i++) {
        u32 d = (u32)(value >> (4 * (digits - 1 - i))) & 15;
        text[i] = (char)(d < 10 ? '0' + d : 'a' + d - 10);
    }
    text[digits] = 0;
    print(text);
}

void check(const char *what, u64 got, u64 wanted) {
    checks++;
    if (got == wanted)
        return;
    failures++;
    print("FAIL ");
    print(what);
    print(": ");
    print_hex(got, 16);
    print(" instead of ");
    print_hex(wanted, 16);
    print("\n");
}

void check_exception(const char *what, u32 before, int code) {
    check(what, exception.count - before, code >= 0);
    if (code >= 0)
        check(what, exception.cause >> 2 & 31, (u32)code);
}

void finish(void) {
    print("checks ");
    print_hex(checks, 4);
    print(failures ? " FAILED " : " passed\n");
    if (failures) {
        print_hex(failures, 4);
        print("\n");
    }
}
