/* Texture memory, each format's decoding, coordinates, the filter, and copy mode. */
#include <string.h>

#include "tests/n64/rdp/screen.h"

enum { WIDTH = 8, ONE = 1 << 10 };

/* The first texels of tile 0 drawn one to one into a 32-bit image: colour only, then alpha as colour. */
static void draw(struct screen *s, uint64_t modes) {
    RUN(s, SCISSOR(0, 0, WIDTH, 8), COLOUR_IMAGE(RGBA, BITS32, WIDTH, FRAME), MODES(NO_DITHER | LERP | modes),
        COMBINE_ONLY(TEXEL0), TEXTURE_RECT(0, 0, 0, WIDTH, 4, 0, 0, ONE, ONE));
}
static void check_row(const struct screen *s, unsigned y, const uint32_t *want, unsigned n) {
    for (unsigned x = 0; x < n; x++) {
        uint32_t got = pixel32(s, WIDTH, x, y) >> 8;
        if (got != want[x]) {
            fail_msg("texel %u of row %u is %06x, not %06x", x, y, got, want[x]);
        }
    }
}
#define ROW(s, y, ...)                                                                                                 \
    check_row(s, y, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* The alpha of a texel: combined as 1 * texel alpha. */
static void draw_alpha(struct screen *s, uint64_t modes) {
    RUN(s, MODES(NO_DITHER | LERP | modes), COMBINE(6, 15, 8, 7, 7, 7, 7, TEXEL0),
        TEXTURE_RECT(0, 0, 0, WIDTH, 4, 0, 0, ONE, ONE));
}

/* Loads rows of eight bytes as they are, whatever the tile that draws makes of them. */
static void load(struct screen *s, const uint64_t *rows, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        screen_put(s, TEXTURE + 8 * i, 8, rows[i]);
    }
    RUN(s, TEXTURE_IMAGE(RGBA, BITS16, 4, TEXTURE), TILE(RGBA, BITS16, 1, 0, 7), LOAD_TILE(7, 0, 0, 3, n - 1));
}
#define LOAD(s, ...)                                                                                                   \
    load(s, (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void rgba16(void **state) {
    struct screen *s = *state;
    LOAD(s, 0xf80107c0003f8421ull, 0x1ull); /* red, green without alpha, blue, half grey; then an odd row */
    RUN(s, TILE(RGBA, BITS16, 1, 0, 0), TILE_SIZE(0, 0, 0, 3, 3));
    draw(s, 0);
    ROW(s, 0, 0xff0000, 0x00ff00, 0x0000ff, 0x848484);
    ROW(s, 1, 0, 0, 0, 0);
    draw_alpha(s, 0);
    ROW(s, 0, 0xffffff, 0, 0xffffff, 0xffffff);
}

static void rgba32(void **state) {
    struct screen *s = *state;
    for (unsigned i = 0; i < 8; i++) {
        screen_put(s, TEXTURE + i * 4, 4, 0x10203040u + i * 0x01010101u);
    }
    RUN(s, TEXTURE_IMAGE(RGBA, BITS32, 4, TEXTURE), TILE(RGBA, BITS32, 1, 0, 0), LOAD_TILE(0, 0, 0, 3, 1));
    draw(s, 0);
    ROW(s, 0, 0x102030, 0x112131, 0x122232, 0x132333);
    ROW(s, 1, 0x142434, 0x152535, 0x162636, 0x172737);
    draw_alpha(s, 0);
    ROW(s, 1, 0x444444, 0x454545, 0x464646, 0x474747);
}

static void intensity(void **state) {
    struct screen *s = *state;
    LOAD(s, 0x0f17800000000000ull, 0x9c00000000000000ull);
    RUN(s, TILE(I, BITS4, 1, 0, 0), TILE_SIZE(0, 0, 0, 7, 1));
    draw(s, 0);
    ROW(s, 0, 0, 0xffffff, 0x111111, 0x777777, 0x888888);
    ROW(s, 1, 0x999999, 0xcccccc, 0);
    draw_alpha(s, 0);
    ROW(s, 0, 0, 0xffffff, 0x111111, 0x777777, 0x888888);
    RUN(s, TILE(I, BITS8, 1, 0, 0));
    draw(s, 0);
    ROW(s, 0, 0x0f0f0f, 0x171717, 0x808080);
}

static void intensity_alpha(void **state) {
    struct screen *s = *state;
    LOAD(s, 0x0f17800000000000ull);
    RUN(s, TILE(IA, BITS4, 1, 0, 0), TILE_SIZE(0, 0, 0, 7, 0)); /* 000.0 111.1 000.1 011.1 100.0 */
    draw(s, 0);
    ROW(s, 0, 0, 0xffffff, 0, 0x6d6d6d, 0x929292);
    draw_alpha(s, 0);
    ROW(s, 0, 0, 0xffffff, 0xffffff, 0xffffff, 0);
    RUN(s, TILE(IA, BITS8, 1, 0, 0));
    draw(s, 0);
    ROW(s, 0, 0, 0x111111, 0x888888);
    draw_alpha(s, 0);
    ROW(s, 0, 0xffffff, 0x777777, 0);
    RUN(s, TILE(IA, BITS16, 1, 0, 0));
    draw(s, 0);
    ROW(s, 0, 0x0f0f0f, 0x808080);
    draw_alpha(s, 0);
    ROW(s, 0, 0x171717, 0);
}

/* Palettes: entries through the 4-bit tile's palette number, and as either kind of colour. */
static void indexed(void **state) {
    struct screen *s = *state;
    LOAD(s, 0x0121000000000000ull);
    const uint16_t entries[4] = {0xf801, 0x07c1, 0x003f, 0x80ff};
    for (unsigned i = 0; i < 4; i++) {
        screen_put(s, TEXTURE + 0x100 + i * 2, 2, entries[i]);
    }
    RUN(s, TEXTURE_IMAGE(RGBA, BITS16, 4, TEXTURE + 0x100), TILE(RGBA, BITS4, 0, 256 + 16, 7), LOAD_TLUT(7, 0, 3));
    RUN(s, TILE(CI, BITS4, 1, 0, 0) | AT(1, 20), TILE_SIZE(0, 0, 0, 7, 0));
    draw(s, TLUT);
    ROW(s, 0, 0xff0000, 0x00ff00, 0x0000ff, 0x00ff00, 0xff0000);
    draw(s, TLUT | TLUT_IA);
    ROW(s, 0, 0xf8f8f8, 0x070707, 0);
    draw_alpha(s, TLUT | TLUT_IA);
    ROW(s, 0, 0x010101, 0xc1c1c1, 0x3f3f3f);
    RUN(s, TEXTURE_IMAGE(RGBA, BITS16, 4, TEXTURE + 0x100), TILE(RGBA, BITS4, 0, 256, 7), LOAD_TLUT(7, 1, 3),
        TILE(CI, BITS8, 1, 0, 0));
    LOAD(s, 0x0001020000000000ull);
    draw(s, TLUT);
    ROW(s, 0, 0x00ff00, 0x0000ff, 0x8418ff, 0x00ff00);
}

/* Y 100 with U 128, V 228: red gets 175 * 2 + 1 parts of 256 of V's 100 more, green less; then the other way round. */
static void yuv(void **state) {
    struct screen *s = *state;
    screen_put(s, TEXTURE, 8, 0x8064e4648064803aull); /* U Y V Y */
    RUN(s, TEXTURE_IMAGE(YUV, BITS16, 4, TEXTURE), TILE(YUV, BITS16, 1, 0, 0), LOAD_TILE(0, 0, 0, 3, 0),
        OP(0x2c) | AT(175, 45) | AT(512 - 43, 36) | AT(512 - 89, 27) | AT(222, 18) | AT(114, 9) | 42);
    RUN(s, SCISSOR(0, 0, WIDTH, 8), COLOUR_IMAGE(RGBA, BITS32, WIDTH, FRAME), MODES(NO_DITHER), COMBINE_ONLY(TEXEL0),
        TEXTURE_RECT(0, 0, 0, 4, 1, 0, 0, ONE, ONE));
    ROW(s, 0, 0xed1f64, 0xed1f64, 0x646464, 0x3a3a3a);
}

/* Load Block: rows by the step's sum; half a row a word here, so that words 2 and 3 are the odd row's. */
static void block(void **state) {
    struct screen *s = *state;
    for (unsigned i = 0; i < 16; i++) {
        screen_put(s, TEXTURE + i * 2, 2, i << 11 | 1);
    }
    RUN(s, TEXTURE_IMAGE(RGBA, BITS16, 1, TEXTURE), TILE(RGBA, BITS16, 0, 0, 7), LOAD_BLOCK(7, 16, 1024),
        TILE(RGBA, BITS16, 2, 0, 0), TILE_SIZE(0, 0, 0, 7, 1));
    draw(s, 0);
    ROW(s, 0, 0, 0x080000, 0x100000, 0x180000, 0x210000, 0x290000, 0x310000, 0x390000);
    ROW(s, 1, 0x420000, 0x4a0000, 0x520000, 0x5a0000, 0x630000, 0x6b0000, 0x730000, 0x7b0000);
}

static void four_texels(struct screen *s) {
    LOAD(s, 0x1020304000000000ull);
}
static void wrap(void **state) {
    struct screen *s = *state;
    four_texels(s);
    RUN(s, TILE(I, BITS8, 1, 0, 0), TILE_SIZE(0, 0, 0, 2, 0));
    draw(s, 0); /* no mask: clamped */
    ROW(s, 0, 0x101010, 0x202020, 0x303030, 0x303030, 0x303030);
    RUN(s, TILE(I, BITS8, 1, 0, 0) | AT(2, 4));
    draw(s, 0);
    ROW(s, 0, 0x101010, 0x202020, 0x303030, 0x404040, 0x101010, 0x202020);
    RUN(s, TILE(I, BITS8, 1, 0, 0) | AT(2, 4) | AT(1, 8));
    draw(s, 0);
    ROW(s, 0, 0x101010, 0x202020, 0x303030, 0x404040, 0x404040, 0x303030, 0x202020, 0x101010);
    RUN(s, TILE(I, BITS8, 1, 0, 0) | AT(2, 4) | AT(1, 9));
    draw(s, 0); /* clamp before mask */
    ROW(s, 0, 0x101010, 0x202020, 0x303030, 0x303030, 0x303030);
    RUN(s, TILE(I, BITS8, 1, 0, 0) | AT(2, 4) | 1);
    draw(s, 0); /* shifted right: each texel twice */
    ROW(s, 0, 0x101010, 0x101010, 0x202020, 0x202020, 0x303030);
    RUN(s, TILE(I, BITS8, 1, 0, 0) | AT(2, 4) | 15);
    draw(s, 0); /* shifted left */
    ROW(s, 0, 0x101010, 0x303030, 0x101010);
}

/* A tile that does not begin at 0: coordinates count from its start, below it they clamp. */
static void offset(void **state) {
    struct screen *s = *state;
    four_texels(s);
    RUN(s, TILE(I, BITS8, 1, 0, 0), TILE_SIZE(0, 2, 0, 4, 0));
    draw(s, 0);
    ROW(s, 0, 0x101010, 0x101010, 0x101010, 0x202020, 0x303030, 0x303030);
}

/* The filter: between two texels; and in a 2x2 block, first below the diagonal and then above it. */
static void filter(void **state) {
    struct screen *s = *state;
    LOAD(s, 0x0040000000000000ull, 0x8010000000000000ull);
    RUN(s, TILE(I, BITS8, 1, 0, 0), TILE_SIZE(0, 0, 0, 1, 1), SCISSOR(0, 0, WIDTH, 8),
        COLOUR_IMAGE(RGBA, BITS32, WIDTH, FRAME), MODES(NO_DITHER | LERP | BILINEAR), COMBINE_ONLY(TEXEL0),
        TEXTURE_RECT(0, 0, 0, 4, 4, 0, 0, ONE / 4, ONE / 4));
    ROW(s, 0, 0, 0x101010, 0x202020, 0x303030);
    ROW(s, 1, 0x202020, 0x303030, 0x404040, (uint32_t)(0x10 + 0x70 / 4 + 0x30 * 3 / 4) * 0x010101u);
    ROW(s, 3, 0x606060, (uint32_t)(0x10 + 0x70 * 3 / 4 + 0x30 / 4) * 0x010101u);
    RUN(s, MODES(NO_DITHER | LERP | BILINEAR | AT(1, 44)), TEXTURE_RECT(0, 0, 0, 1, 1, 16, 16, ONE, ONE));
    ROW(s, 0, 0x343434); /* the middle of all four */
}

static void copy(void **state) {
    struct screen *s = *state;
    for (unsigned i = 0; i < 16; i++) {
        screen_put(s, TEXTURE + i * 2, 2, 0x1000 + i);
    }
    RUN(s, TEXTURE_IMAGE(RGBA, BITS16, 4, TEXTURE), TILE(RGBA, BITS16, 1, 0, 0), LOAD_TILE(0, 0, 0, 3, 3),
        SCISSOR(0, 0, WIDTH, 8), COLOUR_IMAGE(RGBA, BITS16, WIDTH, FRAME), MODES(CYCLE_COPY),
        TEXTURE_RECT(0, 1, 1, 3, 2, 1 << 5, 1 << 5, 4 * ONE, ONE));
    for (unsigned y = 0; y < 4; y++) {
        for (unsigned x = 0; x < WIDTH; x++) {
            bool in = x >= 1 && x <= 3 && y >= 1 && y <= 2;
            assert_int_equal(pixel16(s, WIDTH, x, y), in ? 0x1000 + y * 4 + x : 0);
        }
    }
    /* Alpha compare copies what has its lowest bit set. */
    RUN(s, MODES(CYCLE_COPY | 1), TEXTURE_RECT(0, 0, 4, 3, 4, 0, 0, 4 * ONE, ONE));
    assert_int_equal(pixel16(s, WIDTH, 0, 4), 0);
    assert_int_equal(pixel16(s, WIDTH, 1, 4), 0x1001);
    assert_int_equal(pixel16(s, WIDTH, 2, 4), 0);
    assert_int_equal(pixel16(s, WIDTH, 3, 4), 0x1003);
}

/* Flipped: T goes along the lines, S down. */
static void flipped(void **state) {
    struct screen *s = *state;
    LOAD(s, 0x1020304000000000ull, 0x1121314100000000ull);
    RUN(s, TILE(I, BITS8, 1, 0, 0), TILE_SIZE(0, 0, 0, 3, 1), SCISSOR(0, 0, WIDTH, 8),
        COLOUR_IMAGE(RGBA, BITS32, WIDTH, FRAME), MODES(NO_DITHER | LERP), COMBINE_ONLY(TEXEL0),
        TEXTURE_RECT_FLIP(0, 0, 0, 2, 4, 0, 0, ONE, ONE));
    ROW(s, 0, 0x101010, 0x111111, 0);
    ROW(s, 3, 0x404040, 0x414141, 0);
}

/* Into an 8-bit image goes a palette entry's upper byte; under alpha compare 0 stays out. */
static void copy_8(void **state) {
    struct screen *s = *state;
    const uint64_t texels[] = {0x0001020300000000ull};
    load(s, texels, 1);
    screen_put(s, TEXTURE + 0x100, 8, 0x00ff21004322ab00ull);
    memset(s->rdram + FRAME, 0x55, 4);
    RUN(s, TEXTURE_IMAGE(RGBA, BITS16, 4, TEXTURE + 0x100), TILE(RGBA, BITS4, 0, 256, 7), LOAD_TLUT(7, 0, 3),
        TILE(CI, BITS8, 1, 0, 0), TILE_SIZE(0, 0, 0, 7, 0), SCISSOR(0, 0, WIDTH, 8),
        COLOUR_IMAGE(CI, BITS8, WIDTH, FRAME), MODES(CYCLE_COPY | TLUT | 1),
        TEXTURE_RECT(0, 0, 0, 3, 0, 0, 0, 4 * ONE, ONE));
    assert_int_equal(screen_get(s, FRAME, 4), 0x552143ab);
}

/* Palettes loaded into a tile of 16-bit texels lie 16 texels apart; from an image of 8-bit ones every fourth entry is
 * taken, 32 texels apart. */
static void odd_palettes(void **state) {
    struct screen *s = *state;
    for (unsigned i = 0; i < 16; i++) {
        screen_put(s, TEXTURE + i * 2, 2, i << 11 | 1);
    }
    RUN(s, TEXTURE_IMAGE(RGBA, BITS16, 1, TEXTURE), TILE(RGBA, BITS16, 0, 0, 7), LOAD_TLUT(7, 1, 2),
        TILE(RGBA, BITS16, 4, 0, 0), TILE_SIZE(0, 0, 0, 7, 1));
    draw(s, 0);
    ROW(s, 0, 0x080000, 0x080000, 0x080000, 0x080000, 0);
    ROW(s, 1, 0x100000, 0x100000, 0x100000, 0x100000, 0);
    RUN(s, TEXTURE_IMAGE(RGBA, BITS8, 1, TEXTURE), TILE(RGBA, BITS8, 0, 0, 7), LOAD_TLUT(7, 0, 15),
        TILE(RGBA, BITS16, 8, 0, 0));
    draw(s, 0);
    ROW(s, 0, 0, 0, 0, 0);
    RUN(s, TILE(RGBA, BITS16, 8, 4, 0));
    draw(s, 0);
    ROW(s, 0, 0x210000, 0x210000, 0x210000, 0x210000, 0);
}

/* With its bounds the wrong way round a tile clamps where its end is, before it does where it starts: what is past the
 * end takes the texel at (end - start) mod 1024, which the mask turns into 2 here. */
static void reversed(void **state) {
    struct screen *s = *state;
    four_texels(s);
    RUN(s, TILE(I, BITS8, 1, 0, 0) | AT(2, 4) | AT(1, 9), TILE_SIZE(0, 4, 0, 2, 0));
    draw(s, 0);
    ROW(s, 0, 0x101010, 0x101010, 0x303030, 0x303030, 0x303030, 0x303030);
}

/* In one-cycle mode the second texel is the first one of the next pixel. */
static void next_texel(void **state) {
    struct screen *s = *state;
    four_texels(s);
    RUN(s, TILE(I, BITS8, 1, 0, 0), TILE_SIZE(0, 0, 0, 7, 0), SCISSOR(0, 0, WIDTH, 8),
        COLOUR_IMAGE(RGBA, BITS32, WIDTH, FRAME), MODES(NO_DITHER | LERP), COMBINE_ONLY(TEXEL1),
        TEXTURE_RECT(0, 0, 0, 4, 1, 0, 0, ONE, ONE));
    ROW(s, 0, 0x202020, 0x303030, 0x404040, 0);
}

/* Level of detail: a step of two texels a pixel is level 1, the next tile; a step of three half way to level 2. */
static void level_of_detail(void **state) {
    struct screen *s = *state;
    for (unsigned level = 0; level < 3; level++) {
        for (unsigned i = 0; i < 8; i++) {
            screen_put(s, TEXTURE + i, 1, 0x10 << level);
        }
        RUN(s, TEXTURE_IMAGE(I, BITS8, 8, TEXTURE), TILE(I, BITS8, 1, level * 8, level) | AT(1, 9) | AT(1, 19),
            LOAD_TILE(level, 0, 0, 7, 0));
    }
    /* A triangle command, since only those say how many levels there are: a box of 8x1 pixels. */
    uint64_t w[12] = {
        OP(0x0a) | AT(1, 55) | AT(2, 51) | AT(4, 32) | AT(4, 16), AT(8, 48), 0, AT(8, 48), 0, AT(2 * 32, 48)};
    RUN(s, SCISSOR(0, 0, WIDTH, 8), COLOUR_IMAGE(RGBA, BITS32, WIDTH, FRAME), MODES(NO_DITHER | LERP | AT(1, 48)),
        COMBINE_ONLY(TEXEL0));
    screen_run(s, w, 12);
    ROW(s, 0, 0x202020, 0x202020);
    RUN(s, MODES(NO_DITHER | LERP | AT(1, 48) | CYCLE_TWO),
        OP(0x3c) | AT(2, 52) | AT(1, 28) | AT(13, 47) | AT(1, 15) | AT(15, 37) | AT(15, 24) | AT(31, 32));
    w[5] = AT(3 * 32, 48);
    screen_run(s, w, 12); /* 0x20 + (0x40 - 0x20) * 128 / 256, then combined alone */
    ROW(s, 0, 0x303030, 0x303030);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, screen_up, screen_down)
    const struct CMUnitTest tests[] = {
        TEST(rgba16), TEST(rgba32),       TEST(intensity), TEST(intensity_alpha), TEST(indexed),        TEST(yuv),
        TEST(block),  TEST(wrap),         TEST(offset),    TEST(filter),          TEST(copy),           TEST(flipped),
        TEST(copy_8), TEST(odd_palettes), TEST(reversed),  TEST(next_texel),      TEST(level_of_detail)};
    return cmocka_run_group_tests_name("rdp texture", tests, NULL, NULL);
}
