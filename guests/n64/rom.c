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

static const char *check_size(size_t size) {
    if (size < HEADER + 4)
        return "cut short: an N64 ROM has a header and boot code of 4096 bytes, and a program";
    return size & 3 ? "cut short: the size of an N64 ROM is a multiple of 4" : NULL;
}

bool jl_n64_rom_open(struct jl_n64_rom *rom, const char *path, char *err, size_t err_size) {
    size_t size;
    *rom = (struct jl_n64_rom){.bytes = jl_file_read(path, JL_N64_ROM_MAX, &size, err, err_size)};
    if (!rom->bytes)
        return false;
    const char *why = check_size(size);
    int order = why ? 0 : order_of(rom->bytes, size);
    if (order < 0)
        why = "not an N64 ROM in any of the three byte orders";
    if (why) {
        snprintf(err, err_size, "%s: %s", path, why);
        jl_n64_rom_close(rom);
        return false;
    }
    rom->size = (uint32_t)size;
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
