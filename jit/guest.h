/* A guest whose processor is not quite a MIPS: what it tells a machine about its instructions.
 *
 * Such a machine translates 32-bit code as any other does; the front end asks the guest first what a word is and how it
 * is lowered. Its registers are struct jl_cpu's integer registers, code is in the machine's memory; data and further
 * state are the guest's own, reached with HLOAD, HSTORE and CALL.
 */
#ifndef JL_GUEST_H
#define JL_GUEST_H

#include "jit/ir/builder.h"
#include "jit/isa/isa.h"
#include "jit/jit.h"

struct jl_guest_ops {
    /* Decodes the word at pc as the MIPS instruction that it is like: branches and jumps with the fields that make
     * jl_branch_target right, all others with an op whose flags (isa.h) name the integer registers that are written.
     * JL_OP_BREAK is an instruction for `interpret`; what lower takes may be of any op that jl_fe_can accepts. */
    void (*decode)(uint32_t word, uint32_t pc, struct jl_insn *out);
    /* Builds the IR of an instruction that is no branch; b->pc, and b->bd when it is the slot of a branch there, say
     * where it is. False: it is what the MIPS instruction is. */
    bool (*lower)(struct jl_builder *b, const struct jl_insn *insn);
    /* Carries out n instructions from cpu->pc on (a branch with its slot counts as one), but no more than the slice has
     * left, which it lessens by what it did. Returns JL_EXIT_NONE to go on at cpu->pc, or what jl_machine_run is to
     * return. */
    enum jl_exit (*interpret)(struct jl_machine *m, unsigned n);
    /* The bits of an address that a register holds: an indirect jump goes to them, in the page where it stands. */
    uint32_t code_mask;
    /* No block reaches over an address that is a multiple of this (a power of two), so that a slice has room for the
     * next block as long as that many bytes are left of it. */
    uint32_t block_bytes;
};

/* Makes a new machine one of this guest (ops borrowed). Its slices are exact: as many instructions are carried out as
 * were asked for, unless the block that comes next is longer than what is left. Guest memory holds code only. */
void jl_machine_set_guest(struct jl_machine *m, const struct jl_guest_ops *ops, void *ctx);
/* The ctx of the machine that a builder builds for, or that a processor belongs to. */
void *jl_machine_guest(const struct jl_machine *m);

#endif
