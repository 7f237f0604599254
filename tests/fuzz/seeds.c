/* Writes what the fuzzers start from: `seeds elf DIR` small executables, `seeds words DIR` random programs,
 * `seeds n64_... DIR` for those of the N64 guest. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/random/program.h"

enum { SEEDS = 64, ELF_SIZE = 0x200 };

static void save(const char *dir, unsigned n, const uint8_t *bytes, size_t size) {
    char path[512];
    snprintf(path, sizeof path, "%s/seed-%u", dir, n);
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(bytes, 1, size, out) != size || fclose(out) != 0) {
        perror(path);
        exit(1);
    }
}

static void words(const char *dir, unsigned n) {
    static struct program p;
    static uint8_t bytes[2 + 4 * PROGRAM_MAX];
    struct rng r = {n};
    uint32_t mode = (n & 1 ? JL_MODE_BE : 0) | (n & 2 ? JL_MODE_FR : 0);
    program_make(&p, &r, mode, true);
    bytes[0] = (uint8_t)(n / 4);
    bytes[1] = (uint8_t)mode;
    memcpy(bytes + 2, p.word, 4 * (size_t)p.count);
    save(dir, n, bytes, 2 + 4 * (size_t)p.count);
}

static void put(uint8_t *bytes, bool be, size_t at, size_t size, uint32_t v) {
    for (size_t i = 0; i < size; i++)
        bytes[at + i] = (uint8_t)(v >> 8 * (be ? size - 1 - i : i));
}

static void elf(const char *dir, unsigned n) {
    uint8_t bytes[ELF_SIZE] = {0x7f, 'E', 'L', 'F', ELFCLASS32, 0, EV_CURRENT};
    bool be = n & 1;
    unsigned segments = n / 2 % 4, abi = n / 8 % 2;
    bytes[EI_DATA] = be ? ELFDATA2MSB : ELFDATA2LSB;
    const uint32_t header[][3] = {{16, 2, ET_EXEC},   {18, 2, EM_MIPS}, {20, 4, 1},  {24, 4, 0x400100},
                                  {28, 4, 52},        {40, 2, 52},      {42, 2, 32}, {44, 2, segments + abi},
                                  {36, 4, 0x70001000}};
    for (size_t i = 0; i < sizeof header / sizeof *header; i++)
        put(bytes, be, header[i][0], header[i][1], header[i][2]);
    for (unsigned s = 0; s < segments + abi; s++) {
        bool flags = s == segments;
        const uint32_t field[] = {flags ? 0x70000003 : PT_LOAD,
                                  flags ? 0x180 : 0,
                                  0x400000 + s * 0x1800,
                                  0,
                                  flags ? 24 : ELF_SIZE,
                                  flags ? 24 : ELF_SIZE + n * 0x40,
                                  PF_R | PF_X | (s & 1 ? PF_W : 0),
                                  0x1000};
        for (unsigned k = 0; k < 8; k++)
            put(bytes, be, 52 + 32 * s + 4 * k, 4, field[k]);
    }
    bytes[0x187] = n / 16 % 2;
    save(dir, n, bytes, sizeof bytes);
}

static void put_word(uint8_t *bytes, size_t *at, uint32_t word) {
    put(bytes, true, *at, 4, word);
    *at += 4;
}

/* A ROM: a program that stores random words into devices' registers; every fourth an ELF file. */
static void n64_rom(const char *dir, unsigned n) {
    static const uint32_t devices[] = {0xa4040000, 0xa4080000, 0xa4100000, 0xa4300000, 0xa4400000,
                                       0xa4500000, 0xa4600000, 0xa4800000, 0xbfc007c0, 0xa4001000};
    enum { LUI_T0 = 0x3c080000, LUI_T1 = 0x3c090000, ORI_T1 = 0x35290000, SW = 0xad090000, BACK = 0x1000ffff };
    static uint8_t bytes[1024];
    struct rng r = {n + 1};
    size_t at = 3;
    bool elf = n % 4 == 3;
    memset(bytes, 0, sizeof bytes);
    bytes[0] = elf ? 2 : 1;
    bytes[1] = (uint8_t)(n / 4 % 5);
    bytes[2] = (uint8_t)(n / 4 % 5 % 4);
    if (elf) { /* header, one segment behind it at 0x80000400 */
        static const uint32_t words[] = {0x7f454c46, 0x01020100, 0, 0,          0x00020008, 1, 0x80000400,
                                         52,         0,          0, 0x00340020, 0x00010000, 0, 1,
                                         84,         0x80000400, 0, 512,        1024,       5, 4};
        for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
            put_word(bytes, &at, words[i]);
    }
    for (unsigned i = 0; i < 40; i++) {
        uint32_t v = rng_next(&r);
        put_word(bytes, &at, LUI_T0 | devices[v % 10] >> 16);
        put_word(bytes, &at, LUI_T1 | (i & 1 ? v >> 8 & 0xff : 0));
        put_word(bytes, &at, ORI_T1 | v >> 16);
        put_word(bytes, &at, SW | ((devices[v % 10] & 0xffff) + (uint32_t)(rng_next(&r) % 14 * 4)));
    }
    put_word(bytes, &at, BACK);
    save(dir, n, bytes, at + 4);
}

static void random_bytes(const char *dir, unsigned n, size_t size) {
    static uint8_t bytes[1024];
    struct rng r = {n + 1};
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)rng_next(&r);
    save(dir, n, bytes, size);
}

static void n64_bus(const char *dir, unsigned n) {
    random_bytes(dir, n, 1 + 8 * (4 + n));
}

static void n64_state(const char *dir, unsigned n) {
    random_bytes(dir, n, 5 + 8 * (1 + n / 8));
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*make)(const char *dir, unsigned n);
    } kinds[] = {{"elf", elf}, {"words", words}, {"n64_rom", n64_rom}, {"n64_bus", n64_bus}, {"n64_state", n64_state}};
    for (unsigned k = 0; argc == 3 && k < sizeof kinds / sizeof *kinds; k++) {
        if (strcmp(argv[1], kinds[k].name) != 0)
            continue;
        for (unsigned n = 0; n < SEEDS; n++)
            kinds[k].make(argv[2], n);
        return 0;
    }
    fprintf(stderr, "usage: seeds elf|words|n64_rom|n64_bus|n64_state DIR\n");
    return 2;
}
