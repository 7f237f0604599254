/* The translated RSP's machine: its memory, the programs in it, and slices of an exact length. */
#include "guests/n64/rsp/translate_parts.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "jit/policy.h"

enum {
    PAGE = 4096,
    BLOCK = 16,  /* instructions: what a block has at most, and where it ends at the latest */
    SHORTEST = 8 /* instructions that are worth going into translated code for */
};

/* ---- programs ---- */

static uint32_t page_of(unsigned program) {
    return JL_RSP_CODE + program * JL_RSP_CODE_STRIDE;
}

const struct jl_rsp_insn *jl_rsp_jit_insn(const struct jl_rsp_jit *jit, uint32_t pc) {
    uint32_t at = pc - JL_RSP_CODE;
    return &jit->program[at / JL_RSP_CODE_STRIDE]->code[at / 4 & 1023];
}

/* A place for one more: the one that has been there longest gives way when there is none. */
static unsigned place(struct jl_rsp_jit *jit) {
    unsigned n = jit->programs < JL_RSP_PROGRAMS ? jit->programs++ : jit->oldest++ % JL_RSP_PROGRAMS;
    if (!jit->program[n])
        jit->program[n] = malloc(sizeof *jit->program[n]);
    /* whatever was translated from this page is dropped */
    if (!jit->program[n] || jl_mem_map(jit->mem, page_of(n), PAGE, JL_PAGE_R | JL_PAGE_X, -1, 0, false))
        abort(); /* 20 KiB: there is nothing left at all */
    return n;
}

/* Finds or makes the program that is in instruction memory now. rsp->code is decoded from it already. */
static void choose_program(struct jl_rsp_jit *jit) {
    const struct jl_rsp *rsp = jit->rsp;
    uint64_t hash = XXH3_64bits(rsp->imem, PAGE);
    jit->version = rsp->imem_version;
    for (unsigned i = 0; i < jit->programs; i++)
        if (jit->program[i]->hash == hash && !memcmp(jit->program[i]->imem, rsp->imem, PAGE)) {
            jit->current = i;
            return;
        }
    unsigned n = jit->current = place(jit);
    jit->program[n]->hash = hash;
    memcpy(jit->program[n]->imem, rsp->imem, PAGE);
    memcpy(jit->program[n]->code, rsp->code, sizeof rsp->code);
    void *page = jl_mem_writable_force(jit->mem, page_of(n), PAGE);
    if (!page)
        abort(); /* it was just mapped */
    memcpy(page, rsp->imem, PAGE);
}

/* ---- between the machine's registers and the RSP's ---- */

static void to_machine(struct jl_rsp_jit *jit) {
    for (unsigned i = 0; i < 32; i++)
        jit->cpu->var[JL_VAR_GPR + i] = jit->rsp->gpr[i];
    jit->rsp->unsettled = jit;
}

static void from_machine(struct jl_rsp_jit *jit) {
    for (unsigned i = 0; i < 32; i++)
        jit->rsp->gpr[i] = (uint32_t)jit->cpu->var[JL_VAR_GPR + i];
    jit->rsp->unsettled = NULL;
}

/* The interpreter, wherever the scalar registers are. */
static uint64_t go(struct jl_rsp_jit *jit, uint64_t max) {
    if (jit->rsp->unsettled)
        from_machine(jit);
    return jl_rsp_go(jit->rsp, max);
}

void jl_rsp_jit_settle(struct jl_rsp_jit *jit) {
    uint64_t owed = jit->owed;
    from_machine(jit);
    jit->owed = 0;
    if (!owed)
        return;
    jl_rsp_go(jit->rsp, owed);
    jit->within_block = jit->rsp->pc / 4 % BLOCK;
}

/* ---- running ---- */

/* Steps over slots that the run has stopped in front of (a branch's slot may be a branch). */
static uint64_t finish_slots(struct jl_rsp_jit *jit, uint64_t max) {
    const struct jl_rsp *rsp = jit->rsp;
    uint64_t ran = 0;
    while (ran < max && rsp->running && !rsp->pause && rsp->slot_pc == rsp->pc)
        ran += go(jit, 1);
    return ran;
}

/* Instructions from pc to where the next block begins, if no branch comes before. */
static uint64_t to_next_block(const struct jl_rsp *rsp) {
    return BLOCK - (rsp->pc / 4 & (BLOCK - 1));
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static bool goes_on(const struct jl_rsp *rsp) {
    return rsp->running && !rsp->pause;
}

/* What translated code leaves to the interpreter. */
static enum jl_exit interpret(struct jl_machine *m, unsigned n) {
    struct jl_rsp_jit *jit = jl_machine_guest(m);
    struct jl_rsp *rsp = jit->rsp;
    int64_t left = jit->cpu->slice;
    if (left <= 0)
        return JL_EXIT_SLICE;
    rsp->pc = jit->cpu->pc & 0xffc;
    uint64_t ran = go(jit, least(least(n, to_next_block(rsp)), (uint64_t)left));
    ran += finish_slots(jit, (uint64_t)left - ran);
    jl_slice_add(jit->cpu, -(int64_t)ran);
    jit->translated -= ran;
    if (rsp->imem_version != jit->version)
        choose_program(jit);
    to_machine(jit);
    jit->cpu->pc = page_of(jit->current) + rsp->pc;
    if (!rsp->running)
        return JL_EXIT_BREAK;
    return jit->cpu->slice > 0 && !rsp->pause ? JL_EXIT_NONE : JL_EXIT_SLICE;
}

static const struct jl_guest_ops guest = {
    .decode = jl_rsp_like_mips,
    .lower = jl_rsp_lower,
    .interpret = interpret,
    .code_mask = 0xffc,
    .block_bytes = BLOCK * 4,
};

/* At most max instructions by translated code. What is left when the next block is longer than that, is left. */
static uint64_t run_translated(struct jl_rsp_jit *jit, uint64_t max) {
    struct jl_rsp *rsp = jit->rsp;
    rsp->slot_pc = JL_RSP_NO_SLOT;
    if (!rsp->unsettled)
        to_machine(jit);
    jit->cpu->pc = page_of(jit->current) + rsp->pc;
    jl_machine_set_slice(jit->machine, (int64_t)max);
    jl_machine_run(jit->machine);
    rsp->pc = jit->cpu->pc & 0xffc;
    if (rsp->slot_pc == JL_RSP_NO_SLOT) /* as the interpreter leaves it */
        rsp->slot_target = (rsp->pc + 4) & 0xffc;
    uint64_t ran = max - (uint64_t)jit->cpu->slice;
    jit->translated += ran;
    return ran;
}

/* Whether the next n instructions are in a row, but for a branch and its slot at the end, and nobody but the RSP has to
 * do with them. */
static bool is_private(const struct jl_rsp *rsp, uint64_t n) {
    const struct jl_rsp_insn *in = &rsp->code[rsp->pc / 4], *end = in + n;
    if (end > rsp->code + 1024)
        return false;
    for (; in < end; in++)
        if (in->kind != JL_RSP_PLAIN)
            return in->kind == JL_RSP_FLOW && in->run != jl_rsp_op_MFC0 &&
                   (in + 1 == end || (in + 2 == end && in[1].kind == JL_RSP_PLAIN));
    return true;
}

/* The rest of a slice, where translated code has left: put off to the next one, whose translated code then begins in
 * front of it, or carried out now. */
static uint64_t finish(struct jl_rsp_jit *jit, uint64_t left) {
    struct jl_rsp *rsp = jit->rsp;
    if (rsp->unsettled && is_private(rsp, left))
        return jit->owed = left;
    left = go(jit, left);
    jit->within_block = goes_on(rsp) && rsp->pc / 4 % BLOCK;
    return left;
}

uint64_t jl_rsp_jit_run(struct jl_rsp_jit *jit, uint64_t max) {
    struct jl_rsp *rsp = jit->rsp;
    uint64_t owed = rsp->unsettled ? jit->owed : 0, ran = 0;
    if (!rsp->running || !max)
        return 0;
    max += owed;
    jit->owed = 0;
    if (jl_rsp_refresh(rsp) || rsp->imem_version != jit->version)
        choose_program(jit);
    rsp->pc &= 0xffc;
    rsp->pause = false;
    if (jit->within_block)
        ran = go(jit, least(to_next_block(rsp), max));
    jit->within_block = false;
    ran += finish_slots(jit, max - ran);
    if (goes_on(rsp) && max - ran >= SHORTEST) {
        if (rsp->imem_version != jit->version) /* by the slot */
            choose_program(jit);
        ran += run_translated(jit, max - ran);
    }
    if (goes_on(rsp) && ran < max)
        ran += finish(jit, max - ran);
    return ran - owed;
}

/* ---- making one ---- */

/* One page of memory in three places: where struct jl_rsp has it, and twice in a row. */
static bool map_dmem(struct jl_rsp_jit *jit) {
    int fd = memfd_create("jitlab-rsp-dmem", MFD_CLOEXEC);
    uint8_t *const at[] = {jit->rsp->dmem, jit->dmem, jit->dmem + PAGE};
    bool ok = fd >= 0 && ftruncate(fd, PAGE) == 0;
    for (unsigned i = 0; i < sizeof at / sizeof *at && ok; i++)
        ok = mmap(at[i], PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
    if (fd >= 0)
        close(fd);
    return ok;
}

static void fill_tables(struct jl_rsp_tables *t) {
    memcpy(t->broadcast, jl_rsp_broadcast, sizeof t->broadcast);
    for (unsigned i = 0; i < 16; i++) {
        t->swap[i] = (uint8_t)(i ^ 1);
        t->swap_upper[i] = i < 8 ? (uint8_t)((i ^ 1) + 8) : 0x80;
        t->unpack[i] = i & 1 ? (uint8_t)(i / 2) : 0x80;
        t->left[i] = 0xff;
        t->pack[i] = i < 8 ? (uint8_t)(2 * i + 1) : 0x80;
    }
}

void jl_rsp_jit_default(struct jl_config *config) {
    static const char *const settings[] = {"backend=x64:pinned=0", "region=block", "tier=warm:threshold=96"};
    char err[128];
    jl_config_default(config);
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++)
        if (!jl_config_set(config, settings[i], err, sizeof err))
            abort(); /* they are in this program */
}

static bool own_config(struct jl_config *own, const struct jl_config *config, char *err, size_t err_size) {
    *own = *config;
    if (!jl_config_set(own, "invalidate=explicit", err, err_size) || !jl_config_check(own, err, err_size))
        return false;
    const struct jl_strategy *order = own->axis[JL_AXIS_BYTE_ORDER].strategy;
    if (!order->console)
        return true;
    snprintf(err, err_size, "byte-order=%s: the RSP's memory is kept in the guest's order, as the console reads it",
             order->name);
    return false;
}

bool jl_rsp_jit_check(const struct jl_config *config, char *err, size_t err_size) {
    struct jl_config own;
    return own_config(&own, config, err, err_size);
}

static bool make(struct jl_rsp_jit *jit, const struct jl_config *config, const struct jl_tools *tools, char *err,
                 size_t err_size) {
    struct jl_config own;
    if (!own_config(&own, config, err, err_size))
        return false;
    if (!(jit->mem = jl_mem_create(true))) {
        snprintf(err, err_size, "no address space for the RSP: %s", strerror(errno));
        return false;
    }
    jit->machine = jl_machine_new(&own, tools, jit->mem, err, err_size);
    if (!jit->machine)
        return false;
    jit->cpu = jl_machine_cpu(jit->machine);
    jit->cpu->mode = JL_MODE_BE;
    jit->cpu->isa = JL_ISA_1;
    jl_machine_set_guest(jit->machine, &guest, jit);
    jit->rsp = jl_policy_space(jit->machine, sizeof *jit->rsp, PROT_READ | PROT_WRITE);
    jit->dmem = jl_policy_space(jit->machine, 2 * (size_t)PAGE, PROT_READ | PROT_WRITE);
    _Static_assert(offsetof(struct jl_rsp, dmem) == 0, "a page of its own");
    jit->tables = jl_policy_space(jit->machine, sizeof *jit->tables, PROT_READ | PROT_WRITE);
    if (jit->rsp && jit->dmem && jit->tables && map_dmem(jit)) {
        fill_tables(jit->tables);
        return true;
    }
    snprintf(err, err_size, "no memory for the RSP");
    return false;
}

struct jl_rsp_jit *jl_rsp_jit_new(const struct jl_config *config, const struct jl_tools *tools, char *err,
                                  size_t err_size) {
    struct jl_rsp_jit *jit = calloc(1, sizeof *jit);
    if (!jit) {
        snprintf(err, err_size, "no memory for the RSP");
        return NULL;
    }
    jit->version = ~0u;
    if (make(jit, config, tools, err, err_size))
        return jit;
    jl_rsp_jit_free(jit);
    return NULL;
}

void jl_rsp_jit_free(struct jl_rsp_jit *jit) {
    if (!jit)
        return;
    jl_machine_free(jit->machine);
    jl_mem_destroy(jit->mem);
    for (unsigned i = 0; i < JL_RSP_PROGRAMS; i++)
        free(jit->program[i]);
    free(jit);
}

struct jl_rsp *jl_rsp_jit_rsp(struct jl_rsp_jit *jit) {
    return jit->rsp;
}

uint64_t jl_rsp_jit_translated(const struct jl_rsp_jit *jit) {
    return jit->translated;
}

struct jl_machine *jl_rsp_jit_machine(struct jl_rsp_jit *jit) {
    return jit->machine;
}
