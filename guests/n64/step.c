/* Code that the machine cannot execute where it stands: one instruction at a time (a branch with its slot), copied to a
 * page where it can, with pc and the link register put right afterwards. Rare enough to be slow. There are two kinds.
 *
 * At addresses beyond 32 bits the machine cannot fetch.
 *
 * In user mode with Status.RE an address means the other end of its doubleword: its lower three bits are exclusive-ored
 * with 7, 6 or 4 for bytes, halfwords and words once they are physical ones, those of an instruction with 4 (VR4300
 * User's Manual, the operations of loads and stores with ReverseEndian; n64-systemtest's group endian_re has all of it
 * from hardware). The machine does not know that, so it gets no load or store to execute: it finds a BREAK in its place
 * and leaves, and the board does the access as those of devices. */
#include "guests/n64/access.h"
#include "guests/n64/bus.h"
#include "guests/n64/exception.h"
#include "guests/n64/n64.h"
#include "guests/n64/translate.h"
#include "guests/n64/views.h"
#include "jit/interp.h"
#include "jit/isa/isa.h"

static bool fetch(struct jl_n64 *n, uint64_t addr, uint32_t *word) {
    struct jl_n64_place place = jl_n64_translate(n, addr, JL_N64_FETCH);
    if (place.outcome == JL_N64_OK && addr & 3)
        place.outcome = JL_N64_ADDRESS_ERROR;
    if (place.outcome == JL_N64_OK)
        *word = jl_bus_read32(n, place.phys ^ (n->cpu->mode & JL_MODE_REVERSED ? 4 : 0));
    else
        jl_exception_address(n, place.outcome, addr, JL_N64_FETCH);
    return place.outcome == JL_N64_OK;
}

/* Where `at`, an address as the copy computed it, really is. */
static uint64_t real(const struct jl_insn *i, uint64_t at, uint64_t pc, uint64_t copy) {
    switch (i->op) {
    case JL_OP_JR:
    case JL_OP_JALR: return at;
    case JL_OP_J:
    case JL_OP_JAL: return ((pc + 4) & ~(uint64_t)0xfffffff) | (at & 0xfffffff);
    default: return pc + (at - copy);
    }
}

/* A load or store that is the board's. One of an FPU that may not be used is the machine's, which says so. */
static bool is_ours(struct jl_n64 *n, uint32_t word) {
    struct jl_guest_access access;
    n->cpu->exit_word = word;
    return n->cpu->mode & JL_MODE_REVERSED && jl_interp_access(n->cpu, &access);
}

static bool is_reserved(const struct jl_n64 *n, uint32_t word) {
    struct jl_insn insn;
    jl_decode(word, n->cpu->isa, &insn);
    return n->cpu->mode & JL_MODE_NARROW && jl_insn_is_wide(&insn);
}

static void leave(struct jl_n64 *n, enum jl_exit reason, uint32_t word) {
    if (is_reserved(n, word))
        jl_exception(n, JL_EXC_RI, 0);
    else if (is_ours(n, word))
        jl_n64_data_access(n); /* is_ours has left it the word */
    else
        jl_n64_handle(n, reason);
}

void jl_n64_step(struct jl_n64 *n) {
    enum { BREAK = 0x0d };
    uint64_t pc = n->cpu->pc;
    uint32_t words[2], shown[2];
    struct jl_insn insn;
    if (!fetch(n, pc, &words[0]))
        return;
    jl_decode(words[0], n->cpu->isa, &insn);
    words[1] = 0;
    if (jl_insn_is_branch(&insn) && !fetch(n, pc + 4, &words[1]))
        return;
    for (unsigned i = 0; i < 2; i++)
        shown[i] = is_reserved(n, words[i]) || is_ours(n, words[i]) ? BREAK : words[i];
    uint64_t copy = n->cpu->pc = jl_views_scratch(n, shown);
    jl_machine_set_slice(n->machine, 0);
    jl_cop0_show(n);
    jl_views_run_begins(n);
    enum jl_exit reason = jl_machine_run(n->machine);
    jl_views_run_ended(n);
    jl_views_unscratch(n);
    if (jl_insn_flags(&insn) & JL_LINK)
        n->cpu->var[JL_VAR_GPR + (insn.op == JL_OP_JALR ? insn.rd : 31)] = pc + 8;
    n->cpu->var[JL_VAR_GPR] = 0;
    if (reason == JL_EXIT_SLICE) {
        n->cpu->pc = real(&insn, n->cpu->pc, pc, copy);
        return;
    }
    n->cpu->exit_target = real(&insn, n->cpu->exit_target, pc, copy);
    n->cpu->pc = pc;
    leave(n, reason, words[n->cpu->exit_bd]);
}
