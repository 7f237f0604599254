/* Writes what the fuzzers start from: `seeds elf DIR` small executables, `seeds words DIR` random programs. */
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

int main(int argc, char **argv) {
    if (argc != 3 || (strcmp(argv[1], "elf") != 0 && strcmp(argv[1], "words") != 0)) {
        fprintf(stderr, "usage: seeds elf|words DIR\n");
        return 2;
    }
    for (unsigned n = 0; n < SEEDS; n++) {
        if (argv[1][0] == 'e')
            elf(argv[2], n);
        else
            words(argv[2], n);
    }
    return 0;
}
