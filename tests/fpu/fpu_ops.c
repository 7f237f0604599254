/* Every FPU operation on pairs of awkward and random operands, in each rounding mode, with and without FS.
 *
 * usage: fpu_ops             one line a group (operation, rounding, FS): a hash of all results and FCSRs with Cause,
 *                            and one without Cause
 *        fpu_ops OP RM FS    that group's operations one by one
 *
 * Two differences from QEMU are meant, and are made equal here before anything is hashed or printed (what is right for
 * them is tested by test_fpu.c):
 * - A quiet NaN operand passes through, as the architecture says of legacy NaNs; QEMU makes the default NaN of it.
 * Equal are here the default NaN and any quiet operand (ignoring the sign where the operation negates).
 * - FS=1: a result flushed to zero is inexact and underflows, and whether it is tiny is seen after rounding; QEMU sets
 *   no flags for it, and flushes before rounding (so that what would round to the smallest normal number gets zero).
 *
 * A group also runs its operations in a row without touching FCSR, and reads it at the end: flags add up, Cause is the
 * last one's. Built with -mfp32 and -mfp64; fpu_ops.lua compares translators with QEMU. The asm is written so that
 * operands and results are whole register pairs: what a single-precision write leaves alone shows with FR=0 (with FR=1
 * it is undefined and masked). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct io {
    uint64_t a, b, c, r;
    uint32_t fcsr_in, fcsr_out;
};

enum format { S, D, W, L };

struct op {
    const char *name;
    enum format from, to;
    int operands;
    void (*once)(struct io *);
    void (*more)(struct io *); /* without setting or reading FCSR */
};

/* its rows are laid out differently by each run of the formatter: */
/* clang-format off */
#define LOADS "ldc1 $f0,0(%0)\n ldc1 $f2,8(%0)\n ldc1 $f4,16(%0)\n ldc1 $f6,24(%0)\n"
#define CLOBBERS "$f0", "$f1", "$f2", "$f3", "$f4", "$f5", "$f6", "$f7", "$fcc0", "$fcc3", "memory"
#define DEFINE(id, insn)                                                                                               \
    static void once_##id(struct io *io) {                                                                             \
        __asm__ volatile(LOADS "ctc1 %2,$31\n" insn "\n cfc1 %1,$31\n sdc1 $f6,24(%0)\n ctc1 $0,$31"                   \
                         : "+r"(io), "=&r"(io->fcsr_out)                                                               \
                         : "r"(io->fcsr_in)                                                                            \
                         : CLOBBERS);                                                                                  \
    }                                                                                                                  \
    static void more_##id(struct io *io) {                                                                             \
        __asm__ volatile(LOADS insn "\n sdc1 $f6,24(%0)" : "+r"(io) : : CLOBBERS);                                     \
    }

#define BINARY(X, n)                                                                                                   \
    X(n##_s, #n ".s", #n ".s $f6,$f0,$f2", S, S, 2)                                                                    \
    X(n##_d, #n ".d", #n ".d $f6,$f0,$f2", D, D, 2)
#define UNARY(X, n)                                                                                                    \
    X(n##_s, #n ".s", #n ".s $f6,$f0", S, S, 1)                                                                        \
    X(n##_d, #n ".d", #n ".d $f6,$f0", D, D, 1)
#define TERNARY(X, n)                                                                                                  \
    X(n##_s, #n ".s", #n ".s $f6,$f4,$f0,$f2", S, S, 3)                                                                \
    X(n##_d, #n ".d", #n ".d $f6,$f4,$f0,$f2", D, D, 3)
#define TO_FIXED(X, n, f, F)                                                                                           \
    X(n##_##f##_s, #n "." #f ".s", #n "." #f ".s $f6,$f0", S, F, 1)                                                    \
    X(n##_##f##_d, #n "." #f ".d", #n "." #f ".d $f6,$f0", D, F, 1)
#define COMPARE(X, n)                                                                                                  \
    X(c_##n##_s, "c." #n ".s", "c." #n ".s $f0,$f2", S, D, 2)                                                          \
    X(c_##n##_d, "c." #n ".d", "c." #n ".d $fcc3,$f0,$f2", D, D, 2)

#define COMMON(X)                                                                                                      \
    BINARY(X, add)                                                                                                     \
    BINARY(X, sub)                                                                                                     \
    BINARY(X, mul)                                                                                                     \
    BINARY(X, div)                                                                                                     \
    UNARY(X, sqrt)                                                                                                     \
    UNARY(X, abs) UNARY(X, neg) UNARY(X, mov) UNARY(X, recip) UNARY(X, rsqrt) TERNARY(X, madd) TERNARY(X, msub)        \
        TERNARY(X, nmadd) TERNARY(X, nmsub) X(cvt_d_s, "cvt.d.s", "cvt.d.s $f6,$f0", S, D, 1)                          \
            X(cvt_s_d, "cvt.s.d", "cvt.s.d $f6,$f0", D, S, 1) X(cvt_s_w, "cvt.s.w", "cvt.s.w $f6,$f0", W, S, 1)        \
                X(cvt_d_w, "cvt.d.w", "cvt.d.w $f6,$f0", W, D, 1) TO_FIXED(X, cvt, w, W) TO_FIXED(X, round, w, W)      \
                    TO_FIXED(X, trunc, w, W) TO_FIXED(X, ceil, w, W) TO_FIXED(X, floor, w, W) COMPARE(X, f)            \
                        COMPARE(X, un) COMPARE(X, eq) COMPARE(X, ueq) COMPARE(X, olt) COMPARE(X, ult) COMPARE(X, ole)  \
                            COMPARE(X, ule) COMPARE(X, sf) COMPARE(X, ngle) COMPARE(X, seq) COMPARE(X, ngl)            \
                                COMPARE(X, lt) COMPARE(X, nge) COMPARE(X, le) COMPARE(X, ngt)                          \
                                    X(mfhc1, "mfhc1", "mfhc1 $8,$f0\n mtc1 $8,$f6", D, S, 1)                           \
                                        X(mthc1, "mthc1", "mfc1 $8,$f0\n mthc1 $8,$f6", S, D, 1)

#if __mips_fpr == 64
#define BY_MODE(X)                                                                                                     \
    TO_FIXED(X, cvt, l, L)                                                                                             \
    TO_FIXED(X, round, l, L)                                                                                           \
    TO_FIXED(X, trunc, l, L)                                                                                           \
    TO_FIXED(X, ceil, l, L)                                                                                            \
    TO_FIXED(X, floor, l, L)                                                                                           \
    X(cvt_s_l, "cvt.s.l", "cvt.s.l $f6,$f0", L, S, 1) X(cvt_d_l, "cvt.d.l", "cvt.d.l $f6,$f0", L, D, 1)                \
        X(odd_d, "odd.d", "mov.d $f7,$f0\n add.d $f1,$f7,$f2\n mul.d $f6,$f1,$f4", D, D, 3)
#else /* odd registers are upper halves */
#define BY_MODE(X)                                                                                                     \
    X(odd_s, "odd.s", "mov.s $f1,$f0\n mov.s $f3,$f2\n add.s $f7,$f1,$f3\n mov.s $f6,$f7\n mtc1 $0,$f7", S, S, 2)      \
    X(odd_move, "odd.move", "mov.s $f7,$f0\n mfc1 $8,$f1\n mtc1 $8,$f6", D, D, 1)                                      \
    X(odd_wide, "odd.cvt", "cvt.d.s $f6,$f1", D, D, 1)                                                                 \
    X(odd_load, "odd.load", "swc1 $f1,24(%0)\n lwc1 $f7,24(%0)", D, D, 1)
#endif

#define ROW_DEFINE(id, name, insn, from, to, n) DEFINE(id, ".set noreorder\n" insn "\n .set reorder")
#define ROW_TABLE(id, name, insn, from, to, n) {name, from, to, n, once_##id, more_##id},
COMMON(ROW_DEFINE)
BY_MODE(ROW_DEFINE)
/* clang-format on */
static const struct op ops[] = {COMMON(ROW_TABLE) BY_MODE(ROW_TABLE)};

/* ---- operands ---- */

static const uint32_t singles[] = {0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fbfffff,
                                   0xffa12345, 0x7fc00000, 0xffd54321, 0x7f800001, 0x00000001, 0x80000001, 0x007fffff,
                                   0x00800000, 0x80800001, 0x7f7fffff, 0xff7fffff, 0x3f000000, 0x3fc00000, 0x40200000,
                                   0x4effffff, 0x4f000000, 0xcf000000, 0xcf000001, 0x4b7fffff, 0x33800000, 0x00ffffff,
                                   0x1f800000, 0x5f000000, 0xdf000000, 0x5effffff};
static const uint64_t doubles[] = {
    0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000,
    0xfff0000000000000, 0x7ff7ffffffffffff, 0xfff4123456789abc, 0x7ff8000000000000, 0xfff9876543210123,
    0x7ff0000000000001, 0x0000000000000001, 0x800fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff,
    0xffefffffffffffff, 0x3fe0000000000000, 0x3ff8000000000000, 0x4004000000000000, 0x41dfffffffc00000,
    0x41dfffffffe00000, 0x41e0000000000000, 0xc1e0000000000000, 0xc1e0000000100000, 0xc1e0000000200000,
    0x41dfffffffdfffff, 0x43e0000000000000, 0xc3e0000000000000, 0x43dfffffffffffff, 0x36a0000000000000,
    0x380fffffffffffff, 0x47efffffe0000000, 0x47effffff0000000, 0x3690000000000001, 0x7ff0000010000000,
    0x3ca0000000000000, 0x1ff0000000000001};
static const uint64_t integers[] = {0,
                                    1,
                                    0xffffffffffffffff,
                                    0x7fffffff,
                                    0xffffffff80000000,
                                    0x01000001,
                                    0x01000003,
                                    0x00ffffff,
                                    0x7fffffffffffffff,
                                    0x8000000000000000,
                                    0x20000000000001,
                                    0x20000000000003,
                                    0x7fffff8000000000};

enum { RANDOM = 12 };

static uint64_t state = 1;
static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static unsigned specials(enum format f) {
    return f == S ? sizeof singles / 4 : f == D ? sizeof doubles / 8 : sizeof integers / 8;
}

/* Random bits, half of the time with an exponent near 1, so that results are of use. */
static uint64_t random_operand(enum format f) {
    uint64_t v = next_random(), near = next_random();
    if (f == S && near & 1)
        v = (v & ~0x7f800000ull) | (uint64_t)(100 + near / 2 % 54) << 23;
    if (f == D && near & 1)
        v = (v & ~(0x7ffull << 52)) | (1000 + near / 2 % 50) << 52;
    return v;
}

static uint64_t operand(enum format f, unsigned n) {
    if (n >= specials(f))
        return random_operand(f);
    uint64_t noise = 0x1122334400000000ull;
    return f == S ? singles[n] | noise : f == D ? doubles[n] : integers[n];
}

/* ---- groups ---- */

struct hash {
    uint32_t all, without_cause;
};

static void add(uint32_t *h, uint32_t v) {
    *h = (*h ^ v) * 16777619u;
    *h ^= *h >> 15;
}

enum { U_AND_I = 3 << 2 | 3 << 12, FS = 1 << 24 };

static uint64_t only(enum format f, uint64_t v) {
    return f == S || f == W ? (uint32_t)v : v;
}
static int is_nan(enum format f, uint64_t v) {
    return f == S ? (v & 0x7fffffff) > 0x7f800000 : f == D && (v & ~(1ull << 63)) > 0x7ffull << 52;
}
static int is_quiet(enum format f, uint64_t v) {
    return is_nan(f, v) && !(f == S ? v >> 22 & 1 : v >> 51 & 1);
}
static uint64_t default_nan(enum format f) {
    return f == S ? 0x7fbfffff : 0x7ff7ffffffffffffull;
}

/* A quiet operand as it looks in the result's format. */
static uint64_t passed(const struct op *op, uint64_t v) {
    if (op->from == op->to)
        return v;
    if (op->to == D)
        return (v >> 31 & 1) << 63 | 0x7ffull << 52 | (v & 0x7fffff) << 29;
    uint64_t fraction = v >> 29 & 0x7fffff;
    return fraction ? (v >> 63) << 31 | 0x7f800000u | fraction : default_nan(S);
}

static int passes_through(const struct op *op, const struct io *io, uint64_t r) {
    uint64_t from[] = {io->a, io->b, io->c}, sign = op->to == S ? 1u << 31 : 1ull << 63;
    uint64_t ignore = op->name[0] == 'n' && op->name[1] == 'm' ? sign : 0;
    int quiet = 0, one_of = !((r ^ default_nan(op->to)) & ~ignore);
    for (int n = 0; n < op->operands; n++) {
        uint64_t v = only(op->from, from[n]);
        if (is_quiet(op->from, v))
            quiet = 1, one_of |= !((r ^ passed(op, v)) & ~ignore);
    }
    return quiet && one_of;
}

static void make_equal(const struct op *op, const struct io *io, uint64_t *r, uint32_t *fcsr) {
    uint64_t v = only(op->to, *r), magnitude = op->to == S ? v & 0x7fffffff : v & ~(1ull << 63);
    if ((op->to == S || op->to == D) && is_quiet(op->to, v) && passes_through(op, io, v))
        *r = v ^ *r ^ default_nan(op->to);
    if (op->operands < 3 && *fcsr & FS && *fcsr & 4 && magnitude == (op->to == S ? 0x00800000 : 1ull << 52))
        *r ^= magnitude, magnitude = 0;
    if (*fcsr & FS && (magnitude == 0 || op->operands == 3))
        *fcsr &= ~(uint32_t)U_AND_I;
}

static void note(struct hash *h, const struct op *op, const struct io *io, int show) {
    uint64_t r = io->r;
    uint32_t fcsr = io->fcsr_out;
    make_equal(op, io, &r, &fcsr);
    if (__mips_fpr == 64 && (op->to == S || op->to == W))
        r = (uint32_t)r;
    add(&h->all, (uint32_t)r), add(&h->all, (uint32_t)(r >> 32)), add(&h->all, fcsr);
    add(&h->without_cause, (uint32_t)r), add(&h->without_cause, (uint32_t)(r >> 32));
    add(&h->without_cause, fcsr & ~0x3f000u);
    if (show)
        printf("%016llx %016llx %016llx -> %016llx %08x\n", (unsigned long long)io->a, (unsigned long long)io->b,
               (unsigned long long)io->c, (unsigned long long)r, fcsr);
}

static void one(const struct op *op, unsigned a, unsigned b, uint32_t mode, struct hash *h, int show) {
    struct io io = {.a = operand(op->from, a), .b = operand(op->from, b), .r = 0x5566778899aabbcc, .fcsr_in = mode};
    io.c = operand(op->from, (unsigned)(next_random() % (specials(op->from) + 8)));
    op->once(&io);
    note(h, op, &io, show);
}

static void row(const struct op *op, uint32_t mode, struct hash *h, int show) {
    struct io io = {0};
    __asm__ volatile("ctc1 %0,$31" : : "r"(mode));
    for (unsigned a = specials(op->from); a < specials(op->from) + 8; a++) {
        io.a = operand(op->from, a);
        io.b = operand(op->from, a);
        io.c = operand(op->from, a);
        op->more(&io);
    }
    __asm__ volatile("cfc1 %0,$31\n ctc1 $0,$31" : "=r"(io.fcsr_out));
    io.r = 0;
    if (mode & FS)
        io.fcsr_out &= ~(uint32_t)U_AND_I;
    note(h, op, &io, show);
}

static void group(const struct op *op, unsigned rm, unsigned fs, int show) {
    struct hash h = {2166136261u, 2166136261u};
    uint32_t mode = rm | fs << 24;
    unsigned n = specials(op->from) + RANDOM;
    /* pairs are spread over a group's modes where one mode has little to add */
    unsigned step = op->name[0] == 'c' && op->name[1] == '.' ? 4 : op->operands == 3 ? 2 : 1;
    state = 0x9e3779b97f4a7c15 + rm;
    if (op->operands == 1)
        for (unsigned a = 0; a < n + 6 * RANDOM; a++)
            one(op, a, a, mode, &h, show);
    else
        for (unsigned a = 0; a < n; a++)
            for (unsigned b = (a + rm) % step; b < n; b += step)
                one(op, a, b, mode, &h, show);
    row(op, mode, &h, show);
    printf("%s %u %u %08x %08x\n", op->name, rm, fs, h.all, h.without_cause);
}

int main(int argc, char **argv) {
    int show = argc == 4;
    for (unsigned n = 0; n < sizeof ops / sizeof ops[0]; n++)
        for (unsigned rm = 0; rm < 4; rm++)
            for (unsigned fs = 0; fs < 2; fs++)
                if (!show ||
                    (!strcmp(argv[1], ops[n].name) && rm == (unsigned)atoi(argv[2]) && fs == (unsigned)atoi(argv[3])))
                    group(&ops[n], rm, fs, show);
    return 0;
}
