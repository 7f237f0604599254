/* The reference interpreter, for 32-bit processors: loop.h's parameters. The 64-bit rows of the table are not decoded
 * for them (their isa bits are off), and are reserved instructions here. */
#define JL_WIDE 0
#include "jit/interp/width.h"

/* ---- integer ---- */

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

#define RSW RS
#define RTW RT
#define IMMW IMM
#define SET_D(v) cpu->var[i->rd] = (uint32_t)(v)
#define SET_T(v) cpu->var[i->rt] = (uint32_t)(v)
#define SET_DW SET_D
#define SET_TW SET_T
#define PRODUCT product(RS, RT)

/* ---- memory, branches ---- */

#define FITS(address) true
#define ENDS_SPACE(address) ((address) == 0)
#define PC ((uint32_t)((const uint8_t *)word - base))
#define BEHIND_LAST PC
#define PLAIN(addr, size, need) jl_is_plain(cpu, addr, size, need)
#define MEMORY jl_interp_memory

/* LWL and its kin: the aligned word around the address, and how many bits lie to the left of the byte there. */
#define PART(store_or_load, is_left) PART_##store_or_load(is_left)
#define PART_WORD(need)                                                                                                \
    uint32_t addr = (RS + IMM) & ~3u, old;                                                                             \
    if (__builtin_expect(!jl_is_plain(cpu, addr, 4, need) || !jl_read32(cpu, addr, &old), 0))                          \
        goto memory;                                                                                                   \
    unsigned left = 8 * (((RS + IMM) & 3) ^ (cpu->mem->big_endian ? 0 : 3)), right = 24 - left
#define PART_load(is_left)                                                                                             \
    PART_WORD(JL_PAGE_R);                                                                                              \
    SET_T((is_left) ? old << left | (RT & ~(~0u << left)) : old >> right | (RT & ~(~0u >> right)));                    \
    ZERO_ZERO
#define PART_store(is_left)                                                                                            \
    PART_WORD(JL_PAGE_W);                                                                                              \
    uint32_t merged = (is_left) ? RT >> left | (old & ~(~0u >> left)) : RT << right | (old & ~(~0u << right));         \
    if (__builtin_expect(!jl_write32(cpu, addr, merged), 0))                                                           \
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

#define FPU_USABLE
#define PUT32(r, v) jl_fpr_set32(cpu, r, v)
#define MOVE_S SET_F(S, get_f(cpu, i->rd, JL_FPU_S))
#define MOVE_D                                                                                                         \
    EVEN(i->rd | i->sa);                                                                                               \
    SET_F(D, get_f(cpu, i->rd, JL_FPU_D))
#define NEGATE_S SET_F(S, get_f(cpu, i->rd, JL_FPU_S) ^ 1u << 31)
#define NEGATE_D                                                                                                       \
    EVEN(i->rd | i->sa);                                                                                               \
    SET_F(D, get_f(cpu, i->rd, JL_FPU_D) ^ 1ull << 63)

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

#define enter_fpu jl_fpu_enter
#define leave_fpu jl_fpu_leave

#include "jit/interp/loop.h"

enum jl_exit jl_interp_run(struct jl_cpu *cpu, struct jl_interp_cache *cache, uint64_t max) {
    int64_t end = cpu->slice - (int64_t)max;
    if (end < -1) /* below zero the slice is used up */
        end = cpu->slice < 0 ? cpu->slice - 1 : -1;
    if (cpu->mode & JL_MODE_NARROW)
        cache = jl_interp_cache_narrow(cache);
    if (cache->isa != cpu->isa)
        jl_interp_cache_reset(cpu, cache);
    cpu->exit_bd = 0;
    enum jl_exit r = cpu->mode & JL_MODE_64 ? jl_interp_run64(cpu, cache, end) : run(cpu, cache, end);
    if (r == JL_EXIT_NONE && cpu->slice < 0)
        r = JL_EXIT_SLICE;
    return cpu->exit = r;
}
