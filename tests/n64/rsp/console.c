/* See console.h. */
#include "tests/n64/rsp/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t read_cop0(void *ctx, unsigned reg) {
    struct console *c = ctx;
    return c->cop0[reg];
}

static void write_be(uint8_t *at, uint32_t value) {
    value = __builtin_bswap32(value);
    memcpy(at, &value, 4);
}

static void write_cop0(void *ctx, unsigned reg, uint32_t value) {
    struct console *c = ctx;
    c->cop0[reg] = value;
    c->last_write = reg;
    if (reg == 2)
        write_be(c->rsp->imem + c->patch_at, c->patch);
    jl_rsp_imem_written(c->rsp);
    if (reg == 4)
        c->rsp->running = false;
}

static void broke(void *ctx) {
    struct console *c = ctx;
    c->breaks++;
    c->rsp->running = false;
}

static struct jl_rsp_jit *jit;

void console_arguments(int argc, char **argv) {
    struct jl_config config;
    char err[256] = "";
    if (argc < 2)
        return;
    jl_rsp_jit_default(&config);
    bool ok = !strcmp(argv[1], "translated") && jl_config_set(&config, "tier=single", err, sizeof err);
    if (!ok || !(jit = jl_rsp_jit_new(&config, NULL, err, sizeof err))) {
        fprintf(stderr, "%s: %s\n", argv[1], err);
        exit(1);
    }
}

void console_init(struct console *c) {
    memset(c, 0, sizeof *c);
    c->rsp = jit ? jl_rsp_jit_rsp(jit) : &c->interpreted;
    jl_rsp_init(c->rsp, &(struct jl_rsp_bus){c, read_cop0, write_cop0, broke});
}

void console_program(struct console *c, unsigned addr, const uint32_t *words, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        write_be(c->rsp->imem + (addr + 4 * i) % 4096, words[i]);
    jl_rsp_imem_written(c->rsp);
}

uint64_t console_run(struct console *c, unsigned pc) {
    c->rsp->pc = pc;
    c->rsp->running = true;
    return console_slice(c, 1000);
}

uint64_t console_slice(struct console *c, uint64_t max) {
    uint64_t ran = jit ? jl_rsp_jit_run(jit, max) : jl_rsp_run(c->rsp, max);
    jl_rsp_settle(c->rsp);
    return ran;
}

uint32_t console_word(const struct console *c, unsigned addr) {
    uint32_t value;
    memcpy(&value, c->rsp->dmem + addr, 4);
    return __builtin_bswap32(value);
}

void console_set_word(struct console *c, unsigned addr, uint32_t value) {
    write_be(c->rsp->dmem + addr, value);
}
