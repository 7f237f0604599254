/* What answers at the cartridge's bus. */
#ifndef JL_N64_CART_H
#define JL_N64_CART_H

#include <stdint.h>

struct jl_n64;

/* A piece of the cartridge's bus that lies in the ROM, or NULL. */
const uint8_t *jl_cart_rom(const struct jl_n64 *n, uint32_t addr, uint32_t bytes);
/* What is at the cartridge's bus: ROM, save memory, IS-Viewer. 16 bits at an even address. */
uint16_t jl_cart_read16(struct jl_n64 *n, uint32_t addr);
void jl_cart_write16(struct jl_n64 *n, uint32_t addr, uint16_t v);

#endif
