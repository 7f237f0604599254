/* Loops for the RSP, to be counted and timed: rsp_loops NAME BACKEND [AXIS=STRATEGY]... runs 20 million instructions
 * (RSP_STEPS in the environment: as many as it says) in the console's slices of 512 (RSP_SLICE) and prints the
 * nanoseconds for each (README.md of guests/n64/rsp has figures; turns.lua counts).
 *
 *   checksum   scalar: adds and shifts words of data memory
 *   vertices   vector: 4x4 matrix by vertices, 32-bit numbers in halves, results clamped and stored
 *   filter     both: 8-tap filter of fractions, with packed stores
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/n64/rsp/translate.h"
#include "jit/util/clock.h"
#include "tests/n64/rsp/assemble.h"

enum { LQV = 4, LDV = 3, LSV = 1, SQV = 4, SPV = 6, SDV = 3 };
enum {
    VMULF = 0,
    VMUDN = 6,
    VMUDH = 7,
    VMACF = 8,
    VMADN = 0xe,
    VMADH = 0xf,
    VADD = 0x10,
    VCH = 0x25,
    VCL = 0x24,
    VGE = 0x23
};

static uint32_t lw(unsigned rt, unsigned base, int offset) {
    return op_i(0x23, rt, base, (unsigned)offset);
}
static uint32_t sll(unsigned rd, unsigned rt, unsigned count) {
    return op_r(0, rd, 0, rt) | count << 6;
}

static const uint32_t *checksum(unsigned *n) {
    static uint32_t code[16];
    const uint32_t words[] = {addiu(T0, 0, 0),        addiu(T1, 0, 256), /* outer: */
                              lw(T2, T0, 0),                             /* inner: */
                              addiu(T0, T0, 4),       op_r(0x21, V0, V0, T2), sll(T3, V0, 3),
                              op_r(0x26, V0, V0, T3), addiu(T1, T1, -1),      bne(T1, 0, -7),
                              op_r(0x2b, A0, V0, T2), beq(0, 0, -11),         op_i(0x2b, V0, 0, 0xffc)};
    *n = sizeof words / 4;
    return memcpy(code, words, sizeof words);
}

/* v8..v15: the matrix, a row's whole and fractional parts; v1: two vertices. */
static const uint32_t *vertices(unsigned *n) {
    static uint32_t code[40];
    const uint32_t words[] = {addiu(T0, 0, 0),
                              addiu(T1, 0, 32),        /* outer: */
                              vload(LQV, 1, 0, 0, T0), /* inner: */
                              vector(VMUDN, 29, 12, 1, 4),
                              vector(VMADH, 29, 8, 1, 4),
                              vector(VMADN, 29, 13, 1, 5),
                              vector(VMADH, 29, 9, 1, 5),
                              vector(VMADN, 29, 14, 1, 6),
                              vector(VMADH, 29, 10, 1, 6),
                              vector(VMADN, 2, 15, 1, 7),
                              vector(VMADH, 3, 11, 1, 7),
                              vector(VCH, 29, 3, 3, 7),
                              vector(VCL, 29, 2, 2, 7),
                              cop2(2, T2, 1, 0),
                              vector(VGE, 3, 3, 0, 8),
                              vstore(SDV, 2, 0, 0x40, T0),
                              vstore(SDV, 3, 8, 0x41, T0),
                              addiu(T1, T1, -1),
                              bne(T1, 0, -17),
                              addiu(T0, T0, 16),
                              beq(0, 0, -21),
                              op_r(0x25, A0, T2, 0)};
    *n = sizeof words / 4;
    return memcpy(code, words, sizeof words);
}

static const uint32_t *filter(unsigned *n) {
    static uint32_t code[40];
    const uint32_t words[] = {addiu(T0, 0, 0),
                              addiu(T1, 0, 64), /* outer: */
                              vload(LQV, 1, 0, 0, T0),
                              vload(LQV, 2, 0, 1, T0), /* inner: */
                              vector(VMULF, 3, 1, 8, 8),
                              vector(VMACF, 3, 2, 8, 9),
                              vector(VMACF, 3, 1, 8, 10),
                              vector(VMACF, 3, 2, 8, 11),
                              vector(VADD, 3, 3, 4, 0),
                              vload(LSV, 4, 4, 5, T0),
                              vstore(SPV, 3, 0, 0x20, T0),
                              addiu(T1, T1, -1),
                              bne(T1, 0, -11),
                              addiu(T0, T0, 16),
                              beq(0, 0, -15),
                              op_r(0, 0, 0, 0)};
    *n = sizeof words / 4;
    return memcpy(code, words, sizeof words);
}

static struct jl_rsp interpreter, *rsp;

static uint32_t read_cop0(void *ctx, unsigned reg) {
    (void)ctx;
    return reg;
}
static void write_cop0(void *ctx, unsigned reg, uint32_t value) {
    (void)ctx, (void)reg, (void)value;
}
static void broke(void *ctx) {
    (void)ctx;
    rsp->running = false;
}

static struct jl_rsp_jit *translator(int argc, char **argv) {
    struct jl_config config;
    char err[256];
    struct jl_rsp_jit *jit = NULL;
    jl_rsp_jit_default(&config);
    bool ok = true;
    for (int i = 0; i < argc && ok; i++)
        ok = jl_config_set(&config, argv[i], err, sizeof err);
    if (!ok || !(jit = jl_rsp_jit_new(&config, NULL, err, sizeof err))) {
        fprintf(stderr, "%s\n", err);
        exit(1);
    }
    return jit;
}

static void load(const uint32_t *words, unsigned n) {
    jl_rsp_init(rsp, &(struct jl_rsp_bus){NULL, read_cop0, write_cop0, broke});
    for (unsigned i = 0; i < n; i++) {
        uint32_t word = __builtin_bswap32(words[i]);
        memcpy(rsp->imem + 4 * i, &word, 4);
    }
    jl_rsp_imem_written(rsp);
    for (unsigned i = 0; i < sizeof rsp->dmem; i++)
        rsp->dmem[i] = (uint8_t)(i * 37 ^ i >> 3);
    for (unsigned i = 0; i < 256; i++)
        rsp->vr[i / 8][i % 8] = (uint16_t)(i * 40503);
    rsp->running = true;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        const uint32_t *(*words)(unsigned *n);
    } loops[] = {{"checksum", checksum}, {"vertices", vertices}, {"filter", filter}};
    unsigned n = 0, i = 0;
    while (argc > 2 && i < 3 && strcmp(argv[1], loops[i].name))
        i++;
    if (argc < 3 || i == 3 || (strcmp(argv[2], "interp") && strcmp(argv[2], "x64"))) {
        fprintf(stderr, "usage: rsp_loops checksum|vertices|filter interp|x64 [AXIS=STRATEGY]...\n");
        return 1;
    }
    struct jl_rsp_jit *jit = strcmp(argv[2], "x64") ? NULL : translator(argc - 3, argv + 3);
    rsp = jit ? jl_rsp_jit_rsp(jit) : &interpreter;
    const uint32_t *words = loops[i].words(&n);
    load(words, n);
    const char *steps = getenv("RSP_STEPS");
    const char *slices = getenv("RSP_SLICE");
    uint64_t start = jl_now_ns(), ran = 0, total = steps ? strtoull(steps, NULL, 0) : 20000000;
    uint64_t slice = slices ? strtoull(slices, NULL, 0) : 512;
    while (ran < total && rsp->running)
        ran += jit ? jl_rsp_jit_run(jit, slice) : jl_rsp_run(rsp, slice);
    uint64_t ns = jl_now_ns() - start;
    uint32_t sum = 0;
    for (unsigned k = 0; k < sizeof rsp->dmem; k++)
        sum = sum * 31 + rsp->dmem[k];
    printf("%s %s: %llu instructions, %.2f ns each, translated %.3f, result %08x\n", argv[1], argv[2],
           (unsigned long long)ran, (double)ns / (double)ran,
           jit ? (double)jl_rsp_jit_translated(jit) / (double)ran : 0.0, sum);
    jl_rsp_jit_free(jit);
    return 0;
}
