/* Loads into texture memory (TMEM, 4 KiB of 64-bit words).
 *
 * TMEM is kept as the hardware has it. Odd rows have the two halves of each 64-bit word swapped, so that a 2x2 block of
 * texels comes from different banks. 32-bit texels are split: red and green in the low half of TMEM, blue and alpha at
 * the same place in the high half; YUV likewise, chroma low and luma high. A palette's entries are there four times,
 * one for each texel of a 2x2 block. */
#include "guests/n64/rdp/state.h"

static void put16(struct jl_rdp *r, uint32_t at, uint32_t v) {
    r->tmem[at & (TMEM_BYTES - 1)] = (uint8_t)(v >> 8);
    r->tmem[(at + 1) & (TMEM_BYTES - 1)] = (uint8_t)v;
}

static void load_plain(struct jl_rdp *r, uint32_t from, uint32_t to, uint32_t swap) {
    for (uint32_t i = 0; i < 8; i++) {
        r->tmem[((to + i) ^ swap) & (TMEM_BYTES - 1)] = (uint8_t)rdp_read8(r, from + i);
    }
}
static void load_rgba32(struct jl_rdp *r, uint32_t from, uint32_t to, uint32_t swap) {
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t at = ((to + 2 * i) ^ swap) & (TMEM_HALF - 1);
        for (uint32_t byte = 0; byte < 2; byte++) {
            r->tmem[at + byte] = (uint8_t)rdp_read8(r, from + 4 * i + byte);
            r->tmem[TMEM_HALF + at + byte] = (uint8_t)rdp_read8(r, from + 4 * i + 2 + byte);
        }
    }
}
static void load_yuv(struct jl_rdp *r, uint32_t from, uint32_t to, uint32_t swap) {
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t at = ((to + i) ^ swap) & (TMEM_HALF - 1);
        r->tmem[at] = (uint8_t)rdp_read8(r, from + 2 * i);
        r->tmem[TMEM_HALF + at] = (uint8_t)rdp_read8(r, from + 2 * i + 1);
    }
}

/* Loads the n-th 64-bit word of a row that begins at the given word of TMEM. */
static void load_word(struct jl_rdp *r, const struct tile *tile, uint32_t from, uint32_t row, uint32_t n, bool odd) {
    uint32_t swap = odd ? 4 : 0;
    if (tile->format == FORMAT_YUV) {
        load_yuv(r, from, row * 8 + n * 4, swap);
    } else if (tile->size == SIZE_32) {
        load_rgba32(r, from, row * 8 + n * 4, swap);
    } else {
        load_plain(r, from, row * 8 + n * 8, swap);
    }
}

static uint32_t image_at(const struct image *image, uint32_t s, uint32_t t) {
    return image->addr + ((t * image->width + s) << image->size >> 1);
}

/* Loads set the tile's bounds, too. */
static struct tile *loaded_tile(struct jl_rdp *r, uint64_t w) {
    struct tile *tile = &r->tile[bits(w, 24, 3)];
    tile->s.low = bits(w, 44, 12);
    tile->t.low = bits(w, 32, 12);
    tile->s.high = bits(w, 12, 12);
    tile->t.high = bits(w, 0, 12);
    return tile;
}

/* One run of texels. The fourth field adds up, with 11 bits of fraction, to the row that a word belongs to. */
void rdp_load_block(struct jl_rdp *r, uint64_t w) {
    struct tile *tile = loaded_tile(r, w);
    uint32_t step = tile->t.high;
    if (tile->s.high < tile->s.low) {
        return;
    }
    uint32_t bytes = (tile->s.high - tile->s.low + 1) << r->texture_image.size >> 1;
    uint32_t from = image_at(&r->texture_image, tile->s.low, tile->t.low);
    for (uint32_t n = 0; n * 8 < bytes && n < TMEM_BYTES / 8; n++) {
        uint32_t row = step * n >> 11;
        load_word(r, tile, from + n * 8, tile->tmem + row * tile->line, n, row & 1);
    }
}

void rdp_load_tile(struct jl_rdp *r, uint64_t w) {
    struct tile *tile = loaded_tile(r, w);
    uint32_t left = tile->s.low >> 2;
    uint32_t right = tile->s.high >> 2;
    uint32_t top = tile->t.low >> 2;
    uint32_t bottom = tile->t.high >> 2;
    if (right < left) {
        return;
    }
    uint32_t bytes = (right - left + 1) << r->texture_image.size >> 1;
    for (uint32_t t = top; t <= bottom; t++) {
        uint32_t from = image_at(&r->texture_image, left, t);
        for (uint32_t n = 0; n * 8 < bytes; n++) {
            load_word(r, tile, from + n * 8, tile->tmem + (t - top) * tile->line, n, (t - top) & 1);
        }
    }
}

/* A palette is loaded like a row of texels, only that each 64-bit word holds one halfword of the image four times. With
 * a 16-bit image and a 4-bit tile, as palettes are meant to be loaded, that is one entry a word. What other sizes do is
 * known from tests on the hardware: the image's size says how far the source and the place in the row go on, the tile's
 * how much room a texel of the row takes. */
void rdp_load_tlut(struct jl_rdp *r, uint64_t w) {
    struct tile *tile = loaded_tile(r, w);
    const struct image *image = &r->texture_image;
    uint32_t first = tile->s.low >> 2;
    uint32_t last = tile->s.high >> 2;
    if (last < first) {
        return;
    }
    bool usual = image->size == SIZE_16;
    uint32_t texels = usual ? 1 : 16u >> image->size; /* of the image in a step */
    uint32_t from = image_at(image, first, tile->t.low >> 2);
    uint32_t step = (64u >> image->size) << tile->size >> 1;
    for (uint32_t n = 0; n * texels <= last - first; n++) {
        uint32_t v = rdp_read16(r, from + n * (usual ? 2 : 8));
        uint32_t to = tile->tmem * 8 + n * step;
        if (tile->size == SIZE_32) {
            to = (tile->tmem * 8 + n * step / 2) & (TMEM_HALF - 1);
            put16(r, to, v);
            put16(r, to + 2, v);
            put16(r, TMEM_HALF + to, v);
            put16(r, TMEM_HALF + to + 2, v);
            continue;
        }
        for (uint32_t copy = 0; copy < 4; copy++) {
            put16(r, (to & ~7u) + copy * 2, v);
        }
    }
}
