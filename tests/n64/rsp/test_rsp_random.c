/* The vector unit against reference.c on random instructions and values, and every instruction's row in rsp.def against
 * what it really reads and writes. Prints its seed; RSP_SEED=n repeats a run, RSP_STEPS=n makes it longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "guests/n64/rsp/ops.h"
#include "tests/n64/rsp/reference.h"

static uint64_t seed, random_state;

static uint32_t random32(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}

/* Often one of the numbers where something changes. */
static uint16_t random_lane(void) {
    static const uint16_t edge[] = {0, 1, 2, 0x7fff, 0x8000, 0x8001, 0xffff, 0xfffe, 0x7ffe, 0x00ff, 0x4000, 0xc000};
    uint32_t r = random32();
    return r & 1 ? edge[(r >> 8) % (sizeof edge / sizeof *edge)] : (uint16_t)(r >> 16);
}

static void random_bytes(void *at, size_t bytes) {
    uint16_t value;
    for (size_t i = 0; i + 1 < bytes; i += 2) {
        value = random_lane();
        memcpy((uint8_t *)at + i, &value, 2);
    }
}

static uint32_t no_cop0(void *ctx, unsigned reg) {
    (void)ctx;
    return reg;
}
static void no_write(void *ctx, unsigned reg, uint32_t value) {
    (void)ctx;
    (void)reg;
    (void)value;
}
static void no_break(void *ctx) {
    (void)ctx;
}

static const struct jl_rsp_bus bus = {NULL, no_cop0, no_write, no_break};

/* Executes one word at address 0. */
static void execute(struct jl_rsp *rsp, uint32_t word) {
    struct jl_rsp_insn in = jl_rsp_decode(word, 0);
    rsp->pc = 4;
    rsp->next_pc = 8;
    in.run(rsp, &in);
}

static void set_control(struct jl_rsp *rsp, struct reference *ref, uint16_t vco, uint16_t vcc, uint16_t vce) {
    jl_rsp_set_control(rsp, 0, ref->vco = vco);
    jl_rsp_set_control(rsp, 1, ref->vcc = vcc);
    jl_rsp_set_control(rsp, 2, ref->vce = vce & 0xff);
}

/* Puts the same random values into both. The accumulator's upper part is often the sign of its lower part. */
static void scramble(struct jl_rsp *rsp, struct reference *ref) {
    for (unsigned i = 1; i < 32; i++)
        rsp->gpr[i] = ref->gpr[i] = random32() & 1 ? random32() : 0xfe0 + random32() % 64; /* often DMEM's end */
    for (unsigned v = 0; v < 32; v++)
        for (unsigned i = 0; i < 8; i++) {
            uint16_t lane = rsp->vr[v][i] = random_lane();
            ref->v[v][2 * i] = (uint8_t)(lane >> 8);
            ref->v[v][2 * i + 1] = (uint8_t)lane;
        }
    for (unsigned i = 0; i < 8; i++) {
        uint16_t lo = random_lane(), md = random_lane(), hi = random32() & 1 ? random_lane() : md & 0x8000 ? 0xffff : 0;
        rsp->acc_hi[i] = hi;
        rsp->acc_md[i] = md;
        rsp->acc_lo[i] = lo;
        ref->acc[i] = (int64_t)(int16_t)hi * 0x100000000ll + md * 0x10000ll + lo;
    }
    set_control(rsp, ref, (uint16_t)random32(), (uint16_t)random32(), (uint16_t)random32());
    rsp->div_in = ref->div_in = random_lane();
    rsp->div_out = ref->div_out = random_lane();
    rsp->div_in_loaded = ref->div_in_loaded = random32() & 1;
    random_bytes(rsp->dmem, sizeof rsp->dmem);
    memcpy(ref->dmem, rsp->dmem, sizeof ref->dmem);
}

/* One part that differs, or NULL. */
static const char *difference(const struct jl_rsp *rsp, const struct reference *ref) {
    for (unsigned v = 0; v < 32; v++)
        for (unsigned i = 0; i < 8; i++)
            if (rsp->vr[v][i] != ref->v[v][2 * i] * 256 + ref->v[v][2 * i + 1])
                return "vector register";
    for (unsigned i = 0; i < 8; i++)
        if (rsp->acc_hi[i] != (uint16_t)(ref->acc[i] >> 32) || rsp->acc_md[i] != (uint16_t)(ref->acc[i] >> 16) ||
            rsp->acc_lo[i] != (uint16_t)ref->acc[i])
            return "accumulator";
    return memcmp(rsp->gpr, ref->gpr, sizeof ref->gpr)           ? "register"
           : jl_rsp_control(rsp, 0) != ref->vco                  ? "VCO"
           : jl_rsp_control(rsp, 1) != ref->vcc                  ? "VCC"
           : jl_rsp_control(rsp, 2) != ref->vce                  ? "VCE"
           : rsp->div_in != ref->div_in                          ? "divider's input"
           : rsp->div_out != ref->div_out                        ? "divider's output"
           : rsp->div_in_loaded != ref->div_in_loaded            ? "divider's state"
           : memcmp(rsp->dmem, ref->dmem, sizeof ref->dmem) != 0 ? "data memory"
                                                                 : NULL;
}

/* A word of a group: everything random but what makes it this instruction. */
static uint32_t random_word(enum jl_rsp_group group, unsigned number) {
    uint32_t r = random32();
    switch (group) {
    case JL_RSP_MAJOR: return (r & 0x3ffffff) | number << 26;
    case JL_RSP_SPECIAL: return (r & 0x3ffffc0) | number;
    case JL_RSP_REGIMM: return (r & 0x3e0ffff) | 1u << 26 | number << 16;
    case JL_RSP_COP0: return (r & 0x1fffff) | 0x10u << 26 | number << 21;
    case JL_RSP_COP2: return (r & 0x1fffff) | 0x12u << 26 | number << 21;
    case JL_RSP_VECTOR: return (r & 0x1ffffc0) | 0x4a000000 | number;
    case JL_RSP_LWC2: return (r & 0x3ff07ff) | 0x32u << 26 | number << 11;
    default: return (r & 0x3ff07ff) | 0x3au << 26 | number << 11;
    }
}

static uint32_t random_vector_word(void) {
    uint32_t r = random32();
    switch (r & 7) {
    case 0: return random_word(JL_RSP_LWC2, r >> 8 & 31);
    case 1: return random_word(JL_RSP_SWC2, r >> 8 & 31);
    case 2: return random_word(JL_RSP_COP2, r >> 8 & 15);
    default: return random_word(JL_RSP_VECTOR, r >> 8 & 63);
    }
}

/* Short runs, so that states which only follow one another (VCH and VCL, VRCPH and VRCPL) come up, from fresh values.
 */
static void test_against_reference(void **state) {
    static struct jl_rsp rsp;
    static struct reference ref;
    (void)state;
    unsigned steps = getenv("RSP_STEPS") ? (unsigned)strtoul(getenv("RSP_STEPS"), NULL, 0) : 200000;
    jl_rsp_init(&rsp, &bus);
    for (unsigned i = 0; i < steps; i++) {
        if (i % 16 == 0)
            scramble(&rsp, &ref);
        uint32_t word = random_vector_word();
        execute(&rsp, word);
        reference_execute(&ref, word);
        const char *what = difference(&rsp, &ref);
        if (what)
            fail_msg("seed %llu step %u word %08x: %s", (unsigned long long)seed, i, word, what);
    }
}

/* The divider's tables and shifts: every 16-bit input, and 32-bit inputs around every power of two. */
static void test_divider(void **state) {
    static struct jl_rsp rsp;
    static struct reference ref;
    (void)state;
    jl_rsp_init(&rsp, &bus);
    for (unsigned i = 0; i < 65536; i++)
        for (unsigned op = 0x30; op <= 0x35; op += op == 0x31 ? 3 : 1) { /* VRCP, VRCPL, VRSQ, VRSQL */
            uint32_t word = 0x4b00f800 | op;                             /* v0[7], v0[0] */
            rsp.div_in = ref.div_in = (uint16_t)((1u << i % 16) - (i >> 4 & 1));
            rsp.div_in_loaded = ref.div_in_loaded = true;
            rsp.vr[0][0] = (uint16_t)i;
            ref.v[0][0] = (uint8_t)(i >> 8);
            ref.v[0][1] = (uint8_t)i;
            execute(&rsp, word);
            reference_execute(&ref, word);
            if (rsp.div_out != ref.div_out || rsp.vr[0][7] != ref.v[0][14] * 256 + ref.v[0][15])
                fail_msg("%08x of %04x%04x", word, rsp.div_in, i);
        }
}

/* What an instruction may read or write of the state, by its row: calls take on each part that it may not. */
static void for_the_rest(const struct jl_rsp_row *row, uint32_t word, bool writes, struct jl_rsp *a, struct jl_rsp *b,
                         void take(void *a, void *b, size_t bytes)) {
    uint32_t e = row->effects;
    unsigned s = word >> 21 & 31, t = word >> 16 & 31, d = word >> 11 & 31, vd = word >> 6 & 31;
    bool computes = word >> 25 == 0x25;
    for (unsigned i = 1; i < 32; i++) {
        bool used = writes ? (e & WR_T && i == t) || (e & WR_D && i == d) || (e & WR_RA && i == 31)
                           : (e & RD_S && i == s) || (e & RD_T && i == t);
        if (!used)
            take(&a->gpr[i], &b->gpr[i], 4);
    }
    for (unsigned i = 0; i < 32; i++) {
        bool group = i / 8 == t / 8, is_vs = i == d, is_vt = i == t, is_vd = computes && i == vd;
        bool used =
            writes ? (e & WR_VS && is_vs) || (e & WR_VT && is_vt) || (e & WR_VD && is_vd) || (e & WR_VGROUP && group)
                   : (e & RD_VS && is_vs) || (e & RD_VT && is_vt) || (e & RD_VD && is_vd) || (e & RD_VGROUP && group);
        if (!used)
            take(a->vr[i], b->vr[i], 16);
    }
    if (!(e & (writes ? WR_MEM : RD_MEM)))
        take(a->dmem, b->dmem, sizeof a->dmem);
    if (!(e & (writes ? WR_ACC : RD_ACC))) {
        take(a->acc_hi, b->acc_hi, 16);
        take(a->acc_md, b->acc_md, 16);
        if (!writes || !(e & WR_ACC_LO))
            take(a->acc_lo, b->acc_lo, 16);
    }
    if (!(e & (writes ? WR_DIV : RD_DIV))) {
        take(&a->div_in, &b->div_in, 2);
        take(&a->div_out, &b->div_out, 2);
        take(&a->div_in_loaded, &b->div_in_loaded, 1);
    }
    if (!(e & (writes ? WR_VCO : RD_VCO)))
        take(a->vco_lo, b->vco_lo, 32);
    if (!(e & (writes ? WR_VCC : RD_VCC)))
        take(a->vcc_lo, b->vcc_lo, 32);
    if (!(e & (writes ? WR_VCE : RD_VCE)))
        take(a->vce, b->vce, 16);
}

static bool same;

static void must_be_same(void *a, void *b, size_t bytes) {
    same = same && !memcmp(a, b, bytes);
}
static void copy(void *a, void *b, size_t bytes) {
    memcpy(a, b, bytes);
}

/* Bytes of memory that neither of two stores changed. */
static void forgive_untouched(struct jl_rsp *a, const uint8_t *a_before, struct jl_rsp *b, const uint8_t *b_before) {
    for (unsigned i = 0; i < sizeof a->dmem; i++)
        if (a->dmem[i] == a_before[i] && b->dmem[i] == b_before[i])
            a->dmem[i] = b->dmem[i];
}

static bool same_state(const struct jl_rsp *a, const struct jl_rsp *b) {
    return !memcmp(a->dmem, b->dmem, sizeof a->dmem) && !memcmp(a->gpr, b->gpr, sizeof a->gpr) &&
           !memcmp(a->vr, b->vr, offsetof(struct jl_rsp, next_pc) - offsetof(struct jl_rsp, vr));
}

/* An instruction writes nothing but what its row says; and with all else different that it does not read, it writes the
 * same. */
static void check_row(const struct jl_rsp_row *row, enum jl_rsp_group group, unsigned number) {
    static struct jl_rsp before, after, other, other_after;
    static struct reference unused;
    uint32_t word = random_word(group, number);
    jl_rsp_init(&before, &bus);
    scramble(&before, &unused);
    after = before;
    execute(&after, word);
    same = true;
    for_the_rest(row, word, true, &before, &after, must_be_same);
    if (!same)
        fail_msg("seed %llu: %s (%08x) writes more than rsp.def says", (unsigned long long)seed, row->name, word);

    jl_rsp_init(&other, &bus);
    scramble(&other, &unused);
    other_after = before;
    for_the_rest(row, word, false, &other_after, &other, copy);
    other = other_after;
    execute(&other_after, word);
    for_the_rest(row, word, true, &other_after, &after, copy);
    if (row->effects & WR_MEM)
        forgive_untouched(&other_after, other.dmem, &after, before.dmem);
    if (!same_state(&other_after, &after))
        fail_msg("seed %llu: %s (%08x) reads more than rsp.def says", (unsigned long long)seed, row->name, word);
}

static void test_effects(void **state) {
    (void)state;
    for (unsigned group = 0; group < JL_RSP_GROUPS; group++)
        for (unsigned number = 0; number < 64; number++) {
            const struct jl_rsp_row *row = jl_rsp_row(group, number);
            for (unsigned i = 0; row->name && group != JL_RSP_COP0 && i < 30; i++)
                check_row(row, group, number);
        }
}

int main(void) {
    const char *given = getenv("RSP_SEED");
    seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    random_state = seed * 2 + 1;
    printf("RSP_SEED=%llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_reference),
        cmocka_unit_test(test_divider),
        cmocka_unit_test(test_effects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
