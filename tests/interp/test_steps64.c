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
#include "tests/random64/words.h"

enum { LIMIT = 3000, EXITS = 64, PROGRAMS = 2000 };

struct ending {
    struct jl_cpu cpu;
    uint8_t memory[WORDS_SIZE];
    uint64_t exits, trace; /* a hash of where each exit was, and which */
};

static uint64_t retired(const struct jl_cpu *cpu) {
    return cpu->tick_base - (uint64_t)cpu->slice - cpu->stalled;
}

/* Runs at most so many instructions at a time. */
static void run(struct jl_mem *mem, struct jl_interp_cache *cache, uint64_t seed, uint64_t at_a_time,
                struct ending *end) {
    struct jl_cpu *cpu = &end->cpu;
    words_start(cpu, mem, seed);
    cpu->slice = 1 << 20;
    cpu->tick_base = 1 << 20;
    cpu->stalled = 0;
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
            cpu->pc = (uint64_t)(int64_t)(int32_t)(WORDS_AT + WORDS_CODE) + 4 * end->exits;
    }
    memcpy(end->memory, mem->base + WORDS_AT, WORDS_SIZE);
}

static void test_steps(void **state) {
    (void)state;
    static struct ending once, steps;
    struct jl_mem *mem = jl_mem_create(true);
    struct jl_interp_cache *cache = jl_interp_cache_new();
    uint64_t instructions = 0, exits = 0;
    assert_non_null(mem);
    assert_non_null(cache);
    assert_int_equal(jl_mem_map(mem, WORDS_AT, WORDS_SIZE, JL_PAGE_R | JL_PAGE_W, -1, 0, false), 0);
    for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
        run(mem, cache, seed, LIMIT, &once);
        run(mem, cache, seed, 1, &steps);
        if (once.trace != steps.trace || once.cpu.pc != steps.cpu.pc || retired(&once.cpu) != retired(&steps.cpu) ||
            once.cpu.fcsr != steps.cpu.fcsr || memcmp(once.cpu.var, steps.cpu.var, sizeof once.cpu.var) != 0 ||
            memcmp(once.memory, steps.memory, WORDS_SIZE) != 0)
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
