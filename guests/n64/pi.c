/* PI: DMA between the cartridge's bus and RDRAM, and the processor's own accesses to that bus.
 *
 * DMA goes in blocks of 128 bytes through a buffer that keeps RDRAM's alignment of 8 bytes, and what the hardware makes
 * of RDRAM addresses that are not so aligned is done here too (facts: n64brew's page on the interface, and the ROMs of
 * rasky/n64_pi_dma_test). Time is counted by the domain's latency, pulse and release.
 */
#include <string.h>

#include "guests/n64/cart.h"
#include "guests/n64/flash.h"
#include "guests/n64/isviewer.h"
#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/pi.h"
#include "guests/n64/save.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/state.h"
#include "guests/n64/views.h"

enum { DRAM, CART, RD_LEN, WR_LEN, STATUS, DOMAIN };
enum { DMA_BUSY = 1, IO_BUSY = 2, ERROR = 4, DONE = 8 };
enum { BLOCK = 128, ROW = 0x800, WRITE_CYCLES = 200, DRAM_MASK = 0xfffffe };

static const uint32_t domain_mask[4] = {0xff, 0xff, 0xf, 3};

/* Domain 2 is the save memory's; all else goes by domain 1. */
static const uint32_t *domain_of(const struct jl_n64 *n, uint32_t addr) {
    bool second = (addr >= 0x05000000 && addr < 0x06000000) || (addr >= 0x08000000 && addr < 0x10000000);
    return n->pi.domain + (second ? 4 : 0);
}

/* Cycles of the RCP: each page that begins costs its latency. */
static uint64_t bus_cycles(const struct jl_n64 *n, uint32_t addr, uint32_t bytes) {
    const uint32_t *d = domain_of(n, addr);
    uint32_t shift = (d[2] & 15) + 2;
    uint64_t pages = (((uint64_t)addr + bytes - 1) >> shift) - (addr >> shift) + 1;
    return (14 + (d[0] & 0xff) + 1) * pages + ((d[1] & 0xff) + 1 + (d[3] & 3) + 1) * (uint64_t)((bytes + 1) / 2);
}

/* With what it takes to begin and to end, and for each 8 bytes; rasky's n64_pi_dma_test has recorded the sums. */
static uint64_t dma_cycles(const struct jl_n64 *n, uint32_t addr, uint32_t bytes) {
    enum { BEGIN_AND_END = 22 };
    return (bus_cycles(n, addr, bytes) + BEGIN_AND_END + bytes / 8) * 3 / 2;
}

uint32_t jl_pi_read_wait(const struct jl_n64 *n, uint32_t addr) {
    return (uint32_t)(bus_cycles(n, addr, 4) * 3 / 2);
}

/* The next bytes of the cartridge's bus, in whole halves; out of the ROM as one piece. */
static void fetch(struct jl_n64 *n, uint8_t *buffer, uint32_t bytes) {
    uint32_t even = (bytes + 1) & ~1u;
    const uint8_t *rom = jl_cart_rom(n, n->pi.cart, even);
    if (rom)
        memcpy(buffer, rom, even);
    for (uint32_t i = 0; !rom && i < even; i += 2) {
        uint16_t v = jl_cart_read16(n, n->pi.cart + i);
        buffer[i] = (uint8_t)(v >> 8);
        buffer[i + 1] = (uint8_t)v;
    }
    n->pi.cart += even;
}

static void to_ram(struct jl_n64 *n, uint32_t at, const uint8_t *bytes, uint32_t count) {
    if (!count || at >= n->ram_bytes)
        return;
    if (count > n->ram_bytes - at)
        count = n->ram_bytes - at;
    jl_ram_put(n, at, bytes, count);
    jl_n64_ram_written(n, at, count);
    jl_n64_dma_written(n, at, count);
}

/* What the length registers read as behind a DMA to RDRAM of so many bytes to dram. */
static uint32_t length_left(uint32_t dram, uint32_t bytes) {
    uint32_t row = ROW - (dram & (ROW - 1));
    return bytes <= 8 && bytes <= row ? 0x7f - (dram & 7) : 0x7f;
}

/* One block of at most `max` bytes; returns how many of the length it used up. */
static uint32_t block_to_ram(struct jl_n64 *n, uint32_t left, uint32_t max, bool first) {
    uint8_t buffer[BLOCK + 2] = {0};
    uint32_t dram = n->pi.dram & DRAM_MASK, askew = dram & 7, row = ROW - (dram & (ROW - 1));
    uint32_t room = max - askew < row ? max - askew : row, bytes = left < room ? left : room;
    fetch(n, buffer, bytes);
    if (!first || (bytes >= room - 1 && row >= max - askew)) /* whole halves, but for a first block that is not full */
        bytes = (bytes + 1) & ~1u;
    uint32_t kept = bytes > askew ? bytes - askew : 0; /* a block that starts askew ends as much too early */
    to_ram(n, dram, buffer, kept);
    n->pi.dram = (dram + kept + 7) & ~7u & 0xffffff;
    return bytes;
}

static void dma_to_ram(struct jl_n64 *n, uint32_t v) {
    uint32_t left = (v & 0xffffff) + 1, max = BLOCK;
    n->pi.wr_len = n->pi.rd_len = length_left(n->pi.dram, left);
    uint64_t cycles = dma_cycles(n, n->pi.cart, left);
    for (bool first = true; left; first = false) {
        uint32_t askew = n->pi.dram & 7, row = ROW - (n->pi.dram & (ROW - 1));
        uint32_t used = block_to_ram(n, left, max, first);
        left -= used < left ? used : left;
        max = row < 8 ? BLOCK - askew : BLOCK; /* what began askew at a row's end is missing in the next block too */
    }
    n->pi.status |= DMA_BUSY;
    jl_n64_after(n, JL_N64_PI, cycles);
}

static void dma_to_cart(struct jl_n64 *n, uint32_t v) {
    uint32_t bytes = ((v & 0xffffff) + 2) & ~1u, dram = n->pi.dram & DRAM_MASK;
    uint64_t cycles = dma_cycles(n, n->pi.cart, bytes);
    for (uint32_t i = 0; i < bytes; i += 2, n->pi.cart += 2) {
        uint32_t at = dram + i;
        uint16_t half = at + 1 < n->ram_bytes ? (uint16_t)(*jl_ram_byte(n, at) << 8 | *jl_ram_byte(n, at + 1)) : 0;
        jl_cart_write16(n, n->pi.cart & ~1u, half);
    }
    n->pi.dram = (dram + bytes + 7) & ~7u & 0xffffff;
    n->pi.wr_len = n->pi.rd_len = 0x7f;
    n->pi.status |= DMA_BUSY;
    jl_n64_after(n, JL_N64_PI, cycles);
}

void jl_pi_done(struct jl_n64 *n) {
    n->pi.status = (n->pi.status & ~(uint32_t)DMA_BUSY) | DONE;
    jl_mi_raise(n, JL_N64_IRQ_PI);
}

uint32_t jl_pi_read(struct jl_n64 *n, uint32_t addr) {
    unsigned reg = addr >> 2 & 15;
    switch (reg) {
    case DRAM: return n->pi.dram;
    case CART: return n->pi.cart;
    case RD_LEN: return n->pi.rd_len;
    case WR_LEN: return n->pi.wr_len;
    case STATUS: return n->pi.status;
    default: return reg < DOMAIN + 8 ? n->pi.domain[reg - DOMAIN] : 0;
    }
}

static void write_status(struct jl_n64 *n, uint32_t v) {
    enum { RESET = 1, CLEAR = 2 };
    if (v & RESET) {
        n->pi.status &= ~(uint32_t)(DMA_BUSY | IO_BUSY | ERROR);
        jl_n64_cancel(n, JL_N64_PI);
        jl_n64_cancel(n, JL_N64_PI_WRITE);
    }
    if (v & CLEAR) {
        n->pi.status &= ~(uint32_t)DONE;
        jl_mi_clear(n, JL_N64_IRQ_PI);
    }
}

void jl_pi_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    unsigned reg = addr >> 2 & 15;
    bool busy = n->pi.status & (DMA_BUSY | IO_BUSY);
    if (busy && reg != STATUS) {
        n->pi.status |= ERROR;
        return;
    }
    switch (reg) {
    case DRAM: n->pi.dram = v & DRAM_MASK; break;
    case CART: n->pi.cart = v & ~1u; break;
    case RD_LEN: dma_to_cart(n, v); break;
    case WR_LEN: dma_to_ram(n, v); break;
    case STATUS: write_status(n, v); break;
    default:
        if (reg < DOMAIN + 8)
            n->pi.domain[reg - DOMAIN] = v & domain_mask[(reg - DOMAIN) & 3];
        break;
    }
}

/* ---- the processor's accesses ---- */

/* A write goes on while the processor does; until it has ended, writes are dropped, and a read ends it early and gets
 * what is on the bus: the value written. */
void jl_pi_write_done(struct jl_n64 *n) {
    n->pi.status &= ~(uint32_t)IO_BUSY;
}

uint32_t jl_pi_bus_read(struct jl_n64 *n, uint32_t addr) {
    if (n->pi.status & IO_BUSY) {
        jl_n64_cancel(n, JL_N64_PI_WRITE);
        jl_pi_write_done(n);
        return n->pi.latch;
    }
    return (uint32_t)jl_cart_read16(n, addr) << 16 | jl_cart_read16(n, addr + 2);
}

/* The IS-Viewer is as fast as its programs want it: libdragon's write word after word without waiting. */
void jl_pi_bus_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    if (jl_isviewer_has(addr)) {
        jl_cart_write16(n, addr, (uint16_t)(v >> 16));
        jl_cart_write16(n, addr + 2, (uint16_t)v);
        return;
    }
    if (n->pi.status & (IO_BUSY | DMA_BUSY))
        return;
    n->pi.latch = v;
    n->pi.status |= IO_BUSY;
    jl_n64_after(n, JL_N64_PI_WRITE, WRITE_CYCLES);
    if (n->save.kind == JL_N64_FLASH && addr == 0x08010000)
        jl_flash_command(n, v);
    jl_cart_write16(n, addr, (uint16_t)(v >> 16));
    jl_cart_write16(n, addr + 2, (uint16_t)v);
}

void jl_pi_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "pi");
    JL_STATE_ONE(s, "dram", n->pi.dram, 0xffffff);
    JL_STATE_ONE(s, "cart", n->pi.cart, ~1u);
    JL_STATE_ONE(s, "rd_len", n->pi.rd_len, 0x7f);
    JL_STATE_ONE(s, "wr_len", n->pi.wr_len, 0x7f);
    JL_STATE_ONE(s, "status", n->pi.status, DMA_BUSY | IO_BUSY | ERROR | DONE);
    for (unsigned i = 0; i < 8; i++) {
        char name[] = {'d', 'o', 'm', (char)('0' + i / 4), '_', (char)('0' + i % 4), 0};
        JL_STATE_ONE(s, name, n->pi.domain[i], domain_mask[i & 3]);
    }
    JL_STATE_ONE(s, "latch", n->pi.latch, JL_STATE_ANY);
}
