/* A cartridge's save memory. */
#ifndef JL_N64_SAVE_H
#define JL_N64_SAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jl_n64_save_kind { JL_N64_SAVE_NONE, JL_N64_EEPROM_4K, JL_N64_EEPROM_16K, JL_N64_SRAM, JL_N64_FLASH };

struct jl_n64_save {
    enum jl_n64_save_kind kind;
    const char *file;
    uint32_t size;
    uint8_t *bytes;
    bool changed;
};

struct jl_state;

bool jl_save_open(struct jl_n64_save *save, const char *option, char *err, size_t err_size);
bool jl_save_close(struct jl_n64_save *save, char *err, size_t err_size);
void jl_save_state(struct jl_n64_save *save, struct jl_state *s);

#endif
