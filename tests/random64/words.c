/* Any words as a program for the VR4300: see words.h. */
#include "jit/cop0.h"
#include "tests/random64/words.h"

#include <string.h>

uint64_t words_next(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* Mostly instructions, on few registers: $4 to $7 have addresses, and branches stay near. */
static uint32_t any_word(uint64_t *state) {
    uint64_t v = words_next(state);
    if (v % 32 == 0)
        return (uint32_t)(v >> 32);
    for (;;) {
        unsigned op = 1 + (unsigned)(words_next(state) % (JL_OPS - 1));
        const struct jl_insn_info *i = &jl_insn_info[op];
        bool reads_cop0 = op == JL_OP_MFC0 || op == JL_OP_DMFC0;
        if (!(i->isa & JL_ISA_SET_VR4300) || (i->klass == JL_CLASS_COP0 && !reads_cop0))
            continue;
        uint32_t w = i->match | ((uint32_t)(v >> 32) & ~i->mask);
        bool memory = i->klass == JL_CLASS_LOAD || i->klass == JL_CLASS_STORE;
        if (memory)
            w = (w & 0xfc1f07ffu) | (uint32_t)(4 + (v & 3)) << 21 | (v & 4 ? 0 : 0x800);
        if (reads_cop0 && v & 16) /* Count, and not one of many */
            w = (w & 0xffff07ffu) | JL_COP0_COUNT << 11;
        if (i->klass == JL_CLASS_BRANCH)
            w = (w & 0xffff0000u) | (((uint32_t)(v >> 8 & 15) - 4) & 0xffff);
        if (op == JL_OP_J || op == JL_OP_JAL)
            w = i->match | (WORDS_CODE >> 2) | (v >> 8 & (WORDS_COUNT - 1));
        return w;
    }
}

/* The other half of an unaligned access (big-endian); 0 when the word is none. */
static uint32_t other_half(uint32_t word) {
    static const struct {
        uint8_t left, right, size;
    } kinds[] = {{0x22, 0x26, 4}, {0x2a, 0x2e, 4}, {0x1a, 0x1b, 8}, {0x2c, 0x2d, 8}};
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        uint32_t primary = word >> 26, reach = kinds[k].size - 1u, registers = word & 0x03ff0000;
        if (primary == kinds[k].left)
            return (uint32_t)kinds[k].right << 26 | registers | ((word + reach) & 0xffff);
        if (primary == kinds[k].right)
            return (uint32_t)kinds[k].left << 26 | registers | ((word - reach) & 0xffff);
    }
    return 0;
}

static uint64_t any_float(uint64_t *state) {
    static const uint32_t some[] = {0,          0x3f800000, 0x40490fdb, 0x00800000, 0x7f7fffff,
                                    0x7f800000, 0x7fc00000, 1,          0xbf800001};
    uint64_t v = words_next(state);
    uint32_t low = v & 1 ? some[v / 2 % 9] : (uint32_t)(v >> 32);
    return (uint64_t)some[v / 64 % 9] << 32 | low;
}

/* What a board keeps of coprocessor 0. */
static uint64_t cop0[32] = {
    1, 2, 3,     0xfedcba9876543210, 0x80000000, 6,          7,  8, 0xffffffff80001234, 9, 10, 11, 0x34,
    0, 1, 0xb22, 0x7fffffff,         0,          0xffffffff, 19, 20};

void words_start(struct jl_cpu *cpu, struct jl_mem *mem, uint64_t seed) {
    uint64_t s = seed;
    memset(cpu->var, 0, sizeof cpu->var);
    cpu->mem = mem;
    cpu->isa = JL_ISA_SET_VR4300;
    cpu->mode = JL_MODE_BE | JL_MODE_64 | JL_MODE_VR4300 | (seed & 1 ? JL_MODE_FR : 0);
    cpu->fcsr = (words_next(&s) & 3) | (seed & 2 ? JL_FCSR_FS : 0) |
                (seed & 4 ? (1u | (seed >> 5 & 3)) << JL_FCSR_FLAGS_SHIFT : 0) |
                (seed & 24 ? 0 : 0x10u << JL_FCSR_ENABLE_SHIFT);
    cpu->cop0 = cop0;
    cpu->cop0_usable = seed % 8 != 0;
    cpu->count_base = seed * 0x1234567;
    cpu->pc = (uint64_t)(int64_t)(int32_t)(WORDS_AT + WORDS_CODE);
    for (unsigned r = 1; r < 32; r++) {
        cpu->var[r] = words_next(&s) >> (words_next(&s) & 63);
        cpu->var[JL_VAR_FPR + r] = any_float(&s);
    }
    for (unsigned r = 4; r < 8; r++)
        cpu->var[r] = cpu->pc - WORDS_CODE / 2 + 8 * r;
    uint32_t word = 0;
    for (unsigned at = 0; at < WORDS_SIZE; at += 4) {
        uint32_t half = words_next(&s) & 1 ? other_half(word) : 0;
        word = half ? half : at < WORDS_CODE ? (uint32_t)words_next(&s) : any_word(&s);
        jl_mem_store(mem, WORDS_AT + at, 4, word);
    }
}
