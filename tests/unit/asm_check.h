/* Checks of encoded instructions against what was asked for, by decoding them with Zydis.
 *
 * CHECK(want, call) runs the call twice: with exactly 16 bytes of room, where it must write one instruction that
 * decodes to want, and with 15, where it must write nothing and set overflow. Beside mnemonic and operands it demands
 * that the encoder counted one instruction, that its length is what was written, that no byte outside was touched, that
 * the displacement is the shortest, and that REX, SIB and the 67 prefix are there only when they say something.
 *
 * Random choices come from one generator whose seed is printed; JITLAB_TEST_SEED sets it.
 */
#ifndef JL_TEST_ASM_CHECK_H
#define JL_TEST_ASM_CHECK_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <Zydis/Zydis.h>
#include <cmocka.h>

#include "jit/x64/asm.h"

struct want_op {
    enum { WANT_REG, WANT_MEM, WANT_IMM } kind;
    unsigned bytes; /* of memory (0: not looked at), or of the immediate that count */
    ZydisRegister reg;
    struct jl_memop mem;
    int64_t imm;
};
struct want {
    const char *mnemonic;
    struct want_op op[4];
    unsigned n;
};

struct want_op want_gpr(unsigned bytes, unsigned reg);
struct want_op want_xmm(unsigned reg);
struct want_op want_mem(unsigned bytes, struct jl_memop m);
struct want_op want_imm(unsigned bytes, int64_t imm);
#define WANT(name, ...)                                                                                                \
    (struct want) {                                                                                                    \
        .mnemonic = (name), .op = {__VA_ARGS__}, .n = sizeof((struct want_op[]){__VA_ARGS__}) / sizeof(struct want_op) \
    }
#define WANT_BARE(name) ((struct want){.mnemonic = (name)})

extern struct jl_asm A;    /* where the calls write */
extern ZydisDecoder zydis; /* 64-bit mode */

void check_room(unsigned bytes);
void check_decoded(const struct want *want, const char *call);
void check_untouched(const char *call);
/* Prints what was encoded, and fails the test. */
void check_fail(const char *call, const char *what);
#define CHECK(wanted, call)                                                                                            \
    do {                                                                                                               \
        struct want want_ = wanted;                                                                                    \
        check_room(16);                                                                                                \
        call;                                                                                                          \
        check_decoded(&want_, #call);                                                                                  \
        check_room(15);                                                                                                \
        call;                                                                                                          \
        check_untouched(#call);                                                                                        \
    } while (0)

/* Memory operands: every base, index, scale, with and without gs, at the displacements where encodings change; then
 * some at random, rip-relative ones among them. Built by check_start. */
extern struct jl_memop *mems;
extern unsigned nmems;

/* Immediates where encodings change, and some at random. */
extern int32_t imms[32];
enum { NIMMS = 32 };

extern const char *const cc_name[16]; /* as Zydis writes them */

uint32_t random32(void);
static inline enum jl_reg any_reg(void) {
    return (enum jl_reg)(random32() & 15);
}
static inline unsigned any_w(void) {
    return random32() & 1 ? 8 : 4;
}

int check_start(void **state); /* the group's setup */
int check_end(void **state);

/* The tests in test_asm_int.c, test_asm_sse.c and test_asm_vector.c */
void test_int_registers(void **state);
void test_int_immediates(void **state);
void test_int_memory(void **state);
void test_int_sizes(void **state);
void test_int_shifts(void **state);
void test_int_conditions(void **state);
void test_int_mov_ri(void **state);
void test_sse_registers(void **state);
void test_sse_memory(void **state);
void test_sse_gpr(void **state);
void test_sse_immediates(void **state);
void test_vector_registers(void **state);
void test_vector_memory(void **state);

#endif
