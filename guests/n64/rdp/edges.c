/* The edge walker: goes down a primitive in quarters of lines, keeps its edges inside the scissor, and hands each line
 * with the attributes at its start to the cycle type's span renderer. */
#include <limits.h>

#include "guests/n64/rdp/state.h"

struct walk {
    uint32_t major, minor, minor_step; /* x with 16 bits of fraction */
    uint32_t attr[ATTRS];
    /* The sub-scanline whose major edge the attributes are taken at: the one that lies furthest outside, so that the
     * span's first pixel needs no step backwards. */
    int latch;
};

/* A quarter line's step; the hardware drops the lowest bit. */
static uint32_t quarter(uint32_t dx) {
    return (uint32_t)((int32_t)dx >> 2) & ~1u;
}
static int32_t edge(uint32_t x) {
    return sign_extend(x, 28);
}
/* Eighths of pixels: quarters, and a lowest bit that says whether there was more. */
static int32_t eighths(int32_t x) {
    return (x >> 14) * 2 | ((x & 0x3ffe) != 0);
}

/* The line's attributes at pixel x0, from those at the major edge of the latched sub-scanline. */
static void latch(const struct walk *w, const struct primitive *p, struct span *span, bool fractions) {
    uint32_t fraction = fractions ? w->major >> 8 & 0xff : 0;
    span->x0 = edge(w->major) >> 16;
    for (unsigned i = 0; i < ATTRS; i++) {
        const struct coefficient *c = &p->attr[i];
        uint32_t a = w->attr[i];
        if (w->latch == 3) { /* along the edge to the latched sub-scanline, and straight up again */
            int32_t de = (int32_t)(c->de & ~0x1ffu);
            int32_t dy = (int32_t)(c->dy & ~0x1ffu);
            a += (uint32_t)de - (uint32_t)(de >> 2) - (uint32_t)dy + (uint32_t)(dy >> 2);
        }
        span->attr[i] = a - fraction * (uint32_t)((int32_t)c->dx >> 8);
    }
}

/* Clips one sub-scanline against the scissor; false when nothing of it is left. */
static bool sub_scanline(const struct jl_rdp *r, const struct walk *w, const struct primitive *p, struct span *span,
                         unsigned sub) {
    int32_t a = edge(p->major_left ? w->major : w->minor);
    int32_t b = edge(p->major_left ? w->minor : w->major);
    int32_t low = r->scissor.xh * 2;
    int32_t high = r->scissor.xl * 2;
    int32_t left = eighths(a);
    int32_t right = eighths(b);
    if (a >> 14 > b >> 14 || right < low || left >= high || low > high) {
        return false;
    }
    span->sub_left[sub] = left < low ? low : left;
    span->sub_right[sub] = right > high ? high : right;
    return true;
}

/* Walks one line; false when nothing of it is to be drawn. */
static bool walk_line(const struct jl_rdp *r, struct walk *w, const struct primitive *p, struct span *span) {
    int32_t top = p->yh > r->scissor.yh ? p->yh : r->scissor.yh;
    int32_t bottom = p->yl < r->scissor.yl ? p->yl : r->scissor.yl;
    bool fractions = r->modes.cycle != CYCLE_COPY;
    span->left = INT_MAX;
    span->right = INT_MIN;
    for (int sub = 0; sub < 4; sub++) {
        int32_t y = span->y * 4 + sub;
        if (y == p->ym) {
            w->minor = p->xl & ~1u;
            w->minor_step = quarter(p->dxl);
        }
        if (sub == w->latch) {
            latch(w, p, span, fractions);
        }
        if (y >= top && y < bottom && sub_scanline(r, w, p, span, (unsigned)sub)) {
            int32_t left = span->sub_left[sub] >> 3;
            int32_t right = span->sub_right[sub] >> 3;
            span->left = left < span->left ? left : span->left;
            span->right = right > span->right ? right : span->right;
        } else {
            span->sub_left[sub] = INT_MAX / 2;
            span->sub_right[sub] = INT_MIN / 2;
        }
        w->major += quarter(p->dxh);
        w->minor += w->minor_step;
    }
    return span->left <= span->right && !(r->scissor.field && (span->y & 1) != r->scissor.odd);
}

static void draw_span(struct jl_rdp *r, const struct span *span) {
    switch (r->modes.cycle) {
    case CYCLE_FILL: rdp_fill_span(r, span); break;
    case CYCLE_COPY: rdp_copy_span(r, span); break;
    case CYCLE_ONE:
    case CYCLE_TWO: rdp_draw_span(r, span); break;
    }
}

void rdp_draw(struct jl_rdp *r, const struct primitive *p) {
    bool leans_left = (int32_t)p->dxh < 0;
    struct walk w = {.major = p->xh & ~1u,
                     .minor = p->xm & ~1u,
                     .minor_step = quarter(p->dxm),
                     .latch = leans_left != p->major_left ? 0 : 3};
    for (unsigned i = 0; i < ATTRS; i++) {
        w.attr[i] = p->attr[i].base;
    }
    int32_t bottom = p->yl < r->scissor.yl ? p->yl : r->scissor.yl;
    struct span span = {.prim = p};
    for (span.y = p->yh >> 2; span.y * 4 < bottom; span.y++) {
        if (walk_line(r, &w, p, &span)) {
            draw_span(r, &span);
        }
        for (unsigned i = 0; i < ATTRS; i++) {
            w.attr[i] += p->attr[i].de;
        }
    }
}
