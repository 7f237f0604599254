/* Inputs that are guest code: one byte chooses the configuration, one the mode, the rest are words. */
#ifndef JL_TEST_FUZZ_WORDS_H
#define JL_TEST_FUZZ_WORDS_H

#include <stddef.h>

#include "tests/random/drive.h"

/* A program with fixed registers and data from an input; the configuration is *settings. false: too short. */
bool words_program(struct program *p, const char **settings, const uint8_t *bytes, size_t size);
/* The machine for these settings and byte order, made when first asked for and kept. */
struct target *words_target(const char *settings, bool big_endian);

#endif
