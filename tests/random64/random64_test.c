/* The 64-bit interpreter against QEMU's user mode: random instructions of MIPS III, with all registers and data
 * compared.
 *
 * usage: random64_test [--seed S] [--programs N]
 *
 * A program grows while the interpreter executes it. An instruction is kept when it neither traps nor reads what the
 * architecture leaves open (a register that is not sign-extended for a 32-bit operation, division by zero), so that
 * every program runs to its end. Half of them run as on a VR4300, which must not show then. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "jit/interp.h"
#include "jit/mem.h"
#include "tests/random/program.h"
#include "tests/random64/image.h"

enum { ITEMS = 60, BASE = 26, TEMP = 27, V0 = 2, A0 = 4, A1 = 5, A2 = 6, SYS_WRITE = 5001, SYS_EXIT = 5058 };

struct batch {
    struct jl_mem *mem;
    struct jl_interp_cache *cache;
    struct jl_cpu cpu;
    struct rng rng;
    uint32_t at;              /* address of the next instruction */
    uint32_t start[PROGRAMS]; /* of each program's own instructions, and their number */
    unsigned count[PROGRAMS];
    uint64_t kept;
    uint8_t before[PROGRAMS * REC_SIZE], after[PROGRAMS * REC_SIZE];
};

static uint32_t make(unsigned op, unsigned rs, unsigned rt, uint32_t low) {
    return jl_insn_info[op].match | rs << 21 | rt << 16 | (low & 0xffff);
}

static uint32_t make_fpu(unsigned op, unsigned rt, unsigned fs) {
    return jl_insn_info[op].match | rt << 16 | fs << 11;
}

static void put(struct batch *b, uint32_t word) {
    jl_mem_store(b->mem, b->at, 4, word);
    b->at += 4;
}

static void load_constant(struct batch *b, unsigned r, uint32_t v) {
    put(b, make(JL_OP_LUI, 0, r, v >> 16));
    put(b, make(JL_OP_ORI, r, r, v));
}

/* Executes up to what has been put. */
static bool run(struct batch *b) {
    enum jl_exit r = JL_EXIT_NONE;
    b->cpu.slice = 1 << 20;
    while (r == JL_EXIT_NONE && b->cpu.pc != b->at)
        r = jl_interp_run(&b->cpu, b->cache, 1);
    return r == JL_EXIT_NONE;
}

/* ---- what an instruction may be ---- */

/* Rows that come alone, with any fields that are registers. */
static bool is_usable(const struct jl_insn_info *i, unsigned op) {
    if (!(i->isa & JL_ISA_SET_VR4300) || op == JL_OP_RESERVED)
        return false;
    switch (op) {
    case JL_OP_LL:
    case JL_OP_SC:
    case JL_OP_LLD:
    case JL_OP_SCD: return false;
    case JL_OP_MFC1:
    case JL_OP_MTC1:
    case JL_OP_DMFC1:
    case JL_OP_DMTC1:
    case JL_OP_MOV_D:
    case JL_OP_C_COND_D: return true;
    default:
        return i->klass == JL_CLASS_ALU || i->klass == JL_CLASS_MULDIV || i->klass == JL_CLASS_LOAD ||
               i->klass == JL_CLASS_STORE || i->klass == JL_CLASS_TRAP;
    }
}

static unsigned pick(struct batch *b) {
    for (;;) {
        unsigned op = rng_below(&b->rng, JL_OPS);
        if (is_usable(&jl_insn_info[op], op))
            return op;
    }
}

static bool is_extended(const struct jl_cpu *cpu, unsigned r) {
    return cpu->var[r] == (uint64_t)(int64_t)(int32_t)cpu->var[r];
}

/* 32-bit operations on whole registers: SLL alone takes any. */
static bool wants_extended(unsigned op) {
    switch (op) {
    case JL_OP_ADD:
    case JL_OP_ADDU:
    case JL_OP_SUB:
    case JL_OP_SUBU:
    case JL_OP_ADDI:
    case JL_OP_ADDIU:
    case JL_OP_SRL:
    case JL_OP_SRA:
    case JL_OP_SRLV:
    case JL_OP_SRAV:
    case JL_OP_MULT:
    case JL_OP_MULTU:
    case JL_OP_DIV:
    case JL_OP_DIVU:
    case JL_OP_LWL:
    case JL_OP_LWR: return true;
    default: return false;
    }
}

static bool is_predictable(const struct jl_cpu *cpu, const struct jl_insn *in) {
    uint32_t f = jl_insn_flags(in);
    if (wants_extended(in->op)) {
        bool loads = jl_insn_info[in->op].klass == JL_CLASS_LOAD; /* rs is an address */
        if ((f & JL_RD_S && !loads && !is_extended(cpu, in->rs)) || (f & JL_RD_T && !is_extended(cpu, in->rt)))
            return false;
    }
    switch (in->op) {
    case JL_OP_DIV:
    case JL_OP_DDIV:
    case JL_OP_DIVU:
    case JL_OP_DDIVU: return cpu->var[in->rt] != 0 && cpu->var[in->rt] != ~0ull;
    default: return true;
    }
}

static unsigned any_register(struct batch *b, bool written) {
    for (;;) {
        unsigned r = rng_below(&b->rng, 32);
        if (!written || r != BASE)
            return r;
    }
}

static uint32_t any_word(struct batch *b, unsigned op) {
    const struct jl_insn_info *i = &jl_insn_info[op];
    uint32_t w = i->match | ((uint32_t)rng_next(&b->rng) & ~i->mask);
    if (i->flags & JL_WR_T)
        w = (w & ~(31u << 16)) | any_register(b, true) << 16;
    if (i->flags & JL_WR_D)
        w = (w & ~(31u << 11)) | any_register(b, true) << 11;
    if (op == JL_OP_C_COND_D)
        w &= ~(7u << 8);
    if (i->klass == JL_CLASS_LOAD || i->klass == JL_CLASS_STORE) {
        unsigned keep = rng_below(&b->rng, 4) ? 7 : 0;
        w = (w & 0xfc1f0000u) | BASE << 21 | ((REC_DATA + rng_below(&b->rng, REC_DATA_SIZE)) & ~keep);
    }
    return w;
}

/* Puts one instruction and executes it; takes it back when it cannot stay. */
static void straight(struct batch *b) {
    struct jl_cpu saved = b->cpu;
    struct jl_insn in;
    uint32_t w = any_word(b, pick(b));
    jl_decode(w, b->cpu.isa, &in);
    if (!is_predictable(&b->cpu, &in))
        return;
    put(b, w);
    if (run(b)) {
        b->kept++;
        return;
    }
    b->at -= 4;
    b->cpu = saved;
}

/* An instruction that can neither trap nor be unpredictable, for places that are executed or not. */
static uint32_t harmless(struct batch *b) {
    for (;;) {
        unsigned op = pick(b);
        if (jl_insn_info[op].klass == JL_CLASS_ALU && !(jl_insn_info[op].flags & JL_FAULTS) && !wants_extended(op))
            return any_word(b, op);
    }
}

/* A branch over one instruction, each kind, with its slot. */
static void branch(struct batch *b) {
    unsigned op;
    do
        op = rng_below(&b->rng, JL_OPS);
    while (jl_insn_info[op].klass != JL_CLASS_BRANCH);
    uint32_t w = jl_insn_info[op].match | ((uint32_t)rng_next(&b->rng) & ~jl_insn_info[op].mask);
    if (op >= JL_OP_BC1F && op <= JL_OP_BC1TL)
        w &= ~(7u << 18);
    if (jl_insn_info[op].flags & JL_LINK && (w >> 21 & 31) == 31)
        return;
    put(b, (w & 0xffff0000u) | 2);
    put(b, harmless(b));
    put(b, harmless(b));
    run(b);
    b->kept++;
}

static void jump(struct batch *b) {
    bool link = rng_below(&b->rng, 2);
    put(b, jl_insn_info[link ? JL_OP_JAL : JL_OP_J].match | ((b->at + 12) >> 2 & 0x3ffffff));
    put(b, harmless(b));
    put(b, harmless(b));
    run(b);
    b->kept++;
}

static void computed_jump(struct batch *b) {
    unsigned r = rng_below(&b->rng, 25) + 1;
    load_constant(b, TEMP, b->at + 20);
    put(b, jl_insn_info[JL_OP_JALR].match | TEMP << 21 | r << 11);
    put(b, harmless(b));
    put(b, harmless(b));
    run(b);
    b->kept++;
}

static void linked(struct batch *b) {
    bool wide = rng_below(&b->rng, 2);
    uint32_t d = REC_DATA + 8 * rng_below(&b->rng, REC_DATA_SIZE / 8);
    put(b, make(wide ? JL_OP_LLD : JL_OP_LL, BASE, any_register(b, true), d));
    put(b, harmless(b));
    put(b, make(wide ? JL_OP_SCD : JL_OP_SC, BASE, any_register(b, true), d));
    run(b);
    b->kept++;
}

static void item(struct batch *b) {
    switch (rng_below(&b->rng, 12)) {
    case 0: branch(b); break;
    case 1: rng_below(&b->rng, 2) ? jump(b) : computed_jump(b); break;
    case 2: linked(b); break;
    default: straight(b); break;
    }
}

/* ---- programs ---- */

static uint64_t any_value(struct batch *b) {
    static const uint64_t awkward[] = {0,
                                       1,
                                       ~0ull,
                                       0x7fffffff,
                                       0xffffffff80000000,
                                       0x80000000,
                                       0xffffffff,
                                       0x8000000000000000,
                                       0x7fffffffffffffff,
                                       0x100000000};
    uint64_t v = rng_next(&b->rng);
    switch (rng_below(&b->rng, 6)) {
    case 0: return awkward[v % (sizeof awkward / sizeof awkward[0])];
    case 1: return v % 200 - 100;
    case 2: return v >> (v & 63);
    case 3: return v;
    default: return (uint64_t)(int64_t)(int32_t)v;
    }
}

static void make_record(struct batch *b, uint32_t record) {
    for (unsigned at = 0; at < REC_SIZE; at += 8)
        jl_mem_store(b->mem, record + at, 8, any_value(b));
}

static void load_registers(struct batch *b, uint32_t record) {
    load_constant(b, BASE, record);
    put(b, make(JL_OP_LD, BASE, TEMP, REC_HI));
    put(b, jl_insn_info[JL_OP_MTHI].match | TEMP << 21);
    put(b, make(JL_OP_LD, BASE, TEMP, REC_LO));
    put(b, jl_insn_info[JL_OP_MTLO].match | TEMP << 21);
    for (unsigned f = 0; f < 32; f++)
        put(b, make(JL_OP_LDC1, BASE, f, REC_FPR + 8 * f));
    for (unsigned r = 1; r < 32; r++)
        if (r != BASE)
            put(b, make(JL_OP_LD, BASE, r, REC_GPR + 8 * r));
    put(b, make_fpu(JL_OP_C_COND_D, 0, 0)); /* C.F.D: false */
}

static void save_registers(struct batch *b) {
    for (unsigned r = 1; r < 32; r++)
        put(b, make(JL_OP_SD, BASE, r, REC_GPR + 8 * r));
    put(b, jl_insn_info[JL_OP_MFHI].match | TEMP << 11);
    put(b, make(JL_OP_SD, BASE, TEMP, REC_HI));
    put(b, jl_insn_info[JL_OP_MFLO].match | TEMP << 11);
    put(b, make(JL_OP_SD, BASE, TEMP, REC_LO));
    for (unsigned f = 0; f < 32; f++)
        put(b, make(JL_OP_SDC1, BASE, f, REC_FPR + 8 * f));
}

static void program(struct batch *b, unsigned n) {
    uint32_t record = IMAGE_RECORDS + n * REC_SIZE;
    make_record(b, record);
    memcpy(b->before + n * REC_SIZE, b->mem->base + record, REC_SIZE);
    b->cpu.mode = (b->cpu.mode & ~(uint32_t)JL_MODE_VR4300) | (n & 1 ? JL_MODE_VR4300 : 0);
    load_registers(b, record);
    run(b);
    b->start[n] = b->at;
    for (unsigned k = 0; k < ITEMS; k++)
        item(b);
    b->count[n] = (b->at - b->start[n]) / 4;
    save_registers(b);
    run(b);
}

static void system_call(struct batch *b, uint32_t number, uint32_t a0, uint32_t a1, uint32_t a2) {
    load_constant(b, V0, number);
    load_constant(b, A0, a0);
    load_constant(b, A1, a1);
    load_constant(b, A2, a2);
    put(b, jl_insn_info[JL_OP_SYSCALL].match);
}

static bool start(struct batch *b, bool be, uint64_t seed) {
    memset(b, 0, sizeof *b);
    b->mem = jl_mem_create(be);
    b->cache = jl_interp_cache_new();
    b->rng.state = seed;
    b->at = IMAGE_CODE;
    b->cpu = (struct jl_cpu){.mem = b->mem,
                             .isa = JL_ISA_SET_VR4300,
                             .mode = JL_MODE_64 | JL_MODE_FR | (be ? JL_MODE_BE : 0),
                             .pc = IMAGE_CODE};
    unsigned size = (IMAGE_SIZE + JL_PAGE - 1u) & -(unsigned)JL_PAGE;
    return b->mem && b->cache && !jl_mem_map(b->mem, IMAGE, size, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false);
}

static void make_batch(struct batch *b) {
    for (unsigned n = 0; n < PROGRAMS; n++)
        program(b, n);
    memcpy(b->after, b->mem->base + IMAGE_RECORDS, sizeof b->after);
    system_call(b, SYS_WRITE, 1, IMAGE_RECORDS, PROGRAMS * REC_SIZE);
    system_call(b, SYS_EXIT, 0, 0, 0);
}

/* ---- QEMU's side ---- */

static bool run_qemu(const struct batch *b, bool be, uint8_t *records) {
    char path[] = "/tmp/jitlab-random64-XXXXXX", command[128];
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!file || !image64_write(file, be, b->mem->base + IMAGE_CODE, b->before)) {
        perror("random64_test: cannot write a guest program");
        exit(2);
    }
    fclose(file);
    chmod(path, 0700);
    snprintf(command, sizeof command, "exec timeout 20 qemu-%s -cpu MIPS64R2-generic %s", be ? "mips64" : "mips64el",
             path);
    FILE *pipe = popen(command, "r");
    size_t got = pipe ? fread(records, 1, PROGRAMS * REC_SIZE, pipe) : 0;
    bool ok = pipe && pclose(pipe) == 0 && got == PROGRAMS * REC_SIZE;
    unlink(path);
    return ok;
}

static void report(const struct batch *b, unsigned n, const uint8_t *qemu) {
    for (unsigned at = 0; at < REC_SIZE; at += 8) {
        const uint8_t *here = b->after + n * REC_SIZE + at, *there = qemu + n * REC_SIZE + at;
        if (!memcmp(here, there, 8))
            continue;
        printf("record + %u:", at);
        for (unsigned k = 0; k < 8; k++)
            printf(" %02x/%02x", here[k], there[k]);
        printf(" (here/QEMU)\n");
    }
    for (uint32_t pc = b->start[n]; pc < b->start[n] + 4 * b->count[n]; pc += 4) {
        char line[96];
        uint64_t word;
        jl_mem_load(b->mem, pc, 4, &word);
        jl_disasm((uint32_t)word, pc, JL_ISA_SET_VR4300, line, sizeof line);
        printf("%08x:\t%08" PRIx64 "\t%s\n", pc, word, line);
    }
}

/* The number of the first program that differs, PROGRAMS when none does. */
static unsigned compare(struct batch *b, bool be) {
    static uint8_t qemu[PROGRAMS * REC_SIZE];
    if (!run_qemu(b, be, qemu)) {
        printf("no answer from QEMU\n");
        return 0;
    }
    unsigned n = 0;
    while (n < PROGRAMS && !memcmp(qemu + n * REC_SIZE, b->after + n * REC_SIZE, REC_SIZE))
        n++;
    if (n < PROGRAMS)
        report(b, n, qemu);
    return n;
}

int main(int argc, char **argv) {
    static struct batch b;
    uint64_t seed = (uint64_t)time(NULL), programs = 1000, done = 0, kept = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seed"))
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--programs"))
            programs = strtoull(argv[i + 1], NULL, 0);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("seed %" PRIu64 "\n", seed);
    for (unsigned batch = 0; done < programs; batch++, done += PROGRAMS) {
        bool be = !(batch & 1);
        if (!start(&b, be, seed * 0x9e3779b97f4a7c15ull + batch)) {
            fprintf(stderr, "random64_test: no memory\n");
            return 2;
        }
        make_batch(&b);
        unsigned n = compare(&b, be);
        if (n < PROGRAMS) {
            printf("program %" PRIu64 " of seed %" PRIu64 " differs\n", done + n, seed);
            return 1;
        }
        kept += b.kept;
        jl_interp_cache_free(b.cache);
        jl_mem_destroy(b.mem);
    }
    printf("%" PRIu64 " programs with %" PRIu64 " instructions compared with QEMU, no difference\n", done, kept);
    return 0;
}
