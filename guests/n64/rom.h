/* ROM files, and the state that a program begins in (boot.c). */
#ifndef JL_N64_ROM_H
#define JL_N64_ROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JL_N64_ROM_MAX = 64 << 20 };

struct jl_n64_rom {
    uint8_t *bytes; /* in big-endian order */
    uint32_t size;
};

struct jl_n64;

/* Whether the bytes begin as a ROM does, in any of the three byte orders. */
bool jl_n64_rom_magic(const uint8_t *bytes, size_t size);
/* Of bytes that don't: a few words that say what is wrong with them. */
void jl_n64_rom_wrong(const uint8_t *bytes, size_t size, char *why, size_t why_size);
/* Reads a ROM file into big-endian order. False with one sentence in err. */
bool jl_n64_rom_open(struct jl_n64_rom *rom, const char *path, char *err, size_t err_size);
void jl_n64_rom_close(struct jl_n64_rom *rom);
/* The television that a ROM is made for, by its header's country; numbers as PIF tells them. */
enum jl_n64_tv { JL_N64_PAL, JL_N64_NTSC, JL_N64_MPAL };
enum jl_n64_tv jl_n64_rom_tv(const struct jl_n64_rom *rom);
/* The machine as the boot code leaves it. False with one sentence in err when the ROM cannot be started. */
bool jl_n64_boot(struct jl_n64 *n, char *err, size_t err_size);
/* The same of a console that has run, after the reset button. */
void jl_n64_boot_again(struct jl_n64 *n);

#endif
