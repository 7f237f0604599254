#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/n64/rdp/screen.h"

enum { PAGE = 4096 };

int screen_up(void **state) {
    uint8_t *room = mmap(NULL, RDRAM + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED || mprotect(room + PAGE, RDRAM, PROT_READ | PROT_WRITE) != 0) {
        return -1;
    }
    struct screen *s = calloc(1, sizeof *s);
    if (!s) {
        return -1;
    }
    s->rdram = room + PAGE;
    s->rdp = jl_rdp_new(s->rdram, RDRAM);
    if (s->rdp && getenv("SWIZZLE")) {
        s->flip = 3;
        jl_rdp_swizzle(s->rdp);
    }
    *state = s;
    return s->rdp ? 0 : -1;
}
int screen_down(void **state) {
    struct screen *s = *state;
    jl_rdp_free(s->rdp);
    munmap(s->rdram - PAGE, RDRAM + 2 * PAGE);
    free(s);
    return 0;
}

void screen_put(struct screen *s, uint32_t at, unsigned bytes, uint64_t v) {
    for (unsigned i = bytes; i-- > 0; v >>= 8) {
        s->rdram[(at + i) ^ s->flip] = (uint8_t)v;
    }
}
uint32_t screen_get(const struct screen *s, uint32_t at, unsigned bytes) {
    uint32_t v = 0;
    for (unsigned i = 0; i < bytes; i++) {
        v = v << 8 | s->rdram[(at + i) ^ s->flip];
    }
    return v;
}
uint32_t pixel16(const struct screen *s, unsigned width, unsigned x, unsigned y) {
    return screen_get(s, FRAME + (y * width + x) * 2, 2);
}
uint32_t pixel32(const struct screen *s, unsigned width, unsigned x, unsigned y) {
    return screen_get(s, FRAME + (y * width + x) * 4, 4);
}
bool screen_run(struct screen *s, const uint64_t *words, unsigned n) {
    bool full = false;
    assert_int_equal(jl_rdp_commands(s->rdp, words, n, &full), n);
    return full;
}
