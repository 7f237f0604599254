/* Commands that only set state: images, modes, colours, tiles. */
#include "guests/n64/rdp/state.h"

static struct image image(uint64_t w) {
    return (struct image){
        .format = bits(w, 53, 3), .size = bits(w, 51, 2), .width = bits(w, 32, 10) + 1, .addr = bits(w, 0, 24)};
}
static struct colour colour(uint64_t w) {
    return (struct colour){
        {(int32_t)bits(w, 24, 8), (int32_t)bits(w, 16, 8), (int32_t)bits(w, 8, 8), (int32_t)bits(w, 0, 8)}};
}

static void set_other_modes(struct modes *m, uint64_t w) {
    *m = (struct modes){
        .cycle = bits(w, 52, 2),
        .perspective = bits(w, 51, 1),
        .detail = bits(w, 50, 1),
        .sharpen = bits(w, 49, 1),
        .lod = bits(w, 48, 1),
        .tlut = bits(w, 47, 1),
        .tlut_ia = bits(w, 46, 1),
        .bilinear = bits(w, 45, 1),
        .mid_texel = bits(w, 44, 1),
        .lerp = {bits(w, 43, 1), bits(w, 42, 1)},
        .convert_one = bits(w, 41, 1),
        .key = bits(w, 40, 1),
        .rgb_dither = bits(w, 38, 2),
        .alpha_dither = bits(w, 36, 2),
        .force_blend = bits(w, 14, 1),
        .alpha_is_cvg = bits(w, 13, 1),
        .cvg_times_alpha = bits(w, 12, 1),
        .z_mode = bits(w, 10, 2),
        .cvg_dest = bits(w, 8, 2),
        .colour_on_cvg = bits(w, 7, 1),
        .image_read = bits(w, 6, 1),
        .z_update = bits(w, 5, 1),
        .z_compare = bits(w, 4, 1),
        .antialias = bits(w, 3, 1),
        .z_from_prim = bits(w, 2, 1),
        .alpha_noise = bits(w, 1, 1),
        .alpha_compare = bits(w, 0, 1),
    };
    for (unsigned i = 0; i < 2; i++) {
        unsigned at = 16 + 2 * (1 - i);
        m->blend[i] = (struct blend_inputs){.p = (uint8_t)bits(w, at + 12, 2),
                                            .a = (uint8_t)bits(w, at + 8, 2),
                                            .m = (uint8_t)bits(w, at + 4, 2),
                                            .b = (uint8_t)bits(w, at, 2)};
    }
}

static void set_combine(struct combine_inputs c[2], uint64_t w) {
    c[0] = (struct combine_inputs){.rgb_a = (uint8_t)bits(w, 52, 4),
                                   .rgb_c = (uint8_t)bits(w, 47, 5),
                                   .alpha_a = (uint8_t)bits(w, 44, 3),
                                   .alpha_c = (uint8_t)bits(w, 41, 3),
                                   .rgb_b = (uint8_t)bits(w, 28, 4),
                                   .rgb_d = (uint8_t)bits(w, 15, 3),
                                   .alpha_b = (uint8_t)bits(w, 12, 3),
                                   .alpha_d = (uint8_t)bits(w, 9, 3)};
    c[1] = (struct combine_inputs){.rgb_a = (uint8_t)bits(w, 37, 4),
                                   .rgb_c = (uint8_t)bits(w, 32, 5),
                                   .rgb_b = (uint8_t)bits(w, 24, 4),
                                   .alpha_a = (uint8_t)bits(w, 21, 3),
                                   .alpha_c = (uint8_t)bits(w, 18, 3),
                                   .rgb_d = (uint8_t)bits(w, 6, 3),
                                   .alpha_b = (uint8_t)bits(w, 3, 3),
                                   .alpha_d = (uint8_t)bits(w, 0, 3)};
}

static void set_tile(struct tile *tile, uint64_t w) {
    tile->format = bits(w, 53, 3);
    tile->size = bits(w, 51, 2);
    tile->line = bits(w, 41, 9);
    tile->tmem = bits(w, 32, 9);
    tile->palette = bits(w, 20, 4);
    tile->t.clamp = bits(w, 19, 1);
    tile->t.mirror = bits(w, 18, 1);
    tile->t.mask = bits(w, 14, 4);
    tile->t.shift = bits(w, 10, 4);
    tile->s.clamp = bits(w, 9, 1);
    tile->s.mirror = bits(w, 8, 1);
    tile->s.mask = bits(w, 4, 4);
    tile->s.shift = bits(w, 0, 4);
}
static void set_tile_size(struct tile *tile, uint64_t w) {
    tile->s.low = bits(w, 44, 12);
    tile->t.low = bits(w, 32, 12);
    tile->s.high = bits(w, 12, 12);
    tile->t.high = bits(w, 0, 12);
}

static void set_scissor(struct scissor *s, uint64_t w) {
    *s = (struct scissor){.xh = (int32_t)bits(w, 44, 12),
                          .yh = (int32_t)bits(w, 32, 12),
                          .field = bits(w, 25, 1),
                          .odd = bits(w, 24, 1),
                          .xl = (int32_t)bits(w, 12, 12),
                          .yl = (int32_t)bits(w, 0, 12)};
}

static void set_convert(int32_t k[6], uint64_t w) {
    for (unsigned i = 0; i < 6; i++) {
        int32_t v = sign_extend(bits(w, 45 - 9 * i, 9), 9);
        k[i] = i < 4 ? 2 * v + 1 : v; /* the first four are coefficients in half steps */
    }
}

static void set_key_gb(struct jl_rdp *r, uint64_t w) {
    r->key_width.c[GREEN] = (int32_t)bits(w, 44, 12);
    r->key_width.c[BLUE] = (int32_t)bits(w, 32, 12);
    r->key_centre.c[GREEN] = (int32_t)bits(w, 24, 8);
    r->key_scale.c[GREEN] = (int32_t)bits(w, 16, 8);
    r->key_centre.c[BLUE] = (int32_t)bits(w, 8, 8);
    r->key_scale.c[BLUE] = (int32_t)bits(w, 0, 8);
}
static void set_key_r(struct jl_rdp *r, uint64_t w) {
    r->key_width.c[RED] = (int32_t)bits(w, 16, 12);
    r->key_centre.c[RED] = (int32_t)bits(w, 8, 8);
    r->key_scale.c[RED] = (int32_t)bits(w, 0, 8);
}

void rdp_set_register(struct jl_rdp *r, uint64_t w) {
    struct tile *tile = &r->tile[bits(w, 24, 3)];
    switch (bits(w, 56, 6)) {
    case 0x2a: set_key_gb(r, w); break;
    case 0x2b: set_key_r(r, w); break;
    case 0x2c: set_convert(r->convert, w); break;
    case 0x2d: set_scissor(&r->scissor, w); break;
    case 0x2e:
        r->prim_z = bits(w, 16, 16);
        r->prim_dz = bits(w, 0, 16);
        break;
    case 0x2f: set_other_modes(&r->modes, w); break;
    case 0x32: set_tile_size(tile, w); break;
    case 0x35: set_tile(tile, w); break;
    case 0x37: r->fill_colour = bits(w, 0, 32); break;
    case 0x38: r->fog = colour(w); break;
    case 0x39: r->blend = colour(w); break;
    case 0x3a:
        r->min_level = bits(w, 40, 5);
        r->prim_lod_frac = (int32_t)bits(w, 32, 8);
        r->prim = colour(w);
        break;
    case 0x3b: r->env = colour(w); break;
    case 0x3c: set_combine(r->combine, w); break;
    case 0x3d: r->texture_image = image(w); break;
    case 0x3e: r->z_image = bits(w, 0, 24); break;
    case 0x3f: r->colour_image = image(w); break;
    default: break;
    }
}
