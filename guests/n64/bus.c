/* Physical addresses: RDRAM, the registers of the RCP, the cartridge's bus, PIF.
 *
 * Everything but RDRAM is reached in words. A narrow store puts the register onto the bus shifted to its place, and the
 * device takes all 32 bits; a 64-bit store's upper word is all that arrives. Narrow loads pick their bytes from the
 * word; on the cartridge's bus of 16 bits they miss every other half (n64-systemtest's cart and sp_memory groups show
 * all of this on hardware).
 */
#include "guests/n64/ai.h"
#include "guests/n64/bus.h"
#include "guests/n64/dp.h"
#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/pi.h"
#include "guests/n64/pif.h"
#include "guests/n64/ri.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/si.h"
#include "guests/n64/sp.h"
#include "guests/n64/vi.h"
#include "guests/n64/views.h"

struct device {
    uint32_t first, last;
    uint32_t (*read)(struct jl_n64 *n, uint32_t addr);
    void (*write)(struct jl_n64 *n, uint32_t addr, uint32_t v);
    bool cartridge;
};

/* What the processor waits for a load. A store goes into its write buffer. */
static void wait(struct jl_n64 *n, const struct device *d, uint32_t phys) {
    jl_n64_wait(n, d->cartridge ? jl_pi_read_wait(n, phys) : JL_N64_READ_WAIT);
}

static const struct device devices[] = {
    {0x03f00000, 0x03ffffff, jl_rdram_reg_read, jl_rdram_reg_write, false},
    {0x04000000, 0x0403ffff, jl_sp_mem_read, jl_sp_mem_write, false},
    {0x04040000, 0x0407ffff, jl_sp_read, jl_sp_write, false},
    {0x04080000, 0x040fffff, jl_sp_pc_read, jl_sp_pc_write, false},
    {0x04100000, 0x041fffff, jl_dp_read, jl_dp_write, false},
    {0x04200000, 0x042fffff, jl_dps_read, jl_dps_write, false},
    {0x04300000, 0x043fffff, jl_mi_read, jl_mi_write, false},
    {0x04400000, 0x044fffff, jl_vi_read, jl_vi_write, false},
    {0x04500000, 0x045fffff, jl_ai_read, jl_ai_write, false},
    {0x04600000, 0x046fffff, jl_pi_read, jl_pi_write, false},
    {0x04700000, 0x047fffff, jl_ri_read, jl_ri_write, false},
    {0x04800000, 0x048fffff, jl_si_read, jl_si_write, false},
    {0x05000000, 0x1fbfffff, jl_pi_bus_read, jl_pi_bus_write, true},
    {0x1fc00000, 0x1fc007ff, jl_pif_read, jl_pif_write, false},
    {0x1fd00000, 0x7fffffff, jl_pi_bus_read, jl_pi_bus_write, true},
};

static const struct device *device_at(uint32_t phys) {
    for (unsigned i = 0; i < sizeof devices / sizeof *devices; i++)
        if (phys >= devices[i].first && phys <= devices[i].last)
            return &devices[i];
    return NULL;
}

const void *jl_bus_device(uint32_t phys) {
    const struct device *d = device_at(phys);
    return d && d == device_at(phys | 0xfff) && d == device_at(phys & ~0xfffu) ? d : NULL;
}

uint32_t jl_bus_device_read(struct jl_n64 *n, const void *device, uint32_t phys) {
    const struct device *d = device;
    uint32_t v = d->read(n, phys);
    wait(n, d, phys);
    return v;
}

void jl_bus_device_write(struct jl_n64 *n, const void *device, uint32_t phys, uint32_t v) {
    const struct device *d = device;
    d->write(n, phys, v);
}

static uint64_t ram_read(const struct jl_n64 *n, uint32_t phys, unsigned size) {
    uint64_t v = 0;
    if (phys + size > n->ram_bytes) /* no chip answers */
        return 0;
    for (unsigned i = 0; i < size; i++)
        v = v << 8 | *jl_ram_byte(n, phys + i);
    return v;
}

/* MI's init mode: the bus carries the value again and again for a number of bytes, within a row of 2 KiB. */
static void ram_repeat(struct jl_n64 *n, uint32_t phys, unsigned size, uint64_t value) {
    enum { ROW = 0x7ff };
    uint32_t word = (uint32_t)value << (size == 1 ? 24 - 8 * (phys & 3) : size == 2 ? 16 - 8 * (phys & 2) : 0);
    uint64_t bus = size == 8 ? value : (uint64_t)word << 32 | word;
    uint32_t length = (n->mi.mode & 0x7f) + 1, askew = phys & 7;
    for (uint32_t i = 0; i + askew < length; i++) {
        uint32_t at = (phys & ~(uint32_t)ROW) | ((phys + i) & ROW);
        if (at < n->ram_bytes)
            *jl_ram_byte(n, at) = (uint8_t)(bus >> (56 - 8 * (at & 7)));
    }
    if ((phys & ~(uint32_t)ROW) < n->ram_bytes)
        jl_n64_ram_written(n, phys & ~(uint32_t)ROW, ROW + 1);
    n->mi.mode &= ~(uint32_t)JL_N64_MI_INIT;
    jl_views_writable(n, true);
}

static void ram_write(struct jl_n64 *n, uint32_t phys, unsigned size, uint64_t value) {
    if (n->mi.mode & JL_N64_MI_INIT) {
        ram_repeat(n, phys, size, value);
        return;
    }
    if (phys + size > n->ram_bytes)
        return;
    for (unsigned i = 0; i < size; i++)
        *jl_ram_byte(n, phys + i) = (uint8_t)(value >> (8 * (size - 1 - i)));
    jl_n64_ram_written(n, phys, size);
}

static uint64_t narrow_read(struct jl_n64 *n, const struct device *d, uint32_t phys, unsigned size) {
    if (d->cartridge) {
        uint32_t half = d->read(n, (phys + 2) & ~3u) >> 16;
        return size == 2 ? half : half >> (phys & 1 ? 0 : 8) & 0xff;
    }
    uint32_t word = d->read(n, phys & ~3u);
    return size == 2 ? word >> (phys & 2 ? 0 : 16) & 0xffff : word >> (8 * (3 - (phys & 3))) & 0xff;
}

uint32_t jl_bus_read32(struct jl_n64 *n, uint32_t phys) {
    if (phys < devices[0].first)
        return (uint32_t)ram_read(n, phys & ~3u, 4);
    const struct device *d = device_at(phys);
    return d ? d->read(n, phys & ~3u) : 0;
}

uint64_t jl_bus_read(struct jl_n64 *n, uint32_t phys, unsigned size) {
    if (phys < devices[0].first)
        return ram_read(n, phys, size);
    const struct device *d = device_at(phys);
    if (!d)
        return 0;
    uint64_t v = size < 4 ? narrow_read(n, d, phys, size) : d->read(n, phys & ~3u);
    if (size == 8)
        v = v << 32 | jl_bus_read32(n, phys + 4);
    wait(n, d, phys);
    return v;
}

void jl_bus_write(struct jl_n64 *n, uint32_t phys, unsigned size, uint64_t value) {
    if (phys < devices[0].first) {
        ram_write(n, phys, size, value);
        return;
    }
    const struct device *d = device_at(phys);
    uint32_t word = size == 8   ? (uint32_t)(value >> 32)
                    : size == 2 ? (uint32_t)value << (phys & 2 ? 0 : 16)
                    : size == 1 ? (uint32_t)value << (8 * (3 - (phys & 3)))
                                : (uint32_t)value;
    if (d)
        d->write(n, phys & ~3u, word);
}
