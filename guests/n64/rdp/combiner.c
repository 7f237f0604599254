/* The colour combiner: (a - b) * c + d of each channel, in nine-bit numbers. */
#include <string.h>

#include "guests/n64/rdp/state.h"

static const struct colour one = {{0x100, 0x100, 0x100, 0x100}};
static const struct colour zero = {{0, 0, 0, 0}};

/* The four channels at once. What was written as one is read as one: a host waits for parts that were written apart. */
typedef int32_t quad __attribute__((vector_size(16)));

/* Nine bits that stand for -128 to 383: only the uppermost quarter is negative. */
static quad extend(quad v) {
    v &= 0x1ff;
    return v - ((v >= 0x180) & 0x200);
}
static quad saturate(quad v) {
    v = extend(v);
    v &= ~(v < 0);
    return (v & (v < 256)) | ((v >= 256) & 255);
}

/* The inputs that a, b and d have in common, and alpha's. */
static const int32_t *common(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    switch (select) {
    case 0: return r->combined.c;
    case 1: return c->texel[0].c;
    case 2: return c->texel[1].c;
    case 3: return r->prim.c;
    case 4: return c->shade.c;
    case 5: return r->env.c;
    case 6: return one.c;
    default: return zero.c;
    }
}

/* An input's first channel, and how far apart its channels are: 0 for a number that stands for all of them. */
static struct combine_source channels(const int32_t *from) {
    return (struct combine_source){from, 1};
}
static struct combine_source number(const int32_t *from) {
    return (struct combine_source){from, 0};
}
static struct combine_source input_a(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    return select == 7 ? number(&c->noise) : channels(common(r, c, select));
}
static struct combine_source input_b(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    switch (select) {
    case 6: return channels(r->key_centre.c);
    case 7: return number(&r->convert[4]);
    default: return channels(common(r, c, select));
    }
}
static struct combine_source input_c(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    switch (select) {
    case 6: return channels(r->key_scale.c);
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
    case 12: return number(&common(r, c, select - 7)[ALPHA]);
    case 13: return number(&c->lod_frac);
    case 14: return number(&r->prim_lod_frac);
    case 15: return number(&r->convert[5]);
    default: return channels(common(r, c, select));
    }
}
static const int32_t *alpha_c(const struct jl_rdp *r, const struct combiner *c, unsigned select) {
    switch (select) {
    case 0: return &c->lod_frac;
    case 6: return &r->prim_lod_frac;
    default: return &common(r, c, select)[ALPHA];
    }
}

void rdp_combiner_prepare(const struct jl_rdp *r, struct combiner *c) {
    for (unsigned set = 0; set < 2; set++) {
        const struct combine_inputs *in = &r->combine[set];
        c->plan[set] =
            (struct combine_plan){.a = input_a(r, c, in->rgb_a),
                                  .b = input_b(r, c, in->rgb_b),
                                  .c = input_c(r, c, in->rgb_c),
                                  .d = channels(common(r, c, in->rgb_d)),
                                  .alpha = {&common(r, c, in->alpha_a)[ALPHA], &common(r, c, in->alpha_b)[ALPHA],
                                            alpha_c(r, c, in->alpha_c), &common(r, c, in->alpha_d)[ALPHA]}};
    }
}

static quad equation(quad a, quad b, quad c, quad d) {
    c = ((c & 0x1ff) ^ 0x100) - 0x100;
    return (extend(a) - extend(b)) * c + extend(d) * 256 + 128;
}

static quad inputs(const struct combine_source *rgb, const int32_t *alpha) {
    const int32_t *from = rgb->from;
    return (quad){from[0], from[rgb->step], from[2 * rgb->step], *alpha};
}

/* How far inside the key's width the three channels are; the one furthest out decides. */
static int32_t key_alpha(const struct jl_rdp *r, quad raw) {
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
    const struct combine_plan *in = &c->plan[set];
    quad a = inputs(&in->a, in->alpha[0]);
    quad raw = equation(a, inputs(&in->b, in->alpha[1]), inputs(&in->c, in->alpha[2]), inputs(&in->d, in->alpha[3]));
    quad out = raw >> 8 & 0x1ff;
    memcpy(r->combined.c, &out, sizeof out);
    if (last && r->modes.key) { /* the product is the key; the colour is the first input */
        c->key_alpha = key_alpha(r, raw);
        a[ALPHA] = out[ALPHA];
        out = a;
    }
    if (last) {
        out = saturate(out);
    }
    memcpy(c->pixel.c, &out, sizeof out);
}
