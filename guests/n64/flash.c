/* FlashRAM: 128 KiB behind a command register (facts: n64brew's page on FlashRAM). */
#include <string.h>

#include "guests/n64/flash.h"
#include "guests/n64/n64.h"
#include "guests/n64/state.h"

enum { ARRAY, STATUS, WRITE, ERASE };
enum { PAGE = 128, SECTOR = 16384 };
#define STATUS_WORD 0x1111800100c2001dULL /* with a maker's and a device's number that libraries know */

void jl_flash_command(struct jl_n64 *n, uint32_t command) {
    uint32_t page = command & 0x3ff;
    switch (command >> 24) {
    case 0x3c: /* erase all */
    case 0x4b: /* erase a sector */
        n->flash.mode = ERASE;
        n->flash.erase_page = command >> 24 == 0x3c ? UINT32_MAX : page & ~(uint32_t)(SECTOR / PAGE - 1);
        break;
    case 0x78:
        if (n->flash.mode == ERASE) {
            bool all = n->flash.erase_page == UINT32_MAX;
            memset(n->save.bytes + (all ? 0 : n->flash.erase_page * PAGE), 0xff, all ? n->save.size : SECTOR);
            n->save.changed = true;
        }
        n->flash.mode = STATUS;
        break;
    case 0xa5: /* the buffer into a page: bits can only be cleared */
        for (unsigned i = 0; i < PAGE; i++)
            n->save.bytes[page * PAGE + i] &= n->flash.buffer[i];
        n->save.changed = true;
        n->flash.mode = STATUS;
        break;
    case 0xb4: n->flash.mode = WRITE; break;
    case 0xd2:
    case 0xe1: n->flash.mode = STATUS; break;
    case 0xf0: n->flash.mode = ARRAY; break;
    default: break;
    }
}

uint16_t jl_flash_read16(const struct jl_n64 *n, uint32_t offset) {
    if (n->flash.mode == ARRAY && offset < n->save.size)
        return (uint16_t)(n->save.bytes[offset] << 8 | n->save.bytes[offset + 1]);
    return (uint16_t)(STATUS_WORD >> (48 - 8 * (offset & 6)));
}

void jl_flash_write16(struct jl_n64 *n, uint32_t offset, uint16_t v) {
    if (n->flash.mode != WRITE || offset >= PAGE)
        return;
    n->flash.buffer[offset] = (uint8_t)(v >> 8);
    n->flash.buffer[offset + 1] = (uint8_t)v;
}

void jl_flash_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "flash");
    JL_STATE_ONE(s, "mode", n->flash.mode, 3);
    JL_STATE_ONE(s, "erase_page", n->flash.erase_page, JL_STATE_ANY);
    jl_state_require(s, n->flash.erase_page == UINT32_MAX || !(n->flash.erase_page & ~(0x3ffu & -(SECTOR / PAGE))),
                     "erase_page");
    JL_STATE_ALL(s, "buffer", n->flash.buffer, JL_STATE_ANY);
}
