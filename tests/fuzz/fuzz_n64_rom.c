/* The input is a ROM and a save file: as they are, or as a program or an ELF file in an otherwise good ROM. */
#include <stdlib.h>

#include "guests/n64/frame.h"
#include "tests/fuzz/console.h"
#include "tests/fuzz/fuzz.h"

enum { HEAD = 3, ELF = 0x1900, INSTRUCTIONS = 30000 };

static uint8_t *build(const uint8_t *bytes, size_t size, unsigned kind, size_t *rom_size) {
    static uint8_t elf[ELF - 0x1000 + (1 << 16)];
    if (kind == 1)
        return fuzz_rom(bytes, size, rom_size);
    if (kind == 2) {
        size = size < 1 << 16 ? size : 1 << 16;
        memcpy(elf + ELF - 0x1000, bytes, size);
        return fuzz_rom(elf, ELF - 0x1000 + size, rom_size);
    }
    uint8_t *rom = malloc(size + 1);
    if (!rom)
        abort();
    memcpy(rom, bytes, size);
    *rom_size = size;
    return rom;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const char *const kinds[] = {"eeprom4k", "eeprom16k", "sram", "flash", "tape"};
    static const uint32_t sizes[] = {512, 2048, 32768, 131072};
    static uint8_t saved[131073];
    char option[64];
    struct console c;
    if (size < HEAD)
        return 0;
    unsigned kind = bytes[1] % 5, length = bytes[2] % 8;
    struct fuzz_file save = fuzz_file(saved, length < 4 ? sizes[length] : length < 7 ? length * 73u : sizeof saved);
    snprintf(option, sizeof option, "%s=%s", kinds[kind], save.path);
    struct jl_n64_options options = {.save = bytes[1] & 0x80 ? NULL : option};
    uint8_t *rom = build(bytes + HEAD, size - HEAD, bytes[0] % 3, &size);
    if (console_new(&c, rom, size, &options)) {
        unsigned width, height;
        console_run(&c, INSTRUCTIONS);
        free(jl_vi_frame(c.n, &width, &height));
        console_free(&c);
    }
    free(rom);
    fuzz_file_close(&save);
    return 0;
}
