/* FlashRAM: 128 KiB behind a command register (facts: n64brew's page on FlashRAM, and how Nintendo's library waits).
 * Programming and erasing take no time, so that their busy bits are never seen; what has been done is, until a program
 * clears the status by writing to the array's beginning. */
#include <string.h>

#include "guests/n64/flash.h"
#include "guests/n64/n64.h"
#include "guests/n64/state.h"

enum { ARRAY, STATUS, WRITE, ERASE, IDENTITY };
enum { PROGRAMMED = 4, ERASED = 8 }; /* 1 and 2: still at it */
enum { PAGE = 128, SECTOR = 16384 };
#define IDENTITY_WORDS 0x1111800100c2001dULL /* its kind, and a maker's and a device's number that libraries know */
#define STATUS_WORDS 0x1111800000c2001dULL

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
            n->flash.status |= ERASED;
        }
        n->flash.mode = STATUS;
        break;
    case 0xa5: /* the buffer into a page: bits can only be cleared */
        for (unsigned i = 0; i < PAGE; i++)
            n->save.bytes[page * PAGE + i] &= n->flash.buffer[i];
        n->save.changed = true;
        n->flash.status |= PROGRAMMED;
        n->flash.mode = STATUS;
        break;
    case 0xb4: n->flash.mode = WRITE; break;
    case 0xd2: n->flash.mode = STATUS; break;
    case 0xe1: n->flash.mode = IDENTITY; break;
    case 0xf0: n->flash.mode = ARRAY; break;
    default: break;
    }
}

uint16_t jl_flash_read16(const struct jl_n64 *n, uint32_t offset) {
    if (n->flash.mode == ARRAY && offset < n->save.size)
        return (uint16_t)(n->save.bytes[offset] << 8 | n->save.bytes[offset + 1]);
    uint64_t words = n->flash.mode == IDENTITY ? IDENTITY_WORDS : STATUS_WORDS | (uint64_t)n->flash.status << 32;
    return (uint16_t)(words >> (48 - 8 * (offset & 6)));
}

void jl_flash_write16(struct jl_n64 *n, uint32_t offset, uint16_t v) {
    if (n->flash.mode == STATUS && offset == 2)
        n->flash.status = (uint8_t)v & (PROGRAMMED | ERASED);
    if (n->flash.mode != WRITE || offset >= PAGE)
        return;
    n->flash.buffer[offset] = (uint8_t)(v >> 8);
    n->flash.buffer[offset + 1] = (uint8_t)v;
}

void jl_flash_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "flash");
    JL_STATE_ONE(s, "mode", n->flash.mode, 7);
    jl_state_require(s, n->flash.mode <= IDENTITY, "mode");
    JL_STATE_ONE(s, "status", n->flash.status, PROGRAMMED | ERASED);
    JL_STATE_ONE(s, "erase_page", n->flash.erase_page, JL_STATE_ANY);
    jl_state_require(s, n->flash.erase_page == UINT32_MAX || !(n->flash.erase_page & ~(0x3ffu & -(SECTOR / PAGE))),
                     "erase_page");
    JL_STATE_ALL(s, "buffer", n->flash.buffer, JL_STATE_ANY);
}
