/* Save memory: a cartridge's, and a Controller Pak. */
#ifndef JL_N64_SAVE_H
#define JL_N64_SAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jl_n64_save_kind { JL_N64_SAVE_NONE, JL_N64_EEPROM_4K, JL_N64_EEPROM_16K, JL_N64_SRAM, JL_N64_FLASH, JL_N64_PAK };

struct jl_n64_save {
    enum jl_n64_save_kind kind;
    const char *file;
    uint32_t size;
    uint8_t *bytes;
    bool changed;
};

struct jl_state;

/* --save's KIND=FILE; a Controller Pak's file. NULL: there is none. False with one sentence in err. */
bool jl_save_open(struct jl_n64_save *save, const char *option, char *err, size_t err_size);
bool jl_pak_open(struct jl_n64_save *pak, const char *file, char *err, size_t err_size);
/* Writes what has changed and frees. False with one sentence in err. */
bool jl_save_close(struct jl_n64_save *save, char *err, size_t err_size);
void jl_save_state(struct jl_n64_save *save, const char *part, struct jl_state *s);

#endif
