/* Texture coordinates inside a tile, and the texture filter. */
#include "guests/n64/rdp/state.h"

enum { FRACTION = 5, ONE = 1 << FRACTION };

/* Mask and mirror of a whole texel coordinate. */
uint32_t rdp_wrap(const struct tile_axis *axis, int32_t whole) {
    if (axis->mask == 0) {
        return (uint32_t)whole & 0x3ff;
    }
    unsigned mask = axis->mask > 10 ? 10 : axis->mask;
    uint32_t v = (uint32_t)whole;
    if (axis->mirror && v >> mask & 1) {
        v = ~v;
    }
    return v & ((1u << mask) - 1);
}

/* Shift, distance from the tile's start, clamp: a coordinate in the tile with its fraction. Without a mask the tile is
 * always clamped. */
int32_t rdp_tile_coordinate(const struct tile_axis *axis, int32_t at) {
    at = sign_extend((uint32_t)at, 16);
    at = axis->shift < 11 ? at >> axis->shift : sign_extend((uint32_t)at << (16 - axis->shift), 16);
    bool past = at >> 3 >= (int32_t)axis->high;
    at -= (int32_t)axis->low << 3;
    if (axis->clamp || axis->mask == 0) {
        if (past) { /* this comes first where a tile's bounds are the wrong way round */
            return (int32_t)(((axis->high >> 2) - (axis->low >> 2)) & 0x3ff) << FRACTION;
        }
        if (at < 0) {
            return 0;
        }
    }
    return at;
}

/* YUV to RGB, with the coefficients of Set Convert. */
void rdp_convert(const struct jl_rdp *r, const struct colour *in, struct colour *out) {
    const int32_t *k = r->convert;
    int32_t u = in->c[RED];
    int32_t v = in->c[GREEN];
    int32_t y = in->c[BLUE];
    out->c[RED] = y + ((k[0] * v + 0x80) >> 8);
    out->c[GREEN] = y + ((k[1] * u + k[2] * v + 0x80) >> 8);
    out->c[BLUE] = y + ((k[3] * u + 0x80) >> 8);
    out->c[ALPHA] = y;
}

struct block {
    struct colour here, right, below, across;
};

/* Interpolates in the triangle of three texels that the point lies in. */
static void three_points(const struct block *b, int32_t s, int32_t t, struct colour *out) {
    for (unsigned i = 0; i < CHANNELS; i++) {
        int32_t here = b->here.c[i];
        int32_t right = b->right.c[i];
        int32_t below = b->below.c[i];
        int32_t across = b->across.c[i];
        out->c[i] =
            s + t < ONE
                ? here + ((s * (right - here) + t * (below - here) + ONE / 2) >> FRACTION)
                : across + (((ONE - s) * (below - across) + (ONE - t) * (right - across) + ONE / 2) >> FRACTION);
    }
}
static void middle(const struct block *b, struct colour *out) {
    for (unsigned i = 0; i < CHANNELS; i++) {
        out->c[i] = (b->here.c[i] + b->right.c[i] + b->below.c[i] + b->across.c[i] + 2) >> 2;
    }
}

void rdp_sample(const struct jl_rdp *r, const struct tile *tile, int32_t s, int32_t t, bool lerp, struct colour *out) {
    s = rdp_tile_coordinate(&tile->s, s);
    t = rdp_tile_coordinate(&tile->t, t);
    uint32_t s0 = rdp_wrap(&tile->s, s >> FRACTION);
    uint32_t t0 = rdp_wrap(&tile->t, t >> FRACTION);
    int32_t s_part = s & (ONE - 1);
    int32_t t_part = t & (ONE - 1);
    if (!lerp || !r->modes.bilinear || (s_part == 0 && t_part == 0)) {
        rdp_texel(r, tile, s0, t0, out);
        if (!lerp) {
            rdp_convert(r, out, out);
        }
        return;
    }
    uint32_t s1 = rdp_wrap(&tile->s, (s >> FRACTION) + 1);
    uint32_t t1 = rdp_wrap(&tile->t, (t >> FRACTION) + 1);
    struct block b;
    rdp_texel(r, tile, s0, t0, &b.here);
    rdp_texel(r, tile, s1, t0, &b.right);
    rdp_texel(r, tile, s0, t1, &b.below);
    rdp_texel(r, tile, s1, t1, &b.across);
    if (r->modes.mid_texel && s_part == ONE / 2 && t_part == ONE / 2) {
        middle(&b, out);
    } else {
        three_points(&b, s_part, t_part, out);
    }
}
