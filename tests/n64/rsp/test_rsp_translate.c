/* The translated RSP against the interpreted one: random programs in slices of random length, with instruction memory
 * that changes on the way; the whole state is compared after each slice. Prints its seed; RSP_SEED=n repeats a run,
 * RSP_STEPS=n makes it longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "guests/n64/rsp/translate_parts.h"
#include "jit/runtime/machine.h"
#include "tests/n64/rsp/assemble.h"

static uint64_t seed, random_state;

static uint32_t random32(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}

/* ---- a console for each of the two ---- */

struct board {
    struct jl_rsp *rsp;
    uint32_t reads, log; /* what was asked for so far */
    uint32_t run;        /* its number: what a run puts off has nothing to ask for */
};

static uint32_t read_cop0(void *ctx, unsigned reg) {
    struct board *board = ctx;
    return ++board->reads * 0x9e3779b1u + board->run * 0x85ebca6bu + reg;
}

/* Some writes change the program, some halt or end the run. */
static void write_cop0(void *ctx, unsigned reg, uint32_t value) {
    struct board *board = ctx;
    board->log = (board->log ^ value) * 31 + reg + board->run;
    if (!jl_rsp_only_noted(reg))
        board->log += board->rsp->pc;
    if (reg == 2) {
        uint32_t soon = (board->rsp->pc + (value & 0x3c)) & 0xffc;
        memcpy(board->rsp->imem + soon, board->rsp->imem + (value >> 12 & 0xffc), 4);
        jl_rsp_imem_written(board->rsp);
    }
    if (reg == 4)
        board->rsp->running = false;
    if (reg == 5)
        board->rsp->pause = true;
}

static void broke(void *ctx) {
    struct board *board = ctx;
    board->log = board->log * 33 + board->rsp->pc;
    board->rsp->running = false;
}

/* ---- programs ---- */

static uint32_t reg(void) {
    return random32() & 15; /* few, so that values meet */
}

static uint32_t scalar_word(void) {
    static const uint8_t functions[] = {0x00, 0x02, 0x03, 0x04, 0x06, 0x07, 0x20, 0x21, 0x22, 0x23,
                                        0x24, 0x25, 0x26, 0x27, 0x2a, 0x2b, 0x0c, 0x18, 0x3f};
    static const uint8_t immediates[] = {0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};
    static const uint8_t accesses[] = {0x20, 0x21, 0x23, 0x24, 0x25, 0x27, 0x28, 0x29, 0x2b};
    uint32_t r = random32();
    switch (r & 3) {
    case 0: return op_r(functions[(r >> 8) % sizeof functions], reg(), reg(), reg()) | (r >> 20 & 31) << 6;
    case 1: return op_i(immediates[(r >> 8) % sizeof immediates], reg(), reg(), r >> 16);
    default: return op_i(accesses[(r >> 8) % sizeof accesses], reg(), r & 4 ? 0 : reg(), r >> 16);
    }
}

/* Reserved ones that do not wait for loads: only registers that loads often have, as they are to meet. */
static uint32_t unwaiting_word(void) {
    static const uint8_t numbers[] = {0x1c, 0x1e, 0x1f, 0x3c, 0x3d, 0x3e};
    uint32_t r = random32();
    return vector(numbers[r % sizeof numbers], r >> 8 & 7, r >> 12 & 3, r >> 16 & 3, r >> 20 & 15);
}

static uint32_t vector_word(void) {
    uint32_t r = random32();
    if (r >> 27 == 0)
        return unwaiting_word();
    switch (r & 7) {
    case 0:
    case 1:
        return vload(r >> 8 & 15, random32() & (r & 0x4000000 ? 3 : 7), r >> 16 & (r & 0x80000000 ? 15 : 8),
                     (int)(random32() % 64), reg());
    case 2:
        return vstore(r >> 8 & 15, random32() & 7, r >> 16 & (r & 0x80000000 ? 15 : 8), (int)(random32() % 64), reg());
    case 3: return cop2(r >> 8 & 7, reg(), random32() & 7, r >> 16 & 15);
    default: return vector(r >> 8 & 63, random32() & 7, random32() & 7, random32() & 7, r >> 16 & 15);
    }
}

static uint32_t branch_word(unsigned at) {
    static const uint8_t branches[] = {0x04, 0x05, 0x06, 0x07}, kinds[] = {0x00, 0x01, 0x10, 0x11};
    uint32_t r = random32();
    uint32_t there = (r >> 8) % 24 - 12;
    switch (r & 15) {
    case 0: return 2u << 26 | (at + there + (r & 0x3000000));
    case 1: return 3u << 26 | ((at + there) & 0x3ffffff);
    case 2: return jr(r & 0x10000 ? 31 : reg());
    case 3: return jalr(r & 0x10000 ? 31 : reg(), reg());
    case 4:
    case 5:
    case 6: return op_i(1, kinds[r >> 16 & 3], reg(), there);
    default: return op_i(branches[r >> 16 & 3], r & 0x80000000 ? 0 : reg(), reg(), there);
    }
}

static uint32_t random_word(unsigned at) {
    uint32_t r = random32() % 1000;
    return r < 400   ? scalar_word()
           : r < 810 ? vector_word()
           : r < 970 ? branch_word(at)
           : r < 980 ? mfc0(reg(), random32() & 31)
           : r < 995 ? mtc0(reg(), random32() & 7)
           : r < 997 ? brk()
                     : random32(); /* reserved ones, mostly */
}

static void put(struct jl_rsp *rsp, unsigned at, uint32_t word) {
    word = __builtin_bswap32(word);
    memcpy(rsp->imem + 4 * at, &word, 4);
    jl_rsp_imem_written(rsp);
}

/* ---- the two side by side ---- */

struct pair {
    struct board interpreted, translated;
    struct jl_rsp_jit *jit;
    uint64_t executed;
    unsigned put_off; /* runs that left something to the next */
};

static struct jl_rsp interpreter;

static void make(struct pair *p, const char *const *settings) {
    struct jl_config config;
    char err[256];
    jl_config_default(&config);
    for (; *settings; settings++)
        if (!jl_config_set(&config, *settings, err, sizeof err))
            fail_msg("%s", err);
    p->jit = jl_rsp_jit_new(&config, NULL, err, sizeof err);
    if (!p->jit)
        fail_msg("%s", err);
    p->interpreted = (struct board){.rsp = &interpreter};
    p->translated = (struct board){.rsp = jl_rsp_jit_rsp(p->jit)};
    jl_rsp_init(p->interpreted.rsp, &(struct jl_rsp_bus){&p->interpreted, read_cop0, write_cop0, broke});
    jl_rsp_init(p->translated.rsp, &(struct jl_rsp_bus){&p->translated, read_cop0, write_cop0, broke});
}

/* A new program and new data, the same for both. */
static void scramble(struct pair *p) {
    struct jl_rsp *a = p->interpreted.rsp, *b = p->translated.rsp;
    for (unsigned i = 0; i < 1024; i++)
        put(a, i, random_word(i));
    for (unsigned i = 0; i < sizeof a->dmem; i++)
        a->dmem[i] = (uint8_t)(random32() & 1 ? random32() : random32() & 0x80);
    for (unsigned i = 1; i < 32; i++)
        a->gpr[i] = random32() & 1 ? random32() : random32() % 4096;
    for (unsigned i = 0; i < 256; i++)
        a->vr[i / 8][i % 8] = (uint16_t)(random32() & 3 ? random32() : random32() & 0x8000);
    memcpy(b->imem, a->imem, sizeof a->imem);
    jl_rsp_imem_written(b);
    memcpy(b->dmem, a->dmem, sizeof a->dmem);
    memcpy(b->gpr, a->gpr, sizeof a->gpr);
    memcpy(b->vr, a->vr, sizeof a->vr);
}

/* The part that differs, or NULL. */
static const char *difference(const struct pair *p) {
    const struct jl_rsp *a = p->interpreted.rsp, *b = p->translated.rsp;
    enum { FIRST = offsetof(struct jl_rsp, vr), LAST = offsetof(struct jl_rsp, div_in_loaded) + 1 };
    return a->pc != b->pc                                                    ? "pc"
           : a->running != b->running                                        ? "running"
           : memcmp(a->gpr, b->gpr, sizeof a->gpr) != 0                      ? "register"
           : memcmp(a->dmem, b->dmem, sizeof a->dmem) != 0                   ? "data memory"
           : memcmp(a->imem, b->imem, sizeof a->imem) != 0                   ? "instruction memory"
           : memcmp(a->vr, b->vr, sizeof a->vr) != 0                         ? "vector register"
           : memcmp((char *)a + FIRST, (char *)b + FIRST, LAST - FIRST) != 0 ? "accumulator or flags"
           : a->slot_pc != b->slot_pc                                        ? "slot"
           : a->slot_target != b->slot_target                                ? "slot's target"
           : p->interpreted.log != p->translated.log                         ? "writes to COP0"
           : p->interpreted.reads != p->translated.reads                     ? "reads of COP0"
                                                                             : NULL;
}

static void report(const struct pair *p, const char *what, unsigned step, uint32_t pc, uint64_t max) {
    const struct jl_rsp *a = p->interpreted.rsp, *b = p->translated.rsp;
    for (unsigned i = 0; i < 32; i++)
        if (a->gpr[i] != b->gpr[i])
            fprintf(stderr, "r%u %08x %08x\n", i, a->gpr[i], b->gpr[i]);
    for (unsigned i = 0; i < 256; i++)
        if (a->vr[i / 8][i % 8] != b->vr[i / 8][i % 8])
            fprintf(stderr, "v%u[%u] %04x %04x\n", i / 8, i % 8, a->vr[i / 8][i % 8], b->vr[i / 8][i % 8]);
    fail_msg("seed %llu step %u, %llu instructions from %03x (now %03x and %03x): %s", (unsigned long long)seed, step,
             (unsigned long long)max, pc, a->pc, b->pc, what);
}

/* Now and then something that the console may do between two runs. */
static void disturb(struct pair *p) {
    struct jl_rsp *a = p->interpreted.rsp, *b = p->translated.rsp;
    uint32_t r = random32();
    if (!a->running || r % 64 == 0) {
        a->running = b->running = true;
        a->pc = b->pc = random32() & 0xffc;
    }
    if (r % 32 == 1) {
        unsigned at = random32() & 1023;
        uint32_t word = random_word(at);
        put(a, at, word);
        put(b, at, word);
    }
}

/* Nobody looks behind every run: what a run puts off may as well be carried out by the next. */
static void compare(struct pair *p, unsigned steps) {
    bool looks = true;
    scramble(p);
    for (unsigned i = 0; i < steps; i++) {
        if (looks)
            disturb(p);
        uint32_t pc = p->interpreted.rsp->pc;
        uint64_t max = random32() % 8 ? 1 + random32() % 200 : 1 + random32() % 4;
        p->interpreted.run = p->translated.run = i;
        uint64_t ran = jl_rsp_run(p->interpreted.rsp, max), ran_too = jl_rsp_jit_run(p->jit, max);
        looks = random32() % 4 == 0 || i + 1 == steps;
        p->put_off += p->translated.rsp->unsettled && p->jit->owed;
        if (looks)
            jl_rsp_settle(p->translated.rsp);
        const char *what = ran != ran_too ? "count" : looks ? difference(p) : NULL;
        if (what)
            report(p, what, i, pc, max);
        p->executed += ran;
    }
}

static void test_random_programs(void **state) {
    static const char *const settings[][5] = {
        {"tier=single"},
        {"tier=single", "region=block"},
        {NULL},
        {"tier=single", "dispatch=c-loop", "link=none"},
        {"tier=single", "passes=all:regalloc=0", "far-code=inline"},
        {"tier=single", "passes=all:fold=0:values=0:dead=0", "events=split"},
        {"tier=single", "returns=rsb", "lookup=hash-c", "region=extended"},
        {"tier=single", "returns=callret:depth=2", "inline-cache=sieve:bits=2", "region=extended"},
    };
    const char *given = getenv("RSP_STEPS");
    unsigned steps = given ? (unsigned)strtoul(given, NULL, 0) : 60;
    (void)state;
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct pair p = {0};
        make(&p, settings[i]);
        for (unsigned k = 0; k < 100; k++)
            compare(&p, steps);
        printf("%llu of %llu instructions by translated code\n", (unsigned long long)jl_rsp_jit_translated(p.jit),
               (unsigned long long)p.executed);
        if (jl_rsp_jit_translated(p.jit) < p.executed / 8)
            fail_msg("translated code was hardly run");
        if (p.put_off < 100)
            fail_msg("no run puts anything off");
        jl_rsp_jit_free(p.jit);
    }
}

/* Whatever a run asks the console for it has asked when it ends, wherever the run was cut; at the program's end too,
 * and in a slot. */
static void test_asks_in_time(void **state) {
    static const uint32_t places[] = {0x100, 0x104, 0xff0, 0xff4, 0xff8, 0xffc};
    static const char *const settings[] = {"tier=single", NULL};
    struct pair p = {0};
    (void)state;
    make(&p, settings);
    struct jl_rsp *rsp = p.translated.rsp;
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++)
        for (uint32_t at = 0; at < 40; at++)
            for (unsigned slot = 0; slot < 2; slot++) {
                uint32_t pc = places[i] / 4;
                for (unsigned k = 0; k < 1024; k++)
                    put(rsp, k, op_i(0x09, 1, 1, k)); /* addiu */
                put(rsp, (pc + at) & 1023, mfc0(2, 0));
                if (slot)
                    put(rsp, (pc + at - 1) & 1023, 2u << 26 | 0x200); /* j */
                rsp->running = true;
                for (uint32_t length = 1; length <= at + 1; length++) {
                    jl_rsp_settle(rsp);
                    rsp->pc = 4 * pc;
                    rsp->slot_pc = JL_RSP_NO_SLOT;
                    p.translated.reads = 0;
                    assert_int_equal(jl_rsp_jit_run(p.jit, length), length);
                    assert_int_equal(p.translated.reads, length == at + 1);
                }
                jl_rsp_settle(rsp);
            }
    jl_rsp_jit_free(p.jit);
}

/* Both halves of unaligned registers, at all addresses. */
static void test_unaligned_registers(void **state) {
    enum { LQV = 4, LRV = 5, DONE = 30000 };
    static const char *const settings[] = {"tier=single", NULL};
    const uint32_t words[] = {vload(LQV, 1, 0, 0, T0),  vload(LRV, 1, 0, 1, T0),
                              vstore(LRV, 1, 0, 1, T1), vstore(LQV, 1, 0, 0, T1),
                              vload(LRV, 2, 0, 1, T1),  vstore(LQV, 2, 0, 0, T0),
                              op_i(0x09, T0, T0, 37),             /* addiu */
                              op_i(0x09, T1, T1, 91),   2u << 26, /* j */
                              vector(0x2c, 2, 1, 2, 0)};
    struct pair p = {0};
    (void)state;
    make(&p, settings);
    scramble(&p);
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        put(p.interpreted.rsp, i, words[i]);
        put(p.translated.rsp, i, words[i]);
    }
    p.interpreted.rsp->running = p.translated.rsp->running = true;
    for (unsigned ran = 0; ran < DONE; ran += 90) {
        jl_rsp_run(p.interpreted.rsp, 90);
        jl_rsp_jit_run(p.jit, 90);
        jl_rsp_settle(p.translated.rsp);
        const char *what = difference(&p);
        if (what)
            report(&p, what, ran, 0, 90);
    }
    jl_rsp_jit_free(p.jit);
}

/* Regions from places of random programs: whatever is built holds jl_ir_verify, before the passes and behind them. */
static void test_valid_ir(void **state) {
    static const char *const settings[] = {"tier=single", "region=loop", NULL};
    struct pair p = {0};
    unsigned built = 0;
    (void)state;
    make(&p, settings);
    struct jl_machine *m = jl_rsp_jit_machine(p.jit);
    for (unsigned k = 0; k < 20; k++) {
        scramble(&p);
        p.translated.rsp->running = true;
        jl_rsp_jit_run(p.jit, 100); /* makes the program known */
        uint32_t page = (uint32_t)jl_machine_cpu(m)->pc & ~0xfffu;
        for (uint32_t pc = 0; pc < 4096; pc += 44) {
            struct jl_region region = {.pc = page + pc, .links_in = -1};
            jl_ir_reset(m->ir);
            if (!jl_translate(m, &region))
                continue;
            built++;
            bool valid = jl_ir_verify(m->ir, stderr);
            jl_passes_run(m, m->ir, NULL);
            if (!valid || !jl_ir_verify(m->ir, stderr))
                fail_msg("seed %llu program %u at %03x", (unsigned long long)seed, k, pc);
        }
    }
    assert_true(built > 1000);
    jl_rsp_jit_free(p.jit);
}

int main(void) {
    const char *given = getenv("RSP_SEED");
    seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    random_state = seed * 2 + 1;
    printf("RSP_SEED=%llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_programs),
        cmocka_unit_test(test_asks_in_time),
        cmocka_unit_test(test_unaligned_registers),
        cmocka_unit_test(test_valid_ir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
