/* Instructions of random programs: single ones and short idioms. */
#ifndef JL_TEST_INSNS_H
#define JL_TEST_INSNS_H

#include "tests/random/program.h"

struct gen {
    struct program *p;
    struct rng *r;
    bool fr, for_qemu;
    uint32_t kept;               /* set of the GPRs that are not written */
    bool inside[PROGRAM_MAX];    /* words that no branch may go to: the rest of an idiom */
    bool straight[PROGRAM_MAX];  /* words that may be overwritten by another straight word */
    unsigned fixup[PROGRAM_MAX]; /* words whose displacement from REG_CODE is chosen at the end */
    unsigned nfixups, npatches;
};

void gen_word(struct gen *g, uint32_t word);
/* Fields of a table row's word. */
uint32_t gen_make(unsigned op, unsigned rs, unsigned rt, uint32_t low);
/* One random instruction that is not a branch. */
uint32_t gen_straight(struct gen *g);
/* Emits one or a few of them. */
void gen_item(struct gen *g);
/* Initial registers and data. */
void gen_state(struct gen *g);

#endif
