/* Random changes to many small functions on a few pages, by every way of writing, between and within calls, against a
 * model of what each function computes. SIZE counts changes. */
#include "smc.h"

#include <sys/mman.h>

enum { FUNCTIONS = 48, PAGES = 4, SLOTS = PAGES * PAGE / 64, WORDS = 8 };

struct function {
    uint8_t *at;
    uint16_t k[4]; /* (a0 ^ k0) + k1, doubled, ^ k2, + k3 in the slot */
};
static struct function f[FUNCTIONS];
static uint8_t *view, *writer; /* two mappings of the same file: writer[i] is view[i] */
static uint8_t *storer;        /* code that stores a1 to a0, on one of the pages */
static uint32_t seed = 20240229;
static int source;

static uint32_t random_below(uint32_t n) {
    return next_random(&seed) % n;
}

static uint32_t word_of(const struct function *g, unsigned i) {
    switch (i) {
    case 0: return XORI(V0, A0, g->k[0]);
    case 1: return ADDIU(V0, V0, g->k[1]);
    case 2: return SLL(V0, V0, 1);
    case 3: return XORI(V0, V0, g->k[2]);
    case 4: return JR(RA);
    default: return ADDIU(V0, V0, g->k[3]);
    }
}

static uint32_t model(const struct function *g, uint32_t a) {
    uint32_t v = (a ^ g->k[0]) + (uint32_t)(int16_t)g->k[1];
    return (v << 1 ^ g->k[2]) + (uint32_t)(int16_t)g->k[3];
}

static void build(struct function *g) {
    struct code c = {g->at};
    for (unsigned i = 0; i < 6; i++)
        code_word(&c, word_of(g, i));
    code_sync(g->at, c.at);
}

/* Functions in random places, 64 bytes apart, every eighth across a boundary of pages or lines. */
static void place(void) {
    static uint8_t taken[SLOTS];
    memset(taken, 0, sizeof taken);
    taken[SLOTS - 1] = 1;
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        uint32_t s = i < PAGES - 1 ? (i + 1) * (PAGE / 64) - 1 : random_below(SLOTS - 1);
        while (taken[s])
            s = (s + 1) % SLOTS;
        taken[s] = 1;
        f[i].at = view + s * 64 + (i < PAGES - 1 ? 44 + 4 * random_below(5) : 4 * random_below(4));
        if (i < PAGES - 1) /* it runs on into the next slot */
            taken[s + 1] = 1;
        for (unsigned k = 0; k < 4; k++)
            f[i].k[k] = (uint16_t)next_random(&seed);
        build(&f[i]);
    }
}

static void by_read(uint8_t *at, uint32_t word) {
    need(lseek(source, 0, SEEK_SET) == 0 && write(source, &word, 4) == 4 && lseek(source, 0, SEEK_SET) == 0, "fill a file");
    expect("read", (uint32_t)read(source, at, 4), 4);
}

/* Changes one constant of a function in one of many ways. */
static void change(struct function *g) {
    static const uint8_t index[4] = {0, 1, 3, 5};
    unsigned k = random_below(4);
    uint8_t *at = g->at + 4 * index[k], *alias = writer + (at - view);
    uint16_t old = g->k[k];
    g->k[k] = (uint16_t)next_random(&seed);
    uint32_t word = word_of(g, index[k]);
    switch (random_below(9)) {
    case 0: put(at, word); break;
    case 1: put(alias, word); break;
    case 2: memcpy(at + (BIG ? 2 : 0), &g->k[k], 2); break;
    case 3:
        g->k[k] = (uint16_t)((old & 0xff00) | (g->k[k] & 0xff));
        *(volatile uint8_t *)(alias + (BIG ? 3 : 0)) = (uint8_t)g->k[k];
        break;
    case 4: by_read(at, word); break;
    case 5: by_read(alias, word); break;
    case 6: call(storer, address(at), word, 0, 0); break;
    case 7: call(storer, address(alias), word, 0, 0); break;
    default:
        need(mprotect(random_below(2) ? at - ((uintptr_t)at & (PAGE - 1)) : alias - ((uintptr_t)alias & (PAGE - 1)), PAGE,
                      PROT_READ | PROT_WRITE | PROT_EXEC) == 0, "protect");
        put(alias, word);
        break;
    }
    code_sync(at, at + 4);
}

int main(int argc, char **argv) {
    const struct option options[] = {{'s', &seed, 1, 0x7fffffff}, SMC_OPTIONS};
    uint32_t size = arguments(argc, argv, 700, options, COUNT(options)), sum = 0;
    static const uint8_t zero[PAGE];
    int fd = open("smc.tmp", O_RDWR | O_CREAT | O_EXCL, 0600);
    need(fd >= 0 && unlink("smc.tmp") == 0, "make a file");
    source = open("smc.src", O_RDWR | O_CREAT | O_EXCL, 0600);
    need(source >= 0 && unlink("smc.src") == 0, "make a file");
    for (unsigned i = 0; i < PAGES; i++)
        need(write(fd, zero, PAGE) == PAGE, "fill a file");
    view = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
    writer = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    need(view != MAP_FAILED && writer != MAP_FAILED, "map a file");
    place();
    struct code c = {view + SLOTS * 64 - 64};
    storer = c.at;
    code_word(&c, SW(A1, 0, A0));
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    code_sync(storer, c.at);
    for (uint32_t i = 0; i < size && !out.failed; i++) {
        for (unsigned n = random_below(3) + 1; n > 0; n--)
            change(&f[random_below(FUNCTIONS)]);
        for (unsigned n = 0; n < 6; n++) {
            uint32_t k = random_below(FUNCTIONS), a = next_random(&seed), got = call(f[k].at, a, 0, 0, 0);
            expect_at("a function", i, k, got, model(&f[k], a));
            sum = mix(sum, got);
        }
        if (i % 128 == 127)
            place();
    }
    for (unsigned k = 0; k < FUNCTIONS; k++)
        expect_at("a function in the end", k, 0, call(f[k].at, k, 0, 0, 0), model(&f[k], k));
    return finish(sum);
}
