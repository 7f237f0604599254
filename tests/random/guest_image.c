/* The executable: see guest_image.h.
 *
 *     0x100000  code of the running program      0x50000000  ELF headers, then the driver
 *     0x200000  its data                         0x50010000  driver's data, then one record a program
 *
 * The driver copies a record's code and data to their places, loads all registers and jumps. Programs do not return:
 * whatever ends one raises a signal, whose handler (on a stack of its own) takes the integer registers from the signal
 * frame and the others from the processor, writes everything, and goes on with the next record. */
#include "tests/random/guest_image.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "jit/isa/isa.h"
#include "tests/random/insns.h"

enum {
    IMAGE = 0x50000000, /* where random addresses hardly go */
    DRIVER = IMAGE + 0x200,
    VARS = IMAGE + 0x10000, /* cursor, sigaction, stack_t, output */
    CURSOR = VARS,
    ACTION = VARS + 16,
    ALT_STACK = VARS + 64,
    OUT = VARS + 0x100,
    STACK = VARS + 0x1000,
    STACK_SIZE = 0x8000,
    RECORDS = VARS + 0x10000,
    ZEROS = 0x2000, /* file offset of zero bytes for the two areas of the program */
    /* a record */
    REC_GPR = 0,
    REC_HI = 128,
    REC_LO = 132,
    REC_FCSR = 136,
    REC_FPR = 144,
    REC_CODE = 400,
    REC_DATA = REC_CODE + CODE_SIZE,
    REC_SIZE = REC_DATA + DATA_SIZE,
    /* o32 and Linux/MIPS */
    V0 = 2,
    A0 = 4,
    A1 = 5,
    A2 = 6,
    A3 = 7,
    T0 = 8,
    T1 = 9,
    T2 = 10,
    T3 = 11,
    S0 = 16,
    SYS_EXIT = 4001,
    SYS_WRITE = 4004,
    SYS_SIGACTION = 4194,
    SYS_SIGALTSTACK = 4206,
    SC_PC = 24 + 8, /* in the signal frame's ucontext */
    SC_REGS = 24 + 16,
    SA_FLAGS = 0x48000008, /* SA_NODEFER | SA_ONSTACK | SA_SIGINFO */
};

struct image {
    uint8_t *bytes;
    size_t size;
    bool be, fr;
    uint32_t at; /* address of the next instruction */
};

static void put32(struct image *im, uint32_t addr, uint32_t v) {
    if (im->be)
        v = __builtin_bswap32(v);
    memcpy(im->bytes + (addr - IMAGE), &v, 4);
}

static void put16(struct image *im, uint32_t addr, uint16_t v) {
    if (im->be)
        v = __builtin_bswap16(v);
    memcpy(im->bytes + (addr - IMAGE), &v, 2);
}

static void put64(struct image *im, uint32_t addr, uint64_t v) {
    put32(im, addr + (im->be ? 0 : 4), (uint32_t)(v >> 32));
    put32(im, addr + (im->be ? 4 : 0), (uint32_t)v);
}

/* ---- the driver's code ---- */

static void word(struct image *im, uint32_t w) {
    put32(im, im->at, w);
    im->at += 4;
}

static void imm(struct image *im, unsigned op, unsigned rt, unsigned rs, int32_t value) {
    word(im, gen_make(op, rs, rt, (uint32_t)value));
}

static void load_constant(struct image *im, unsigned r, uint32_t v) {
    imm(im, JL_OP_LUI, r, 0, (int32_t)(v >> 16));
    imm(im, JL_OP_ORI, r, r, (int32_t)(v & 0xffff));
}

static void system_call(struct image *im, uint32_t number) {
    load_constant(im, V0, number);
    word(im, jl_insn_info[JL_OP_SYSCALL].match);
}

/* Copies size bytes from S0 + offset to a fixed place. */
static void copy(struct image *im, uint32_t offset, uint32_t to, uint32_t size) {
    load_constant(im, T0, offset);
    word(im, jl_insn_info[JL_OP_ADDU].match | T0 << 21 | S0 << 16 | T0 << 11);
    load_constant(im, T1, to);
    load_constant(im, T2, to + size);
    imm(im, JL_OP_LW, T3, T0, 0);
    imm(im, JL_OP_SW, T3, T1, 0);
    imm(im, JL_OP_ADDIU, T1, T1, 4);
    imm(im, JL_OP_BNE, T2, T1, -4);
    imm(im, JL_OP_ADDIU, T0, T0, 4);
}

static void set_up(struct image *im) {
    static const uint8_t signals[] = {4, 5, 8, 10, 11}; /* ILL TRAP FPE BUS SEGV */
    for (unsigned i = 0; i < sizeof signals; i++) {
        load_constant(im, A0, signals[i]);
        load_constant(im, A1, ACTION);
        load_constant(im, A2, 0);
        load_constant(im, A3, 16);
        system_call(im, SYS_SIGACTION);
    }
    load_constant(im, A0, ALT_STACK);
    load_constant(im, A1, 0);
    system_call(im, SYS_SIGALTSTACK);
}

/* LL and SC on the output, so that no link of the program before is left. */
static void clear_link(struct image *im) {
    load_constant(im, T0, OUT);
    imm(im, JL_OP_LL, T1, T0, 0);
    imm(im, JL_OP_SC, T1, T0, 0);
}

static void start_program(struct image *im, uint32_t end) {
    load_constant(im, T0, CURSOR);
    imm(im, JL_OP_LW, S0, T0, 0);
    load_constant(im, T1, end);
    imm(im, JL_OP_BNE, T1, S0, 6);
    word(im, 0);
    load_constant(im, A0, 0);
    system_call(im, SYS_EXIT);
    clear_link(im);
    copy(im, REC_CODE, CODE_BASE, CODE_SIZE);
    copy(im, REC_DATA, DATA_BASE, DATA_SIZE);
    for (unsigned f = 0; f < 32; f += im->fr ? 1 : 2)
        imm(im, JL_OP_LDC1, f, S0, (int32_t)(REC_FPR + 8 * f));
    imm(im, JL_OP_LW, T0, S0, REC_FCSR);
    word(im, jl_insn_info[JL_OP_CTC1].match | T0 << 16 | 31 << 11);
    imm(im, JL_OP_LW, T0, S0, REC_HI);
    word(im, jl_insn_info[JL_OP_MTHI].match | T0 << 21);
    imm(im, JL_OP_LW, T0, S0, REC_LO);
    word(im, jl_insn_info[JL_OP_MTLO].match | T0 << 21);
    imm(im, JL_OP_ADDIU, REG_ENTRY, S0, 0);
    for (unsigned r = 1; r < 32; r++)
        if (r != REG_ENTRY)
            imm(im, JL_OP_LW, r, REG_ENTRY, (int32_t)(REC_GPR + 4 * r));
    imm(im, JL_OP_LW, REG_ENTRY, REG_ENTRY, REC_GPR + 4 * REG_ENTRY);
    word(im, gen_make(JL_OP_JR, REG_ENTRY, 0, 0));
    word(im, 0);
}

static void write_out(struct image *im, uint32_t from, uint32_t size) {
    load_constant(im, A0, 1);
    load_constant(im, A1, from);
    load_constant(im, A2, size);
    system_call(im, SYS_WRITE);
}

/* handler(signal, siginfo, ucontext) */
static void handler(struct image *im, uint32_t next) {
    unsigned low = im->be ? 4 : 0; /* of a 64-bit slot */
    load_constant(im, T0, OUT);
    imm(im, JL_OP_SW, A0, T0, IMAGE_OUT_SIGNAL);
    imm(im, JL_OP_LW, T1, A2, (int32_t)(SC_PC + low));
    imm(im, JL_OP_SW, T1, T0, IMAGE_OUT_PC);
    word(im, jl_insn_info[JL_OP_MFHI].match | T1 << 11);
    imm(im, JL_OP_SW, T1, T0, IMAGE_OUT_HI);
    word(im, jl_insn_info[JL_OP_MFLO].match | T1 << 11);
    imm(im, JL_OP_SW, T1, T0, IMAGE_OUT_LO);
    word(im, jl_insn_info[JL_OP_CFC1].match | T1 << 16 | 31 << 11);
    imm(im, JL_OP_SW, T1, T0, IMAGE_OUT_FCSR);
    for (unsigned r = 1; r < 32; r++) {
        imm(im, JL_OP_LW, T1, A2, (int32_t)(SC_REGS + 8 * r + low));
        imm(im, JL_OP_SW, T1, T0, (int32_t)(IMAGE_OUT_GPR + 4 * r));
    }
    for (unsigned f = 0; f < 32; f += im->fr ? 1 : 2)
        imm(im, JL_OP_SDC1, f, T0, (int32_t)(IMAGE_OUT_FPR + 8 * f));
    write_out(im, OUT, IMAGE_OUT_STATE);
    write_out(im, DATA_BASE, DATA_SIZE);
    write_out(im, CODE_BASE, CODE_SIZE);
    load_constant(im, T0, CURSOR);
    imm(im, JL_OP_LW, T1, T0, 0);
    load_constant(im, T2, REC_SIZE);
    word(im, jl_insn_info[JL_OP_ADDU].match | T1 << 21 | T2 << 16 | T1 << 11);
    imm(im, JL_OP_SW, T1, T0, 0);
    word(im, jl_insn_info[JL_OP_J].match | (next >> 2 & 0x3ffffff));
    word(im, 0);
}

/* ---- the file ---- */

static void segment(struct image *im, unsigned n, uint32_t type, uint32_t offset, uint32_t addr, uint32_t size,
                    uint32_t flags) {
    const uint32_t field[] = {type, offset, addr, addr, size, size, flags, type == PT_LOAD ? 0x1000 : 8};
    for (unsigned i = 0; i < 8; i++)
        put32(im, IMAGE + sizeof(Elf32_Ehdr) + 32 * n + 4 * i, field[i]);
}

static void headers(struct image *im) {
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT};
    enum { ABI_FLAGS = 0x180, MIPS_ABIFLAGS = 0x70000003, FP_DOUBLE = 1, FP_64 = 6, SEGMENTS = 4 };
    memcpy(im->bytes, ident, sizeof ident);
    im->bytes[EI_DATA] = im->be ? ELFDATA2MSB : ELFDATA2LSB;
    put16(im, IMAGE + 16, ET_EXEC);
    put16(im, IMAGE + 18, EM_MIPS);
    put32(im, IMAGE + 20, EV_CURRENT);
    put32(im, IMAGE + 24, DRIVER);
    put32(im, IMAGE + 28, sizeof(Elf32_Ehdr));
    put32(im, IMAGE + 36, 0x70001000 | (im->fr ? 0x200 : 0)); /* mips32r2, o32, FP64 */
    put16(im, IMAGE + 40, sizeof(Elf32_Ehdr));
    put16(im, IMAGE + 42, sizeof(Elf32_Phdr));
    put16(im, IMAGE + 44, SEGMENTS);
    segment(im, 0, MIPS_ABIFLAGS, ABI_FLAGS, IMAGE + ABI_FLAGS, 24, PF_R);
    segment(im, 1, PT_LOAD, ZEROS, CODE_BASE, CODE_SIZE, PF_R | PF_W | PF_X);
    segment(im, 2, PT_LOAD, ZEROS, DATA_BASE, DATA_SIZE, PF_R | PF_W);
    segment(im, 3, PT_LOAD, 0, IMAGE, (uint32_t)im->size, PF_R | PF_W | PF_X);
    uint8_t *abi = im->bytes + ABI_FLAGS;
    abi[2] = 32; /* isa level, revision, GPR and FPR size, FP ABI */
    abi[3] = 2;
    abi[4] = 1;
    abi[5] = im->fr ? 2 : 1;
    abi[7] = im->fr ? FP_64 : FP_DOUBLE;
}

static uint32_t fcsr_of(const struct program *p) {
    uint32_t v = p->fcsr;
    for (unsigned c = 0; c < 8; c++)
        v |= (uint32_t)(p->var[JL_VAR_FCC + c] & 1) << (c ? 24 + c : 23);
    return v;
}

static void record(struct image *im, uint32_t at, const struct program *p) {
    for (unsigned r = 1; r < 32; r++)
        put32(im, at + REC_GPR + 4 * r, (uint32_t)p->var[r]);
    put32(im, at + REC_HI, (uint32_t)p->var[JL_VAR_HI]);
    put32(im, at + REC_LO, (uint32_t)p->var[JL_VAR_LO]);
    put32(im, at + REC_FCSR, fcsr_of(p));
    for (unsigned f = 0; f < 32; f++)
        put64(im, at + REC_FPR + 8 * f, p->var[JL_VAR_FPR + f]);
    for (unsigned i = 0; i < CODE_SIZE / 4; i++)
        put32(im, at + REC_CODE + 4 * i, jl_insn_info[JL_OP_BREAK].match);
    for (unsigned i = 0; i < p->count; i++)
        put32(im, at + REC_CODE + (p->at - CODE_BASE) + 4 * i, p->word[i]);
    memcpy(im->bytes + (at + REC_DATA - IMAGE), p->data, DATA_SIZE);
}

bool guest_image_write(FILE *out, const struct program *p, unsigned n) {
    uint32_t end = RECORDS + n * REC_SIZE;
    struct image im = {.size = end - IMAGE, .be = p->mode & JL_MODE_BE, .fr = p->mode & JL_MODE_FR, .at = DRIVER};
    if (!(im.bytes = calloc(1, im.size)))
        return false;
    headers(&im);
    set_up(&im);
    uint32_t next = im.at;
    start_program(&im, end);
    put32(&im, CURSOR, RECORDS);
    put32(&im, ACTION, SA_FLAGS);
    put32(&im, ACTION + 4, im.at);
    put32(&im, ALT_STACK, STACK);
    put32(&im, ALT_STACK + 4, STACK_SIZE);
    handler(&im, next);
    for (unsigned i = 0; i < n; i++)
        record(&im, RECORDS + i * REC_SIZE, &p[i]);
    bool ok = fwrite(im.bytes, 1, im.size, out) == im.size && fflush(out) == 0;
    free(im.bytes);
    return ok;
}
