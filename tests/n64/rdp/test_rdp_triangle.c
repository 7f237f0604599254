/* Triangles: edges, shade, depth; blending, alpha compare, two cycles, key and fog. 32-bit images, unless said. */
#include <string.h>

#include "tests/n64/rdp/screen.h"

enum { WIDTH = 16 };
#define FIXED(v) ((uint32_t)((v)*65536))
#define MAJOR_LEFT AT(1, 55)

/* The edges' four words: y in quarters; x and slopes with 16 bits of fraction. */
#define EDGES(op, flags, yh, ym, yl, xh, dh, xm, dm, xl, dl)                                                           \
    OP(op) | (flags) | AT(yl, 32) | AT(ym, 16) | (yh), AT(FIXED(xl), 32) | FIXED(dl), AT(FIXED(xh), 32) | FIXED(dh),   \
        AT(FIXED(xm), 32) | FIXED(dm)
/* An upright rectangle's edges, the left one the major one. */
#define BOX(op, x0, y0, x1, y1) EDGES(op, MAJOR_LEFT, (y0)*4, (y1)*4, (y1)*4, x0, 0, x1, 0, x1, 0)

/* A shade's words: the parts above 16 bits and those below are apart. */
struct shade {
    double base[4], dx[4], de[4];
};
static void shade_words(const struct shade *c, uint64_t w[8]) {
    memset(w, 0, 8 * sizeof *w);
    for (unsigned i = 0; i < 4; i++) {
        uint32_t v[3] = {(uint32_t)(int32_t)(c->base[i] * 65536), (uint32_t)(int32_t)(c->dx[i] * 65536),
                         (uint32_t)(int32_t)(c->de[i] * 65536)};
        for (unsigned k = 0; k < 3; k++) {
            unsigned at = k == 2 ? 4 : k;
            w[at] |= AT(v[k] >> 16, 48 - 16 * i);
            w[at + 2] |= AT(v[k] & 0xffff, 48 - 16 * i);
        }
    }
}

static void begin(struct screen *s, uint64_t modes) {
    RUN(s, SCISSOR(0, 0, WIDTH, 16), COLOUR_IMAGE(RGBA, BITS32, WIDTH, FRAME), Z_IMAGE(DEPTH), MODES(NO_DITHER | modes),
        COMBINE_ONLY(PRIM));
}
static uint32_t rgb(const struct screen *s, unsigned x, unsigned y) {
    return pixel32(s, WIDTH, x, y) >> 8;
}
static void check(const struct screen *s, const char *const *picture, unsigned n, uint32_t in) {
    for (unsigned y = 0; y < n; y++) {
        for (unsigned x = 0; picture[y][x] != 0; x++) {
            uint32_t want = picture[y][x] == '#' ? in : 0;
            if (rgb(s, x, y) != want) {
                fail_msg("pixel %u,%u is %06x, not %06x", x, y, rgb(s, x, y), want);
            }
        }
    }
}
#define PICTURE(s, in, ...)                                                                                            \
    check(s, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), in)

/* A right angle at 1,1, with the slope to the right: the pixels whose upper left corner lies inside. The same one with
 * the major edge at the right; and one whose middle edge changes at its knee. */
static void edges(void **state) {
    struct screen *s = *state;
    begin(s, 0);
    RUN(s, PRIM_COLOUR(0xffffffffu), EDGES(0x08, MAJOR_LEFT, 4, 20, 20, 1, 0, 1, 1, 0, 0));
    PICTURE(s, 0xffffff, "        ", "        ", " #      ", " ##     ", " ###    ", "        ");
    memset(s->rdram + FRAME, 0, 0x400);
    RUN(s, EDGES(0x08, 0, 4, 20, 20, 7, 0, 7, -1, 0, 0));
    PICTURE(s, 0xffffff, "        ", "       ", "      # ", "     ## ", "    ### ", "        ");
    memset(s->rdram + FRAME, 0, 0x400);
    RUN(s, EDGES(0x08, MAJOR_LEFT, 4, 12, 20, 1, 0, 1, 2, 5, -2));
    PICTURE(s, 0xffffff, "        ", "        ", " ##     ", " ####   ", " ##     ", "        ");
}

/* With antialiasing a pixel counts when any sample is covered; its coverage is in alpha's upper bits. */
static void coverage(void **state) {
    struct screen *s = *state;
    begin(s, AT(1, 3));
    RUN(s, PRIM_COLOUR(0xffffffffu), EDGES(0x08, MAJOR_LEFT, 4, 8, 8, 1.5, 0, 3.25, 0, 3.25, 0));
    assert_int_equal(pixel32(s, WIDTH, 0, 1), 0);
    assert_int_equal(pixel32(s, WIDTH, 1, 1), 0xffffff60); /* columns 2 and 3: four samples */
    assert_int_equal(pixel32(s, WIDTH, 2, 1), 0xffffffe0); /* all eight */
    assert_int_equal(pixel32(s, WIDTH, 3, 1), 0xffffff20); /* column 0: two */
    assert_int_equal(pixel32(s, WIDTH, 4, 1), 0);
}

/* Fill mode draws triangles, too, with both ends. */
static void fill(void **state) {
    struct screen *s = *state;
    RUN(s, SCISSOR(0, 0, WIDTH, 16), COLOUR_IMAGE(RGBA, BITS32, WIDTH, FRAME), MODES(CYCLE_FILL),
        FILL_COLOUR(0x10203040u), EDGES(0x08, MAJOR_LEFT, 4, 16, 16, 1, 0, 1, 1, 0, 0));
    PICTURE(s, 0x102030, "        ", " #      ", " ##     ", " ###    ", "        ");
}

static void shaded(void **state) {
    struct screen *s = *state;
    begin(s, 0);
    struct shade c = {{16, 200, 0, 255}, {8, -10, 0, 0}, {1, -20, 64, 0}};
    uint64_t w[12] = {BOX(0x0c, 2, 1, 6, 5)};
    shade_words(&c, w + 4);
    RUN(s, COMBINE_ONLY(SHADE));
    screen_run(s, w, 12);
    assert_int_equal(rgb(s, 1, 1), 0);
    assert_int_equal(rgb(s, 2, 1), 0x10c800);
    assert_int_equal(rgb(s, 5, 1), 0x28aa00);
    assert_int_equal(rgb(s, 2, 4), 0x138cc0);
    assert_int_equal(rgb(s, 5, 4), 0x2b6ec0);
    assert_int_equal(rgb(s, 6, 4), 0);
    /* Out of range: saturated. */
    c = (struct shade){{250, 5, 0, 0}, {8, -8, 0, 0}, {0}};
    shade_words(&c, w + 4);
    screen_run(s, w, 12);
    assert_int_equal(rgb(s, 3, 1), 0xff0000);
}

/* The attributes hold where the major edge crosses the line, also when that lies within a pixel. */
static void fraction_of_edge(void **state) {
    struct screen *s = *state;
    begin(s, 0);
    struct shade c = {{100, 0, 0, 0}, {16, 0, 0, 0}, {0}};
    uint64_t w[12] = {BOX(0x0c, 2.5, 1, 6, 5)};
    shade_words(&c, w + 4);
    RUN(s, COMBINE_ONLY(SHADE));
    screen_run(s, w, 12);
    assert_int_equal(rgb(s, 3, 1), 0x6c0000); /* 100 + 0.5 * 16 */
}

static void depth_box(struct screen *s, uint32_t colour, unsigned x0, unsigned x1, uint32_t z) {
    RUN(s, PRIM_COLOUR(colour), BOX(0x09, x0, 1, x1, 3), AT(z << 16, 32), 0);
}
static void depth_order(void **state) {
    struct screen *s = *state;
    for (unsigned i = 0; i < 16 * WIDTH; i++) {
        screen_put(s, DEPTH + i * 2, 2, 0xfffc);
    }
    begin(s, AT(3, 4)); /* compare and update */
    depth_box(s, 0x11000000u, 1, 5, 0x4000);
    depth_box(s, 0x22000000u, 3, 7, 0x5000); /* behind */
    depth_box(s, 0x33000000u, 6, 9, 0x3000); /* in front */
    const uint32_t want[10] = {0, 0x11, 0x11, 0x11, 0x11, 0x22, 0x33, 0x33, 0x33, 0};
    for (unsigned x = 0; x < 10; x++) {
        assert_int_equal(rgb(s, x, 2) >> 16, want[x]);
    }
    /* 0x4000 is 0x20000 in 18 bits: exponent 1, mantissa 0. 0x3000 is 0x18000: exponent 0, mantissa 0x600. */
    assert_int_equal(screen_get(s, DEPTH + (2 * WIDTH + 1) * 2, 2) >> 2, 0x0800);
    assert_int_equal(screen_get(s, DEPTH + (2 * WIDTH + 6) * 2, 2) >> 2, 0x0600);
    assert_int_equal(screen_get(s, DEPTH + (2 * WIDTH + 9) * 2, 2), 0xfffc);
    /* A primitive's own depth, for rectangles as well. */
    RUN(s, MODES(NO_DITHER | AT(3, 4) | AT(1, 2)), PRIM_DEPTH(0x2000), PRIM_COLOUR(0x44000000u), FILL_RECT(8, 2, 10, 3),
        PRIM_DEPTH(0x3000), PRIM_COLOUR(0x55000000u), FILL_RECT(8, 2, 11, 3));
    assert_int_equal(rgb(s, 8, 2), 0x440000);
    assert_int_equal(rgb(s, 9, 2), 0x440000);
    assert_int_equal(rgb(s, 10, 2), 0x550000);
}

/* Half of the pixel and half of memory: 128 of 255 is 16 parts of 32, and the opposite, 15 + 1. */
static void blending(void **state) {
    struct screen *s = *state;
    begin(s, 0);
    RUN(s, PRIM_COLOUR(0x406080ffu), FILL_RECT(0, 0, 4, 1),
        MODES(NO_DITHER | AT(1, 14) | AT(1, 6) | AT(1, 22)), /* forced; pixel, its alpha, memory, 1 - alpha */
        PRIM_COLOUR(0xc0a08080u), FILL_RECT(1, 0, 2, 1), PRIM_COLOUR(0xc0a080ffu), FILL_RECT(2, 0, 3, 1));
    assert_int_equal(rgb(s, 0, 0), 0x406080);
    assert_int_equal(rgb(s, 1, 0), 0x808080);
    assert_int_equal(rgb(s, 2, 0), 0xc0a080); /* opaque: as it is */
    assert_int_equal(rgb(s, 3, 0), 0x406080);
}

static void alpha_compare(void **state) {
    struct screen *s = *state;
    begin(s, 1);
    RUN(s, BLEND_COLOUR(0x80), PRIM_COLOUR(0xffffff7fu), FILL_RECT(0, 0, 1, 1), PRIM_COLOUR(0xffffff80u),
        FILL_RECT(1, 0, 2, 1));
    assert_int_equal(rgb(s, 0, 0), 0);
    assert_int_equal(rgb(s, 1, 0), 0xffffff);
}

/* (prim - env) * prim alpha + env, then that by env's alpha; then fog over it in the blender's first cycle. */
static void two_cycles(void **state) {
    struct screen *s = *state;
    begin(s, CYCLE_TWO);
    uint64_t first = AT(3, 52) | AT(5, 28) | AT(10, 47) | AT(5, 15) | AT(7, 44) | AT(7, 41) | AT(7, 12) | AT(3, 9);
    uint64_t second = AT(0, 37) | AT(15, 24) | AT(12, 32) | AT(7, 6) | AT(7, 21) | AT(7, 18) | AT(7, 3) | 3;
    RUN(s, OP(0x3c) | first | second, PRIM_COLOUR(0xff800080u), ENV_COLOUR(0x00408040u), FILL_RECT(0, 0, 1, 1));
    /* ff: 255 * 128 / 256 -> 128; * 64 / 256 = 32. 80: 64 * 128 / 256 + 64 = 96 -> 24. 0: -128 / 2 + 128 = 64 -> 16. */
    assert_int_equal(rgb(s, 0, 0), 0x201810);
    RUN(s, COMBINE_ONLY(PRIM), FOG_COLOUR(0x00ff0080u), PRIM_COLOUR(0x80808080u),
        /* fog * fog alpha + pixel * (1 - fog alpha); then opaque, as pixel's alpha 0 of memory would be */
        MODES(NO_DITHER | CYCLE_TWO | AT(3, 30) | AT(1, 26) | AT(0, 22) | AT(0, 18)), FILL_RECT(1, 0, 2, 1));
    assert_int_equal(rgb(s, 1, 0), 0x40bf40);
}

/* Key: alpha is 1 minus the greatest distance of a channel from the centre, times scale. */
static void key(void **state) {
    struct screen *s = *state;
    begin(s, AT(1, 40) | AT(1, 0));
    RUN(s, COMBINE(3, 6, 6, 7, 7, 7, 7, 3), BLEND_COLOUR(0xc0),
        OP(0x2a) | AT(255, 44) | AT(255, 32) | AT(0x80, 24) | AT(255, 16) | AT(0x80, 8) | 255,
        OP(0x2b) | AT(255, 16) | AT(0x80, 8) | 255, PRIM_COLOUR(0x80808000u), FILL_RECT(0, 0, 1, 1),
        PRIM_COLOUR(0x80f08000u), FILL_RECT(1, 0, 2, 1));
    assert_int_equal(rgb(s, 0, 0), 0x808080);
    assert_int_equal(rgb(s, 1, 0), 0);
}

/* Dither in a 16-bit image: 0x84 is between two levels, four eighths above the lower one. */
static void dither(void **state) {
    struct screen *s = *state;
    RUN(s, SCISSOR(0, 0, WIDTH, 16), COLOUR_IMAGE(RGBA, BITS16, WIDTH, FRAME), MODES(AT(3, 36)), COMBINE_ONLY(PRIM),
        PRIM_COLOUR(0x848484ffu), FILL_RECT(0, 0, 4, 4));
    unsigned upper = 0;
    for (unsigned i = 0; i < 16; i++) {
        uint32_t red = pixel16(s, WIDTH, i % 4, i / 4) >> 11;
        assert_true(red == 16 || red == 17);
        upper += red - 16;
    }
    assert_int_equal(upper, 8);
}

/* Perspective: at W of a half everything is twice as far. */
static void perspective(void **state) {
    struct screen *s = *state;
    for (unsigned i = 0; i < 16; i++) {
        screen_put(s, TEXTURE + i, 1, i * 0x10);
    }
    begin(s, AT(1, 51) | LERP);
    RUN(s, TEXTURE_IMAGE(I, BITS8, 16, TEXTURE), TILE(I, BITS8, 2, 0, 0), LOAD_TILE(0, 0, 0, 15, 0),
        TILE_SIZE(0, 0, 0, 15, 0), COMBINE_ONLY(TEXEL0));
    uint64_t w[12] = {BOX(0x0a, 0, 0, 4, 1), AT(0, 48) | AT(0x4000, 16), AT(32, 48)};
    screen_run(s, w, 12);
    assert_int_equal(rgb(s, 0, 0), 0);
    assert_int_equal(rgb(s, 1, 0), 0x202020);
    assert_int_equal(rgb(s, 2, 0), 0x404040);
    assert_int_equal(rgb(s, 3, 0), 0x606060);
}

/* In one-cycle mode combined is what the pixel before gave: here each is half of the one to its left, from 255 on. */
static void combined_before(void **state) {
    struct screen *s = *state;
    begin(s, 0);
    RUN(s, PRIM_COLOUR(0x80ffff80u), FILL_RECT(0, 0, 1, 1), ENV_COLOUR(0x80808080u),
        COMBINE(COMBINED, 15, ENV, 7, 7, 7, 7, 7), FILL_RECT(0, 1, 4, 2));
    assert_int_equal(rgb(s, 0, 1), 0x408080);
    assert_int_equal(rgb(s, 1, 1), 0x204040);
    assert_int_equal(rgb(s, 2, 1), 0x102020);
}

/* The four ways to a new coverage, in alpha's upper bits; the old one is 2 (three samples), the pixel covers 4. Clamp
 * and wrap add when blending, which antialiasing allows for as long as the sum is not above 7. */
static void coverage_modes(void **state) {
    struct screen *s = *state;
    const uint32_t want[4] = {6, 6, 7, 2};
    for (unsigned mode = 0; mode < 4; mode++) {
        screen_put(s, FRAME + (WIDTH + 1) * 4, 4, 0x10203040u);
        begin(s, AT(1, 3) | AT(1, 6) | AT(mode, 8));
        RUN(s, PRIM_COLOUR(0xffffffffu), BOX(0x08, 1.5, 1, 2, 2));
        assert_int_equal(pixel32(s, WIDTH, 1, 1) & 0xff, want[mode] << 5);
    }
    /* Colour on coverage: without an overflow the blender's third input, memory's colour here, stays. */
    screen_put(s, FRAME + (WIDTH + 1) * 4, 4, 0x10203040u);
    begin(s, AT(1, 3) | AT(1, 6) | AT(1, 7) | AT(1, 22));
    RUN(s, PRIM_COLOUR(0xffffffffu), BOX(0x08, 1.5, 1, 2, 2));
    assert_int_equal(pixel32(s, WIDTH, 1, 1), 0x102030c0u);
    RUN(s, BOX(0x08, 1.5, 1, 2, 2));
    assert_int_equal(rgb(s, 1, 1), 0xffffff);
}

/* Decals: only where a surface lies already. */
static void decal(void **state) {
    struct screen *s = *state;
    for (unsigned i = 0; i < 16 * WIDTH; i++) {
        screen_put(s, DEPTH + i * 2, 2, 0xfffc);
    }
    begin(s, AT(3, 4));
    depth_box(s, 0x11000000u, 1, 5, 0x4000);
    RUN(s, MODES(NO_DITHER | AT(3, 4) | AT(3, 10)));
    depth_box(s, 0x22000000u, 3, 7, 0x4000);
    depth_box(s, 0x33000000u, 1, 2, 0x3000);
    assert_int_equal(rgb(s, 1, 1), 0x110000);
    assert_int_equal(rgb(s, 3, 1), 0x220000);
    assert_int_equal(rgb(s, 5, 1), 0);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, screen_up, screen_down)
    const struct CMUnitTest tests[] = {TEST(edges),    TEST(combined_before),  TEST(coverage_modes),
                                       TEST(decal),    TEST(coverage),         TEST(fill),
                                       TEST(shaded),   TEST(fraction_of_edge), TEST(depth_order),
                                       TEST(blending), TEST(alpha_compare),    TEST(two_cycles),
                                       TEST(key),      TEST(dither),           TEST(perspective)};
    return cmocka_run_group_tests_name("rdp triangle", tests, NULL, NULL);
}
