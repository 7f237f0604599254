/* The picture as VI sends it to a television: the window of H_VIDEO and V_VIDEO in a screen of 640 by 480 points (576
 * for PAL), black around it, in it the frame buffer scaled by X_SCALE and Y_SCALE. A field has every other line of the
 * screen: without interlacing each line comes twice; with it, the two fields are woven, each with the registers that it
 * was shown with. Colours between pixels are interpolated as VI does it (with 5 bits of fraction) unless the mode says
 * replicate; gamma is the square root that VI takes. Anti-aliasing, divot and the dither filter are left out.
 */
#include <stdlib.h>
#include <string.h>

#include "guests/n64/frame.h"
#include "guests/n64/n64.h"

enum { CONTROL = 0, ORIGIN = 1, WIDTH = 2, V_SYNC = 6, H_VIDEO = 9, V_VIDEO = 10, X_SCALE = 12, Y_SCALE = 13 };
enum { TYPE = 3, TYPE_16 = 2, TYPE_32 = 3, GAMMA = 1 << 3, SERRATE = 1 << 6, MODE_REPLICATE = 3 << 8, PAL_LINES = 550 };

/* Where the screen begins, in VI's dots and half lines, and how many lines a field of it has. */
struct screen {
    uint32_t left, top, lines;
};
static struct screen screen_of(const uint32_t *reg) {
    bool pal = reg[V_SYNC] > PAL_LINES;
    return pal ? (struct screen){128, 44, 288} : (struct screen){108, 34, 240};
}

static uint8_t root(unsigned v) {
    unsigned r = 0;
    for (unsigned bit = 1 << 6; bit; bit >>= 1)
        if ((r | bit) * (r | bit) <= v << 6)
            r |= bit;
    return (uint8_t)(2 * r);
}

/* One line of the frame buffer, at x with 10 bits of fraction. */
struct line {
    const uint32_t *reg;
    uint32_t y;
};
static void between(const struct jl_n64 *n, const struct line *line, uint32_t x, uint8_t *rgb) {
    uint32_t index = line->y * line->reg[WIDTH] + (x >> 10);
    bool wide = (line->reg[CONTROL] & TYPE) == TYPE_32;
    uint8_t right[3] = {0};
    jl_vi_pixel(n, line->reg[ORIGIN], index, wide, rgb);
    if ((line->reg[CONTROL] & MODE_REPLICATE) == MODE_REPLICATE)
        return;
    jl_vi_pixel(n, line->reg[ORIGIN], index + 1, wide, right);
    for (unsigned i = 0; i < 3; i++)
        rgb[i] = (uint8_t)(rgb[i] + (((right[i] - rgb[i]) * (int)(x >> 5 & 31) + 16) >> 5));
}

static void point(const struct jl_n64 *n, const uint32_t *reg, uint32_t x, uint32_t y, uint8_t *rgb) {
    struct line line = {reg, y >> 10};
    uint8_t below[3] = {0};
    between(n, &line, x, rgb);
    if ((reg[CONTROL] & MODE_REPLICATE) != MODE_REPLICATE) {
        line.y++;
        between(n, &line, x, below);
        for (unsigned i = 0; i < 3; i++)
            rgb[i] = (uint8_t)(rgb[i] + (((below[i] - rgb[i]) * (int)(y >> 5 & 31) + 16) >> 5));
    }
    for (unsigned i = 0; i < 3 && reg[CONTROL] & GAMMA; i++)
        rgb[i] = root(rgb[i]);
}

/* The lines of one field: those of the screen that begin at rgb and go on every `stride` bytes. */
static void field(const struct jl_n64 *n, const uint32_t *reg, uint8_t *rgb, size_t stride) {
    struct screen s = screen_of(reg);
    uint32_t first = reg[V_VIDEO] >> 16, last = reg[V_VIDEO] & 0x3ff, left = reg[H_VIDEO] >> 16;
    uint32_t right = reg[H_VIDEO] & 0x3ff;
    if ((reg[CONTROL] & TYPE) < TYPE_16)
        return;
    for (uint32_t k = 0; k < s.lines; k++) {
        uint32_t at = s.top + 2 * k;
        if (at + 1 < first || at + 1 >= last) /* a window begins and ends in the middle of a line */
            continue;
        uint32_t y = (reg[Y_SCALE] >> 16) + (at + 1 - first) / 2 * (reg[Y_SCALE] & 0xfff);
        for (uint32_t i = 0; i < JL_N64_SCREEN_WIDTH; i++)
            if (s.left + i >= left && s.left + i < right)
                point(n, reg, (reg[X_SCALE] >> 16) + (s.left + i - left) * (reg[X_SCALE] & 0xfff), y,
                      rgb + k * stride + 3 * (size_t)i);
    }
}

uint8_t *jl_vi_scanout(const struct jl_n64 *n, unsigned *width, unsigned *height) {
    const uint32_t *reg = n->vi.reg;
    size_t row = 3 * JL_N64_SCREEN_WIDTH;
    *width = JL_N64_SCREEN_WIDTH;
    *height = 2 * screen_of(reg).lines;
    uint8_t *rgb = calloc(*height, row);
    if (!rgb)
        return NULL;
    if (reg[CONTROL] & SERRATE) { /* the field that V_CURRENT calls 1 has the upper lines */
        bool same = screen_of(n->vi.shown[0]).lines == screen_of(n->vi.shown[1]).lines &&
                    screen_of(n->vi.shown[0]).lines * 2 == *height;
        for (unsigned f = 0; f < 2; f++)
            field(n, same ? n->vi.shown[f] : reg, rgb + (f ? 0 : row), 2 * row);
        return rgb;
    }
    field(n, reg, rgb, 2 * row);
    for (unsigned y = 0; y < *height; y += 2)
        memcpy(rgb + (y + 1) * row, rgb + y * row, row);
    return rgb;
}
