/* One texel out of TMEM, in each format and size, and through the palette. */
#include "guests/n64/rdp/state.h"

static uint32_t get8(const struct jl_rdp *r, uint32_t at) {
    return r->tmem[at & (TMEM_BYTES - 1)];
}
static uint32_t get16(const struct jl_rdp *r, uint32_t at) {
    return get8(r, at & ~1u) << 8 | get8(r, at | 1);
}

static struct colour colour(uint32_t red, uint32_t green, uint32_t blue, uint32_t alpha) {
    return (struct colour){{(int32_t)red, (int32_t)green, (int32_t)blue, (int32_t)alpha}};
}
static uint32_t widen3(uint32_t v) {
    return v << 5 | v << 2 | v >> 1;
}
static uint32_t widen4(uint32_t v) {
    return v << 4 | v;
}
static uint32_t widen5(uint32_t v) {
    v &= 31;
    return v << 3 | v >> 2;
}
static struct colour rgba16(uint32_t v) {
    return colour(widen5(v >> 11), widen5(v >> 6), widen5(v >> 1), v & 1 ? 255 : 0);
}
static struct colour ia16(uint32_t v) {
    return colour(v >> 8, v >> 8, v >> 8, v & 255);
}

/* Byte addresses; the odd rows' swap is applied last. */
struct place {
    uint32_t row, swap;
};
static struct place place(const struct tile *tile, uint32_t t) {
    return (struct place){(tile->tmem + t * tile->line) * 8, t & 1 ? 4 : 0};
}
static uint32_t texel4(const struct jl_rdp *r, struct place p, uint32_t s) {
    uint32_t v = get8(r, (p.row + s / 2) ^ p.swap);
    return s & 1 ? v & 15 : v >> 4;
}
static uint32_t texel8(const struct jl_rdp *r, struct place p, uint32_t s) {
    return get8(r, (p.row + s) ^ p.swap);
}
static uint32_t texel16(const struct jl_rdp *r, struct place p, uint32_t s) {
    return get16(r, (p.row + s * 2) ^ p.swap);
}
static uint32_t texel32(const struct jl_rdp *r, struct place p, uint32_t s) {
    uint32_t at = ((p.row + s * 2) ^ p.swap) & (TMEM_HALF - 1);
    return get16(r, at) << 16 | get16(r, TMEM_HALF + at);
}

/* Chroma around 0 in red (U) and green (V), luma in blue and alpha, as the converter wants them. */
static struct colour yuv(const struct jl_rdp *r, struct place p, uint32_t s) {
    uint32_t chroma = ((p.row + (s & ~1u)) ^ p.swap) & (TMEM_HALF - 1);
    uint32_t luma = get8(r, TMEM_HALF + (((p.row + s) ^ p.swap) & (TMEM_HALF - 1)));
    return (struct colour){
        {(int32_t)get8(r, chroma) - 128, (int32_t)get8(r, chroma + 1) - 128, (int32_t)luma, (int32_t)luma}};
}

/* A palette entry: the index is the texel's upper byte, or a 4-bit texel below the tile's palette number. Texels that
 * go through the palette lie in TMEM's low half. */
static uint32_t palette(const struct jl_rdp *r, const struct tile *tile, struct place p, uint32_t s) {
    uint32_t index;
    p.row &= TMEM_HALF - 1;
    switch (tile->size) {
    case SIZE_4: index = tile->palette << 4 | texel4(r, p, s); break;
    case SIZE_8: index = texel8(r, p, s); break;
    default: index = texel16(r, p, s) >> 8; break;
    }
    return get16(r, TMEM_HALF + index * 8);
}

static struct colour texel_4(const struct tile *tile, uint32_t v) {
    if (tile->format == FORMAT_IA) {
        uint32_t i = widen3(v >> 1);
        return colour(i, i, i, v & 1 ? 255 : 0);
    }
    uint32_t i = tile->format == FORMAT_CI ? tile->palette << 4 | v : widen4(v);
    return colour(i, i, i, i);
}
static struct colour texel_8(const struct tile *tile, uint32_t v) {
    if (tile->format == FORMAT_IA) {
        uint32_t i = widen4(v >> 4);
        return colour(i, i, i, widen4(v & 15));
    }
    return colour(v, v, v, v);
}

static struct colour texel(const struct jl_rdp *r, const struct tile *tile, uint32_t s, uint32_t t) {
    struct place p = place(tile, t);
    if (r->modes.tlut) {
        uint32_t v = palette(r, tile, p, s);
        return r->modes.tlut_ia ? ia16(v) : rgba16(v);
    }
    if (tile->format == FORMAT_YUV) {
        return yuv(r, p, s);
    }
    uint32_t v;
    switch (tile->size) {
    case SIZE_4: return texel_4(tile, texel4(r, p, s));
    case SIZE_8: return texel_8(tile, texel8(r, p, s));
    case SIZE_16: v = texel16(r, p, s); return tile->format == FORMAT_RGBA ? rgba16(v) : ia16(v);
    default: v = texel32(r, p, s); return colour(v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
    }
}

void rdp_texel(const struct jl_rdp *r, const struct tile *tile, uint32_t s, uint32_t t, struct colour *out) {
    *out = texel(r, tile, s, t);
}

uint32_t rdp_texel_raw16(const struct jl_rdp *r, const struct tile *tile, uint32_t s, uint32_t t) {
    struct place p = place(tile, t);
    if (r->modes.tlut) {
        return palette(r, tile, p, s);
    }
    switch (tile->size) {
    case SIZE_4: return texel4(r, p, s) * 0x1111;
    case SIZE_8: return texel8(r, p, s) * 0x0101;
    case SIZE_16: return texel16(r, p, s);
    default: return texel32(r, p, s) >> 16;
    }
}
