/* The one-cycle and two-cycle pipelines: from a span's attributes to pixels in memory. */
#include "guests/n64/rdp/state.h"

/* What is the same for all of a span's pixels. */
struct pipeline {
    const struct span *span;
    bool two;
    bool first, second, next; /* texels that the combiner reads: of either tile, and of the next pixel */
    bool textured;            /* one of them, or the level of detail */
    bool reads_memory;        /* the colour image's pixel matters */
    uint32_t dz;
    uint32_t dx[ATTRS];
};

struct pixel {
    int32_t x, y;
    unsigned mask; /* covered samples */
    int32_t cvg;   /* how many, 0 to 8; alpha may lower it */
    int32_t noise;
    uint32_t attr[ATTRS];
    struct combiner combiner;
    struct colour next;
    int32_t alpha;
    int32_t shade_alpha;
};

static bool reads_texel(const struct combine_inputs *c, unsigned n) {
    unsigned i = 1 + n;
    return c->rgb_a == i || c->rgb_b == i || c->rgb_c == i || c->rgb_c == 8 + n || c->rgb_d == i || c->alpha_a == i ||
           c->alpha_b == i || c->alpha_c == i || c->alpha_d == i;
}

static uint32_t magnitude(uint32_t v) {
    return v >> 31 ? ~v : v;
}

static struct pipeline prepare(const struct jl_rdp *r, const struct span *span) {
    struct pipeline p = {.span = span, .two = r->modes.cycle == CYCLE_TWO};
    const struct combine_inputs *last = &r->combine[1];
    p.next = reads_texel(last, 1);
    if (p.two) {
        p.first = reads_texel(&r->combine[0], 0);
        p.second = reads_texel(&r->combine[0], 1) || reads_texel(last, 0);
    } else {
        p.first = reads_texel(last, 0);
    }
    bool reads_lod = rdp_reads_lod(last) || (p.two && rdp_reads_lod(&r->combine[0]));
    p.textured = p.first || p.second || p.next || reads_lod;
    for (unsigned i = 0; i < ATTRS; i++) {
        p.dx[i] = span->prim->attr[i].dx;
    }
    const struct blend_inputs *b = r->modes.blend;
    p.reads_memory = r->modes.image_read || b[0].p == 1 || b[0].m == 1 || b[1].p == 1 || b[1].m == 1;
    if (r->modes.z_from_prim) {
        p.dz = r->prim_dz;
    } else {
        const struct coefficient *z = &span->prim->attr[ATTR_Z];
        p.dz = rdp_dz_round((magnitude(z->dx) >> 16) + (magnitude(z->dy) >> 16));
    }
    return p;
}

/* An attribute at the first covered sample of the pixel, for those that would otherwise leave their range at an edge.
 */
static uint32_t at_sample(const struct pipeline *p, const struct pixel *px, unsigned attr) {
    if (px->mask == RDP_ALL_SAMPLES) {
        return px->attr[attr];
    }
    const struct coefficient *c = &p->span->prim->attr[attr];
    uint32_t first = (uint32_t)__builtin_clz(px->mask << 16);
    uint32_t across = (first & 3) * (uint32_t)((int32_t)c->dx >> 2);
    uint32_t down = (first >> 2) * (uint32_t)((int32_t)c->dy >> 2);
    return px->attr[attr] + across + down;
}

/* Nine bits of colour: the third quarter is too much, the fourth negative. */
static int32_t shade_channel(uint32_t v) {
    v = v >> 16 & 0x1ff;
    return v < 0x100 ? (int32_t)v : v < 0x180 ? 255 : 0;
}
static uint32_t depth_value(uint32_t v) {
    v >>= 13;
    return v < 0x40000 ? v : v < 0x60000 ? 0x3ffff : 0;
}

static void shade(const struct pipeline *p, struct pixel *px) {
    for (unsigned i = 0; i < CHANNELS && p->span->prim->shade; i++) {
        px->combiner.shade.c[i] = shade_channel(at_sample(p, px, ATTR_R + i));
    }
}

static void first_texel(const struct jl_rdp *r, const struct texture_at *at, struct colour *out) {
    rdp_sample(r, &r->tile[at->tile[0]], at->s, at->t, r->modes.lerp[0], out);
}

/* The first texel of the pixel to the right. The hardware's texture unit is a cycle ahead of its combiner, which
 * therefore sees it as the second texel of its last cycle. */
static void next_texel(const struct jl_rdp *r, const struct pipeline *p, struct pixel *px) {
    uint32_t attr[ATTRS];
    for (unsigned i = 0; i < ATTRS; i++) {
        attr[i] = px->attr[i] + p->span->prim->attr[i].dx * (p->span->prim->major_left ? 1u : ~0u);
    }
    struct texture_at at = rdp_texture_at(r, p->span, attr);
    first_texel(r, &at, &px->next);
}

static void texture(const struct jl_rdp *r, const struct pipeline *p, struct pixel *px) {
    struct texture_at at = rdp_texture_at(r, p->span, px->attr);
    struct combiner *c = &px->combiner;
    c->lod_frac = at.lod_frac;
    bool convert_first = p->second && r->modes.convert_one && !r->modes.lerp[1];
    if (p->first || convert_first) {
        first_texel(r, &at, &c->texel[0]);
    }
    if (convert_first) {
        rdp_convert(r, &c->texel[0], &c->texel[1]);
    } else if (p->second) {
        rdp_sample(r, &r->tile[at.tile[1]], at.s, at.t, r->modes.lerp[1], &c->texel[1]);
    }
    if (p->next) {
        next_texel(r, p, px);
    }
}

static void combine(struct jl_rdp *r, const struct pipeline *p, struct pixel *px) {
    struct combiner *c = &px->combiner;
    c->noise = (px->noise & 7) << 6 | 0x20;
    if (p->two) {
        rdp_combine(r, c, 0, false);
        c->texel[0] = c->texel[1];
    }
    c->texel[1] = px->next;
    rdp_combine(r, c, 1, true);
}

/* The pixel's alpha out of the combiner's, the coverage and the key; coverage out of alpha. */
static void alpha(const struct jl_rdp *r, struct pixel *px) {
    int32_t a = px->combiner.pixel.c[ALPHA];
    a = a == 255 ? 256 : a;
    int32_t scaled = px->cvg << 5;
    if (r->modes.cvg_times_alpha) {
        scaled = (a * px->cvg + 4) >> 3;
        px->cvg = scaled >> 5;
    }
    int32_t dither = rdp_alpha_dither(r, px->x, px->y, px->noise);
    if (r->modes.alpha_is_cvg) {
        a = scaled;
    } else if (r->modes.key) {
        a = px->combiner.key_alpha;
    } else {
        a += dither;
    }
    px->alpha = a > 255 ? 255 : a;
    int32_t s = px->combiner.shade.c[ALPHA] + dither;
    px->shade_alpha = s > 255 ? 255 : s;
}

static bool alpha_passes(const struct jl_rdp *r, const struct pixel *px) {
    int32_t threshold = r->modes.alpha_noise ? px->noise >> 12 & 0xff : r->blend.c[ALPHA];
    return !r->modes.alpha_compare || px->alpha >= threshold;
}

static uint32_t new_coverage(const struct jl_rdp *r, int32_t cvg, uint32_t memory, bool blending) {
    uint32_t sum = (uint32_t)cvg + memory;
    switch (r->modes.cvg_dest) {
    case 0: return !blending ? (uint32_t)(cvg - 1) & 7 : sum > 7 ? 7 : sum;
    case 1: return sum & 7;
    case 2: return 7;
    default: return memory;
    }
}

static uint32_t depth_address(const struct jl_rdp *r, const struct pixel *px) {
    return r->z_image + ((uint32_t)px->y * r->colour_image.width + (uint32_t)px->x) * 2;
}

/* Depth test, blending, and the writes. True when the pixel was written. */
static bool to_memory(struct jl_rdp *r, const struct pipeline *p, const struct pixel *px) {
    uint32_t memory_cvg = 7;
    struct blender b = {.shade_alpha = px->shade_alpha};
    if (p->reads_memory) {
        memory_cvg = rdp_frame_read(r, px->x, px->y, &b.memory);
    }
    if (!r->modes.image_read) {
        memory_cvg = 7;
        b.memory.c[ALPHA] = 0xe0;
    }
    bool overflow = ((uint32_t)px->cvg + memory_cvg) & 8;
    struct depth depth = {r->modes.z_from_prim ? r->prim_z << 3 & 0x3ffff : depth_value(at_sample(p, px, ATTR_Z)),
                          p->dz};
    struct depth_test test = {true, true};
    if (r->modes.z_compare) {
        test = rdp_depth_test(r, depth_address(r, px), depth, overflow);
    }
    if (!test.pass) {
        return false;
    }
    b.enabled = r->modes.force_blend || (!overflow && r->modes.antialias && test.farther);
    b.pixel = px->combiner.pixel;
    b.pixel.c[ALPHA] = px->alpha;
    b.keep = r->modes.colour_on_cvg && !overflow;
    struct colour out;
    rdp_blend(r, &b, &out);
    rdp_dither(r, &out, px->x, px->y, px->noise);
    rdp_frame_write(r, px->x, px->y, &out, new_coverage(r, px->cvg, memory_cvg, b.enabled));
    if (r->modes.z_update) {
        rdp_depth_write(r, depth_address(r, px), depth);
    }
    return true;
}

static bool draw_pixel(struct jl_rdp *r, const struct pipeline *p, struct pixel *px) {
    px->noise = rdp_noise(r);
    px->cvg = px->mask == RDP_ALL_SAMPLES ? 8 : __builtin_popcount(px->mask);
    shade(p, px);
    if (p->textured) {
        texture(r, p, px);
    }
    combine(r, p, px);
    alpha(r, px);
    /* Without antialiasing a pixel is its upper left sample. */
    bool covered = r->modes.antialias ? px->cvg != 0 : px->mask >> 15;
    return covered && alpha_passes(r, px) && to_memory(r, p, px);
}

/* The pixels that all sub-scanlines cover from end to end: from the returned one up to, not including, the other. */
static int32_t whole(const struct span *span, int32_t *until) {
    int32_t from = span->left;
    *until = span->right;
    for (unsigned sub = 0; sub < 4; sub++) {
        int32_t left = (span->sub_left[sub] >> 3) + 1;
        int32_t right = span->sub_right[sub] >> 3;
        from = left > from ? left : from;
        *until = right < *until ? right : *until;
    }
    return from;
}

void rdp_draw_span(struct jl_rdp *r, const struct span *span) {
    struct pipeline p = prepare(r, span);
    struct pixel px = {.y = span->y};
    rdp_combiner_prepare(r, &px.combiner);
    uint32_t to_first = (uint32_t)(span->left - span->x0);
    for (unsigned i = 0; i < ATTRS; i++) {
        px.attr[i] = span->attr[i] + to_first * p.dx[i];
    }
    int32_t whole_end;
    int32_t whole_start = whole(span, &whole_end);
    int32_t first = INT32_MAX;
    int32_t last = INT32_MIN;
    for (px.x = span->left; px.x <= span->right; px.x++) {
        bool is_whole = px.x >= whole_start && px.x < whole_end;
        px.mask = is_whole ? RDP_ALL_SAMPLES : rdp_coverage_mask(span, px.x);
        if (px.mask != 0 && draw_pixel(r, &p, &px)) {
            first = px.x < first ? px.x : first;
            last = px.x;
        }
        for (unsigned i = 0; i < ATTRS; i++) {
            px.attr[i] += p.dx[i];
        }
    }
    if (first > last) {
        return;
    }
    rdp_frame_wrote(r, span->y, first, last);
    if (r->modes.z_update) {
        px.x = first;
        rdp_wrote(r, depth_address(r, &px), (uint64_t)(last - first + 1) * 2);
    }
}
