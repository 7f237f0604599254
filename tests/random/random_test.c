/* Differential test with random programs: every configuration against the interpreter, in one process.
 *
 * The machines live from program to program, so that each new program also is code written over old code: what the
 * invalidation strategies and links survive is tested on the way. Compared: exit reason, delay-slot flag, pc, every
 * register (without the halves of FPRs that the architecture leaves undefined), FCSR without Cause, instructions
 * retired, and memory. The seed is printed; a difference prints program, registers and a shrunk version. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jit/isa/isa.h"
#include "jit/jit.h"
#include "tests/random/program.h"

enum { MAX_MACHINES = 24, LIMIT = 100000 };

struct target {
    const char *name;
    struct jl_mem *mem;
    struct jl_machine *machine;
};

struct outcome {
    enum jl_exit exit;
    uint32_t bd, fcsr, fpr_half;
    uint64_t pc, retired, var[JL_VARS];
    uint8_t data[DATA_SIZE];
};

static struct target make_target(const char *settings, bool big_endian) {
    struct target t = {.name = settings, .mem = jl_mem_create(big_endian)};
    struct jl_config config;
    char text[256], err[256] = "no memory";
    jl_config_default(&config);
    snprintf(text, sizeof text, "tier=single,%s", settings); /* programs run once: all of it is to be translated */
    for (char *save, *s = strtok_r(text, ",", &save); s; s = strtok_r(NULL, ",", &save))
        if (!jl_config_set(&config, s, err, sizeof err)) {
            fprintf(stderr, "random_test: %s\n", err);
            exit(2);
        }
    if (!t.mem || !(t.machine = jl_machine_new(&config, NULL, t.mem, err, sizeof err))) {
        fprintf(stderr, "random_test: %s: %s\n", settings, err);
        exit(2);
    }
    jl_mem_map(t.mem, CODE_BASE, 0x2000, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false);
    jl_mem_map(t.mem, DATA_BASE, DATA_SIZE, JL_PAGE_R | JL_PAGE_W, -1, 0, false);
    return t;
}

static void write_code(struct target *t, const struct program *p, uint32_t at) {
    uint8_t *code = jl_mem_writable(t->mem, at, p->count * 4);
    for (unsigned i = 0; i < p->count; i++) {
        uint32_t w = t->mem->big_endian ? __builtin_bswap32(p->word[i]) : p->word[i];
        memcpy(code + 4 * i, &w, 4);
    }
    jl_machine_cacheflush(t->machine, at, p->count * 4);
}

static void run(struct target *t, const struct program *p, uint32_t at, struct outcome *out) {
    struct jl_cpu *cpu = jl_machine_cpu(t->machine);
    write_code(t, p, at);
    memcpy(jl_mem_writable(t->mem, DATA_BASE, DATA_SIZE), p->data, DATA_SIZE);
    memcpy(cpu->var, p->var, sizeof p->var);
    cpu->fcsr = p->fcsr;
    cpu->fpr_half = 0;
    cpu->mode = JL_MODE_FR | (t->mem->big_endian ? JL_MODE_BE : 0);
    cpu->isa = JL_ISA_SET_MIPS32R2;
    cpu->pc = at;
    jl_machine_set_slice(t->machine, LIMIT);
    uint64_t before = jl_machine_retired(t->machine);
    out->exit = jl_machine_run(t->machine);
    out->bd = cpu->exit_bd;
    out->pc = cpu->pc;
    out->retired = jl_machine_retired(t->machine) - before;
    out->fcsr = cpu->fcsr & ~(0x3fu << JL_FCSR_CAUSE_SHIFT);
    out->fpr_half = cpu->fpr_half;
    memcpy(out->var, cpu->var, sizeof out->var);
    memcpy(out->data, t->mem->base + DATA_BASE, DATA_SIZE);
}

static uint64_t var_mask(const struct outcome *want, unsigned v) {
    bool half = v >= JL_VAR_FPR && v < JL_VAR_FCC && want->fpr_half >> (v - JL_VAR_FPR) & 1;
    return half ? 0xffffffff : ~(uint64_t)0;
}

static bool same(const struct outcome *want, const struct outcome *got) {
    for (unsigned v = 0; v < JL_VARS; v++)
        if ((want->var[v] ^ got->var[v]) & var_mask(want, v))
            return false;
    return want->exit == got->exit && want->bd == got->bd && want->pc == got->pc && want->retired == got->retired &&
           want->fcsr == got->fcsr && memcmp(want->data, got->data, DATA_SIZE) == 0;
}

static bool differs(struct target *ref, struct target *t, const struct program *p, uint32_t at) {
    static struct outcome want, got;
    run(ref, p, at, &want);
    if (want.exit == JL_EXIT_SLICE)
        return false;
    run(t, p, at, &got);
    return !same(&want, &got);
}

/* Instructions that do not matter become nops. */
static void shrink(struct target *ref, struct target *t, struct program *p, uint32_t at) {
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned i = 0; i < p->count; i++) {
            uint32_t w = p->word[i];
            if (!w || w == jl_insn_info[JL_OP_BREAK].match)
                continue;
            p->word[i] = 0;
            if (differs(ref, t, p, at))
                changed = true;
            else
                p->word[i] = w;
        }
    }
}

static void report(struct target *ref, struct target *t, struct program *p, uint32_t at) {
    static struct outcome want, got;
    char line[96];
    if (differs(ref, t, p, at))
        shrink(ref, t, p, at);
    run(ref, p, at, &want);
    run(t, p, at, &got);
    printf("configuration %s (%s-endian) differs from the interpreter\n", t->name,
           t->mem->big_endian ? "big" : "little");
    for (unsigned i = 0; i < p->count; i++)
        if (p->word[i] && p->word[i] != jl_insn_info[JL_OP_BREAK].match) {
            jl_disasm(p->word[i], at + 4 * i, JL_ISA_SET_MIPS32R2, line, sizeof line);
            printf("  %08x: %08x  %s\n", at + 4 * i, p->word[i], line);
        }
    printf("  exit %d/%d bd %u/%u pc %llx/%llx retired %llu/%llu fcsr %x/%x\n", (int)want.exit, (int)got.exit, want.bd,
           got.bd, (unsigned long long)want.pc, (unsigned long long)got.pc, (unsigned long long)want.retired,
           (unsigned long long)got.retired, want.fcsr, got.fcsr);
    for (unsigned v = 0; v < JL_VARS; v++)
        if ((want.var[v] ^ got.var[v]) & var_mask(&want, v))
            printf("  var %u: from %llx to %llx, not %llx\n", v, (unsigned long long)p->var[v],
                   (unsigned long long)want.var[v], (unsigned long long)got.var[v]);
    for (unsigned i = 0; i < DATA_SIZE; i++)
        if (want.data[i] != got.data[i])
            printf("  data+%x: %02x, not %02x\n", i, want.data[i], got.data[i]);
}

int main(int argc, char **argv) {
    static const char *const defaults[] = {"backend=x64",
                                           "region=block",
                                           "memory=pagetable",
                                           "memory=call,invalidate=bitmap",
                                           "passes=none",
                                           "invalidate=checksum,dispatch=c-loop,lookup=hash",
                                           "far-code=inline,events=split,link=none,returns=none",
                                           "code-memory=rwx:size=64,lookup=hash-c,invalidate=explicit",
                                           "tier=warm:threshold=2"};
    struct target target[2][MAX_MACHINES];
    unsigned n = 1;
    uint64_t seed = (uint64_t)time(NULL), programs = 1000, seconds = 0;
    const char *configs[MAX_MACHINES] = {"backend=interp"};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seed"))
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--programs"))
            programs = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--seconds"))
            seconds = strtoull(argv[i + 1], NULL, 0), programs = UINT64_MAX;
        else if (!strcmp(argv[i], "--config") && n < MAX_MACHINES)
            configs[n++] = argv[i + 1];
    }
    for (unsigned i = 0; n == 1 + i && i < sizeof defaults / sizeof *defaults; i++)
        configs[n++] = defaults[i];
    printf("seed %llu\n", (unsigned long long)seed);
    for (unsigned e = 0; e < 2; e++)
        for (unsigned i = 0; i < n; i++)
            target[e][i] = make_target(configs[i], e);
    static struct program p;
    static struct outcome want, got;
    time_t end = time(NULL) + (time_t)seconds;
    uint64_t done = 0;
    for (; done < programs && (!seconds || time(NULL) < end); done++) {
        struct rng r = {seed + done * 0x51ed27};
        unsigned e = rng_below(&r, 2);
        program_make(&p, &r);
        uint32_t at = CODE_BASE + 4 * rng_below(&r, 900); /* straddles the page now and then */
        run(&target[e][0], &p, at, &want);
        if (want.exit == JL_EXIT_SLICE)
            continue; /* a branch into a loop's end made it endless: where it is stopped is up to the configuration */
        for (unsigned i = 1; i < n; i++) {
            run(&target[e][i], &p, at, &got);
            if (!same(&want, &got)) {
                printf("program %llu (--seed %llu --programs 1 repeats it alone)\n", (unsigned long long)done,
                       (unsigned long long)(seed + done * 0x51ed27));
                report(&target[e][0], &target[e][i], &p, at);
                return 1;
            }
        }
    }
    printf("%llu programs, %u configurations, no difference\n", (unsigned long long)done, n - 1);
    for (unsigned e = 0; e < 2; e++)
        for (unsigned i = 0; i < n; i++) {
            jl_machine_free(target[e][i].machine);
            jl_mem_destroy(target[e][i].mem);
        }
    return 0;
}
