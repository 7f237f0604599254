/* Triangle commands: the edges, and the coefficients of the attributes that they carry. */
#include "guests/n64/rdp/state.h"

/* Four attributes in eight words: whole parts and fractions of their value, then of their slopes. */
static void coefficients(struct coefficient *c, const uint64_t *w) {
    for (unsigned i = 0; i < 4; i++) {
        unsigned at = 48 - 16 * i;
        c[i].base = bits(w[0], at, 16) << 16 | bits(w[2], at, 16);
        c[i].dx = bits(w[1], at, 16) << 16 | bits(w[3], at, 16);
        c[i].de = bits(w[4], at, 16) << 16 | bits(w[6], at, 16);
        c[i].dy = bits(w[5], at, 16) << 16 | bits(w[7], at, 16);
    }
}

void rdp_triangle(struct jl_rdp *r, const uint64_t *w) {
    struct primitive p = {
        .major_left = bits(w[0], 55, 1),
        .levels = bits(w[0], 51, 3),
        .tile = bits(w[0], 48, 3),
        .yl = sign_extend(bits(w[0], 32, 14), 14),
        .ym = sign_extend(bits(w[0], 16, 14), 14),
        .yh = sign_extend(bits(w[0], 0, 14), 14),
        .xl = bits(w[1], 32, 32),
        .dxl = bits(w[1], 0, 32),
        .xh = bits(w[2], 32, 32),
        .dxh = bits(w[2], 0, 32),
        .xm = bits(w[3], 32, 32),
        .dxm = bits(w[3], 0, 32),
        .shade = bits(w[0], 58, 1),
        .texture = bits(w[0], 57, 1),
        .depth = bits(w[0], 56, 1),
    };
    const uint64_t *next = w + 4;
    if (p.shade) {
        coefficients(&p.attr[ATTR_R], next);
        next += 8;
    }
    if (p.texture) {
        struct coefficient c[4];
        coefficients(c, next);
        p.attr[ATTR_S] = c[0];
        p.attr[ATTR_T] = c[1];
        p.attr[ATTR_W] = c[2];
        next += 8;
    }
    if (p.depth) {
        p.attr[ATTR_Z] = (struct coefficient){.base = bits(next[0], 32, 32),
                                              .dx = bits(next[0], 0, 32),
                                              .de = bits(next[1], 32, 32),
                                              .dy = bits(next[1], 0, 32)};
    }
    rdp_draw(r, &p);
}
