/* See snippets.h. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/snippets.h"

/* cmocka takes SIGSEGV for itself in front of every test; the first machine has installed the handler for all. */
static void keep_fault_handler(void) {
    static struct sigaction ours;
    static bool known;
    sigaction(SIGSEGV, known ? &ours : NULL, known ? NULL : &ours);
    known = true;
}

struct guest start_with(const char *settings, uint32_t mode, const struct jl_tools *tools) {
    struct guest g = {.mem = jl_mem_create(mode & JL_MODE_BE)};
    struct jl_config config;
    char text[256], err[256] = "";
    assert_non_null(g.mem);
    assert_int_equal(jl_mem_map(g.mem, CODE, 0x1000, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false), 0);
    assert_int_equal(jl_mem_map(g.mem, DATA, 0x2000, JL_PAGE_R | JL_PAGE_W, -1, 0, false), 0);
    jl_config_default(&config);
    snprintf(text, sizeof text, "tier=single %s", settings); /* what runs once only runs translated, too */
    for (char *save, *s = strtok_r(text, " ", &save); s; s = strtok_r(NULL, " ", &save))
        assert_true(jl_config_set(&config, s, err, sizeof err));
    g.m = jl_machine_new(&config, tools, g.mem, err, sizeof err);
    assert_non_null(g.m);
    keep_fault_handler();
    g.m->cpu.isa = JL_ISA_SET_MIPS32R2;
    g.m->cpu.mode = mode;
    g.m->cpu.var[S0] = DATA + 0x100;
    return g;
}

struct guest start(const char *settings, uint32_t mode) {
    return start_with(settings, mode, NULL);
}

void stop(struct guest *g) {
    jl_machine_free(g->m);
    jl_mem_destroy(g->mem);
}

void put(struct guest *g, uint32_t at, const uint32_t *word, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        assert_true(jl_mem_store(g->mem, at + 4 * i, 4, word[i]));
}

const struct jl_ir *translate(struct guest *g, uint32_t pc) {
    memset(&g->region, 0, sizeof g->region);
    g->region.pc = pc;
    jl_ir_reset(g->m->ir);
    assert_true(jl_translate(g->m, &g->region));
    assert_true(jl_ir_verify(g->m->ir, stderr));
    return g->m->ir;
}

unsigned count(const struct jl_ir *ir, unsigned op) {
    unsigned n = 0;
    for (uint32_t b = 0; b < ir->nblocks; b++)
        for (jl_ref r = ir->blocks[b].first; r < ir->blocks[b].end; r++)
            n += ir->ops[r].op == op;
    return n;
}

const struct jl_op *find(const struct jl_ir *ir, unsigned op) {
    for (uint32_t b = 0; b < ir->nblocks; b++)
        for (jl_ref r = ir->blocks[b].first; r < ir->blocks[b].end; r++)
            if (ir->ops[r].op == op)
                return &ir->ops[r];
    return NULL;
}
