/* The picture: the frame buffer that VI shows, pixel for pixel at its own size, before VI filters and scales it to the
 * television's. Only where pixels are about twice as high as wide (640 by 240) does each line come twice, as pictures
 * of such screens show it. */
#include <stdlib.h>
#include <string.h>

#include "guests/n64/frame.h"
#include "guests/n64/n64.h"

enum { CONTROL = 0, ORIGIN = 1, WIDTH = 2, H_VIDEO = 9, V_VIDEO = 10, X_SCALE = 12, Y_SCALE = 13 };
enum { TYPE = 3, TYPE_16 = 2, TYPE_32 = 3, SERRATE = 1 << 6 };
/* Programs that show 240 lines open a window of 237, whatever the television's standard. */
enum { WINDOW = 237, WINDOW_LINES = 240, MAX_HEIGHT = 1024 };

/* The window's extent in half lines or dots, scaled to the buffer's pixels. */
static unsigned extent(uint32_t window, uint32_t scale) {
    uint32_t start = window >> 16 & 0x3ff, end = window & 0x3ff;
    return end > start ? (end - start) * (scale & 0xfff) / 1024 : 0;
}

void jl_vi_pixel(const struct jl_n64 *n, uint32_t origin, uint32_t index, bool wide, uint8_t *rgb) {
    uint64_t at = origin + (uint64_t)index * (wide ? 4 : 2);
    if (at + (wide ? 4 : 2) > n->ram_bytes)
        return; /* black */
    if (wide) {
        jl_ram_get(n, at, rgb, 3);
        return;
    }
    unsigned v = (unsigned)*jl_ram_byte(n, at) << 8 | *jl_ram_byte(n, at + 1);
    for (unsigned i = 0; i < 3; i++) {
        unsigned five = v >> (11 - 5 * i) & 31;
        rgb[i] = (uint8_t)(five << 3 | five >> 2);
    }
}

uint8_t *jl_vi_frame(const struct jl_n64 *n, unsigned *width, unsigned *height) {
    const uint32_t *reg = n->vi.reg;
    unsigned stride = reg[WIDTH], shown = extent(reg[H_VIDEO], reg[X_SCALE]);
    unsigned lines = extent(reg[V_VIDEO], reg[Y_SCALE]) / 2;
    *width = stride;
    *height = (lines * WINDOW_LINES + WINDOW / 2) / WINDOW;
    if (shown && stride >= 2 * shown) { /* interlaced: a line of the other field lies between two of this one */
        *width = stride / 2;
        *height *= 2;
    }
    if ((reg[CONTROL] & TYPE) < TYPE_16 || !*width || !*height || *height > MAX_HEIGHT)
        return NULL;
    unsigned times = *width > 2 * *height ? 2 : 1;
    *height *= times;
    uint8_t *rgb = calloc((size_t)*width * *height, 3);
    for (uint32_t y = 0; rgb && y < *height; y++)
        for (uint32_t x = 0; x < *width; x++)
            jl_vi_pixel(n, reg[ORIGIN], y / times * *width + x, (reg[CONTROL] & TYPE) == TYPE_32,
                        rgb + ((size_t)y * *width + x) * 3);
    return rgb;
}

uint8_t *jl_vi_picture(const struct jl_n64 *n, unsigned *width, unsigned *height) {
    uint8_t *rgb = jl_vi_frame(n, width, height);
    if (rgb)
        return rgb;
    *width = 320;
    *height = 240;
    return calloc((size_t)*width * *height, 3);
}
