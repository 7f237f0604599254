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

/* What the block being translated knows of the vector unit's registers, which are in memory: values that are in host
 * registers too, and stores that nothing has read since, so that a later one makes them useless. */
enum {
    JL_RSP_ACC_HI = 32, /* 0..31: vector registers */
    JL_RSP_ACC_MD,
    JL_RSP_ACC_LO,
    JL_RSP_VCO_LO,
    JL_RSP_VCO_HI,
    JL_RSP_VCC_LO,
    JL_RSP_VCC_HI,
    JL_RSP_VCE,
    JL_RSP_PLACES
};
struct jl_rsp_values {
    uint32_t serial, block; /* of the builder: whose block it is */
    jl_ref value[JL_RSP_PLACES], store[JL_RSP_PLACES];
    jl_ref zero, ones;
    jl_ref broadcast, broadcast_of; /* the last operand VT with an element, which the next instruction mostly shares */
    unsigned element;
};

/* Tables for jl_b_vbytes, in the machine's space. */
struct jl_rsp_tables {
    uint8_t broadcast[16][16]; /* by element */
    uint8_t swap[16];          /* between lanes in host order and bytes in guest order */
    uint8_t swap_upper[16];    /* of the upper eight bytes, to the lower ones */
    uint8_t unpack[16];        /* eight bytes to the upper bytes of the lanes */
    uint8_t pack[16];          /* and back */
    uint8_t left[32];          /* bytes of ones, then of zeros: from n on, a mask of the first 16 - n bytes */
};

struct jl_rsp_jit {
    struct jl_machine *machine;
    struct jl_cpu *cpu;
    struct jl_mem *mem;
    struct jl_rsp *rsp; /* in the machine's space */
    uint8_t *dmem;      /* likewise: data memory, twice */
    struct jl_rsp_tables *tables;
    struct jl_rsp_values values;
    struct jl_rsp_program *program[JL_RSP_PROGRAMS];
    unsigned programs, oldest;
    unsigned current;    /* number of the one that is in instruction memory */
    uint32_t version;    /* rsp->imem_version of then */
    bool within_block;   /* the last run ended somewhere in a block, not where one begins */
    uint64_t owed;       /* while rsp->unsettled: instructions of the last run that are still to be carried out */
    uint64_t translated; /* instructions that translated code carried out */
};

/* The decoded instruction at an address of the machine's code. */
const struct jl_rsp_insn *jl_rsp_jit_insn(const struct jl_rsp_jit *jit, uint32_t pc);

/* lower.c: jl_guest_ops' decode and lower */
void jl_rsp_like_mips(uint32_t word, uint32_t pc, struct jl_insn *out);
bool jl_rsp_lower(struct jl_builder *b, const struct jl_insn *insn);

/* lower_values.c: what lowering is about, and the vector unit's registers in it */
struct jl_rsp_lowering {
    struct jl_builder *b;
    struct jl_rsp_jit *jit;
    uint32_t pc; /* where it stands in the machine's memory */
    const struct jl_rsp_insn *in;
};
/* Before an instruction is lowered: forgets all when it is the first one of its block. */
void jl_rsp_values_begin(const struct jl_rsp_lowering *l);
/* C functions may read and write registers, and host registers do not survive their calls. */
void jl_rsp_values_forget(const struct jl_rsp_lowering *l);
void *jl_rsp_place(const struct jl_rsp_lowering *l, unsigned place);
jl_ref jl_rsp_value(const struct jl_rsp_lowering *l, unsigned place);
void jl_rsp_set_value(const struct jl_rsp_lowering *l, unsigned place, jl_ref value);
/* Part of it is about to be read from, or written to, memory. */
void jl_rsp_part_read(const struct jl_rsp_lowering *l, unsigned place);
void jl_rsp_part_written(const struct jl_rsp_lowering *l, unsigned place);
jl_ref jl_rsp_zero(const struct jl_rsp_lowering *l);
jl_ref jl_rsp_ones(const struct jl_rsp_lowering *l);
/* VT with the element applied. */
jl_ref jl_rsp_operand_vt(const struct jl_rsp_lowering *l);

/* lower_vector.c, lower_vector_memory.c: false when the instruction is none that they have */
bool jl_rsp_lower_vector(const struct jl_rsp_lowering *l);
bool jl_rsp_lower_vector_memory(const struct jl_rsp_lowering *l);
/* lower.c */
jl_ref jl_rsp_address(const struct jl_rsp_lowering *l);
jl_ref jl_rsp_pointer(const struct jl_rsp_lowering *l, const void *p);

#endif
