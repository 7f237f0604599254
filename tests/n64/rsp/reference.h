/* A second RSP vector unit, slow and plain: one lane, one byte, one bit at a time. The documentation's pseudo-code
 * (n64brew's wiki, "Reality Signal Processor/CPU Core", and doc/rsp.md of github.com/rasky/r64emu), and for what is not
 * there the findings written into the tests of github.com/lemmy-64/n64-systemtest. It shares nothing with
 * guests/n64/rsp.
 */
#ifndef JL_TESTS_RSP_REFERENCE_H
#define JL_TESTS_RSP_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

struct reference {
    uint8_t v[32][16]; /* bytes as in memory */
    int64_t acc[8];    /* 48 bits, sign-extended */
    uint16_t vco, vcc, vce;
    uint16_t div_in, div_out;
    bool div_in_loaded;
    uint32_t gpr[32];
    uint8_t dmem[4096];
};

/* Executes COP2's instructions (moves and computation), LWC2 and SWC2. */
void reference_execute(struct reference *r, uint32_t word);

#endif
