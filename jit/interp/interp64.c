/* The reference interpreter, for 64-bit processors: loop.h's parameters.
 *
 * Memory is 4 GiB: an address that is not a sign-extended 32-bit number leaves with JL_FAULT_WIDE. Loads and stores
 * that are not plain are taken apart by access64.c and done by memory64.c. With JL_MODE_VR4300 the FPU is
 * jit/fpu/vr4300.h's; without it, every operation goes to fpu64.c.
 *
 * On the VR4300 a branch in a delay slot is one: behind it comes, as its slot, the instruction that the first branch
 * goes to, and then its own target, counted from there. So all of a branch is relative to what is executed behind it.
 */
#define JL_WIDE 1
#include "jit/cop0.h"
#include "jit/fpu/vr4300.h"
#include "jit/interp/width.h"
#include "jit/isa/stall.h"

/* ---- integer ---- */

static inline bool add_overflows64(uint64_t a, uint64_t b) {
    int64_t r;
    return __builtin_add_overflow((int64_t)a, (int64_t)b, &r);
}
static inline bool sub_overflows64(uint64_t a, uint64_t b) {
    int64_t r;
    return __builtin_sub_overflow((int64_t)a, (int64_t)b, &r);
}

static inline uint64_t hilo(const struct jl_cpu *cpu) {
    return cpu->var[JL_VAR_HI] << 32 | (uint32_t)cpu->var[JL_VAR_LO];
}
static inline void set_hilo(struct jl_cpu *cpu, uint64_t v) {
    cpu->var[JL_VAR_LO] = jl_sign_extended(v);
    cpu->var[JL_VAR_HI] = jl_sign_extended(v >> 32);
}
static inline void set_hilo64(struct jl_cpu *cpu, unsigned __int128 v) {
    cpu->var[JL_VAR_LO] = (uint64_t)v;
    cpu->var[JL_VAR_HI] = (uint64_t)(v >> 64);
}

/* MULT of registers that are not sign-extended: the VR4300 multiplies 64 by 35 bits (github.com/Thar0/
 * N64-IntegerMulDiv-Test). For sign-extended ones that is the product of the lower halves. */
static inline uint64_t product(uint64_t a, uint64_t b) {
    return a * (uint64_t)((int64_t)(b << 29) >> 29);
}

static void set_quotient(struct jl_cpu *cpu, uint64_t quotient, uint64_t remainder) {
    cpu->var[JL_VAR_LO] = quotient;
    cpu->var[JL_VAR_HI] = remainder;
}

/* By zero, the dividend (as a whole register, sign-extended for 32 bits) remains. The quotient is the dividend, as QEMU
 * has it, or the VR4300's (n64-systemtest, arithmetic/div.rs). */
static void divide_by_zero(struct jl_cpu *cpu, uint64_t a, bool is_signed) {
    if (cpu->mode & JL_MODE_VR4300)
        set_quotient(cpu, is_signed && (int64_t)a < 0 ? 1 : ~0ull, a);
    else
        set_quotient(cpu, a, 0);
}

/* Signed, the VR4300 divides by all 64 bits (N64-IntegerMulDiv-Test; what it does when bits 31 and 63 of the divisor
 * differ is not known). */
static void divide(struct jl_cpu *cpu, uint64_t a, uint64_t b, bool is_signed) {
    int64_t n = (int32_t)a, d = (int64_t)b;
    if (is_signed ? !b : !(uint32_t)b)
        divide_by_zero(cpu, (uint64_t)n, is_signed);
    else if (is_signed)
        set_quotient(cpu, jl_sign_extended((uint64_t)(n / d)), jl_sign_extended((uint64_t)(n % d)));
    else
        set_quotient(cpu, jl_sign_extended((uint32_t)a / (uint32_t)b), jl_sign_extended((uint32_t)a % (uint32_t)b));
}

static void divide64(struct jl_cpu *cpu, uint64_t a, uint64_t b, bool is_signed) {
    if (!b)
        divide_by_zero(cpu, a, is_signed);
    else if (is_signed && b == ~0ull) /* the least number overflows to itself */
        set_quotient(cpu, -a, 0);
    else if (is_signed)
        set_quotient(cpu, (uint64_t)((int64_t)a / (int64_t)b), (uint64_t)((int64_t)a % (int64_t)b));
    else
        set_quotient(cpu, a / b, a % b);
}

#define RSW cpu->var[i->rs]
#define RTW cpu->var[i->rt]
#define IMMW ((uint64_t)(int64_t)i->imm)
#define SET_D(v) cpu->var[i->rd] = jl_sign_extended(v)
#define SET_T(v) cpu->var[i->rt] = jl_sign_extended(v)
#define SET_DW(v) cpu->var[i->rd] = (v)
#define SET_TW(v) cpu->var[i->rt] = (v)
#define PRODUCT product(RSW, RTW)

/* ---- memory, branches ---- */

#define FITS(address) ((address) == jl_sign_extended(address))
#define PC jl_sign_extended((uint64_t)((const uint8_t *)word - base))
#define BEHIND_LAST (jl_sign_extended((uint64_t)((const uint8_t *)word - base - 4)) + 4)
#define ENDS_SPACE(address) (!FITS(BEHIND_LAST))
#define PLAIN(addr, size, need) (FITS(addr) && jl_is_plain(cpu, (uint32_t)(addr), size, need))
#define MEMORY jl_interp_memory64
#define PART(store_or_load, left) goto memory

#define TAKE(condition, where)                                                                                         \
    RAISE_IF(in_slot && !(cpu->mode & JL_MODE_VR4300), RI, 0)                                                          \
    uint64_t behind = in_slot ? target : PC + 4;                                                                       \
    bool taken = (condition);                                                                                          \
    target = taken ? (where) : behind + 4
#define LINK(reg)                                                                                                      \
    if (reg)                                                                                                           \
    cpu->var[reg] = behind + 4
#define RELATIVE behind + (IMMW << 2)
#define REGION (behind & ~(uint64_t)0x0fffffff) | IMM << 2
#define SLOT                                                                                                           \
    if (__builtin_expect(in_slot, 0)) {                                                                                \
        pc = behind;                                                                                                   \
        goto slot_of_slot;                                                                                             \
    }                                                                                                                  \
    goto slot
#define SLOT_IF_TAKEN                                                                                                  \
    if (!taken) {                                                                                                      \
        in_slot = false;                                                                                               \
        goto skip_slot;                                                                                                \
    }                                                                                                                  \
    SLOT

/* ---- FPU ---- */

/* A register as the VR4300's arithmetic names it: with FR=0 the lowest bit of fs counts for nothing, those of ft and fd
 * do (n64-systemtest, cop1/full_vs_half_mode.rs). */
static inline uint64_t source(const struct jl_cpu *cpu, unsigned fs) {
    return jl_fpr64(cpu, fs);
}
static inline uint64_t second_source(const struct jl_cpu *cpu, unsigned ft) {
    return cpu->var[JL_VAR_FPR + ft];
}

static inline bool quick_compare(struct jl_cpu *cpu, const struct jl_insn *i, enum jl_fpu_fmt fmt) {
    uint64_t a = source(cpu, i->rd), b = second_source(cpu, i->rt);
    double x = number(fmt, a), y = number(fmt, b);
    if (jl_is_nan(fmt, a) || jl_is_nan(fmt, b))
        return false;
    cpu->var[JL_VAR_FCC + i->cc] = (i->cond & 2 && x == y) || (i->cond & 4 && x < y);
    return true;
}

#define FPU_USABLE                                                                                                     \
    if (__builtin_expect(cpu->mode & JL_MODE_NO_FPU, 0))                                                               \
    goto other
#define IS_VR4300                                                                                                      \
    if ((cpu->mode & (JL_MODE_NO_FPU | JL_MODE_VR4300)) != JL_MODE_VR4300)                                             \
    goto other
#define EVEN(registers)                                                                                                \
    if (__builtin_expect((registers)&1 && !(cpu->mode & (JL_MODE_FR | JL_MODE_VR4300)), 0))                            \
    goto other
#define PUT32(r, v) jl_fpr_put32(cpu, r, v)
#define MOVE_S MOVE_D /* the whole register, so it is said there */
#define MOVE_D                                                                                                         \
    IS_VR4300;                                                                                                         \
    cpu->var[JL_VAR_FPR + i->sa] = source(cpu, i->rd)
#define NEGATE_S goto other
#define NEGATE_D goto other
#define QUICK(op, fmt, to)                                                                                             \
    OR_OTHER(jl_vr4300_may_be_quick(cpu));                                                                             \
    OR_OTHER(jl_vr4300_quick(pending, JL_FPU_##op, JL_FPU_##fmt, source(cpu, i->rd), second_source(cpu, i->rt),        \
                             &cpu->var[JL_VAR_FPR + i->sa]))
#define QUICK_MULTIPLY(op, fmt) goto other
#define QUICK_TO_WORD(op, fmt)                                                                                         \
    OR_OTHER(jl_vr4300_may_be_quick(cpu));                                                                             \
    OR_OTHER(jl_vr4300_quick_to_word(pending, JL_FPU_##op, JL_FPU_##fmt, source(cpu, i->rd),                           \
                                     &cpu->var[JL_VAR_FPR + i->sa]))
#define QUICK_COMPARE(fmt)                                                                                             \
    IS_VR4300;                                                                                                         \
    OR_OTHER(quick_compare(cpu, i, JL_FPU_##fmt));                                                                     \
    no_cause(cpu, pending)

static uint32_t enter_fpu(const struct jl_cpu *cpu) {
    return cpu->mode & JL_MODE_VR4300 ? jl_vr4300_enter(cpu) : jl_fpu_enter(cpu);
}

static void leave_fpu(struct jl_cpu *cpu, struct jl_fpu_pending *pending, uint32_t host_mxcsr) {
    if (cpu->mode & JL_MODE_VR4300)
        jl_vr4300_leave(cpu, pending, host_mxcsr);
    else
        jl_fpu_leave(cpu, pending, host_mxcsr);
}

/* ---- coprocessor 0 ---- */

static bool can_read_cop0(const struct jl_cpu *cpu, const struct jl_insn *i) {
    return cpu->cop0_usable && JL_COP0_READABLE >> i->rd & 1;
}

/* done: instructions of this run that are not in the slice yet. */
static uint64_t read_cop0(const struct jl_cpu *cpu, const struct jl_insn *i, int64_t done) {
    if (i->rd == JL_COP0_COUNT)
        return jl_cpu_count(cpu, cpu->tick_base - (uint64_t)(cpu->slice - done));
    return cpu->cop0[i->rd];
}

/* ---- instructions without a line ---- */

enum { COP0 = 0x10, COP1 = 0x11, COP2 = 0x12, CACHE = 0x2f, LWC1 = 0x31, LWC2 = 0x32, SDC2 = 0x3e };

static bool is_system(unsigned primary) {
    return primary == COP0 || primary == COP2 || primary == CACHE || (primary >= LWC2 && (primary & 0x33) == LWC2);
}

static bool is_fpu(unsigned primary) {
    return primary == COP1 || (primary >= LWC1 && (primary & 0x33) == LWC1);
}

static enum jl_exit other_instruction(struct jl_cpu *cpu, const struct jl_insn *i, struct jl_fpu_pending *pending,
                                      uint32_t *host_mxcsr) {
    uint32_t word = jl_mem_word(cpu->mem, i->word);
    unsigned primary = word >> 26, klass = jl_insn_info[i->op].klass;
    if (is_system(primary))
        return jl_raise(cpu, JL_EXIT_COP0, 0, word);
    if (is_fpu(primary) && cpu->mode & JL_MODE_NO_FPU)
        return jl_raise(cpu, JL_EXIT_CPU, 0, 1);
    if (klass == JL_CLASS_LOAD || klass == JL_CLASS_STORE)
        return jl_interp_memory64(cpu, i);
    if (primary != COP1)
        return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    leave_fpu(cpu, pending, *host_mxcsr);
    enum jl_exit r = jl_interp_fpu64(cpu, i);
    *host_mxcsr = enter_fpu(cpu);
    return r;
}

#include "jit/interp/loop.h"

enum jl_exit jl_interp_run64(struct jl_cpu *cpu, struct jl_interp_cache *cache, int64_t end) {
    cpu->exit_word = 0;
    return run(cpu, cache, end);
}
