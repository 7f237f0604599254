/* The initial stack: strings at the top, below them the auxiliary vector, environment and argument pointers. */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "guests/linux/thread.h"

enum { STACK_TOP = 0x7fff0000, STACK_SIZE = 8 << 20, MAX_STRINGS = 16384, AUX_PAIRS = 19 };

struct builder {
    struct jl_process *p;
    uint32_t sp;
    bool full;
};

static uint32_t push(struct builder *b, const void *bytes, size_t size) {
    if (b->full || size > b->sp - b->p->stack_low - 65536) {
        b->full = true;
        return 0;
    }
    b->sp -= (uint32_t)size;
    memcpy(b->p->mem->base + b->sp, bytes, size);
    return b->sp;
}

static void word(struct builder *b, uint32_t *at, uint32_t v) {
    jl_put32(b->p, b->p->mem->base + *at, v);
    *at += 4;
}

static unsigned push_strings(struct builder *b, char *const *strings, uint32_t *where) {
    unsigned n = 0;
    for (; strings && strings[n] && n < MAX_STRINGS; n++)
        where[n] = push(b, strings[n], strlen(strings[n]) + 1);
    b->full |= strings && strings[n];
    return n;
}

/* What the kernel tells a new program. MIPS has no AT_PLATFORM, only the base platform's name. */
static void auxv(struct builder *b, uint32_t *at, uint32_t random, uint32_t name, uint32_t platform) {
    const struct jl_image *im = &b->p->image;
    const uint32_t pairs[AUX_PAIRS][2] = {{AT_PHDR, im->phdr},
                                          {AT_PHENT, sizeof(Elf32_Phdr)},
                                          {AT_PHNUM, im->phnum},
                                          {AT_PAGESZ, JL_PAGE},
                                          {AT_BASE, b->p->interp_base},
                                          {AT_FLAGS, 0},
                                          {AT_ENTRY, im->entry},
                                          {AT_UID, getuid()},
                                          {AT_EUID, geteuid()},
                                          {AT_GID, getgid()},
                                          {AT_EGID, getegid()},
                                          {AT_SECURE, 0},
                                          {AT_CLKTCK, 100},
                                          {AT_HWCAP, 0},
                                          {AT_HWCAP2, 0},
                                          {AT_RANDOM, random},
                                          {AT_EXECFN, name},
                                          {AT_BASE_PLATFORM, platform},
                                          {AT_NULL, 0}};
    for (unsigned i = 0; i < AUX_PAIRS; i++) {
        word(b, at, pairs[i][0]);
        word(b, at, pairs[i][1]);
    }
}

/* Bytes for AT_RANDOM: stack protectors and hash seeds come from them. Fixed in a run that is to be repeatable. */
static uint32_t push_random(struct builder *b) {
    uint8_t bytes[16] = {0x6a, 0x69, 0x74, 0x6c, 0x61, 0x62, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    if (!b->p->options.pid && getrandom(bytes, sizeof bytes, GRND_NONBLOCK) < 0)
        bytes[0] ^= (uint8_t)getpid();
    return push(b, bytes, sizeof bytes);
}

bool jl_stack_build(struct jl_process *p, char *err, size_t err_size) {
    uint32_t args[MAX_STRINGS + 1], env[MAX_STRINGS + 1];
    struct builder b = {p, STACK_TOP, false};
    p->stack_low = STACK_TOP - STACK_SIZE;
    /* MIPS stacks are executable unless a program asks otherwise; trampolines and test code live there */
    if (jl_mem_map(p->mem, p->stack_low, STACK_SIZE, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false) < 0) {
        snprintf(err, err_size, "no memory for the stack");
        return false;
    }
    unsigned argc = push_strings(&b, p->options.argv, args), envc = push_strings(&b, p->options.envp, env);
    uint32_t random = push_random(&b), platform = push(&b, "mips32r2", 9);
    if (b.full) {
        snprintf(err, err_size, "arguments and environment are too large");
        return false;
    }
    uint32_t words = 1 + argc + 1 + envc + 1 + 2 * AUX_PAIRS;
    b.sp = (b.sp - words * 4) & ~15u;
    uint32_t at = b.sp;
    word(&b, &at, argc);
    for (unsigned i = 0; i < argc; i++)
        word(&b, &at, args[i]);
    word(&b, &at, 0);
    for (unsigned i = 0; i < envc; i++)
        word(&b, &at, env[i]);
    word(&b, &at, 0);
    auxv(&b, &at, random, argc ? args[0] : 0, platform);
    p->leader->cpu->var[29] = b.sp;
    return true;
}
