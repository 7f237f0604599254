/* A console that is hardly more than an RSP: what its bus was asked, for tests. */
#ifndef JL_TESTS_RSP_CONSOLE_H
#define JL_TESTS_RSP_CONSOLE_H

#include "guests/n64/rsp/translate.h"

struct console {
    struct jl_rsp *rsp; /* one for all consoles when it is translated */
    struct jl_rsp interpreted;
    uint32_t cop0[16];   /* MTC0 writes, MFC0 reads */
    unsigned last_write; /* the register of the last MTC0 */
    unsigned breaks;
    uint32_t patch_at, patch; /* MTC0 to register 2 writes this word to imem */
};

/* Reads the test program's arguments: "translated" makes consoles to come have a translated RSP. */
void console_arguments(int argc, char **argv);
/* Starts anew, with nothing in memory. MTC0 to register 4 halts; BREAK halts. */
void console_init(struct console *c);
/* Puts words into imem from an address on, wrapping around at its end. */
void console_program(struct console *c, unsigned addr, const uint32_t *words, unsigned n);
/* Runs from an address until it halts, and says how many instructions that took (at most 1000). */
uint64_t console_run(struct console *c, unsigned pc);
/* At most max instructions. */
uint64_t console_slice(struct console *c, uint64_t max);
/* Words of dmem. */
uint32_t console_word(const struct console *c, unsigned addr);
void console_set_word(struct console *c, unsigned addr, uint32_t value);

#define PROGRAM(c, addr, ...)                                                                                          \
    console_program(c, addr, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

#endif
