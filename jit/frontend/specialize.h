/* Annotated regions: what a guest program says in its code, and which guest code a version of such a region is. */
#ifndef JL_SPECIALIZE_H
#define JL_SPECIALIZE_H

#include <stdbool.h>
#include <stdint.h>

/* Registers that an annotation may declare constant, and pairs of them that declare memory invariant. */
enum { JL_ANNOTATED = 8, JL_ANNOTATED_MEMORY = 4 };

/* The words of an annotation; no processor and no compiler makes anything of them, as all write to $0
 * (guests/programs/annotate.h writes them). A region begins with the first, then comes a word for each register. */
#define JL_ANNOTATE_BEGIN 0x3c005ec1u /* lui $0,0x5ec1 */
#define JL_ANNOTATE_END 0x3c005ec2u   /* lui $0,0x5ec2 */
enum {
    JL_ANNOTATE_CONSTANT = 1, /* sll $0,rt,1: rt is constant */
    JL_ANNOTATE_MEMORY = 2,   /* sll $0,rt,2: rt is constant, and memory from there on invariant */
    JL_ANNOTATE_BYTES = 3,    /* sll $0,rt,3: for as many bytes as rt holds, which is constant too */
};

struct jl_annotation {
    unsigned words; /* that it is long */
    unsigned registers;
    uint8_t reg[JL_ANNOTATED];
    unsigned memories;
    uint8_t base[JL_ANNOTATED_MEMORY], bytes[JL_ANNOTATED_MEMORY]; /* indices into reg */
};

struct jl_machine;
struct jl_frontend;
struct jl_region;

/* Whether this machine looks at annotations. */
bool jl_fe_specializes(const struct jl_machine *m);
/* Reads the annotation at pc. False when none that is whole begins there. */
bool jl_fe_annotation(struct jl_machine *m, uint32_t pc, struct jl_annotation *out);
/* Whether an annotation begins or ends at pc: no region goes past it. */
bool jl_fe_is_annotated(struct jl_machine *m, uint32_t pc);
/* Fills f->block with the code of m->version: as f->block of other regions, but a block may be there several times,
 * each with the values that are constant in it (f->state). */
void jl_fe_find_version(struct jl_machine *m, struct jl_region *region);
/* A version's blocks in a row are charged by the first of them (ahead, charged). Once order and loops are known. */
void jl_fe_charge_rows(struct jl_frontend *f);
/* The value that size bytes at addr had when m's version was being made, if they are invariant; with note the version
 * depends on them from now on, without it only what it depends on already is found. */
bool jl_fe_invariant(struct jl_machine *m, uint32_t addr, unsigned size, bool note, uint64_t *value);

#endif
