/* The RDP's part of a savestate. What commands can put into a field is all that it may have when it is read. */
#include "guests/n64/rdp/state.h"
#include "guests/n64/state.h"

static void colour(struct jl_state *s, const char *name, struct colour *c, uint32_t mask) {
    jl_state_field(s, name, c->c, sizeof c->c[0], CHANNELS, mask);
}

static void image(struct jl_state *s, const char *name, struct image *i) {
    jl_state_part(s, "rdp.%s", name);
    JL_STATE_ONE(s, "format", i->format, 7);
    JL_STATE_ONE(s, "size", i->size, 3);
    JL_STATE_ONE(s, "width", i->width, 0x7ff);
    JL_STATE_ONE(s, "addr", i->addr, 0xffffff);
    jl_state_require(s, i->width <= 0x400, "width");
}

static void axis(struct jl_state *s, unsigned tile, const char *name, struct tile_axis *a) {
    jl_state_part(s, "rdp.tile[%u].%s", tile, name);
    JL_STATE_ONE(s, "low", a->low, 0xfff);
    JL_STATE_ONE(s, "high", a->high, 0xfff);
    JL_STATE_ONE(s, "mask", a->mask, 15);
    JL_STATE_ONE(s, "shift", a->shift, 15);
    JL_STATE_ONE(s, "clamp", a->clamp, 1);
    JL_STATE_ONE(s, "mirror", a->mirror, 1);
}

static void tile(struct jl_state *s, unsigned number, struct tile *t) {
    jl_state_part(s, "rdp.tile[%u]", number);
    JL_STATE_ONE(s, "format", t->format, 7);
    JL_STATE_ONE(s, "size", t->size, 3);
    JL_STATE_ONE(s, "line", t->line, 0x1ff);
    JL_STATE_ONE(s, "tmem", t->tmem, 0x1ff);
    JL_STATE_ONE(s, "palette", t->palette, 15);
    axis(s, number, "s", &t->s);
    axis(s, number, "t", &t->t);
}

static void modes(struct jl_state *s, struct modes *m) {
    jl_state_part(s, "rdp.modes");
    JL_STATE_ONE(s, "cycle", m->cycle, 3);
    bool *const switches[] = {
        &m->perspective, &m->detail,       &m->sharpen,         &m->lod,         &m->tlut,          &m->tlut_ia,
        &m->bilinear,    &m->mid_texel,    &m->lerp[0],         &m->lerp[1],     &m->convert_one,   &m->key,
        &m->force_blend, &m->alpha_is_cvg, &m->cvg_times_alpha, &m->image_read,  &m->colour_on_cvg, &m->z_update,
        &m->z_compare,   &m->antialias,    &m->z_from_prim,     &m->alpha_noise, &m->alpha_compare,
    };
    static const char *const names[] = {
        "perspective", "detail",       "sharpen",         "lod",         "tlut",          "tlut_ia",
        "bilinear",    "mid_texel",    "lerp0",           "lerp1",       "convert_one",   "key",
        "force_blend", "alpha_is_cvg", "cvg_times_alpha", "image_read",  "colour_on_cvg", "z_update",
        "z_compare",   "antialias",    "z_from_prim",     "alpha_noise", "alpha_compare",
    };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        jl_state_field(s, names[i], switches[i], sizeof(bool), 1, 1);
    JL_STATE_ONE(s, "rgb_dither", m->rgb_dither, 3);
    JL_STATE_ONE(s, "alpha_dither", m->alpha_dither, 3);
    JL_STATE_ONE(s, "z_mode", m->z_mode, 3);
    JL_STATE_ONE(s, "cvg_dest", m->cvg_dest, 3);
    for (unsigned i = 0; i < 2; i++)
        jl_state_field(s, i ? "blend1" : "blend0", &m->blend[i], 1, sizeof m->blend[i], 3);
}

static void combine(struct jl_state *s, unsigned number, struct combine_inputs *c) {
    jl_state_part(s, "rdp.combine[%u]", number);
    JL_STATE_ONE(s, "rgb_a", c->rgb_a, 15);
    JL_STATE_ONE(s, "rgb_b", c->rgb_b, 15);
    JL_STATE_ONE(s, "rgb_c", c->rgb_c, 31);
    JL_STATE_ONE(s, "rgb_d", c->rgb_d, 7);
    JL_STATE_ONE(s, "alpha_a", c->alpha_a, 7);
    JL_STATE_ONE(s, "alpha_b", c->alpha_b, 7);
    JL_STATE_ONE(s, "alpha_c", c->alpha_c, 7);
    JL_STATE_ONE(s, "alpha_d", c->alpha_d, 7);
}

static void scissor(struct jl_state *s, struct scissor *c) {
    jl_state_part(s, "rdp.scissor");
    JL_STATE_ONE(s, "xh", c->xh, 0xfff);
    JL_STATE_ONE(s, "yh", c->yh, 0xfff);
    JL_STATE_ONE(s, "xl", c->xl, 0xfff);
    JL_STATE_ONE(s, "yl", c->yl, 0xfff);
    JL_STATE_ONE(s, "field", c->field, 1);
    JL_STATE_ONE(s, "odd", c->odd, 1);
}

static void colours(struct jl_state *s, struct jl_rdp *r) {
    jl_state_part(s, "rdp");
    JL_STATE_ONE(s, "fill_colour", r->fill_colour, JL_STATE_ANY);
    colour(s, "fog", &r->fog, 0xff);
    colour(s, "blend", &r->blend, 0xff);
    colour(s, "prim", &r->prim, 0xff);
    colour(s, "env", &r->env, 0xff);
    colour(s, "key_width", &r->key_width, 0xfff);
    colour(s, "key_centre", &r->key_centre, 0xff);
    colour(s, "key_scale", &r->key_scale, 0xff);
    colour(s, "combined", &r->combined, 0x1ff);
    JL_STATE_ONE(s, "prim_lod_frac", r->prim_lod_frac, 0xff);
    JL_STATE_ONE(s, "min_level", r->min_level, 31);
    JL_STATE_ONE(s, "prim_z", r->prim_z, 0xffff);
    JL_STATE_ONE(s, "prim_dz", r->prim_dz, 0xffff);
    JL_STATE_ALL(s, "convert", r->convert, JL_STATE_ANY);
    for (unsigned i = 0; i < 6; i++)
        jl_state_require(s, r->convert[i] >= -0x200 && r->convert[i] < 0x200, "convert");
}

void jl_rdp_state(struct jl_rdp *r, struct jl_state *s) {
    jl_state_part(s, "rdp");
    JL_STATE_ALL(s, "pending", r->pending, JL_STATE_ANY);
    JL_STATE_ONE(s, "n_pending", r->n_pending, 31);
    jl_state_require(s, !r->n_pending || r->n_pending < rdp_command_length(r->pending[0]), "n_pending");
    image(s, "colour_image", &r->colour_image);
    image(s, "texture_image", &r->texture_image);
    jl_state_part(s, "rdp");
    JL_STATE_ONE(s, "z_image", r->z_image, 0xffffff);
    scissor(s, &r->scissor);
    modes(s, &r->modes);
    for (unsigned i = 0; i < 2; i++)
        combine(s, i, &r->combine[i]);
    for (unsigned i = 0; i < TILES; i++)
        tile(s, i, &r->tile[i]);
    colours(s, r);
    JL_STATE_ONE(s, "noise", r->noise, JL_STATE_ANY);
    JL_STATE_ALL(s, "tmem", r->tmem, JL_STATE_ANY);
    jl_state_field(s, "ninth_bits", r->ninth, 1, r->rdram_bytes / 2, 3);
}
