/* The front end: snippets of guest code to IR, looked at before the passes and run against the interpreter.
 *
 * Every region that is built here goes through jl_ir_verify. The shapes that are asserted are the ones the speed of
 * translated code rests on (which vars get phis, which checks are left out, what is fused), and the ones that keep
 * state right (ranges, charges, who executes what translation declines). */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jit/frontend/frontend.h"

enum { CODE = 0x10000, DATA = 0x20000, T0 = 8, T1 = 9, T2 = 10, T3 = 11, S0 = 16, S1 = 17 };

/* Words of the encodings used below. */
#define R_TYPE(fn, d, s, t) ((uint32_t)(s) << 21 | (uint32_t)(t) << 16 | (uint32_t)(d) << 11 | (fn))
#define I_TYPE(op, t, s, i) ((uint32_t)(op) << 26 | (uint32_t)(s) << 21 | (uint32_t)(t) << 16 | ((i)&0xffff))
#define ADDIU(t, s, i) I_TYPE(0x09, t, s, i)
#define ADDU(d, s, t) R_TYPE(0x21, d, s, t)
#define BEQ(s, t, n) I_TYPE(0x04, t, s, n)
#define BNE(s, t, n) I_TYPE(0x05, t, s, n)
#define BNEL(s, t, n) I_TYPE(0x15, t, s, n)
#define LW(t, i, s) I_TYPE(0x23, t, s, i)
#define LH(t, i, s) I_TYPE(0x21, t, s, i)
#define LWL(t, i, s) I_TYPE(0x22, t, s, i)
#define LWR(t, i, s) I_TYPE(0x26, t, s, i)
#define SWL(t, i, s) I_TYPE(0x2a, t, s, i)
#define SWR(t, i, s) I_TYPE(0x2e, t, s, i)
#define SW(t, i, s) I_TYPE(0x2b, t, s, i)
#define DIVU(s, t) R_TYPE(0x1b, 0, s, t)
#define TEQ(s, t) R_TYPE(0x34, 0, s, t)
#define TNE(s, t) R_TYPE(0x36, 0, s, t)
#define LL(t, i, s) I_TYPE(0x30, t, s, i)
#define SC(t, i, s) I_TYPE(0x38, t, s, i)
#define JR(s) R_TYPE(0x08, 0, s, 0)
#define JAL(a) (0x0c000000u | (uint32_t)(a) >> 2)
#define NOP 0u
#define SYSCALL 0x0000000cu

struct guest {
    struct jl_mem *mem;
    struct jl_machine *m;
    struct jl_region region;
};

/* cmocka takes SIGSEGV for itself in front of every test; the first machine has installed the handler for all. */
static void keep_fault_handler(void) {
    static struct sigaction ours;
    static bool known;
    sigaction(SIGSEGV, known ? &ours : NULL, known ? NULL : &ours);
    known = true;
}

/* A machine with one page of code, two of data; settings are separated by spaces. */
static struct guest start(const char *settings, uint32_t mode) {
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
    g.m = jl_machine_new(&config, NULL, g.mem, err, sizeof err);
    assert_non_null(g.m);
    keep_fault_handler();
    g.m->cpu.isa = JL_ISA_SET_MIPS32R2;
    g.m->cpu.mode = mode;
    g.m->cpu.var[S0] = DATA + 0x100;
    return g;
}

static void stop(struct guest *g) {
    jl_machine_free(g->m);
    jl_mem_destroy(g->mem);
}

static void put(struct guest *g, uint32_t at, const uint32_t *word, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        assert_true(jl_mem_store(g->mem, at + 4 * i, 4, word[i]));
}

static const struct jl_ir *translate(struct guest *g, uint32_t pc) {
    memset(&g->region, 0, sizeof g->region);
    g->region.pc = pc;
    jl_ir_reset(g->m->ir);
    assert_true(jl_translate(g->m, &g->region));
    assert_true(jl_ir_verify(g->m->ir, stderr));
    return g->m->ir;
}

#define PUT(g, at, ...)                                                                                                \
    put(g, at, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static unsigned count(const struct jl_ir *ir, unsigned op) {
    unsigned n = 0;
    for (uint32_t b = 0; b < ir->nblocks; b++)
        for (jl_ref r = ir->blocks[b].first; r < ir->blocks[b].end; r++)
            n += ir->ops[r].op == op;
    return n;
}

static const struct jl_op *find(const struct jl_ir *ir, unsigned op) {
    for (uint32_t b = 0; b < ir->nblocks; b++)
        for (jl_ref r = ir->blocks[b].first; r < ir->blocks[b].end; r++)
            if (ir->ops[r].op == op)
                return &ir->ops[r];
    return NULL;
}

/* Does the block at guest address pc have a phi for var? */
static bool has_phi(const struct jl_ir *ir, uint32_t pc, unsigned var) {
    for (uint32_t b = 1; b < ir->nblocks; b++)
        for (jl_ref phi = ir->blocks[b].phis; phi && ir->blocks[b].pc == pc; phi = ir->ops[phi].d)
            if (ir->ops[phi].home == var + 1)
                return true;
    return false;
}

/* ---- regions ---- */

static void a_block_ends_behind_the_delay_slot(void **state) {
    (void)state;
    struct guest g = start("region=block", 0);
    PUT(&g, CODE, ADDIU(T0, T0, 1), BNE(T0, T1, 4), ADDIU(T2, T2, 1), SYSCALL);
    const struct jl_ir *ir = translate(&g, CODE);
    assert_int_equal(g.region.guest_count, 3);
    assert_int_equal(g.region.entry_charge, 3);
    assert_int_equal(g.region.nranges, 1);
    assert_int_equal(g.region.ranges[0].addr, CODE);
    assert_int_equal(g.region.ranges[0].len, 12);
    assert_int_equal(count(ir, JL_IR_LINK), 2);
    stop(&g);
}

static void a_loop_has_phis_for_what_it_writes_only(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, ADDIU(T2, T2, 7), ADDU(T1, T1, T2), ADDIU(T0, T0, -1), BNE(T0, 0, -3), ADDU(T3, T1, T2), SYSCALL);
    const struct jl_ir *ir = translate(&g, CODE);
    assert_true(has_phi(ir, CODE + 4, T0));
    assert_true(has_phi(ir, CODE + 4, T1));
    assert_true(has_phi(ir, CODE + 4, T3));
    assert_false(has_phi(ir, CODE + 4, T2));
    assert_int_equal(count(ir, JL_IR_LINK), 1); /* out of the loop */
    assert_int_equal(find(ir, JL_IR_LINK)->imm, CODE + 20);
    stop(&g);
}

static void a_call_ends_the_region(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, ADDIU(T0, T0, 1), JAL(CODE + 0x40), NOP, ADDIU(T0, T0, 1), SYSCALL);
    const struct jl_ir *ir = translate(&g, CODE);
    assert_int_equal(g.region.guest_count, 3);
    assert_int_equal(find(ir, JL_IR_LINK)->imm, CODE + 0x40);
    stop(&g);
}

/* The loop at +12 is entered at its head with t2 = 7, and in its middle (+16) with t2 as it was. What comes round to
 * the head is then not what the head was first reached with, though nothing in the loop writes t2. */
static void a_loop_with_two_ways_in_keeps_both_values(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, BNE(T0, 0, 3), NOP, ADDIU(T2, 0, 7), ADDIU(T1, T1, 1), ADDIU(T1, T1, 1), BNE(T1, T3, -3),
        ADDU(2, T2, 0), SYSCALL);
    for (unsigned t0 = 0; t0 < 2; t0++) {
        assert_true(has_phi(translate(&g, CODE), CODE + 12, T2));
        memset(g.m->cpu.var, 0, sizeof g.m->cpu.var);
        g.m->cpu.var[T0] = t0;
        g.m->cpu.var[T2] = 3;
        g.m->cpu.var[T3] = t0 ? 5 : 6;
        g.m->cpu.pc = CODE;
        jl_machine_set_slice(g.m, 1000);
        assert_int_equal(jl_machine_run(g.m), JL_EXIT_SYSCALL);
        assert_int_equal(g.m->cpu.var[T2], t0 ? 3 : 7);
        assert_int_equal(g.m->cpu.var[2], t0 ? 3 : 7);
    }
    stop(&g);
}

static void an_annulled_slot_is_a_block_of_its_own(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, ADDIU(T1, T1, 1), BNEL(T0, 0, -2), LW(T2, 0, S0), SYSCALL);
    const struct jl_ir *ir = translate(&g, CODE);
    assert_int_equal(g.region.entry_charge, 2); /* the slot charges itself */
    assert_int_equal(g.region.guest_count, 3);
    assert_int_equal(count(ir, JL_IR_GLOAD), 1);
    assert_true(ir->snaps[find(ir, JL_IR_GLOAD)->snap].bd);
    assert_int_equal(ir->snaps[find(ir, JL_IR_GLOAD)->snap].pc, CODE + 4);
    stop(&g);
}

/* ---- what is left to the interpreter ---- */

static void assert_leaves_for_interpreter(struct guest *g, uint32_t pc) {
    const struct jl_op *leave = find(g->m->ir, JL_IR_LEAVE);
    assert_non_null(leave);
    assert_int_equal(leave->imm, JL_EXIT_INTERP);
    assert_int_equal(g->m->ir->snaps[leave->snap].pc, pc);
}

static void a_branch_in_a_delay_slot_is_not_translated(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, ADDIU(T0, T0, 1), BNE(T0, T1, 4), BNE(T0, T1, 4), SYSCALL);
    translate(&g, CODE);
    assert_int_equal(g.region.entry_charge, 1);
    assert_leaves_for_interpreter(&g, CODE + 4);
    stop(&g);
}

/* A region's ranges are read by checksums: a word that cannot be fetched is none of its. */
static void nothing_beyond_the_mapping_is_part_of_a_region(void **state) {
    (void)state;
    static const char *const settings[] = {"invalidate=page-fault", "invalidate=bitmap", "invalidate=checksum"};
    for (unsigned i = 0; i < 3; i++) {
        struct guest g = start(settings[i], 0);
        PUT(&g, CODE + 0xff8, ADDIU(T0, 0, 1), ADDIU(T1, 0, 2));
        translate(&g, CODE + 0xff8);
        assert_leaves_for_interpreter(&g, CODE + 0x1000);
        assert_int_equal(g.region.ranges[0].addr + g.region.ranges[0].len, CODE + 0x1000);
        g.m->cpu.pc = CODE + 0xff8;
        jl_machine_set_slice(g.m, 1000);
        assert_int_equal(jl_machine_run(g.m), JL_EXIT_FAULT_FETCH);
        assert_int_equal(g.m->cpu.pc, CODE + 0x1000);
        assert_int_equal(g.m->cpu.var[T1], 2);
        stop(&g);
    }
}

static void a_slot_that_cannot_be_fetched_faults_at_the_branch(void **state) {
    (void)state;
    struct guest g = start("invalidate=checksum", 0);
    PUT(&g, CODE + 0xff8, ADDIU(T0, 0, 1), BEQ(0, 0, -2));
    g.m->cpu.pc = CODE + 0xff8;
    jl_machine_set_slice(g.m, 1000);
    assert_int_equal(jl_machine_run(g.m), JL_EXIT_FAULT_FETCH);
    assert_int_equal(g.m->cpu.pc, CODE + 0xffc);
    assert_int_equal(g.m->cpu.exit_bd, 1);
    stop(&g);
}

/* ---- memory ---- */

static void one_alignment_check_for_one_base(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, LW(T0, 0, S0), LW(T1, 8, S0), LH(T2, 6, S0), SW(T0, 12, S0), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 1);
    PUT(&g, CODE, LH(T0, 0, S0), LW(T1, 8, S0), SYSCALL); /* the wider one needs its own */
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 2);
    PUT(&g, CODE, LW(T0, 0, S0), LW(T1, 2, S0), SYSCALL); /* so does another remainder */
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 2);
    PUT(&g, CODE, LW(T0, 0, S0), ADDIU(S0, S0, 4), LW(T1, 0, S0), SYSCALL); /* a moved base is known still */
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 1);
    PUT(&g, CODE, LW(T0, 0, S0), BNE(T0, 0, 3), NOP, LW(T1, 4, S0), NOP, LW(T2, 8, S0), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 1); /* known in dominated blocks */
    stop(&g);
    g = start("passes=all:align=0", 0);
    PUT(&g, CODE, LW(T0, 0, S0), LW(T1, 8, S0), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 2);
    stop(&g);
    g = start("region=loop", JL_MODE_ALIGN_FIX);
    PUT(&g, CODE, LW(T0, 0, S0), LL(T1, 8, S0), SYSCALL); /* LL traps even then */
    assert_int_equal(count(translate(&g, CODE), JL_IR_EXITIF), 1);
    stop(&g);
}

static void an_unaligned_pair_is_one_access(void **state) {
    (void)state;
    for (uint32_t be = 0; be < 2; be++) {
        int l = be ? 0 : 3, r = be ? 3 : 0;
        struct guest g = start("region=loop", be);
        PUT(&g, CODE, LWL(T0, l, S0), ADDIU(T1, T1, 1), LWR(T0, r, S0), SYSCALL);
        const struct jl_ir *ir = translate(&g, CODE);
        assert_int_equal(count(ir, JL_IR_GLOAD), 1);
        assert_int_equal(count(ir, JL_IR_EXITIF), 0);
        PUT(&g, CODE, SWR(T0, r, S0), SWL(T0, l, S0), SYSCALL);
        ir = translate(&g, CODE);
        assert_int_equal(count(ir, JL_IR_GSTORE), 1);
        assert_int_equal(count(ir, JL_IR_CALL), 0);
        PUT(&g, CODE, LWL(T0, l, S0), ADDU(T1, T0, T0), LWR(T0, r, S0), SYSCALL); /* the half is looked at */
        assert_int_equal(count(translate(&g, CODE), JL_IR_GLOAD), 2);
        PUT(&g, CODE, LWL(T0, l, S0), LWR(T0, r + 1, S0), SYSCALL); /* no pair */
        assert_int_equal(count(translate(&g, CODE), JL_IR_GLOAD), 2);
        PUT(&g, CODE, LWL(S0, l, S0), LWR(S0, r, S0), SYSCALL); /* the first changes the base */
        assert_int_equal(count(translate(&g, CODE), JL_IR_GLOAD), 2);
        stop(&g);
    }
}

/* Accesses to memory that a snippet of one block becomes: whole ones, and halves of stores with their far code. */
static void assert_accesses(struct guest *g, unsigned loads, unsigned stores, unsigned halves) {
    const struct jl_ir *ir = translate(g, CODE);
    assert_int_equal(count(ir, JL_IR_GLOAD), loads);
    assert_int_equal(count(ir, JL_IR_GSTORE), stores);
    assert_int_equal(count(ir, JL_IR_SLOWIF), halves);
    assert_int_equal(count(ir, JL_IR_CALL), 0);
}

static void a_pair_is_one_access_over_a_distance(void **state) {
    (void)state;
    for (uint32_t be = 0; be < 2; be++) {
        int l = be ? 0 : 3, r = be ? 3 : 0;
        struct guest g = start("region=loop", be);
        PUT(&g, CODE, LWL(T0, l, S0), LWL(T1, l, S1), LW(T2, 8, S0), TNE(T2, T3), LWR(T0, r, S0), LWR(T1, r, S1),
            SYSCALL);
        assert_accesses(&g, 3, 0, 0);
        PUT(&g, CODE, LWR(T0, r, S0), ADDIU(T1, T1, 1), BEQ(T1, T2, 64), LWL(T0, l, S0), SYSCALL); /* in the slot */
        assert_accesses(&g, 1, 0, 0);
        PUT(&g, CODE, SWL(T0, l, S0), LW(T1, 4, S0), BEQ(T1, T2, 64), SWR(T0, r, S0), SYSCALL);
        assert_accesses(&g, 1, 1, 0);
        PUT(&g, CODE, LWL(T0, l, S0), SWL(T1, l + 4, S0), LWR(T0, r, S0), LW(T2, 8, S0), SWR(T1, r + 4, S0), SYSCALL);
        assert_accesses(&g, 2, 1, 0);
        PUT(&g, CODE, LWL(T0, l, S0), SW(T1, 8, S0), LWR(T0, r, S0), SYSCALL); /* not across a store */
        assert_accesses(&g, 2, 1, 0);
        PUT(&g, CODE, LWL(T0, l, S0), LWL(T0, l, S1), LWR(T0, r, S0), SYSCALL); /* nor another write to its target */
        assert_accesses(&g, 3, 0, 0);
        PUT(&g, CODE, LWL(T0, l, S0), ADDIU(S0, S0, 4), LWR(T0, r, S0), SYSCALL); /* or its base */
        assert_accesses(&g, 2, 0, 0);
        PUT(&g, CODE, SWL(T0, l, S0), LW(T1, 2, S0), SWR(T0, r, S0), SYSCALL); /* nor where the half is read */
        assert_accesses(&g, 1, 2, 2);
        PUT(&g, CODE, SWL(T0, l, S0), LW(T1, 0x1000, S0), SWR(T0, r, S0), SYSCALL); /* pages may be the same one */
        assert_accesses(&g, 1, 2, 2);
        PUT(&g, CODE, SWL(T0, l, S0), LW(T1, 4, S1), SWR(T0, r, S0), SYSCALL);
        assert_accesses(&g, 1, 2, 2);
        stop(&g);
    }
}

/* Runs what stands at CODE on translated code and on the interpreter: they must end alike. */
static void assert_ends_alike(const char *settings, uint32_t mode, const uint32_t *word, unsigned n, int exit) {
    struct jl_cpu cpu[2];
    uint32_t data[2][0x800];
    for (unsigned i = 0; i < 2; i++) {
        struct guest g = start(i ? "backend=interp" : settings, mode);
        put(&g, CODE, word, n);
        for (uint32_t k = 0; k < 0x2000; k += 4)
            assert_true(jl_mem_store(g.mem, DATA + k, 4, k * 0x01030507u));
        g.m->cpu.var[T0] = 0x11223344;
        g.m->cpu.var[T1] = 0x55667788;
        g.m->cpu.var[S1] = DATA + 0x2000 - 8; /* offset 8 is not mapped */
        g.m->cpu.pc = CODE;
        jl_machine_set_slice(g.m, 1000);
        assert_int_equal(jl_machine_run(g.m), exit);
        cpu[i] = g.m->cpu;
        memcpy(data[i], g.mem->base + DATA, sizeof data[i]);
        stop(&g);
    }
    assert_memory_equal(cpu[0].var, cpu[1].var, sizeof cpu[0].var);
    assert_memory_equal(data[0], data[1], sizeof data[0]);
    assert_int_equal(cpu[0].pc, cpu[1].pc);
    assert_int_equal(cpu[0].slice, cpu[1].slice);
}

#define ENDS(exit, ...)                                                                                                \
    assert_ends_alike(settings[i], be, (const uint32_t[]){__VA_ARGS__, SYSCALL},                                       \
                      sizeof((const uint32_t[]){__VA_ARGS__}) / 4 + 1, exit)

/* What leaves between the halves, or at one, shows the guest half a word. */
static void a_fault_inside_a_pair_is_precise(void **state) {
    (void)state;
    static const char *const settings[] = {"memory=fastmem", "memory=pagetable", "memory=call", "invalidate=bitmap",
                                           "passes=none:unaligned=1"};
    for (unsigned n = 0; n < 10; n++) {
        uint32_t i = n / 2, be = n & 1;
        int l = be ? 0 : 3, r = be ? 3 : 0, f = JL_EXIT_FAULT_LOAD;
        ENDS(JL_EXIT_SYSCALL, LWL(T0, l + 1, S0), LW(T2, 0, S0), LWR(T0, r + 1, S0));
        ENDS(f, LWL(T0, l + 1, S0), ADDIU(T3, 0, 7), LW(T2, 8, S1), LWR(T0, r + 1, S0));
        ENDS(JL_EXIT_TRAP, LWR(T0, r + 1, S0), ADDIU(T2, 0, 7), TNE(T2, 0), LWL(T0, l + 1, S0));
        ENDS(f, LWL(T0, l + 6, S1), LWL(T1, l, S0), LWR(T0, r + 6, S1), LWR(T1, r, S0)); /* one half is not mapped */
        ENDS(f, LWL(T1, l + 1, S0), LWL(T0, l + 6, S1), LWR(T1, r + 1, S0), LWR(T0, r + 6, S1));
        f = JL_EXIT_FAULT_STORE;
        ENDS(f, SWL(T0, l + 6, S1), LW(T2, 0, S1), ADDIU(T3, T2, 1), SWR(T0, r + 6, S1));
        ENDS(f, LW(T2, 0, S1), SWR(T0, r + 6, S1), LW(T3, 4, S0), BEQ(0, 0, 1), SWL(T0, l + 6, S1), NOP);
        ENDS(f, LWL(T0, l + 1, S1), SWL(T1, 8 + l, S1), LWR(T0, r + 1, S1), LW(T2, 0, S1), SWR(T1, 8 + r, S1));
    }
}

/* Halves that stay halves: each may be any part of its word. */
static void a_half_stores_its_bytes(void **state) {
    (void)state;
    static const char *const settings[] = {"memory=fastmem", "memory=pagetable", "memory=call", "invalidate=bitmap",
                                           "invalidate=checksum"};
    for (unsigned i = 0; i < 5; i++)
        for (uint32_t be = 0; be < 2; be++)
            for (int at = 0; at < 4; at++) {
                ENDS(JL_EXIT_SYSCALL, SWL(T0, at, S0), SW(T1, 8, S0), SWR(T1, at + 12, S0));
                ENDS(JL_EXIT_FAULT_STORE, SWR(T0, at, S0), SW(T1, 8, S0), SWL(T1, at + 8, S1));
            }
}

/* Runs what stands at CODE; the store there changes the ADDIU behind it, which must execute in its new form. */
static void assert_new_code_runs(const char *settings, uint32_t mode, const uint32_t *word, unsigned n) {
    struct guest g = start(settings, mode);
    put(&g, CODE, word, n);
    g.m->cpu.var[S0] = CODE + 0x20;
    g.m->cpu.var[T0] = ADDIU(T2, 0, 2);
    g.m->cpu.pc = CODE;
    jl_machine_set_slice(g.m, 1000);
    assert_int_equal(jl_machine_run(g.m), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[T2], 2);
    stop(&g);
}

static void a_store_by_helper_into_its_own_region_is_seen(void **state) {
    (void)state;
    static const char *const settings[] = {"invalidate=page-fault", "invalidate=page-fault memory=call",
                                           "invalidate=page-fault memory=pagetable", "invalidate=bitmap",
                                           "invalidate=checksum"};
    static const uint32_t tail[] = {NOP, NOP, NOP, NOP, ADDIU(T2, 0, 1), SYSCALL};
    for (unsigned i = 0; i < 5; i++) {
        uint32_t swr[10] = {NOP, SWR(T0, 0, S0), NOP, NOP}, swl[10] = {NOP, SWL(T0, 3, S0), NOP, NOP};
        uint32_t sc[10] = {LL(T1, 0, S0), SC(T0, 0, S0), NOP, NOP};
        memcpy(swr + 4, tail, sizeof tail);
        memcpy(swl + 4, tail, sizeof tail);
        memcpy(sc + 4, tail, sizeof tail);
        assert_new_code_runs(settings[i], 0, swr, 10);
        assert_new_code_runs(settings[i], 0, swl, 10);
        assert_new_code_runs(settings[i], 0, sc, 10);
        swr[1] = SWR(T0, 3, S0);
        swl[1] = SWL(T0, 0, S0);
        assert_new_code_runs(settings[i], JL_MODE_BE, swr, 10);
        assert_new_code_runs(settings[i], JL_MODE_BE, swl, 10);
    }
}

static void a_divisor_known_not_to_be_zero_is_not_replaced(void **state) {
    (void)state;
    struct guest g = start("region=loop", 0);
    PUT(&g, CODE, TEQ(T1, 0), BNE(T2, 0, 2), NOP, DIVU(T0, T1), NOP, DIVU(T0, T1), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_SELECT), 0);
    PUT(&g, CODE, TEQ(T1, T2), DIVU(T0, T1), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_SELECT), 1);
    PUT(&g, CODE, TEQ(0, T1), ADDIU(T1, T1, 1), DIVU(T0, T1), SYSCALL);
    assert_int_equal(count(translate(&g, CODE), JL_IR_SELECT), 1);
    stop(&g);
}

/* ---- FPU ---- */

/* A word moved into an FPR is 32 bits wide, the register that a conditional move may keep is 64. */
static void a_conditional_move_keeps_all_bits(void **state) {
    (void)state;
    struct guest g = start("region=loop", JL_MODE_FR);
    PUT(&g, CODE, 0x44880000 /* mtc1 t0,f0 */, 0x46290113 /* movn.d f4,f0,t1 */, SYSCALL);
    translate(&g, CODE);
    g.m->cpu.var[JL_VAR_FPR + 4] = 0x123456789abcdef0;
    g.m->cpu.pc = CODE;
    jl_machine_set_slice(g.m, 1000);
    assert_int_equal(jl_machine_run(g.m), JL_EXIT_SYSCALL);
    assert_int_equal(g.m->cpu.var[JL_VAR_FPR + 4], 0x123456789abcdef0);
    stop(&g);
}

/* ---- every row ---- */

static uint32_t sample(unsigned op, uint32_t noise) {
    const struct jl_insn_info *row = &jl_insn_info[op];
    uint32_t w = row->match | (noise & ~row->mask);
    if (row->klass == JL_CLASS_LOAD || row->klass == JL_CLASS_STORE)
        w = (w & ~(31u << 21)) | (uint32_t)S0 << 21;
    return w;
}

static void every_row_that_is_accepted_builds(void **state) {
    (void)state;
    static const uint32_t modes[] = {
        0, JL_MODE_BE, JL_MODE_FR, JL_MODE_FR | JL_MODE_BE | JL_MODE_NAN2008, JL_MODE_ALIGN_FIX, JL_MODE_FPU_EXACT};
    static const char *const settings[] = {"memory=fastmem", "memory=pagetable passes=none", "memory=call"};
    unsigned accepted = 0;
    for (unsigned k = 0; k < 18; k++) {
        struct guest g = start(settings[k % 3], modes[k / 3]);
        for (unsigned op = 1; op < JL_OPS; op++)
            for (uint32_t noise = 0; noise < 8; noise++) {
                struct jl_insn insn;
                jl_decode(sample(op, noise * 0x09d2c63bu), JL_ISA_SET_MIPS32R2, &insn);
                if (insn.op != op || jl_insn_is_branch(&insn) || !jl_fe_can(&insn, modes[k / 3]))
                    continue;
                PUT(&g, CODE, insn.word, BEQ(T0, T1, -2), insn.word, SYSCALL); /* in a slot and in a loop, too */
                translate(&g, CODE);
                accepted++;
            }
        stop(&g);
    }
    assert_true(accepted > 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_ends_behind_the_delay_slot),
        cmocka_unit_test(a_loop_has_phis_for_what_it_writes_only),
        cmocka_unit_test(a_call_ends_the_region),
        cmocka_unit_test(a_loop_with_two_ways_in_keeps_both_values),
        cmocka_unit_test(an_annulled_slot_is_a_block_of_its_own),
        cmocka_unit_test(a_branch_in_a_delay_slot_is_not_translated),
        cmocka_unit_test(nothing_beyond_the_mapping_is_part_of_a_region),
        cmocka_unit_test(a_slot_that_cannot_be_fetched_faults_at_the_branch),
        cmocka_unit_test(one_alignment_check_for_one_base),
        cmocka_unit_test(an_unaligned_pair_is_one_access),
        cmocka_unit_test(a_pair_is_one_access_over_a_distance),
        cmocka_unit_test(a_fault_inside_a_pair_is_precise),
        cmocka_unit_test(a_half_stores_its_bytes),
        cmocka_unit_test(a_store_by_helper_into_its_own_region_is_seen),
        cmocka_unit_test(a_divisor_known_not_to_be_zero_is_not_replaced),
        cmocka_unit_test(a_conditional_move_keeps_all_bits),
        cmocka_unit_test(every_row_that_is_accepted_builds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
