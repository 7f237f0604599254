/* Fill and copy cycles: no pipeline, no coverage; both ends of a span are drawn. */
#include "guests/n64/rdp/state.h"

/* The fill colour is a pattern of four bytes that repeats from address 0 on. */
static uint32_t fill_part(const struct jl_rdp *r, uint32_t addr, unsigned bytes) {
    unsigned last = (addr & 3) + bytes;
    return r->fill_colour >> 8 * (4 - last);
}

static void fill_half(struct jl_rdp *r, uint32_t at) {
    uint32_t v = fill_part(r, at, 2) & 0xffff;
    rdp_write16(r, at, v, v & 1 ? 3 : 0);
}

/* Halfwords, or pairs of them: whole words at once between the first and the last one. */
static void fill_halves(struct jl_rdp *r, uint32_t at, uint32_t count) {
    if (count && at & 2) {
        fill_half(r, at);
        at += 2;
        count--;
    }
    rdp_fill32(r, at, count / 2, r->fill_colour);
    if (count & 1)
        fill_half(r, at + 2 * (count - 1));
}

void rdp_fill_span(struct jl_rdp *r, const struct span *span) {
    const struct image *image = &r->colour_image;
    uint32_t bytes = 1u << image->size >> 1;
    uint32_t at = (image->addr & ~(bytes - 1)) + ((uint32_t)span->y * image->width + (uint32_t)span->left) * bytes;
    uint32_t pixels = span->left <= span->right ? (uint32_t)(span->right - span->left) + 1 : 0;
    if (image->size == SIZE_16 || image->size == SIZE_32)
        fill_halves(r, at, pixels * (bytes / 2));
    for (uint32_t i = 0; image->size == SIZE_8 && i < pixels; i++)
        rdp_write8(r, at + i, fill_part(r, at + i, 1));
    rdp_frame_wrote(r, span->y, span->left, span->right);
}

/* Copy takes four texels of a row at a time, and steps the coordinates once for them. */
static uint32_t copied_texel(const struct jl_rdp *r, const struct span *span, int32_t pixel) {
    const struct tile *tile = &r->tile[span->prim->tile];
    const struct coefficient *attr = span->prim->attr;
    uint32_t group = (uint32_t)(pixel >> 2);
    int32_t s = (int32_t)(span->attr[ATTR_S] + group * attr[ATTR_S].dx) >> 16;
    int32_t t = (int32_t)(span->attr[ATTR_T] + group * attr[ATTR_T].dx) >> 16;
    s = rdp_tile_coordinate(&tile->s, s + 32 * (pixel & 3));
    t = rdp_tile_coordinate(&tile->t, t);
    return rdp_texel_raw16(r, tile, rdp_wrap(&tile->s, s >> 5), rdp_wrap(&tile->t, t >> 5));
}

/* Alpha compare in copy mode: the texel's one bit for 16-bit pixels, its value against the blend alpha for 8-bit ones.
 */
static bool copied_passes(const struct jl_rdp *r, uint32_t texel) {
    if (!r->modes.alpha_compare) {
        return true;
    }
    uint32_t byte = texel >> 8;
    return r->colour_image.size == SIZE_16 ? texel & 1 : byte != 0 && byte >= (uint32_t)r->blend.c[ALPHA];
}

void rdp_copy_span(struct jl_rdp *r, const struct span *span) {
    const struct image *image = &r->colour_image;
    if (image->size != SIZE_8 && image->size != SIZE_16) {
        return; /* the hardware cannot copy to other sizes */
    }
    uint32_t bytes = 1u << image->size >> 1;
    uint32_t at = image->addr + ((uint32_t)span->y * image->width + (uint32_t)span->left) * bytes;
    for (int32_t x = span->left; x <= span->right; x++, at += bytes) {
        uint32_t texel = span->prim->texture ? copied_texel(r, span, x - span->x0) : 0;
        if (!copied_passes(r, texel)) {
            continue;
        }
        if (image->size == SIZE_16) {
            rdp_write16(r, at, texel, texel & 1 ? 3 : 0);
        } else {
            rdp_write8(r, at, texel >> 8); /* an 8-bit texel is there twice */
        }
    }
    rdp_frame_wrote(r, span->y, span->left, span->right);
}
