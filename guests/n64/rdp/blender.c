/* The blender, and the dither before the colour goes to memory. */
#include "guests/n64/rdp/state.h"

/* In all of these the pixel is apart from b, where it has become another by the second cycle. */
static const struct colour *input_colour(const struct jl_rdp *r, const struct blender *b, const struct colour *pixel,
                                         unsigned select) {
    switch (select) {
    case 0: return pixel;
    case 1: return &b->memory;
    case 2: return &r->blend;
    default: return &r->fog;
    }
}
static int32_t input_alpha(const struct jl_rdp *r, const struct blender *b, const struct colour *pixel,
                           unsigned select) {
    switch (select) {
    case 0: return pixel->c[ALPHA];
    case 1: return r->fog.c[ALPHA];
    case 2: return b->shade_alpha;
    default: return 0;
    }
}

/* p * a + m * (b + 1) with five bits of each factor; the sum of the factors divides it when it need not be 1. */
static void mix(const struct jl_rdp *r, const struct blender *b, const struct colour *pixel,
                const struct blend_inputs *in, bool divide, struct colour *out) {
    const int32_t *p = input_colour(r, b, pixel, in->p)->c;
    const int32_t *m = input_colour(r, b, pixel, in->m)->c;
    int32_t alpha = input_alpha(r, b, pixel, in->a);
    int32_t first = alpha >> 3;
    int32_t second = 0;
    switch (in->b) {
    case 0: second = (~alpha & 0xff) >> 3; break;
    case 1: /* coverage: three bits */
        second = b->memory.c[ALPHA] >> 3 | 3;
        first &= 0x3c;
        break;
    case 2: second = 31; break;
    default: break;
    }
    int32_t sum = (first >> 2) + (second >> 2) + 1;
    out->c[ALPHA] = pixel->c[ALPHA];
    for (unsigned i = RED; i <= BLUE; i++) {
        int32_t v = p[i] * first + m[i] * (second + 1);
        out->c[i] = divide ? clamp((v >> 2) / sum, 0, 255) : v >> 5 & 0xff;
    }
}

static void through(const struct colour *from, struct colour *out) {
    for (unsigned i = 0; i < CHANNELS; i++) {
        out->c[i] = from->c[i];
    }
}

void rdp_blend(const struct jl_rdp *r, const struct blender *b, struct colour *out) {
    const struct blend_inputs *in = &r->modes.blend[0];
    const struct colour *pixel = &b->pixel;
    struct colour first;
    if (r->modes.cycle == CYCLE_TWO) {
        mix(r, b, pixel, in, false, &first);
        pixel = &first;
        in = &r->modes.blend[1];
    }
    bool opaque = in->b == 0 && in->a == 0 && pixel->c[ALPHA] == 255;
    if (b->keep) {
        through(input_colour(r, b, pixel, in->m), out);
    } else if (!b->enabled || opaque) {
        through(input_colour(r, b, pixel, in->p), out);
    } else {
        mix(r, b, pixel, in, !r->modes.force_blend, out);
    }
}

static const uint8_t magic[4][4] = {{0, 6, 1, 7}, {4, 2, 5, 3}, {3, 5, 2, 4}, {7, 1, 6, 0}};
static const uint8_t bayer[4][4] = {{0, 4, 1, 5}, {4, 0, 5, 1}, {3, 7, 2, 6}, {7, 3, 6, 2}};

/* Where the pattern is below a channel's low three bits, the channel is rounded up to the next of 32 levels. */
void rdp_dither(const struct jl_rdp *r, struct colour *c, int32_t x, int32_t y, int32_t noise) {
    for (unsigned i = RED; i <= BLUE; i++) {
        int32_t threshold;
        switch (r->modes.rgb_dither) {
        case DITHER_MAGIC: threshold = magic[y & 3][x & 3]; break;
        case DITHER_BAYER: threshold = bayer[y & 3][x & 3]; break;
        case DITHER_NOISE: threshold = noise >> 3 * i & 7; break;
        default: return;
        }
        if ((c->c[i] & 7) > threshold) {
            c->c[i] = c->c[i] > 247 ? 255 : (c->c[i] & 0xf8) + 8;
        }
    }
}

/* What is added to alpha: the pattern of the colours' dither or its opposite, noise, or nothing. */
int32_t rdp_alpha_dither(const struct jl_rdp *r, int32_t x, int32_t y, int32_t noise) {
    bool use_bayer = r->modes.rgb_dither == DITHER_BAYER || r->modes.rgb_dither == DITHER_OFF;
    int32_t pattern = use_bayer ? bayer[y & 3][x & 3] : magic[y & 3][x & 3];
    switch (r->modes.alpha_dither) {
    case 0: return pattern;
    case 1: return ~pattern & 7;
    case 2: return noise >> 9 & 7;
    default: return 0;
    }
}

/* The hardware's noise is unknown; this one (xorshift) is at least the same in every run. */
int32_t rdp_noise(struct jl_rdp *r) {
    r->noise ^= r->noise << 13;
    r->noise ^= r->noise >> 17;
    r->noise ^= r->noise << 5;
    return (int32_t)(r->noise >> 8);
}
