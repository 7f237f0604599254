/* Random commands over a small RDRAM between guard pages. JITLAB_TEST_SEED sets the seed, which is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/n64/rdp/screen.h"

static uint64_t seed;

static uint64_t next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* Mostly commands that exist; a scissor that leaves something to draw, and not too much of it; images in memory or at
 * its end half of the time. */
static uint64_t command(uint64_t *state) {
    uint64_t w = next(state);
    switch (next(state) % 8) {
    case 0: return w;
    case 1: return SCISSOR4(w & 0x3f, w >> 8 & 0x3f, w >> 16 & 0xff, w >> 24 & 0xff) | (w >> 32 & AT(3, 24));
    case 2: return COLOUR_IMAGE(w >> 40 & 7, w >> 44 & 3, 1 + (w & 0x3ff), w >> 10 & 0x1ffff);
    case 3: return (w & (AT(1, 56) - 1)) | OP(0x08 + (next(state) & 7));
    default: return (w & (AT(1, 56) - 1)) | OP(0x24 + next(state) % 28);
    }
}

static void check(void *ctx, uint32_t addr, uint32_t bytes) {
    (void)ctx;
    assert_true(bytes > 0 && addr < RDRAM && bytes <= RDRAM - addr);
}

enum { COMMANDS = 30000, CHUNK = 50 };

static void feed(struct screen *s, uint64_t state) {
    jl_rdp_on_write(s->rdp, check, NULL);
    for (unsigned i = 0; i < COMMANDS; i += CHUNK) {
        uint64_t words[CHUNK];
        for (unsigned k = 0; k < CHUNK; k++) {
            words[k] = command(&state);
        }
        screen_run(s, words, CHUNK);
    }
}

/* The guard pages catch what leaves memory; twice the same list must give the same memory. */
static void random_commands(void **state) {
    struct screen *a = *state;
    void *other = NULL;
    assert_int_equal(screen_up(&other), 0);
    struct screen *b = other;
    uint64_t fill = seed;
    for (unsigned i = 0; i < RDRAM; i++) {
        a->rdram[i] = b->rdram[i] = (uint8_t)next(&fill);
    }
    feed(a, seed);
    feed(b, seed);
    assert_memory_equal(a->rdram, b->rdram, RDRAM);
    screen_down(&other);
}

int main(void) {
    const char *given = getenv("JITLAB_TEST_SEED");
    seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(random_commands, screen_up, screen_down)};
    return cmocka_run_group_tests_name("rdp fuzz", tests, NULL, NULL);
}
