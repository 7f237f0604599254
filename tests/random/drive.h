/* Running random programs on machines and comparing how they end. */
#ifndef JL_TEST_DRIVE_H
#define JL_TEST_DRIVE_H

#include "jit/jit.h"
#include "tests/random/program.h"

enum { DRIVE_LIMIT = 20000, CONFIG_TEXT = 1024 };

/* A machine with its memory. It may live from program to program: each new program then also is code written over old
 * code. */
struct target {
    char settings[CONFIG_TEXT]; /* AXIS=STRATEGY..., separated by commas */
    struct jl_mem *mem;
    struct jl_machine *machine;
    bool watches_writes; /* may run programs that change themselves without SYNCI */
};

struct outcome {
    enum jl_exit exit;
    uint32_t bd, fcsr, fpr_half;
    uint64_t pc, retired, var[JL_VARS];
    uint8_t data[DATA_SIZE], code[CODE_SIZE];
};

/* false with a sentence in err. */
bool target_make(struct target *t, const char *settings, bool big_endian, char *err, size_t err_size);
void target_free(struct target *t);

/* Runs p from its start; an endless program ends with JL_EXIT_SLICE. */
void target_run(struct target *t, const struct program *p, struct outcome *out);

/* The two halves of target_run: puts p there, with a slice of that many instructions; and what it came to. */
void target_start(struct target *t, const struct program *p, int64_t slice);
void target_outcome(const struct target *t, enum jl_exit exit, struct outcome *out);

/* predictable.c: makes nops of the instructions that, when p runs on the interpreter t, meet operands for which QEMU is
 * known to compute something else. false when p does not end, or cannot be made so. */
bool program_make_predictable(struct target *t, struct program *p);

/* Exit reason, delay-slot flag, pc, registers, FCSR, retired instructions, memory. Left out: the halves of FPRs that
 * the architecture leaves undefined, and FCSR's Cause where no exception was taken. */
bool outcome_same(const struct outcome *want, const struct outcome *got);
/* The bits of a register that outcome_same compares. */
uint64_t outcome_mask(const struct outcome *want, unsigned var);

/* A random configuration over all axes that is not refused: strategies, parameters, passes. */
void config_random(struct rng *r, char text[CONFIG_TEXT]);

/* replay.c: a program as a text file that --replay reads. With words disassembled, zero registers and data left out. */
void program_print(const struct program *p, const char *settings, FILE *out);
bool program_read(struct program *p, char settings[CONFIG_TEXT], FILE *in);

/* shrink.c: makes p as small as it can while `fails` still says yes. */
void program_shrink(struct program *p, bool (*fails)(void *ctx, const struct program *p), void *ctx);

#endif
