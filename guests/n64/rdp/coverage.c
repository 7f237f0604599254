/* Coverage: eight samples a pixel in a checkerboard, two on each of its four sub-scanlines. */
#include "guests/n64/rdp/state.h"

unsigned rdp_coverage_mask(const struct span *span, int32_t x) {
    unsigned mask = 0;
    for (unsigned sub = 0; sub < 4; sub++) {
        /* The quarters of the pixel before either edge; a quarter whose start the edge has passed is out. */
        int32_t before = (clamp(span->sub_left[sub], x * 8, x * 8 + 8) - x * 8 + 1) >> 1;
        int32_t until = (clamp(span->sub_right[sub], x * 8, x * 8 + 8) - x * 8 + 1) >> 1;
        mask = mask << 4 | ((0xfu >> before) & ~(0xfu >> until));
    }
    return mask & RDP_ALL_SAMPLES;
}
