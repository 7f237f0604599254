/* Snippets of guest code for the front end's tests: encodings, and a machine to build and run them with. */
#ifndef JL_TEST_SNIPPETS_H
#define JL_TEST_SNIPPETS_H

#include "jit/frontend/frontend.h"

enum { CODE = 0x10000, DATA = 0x20000, T0 = 8, T1 = 9, T2 = 10, T3 = 11, S0 = 16, S1 = 17 };

/* Words of the encodings used below. */
#define R_TYPE(fn, d, s, t) ((uint32_t)(s) << 21 | (uint32_t)(t) << 16 | (uint32_t)(d) << 11 | (fn))
#define I_TYPE(op, t, s, i) ((uint32_t)(op) << 26 | (uint32_t)(s) << 21 | (uint32_t)(t) << 16 | ((i)&0xffff))
#define ADDIU(t, s, i) I_TYPE(0x09, t, s, i)
#define ADDU(d, s, t) R_TYPE(0x21, d, s, t)
#define SUBU(d, s, t) R_TYPE(0x23, d, s, t)
#define ROTRV(d, t, s) R_TYPE(0x46, d, s, t)
#define BEQ(s, t, n) I_TYPE(0x04, t, s, n)
#define BNE(s, t, n) I_TYPE(0x05, t, s, n)
#define BNEL(s, t, n) I_TYPE(0x15, t, s, n)
#define LW(t, i, s) I_TYPE(0x23, t, s, i)
#define LH(t, i, s) I_TYPE(0x21, t, s, i)
#define LWL(t, i, s) I_TYPE(0x22, t, s, i)
#define LWR(t, i, s) I_TYPE(0x26, t, s, i)
#define SWL(t, i, s) I_TYPE(0x2a, t, s, i)
#define SWR(t, i, s) I_TYPE(0x2e, t, s, i)
#define SW(t, i, s) I_TYPE(0x2b, t, s, i)
#define DIVU(s, t) R_TYPE(0x1b, 0, s, t)
#define TEQ(s, t) R_TYPE(0x34, 0, s, t)
#define TNE(s, t) R_TYPE(0x36, 0, s, t)
#define LL(t, i, s) I_TYPE(0x30, t, s, i)
#define SC(t, i, s) I_TYPE(0x38, t, s, i)
#define JR(s) R_TYPE(0x08, 0, s, 0)
#define MOVE(d, s) R_TYPE(0x21, d, s, 0)
#define JAL(a) (0x0c000000u | (uint32_t)(a) >> 2)
#define NOP 0u
#define SYSCALL 0x0000000cu

struct guest {
    struct jl_mem *mem;
    struct jl_machine *m;
    struct jl_region region;
};

/* A machine with one page of code, two of data; settings are separated by spaces. */
struct guest start(const char *settings, uint32_t mode);
struct guest start_with(const char *settings, uint32_t mode, const struct jl_tools *tools);
void stop(struct guest *g);
void put(struct guest *g, uint32_t at, const uint32_t *word, unsigned n);
#define PUT(g, at, ...)                                                                                                \
    put(g, at, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* The region at pc before the passes, verified. */
const struct jl_ir *translate(struct guest *g, uint32_t pc);
/* How many ops of a kind a region has, and the first one or NULL. */
unsigned count(const struct jl_ir *ir, unsigned op);
const struct jl_op *find(const struct jl_ir *ir, unsigned op);

#endif
