/* PIF: its RAM holds a list of commands for the joybus, five channels of which four are controllers' (the first
 * has one, perhaps with a Controller Pak) and one the cartridge's EEPROM. Its ROM, which only a user can bring, is
 * where the processor starts; before that PIF has talked to the cartridge's lock-out chip (CIC) and left in its RAM
 * what the boot code needs of it (facts: n64brew's pages on PIF-NUS, the CIC and the joybus protocol). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>

#include "guests/n64/bytes.h"
#include "guests/n64/file.h"
#include "guests/n64/n64.h"
#include "guests/n64/pif.h"
#include "guests/n64/rom.h"
#include "guests/n64/save.h"
#include "guests/n64/state.h"
#include "guests/n64/views.h"

enum { BYTES = 64, CONTROL = 63, CARTRIDGE = 4 };
enum { RUN_JOYBUS = 1, CHALLENGE = 2, TERMINATE = 8, LOCK_ROM = 0x10, CHECKSUM = 0x20, CLEAR = 0x40 };
enum { NO_DEVICE = 0x80, WRONG_LENGTH = 0x40, PAK_BLOCK = 32 };
enum { ROM_AND_RAM = 2048, RAM_ADDRESS = 0x1fc007c0 };

/* ---- ROM and boot ---- */

bool jl_pif_open(struct jl_n64 *n, char *err, size_t err_size) {
    size_t size;
    if (!n->options.ipl)
        return true;
    uint8_t *bytes = jl_file_read(n->options.ipl, ROM_AND_RAM, &size, err, err_size);
    if (!bytes)
        return false;
    bool ok = size == ROM_AND_RAM || size == sizeof n->pif.rom;
    if (ok)
        memcpy(n->pif.rom, bytes, sizeof n->pif.rom); /* what may stand behind it is an image of PIF's RAM */
    else
        snprintf(err, err_size, "%s: an image of PIF's ROM has %zu or %d bytes", n->options.ipl, sizeof n->pif.rom,
                 ROM_AND_RAM);
    free(bytes);
    return ok;
}

/* What the CIC that belongs to a ROM's boot code gives as the seed for its checksum. Boot code is known by its CRC-32;
 * what is not known (everybody's own) is signed for the commonest chip. */
uint8_t jl_pif_seed(const struct jl_n64_rom *rom) {
    enum { BOOT_CODE = 0x40, BOOT_CODE_END = 0x1000 };
    static const struct {
        uint32_t crc;
        uint8_t seed;
    } others[] = {
        {0x0b050ee0, JL_N64_SEED_6103},
        {0x98bc2c86, JL_N64_SEED_6105},
        {0xacc8580a, JL_N64_SEED_6106},
    };
    uLong crc = crc32(0, rom->bytes + BOOT_CODE, BOOT_CODE_END - BOOT_CODE);
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].crc == crc)
            return others[i].seed;
    return JL_N64_SEED_6102;
}

void jl_pif_reset(struct jl_n64 *n, bool by_button) {
    enum { BOOT_WORD = 0x24, IPL2_SEED = 0x3f, BY_BUTTON = 1 << 17 };
    uint32_t word = (uint32_t)jl_pif_seed(&n->rom) << 8 | IPL2_SEED; /* a cartridge */
    jl_put_be32(n->si.pif + BOOT_WORD, word | (by_button ? BY_BUTTON : 0));
    n->pif.open = true;
}

static bool in_rom(const struct jl_n64 *n, uint32_t addr) {
    return n->pif.open && addr < RAM_ADDRESS;
}

uint32_t jl_pif_read(struct jl_n64 *n, uint32_t addr) {
    if (in_rom(n, addr))
        return jl_be32(n->pif.rom + (addr - (RAM_ADDRESS - sizeof n->pif.rom)));
    return addr >= RAM_ADDRESS ? jl_be32(n->si.pif + (addr - RAM_ADDRESS)) : 0;
}

/* The ROM is out of reach until the next reset. */
static void lock(struct jl_n64 *n) {
    if (n->pif.open)
        jl_views_flush(n); /* the processor may have a copy */
    n->pif.open = false;
}

/* Behind the command at pif[at]: lengths, bytes sent, room for the answer. */
static unsigned end_of(const uint8_t *pif, unsigned at) {
    return at + 2 + (pif[at] & 0x3f) + (pif[at + 1] & 0x3f);
}

/* The list is read once. Its commands are done each time that PIF RAM is read by DMA: programs write them once, and
 * then only read. */
static void read_list(struct jl_n64 *n) {
    enum { SKIP = 0x00, RESET_CHANNEL = 0xfd, END = 0xfe, PAD = 0xff };
    const uint8_t *pif = n->si.pif;
    unsigned channel = 0, at = 0;
    memset(n->pif.command, 0, sizeof n->pif.command);
    while (at < CONTROL - 1 && channel < JL_N64_CHANNELS && pif[at] != END) {
        if (pif[at] == PAD) {
            at++;
        } else if (pif[at] == SKIP || pif[at] == RESET_CHANNEL) {
            at++;
            channel++;
        } else if (end_of(pif, at) > CONTROL) {
            break;
        } else {
            n->pif.command[channel++] = (uint8_t)(at + 1);
            at = end_of(pif, at);
        }
    }
}

void jl_pif_control(struct jl_n64 *n) {
    uint8_t *control = &n->si.pif[CONTROL];
    if (*control & RUN_JOYBUS)
        read_list(n);
    if (*control & LOCK_ROM)
        lock(n);
    if (*control & CHECKSUM)
        *control = 0x80; /* the boot code's checksum is accepted, whatever it is */
    else if (*control & CLEAR)
        memset(n->si.pif, 0, BYTES);
    else
        *control &= (uint8_t) ~(RUN_JOYBUS | TERMINATE | LOCK_ROM | CHALLENGE);
}

/* ---- joybus ---- */

/* The bits behind a Controller Pak's address, and the byte behind its data: remainders of these polynomials. */
static unsigned remainder_of(const uint8_t *bytes, unsigned bits, unsigned width, unsigned polynomial) {
    unsigned rest = 0;
    for (unsigned i = 0; i < bits + width; i++) {
        unsigned bit = i < bits ? bytes[i / 8] >> (7 - i % 8) & 1 : 0;
        rest = rest << 1 | bit;
        rest ^= rest >> width & 1 ? polynomial : 0;
    }
    return rest;
}
static uint8_t data_check(const uint8_t *data) {
    return (uint8_t)remainder_of(data, 8 * PAK_BLOCK, 8, 0x185);
}

/* The memory of a pak stands below 0x8000; what is read elsewhere, or without a pak, is 0. Without one the check is
 * inverted, and so it is behind an address that carries wrong bits. */
static bool pak(struct jl_n64 *n, const uint8_t *send, unsigned sent, uint8_t *out, unsigned receive) {
    enum { READ = 2, WRITE = 3, HEAD = 3, ADDRESS_BITS = 11 };
    uint8_t data[PAK_BLOCK + 1] = {0};
    bool write = send[0] == WRITE;
    if (sent < HEAD + (write ? PAK_BLOCK : 0))
        return false;
    uint32_t at = (uint32_t)(send[1] << 8 | send[2]) & ~(PAK_BLOCK - 1u);
    bool good = n->pak.bytes && remainder_of(send + 1, ADDRESS_BITS, 5, 0x35) == (send[2] & 31u);
    bool inside = good && at < n->pak.size;
    if (write && inside) {
        memcpy(n->pak.bytes + at, send + HEAD, PAK_BLOCK);
        n->pak.changed = true;
    } else if (!write && inside) {
        memcpy(data, n->pak.bytes + at, PAK_BLOCK);
    }
    data[PAK_BLOCK] = data_check(write ? send + HEAD : data) ^ (good ? 0 : 0xff);
    if (write)
        memcpy(out, data + PAK_BLOCK, receive < 1 ? receive : 1);
    else
        memcpy(out, data, receive < sizeof data ? receive : sizeof data);
    return true;
}

/* One command's bytes; answers go to out, which has room for `receive` bytes. False: nobody there. */
static bool controller(struct jl_n64 *n, unsigned port, const uint8_t *send, unsigned sent, uint8_t *out,
                       unsigned receive) {
    enum { INFO = 0, STATE = 1, READ_PAK = 2, WRITE_PAK = 3, RESET = 0xff };
    const uint8_t info[3] = {0x05, 0x00, n->pak.bytes ? 1 : 2}; /* a controller, and whether a pak is plugged into it */
    uint8_t state[4];
    if (port)
        return false; /* one controller is plugged in */
    jl_put_be32(state, n->pad.state);
    switch (send[0]) {
    case INFO:
    case RESET: memcpy(out, info, receive < sizeof info ? receive : sizeof info); return true;
    case STATE: memcpy(out, state, receive < sizeof state ? receive : sizeof state); return true;
    case READ_PAK:
    case WRITE_PAK: return pak(n, send, sent, out, receive);
    default: return false;
    }
}

static bool eeprom(struct jl_n64 *n, const uint8_t *send, unsigned sent, uint8_t *out, unsigned receive) {
    enum { INFO = 0, READ = 4, WRITE = 5, RESET = 0xff, BLOCK = 8 };
    bool large = n->save.kind == JL_N64_EEPROM_16K;
    const uint8_t info[3] = {0x00, large ? 0xc0 : 0x80, 0x00};
    if (n->save.kind != JL_N64_EEPROM_4K && !large)
        return false;
    uint8_t *at = sent > 1 ? n->save.bytes + (send[1] * BLOCK & (n->save.size - 1)) : NULL;
    switch (send[0]) {
    case INFO:
    case RESET: memcpy(out, info, receive < sizeof info ? receive : sizeof info); return true;
    case READ:
        if (at)
            memcpy(out, at, receive < BLOCK ? receive : BLOCK);
        return at;
    case WRITE:
        if (!at || sent < 2 + BLOCK)
            return false;
        memcpy(at, send + 2, BLOCK);
        n->save.changed = true;
        if (receive)
            out[0] = 0;
        return true;
    default: return false;
    }
}

static void command(struct jl_n64 *n, unsigned at, unsigned channel) {
    uint8_t *pif = n->si.pif;
    unsigned sent = pif[at] & 0x3f, receive = pif[at + 1] & 0x3f;
    if (end_of(pif, at) > CONTROL)
        return; /* lengths may have been written since the list was read */
    uint8_t *send = pif + at + 2, *out = send + sent;
    pif[at + 1] = (uint8_t)receive;
    bool there = sent && (channel < CARTRIDGE ? controller(n, channel, send, sent, out, receive)
                                              : eeprom(n, send, sent, out, receive));
    if (!there)
        pif[at + 1] |= sent ? NO_DEVICE : WRONG_LENGTH;
}

void jl_pif_joybus(struct jl_n64 *n) {
    for (unsigned channel = 0; channel < JL_N64_CHANNELS; channel++)
        if (n->pif.command[channel])
            command(n, n->pif.command[channel] - 1u, channel);
}

/* ROMs are not to be found in states: their hash is. One that cannot be read any more does not matter. */
void jl_pif_state(struct jl_n64 *n, struct jl_state *s) {
    uint64_t ours = XXH3_64bits(n->pif.rom, sizeof n->pif.rom), hash = ours;
    jl_state_part(s, "pif");
    JL_STATE_ALL(s, "ram", n->si.pif, JL_STATE_ANY);
    JL_STATE_ALL(s, "command", n->pif.command, CONTROL);
    JL_STATE_ONE(s, "open", n->pif.open, 1);
    hash = n->pif.open ? hash : 0;
    JL_STATE_ONE(s, "rom", hash, JL_STATE_ANY);
    jl_state_fits(s, !n->pif.open || hash == ours, "the savestate was made with --ipl, this run has %s",
                  n->options.ipl ? "another file for it" : "no --ipl");
}
