/* A small RDRAM between two pages without access, an RDP on it, and the words of the commands that the tests use. */
#ifndef JL_TEST_RDP_SCREEN_H
#define JL_TEST_RDP_SCREEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guests/n64/rdp/rdp.h"

enum { RDRAM = 0x10000, FRAME = 0x1000, TEXTURE = 0x8000, DEPTH = 0xc000 };
enum { RGBA, YUV, CI, IA, I };         /* formats */
enum { BITS4, BITS8, BITS16, BITS32 }; /* sizes */

struct screen {
    uint8_t *rdram;
    struct jl_rdp *rdp;
    uint32_t
        flip; /* of bytes' addresses: 3 when SWIZZLE is in the environment, memory's words being in the host's order */
};

/* Memory is zero. Used as cmocka's set-up and tear-down. */
int screen_up(void **state);
int screen_down(void **state);

void screen_put(struct screen *s, uint32_t at, unsigned bytes, uint64_t v);
uint32_t screen_get(const struct screen *s, uint32_t at, unsigned bytes);
/* Pixels of an image of the given width at FRAME. */
uint32_t pixel16(const struct screen *s, unsigned width, unsigned x, unsigned y);
uint32_t pixel32(const struct screen *s, unsigned width, unsigned x, unsigned y);

bool screen_run(struct screen *s, const uint64_t *words, unsigned n);
#define RUN(s, ...)                                                                                                    \
    screen_run(s, (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

#define AT(v, low) ((uint64_t)(v) << (low))
#define OP(code) AT(code, 56)
#define SYNC_FULL OP(0x29)
#define COLOUR_IMAGE(format, size, width, addr) (OP(0x3f) | AT(format, 53) | AT(size, 51) | AT((width)-1, 32) | (addr))
#define TEXTURE_IMAGE(format, size, width, addr) (OP(0x3d) | AT(format, 53) | AT(size, 51) | AT((width)-1, 32) | (addr))
#define Z_IMAGE(addr) (OP(0x3e) | (addr))
#define SCISSOR4(xh, yh, xl, yl) (OP(0x2d) | AT(xh, 44) | AT(yh, 32) | AT(xl, 12) | (yl)) /* in quarters */
#define SCISSOR(xh, yh, xl, yl) SCISSOR4((xh)*4, (yh)*4, (xl)*4, (yl)*4)
#define FILL_COLOUR(v) (OP(0x37) | (v))
#define FILL_RECT4(xh, yh, xl, yl) (OP(0x36) | AT(xl, 44) | AT(yl, 32) | AT(xh, 12) | (yh)) /* in quarters */
#define FILL_RECT(xh, yh, xl, yl) FILL_RECT4((xh)*4, (yh)*4, (xl)*4, (yl)*4)
#define MODES(v) (OP(0x2f) | (v))
#define PRIM_COLOUR(v) (OP(0x3a) | (v))
#define ENV_COLOUR(v) (OP(0x3b) | (v))
#define BLEND_COLOUR(v) (OP(0x39) | (v))
#define FOG_COLOUR(v) (OP(0x38) | (v))
#define PRIM_DEPTH(z) (OP(0x2e) | AT(z, 16))
#define TILE(format, size, line, tmem, n)                                                                              \
    (OP(0x35) | AT(format, 53) | AT(size, 51) | AT(line, 41) | AT(tmem, 32) | AT(n, 24))
#define TILE_SIZE(n, sl, tl, sh, th)                                                                                   \
    (OP(0x32) | AT((sl)*4, 44) | AT((tl)*4, 32) | AT(n, 24) | AT((sh)*4, 12) | ((th)*4))
#define LOAD_TILE(n, sl, tl, sh, th)                                                                                   \
    (OP(0x34) | AT((sl)*4, 44) | AT((tl)*4, 32) | AT(n, 24) | AT((sh)*4, 12) | ((th)*4))
#define LOAD_BLOCK(n, texels, step) (OP(0x33) | AT(n, 24) | AT((texels)-1, 12) | (step))
#define LOAD_TLUT(n, first, last) (OP(0x30) | AT((first)*4, 44) | AT(n, 24) | AT((last)*4, 12))
/* Two words: place in pixels, then S and T with five bits of fraction and their slopes with ten. */
#define TEXTURE_RECT(tile, xh, yh, xl, yl, s, t, ds, dt)                                                               \
    OP(0x24) | AT((xl)*4, 44) | AT((yl)*4, 32) | AT(tile, 24) | AT((xh)*4, 12) | ((yh)*4),                             \
        AT((uint16_t)(s), 48) | AT((uint16_t)(t), 32) | AT((uint16_t)(ds), 16) | (uint16_t)(dt)
#define TEXTURE_RECT_FLIP(tile, xh, yh, xl, yl, s, t, ds, dt)                                                          \
    OP(0x25) | AT((xl)*4, 44) | AT((yl)*4, 32) | AT(tile, 24) | AT((xh)*4, 12) | ((yh)*4),                             \
        AT((uint16_t)(s), 48) | AT((uint16_t)(t), 32) | AT((uint16_t)(ds), 16) | (uint16_t)(dt)

/* Modes. NO_DITHER is part of every one whose colours are checked. */
#define CYCLE_ONE 0ull
#define CYCLE_TWO AT(1, 52)
#define CYCLE_COPY AT(2, 52)
#define CYCLE_FILL AT(3, 52)
#define NO_DITHER AT(0xf, 36)
#define LERP (AT(1, 43) | AT(1, 42))
#define BILINEAR AT(1, 45)
#define TLUT AT(1, 47)
#define TLUT_IA AT(1, 46)

/* Combiner: one input list for both cycles. d alone: (0 - 0) * 0 + d. */
#define COMBINE(a, b, c, d, aa, ab, ac, ad)                                                                            \
    (OP(0x3c) | AT(a, 52) | AT(c, 47) | AT(aa, 44) | AT(ac, 41) | AT(a, 37) | AT(c, 32) | AT(b, 28) | AT(b, 24) |      \
     AT(aa, 21) | AT(ac, 18) | AT(d, 15) | AT(ab, 12) | AT(ad, 9) | AT(d, 6) | AT(ab, 3) | (ad))
#define COMBINE_ONLY(d) COMBINE(15, 15, 31, d, 7, 7, 7, d)
enum { COMBINED, TEXEL0, TEXEL1, PRIM, SHADE, ENV };

#endif
