/* What answers at the cartridge's bus, 16 bits at a time: ROM, save memory, the IS-Viewer. Where nothing does, the
 * address that the bus carried last is read back. */
#include "guests/n64/cart.h"
#include "guests/n64/flash.h"
#include "guests/n64/isviewer.h"
#include "guests/n64/n64.h"
#include "guests/n64/save.h"

enum { SAVE = 0x08000000, SAVE_END = 0x10000000, ROM = 0x10000000, ROM_END = 0x1fc00000 };

static uint16_t get16(const uint8_t *at) {
    return (uint16_t)(at[0] << 8 | at[1]);
}

const uint8_t *jl_cart_rom(const struct jl_n64 *n, uint32_t addr, uint32_t bytes) {
    bool inside = addr >= ROM && addr - ROM <= n->rom.size && bytes <= n->rom.size - (addr - ROM);
    return inside ? n->rom.bytes + (addr - ROM) : NULL;
}

uint16_t jl_cart_read16(struct jl_n64 *n, uint32_t addr) {
    if (jl_isviewer_has(addr) && addr - ROM >= n->rom.size)
        return jl_isviewer_read16(n, addr);
    if (addr >= ROM && addr < ROM_END && addr - ROM < n->rom.size)
        return get16(n->rom.bytes + (addr - ROM));
    if (addr >= SAVE && addr < SAVE_END && n->save.kind == JL_N64_FLASH)
        return jl_flash_read16(n, addr - SAVE);
    if (addr >= SAVE && addr < SAVE_END && n->save.kind == JL_N64_SRAM)
        return get16(n->save.bytes + ((addr - SAVE) & (n->save.size - 1)));
    return (uint16_t)addr;
}

void jl_cart_write16(struct jl_n64 *n, uint32_t addr, uint16_t v) {
    if (jl_isviewer_has(addr) && addr - ROM >= n->rom.size) {
        jl_isviewer_write16(n, addr, v);
    } else if (addr >= SAVE && addr < SAVE_END && n->save.kind == JL_N64_FLASH) {
        jl_flash_write16(n, addr - SAVE, v);
    } else if (addr >= SAVE && addr < SAVE_END && n->save.kind == JL_N64_SRAM) {
        uint8_t *at = n->save.bytes + ((addr - SAVE) & (n->save.size - 1));
        at[0] = (uint8_t)(v >> 8);
        at[1] = (uint8_t)v;
        n->save.changed = true;
    }
}
