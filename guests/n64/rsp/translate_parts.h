/* What the translated RSP's files share. */
#ifndef JL_N64_RSP_TRANSLATE_PARTS_H
#define JL_N64_RSP_TRANSLATE_PARTS_H

#include "guests/n64/rsp/ops.h"
#include "guests/n64/rsp/translate.h"
#include "jit/guest.h"

enum {
    JL_RSP_PROGRAMS = 256,      /* contents of instruction memory that are kept */
    JL_RSP_CODE = 0x10000,      /* the first one's address in the machine's memory */
    JL_RSP_CODE_STRIDE = 0x2000 /* nothing is mapped behind a page: what runs off its end is the interpreter's */
};

struct jl_rsp_program {
    uint64_t hash;
    uint8_t imem[4096];
    struct jl_rsp_insn code[1024]; /* borrowed by translated code */
};

struct jl_rsp_jit {
    struct jl_machine *machine;
    struct jl_cpu *cpu;
    struct jl_mem *mem;
    struct jl_rsp *rsp; /* in the machine's space */
    uint8_t *dmem;      /* likewise: data memory, twice */
    struct jl_rsp_program *program[JL_RSP_PROGRAMS];
    unsigned programs, oldest;
    unsigned current;    /* number of the one that is in instruction memory */
    uint32_t version;    /* rsp->imem_version of then */
    bool within_block;   /* the last run ended somewhere in a block, not where one begins */
    uint64_t translated; /* instructions that translated code carried out */
};

/* The decoded instruction at an address of the machine's code. */
const struct jl_rsp_insn *jl_rsp_jit_insn(const struct jl_rsp_jit *jit, uint32_t pc);

/* lower.c: jl_guest_ops' decode and lower */
void jl_rsp_like_mips(uint32_t word, uint32_t pc, struct jl_insn *out);
bool jl_rsp_lower(struct jl_builder *b, const struct jl_insn *insn);

#endif
