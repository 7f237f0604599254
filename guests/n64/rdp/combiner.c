/* The colour combiner: (a - b) * c + d of each channel, in nine-bit numbers. */
#include "guests/n64/rdp/state.h"

enum { ONE = 0x100 };

/* Nine bits that stand for -128 to 383: only the uppermost quarter is negative. */
static int32_t extend(int32_t v) {
    v &= 0x1ff;
    return v >= 0x180 ? v - 0x200 : v;
}
static int32_t saturate(int32_t v) {
    return clamp(extend(v), 0, 255);
}

static struct colour all(int32_t v) {
    return (struct colour){{v, v, v, v}};
}

/* The inputs that a, b and d have in common. */
static struct colour common(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    switch (select) {
    case 0: return r->combined;
    case 1: return c->texel[0];
    case 2: return c->texel[1];
    case 3: return r->prim;
    case 4: return c->shade;
    case 5: return r->env;
    case 6: return all(ONE);
    default: return all(0);
    }
}
static struct colour input_a(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    return select == 7 ? all(c->noise) : common(r, c, select);
}
static struct colour input_b(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    return select == 6 ? r->key_centre : select == 7 ? all(r->convert[4]) : common(r, c, select);
}
static struct colour input_c(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    switch (select) {
    case 6: return r->key_scale;
    case 7: return all(r->combined.c[ALPHA]);
    case 8: return all(c->texel[0].c[ALPHA]);
    case 9: return all(c->texel[1].c[ALPHA]);
    case 10: return all(r->prim.c[ALPHA]);
    case 11: return all(c->shade.c[ALPHA]);
    case 12: return all(r->env.c[ALPHA]);
    case 13: return all(c->lod_frac);
    case 14: return all((int32_t)r->prim_lod_frac);
    case 15: return all(r->convert[5]);
    default: return common(r, c, select);
    }
}
static int32_t alpha_c(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    switch (select) {
    case 0: return c->lod_frac;
    case 6: return (int32_t)r->prim_lod_frac;
    default: return common(r, c, select).c[ALPHA];
    }
}

static int32_t equation(int32_t a, int32_t b, int32_t c, int32_t d) {
    return (extend(a) - extend(b)) * sign_extend((uint32_t)c, 9) + extend(d) * 256 + 128;
}

/* How far inside the key's width the three channels are; the one furthest out decides. */
static int32_t key_alpha(const struct jl_rdp *r, const int32_t raw[3]) {
    int32_t least = 255;
    for (unsigned i = RED; i <= BLUE; i++) {
        int32_t off = sign_extend((uint32_t)raw[i], 17);
        off = (r->key_width.c[i] << 4) - (off < 0 ? -off : off);
        int32_t inside = off >> 4;
        least = inside < least ? inside : least;
    }
    return clamp(least, 0, 255);
}

/* One cycle with a set of inputs. Its result as it is becomes the next cycle's combined colour, which may be the next
 * pixel's; the last cycle's saturates on its way to the blender. */
void rdp_combine(struct jl_rdp *r, struct combiner *c, unsigned set, bool last) {
    const struct combine_inputs *in = &r->combine[set];
    struct colour a = input_a(r, c, in->rgb_a);
    struct colour b = input_b(r, c, in->rgb_b);
    struct colour m = input_c(r, c, in->rgb_c);
    struct colour d = common(r, c, in->rgb_d);
    struct colour out;
    int32_t raw[3];
    for (unsigned i = RED; i <= BLUE; i++) {
        raw[i] = equation(a.c[i], b.c[i], m.c[i], d.c[i]);
        out.c[i] = raw[i] >> 8 & 0x1ff;
    }
    out.c[ALPHA] = equation(common(r, c, in->alpha_a).c[ALPHA], common(r, c, in->alpha_b).c[ALPHA],
                            alpha_c(r, c, in->alpha_c), common(r, c, in->alpha_d).c[ALPHA]) >>
                       8 &
                   0x1ff;
    r->combined = out;
    if (last && r->modes.key) { /* the product is the key; the colour is the first input */
        c->key_alpha = key_alpha(r, raw);
        for (unsigned i = RED; i <= BLUE; i++) {
            out.c[i] = a.c[i];
        }
    }
    for (unsigned i = 0; i < CHANNELS && last; i++) {
        out.c[i] = saturate(out.c[i]);
    }
    c->pixel = out;
}
