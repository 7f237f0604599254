/* What a fuzzer defines: libFuzzer calls it (preset `fuzz`), and in the other builds replay.c, on found inputs. */
#ifndef JL_TEST_FUZZ_H
#define JL_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Never fails by its result: what is wrong ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
