/* Differential test of translated 64-bit code: configurations against the interpreter, on any words, as a VR4300.
 *
 * usage: wide_test [--seed S] [--first I] [--programs N] [--config AXIS=NAME,...]
 *
 * Both run the same time slices, whose lengths are random, and have to leave at the same instruction for the same
 * reason each time: a console's events come after the instruction that they are due at. What leaves is skipped, as a
 * board does. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit/isa/isa.h"
#include "jit/policy.h"
#include "tests/random/drive.h"
#include "tests/random64/words.h"

enum { GROUP = 200, CONFIGS = 3, LIMIT = 3000, EXITS = 96 };

struct machine {
    char settings[CONFIG_TEXT];
    struct jl_mem *mem;
    struct jl_machine *m;
    bool watches_writes;
    struct jl_guest_memory guest;
    uint64_t from;   /* ticks before the program began */
    uint64_t stored; /* what its device was told, and when */
};

/* A device on both sides of the memory: what it says, and whether the run has to end behind the access, depends on the
 * time, and what it was told is remembered with the time. */
static bool is_device(uint32_t addr) {
    return addr - (WORDS_AT + WORDS_SIZE) < 0x10000 || addr - (WORDS_AT - 0x10000) < 0x10000;
}

static uint64_t event(const struct machine *t, uint32_t addr, uint64_t value) {
    uint64_t s = (t->stored ^ value) + addr + (jl_machine_ticks(t->m) - t->from) * 0x9e3779b97f4a7c15ull;
    uint64_t v = words_next(&s);
    if (!(v & 0x700))
        jl_machine_cpu(t->m)->interrupt = 1;
    if (!(v & 0x3000))
        jl_machine_stall(t->m, (uint32_t)(v >> 16 & 31));
    return v;
}

static bool device_load(void *ctx, uint32_t addr, unsigned size, uint64_t *value) {
    if (!is_device(addr))
        return false;
    *value = event(ctx, addr, size) >> (64 - 8 * size);
    return true;
}

static bool device_store(void *ctx, uint32_t addr, unsigned size, uint64_t value) {
    struct machine *t = ctx;
    if (!is_device(addr))
        return false;
    t->stored = event(t, addr, (size < 8 ? (uint32_t)value : value) ^ size);
    return true;
}

/* The same accesses, called directly; the number of an address is that address here. */
static const void *device(void *ctx, uint32_t addr, bool store, uint32_t *at) {
    (void)store;
    *at = addr;
    return is_device(addr) ? ctx : NULL;
}

static uint32_t direct_load(void *ctx, const void *which, uint32_t at) {
    uint64_t v = 0;
    if (which != ctx || !device_load(ctx, at, 4, &v))
        abort();
    return (uint32_t)v;
}

static void direct_store(void *ctx, const void *which, uint32_t at, uint32_t value) {
    if (which != ctx || !device_store(ctx, at, 4, value))
        abort();
}

/* Nothing: what is found is accessed in translated code alone, and the interpreter leaves there. */
static enum jl_guest_found find(void *ctx, uint32_t addr, bool store, uint32_t *at) {
    (void)ctx;
    (void)addr;
    (void)store;
    (void)at;
    return JL_GUEST_ELSEWHERE;
}

static void make(struct machine *t, const char *settings) {
    struct jl_config config;
    struct jl_tools tools = {0};
    char copy[CONFIG_TEXT], err[256] = "no memory";
    snprintf(t->settings, sizeof t->settings, "%s", settings);
    snprintf(copy, sizeof copy, "%s", settings);
    jl_config_default(&config);
    bool ok = true;
    t->m = NULL;
    for (char *save, *s = strtok_r(copy, ",", &save); s && ok; s = strtok_r(NULL, ",", &save))
        ok = jl_config_set(&config, s, err, sizeof err);
    t->mem = jl_mem_create(true);
    if (t->mem)
        t->mem->console = true;
    if (ok && t->mem && jl_mem_map(t->mem, WORDS_AT, WORDS_SIZE, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false) == 0)
        t->m = jl_machine_new(&config, &tools, t->mem, err, sizeof err);
    if (!t->m) {
        fprintf(stderr, "wide_test: %s: %s\n", settings, err);
        exit(2);
    }
    t->guest = (struct jl_guest_memory){.ctx = t,
                                        .load = device_load,
                                        .store = device_store,
                                        .find = find,
                                        .device = device,
                                        .device_load = direct_load,
                                        .device_store = direct_store};
    t->mem->guest = &t->guest;
    const struct jl_invalidate_ops *ops = config.axis[JL_AXIS_INVALIDATE].strategy->ops;
    t->watches_writes = ops->watches_writes;
}

static void release(struct machine *t) {
    jl_machine_free(t->m);
    jl_mem_destroy(t->mem);
}

/* Program `seed` from its start; one that stores into itself is for strategies that see such stores. */
static void start(struct machine *t, uint64_t seed) {
    struct jl_cpu *cpu = jl_machine_cpu(t->m);
    cpu->ll_valid = cpu->fpr_half = 0;
    cpu->slot_pc = 0;
    words_start(cpu, t->mem, seed);
    jl_mem_code_sync(t->mem, WORDS_AT, WORDS_SIZE);
    jl_mem_code_write(t->mem, WORDS_AT, WORDS_SIZE);
    jl_machine_set_slice(t->m, 0);
    cpu->count_base -= jl_machine_ticks(t->m); /* both machines' Count begins with the same number */
    t->from = jl_machine_ticks(t->m);
    t->stored = 0;
}

static bool same(const struct jl_cpu *a, const struct jl_cpu *b, char *what, size_t size) {
#define SAME(field, format)                                                                                            \
    if (a->field != b->field) {                                                                                        \
        snprintf(what, size, "exit %u: " #field " is " format ", not " format, a->exit, b->field, a->field);           \
        return false;                                                                                                  \
    }
    SAME(pc, "%" PRIx64)
    SAME(exit, "%u")
    SAME(exit_bd, "%u")
    SAME(fcsr, "%x")
    if (a->exit != JL_EXIT_SLICE) {
        SAME(exit_addr, "%" PRIx64)
        SAME(exit_code, "%x")
        SAME(exit_word, "%x")
    }
    for (unsigned v = 0; v < JL_VARS; v++)
        if (a->var[v] != b->var[v]) {
            snprintf(what, size, "var %u is %" PRIx64 ", not %" PRIx64, v, b->var[v], a->var[v]);
            return false;
        }
    return true;
}

static bool same_memory(const struct jl_mem *a, const struct jl_mem *b) {
    uint32_t x = 0, y = 0;
    for (uint32_t at = WORDS_AT; at < WORDS_AT + WORDS_SIZE && x == y; at += 4) {
        memcpy(&x, a->base + at, 4);
        memcpy(&y, b->base + at, 4);
        x = jl_mem_word(a, x);
        y = jl_mem_word(b, y);
    }
    return x == y;
}

static void go_on(struct jl_machine *m, unsigned exits) {
    struct jl_cpu *cpu = jl_machine_cpu(m);
    if (cpu->exit == JL_EXIT_SLICE)
        return;
    if (cpu->exit_word)
        jl_interp_skip(cpu);
    else /* nothing to execute there */
        cpu->pc = (uint64_t)(int64_t)(int32_t)(WORDS_AT + WORDS_CODE) + 4 * exits;
}

static void print_code(const struct machine *t, uint64_t at) {
    char text[64];
    for (uint32_t pc = (uint32_t)at; pc < (uint32_t)at + 64; pc += 4) {
        uint32_t word;
        if (!jl_mem_fetch(t->mem, pc, &word))
            return;
        jl_disasm(word, pc, JL_ISA_SET_VR4300, text, sizeof text);
        printf("  %08x  %08x  %s\n", pc, word, text);
    }
}

/* False with a description in `what`. */
static bool agree(struct machine *want, struct machine *got, uint64_t seed, char *what, size_t size) {
    uint64_t s = seed ^ 0x5eed;
    struct jl_cpu *a = jl_machine_cpu(want->m), *b = jl_machine_cpu(got->m);
    char why[128];
    start(want, seed);
    start(got, seed);
    uint64_t from = jl_machine_retired(want->m), from_got = jl_machine_retired(got->m);
    for (unsigned exits = 0; exits < EXITS && jl_machine_retired(want->m) - from < LIMIT;) {
        int64_t slice = (int64_t)(words_next(&s) % (words_next(&s) & 7 ? 40 : 600));
        jl_machine_set_slice(want->m, slice);
        jl_machine_set_slice(got->m, slice);
        uint64_t at = a->pc;
        jl_machine_run(want->m);
        jl_machine_run(got->m);
        uint64_t ran = jl_machine_retired(want->m) - from, ran_got = jl_machine_retired(got->m) - from_got;
        bool ok = same(a, b, why, sizeof why);
        if (ok && jl_machine_ticks(want->m) - want->from != jl_machine_ticks(got->m) - got->from) {
            snprintf(why, sizeof why, "%" PRIu64 " ticks, not %" PRIu64, jl_machine_ticks(got->m) - got->from,
                     jl_machine_ticks(want->m) - want->from);
            ok = false;
        }
        if (ok && ran != ran_got) {
            snprintf(why, sizeof why, "%" PRIu64 " instructions, not %" PRIu64, ran_got, ran);
            ok = false;
        }
        if (ok && want->stored != got->stored) {
            snprintf(why, sizeof why, "the device was told something else");
            ok = false;
        }
        if (ok && !same_memory(want->mem, got->mem)) {
            snprintf(why, sizeof why, "memory differs");
            ok = false;
        }
        if (!ok) {
            snprintf(what, size, "from %" PRIx64 ", %" PRIu64 " instructions in: %s", at, ran, why);
            print_code(want, at - 32);
            return false;
        }
        exits += a->exit != JL_EXIT_SLICE;
        go_on(want->m, exits);
        go_on(got->m, exits);
    }
    return true;
}

/* A random configuration that sees stores into code. */
static void configure(struct rng *r, char text[CONFIG_TEXT]) {
    config_random(r, text);
    size_t n = strlen(text);
    snprintf(text + n, CONFIG_TEXT - n, "%sbackend=x64,tier=single,invalidate=%s,byte-order=%s", n ? "," : "",
             rng_below(r, 2) ? "page-fault" : "bitmap", rng_below(r, 2) ? "swap" : "swizzle");
}

int main(int argc, char **argv) {
    uint64_t seed = 1, first = 0, programs = 1000, failed = 0;
    const char *config = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t v = strtoull(argv[i + 1], NULL, 0);
        if (!strcmp(argv[i], "--seed"))
            seed = v;
        else if (!strcmp(argv[i], "--first"))
            first = v;
        else if (!strcmp(argv[i], "--programs"))
            programs = v;
        else
            config = argv[i + 1];
    }
    printf("seed %" PRIu64 "\n", seed);
    for (uint64_t group = first / GROUP; group * GROUP < first + programs && failed < 5; group++) {
        struct machine want, got[CONFIGS];
        struct rng r = {seed + group * 0x9e3779b97f4a7c15ull};
        char text[CONFIG_TEXT], what[256];
        make(&want, "backend=interp");
        for (unsigned k = 0; k < CONFIGS; k++) {
            configure(&r, text);
            make(&got[k], config ? config : k ? text : "tier=single");
        }
        for (uint64_t i = 0; i < GROUP; i++)
            for (unsigned k = 0; k < CONFIGS; k++) {
                uint64_t number = seed * 0x100000 + group * GROUP + i;
                if (group * GROUP + i < first || group * GROUP + i >= first + programs ||
                    agree(&want, &got[k], number, what, sizeof what))
                    continue;
                printf("program %" PRIu64 " under %s: %s\n", group * GROUP + i, got[k].settings, what);
                failed++;
            }
        release(&want);
        for (unsigned k = 0; k < CONFIGS; k++)
            release(&got[k]);
    }
    printf("%" PRIu64 " of %" PRIu64 " programs differ\n", failed, programs);
    return failed != 0;
}
