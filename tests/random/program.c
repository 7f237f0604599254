/* Making random programs: see program.h. */
#include "tests/random/program.h"

#include <string.h>

#include "jit/isa/isa.h"

enum { GP = 28, SP = 29, COUNTER = 23 };

/* Rows that make sense in a straight line. */
static bool usable(unsigned op) {
    const struct jl_insn_info *i = &jl_insn_info[op];
    if (!(i->isa & JL_ISA_SET_MIPS32R2) || op == JL_OP_RESERVED)
        return false;
    switch (op) {
    case JL_OP_CTC1:
    case JL_OP_CFC1:
    case JL_OP_SYNCI:
    case JL_OP_SYSCALL:
    case JL_OP_BREAK:
    case JL_OP_RDHWR:
    case JL_OP_SC:
    case JL_OP_LL:
    case JL_OP_PREFX:
    case JL_OP_MTHC1:
    case JL_OP_MFHC1:
    case JL_OP_RECIP_S:
    case JL_OP_RECIP_D:
    case JL_OP_RSQRT_S:
    case JL_OP_RSQRT_D: return false;
    default: break;
    }
    return i->klass != JL_CLASS_COP0 && i->klass != JL_CLASS_BRANCH && i->klass != JL_CLASS_JUMP;
}

static unsigned pick_row(struct rng *r) {
    for (;;) {
        unsigned op = 1 + rng_below(r, JL_OPS - 1);
        /* traps end programs early: keep them rare */
        if (usable(op) && (jl_insn_info[op].klass != JL_CLASS_TRAP || rng_below(r, 8) == 0))
            return op;
    }
}

static unsigned gpr_written(struct rng *r) {
    for (;;) {
        unsigned n = rng_below(r, 32);
        if (n != GP && n != SP && n != COUNTER)
            return n;
    }
}

static unsigned fpr_of(struct rng *r, bool is_double) {
    return is_double ? rng_below(r, 16) : 16 + rng_below(r, 16);
}

static void field(uint32_t *w, unsigned at, uint32_t value, uint32_t mask) {
    uint32_t bits = 31u << at;
    if ((mask & bits) == 0) /* the row leaves the whole field open */
        *w = (*w & ~bits) | value << at;
}

/* FPU fields by format: what is read as fmt comes from fmt's registers, the result goes to its own format's. */
static void fpu_fields(struct rng *r, uint32_t *w, const struct jl_insn_info *i) {
    bool d = i->flags & (JL_FMT_D | JL_FMT_L), half = i->flags & JL_WR_HALF;
    bool wide_result = i->flags & JL_WR_FD && !half;
    if (i->flags & (JL_RD_FS | JL_WR_FS))
        field(w, 11, fpr_of(r, i->flags & JL_RD_FS ? d : !half), i->mask);
    if (i->flags & (JL_RD_FT | JL_WR_FT))
        field(w, 16, fpr_of(r, d), i->mask);
    if (i->flags & JL_RD_FR)
        field(w, 21, fpr_of(r, d), i->mask);
    if (i->flags & (JL_WR_FD | JL_RD_FD))
        field(w, 6, fpr_of(r, wide_result), i->mask);
}

static int32_t displacement(struct rng *r, unsigned klass_size) {
    int32_t d = (int32_t)rng_below(r, DATA_SIZE / 2 - 16) - 64;
    if (rng_below(r, 64)) /* now and then misaligned, or outside */
        d &= ~(int32_t)(klass_size - 1);
    return rng_below(r, 200) ? (d < 0 ? -d : d) : -d;
}

static unsigned access_size(unsigned op) {
    switch (op) {
    case JL_OP_LH:
    case JL_OP_LHU:
    case JL_OP_SH: return 2;
    case JL_OP_LW:
    case JL_OP_SW:
    case JL_OP_LWC1:
    case JL_OP_SWC1: return 4;
    case JL_OP_LDC1:
    case JL_OP_SDC1: return 8;
    default: return 1;
    }
}

static uint32_t straight(struct rng *r) {
    unsigned op = pick_row(r);
    const struct jl_insn_info *i = &jl_insn_info[op];
    uint32_t w = i->match | ((uint32_t)rng_next(r) & ~i->mask);
    bool memory = i->klass == JL_CLASS_LOAD || i->klass == JL_CLASS_STORE;
    fpu_fields(r, &w, i);
    if (i->flags & JL_WR_T)
        field(&w, 16, gpr_written(r), i->mask);
    if (i->flags & JL_WR_D)
        field(&w, 11, gpr_written(r), i->mask);
    if (op == JL_OP_EXT || op == JL_OP_INS) {
        unsigned lsb = rng_below(r, 32), size = 1 + rng_below(r, 32 - lsb);
        w = (w & ~0x0000ffc0u) | lsb << 6 | (op == JL_OP_EXT ? size - 1 : lsb + size - 1) << 11;
    }
    if (memory && (i->flags & JL_RD_T) && (i->mask & 0x3f)) { /* indexed: base + 0 */
        field(&w, 21, GP, i->mask);
        field(&w, 16, 0, i->mask);
    } else if (memory) {
        field(&w, 21, GP, i->mask);
        w = (w & 0xffff0000) | (uint16_t)displacement(r, access_size(op));
    }
    return w;
}

static uint32_t branch_word(struct rng *r, int32_t offset) {
    static const uint16_t ops[] = {JL_OP_BEQ,  JL_OP_BNE,  JL_OP_BLEZ,  JL_OP_BGTZ,  JL_OP_BLTZ,  JL_OP_BGEZ,
                                   JL_OP_BEQL, JL_OP_BNEL, JL_OP_BLEZL, JL_OP_BGTZL, JL_OP_BLTZL, JL_OP_BGEZL,
                                   JL_OP_BC1F, JL_OP_BC1T, JL_OP_BC1FL, JL_OP_BC1TL};
    const struct jl_insn_info *i = &jl_insn_info[ops[rng_below(r, sizeof ops / sizeof *ops)]];
    uint32_t w = i->match | ((uint32_t)rng_next(r) & ~i->mask);
    return (w & 0xffff0000) | (uint16_t)offset;
}

/* addiu counter, counter, -1; bgtz counter, back; slot */
static void loop_end(struct program *p, struct rng *r, unsigned head) {
    p->word[p->count++] = jl_insn_info[JL_OP_ADDIU].match | COUNTER << 21 | COUNTER << 16 | 0xffff;
    int32_t offset = (int32_t)head - (int32_t)(p->count + 1);
    p->word[p->count++] = jl_insn_info[JL_OP_BGTZ].match | COUNTER << 21 | (uint16_t)offset;
    p->word[p->count++] = straight(r);
}

static uint64_t edge_integer(struct rng *r) {
    static const uint32_t edges[] = {0, 1, 2, 0xffffffff, 0x80000000, 0x7fffffff, 0xff, 0xffff, 0x8000, DATA_BASE};
    return rng_below(r, 3) ? (uint32_t)rng_next(r) >> rng_below(r, 32) : edges[rng_below(r, 10)];
}

static uint64_t edge_float(struct rng *r, bool is_double) {
    static const uint64_t d[] = {0,
                                 1ull << 63,
                                 0x3ff0000000000000,
                                 0xbff8000000000000,
                                 0x7ff0000000000000,
                                 0xfff0000000000000,
                                 0x7ff7ffffffffffff,
                                 0x7ff8000000000001,
                                 0x0000000000000001,
                                 0x7fefffffffffffff,
                                 0x41dfffffffc00000,
                                 0x4330000000000001};
    static const uint32_t s[] = {0,          0x80000000, 0x3f800000, 0xbfc00000, 0x7f800000, 0xff800000,
                                 0x7fbfffff, 0x7fc00001, 1,          0x7f7fffff, 0x4effffff, 0x4b000001};
    if (rng_below(r, 2))
        return is_double ? d[rng_below(r, 12)] : s[rng_below(r, 12)];
    uint64_t v = rng_next(r); /* exponents near 1, so that sums and products are finite */
    if (is_double)
        return (v & 0x800fffffffffffffull) | (uint64_t)(1000 + rng_below(r, 50)) << 52;
    return ((uint32_t)v & 0x807fffff) | (110 + rng_below(r, 34)) << 23;
}

static void registers(struct program *p, struct rng *r) {
    memset(p->var, 0, sizeof p->var);
    for (unsigned v = 1; v < 34; v++)
        p->var[v] = edge_integer(r);
    p->var[GP] = DATA_BASE + 128;
    p->var[COUNTER] = 1 + rng_below(r, 12);
    for (unsigned f = 0; f < 32; f++)
        p->var[JL_VAR_FPR + f] = edge_float(r, f < 16);
    for (unsigned c = 0; c < 8; c++)
        p->var[JL_VAR_FCC + c] = rng_below(r, 2);
    p->fcsr = rng_below(r, 4) | (rng_below(r, 8) ? 0 : JL_FCSR_FS);
}

void program_make(struct program *p, struct rng *r) {
    unsigned length = 10 + rng_below(r, 70), head = 0;
    bool looping = rng_below(r, 2);
    p->count = 0;
    registers(p, r);
    for (unsigned i = 0; i < DATA_SIZE; i += 8) {
        uint64_t v = rng_below(r, 4) ? rng_next(r) : edge_float(r, true);
        memcpy(p->data + i, &v, 8);
    }
    while (p->count < length) {
        if (rng_below(r, 6) == 0) {
            unsigned skip = 2 + rng_below(r, 10);
            p->word[p->count++] = branch_word(r, (int32_t)skip);
            p->word[p->count++] = straight(r);
        } else {
            p->word[p->count++] = straight(r);
        }
        if (looping && p->count > length / 2 && rng_below(r, 8) == 0) {
            loop_end(p, r, head);
            head = p->count;
            looping = rng_below(r, 3) == 0;
        }
    }
    while (p->count < length + 16) /* where forward branches may land */
        p->word[p->count++] = jl_insn_info[JL_OP_BREAK].match;
}
