/* A static MIPS executable that runs a batch of random programs one after the other and writes how each one ended. */
#ifndef JL_TEST_GUEST_IMAGE_H
#define JL_TEST_GUEST_IMAGE_H

#include <stdio.h>

#include "tests/random/program.h"

/* What the executable writes to its standard output for each program: these words in guest byte order, then the bytes
 * of the data and of the code. */
enum {
    IMAGE_OUT_SIGNAL = 0, /* of the guest; every program ends by one, BREAK by SIGTRAP */
    IMAGE_OUT_PC = 4,
    IMAGE_OUT_HI = 8,
    IMAGE_OUT_LO = 12,
    IMAGE_OUT_FCSR = 16,
    IMAGE_OUT_GPR = 24,
    IMAGE_OUT_FPR = 152, /* 64 bits each; with FR=0 only the even ones */
    IMAGE_OUT_STATE = 408,
    IMAGE_OUT_SIZE = IMAGE_OUT_STATE + DATA_SIZE + CODE_SIZE
};

/* Writes it for n programs, all of the first one's mode. false with errno. */
bool guest_image_write(FILE *out, const struct program *p, unsigned n);

#endif
