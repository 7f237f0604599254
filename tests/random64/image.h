/* A static 64-bit MIPS executable that runs random programs one behind the other and writes their records out. The
 * interpreter runs the same bytes at the same addresses; so this is the layout of the guest's memory too. */
#ifndef JL_TEST_IMAGE64_H
#define JL_TEST_IMAGE64_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    IMAGE = 0x20000000,
    IMAGE_CODE = IMAGE + 0x1000,
    IMAGE_CODE_SIZE = 0x100000,
    IMAGE_RECORDS = IMAGE_CODE + IMAGE_CODE_SIZE,
    PROGRAMS = 250, /* in an executable */
    /* a record: registers that the program starts with and, at its end, those that it ended with; its data */
    REC_GPR = 0,
    REC_HI = 256,
    REC_LO = 264,
    REC_FPR = 272,
    REC_DATA = 640, /* the base register's displacement leaves room on both sides for LDL and the like */
    REC_DATA_SIZE = 512,
    REC_SIZE = 1280,
    IMAGE_SIZE = 0x1000 + IMAGE_CODE_SIZE + PROGRAMS * REC_SIZE,
};

/* Writes it: code and records are the bytes of those parts, in guest order. false with errno. */
bool image64_write(FILE *out, bool be, const uint8_t *code, const uint8_t *records);

#endif
