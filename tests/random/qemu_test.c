/* The interpreter against QEMU's user mode, on random programs: signal, pc, all registers, FCSR, data and code.
 *
 * usage: qemu_test [--seed S] [--first I] [--programs N] [--replay FILE]
 *
 * Programs are run in batches, each an executable of its own (guest_image.h) under qemu-mipsel or qemu-mips. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "jit/isa/isa.h"
#include "tests/random/drive.h"
#include "tests/random/guest_image.h"

enum { BATCH = 250 };

struct result {
    uint32_t signal, pc, hi, lo, fcsr, gpr[32];
    uint64_t fpr[32];
    uint8_t data[DATA_SIZE], code[CODE_SIZE];
};

/* ---- QEMU's side ---- */

static uint32_t get32(const uint8_t *at, bool be) {
    uint32_t v;
    memcpy(&v, at, 4);
    return be ? __builtin_bswap32(v) : v;
}

static void parse(const uint8_t *out, bool be, struct result *r) {
    r->signal = get32(out + IMAGE_OUT_SIGNAL, be);
    r->pc = get32(out + IMAGE_OUT_PC, be);
    r->hi = get32(out + IMAGE_OUT_HI, be);
    r->lo = get32(out + IMAGE_OUT_LO, be);
    r->fcsr = get32(out + IMAGE_OUT_FCSR, be);
    for (unsigned i = 1; i < 32; i++)
        r->gpr[i] = get32(out + IMAGE_OUT_GPR + 4 * i, be);
    for (unsigned i = 0; i < 32; i++) {
        const uint8_t *at = out + IMAGE_OUT_FPR + 8 * i;
        r->fpr[i] = (uint64_t)get32(at + (be ? 0 : 4), be) << 32 | get32(at + (be ? 4 : 0), be);
    }
    memcpy(r->data, out + IMAGE_OUT_STATE, DATA_SIZE);
    memcpy(r->code, out + IMAGE_OUT_STATE + DATA_SIZE, CODE_SIZE);
}

/* How many of the n programs QEMU ran to their ends. */
static unsigned run_qemu(const struct program *p, unsigned n, struct result *results) {
    char path[] = "/tmp/jitlab-random-XXXXXX", command[128];
    static uint8_t out[IMAGE_OUT_SIZE];
    bool be = p->mode & JL_MODE_BE;
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!file || !guest_image_write(file, p, n)) {
        perror("qemu_test: cannot write a guest program");
        exit(2);
    }
    fclose(file);
    chmod(path, 0700);
    snprintf(command, sizeof command, "exec timeout 20 qemu-%s -cpu 24Kf %s", be ? "mips" : "mipsel", path);
    FILE *pipe = popen(command, "r");
    unsigned done = 0;
    while (pipe && done < n && fread(out, 1, sizeof out, pipe) == sizeof out)
        parse(out, be, &results[done++]);
    if (pipe)
        pclose(pipe);
    unlink(path);
    return done;
}

/* ---- the interpreter's side ---- */

/* A trap with one of the codes that Linux makes an arithmetic fault of; QEMU 7.2 does so for BREAK only. */
static bool arithmetic_trap(const struct target *t) {
    uint32_t code = jl_machine_cpu(t->machine)->exit_code;
    return code == 6 || code == 7;
}

/* The guest's signal numbers; 0: no end that is compared. */
static uint32_t signal_of(const struct target *t, const struct outcome *o) {
    enum { GUEST_SIGBUS = 10 };
    switch (o->exit) {
    case JL_EXIT_BREAK: return SIGTRAP; /* all have code 0 */
    case JL_EXIT_TRAP: return arithmetic_trap(t) ? 0 : SIGTRAP;
    case JL_EXIT_OVERFLOW:
    case JL_EXIT_FPE: return SIGFPE;
    case JL_EXIT_RI:
    case JL_EXIT_CPU: return SIGILL;
    case JL_EXIT_ADEL: return o->pc & 3 ? 0 : GUEST_SIGBUS; /* QEMU's processor has MIPS16 at odd addresses */
    case JL_EXIT_ADES: return GUEST_SIGBUS;
    case JL_EXIT_FAULT_LOAD:
    case JL_EXIT_FAULT_STORE:
    case JL_EXIT_FAULT_FETCH: return SIGSEGV;
    default: return 0;
    }
}

/* false when the program has no end to compare. */
static bool run_interpreter(struct target *t, const struct program *p, struct result *r, struct outcome *o) {
    target_run(t, p, o);
    r->signal = signal_of(t, o);
    r->pc = (uint32_t)o->pc;
    r->hi = (uint32_t)o->var[JL_VAR_HI];
    r->lo = (uint32_t)o->var[JL_VAR_LO];
    r->fcsr = o->fcsr;
    for (unsigned c = 0; c < 8; c++)
        r->fcsr |= (uint32_t)o->var[JL_VAR_FCC + c] << (c ? 24 + c : 23);
    for (unsigned i = 0; i < 32; i++) {
        r->gpr[i] = (uint32_t)o->var[i];
        r->fpr[i] = o->var[JL_VAR_FPR + i];
    }
    memcpy(r->data, o->data, DATA_SIZE);
    memcpy(r->code, o->code, CODE_SIZE);
    return r->signal;
}

/* ---- comparing ---- */

static bool differ(const char *what, unsigned n, uint64_t jitlab, uint64_t qemu, bool print) {
    if (jitlab == qemu)
        return false;
    if (print)
        printf("%s %u: %" PRIx64 " here, %" PRIx64 " in QEMU\n", what, n, jitlab, qemu);
    return true;
}

static bool outcome_differs(const struct program *p, const struct outcome *o, const struct result *want,
                            const struct result *got, bool print) {
    bool bad = differ("signal", 0, want->signal, got->signal, print);
    /* QEMU makes a NOP of a branch that is never taken (BGTZ $0), so that what follows is no delay slot */
    if (!o->bd || got->pc != want->pc + 4)
        bad |= differ("pc", 0, want->pc, got->pc, print);
    bad |= differ("hi", 0, want->hi, got->hi, print);
    bad |= differ("lo", 0, want->lo, got->lo, print);
    bad |= differ("fcsr", 0, want->fcsr, got->fcsr, print);
    for (unsigned i = 1; i < 32; i++)
        bad |= differ("gpr", i, want->gpr[i], got->gpr[i], print);
    for (unsigned i = 0; i < 32; i += p->mode & JL_MODE_FR ? 1 : 2) {
        uint64_t mask = outcome_mask(o, JL_VAR_FPR + i);
        bad |= differ("fpr", i, want->fpr[i] & mask, got->fpr[i] & mask, print);
    }
    for (unsigned i = 0; i < DATA_SIZE; i++)
        bad |= differ("data byte", i, want->data[i], got->data[i], print);
    for (unsigned i = 0; i < CODE_SIZE; i++)
        bad |= differ("code byte", i, want->code[i], got->code[i], print);
    return bad;
}

static bool one(struct target *t, const struct program *p, bool print) {
    static struct result want, got;
    static struct outcome o;
    if (!run_interpreter(t, p, &want, &o))
        return false;
    return run_qemu(p, 1, &got) == 1 ? outcome_differs(p, &o, &want, &got, print) : !!printf("no answer from QEMU\n");
}

/* QEMU notices a store into the running code at the SYNCI behind it, which shrinking must leave there. */
static bool synced(const struct program *p) {
    for (unsigned i = 0; i < p->count; i++) {
        struct jl_insn in, next;
        jl_decode(p->word[i], JL_ISA_SET_MIPS32R2, &in);
        jl_decode(i + 1 < p->count ? p->word[i + 1] : 0, JL_ISA_SET_MIPS32R2, &next);
        if (jl_insn_info[in.op].klass == JL_CLASS_STORE && in.rs == REG_CODE && next.op != JL_OP_SYNCI)
            return false;
    }
    return true;
}

/* A difference that is not one of the known ones. */
static bool fails(void *ctx, const struct program *p) {
    static struct program copy;
    if (!synced(p))
        return false;
    copy = *p;
    return program_make_predictable(ctx, &copy) && !memcmp(copy.word, p->word, sizeof p->word) && one(ctx, p, false);
}

static void report(struct target *t, struct program *p) {
    if (!fails(t, p)) {
        printf("(not when it runs alone)\n");
    } else {
        program_shrink(p, fails, t);
        one(t, p, true);
    }
    program_print(p, "backend=interp", stdout);
}

static struct target interpreter(bool be) {
    struct target t;
    char err[256];
    if (target_make(&t, "backend=interp", be, err, sizeof err))
        return t;
    fprintf(stderr, "qemu_test: %s\n", err);
    exit(2);
}

/* Programs index to index + n - 1; those that do not end are left out. Returns how many were compared, -1 after a
 * difference. */
static int batch(uint64_t seed, uint64_t index, unsigned n) {
    static struct program p[BATCH];
    static struct result want[BATCH], got[BATCH];
    static struct outcome o[BATCH];
    uint64_t number = index / BATCH, of[BATCH];
    uint32_t mode = (number & 1 ? JL_MODE_BE : 0) | (number & 2 ? 0 : JL_MODE_FR);
    struct target t = interpreter(mode & JL_MODE_BE);
    unsigned used = 0;
    for (unsigned i = 0; i < n; i++) {
        struct rng r = {seed * 0x9e3779b97f4a7c15ull ^ (index + i) * 0xd1342543de82ef95ull};
        program_make(&p[used], &r, mode, true);
        of[used] = index + i;
        used += program_make_predictable(&t, &p[used]) && run_interpreter(&t, &p[used], &want[used], &o[used]);
    }
    unsigned done = used ? run_qemu(p, used, got) : 0;
    for (unsigned i = 0; i < used; i++)
        if (i == done || outcome_differs(&p[i], &o[i], &want[i], &got[i], false)) {
            printf("program %" PRIu64 " differs: qemu_test --seed %" PRIu64 " --first %" PRIu64 " --programs 1\n",
                   of[i], seed, of[i]);
            report(&t, &p[i]);
            return -1;
        }
    target_free(&t);
    return (int)used;
}

static int replay(const char *path) {
    static struct program p;
    char settings[CONFIG_TEXT];
    FILE *in = fopen(path, "r");
    if (!in || !program_read(&p, settings, in)) {
        fprintf(stderr, "qemu_test: %s: %s\n", path, in ? "not a program" : "cannot be read");
        return 2;
    }
    fclose(in);
    struct target t = interpreter(p.mode & JL_MODE_BE);
    bool bad = one(&t, &p, true);
    target_free(&t);
    printf("%s: %s\n", path, bad ? "differs" : "no difference");
    return bad;
}

int main(int argc, char **argv) {
    uint64_t seed = (uint64_t)time(NULL), first = 0, programs = 1000, compared = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seed"))
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--first"))
            first = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--programs"))
            programs = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--replay"))
            return replay(argv[i + 1]);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("seed %" PRIu64 "\n", seed);
    for (uint64_t i = first, end = first + programs; i < end;) {
        uint64_t n = BATCH - i % BATCH < end - i ? BATCH - i % BATCH : end - i;
        int used = batch(seed, i, (unsigned)n);
        if (used < 0)
            return 1;
        compared += (uint64_t)used;
        i += n;
    }
    printf("%" PRIu64 " programs compared with QEMU, %" PRIu64 " without an end left out, no difference\n", compared,
           programs - compared);
    return compared == 0 && programs > 0;
}
