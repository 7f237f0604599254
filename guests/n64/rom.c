/* ROM files. There are three byte orders about: the console's own (.z64), 16-bit halves swapped (.v64), 32-bit words
 * swapped (.n64); the first word, which sets the cartridge's timing, tells which. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/n64/file.h"
#include "guests/n64/rom.h"

enum { HEADER = 0x1000 };

/* How far a byte stands from its place, as a mask for its address; -1 = not a ROM. The word's first byte is the same in
 * all ROMs, its second holds timings that are much alike. */
static int order_of(const uint8_t *b, size_t size) {
    static const int masks[] = {0, 1, 3};
    for (unsigned i = 0; size >= 4 && i < 3; i++)
        if (b[0 ^ masks[i]] == 0x80 && b[1 ^ masks[i]] >= 0x20 && b[1 ^ masks[i]] < 0x40)
            return masks[i];
    return -1;
}

bool jl_n64_rom_magic(const uint8_t *bytes, size_t size) {
    return order_of(bytes, size) >= 0;
}

void jl_n64_rom_wrong(const uint8_t *b, size_t size, char *why, size_t why_size) {
    if (size == 0)
        snprintf(why, why_size, "it is empty");
    else if (size < 4)
        snprintf(why, why_size, "it has only %zu bytes", size);
    else
        snprintf(
            why, why_size,
            "its first bytes are %02x %02x %02x %02x, and a ROM's are like 80 37 12 40, 37 80 40 12 or 40 12 37 80 "
            "in the three byte orders",
            b[0], b[1], b[2], b[3]);
}

/* Tells how far bytes stand from their places; false with a few words in why. */
static bool check(const struct jl_n64_rom *rom, size_t size, int *order, char *why, size_t why_size) {
    char wrong[160];
    *order = order_of(rom->bytes, size);
    if (size < HEADER + 4) {
        snprintf(why, why_size, "cut short: an N64 ROM has a header and boot code of 4096 bytes, and a program");
    } else if (*order < 0) {
        jl_n64_rom_wrong(rom->bytes, size, wrong, sizeof wrong);
        snprintf(why, why_size, "not an N64 ROM: %s", wrong);
    } else if (size & (*order == 3 ? 3 : 1)) {
        snprintf(why, why_size, "cut short: the size of an N64 ROM in this byte order is a multiple of %d",
                 *order == 3 ? 4 : 2);
    } else {
        return true;
    }
    return false;
}

/* The cartridge's bus has 16 bits: the last word may be half a one. */
static void pad(struct jl_n64_rom *rom, size_t size) {
    rom->size = (uint32_t)(size + 3) & ~3u;
    uint8_t *whole = rom->size > size ? realloc(rom->bytes, rom->size) : rom->bytes;
    if (!whole)
        abort();
    memset(whole + size, 0, rom->size - size);
    rom->bytes = whole;
}

bool jl_n64_rom_open(struct jl_n64_rom *rom, const char *path, char *err, size_t err_size) {
    size_t size;
    int order;
    char why[200];
    *rom = (struct jl_n64_rom){.bytes = jl_file_read(path, JL_N64_ROM_MAX, &size, err, err_size)};
    if (!rom->bytes)
        return false;
    if (!check(rom, size, &order, why, sizeof why)) {
        snprintf(err, err_size, "%s: %s", path, why);
        jl_n64_rom_close(rom);
        return false;
    }
    pad(rom, size);
    for (uint32_t i = 0; order && i < rom->size; i += 4) {
        uint8_t word[4];
        memcpy(word, rom->bytes + i, 4);
        for (unsigned k = 0; k < 4; k++)
            rom->bytes[i + k] = word[k ^ (unsigned)order];
    }
    return true;
}

enum jl_n64_tv jl_n64_rom_tv(const struct jl_n64_rom *rom) {
    enum { COUNTRY = 0x3e };
    char country = (char)rom->bytes[COUNTRY];
    return country && strchr("DFHILPSUWXY", country) ? JL_N64_PAL : country == 'B' ? JL_N64_MPAL : JL_N64_NTSC;
}

void jl_n64_rom_close(struct jl_n64_rom *rom) {
    free(rom->bytes);
    rom->bytes = NULL;
}
