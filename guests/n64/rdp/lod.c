/* A pixel's texture coordinates: division by W, and the level of detail from how far the next pixel's and the next
 * line's coordinates are. */
#include <stdlib.h>

#include "guests/n64/rdp/state.h"

struct point {
    int32_t s, t;
};

/* The hardware multiplies by a reciprocal out of a table; this divides, which differs in the lowest bit now and then.
 * 0x7fff is a W of 1; where W is not positive the result saturates. */
static int32_t divide(int32_t v, int32_t w) {
    if (w <= 0) {
        return v < 0 ? INT16_MIN : INT16_MAX;
    }
    return clamp((v * 32768) / w, INT16_MIN, INT16_MAX);
}
static struct point project(const struct jl_rdp *r, uint32_t s, uint32_t t, uint32_t w) {
    struct point p = {(int32_t)s >> 16, (int32_t)t >> 16};
    if (r->modes.perspective) {
        p.s = divide(p.s, (int32_t)w >> 16);
        p.t = divide(p.t, (int32_t)w >> 16);
    }
    return p;
}

static int32_t distance(struct point a, struct point b) {
    int32_t s = abs(a.s - b.s);
    int32_t t = abs(a.t - b.t);
    return s > t ? s : t;
}

/* The texture's step per pixel or line, whichever is greater, with five bits of fraction. */
static int32_t texel_step(const struct jl_rdp *r, const struct span *span, const uint32_t a[ATTRS], struct point here) {
    const struct coefficient *s = &span->prim->attr[ATTR_S];
    const struct coefficient *t = &span->prim->attr[ATTR_T];
    const struct coefficient *w = &span->prim->attr[ATTR_W];
    int32_t across = distance(here, project(r, a[ATTR_S] + s->dx, a[ATTR_T] + t->dx, a[ATTR_W] + w->dx));
    int32_t down = distance(here, project(r, a[ATTR_S] + s->dy, a[ATTR_T] + t->dy, a[ATTR_W] + w->dy));
    int32_t lod = across > down ? across : down;
    lod = lod > 0x7fff ? 0x7fff : lod;
    return lod < (int32_t)r->min_level ? (int32_t)r->min_level : lod;
}

bool rdp_reads_lod(const struct combine_inputs *c) {
    return c->rgb_c == 13 || c->alpha_c == 0;
}

static void select_tiles(const struct jl_rdp *r, struct texture_at *at, unsigned base, unsigned level, bool magnify,
                         bool distant) {
    if (r->modes.detail) {
        at->tile[0] = base + level + (magnify ? 0 : 1);
        at->tile[1] = base + level + (magnify || distant ? 1 : 2);
    } else {
        at->tile[0] = base + level;
        at->tile[1] = at->tile[0] + (distant || (magnify && !r->modes.sharpen) ? 0 : 1);
    }
}

struct texture_at rdp_texture_at(const struct jl_rdp *r, const struct span *span, const uint32_t a[ATTRS]) {
    unsigned base = span->prim->tile;
    struct point here = project(r, a[ATTR_S], a[ATTR_T], a[ATTR_W]);
    struct texture_at at = {.s = here.s, .t = here.t, .tile = {base, base + 1}};
    if (r->modes.lod || rdp_reads_lod(&r->combine[0]) || rdp_reads_lod(&r->combine[1])) {
        int32_t lod = texel_step(r, span, a, here);
        unsigned level = 31 - (unsigned)__builtin_clz((uint32_t)(lod >> 5) | 1);
        bool magnify = lod < 32;
        bool distant = lod >= 0x6000 || level >= span->prim->levels;
        level = distant ? span->prim->levels : level;
        at.lod_frac = lod << 3 >> level & 0xff;
        if (!r->modes.sharpen && !r->modes.detail) {
            at.lod_frac = distant ? 0xff : magnify ? 0 : at.lod_frac;
        }
        if (r->modes.sharpen && magnify) {
            at.lod_frac |= 0x100;
        }
        if (r->modes.lod) {
            select_tiles(r, &at, base, level, magnify, distant);
        }
    }
    at.tile[0] %= TILES;
    at.tile[1] %= TILES;
    return at;
}
