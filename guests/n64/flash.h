/* FlashRAM. */
#ifndef JL_N64_FLASH_H
#define JL_N64_FLASH_H

#include <stdint.h>

struct jl_n64_flash {
    uint32_t mode; /* enum of flash.c */
    uint32_t erase_page;
    uint8_t status; /* what has been done since it was cleared */
    uint8_t buffer[128];
};

struct jl_n64;
struct jl_state;

void jl_flash_command(struct jl_n64 *n, uint32_t command);
uint16_t jl_flash_read16(const struct jl_n64 *n, uint32_t offset);
void jl_flash_write16(struct jl_n64 *n, uint32_t offset, uint16_t v);
void jl_flash_state(struct jl_n64 *n, struct jl_state *s);

#endif
