/* The initial stack: strings at the top, below them the auxiliary vector, environment and argument pointers. */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guests/linux/thread.h"

enum { STACK_TOP = 0x7fff0000, STACK_SIZE = 8 << 20, MAX_STRINGS = 4096 };

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

static void auxv(struct builder *b, uint32_t *at, uint32_t random, uint32_t name) {
    const struct jl_image *im = &b->p->image;
    const uint32_t pairs[][2] = {{AT_PHDR, im->phdr},   {AT_PHENT, sizeof(Elf32_Phdr)},
                                 {AT_PHNUM, im->phnum}, {AT_PAGESZ, JL_PAGE},
                                 {AT_BASE, 0},          {AT_FLAGS, 0},
                                 {AT_ENTRY, im->entry}, {AT_UID, getuid()},
                                 {AT_EUID, geteuid()},  {AT_GID, getgid()},
                                 {AT_EGID, getegid()},  {AT_SECURE, 0},
                                 {AT_CLKTCK, 100},      {AT_HWCAP, 0},
                                 {AT_RANDOM, random},   {AT_EXECFN, name},
                                 {AT_NULL, 0}};
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        word(b, at, pairs[i][0]);
        word(b, at, pairs[i][1]);
    }
}

bool jl_stack_build(struct jl_process *p, char *err, size_t err_size) {
    static const uint8_t fixed_random[16] = {0x6a, 0x69, 0x74, 0x6c, 0x61, 0x62, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    uint32_t args[MAX_STRINGS + 1], env[MAX_STRINGS + 1];
    struct builder b = {p, STACK_TOP, false};
    p->stack_low = STACK_TOP - STACK_SIZE;
    /* MIPS stacks are executable unless a program asks otherwise; trampolines and test code live there */
    if (jl_mem_map(p->mem, p->stack_low, STACK_SIZE, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false) < 0) {
        snprintf(err, err_size, "no memory for the stack");
        return false;
    }
    unsigned argc = push_strings(&b, p->options.argv, args), envc = push_strings(&b, p->options.envp, env);
    uint32_t random = push(&b, fixed_random, sizeof fixed_random);
    if (b.full) {
        snprintf(err, err_size, "arguments and environment are too large");
        return false;
    }
    uint32_t words = 1 + argc + 1 + envc + 1 + 2 * 17;
    b.sp = (b.sp - words * 4) & ~15u;
    uint32_t at = b.sp;
    word(&b, &at, argc);
    for (unsigned i = 0; i < argc; i++)
        word(&b, &at, args[i]);
    word(&b, &at, 0);
    for (unsigned i = 0; i < envc; i++)
        word(&b, &at, env[i]);
    word(&b, &at, 0);
    auxv(&b, &at, random, argc ? args[0] : 0);
    p->leader->cpu->var[29] = b.sp;
    return true;
}
