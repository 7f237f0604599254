/* RDRAM as the RDP sees it: nine bits a byte, of which only the RDP uses the ninth. What lies outside reads as 0 and
 * swallows writes. The ninth bits are kept two to a halfword, since coverage and depth use them so; inverted, since
 * they begin as ones and memory full of zeros costs nothing until it is used. */
#include <stdlib.h>
#include <string.h>

#include "guests/n64/rdp/state.h"

struct jl_rdp *jl_rdp_new(uint8_t *rdram, uint32_t rdram_bytes) {
    struct jl_rdp *r = calloc(1, sizeof *r);
    if (!r) {
        return NULL;
    }
    r->rdram = rdram;
    r->rdram_bytes = rdram_bytes & ~7u;
    r->noise = 1;
    r->ninth = calloc(1, r->rdram_bytes / 2 + 1);
    if (!r->ninth) {
        free(r);
        return NULL;
    }
    return r;
}
void jl_rdp_free(struct jl_rdp *r) {
    if (r) {
        free(r->ninth);
        free(r);
    }
}
void jl_rdp_on_write(struct jl_rdp *r, void (*fn)(void *ctx, uint32_t addr, uint32_t bytes), void *ctx) {
    r->on_write = fn;
    r->on_write_ctx = ctx;
}
void jl_rdp_on_work(struct jl_rdp *r, bool (*stops)(void *ctx), void *ctx) {
    r->on_work = stops;
    r->on_work_ctx = ctx;
}

void jl_rdp_swizzle(struct jl_rdp *r) {
    r->flip = 3;
}

static uint8_t *byte_at(const struct jl_rdp *r, uint32_t addr) {
    return r->rdram + (addr ^ r->flip);
}

uint32_t rdp_read8(const struct jl_rdp *r, uint32_t addr) {
    return addr < r->rdram_bytes ? *byte_at(r, addr) : 0;
}
uint32_t rdp_read16(const struct jl_rdp *r, uint32_t addr) {
    addr &= ~1u;
    return addr < r->rdram_bytes ? (uint32_t)*byte_at(r, addr) << 8 | *byte_at(r, addr + 1) : 0;
}
uint32_t rdp_read32(const struct jl_rdp *r, uint32_t addr) {
    addr &= ~3u;
    return rdp_read16(r, addr) << 16 | rdp_read16(r, addr + 2);
}
uint32_t rdp_read_ninth(const struct jl_rdp *r, uint32_t addr) {
    return addr < r->rdram_bytes ? r->ninth[addr / 2] ^ 3u : 0;
}

void rdp_write8(struct jl_rdp *r, uint32_t addr, uint32_t v) {
    if (addr < r->rdram_bytes) {
        *byte_at(r, addr) = (uint8_t)v;
    }
}
void rdp_write16(struct jl_rdp *r, uint32_t addr, uint32_t v, uint32_t ninth) {
    addr &= ~1u;
    if (addr < r->rdram_bytes) {
        *byte_at(r, addr) = (uint8_t)(v >> 8);
        *byte_at(r, addr + 1) = (uint8_t)v;
        r->ninth[addr / 2] = ~ninth & 3;
    }
}
void rdp_write32(struct jl_rdp *r, uint32_t addr, uint32_t v) {
    addr &= ~3u;
    rdp_write16(r, addr, v >> 16, v & 0x10000 ? 3 : 0);
    rdp_write16(r, addr + 2, v & 0xffff, v & 1 ? 3 : 0);
}

void rdp_fill32(struct jl_rdp *r, uint32_t addr, uint32_t words, uint32_t v) {
    if (addr >= r->rdram_bytes)
        return;
    uint32_t left = (r->rdram_bytes - addr) / 4, stored = r->flip ? v : __builtin_bswap32(v);
    uint16_t ninth = (uint16_t)((v & 0x10000 ? 0 : 3) | (v & 1 ? 0 : 3 << 8)); /* inverted, a byte for each half */
    if (words > left)
        words = left;
    for (uint32_t i = 0; i < words; i++)
        memcpy(r->rdram + addr + 4 * i, &stored, 4);
    for (uint32_t i = 0; i < words; i++)
        memcpy(r->ninth + addr / 2 + 2 * i, &ninth, 2);
}

/* Reports the part of the range that lies inside RDRAM. */
void rdp_wrote(struct jl_rdp *r, uint64_t addr, uint64_t bytes) {
    if (!r->on_write || addr >= r->rdram_bytes || bytes == 0) {
        return;
    }
    uint64_t left = r->rdram_bytes - addr;
    r->on_write(r->on_write_ctx, (uint32_t)addr, (uint32_t)(bytes < left ? bytes : left));
}
