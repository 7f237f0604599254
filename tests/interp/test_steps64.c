/* The 64-bit interpreter on any words, as a VR4300: one long run must end as single steps do, with exits skipped as a
 * board does. What differs between the two is what is kept from one instruction to the next: slots, counts, FPU
 * exceptions that are only noted, decoded words that change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jit/interp.h"
#include "jit/mem.h"

enum { CODE = 0x1000, WORDS = 256, SIZE = 0x2000, LIMIT = 3000, EXITS = 64, PROGRAMS = 2000 };
static const uint32_t kseg0 = 0x80000000u;

struct ending {
    struct jl_cpu cpu;
    uint8_t memory[SIZE];
    uint64_t exits, trace; /* a hash of where each exit was, and which */
};

static uint64_t next(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* Mostly instructions, on few registers: $4 to $7 have addresses, and branches stay near. */
static uint32_t any_word(uint64_t *state) {
    uint64_t v = next(state);
    if (v % 32 == 0)
        return (uint32_t)(v >> 32);
    for (;;) {
        unsigned op = 1 + (unsigned)(next(state) % (JL_OPS - 1));
        const struct jl_insn_info *i = &jl_insn_info[op];
        if (!(i->isa & JL_ISA_SET_VR4300) || i->klass == JL_CLASS_COP0)
            continue;
        uint32_t w = i->match | ((uint32_t)(v >> 32) & ~i->mask);
        bool memory = i->klass == JL_CLASS_LOAD || i->klass == JL_CLASS_STORE;
        if (memory)
            w = (w & 0xfc1f07ffu) | (uint32_t)(4 + (v & 3)) << 21 | (v & 4 ? 0 : 0x800);
        if (i->klass == JL_CLASS_BRANCH)
            w = (w & 0xffff0000u) | (((uint32_t)(v >> 8 & 15) - 4) & 0xffff);
        if (op == JL_OP_J || op == JL_OP_JAL)
            w = i->match | (CODE >> 2) | (v >> 8 & (WORDS - 1));
        return w;
    }
}

static uint64_t any_float(uint64_t *state) {
    static const uint32_t some[] = {0,          0x3f800000, 0x40490fdb, 0x00800000, 0x7f7fffff,
                                    0x7f800000, 0x7fc00000, 1,          0xbf800001};
    uint64_t v = next(state);
    uint32_t low = v & 1 ? some[v / 2 % 9] : (uint32_t)(v >> 32);
    return (uint64_t)some[v / 64 % 9] << 32 | low;
}

static void start(struct jl_cpu *cpu, struct jl_mem *mem, uint64_t seed) {
    uint64_t s = seed;
    *cpu = (struct jl_cpu){.mem = mem, .isa = JL_ISA_SET_VR4300, .slice = 1 << 20, .retired_base = 1 << 20};
    cpu->mode = JL_MODE_BE | JL_MODE_64 | JL_MODE_VR4300 | (seed & 1 ? JL_MODE_FR : 0);
    cpu->fcsr = (next(&s) & 3) | (seed & 2 ? JL_FCSR_FS : 0) | (seed & 4 ? 1u << JL_FCSR_FLAGS_SHIFT : 0) |
                (seed & 24 ? 0 : 0x10u << JL_FCSR_ENABLE_SHIFT);
    cpu->pc = (uint64_t)(int64_t)(int32_t)(kseg0 + CODE);
    for (unsigned r = 1; r < 32; r++) {
        cpu->var[r] = next(&s) >> (next(&s) & 63);
        cpu->var[JL_VAR_FPR + r] = any_float(&s);
    }
    for (unsigned r = 4; r < 8; r++)
        cpu->var[r] = cpu->pc - CODE / 2 + 8 * r;
    for (unsigned at = 0; at < SIZE; at += 4)
        jl_mem_store(mem, kseg0 + at, 4, at < CODE ? (uint32_t)next(&s) : any_word(&s));
}

static uint64_t retired(const struct jl_cpu *cpu) {
    return cpu->retired_base - (uint64_t)cpu->slice;
}

/* Runs at most so many instructions at a time. */
static void run(struct jl_mem *mem, struct jl_interp_cache *cache, uint64_t seed, uint64_t at_a_time,
                struct ending *end) {
    struct jl_cpu *cpu = &end->cpu;
    start(cpu, mem, seed);
    end->exits = end->trace = 0;
    while (retired(cpu) < LIMIT && end->exits < EXITS) {
        uint64_t left = LIMIT - retired(cpu);
        enum jl_exit r = jl_interp_run(cpu, cache, left < at_a_time ? left : at_a_time);
        if (r == JL_EXIT_NONE)
            continue;
        end->exits++;
        end->trace = (end->trace ^ cpu->pc ^ cpu->exit_word ^ (uint64_t)r << 40 ^ cpu->exit_addr) * 0x100000001b3;
        end->trace ^= cpu->fcsr + cpu->exit_bd * cpu->exit_target + cpu->exit_code;
        if (cpu->exit_word)
            jl_interp_skip(cpu);
        else /* nothing to execute there */
            cpu->pc = (uint64_t)(int64_t)(int32_t)(kseg0 + CODE) + 4 * end->exits;
    }
    memcpy(end->memory, mem->base + kseg0, SIZE);
}

static void test_steps(void **state) {
    (void)state;
    static struct ending once, steps;
    struct jl_mem *mem = jl_mem_create(true);
    struct jl_interp_cache *cache = jl_interp_cache_new();
    uint64_t instructions = 0, exits = 0;
    assert_non_null(mem);
    assert_non_null(cache);
    assert_int_equal(jl_mem_map(mem, kseg0, SIZE, JL_PAGE_R | JL_PAGE_W, -1, 0, false), 0);
    for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
        run(mem, cache, seed, LIMIT, &once);
        run(mem, cache, seed, 1, &steps);
        if (once.trace != steps.trace || once.cpu.pc != steps.cpu.pc || retired(&once.cpu) != retired(&steps.cpu) ||
            once.cpu.fcsr != steps.cpu.fcsr || memcmp(once.cpu.var, steps.cpu.var, sizeof once.cpu.var) != 0 ||
            memcmp(once.memory, steps.memory, SIZE) != 0)
            fail_msg("seed %llu differs", (unsigned long long)seed);
        instructions += retired(&once.cpu);
        exits += once.exits;
    }
    assert_true(instructions > 100 * PROGRAMS && exits > 10 * PROGRAMS);
    jl_interp_cache_free(cache);
    jl_mem_destroy(mem);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
