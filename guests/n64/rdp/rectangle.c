/* Rectangle commands: primitives with upright edges. */
#include "guests/n64/rdp/state.h"

static struct primitive rectangle(const struct jl_rdp *r, uint64_t w) {
    struct primitive p = {.major_left = true,
                          .xl = bits(w, 44, 12) << 14,
                          .yl = (int32_t)bits(w, 32, 12),
                          .xh = bits(w, 12, 12) << 14,
                          .yh = (int32_t)bits(w, 0, 12)};
    if (r->modes.cycle == CYCLE_FILL || r->modes.cycle == CYCLE_COPY) {
        p.yl |= 3; /* the last line counts */
    }
    p.xm = p.xl;
    p.ym = p.yl;
    return p;
}

void rdp_fill_rectangle(struct jl_rdp *r, uint64_t word) {
    struct primitive p = rectangle(r, word);
    rdp_draw(r, &p);
}

/* Slopes have ten bits of fraction, coordinates five; attributes sixteen more than coordinates. */
static uint32_t slope(uint64_t w, unsigned at) {
    return (uint32_t)sign_extend(bits(w, at, 16), 16) << 11;
}

/* Flipped, S goes down the lines and T along them. */
void rdp_texture_rectangle(struct jl_rdp *r, const uint64_t *w) {
    struct primitive p = rectangle(r, w[0]);
    bool flip = bits(w[0], 56, 1);
    p.texture = true;
    p.tile = bits(w[0], 24, 3);
    struct coefficient *s = &p.attr[ATTR_S];
    struct coefficient *t = &p.attr[ATTR_T];
    s->base = bits(w[1], 48, 16) << 16;
    t->base = bits(w[1], 32, 16) << 16;
    uint32_t s_slope = slope(w[1], 16);
    uint32_t t_slope = slope(w[1], 0);
    if (flip) {
        s->de = s->dy = s_slope;
        t->dx = t_slope;
    } else {
        s->dx = s_slope;
        t->de = t->dy = t_slope;
    }
    rdp_draw(r, &p);
}
