/* The colour image: pixels of 8, 16 and 32 bits. Coverage is kept beside the colour: in the lowest bit and the ninth
 * bits of 16-bit pixels, in the alpha of 32-bit ones. 4-bit images cannot be drawn to (the hardware writes garbage). */
#include "guests/n64/rdp/state.h"

static uint32_t address(const struct jl_rdp *r, int32_t x, int32_t y) {
    const struct image *image = &r->colour_image;
    return image->addr + (((uint32_t)y * image->width + (uint32_t)x) << image->size >> 1);
}

static void set(struct colour *c, uint32_t red, uint32_t green, uint32_t blue, uint32_t coverage) {
    c->c[RED] = (int32_t)red;
    c->c[GREEN] = (int32_t)green;
    c->c[BLUE] = (int32_t)blue;
    c->c[ALPHA] = (int32_t)coverage << 5;
}

uint32_t rdp_frame_read(const struct jl_rdp *r, int32_t x, int32_t y, struct colour *colour) {
    uint32_t at = address(r, x, y);
    uint32_t v = 0;
    uint32_t coverage = 7;
    switch (r->colour_image.size) {
    case SIZE_16:
        v = rdp_read16(r, at);
        coverage = (v & 1) << 2 | rdp_read_ninth(r, at);
        set(colour, v >> 8 & 0xf8, v >> 3 & 0xf8, v << 2 & 0xf8, coverage);
        break;
    case SIZE_32:
        v = rdp_read32(r, at);
        coverage = v >> 5 & 7;
        set(colour, v >> 24, v >> 16 & 0xff, v >> 8 & 0xff, coverage);
        break;
    default:
        v = r->colour_image.size == SIZE_8 ? rdp_read8(r, at) : 0;
        set(colour, v, v, v, coverage);
        break;
    }
    return coverage;
}

void rdp_frame_write(struct jl_rdp *r, int32_t x, int32_t y, const struct colour *colour, uint32_t coverage) {
    uint32_t at = address(r, x, y);
    uint32_t red = (uint32_t)colour->c[RED] & 0xff;
    uint32_t green = (uint32_t)colour->c[GREEN] & 0xff;
    uint32_t blue = (uint32_t)colour->c[BLUE] & 0xff;
    switch (r->colour_image.size) {
    case SIZE_8: rdp_write8(r, at, red); break;
    case SIZE_16:
        if (r->colour_image.format == FORMAT_RGBA) {
            rdp_write16(r, at, (red >> 3) << 11 | (green >> 3) << 6 | (blue >> 3) << 1 | coverage >> 2, coverage);
        } else {
            rdp_write16(r, at, red << 8 | coverage << 5, 0);
        }
        break;
    case SIZE_32: rdp_write32(r, at, red << 24 | green << 16 | blue << 8 | coverage << 5); break;
    default: break;
    }
}

void rdp_frame_wrote(struct jl_rdp *r, int32_t y, int32_t left, int32_t right) {
    if (r->on_write && left <= right) {
        uint32_t first = address(r, left, y);
        rdp_wrote(r, first, ((uint64_t)(right - left + 1) << r->colour_image.size) >> 1);
    }
}
