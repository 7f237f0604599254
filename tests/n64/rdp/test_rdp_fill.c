/* The command list, and rectangles in fill and one-cycle mode. */
#include "tests/n64/rdp/screen.h"

static void check16(const struct screen *s, unsigned width, unsigned height, const char *picture, char c, uint32_t in,
                    uint32_t out) {
    for (unsigned i = 0; i < width * height; i++) {
        uint32_t want = picture[i] == c ? in : out;
        uint32_t got = pixel16(s, width, i % width, i / width);
        if (got != want) {
            fail_msg("pixel %u,%u is %04x, not %04x", i % width, i / width, got, want);
        }
    }
}

/* Both halves of the pattern, odd edges, and both ends drawn. */
static void fill_16(void **state) {
    struct screen *s = *state;
    RUN(s, SCISSOR(0, 0, 8, 8), COLOUR_IMAGE(RGBA, BITS16, 8, FRAME), MODES(CYCLE_FILL), FILL_COLOUR(0x1235abcdu),
        FILL_RECT(1, 1, 5, 2));
    for (unsigned y = 0; y < 4; y++) {
        for (unsigned x = 0; x < 8; x++) {
            bool in = x >= 1 && x <= 5 && y >= 1 && y <= 2;
            assert_int_equal(pixel16(s, 8, x, y), in ? (x & 1 ? 0xabcd : 0x1235) : 0);
        }
    }
}

/* Fractions of the edges: the left one is rounded down, the right one too, and drawn. A line counts when one quarter of
 * it lies inside. */
static void fill_fractions(void **state) {
    struct screen *s = *state;
    RUN(s, SCISSOR(0, 0, 8, 4), COLOUR_IMAGE(RGBA, BITS16, 8, FRAME), MODES(CYCLE_FILL), FILL_COLOUR(0x11111111u),
        FILL_RECT4(7, 5, 19, 8));
    check16(s, 8, 4,
            "        "
            " ####   "
            " ####   "
            "        ",
            '#', 0x1111, 0);
}

static void fill_32_and_8(void **state) {
    struct screen *s = *state;
    RUN(s, SCISSOR(0, 0, 4, 4), COLOUR_IMAGE(RGBA, BITS32, 4, FRAME), MODES(CYCLE_FILL), FILL_COLOUR(0x12345678u),
        FILL_RECT(1, 1, 2, 1));
    assert_int_equal(pixel32(s, 4, 0, 1), 0);
    assert_int_equal(pixel32(s, 4, 1, 1), 0x12345678);
    assert_int_equal(pixel32(s, 4, 2, 1), 0x12345678);
    assert_int_equal(pixel32(s, 4, 3, 1), 0);
    RUN(s, COLOUR_IMAGE(I, BITS8, 4, FRAME), FILL_RECT(1, 0, 3, 0));
    assert_int_equal(screen_get(s, FRAME, 4), 0x00345678);
}

/* In fill mode the scissor's right edge is drawn as well, its lower one is not. */
static void fill_scissor(void **state) {
    struct screen *s = *state;
    RUN(s, SCISSOR(2, 1, 5, 3), COLOUR_IMAGE(RGBA, BITS16, 8, FRAME), MODES(CYCLE_FILL), FILL_COLOUR(0x11111111u),
        FILL_RECT(0, 0, 7, 3));
    check16(s, 8, 4,
            "        "
            "  ####  "
            "  ####  "
            "        ",
            '#', 0x1111, 0);
}

/* Only one field's lines. */
static void scissor_field(void **state) {
    struct screen *s = *state;
    RUN(s, SCISSOR(0, 0, 8, 4) | AT(3, 24), COLOUR_IMAGE(RGBA, BITS16, 8, FRAME), MODES(CYCLE_FILL),
        FILL_COLOUR(0x11111111u), FILL_RECT(0, 0, 7, 3));
    check16(s, 8, 4,
            "        "
            "########"
            "        "
            "########",
            '#', 0x1111, 0);
}

/* In one-cycle mode right and lower edges are not drawn, and a pixel counts when its upper left sample is covered. Full
 * coverage leaves the lowest bit set: 7 of 0 to 7. */
static void one_cycle(void **state) {
    struct screen *s = *state;
    RUN(s, SCISSOR(0, 0, 8, 4), COLOUR_IMAGE(RGBA, BITS16, 8, FRAME), MODES(NO_DITHER), COMBINE_ONLY(PRIM),
        PRIM_COLOUR(0xff804020u), FILL_RECT4(4, 4, 20, 12));
    check16(s, 8, 4,
            "        "
            " ####   "
            " ####   "
            "        ",
            '#', 31 << 11 | 16 << 6 | 8 << 1 | 1, 0);
}

static void commands_in_pieces(void **state) {
    struct screen *s = *state;
    const uint64_t words[] = {SCISSOR(0, 0, 4, 4),
                              COLOUR_IMAGE(RGBA, BITS32, 4, FRAME),
                              TEXTURE_IMAGE(RGBA, BITS32, 4, TEXTURE),
                              TILE(RGBA, BITS32, 1, 0, 0),
                              LOAD_TILE(0, 0, 0, 3, 3),
                              MODES(NO_DITHER | LERP),
                              COMBINE_ONLY(TEXEL0),
                              TEXTURE_RECT(0, 0, 0, 4, 4, 0, 0, 1 << 10, 1 << 10),
                              0,
                              0x0123456789abcdefull,
                              OP(0x31),
                              SYNC_FULL};
    for (unsigned i = 0; i < 16; i++) {
        screen_put(s, TEXTURE + i * 4, 4, 0x10203000u + i * 0x01010100u);
    }
    unsigned n = sizeof words / sizeof *words;
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(screen_run(s, words + i, 1), i == n - 1);
    }
    assert_int_equal(pixel32(s, 4, 3, 3) >> 8, 0x1f2f3f);
}

/* An image that begins or ends outside of memory, and the addresses that wrap. */
static void outside(void **state) {
    struct screen *s = *state;
    RUN(s, SCISSOR(0, 0, 64, 64), COLOUR_IMAGE(RGBA, BITS16, 64, RDRAM - 64), MODES(CYCLE_FILL),
        FILL_COLOUR(0x77777777u), FILL_RECT(0, 0, 63, 63));
    assert_int_equal(screen_get(s, RDRAM - 2, 2), 0x7777);
    RUN(s, COLOUR_IMAGE(RGBA, BITS32, 1024, 0xffffffu), FILL_RECT(0, 0, 63, 63));
    assert_int_equal(screen_get(s, 0, 4), 0);
}

struct written {
    uint32_t first, last;
    unsigned calls;
};
static void note(void *ctx, uint32_t addr, uint32_t bytes) {
    struct written *w = ctx;
    assert_true(bytes > 0 && addr < RDRAM && bytes <= RDRAM - addr);
    w->first = addr < w->first ? addr : w->first;
    w->last = addr + bytes > w->last ? addr + bytes : w->last;
    w->calls++;
}
static void reports_writes(void **state) {
    struct screen *s = *state;
    struct written w = {.first = UINT32_MAX};
    jl_rdp_on_write(s->rdp, note, &w);
    RUN(s, SCISSOR(0, 0, 8, 8), COLOUR_IMAGE(RGBA, BITS16, 8, FRAME), MODES(CYCLE_FILL), FILL_RECT(1, 2, 3, 4));
    assert_int_equal(w.first, FRAME + (2 * 8 + 1) * 2);
    assert_int_equal(w.last, FRAME + (4 * 8 + 4) * 2);
    w = (struct written){.first = UINT32_MAX};
    RUN(s, COLOUR_IMAGE(RGBA, BITS16, 64, RDRAM - 6), FILL_RECT(1, 0, 3, 4));
    assert_int_equal(w.first, RDRAM - 4);
    assert_int_equal(w.last, RDRAM);
    w.calls = 0;
    RUN(s, COLOUR_IMAGE(RGBA, BITS16, 64, RDRAM), FILL_RECT(1, 0, 3, 4));
    assert_int_equal(w.calls, 0);
}

static bool stops(void *ctx) {
    return ++*(unsigned *)ctx & 1;
}
/* Told to stop at every other command that draws or loads; what was not taken goes on as if it had not been. */
static void stops_when_told(void **state) {
    struct screen *s = *state;
    unsigned asked = 0;
    bool full = false;
    const uint64_t words[] = {SCISSOR(0, 0, 4, 4),   COLOUR_IMAGE(RGBA, BITS32, 4, FRAME),
                              MODES(CYCLE_FILL),     FILL_COLOUR(1),
                              FILL_RECT(0, 0, 0, 3), FILL_COLOUR(2),
                              FILL_RECT(1, 0, 1, 3), FILL_COLOUR(3),
                              FILL_RECT(2, 0, 2, 3), SYNC_FULL};
    jl_rdp_on_work(s->rdp, stops, &asked);
    assert_int_equal(jl_rdp_commands(s->rdp, words, 10, &full), 5);
    assert_false(full);
    assert_int_equal(pixel32(s, 4, 0, 3), 1);
    assert_int_equal(pixel32(s, 4, 1, 3), 0);
    assert_int_equal(jl_rdp_commands(s->rdp, words + 5, 5, &full), 4);
    assert_false(full);
    assert_int_equal(jl_rdp_commands(s->rdp, words + 9, 1, &full), 1);
    assert_true(full);
    assert_int_equal(asked, 3);
    for (unsigned x = 0; x < 4; x++)
        assert_int_equal(pixel32(s, 4, x, 3), (x + 1) & 3);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, screen_up, screen_down)
    const struct CMUnitTest tests[] = {
        TEST(fill_16),   TEST(fill_fractions),     TEST(fill_32_and_8), TEST(fill_scissor),   TEST(scissor_field),
        TEST(one_cycle), TEST(commands_in_pieces), TEST(outside),       TEST(reports_writes), TEST(stops_when_told)};
    return cmocka_run_group_tests_name("rdp fill", tests, NULL, NULL);
}
