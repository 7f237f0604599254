/* The reference interpreter: threaded code over decoded instructions.
 *
 * Each instruction's meaning is a line of integer.def or fpu.def, or a function in memory.c or fpu.c. Decoded
 * instructions stand in one array, indexed by address, so that the next one is the next element. An element is used
 * only while memory still shows the word it was made from; this comparison, made for each instruction executed, is all
 * there is to self-modifying code, and it makes an element's origin irrelevant.
 *
 * Execution goes in straight runs: up to a branch's delay slot, the end of a page, or the last instruction allowed.
 * Permission to fetch, pc and the slice are dealt with between runs; `stop` is the address where a run ends.
 *
 * A branch and its delay slot are one step: an exit in the slot reports the branch's address, and the only thing that
 * has happened then is the link register's write, which doing the branch again repeats. The 64-bit rows of the table
 * are not decoded for the processors this version runs (their isa bits are off), and are reserved instructions here.
 */
#include "jit/interp/interp.h"

#include <stdlib.h>
#include <string.h>

#include "jit/fpu/host.h"

/* Instructions: a multiple of a page's, and enough for what runs a few times each to be decoded once (1 MiB of code).
 * Elements that were never used cost no memory. */
enum { CACHE = 1 << 18 };

struct jl_interp_cache {
    uint32_t isa;
    struct jl_fpu_pending pending;
    struct jl_insn insn[CACHE]; /* .word: as it stands in memory, whatever the byte order */
};

struct jl_interp_cache *jl_interp_cache_new(void) {
    return calloc(1, sizeof(struct jl_interp_cache));
}

void jl_interp_cache_free(struct jl_interp_cache *cache) {
    free(cache);
}

/* Has no effect but a write to $0. */
static bool is_nop(const struct jl_insn *i) {
    unsigned k = jl_insn_info[i->op].klass;
    struct jl_varset w = jl_insn_writes(i, 0);
    return (k == JL_CLASS_ALU || k == JL_CLASS_MULDIV) && !(jl_insn_flags(i) & JL_FAULTS) && !w.lo && !w.hi;
}

static __attribute__((noinline)) void decode(const struct jl_cpu *cpu, struct jl_insn *i, uint32_t raw) {
    jl_decode(cpu->mem->big_endian ? __builtin_bswap32(raw) : raw, cpu->isa, i);
    if (is_nop(i))
        jl_decode(0, cpu->isa, i); /* SLL $0, $0, 0 writes 0 to $0 */
    i->word = raw;
}

/* Decoding depends on the processor. */
static void reset_cache(const struct jl_cpu *cpu, struct jl_interp_cache *cache) {
    if (cache->isa)
        memset(cache->insn, 0, sizeof cache->insn);
    cache->isa = cpu->isa;
}

/* The first look at a page, behind which its words are simply read. */
static inline bool may_fetch(const struct jl_cpu *cpu, uint32_t pc) {
    uint32_t word;
    return jl_page_flags(cpu->mem, pc) & (JL_PAGE_R | JL_PAGE_X) && jl_try_load32(cpu->mem->base + pc, &word);
}

static enum jl_exit fetch_fault(struct jl_cpu *cpu, uint32_t pc) {
    return jl_raise_fault(cpu, JL_EXIT_FAULT_FETCH, pc, jl_page_flags(cpu->mem, pc) & (JL_PAGE_R | JL_PAGE_X));
}

/* ---- integer ---- */

static inline bool add_overflows(uint32_t a, uint32_t b) {
    int32_t r;
    return __builtin_add_overflow((int32_t)a, (int32_t)b, &r);
}
static inline bool sub_overflows(uint32_t a, uint32_t b) {
    int32_t r;
    return __builtin_sub_overflow((int32_t)a, (int32_t)b, &r);
}

static inline uint32_t rotate(uint32_t v, unsigned n) {
    return v >> (n & 31) | v << (-n & 31);
}

static inline uint64_t hilo(const struct jl_cpu *cpu) {
    return (uint64_t)(uint32_t)cpu->var[JL_VAR_HI] << 32 | (uint32_t)cpu->var[JL_VAR_LO];
}
static inline void set_hilo(struct jl_cpu *cpu, uint64_t v) {
    cpu->var[JL_VAR_LO] = (uint32_t)v;
    cpu->var[JL_VAR_HI] = v >> 32;
}
static inline uint64_t product(uint32_t a, uint32_t b) {
    return (uint64_t)((int64_t)(int32_t)a * (int32_t)b);
}

/* Undefined quotients are those of a division by 1, as QEMU has it. */
static void divide(struct jl_cpu *cpu, uint32_t a, uint32_t b, bool is_signed) {
    if (b == 0 || (is_signed && a == 0x80000000u && b == 0xffffffffu))
        b = 1;
    cpu->var[JL_VAR_LO] = is_signed ? (uint32_t)((int32_t)a / (int32_t)b) : a / b;
    cpu->var[JL_VAR_HI] = is_signed ? (uint32_t)((int32_t)a % (int32_t)b) : a % b;
}

static inline uint32_t ones(unsigned n) {
    return n >= 32 ? ~0u : (1u << n) - 1;
}

static enum jl_exit read_hardware(struct jl_cpu *cpu, const struct jl_insn *i) {
    uint32_t v;
    switch (i->rd) {
    case 0: v = 0; break;
    case 1: v = 32; break;
    case 2: v = (uint32_t)((cpu->retired_base - (uint64_t)cpu->slice) / 2); break;
    case 3: v = 2; break;
    case 29: v = (uint32_t)cpu->userlocal; break;
    default: return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    }
    jl_set32(cpu, i->rt, v);
    return JL_EXIT_NONE;
}

static void sync_instruction_line(struct jl_cpu *cpu, uint32_t addr) {
    addr &= ~31u;
    if (jl_page_has(cpu->mem, addr, JL_PAGE_R))
        jl_mem_code_sync(cpu->mem, addr, 32);
}

/* ---- FPU operations, for the common cases ---- */

static inline uint64_t get_f(const struct jl_cpu *cpu, unsigned r, enum jl_fpu_fmt fmt) {
    return fmt == JL_FPU_D ? jl_fpr64(cpu, r) : jl_fpr32(cpu, r);
}
static inline void set_f(struct jl_cpu *cpu, unsigned r, enum jl_fpu_fmt fmt, uint64_t v) {
    if (fmt == JL_FPU_D)
        jl_fpr_set64(cpu, r, v);
    else
        jl_fpr_set32(cpu, r, (uint32_t)v);
}

/* Nothing exceptional has happened, and that is the whole Cause. */
static inline void no_cause(struct jl_cpu *cpu, struct jl_fpu_pending *p) {
    p->have = 0;
    cpu->fcsr &= ~(0x3fu << JL_FCSR_CAUSE_SHIFT);
}

static inline double number(enum jl_fpu_fmt fmt, uint64_t v) {
    return fmt == JL_FPU_S ? (double)jl_as_float(v) : jl_as_double(v);
}

/* MADD.fmt and MSUB.fmt; false for a NaN, as jl_fpu_quick. */
static inline bool quick_multiply(struct jl_fpu_pending *p, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a,
                                  uint64_t b, uint64_t c, uint64_t *result) {
    uint64_t product = jl_fpu_host(JL_FPU_MUL, fmt, a, b);
    if (!jl_fpu_quick(p, op, fmt, product, c, result))
        return false;
    p->have = 2;
    p->a = a;
    p->b = b;
    p->c = c;
    return true;
}

/* To a 32-bit integer, FCSR's rounding or towards zero; false out of range, where the host's flags would not be ours.
 */
static inline bool quick_to_word(struct jl_fpu_pending *p, enum jl_fpu_op op, enum jl_fpu_fmt fmt, uint64_t a,
                                 uint64_t *result) {
    double x = number(fmt, a);
    int32_t n;
    if (!(x > -2147483648.0 && x < 2147483647.0))
        return false;
    if (op == JL_FPU_TRUNC_W)
        __asm__ volatile("cvttsd2sil %1, %0" : "=r"(n) : "x"(x));
    else
        __asm__ volatile("cvtsd2sil %1, %0" : "=r"(n) : "x"(x));
    *p = (struct jl_fpu_pending){1, (uint8_t)op, (uint8_t)fmt, a, 0, 0};
    *result = (uint32_t)n;
    return true;
}

static inline bool quick_compare(struct jl_cpu *cpu, const struct jl_insn *i, enum jl_fpu_fmt fmt) {
    uint64_t a = get_f(cpu, i->rd, fmt), b = get_f(cpu, i->rt, fmt);
    double x = number(fmt, a), y = number(fmt, b);
    if (jl_is_nan(fmt, a) || jl_is_nan(fmt, b))
        return false;
    cpu->var[JL_VAR_FCC + i->cc] = (i->cond & 2 && x == y) || (i->cond & 4 && x < y);
    return true;
}

/* One host instruction, as in translated code: a signal handler may take from the slice too (jl_machine_interrupt). */
static inline void retire(struct jl_cpu *cpu, int64_t count) {
    __asm__ volatile("subq %1, %0" : "+m"(cpu->slice) : "r"(count) : "cc");
}

/* ---- what the instructions' lines are made of ---- */

#define IMM ((uint32_t)i->imm)
#define FCC cpu->var[JL_VAR_FCC + i->cc]
#define SET_D(v) cpu->var[i->rd] = (uint32_t)(v)
#define SET_T(v) cpu->var[i->rt] = (uint32_t)(v)
#define ZERO_ZERO cpu->var[0] = 0 /* for those that decode() doesn't turn into a NOP when they write $0 */

#define PC ((uint32_t)((const uint8_t *)word - base))
#define CALL(how)                                                                                                      \
    if (__builtin_expect((r = (how)) != JL_EXIT_NONE, 0))                                                              \
    goto leave_instruction
#define RAISE_IF(c, reason, code)                                                                                      \
    if (__builtin_expect(c, 0)) {                                                                                      \
        r = jl_raise(cpu, JL_EXIT_##reason, 0, (code));                                                                \
        goto leave_instruction;                                                                                        \
    }
#define TRAP_IF(c) RAISE_IF(c, TRAP, jl_insn_flags(i) & JL_RD_T ? IMM : 0)

/* What was done of this run is counted, so that cpu->slice is right. */
#define RETIRE() retire(cpu, word - start), start = word

/* A plain load's value v; a plain store. All others are done, or fail, in memory.c. */
#define LOAD(bits)                                                                                                     \
    uint32_t addr = RS + IMM;                                                                                          \
    uint##bits##_t v;                                                                                                  \
    if (__builtin_expect(!jl_is_plain(cpu, addr, (bits) / 8, JL_PAGE_R) || !jl_read##bits(cpu, addr, &v), 0))          \
    goto memory
#define STORE(bits, v)                                                                                                 \
    uint32_t addr = RS + IMM;                                                                                          \
    if (__builtin_expect(!jl_is_plain(cpu, addr, (bits) / 8, JL_PAGE_W) || !jl_write##bits(cpu, addr, (v)), 0))        \
    goto memory

/* LWL and its kin: the aligned word around the address, and how many bits are left of it, when
 * it is the last byte of the register's part. */
#define PART(need)                                                                                                     \
    uint32_t addr = (RS + IMM) & ~3u, old;                                                                             \
    if (__builtin_expect(!jl_is_plain(cpu, addr, 4, JL_PAGE_##need) || !jl_read32(cpu, addr, &old), 0))                \
        goto memory;                                                                                                   \
    unsigned left = 8 * (((RS + IMM) & 3) ^ (cpu->mem->big_endian ? 0 : 3));
#define STORE_PART(v)                                                                                                  \
    if (__builtin_expect(!jl_write32(cpu, addr, (v)), 0))                                                              \
    goto memory

#define TAKE(condition, where)                                                                                         \
    RAISE_IF(in_slot, RI, 0)                                                                                           \
    bool taken = (condition);                                                                                          \
    target = taken ? (where) : PC + 8
#define LINK(reg) jl_set32(cpu, reg, PC + 8)
#define RELATIVE PC + 4 + (IMM << 2)
#define REGION ((PC + 4) & 0xf0000000u) | IMM << 2
#define SLOT goto slot
#define SLOT_IF_TAKEN                                                                                                  \
    if (taken)                                                                                                         \
        goto slot;                                                                                                     \
    goto skip_slot

/* With FR=0 a double in an odd register is reserved: fpu.c raises it. */
#define EVEN(registers)                                                                                                \
    if (__builtin_expect((registers)&1 && !(cpu->mode & JL_MODE_FR), 0))                                               \
    goto other
#define QUICK_OK(fmt, to)                                                                                              \
    if (__builtin_expect(cpu->mode & JL_MODE_FPU_EXACT, 0))                                                            \
        goto other;                                                                                                    \
    if (JL_FPU_##fmt == JL_FPU_D || JL_FPU_##to == JL_FPU_D)                                                           \
    EVEN((JL_FPU_##fmt == JL_FPU_D ? i->rd | i->rt : 0) | (JL_FPU_##to == JL_FPU_D ? i->sa : 0))
#define F(field, fmt) get_f(cpu, i->field, JL_FPU_##fmt)
#define SET_F(fmt, v) set_f(cpu, i->sa, JL_FPU_##fmt, (v))
#define OR_OTHER(done)                                                                                                 \
    if (__builtin_expect(!(done), 0))                                                                                  \
    goto other
#define QUICK(op, fmt, to)                                                                                             \
    uint64_t v;                                                                                                        \
    QUICK_OK(fmt, to);                                                                                                 \
    OR_OTHER(jl_fpu_quick(pending, JL_FPU_##op, JL_FPU_##fmt, F(rd, fmt), F(rt, fmt), &v));                            \
    SET_F(to, v)
#define QUICK_MULTIPLY(op, fmt)                                                                                        \
    uint64_t v;                                                                                                        \
    QUICK_OK(fmt, fmt);                                                                                                \
    EVEN(JL_FPU_##fmt == JL_FPU_D ? i->rs : 0);                                                                        \
    OR_OTHER(quick_multiply(pending, JL_FPU_##op, JL_FPU_##fmt, F(rd, fmt), F(rt, fmt), F(rs, fmt), &v));              \
    SET_F(fmt, v)
#define QUICK_TO_WORD(op, fmt)                                                                                         \
    uint64_t v;                                                                                                        \
    QUICK_OK(fmt, S);                                                                                                  \
    OR_OTHER(quick_to_word(pending, JL_FPU_##op, JL_FPU_##fmt, F(rd, fmt), &v));                                       \
    SET_F(W, v)
#define QUICK_COMPARE(fmt)                                                                                             \
    QUICK_OK(fmt, fmt);                                                                                                \
    OR_OTHER(quick_compare(cpu, i, JL_FPU_##fmt));                                                                     \
    no_cause(cpu, pending)

/* The instruction at word is the element i, when that still shows the same word. */
#define DISPATCH()                                                                                                     \
    if (__builtin_expect(i->word != *word, 0))                                                                         \
        goto decode;                                                                                                   \
    goto *label[i->op]
#define NEXT()                                                                                                         \
    word++, i++;                                                                                                       \
    if (__builtin_expect(word == stop, 0))                                                                             \
        goto next_run;                                                                                                 \
    DISPATCH()

/* Instructions without a line in the .def files. The FPU's see FCSR complete and the host's own MXCSR. */
static enum jl_exit other_instruction(struct jl_cpu *cpu, const struct jl_insn *i, struct jl_fpu_pending *pending,
                                      uint32_t *host_mxcsr) {
    enum jl_exit r;
    switch ((enum jl_class)jl_insn_info[i->op].klass) {
    case JL_CLASS_LOAD:
    case JL_CLASS_STORE: return jl_interp_memory(cpu, i);
    case JL_CLASS_FPU:
        jl_fpu_leave(cpu, pending, *host_mxcsr);
        r = jl_interp_fpu(cpu, i);
        *host_mxcsr = jl_fpu_enter(cpu);
        return r;
    case JL_CLASS_COP0: return jl_raise(cpu, JL_EXIT_CPU, 0, 0);
    default: return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    }
}

/* Runs while cpu->slice is above end. */
static enum jl_exit run(struct jl_cpu *cpu, struct jl_interp_cache *cache, int64_t end) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init" /* all are `other` first */
    static const void *const label[JL_OPS] = {
        [0 ... JL_OPS - 1] = &&other,
        [JL_OP_RESERVED] = &&reserved,
#define OP(name, ...) [JL_OP_##name] = &&op_##name,
#include "jit/interp/fpu.def"
#include "jit/interp/integer.def"
#undef OP
    };
#pragma GCC diagnostic pop
    struct jl_fpu_pending *pending = &cache->pending;
    uint32_t host_mxcsr = jl_fpu_enter(cpu);
    const uint8_t *base = cpu->mem->base;
    uint32_t pc = (uint32_t)cpu->pc, target = 0;
    const uint32_t *word, *start, *stop;
    struct jl_insn *i;
    bool in_slot = false;
    enum jl_exit r;

new_run:
    word = start = (const uint32_t *)(const void *)(base + pc);
    if (cpu->slice <= end) {
        r = JL_EXIT_NONE;
        goto leave;
    }
    if (__builtin_expect(pc & 3 || !may_fetch(cpu, pc), 0)) {
        r = pc & 3 ? jl_raise(cpu, JL_EXIT_ADEL, pc, 0) : fetch_fault(cpu, pc);
        goto leave;
    }
    i = &cache->insn[pc >> 2 & (CACHE - 1)];
    stop = word + (JL_PAGE - (pc & (JL_PAGE - 1))) / 4;
    if (stop - word > cpu->slice - end)
        stop = word + (cpu->slice - end);
    DISPATCH();

slot: /* word is a branch to target: execute the word behind it, and no more */
    word++, i++;
    in_slot = true;
    if (__builtin_expect(!(PC & (JL_PAGE - 1)), 0)) {
        i = &cache->insn[PC >> 2 & (CACHE - 1)];
        if (PC == 0 || !may_fetch(cpu, PC)) { /* the address space ends */
            r = fetch_fault(cpu, PC);
            goto leave_instruction;
        }
    }
    stop = word + 1;
    DISPATCH();

skip_slot: /* a branch-likely not taken: its slot does not count */
    word++;
    RETIRE();
    pc = target;
    goto new_run;

next_run:
    RETIRE();
    pc = in_slot ? target : PC;
    in_slot = false;
    goto new_run;

decode:
    decode(cpu, i, *word);
    goto *label[i->op];

#define OP(name, ...)                                                                                                  \
    op_##name : {                                                                                                      \
        __VA_ARGS__;                                                                                                   \
    }                                                                                                                  \
    NEXT();
#include "jit/interp/fpu.def"
#include "jit/interp/integer.def"
#undef OP

memory:
    CALL(jl_interp_memory(cpu, i));
    NEXT();

reserved:
    if (i->word == 0) /* never used: the word 0, not decoded yet */
        goto decode;
other:
    CALL(other_instruction(cpu, i, pending, &host_mxcsr));
    NEXT();

leave_instruction: /* not retired; with its branch, when it is in a slot */
    if (in_slot) {
        word--;
        cpu->exit_bd = 1;
    }
    RETIRE();
leave:
    cpu->pc = PC;
    jl_fpu_leave(cpu, pending, host_mxcsr);
    return r;
}

enum jl_exit jl_interp_run(struct jl_cpu *cpu, struct jl_interp_cache *cache, uint64_t max) {
    int64_t end = cpu->slice - (int64_t)max;
    if (end < -1) /* below zero the slice is used up */
        end = cpu->slice < 0 ? cpu->slice - 1 : -1;
    if (cache->isa != cpu->isa)
        reset_cache(cpu, cache);
    cpu->exit_bd = 0;
    enum jl_exit r = run(cpu, cache, end);
    if (r == JL_EXIT_NONE && cpu->slice < 0)
        r = JL_EXIT_SLICE;
    return cpu->exit = r;
}
