/* Instructions of random programs: see insns.h. */
#include "tests/random/insns.h"

#include "jit/isa/isa.h"

/* Rows that make sense anywhere in a straight line; the others are used by idioms or by the control flow. */
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
    case JL_OP_LL: return false;
    default: return i->klass != JL_CLASS_COP0 && i->klass != JL_CLASS_BRANCH && i->klass != JL_CLASS_JUMP;
    }
}

static bool wants_fr(unsigned op) {
    switch (op) {
    case JL_OP_CVT_S_L:
    case JL_OP_CVT_D_L:
    case JL_OP_LUXC1:
    case JL_OP_SUXC1: return true;
    default: return (jl_insn_info[op].isa & (JL_ISA_FPU64 | JL_ISA_FPU_L)) && !(jl_insn_info[op].flags & JL_WR_HALF);
    }
}

static unsigned pick_row(struct gen *g) {
    for (;;) {
        unsigned op = 1 + rng_below(g->r, JL_OPS - 1);
        if (!usable(op))
            continue;
        /* what ends programs early is rare: traps, overflow, instructions that FR=0 reserves */
        if (jl_insn_info[op].klass == JL_CLASS_TRAP && rng_below(g->r, 8))
            continue;
        if (!g->fr && wants_fr(op) && rng_below(g->r, 100))
            continue;
        return op;
    }
}

static unsigned gpr_written(struct gen *g) {
    for (;;) {
        unsigned n = rng_below(g->r, 32);
        if (!(g->kept >> n & 1))
            return n;
    }
}

static unsigned fpr_of(struct gen *g, bool is_double) {
    if (g->fr)
        return is_double ? rng_below(g->r, 16) : 16 + rng_below(g->r, 16);
    if (rng_below(g->r, 6) == 0) /* any register as any format: pairs are well defined */
        return is_double && rng_below(g->r, 40) ? rng_below(g->r, 16) * 2 : rng_below(g->r, 32);
    return is_double ? rng_below(g->r, 8) * 2 : 16 + rng_below(g->r, 16);
}

static void field(uint32_t *w, unsigned at, uint32_t value, uint32_t mask) {
    uint32_t bits = 31u << at;
    if ((mask & bits) == 0) /* the row leaves the whole field open */
        *w = (*w & ~bits) | value << at;
}

/* FPU fields by format: what is read as fmt comes from fmt's registers, the result goes to its own format's. */
static void fpu_fields(struct gen *g, uint32_t *w, const struct jl_insn_info *i) {
    bool d = i->flags & (JL_FMT_D | JL_FMT_L), half = i->flags & JL_WR_HALF;
    bool wide_result = i->flags & JL_WR_FD && !half;
    if (i->flags & (JL_RD_FS | JL_WR_FS))
        field(w, 11, fpr_of(g, i->flags & JL_RD_FS ? d : !half), i->mask);
    if (i->flags & (JL_RD_FT | JL_WR_FT))
        field(w, 16, fpr_of(g, d), i->mask);
    if (i->flags & JL_RD_FR)
        field(w, 21, fpr_of(g, d), i->mask);
    if (i->flags & (JL_WR_FD | JL_RD_FD))
        field(w, 6, fpr_of(g, wide_result), i->mask);
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

static uint32_t displacement(struct gen *g, unsigned op) {
    uint32_t d = rng_below(g->r, DATA_SIZE / 2) & ~(access_size(op) - 1);
    if (rng_below(g->r, 100) == 0) /* misaligned, or outside */
        d = rng_below(g->r, 4) ? d + rng_below(g->r, 8) : (uint32_t)rng_next(g->r);
    return d & 0xffff;
}

static void memory_fields(struct gen *g, uint32_t *w, unsigned op) {
    const struct jl_insn_info *i = &jl_insn_info[op];
    bool wild = !g->for_qemu && rng_below(g->r, 300) == 0;
    g->p->needs_watch |= wild && i->klass == JL_CLASS_STORE; /* it may hit the code */
    if (i->flags & JL_RD_T && i->mask & 0x3f) {              /* indexed */
        field(w, 21, REG_DATA, i->mask);
        field(w, 16, wild ? rng_below(g->r, 32) : 0, i->mask);
        return;
    }
    field(w, 21, wild ? rng_below(g->r, 32) : REG_DATA, i->mask);
    *w = (*w & 0xffff0000) | displacement(g, op);
}

uint32_t gen_straight(struct gen *g) {
    unsigned op = pick_row(g);
    const struct jl_insn_info *i = &jl_insn_info[op];
    uint32_t w = i->match | ((uint32_t)rng_next(g->r) & ~i->mask);
    fpu_fields(g, &w, i);
    if (i->flags & JL_WR_T)
        field(&w, 16, gpr_written(g), i->mask);
    if (i->flags & JL_WR_D)
        field(&w, 11, gpr_written(g), i->mask);
    if (op == JL_OP_EXT || op == JL_OP_INS) {
        unsigned lsb = rng_below(g->r, 32), size = 1 + rng_below(g->r, 32 - lsb);
        w = (w & ~0x0000ffc0u) | lsb << 6 | (op == JL_OP_EXT ? size - 1 : lsb + size - 1) << 11;
    }
    if (i->klass == JL_CLASS_LOAD || i->klass == JL_CLASS_STORE)
        memory_fields(g, &w, op);
    return w;
}

void gen_word(struct gen *g, uint32_t word) {
    if (g->p->count < PROGRAM_MAX)
        g->p->word[g->p->count++] = word;
}

uint32_t gen_make(unsigned op, unsigned rs, unsigned rt, uint32_t low) {
    return jl_insn_info[op].match | rs << 21 | rt << 16 | (low & 0xffff);
}

static void straight_item(struct gen *g) {
    g->straight[g->p->count] = true;
    gen_word(g, gen_straight(g));
}

/* The rest of an idiom, which is not to be reached by other ways than its beginning. */
static void inside(struct gen *g, uint32_t word) {
    if (g->p->count < PROGRAM_MAX)
        g->inside[g->p->count] = true;
    gen_word(g, word);
}

/* Reads a control register. Cause is cut off: translated code keeps it only while exceptions are enabled
 * (jit/README.md).
 */
static void cfc_item(struct gen *g, unsigned reg) {
    unsigned t = gpr_written(g);
    gen_word(g, gen_make(JL_OP_CFC1, 0, t, 0) | reg << 11);
    if (!g->for_qemu)
        inside(g, gen_make(JL_OP_INS, 0, t, 17 << 11 | JL_FCSR_CAUSE_SHIFT << 6));
}

/* Rounding mode, sticky flags, condition codes, flush to zero; enabled exceptions now and then. */
static void fcsr_item(struct gen *g) {
    static const uint8_t which[] = {31, 31, 31, 25, 26, 28};
    struct rng *r = g->r;
    uint32_t v = rng_below(r, 4) | (rng_below(r, 3) ? 0 : rng_below(r, 32) << JL_FCSR_FLAGS_SHIFT);
    unsigned reg = which[rng_below(r, 6)];
    if (rng_below(r, 3) == 0) {
        cfc_item(g, reg);
        return;
    }
    if (!g->for_qemu && rng_below(r, 12) == 0)
        v |= JL_FCSR_FS;
    if (rng_below(r, 10) == 0)
        v |= rng_below(r, 32) << JL_FCSR_ENABLE_SHIFT;
    if (rng_below(r, 4) == 0)
        v |= (uint32_t)rng_next(r) & JL_FCSR_FCC_MASK;
    if (reg == 25)
        v = rng_below(r, 256);
    if (reg == 28) /* FENR: FS stands in bit 2 */
        v &= 0xf83 | (g->for_qemu ? 0 : 4);
    gen_word(g, gen_make(JL_OP_LUI, 0, REG_TEMP, v >> 16));
    inside(g, gen_make(JL_OP_ORI, REG_TEMP, REG_TEMP, v));
    if (reg == 28 && !g->for_qemu) /* enabling an exception traps when Cause still shows it */
        inside(g, gen_make(JL_OP_CTC1, 0, 0, 0) | 26 << 11);
    inside(g, gen_make(JL_OP_CTC1, 0, REG_TEMP, 0) | reg << 11);
}

/* Where a pair's word begins: anywhere, now and then across the data's first or last byte. */
static uint32_t word_offset(struct gen *g) {
    if (rng_below(g->r, 40))
        return rng_below(g->r, 2048);
    return (rng_below(g->r, 2) ? 0 : DATA_SIZE) - DATA_OFFSET - 1 - rng_below(g->r, 3);
}

/* What compilers put between a pair's halves: an access close by, which may be to the same bytes, or arithmetic. */
static void between_item(struct gen *g, unsigned base, uint32_t d) {
    static const uint16_t access[] = {JL_OP_LB, JL_OP_LBU,  JL_OP_LH, JL_OP_LW,
                                      JL_OP_LW, JL_OP_LWC1, JL_OP_SB, JL_OP_SW};
    unsigned what = rng_below(g->r, 8);
    if (what < 3) {
        unsigned op = access[rng_below(g->r, what ? 6 : 8)], keep = rng_below(g->r, 20) ? access_size(op) - 1 : 0;
        unsigned t = op == JL_OP_LWC1 ? fpr_of(g, false) : gpr_written(g);
        if (rng_below(g->r, 2) || jl_insn_info[op].klass == JL_CLASS_STORE)
            base = REG_DATA;
        gen_word(g, gen_make(op, base, t, (d + rng_below(g->r, 24) - 12) & ~keep));
    } else if (what == 3) {
        straight_item(g);
    } else {
        gen_word(g, gen_make(JL_OP_ADDU, rng_below(g->r, 32), rng_below(g->r, 32), gpr_written(g) << 11));
    }
}

/* LWL and LWR, SWL and SWR: a few mostly true pairs, in either order, one behind the other's beginning as in a copy of
 * a structure, with whatever between the halves. The last half may stand in a branch's slot. The base may be a register
 * that what stands between writes. */
static void unaligned_item(struct gen *g) {
    bool be = g->p->mode & JL_MODE_BE, left_first = rng_below(g->r, 2);
    unsigned n = 1 + rng_below(g->r, 3), done = 0, base = REG_DATA;
    uint32_t second[3], d = word_offset(g);
    if (!g->for_qemu && rng_below(g->r, 3) == 0) {
        while ((base = gpr_written(g)) == 0)
            ;
        gen_word(g, gen_make(JL_OP_ADDIU, REG_DATA, base, rng_below(g->r, 8)));
    }
    for (unsigned k = 0; done < n;) {
        if (k < n && rng_below(g->r, 2)) {
            bool load = rng_below(g->r, 2);
            unsigned t = load ? gpr_written(g) : rng_below(g->r, 32);
            uint32_t left = d + (be ? 0 : 3), right = d + (be ? 3 : 0);
            if (rng_below(g->r, 20) == 0)
                left = rng_below(g->r, 2048);
            unsigned rs = load || rng_below(g->r, 8) == 0 ? base : REG_DATA;
            g->p->needs_watch |= !load && rs != REG_DATA; /* by then it may be an address in the code */
            uint32_t l = gen_make(load ? JL_OP_LWL : JL_OP_SWL, rs, t, left);
            uint32_t r = gen_make(load ? JL_OP_LWR : JL_OP_SWR, rs, t, right);
            gen_word(g, left_first ? l : r);
            second[k++] = left_first ? r : l;
            d += rng_below(g->r, 3) ? 4 : rng_below(g->r, 9) - 4;
        } else if (k > done && rng_below(g->r, 2)) {
            if (++done == n && rng_below(g->r, 4) == 0) {
                unsigned s = rng_below(g->r, 31);
                gen_word(g, gen_make(rng_below(g->r, 2) ? JL_OP_BNE : JL_OP_BEQ, s, s + 1, 1 + rng_below(g->r, 3)));
            }
            gen_word(g, second[done - 1]);
        } else if (rng_below(g->r, 2)) {
            between_item(g, base, d - 4);
        }
    }
}

static void ll_item(struct gen *g) {
    uint32_t d = rng_below(g->r, 512) * 4;
    if (rng_below(g->r, 5))
        gen_word(g, gen_make(JL_OP_LL, REG_DATA, gpr_written(g), d));
    for (unsigned n = rng_below(g->r, 3); n; n--)
        straight_item(g);
    if (rng_below(g->r, 8) == 0)
        d = rng_below(g->r, 512) * 4;
    gen_word(g, gen_make(JL_OP_SC, REG_DATA, gpr_written(g), d));
}

static void indexed_item(struct gen *g) {
    static const uint16_t ops[] = {JL_OP_LWXC1, JL_OP_LDXC1, JL_OP_SWXC1, JL_OP_SDXC1};
    unsigned op = ops[rng_below(g->r, 4)];
    const struct jl_insn_info *i = &jl_insn_info[op];
    uint32_t w = i->match | REG_DATA << 21 | REG_TEMP << 16;
    gen_word(g, gen_make(JL_OP_ANDI, rng_below(g->r, 32), REG_TEMP, 0xff8));
    fpu_fields(g, &w, i);
    if (g->for_qemu) /* an arbitrary index may lead to something that is mapped there */
        g->inside[g->p->count] = true;
    gen_word(g, w);
}

/* TEMP = address in the data of an element: a small number shifted, by a count from a register half the time (of which
 * only the low five bits matter), and added to the base, constants included. */
static void element_address(struct gen *g) {
    unsigned n = rng_below(g->r, 7), base = REG_DATA, index = REG_TEMP;
    gen_word(g, gen_make(JL_OP_ANDI, rng_below(g->r, 32), REG_TEMP, rng_below(g->r, 20) ? 0x38 : 0x3f));
    if (rng_below(g->r, 2)) {
        unsigned t = gpr_written(g);
        inside(g, gen_make(JL_OP_ADDIU, 0, t, n + 32 * rng_below(g->r, 3) - 32));
        inside(g, gen_make(JL_OP_SLLV, t, REG_TEMP, REG_TEMP << 11));
    } else {
        inside(g, gen_make(JL_OP_SLL, 0, REG_TEMP, REG_TEMP << 11 | n << 6));
    }
    if (rng_below(g->r, 2))
        base = REG_TEMP, index = REG_DATA;
    inside(g, gen_make(JL_OP_ADDU, base, index, REG_TEMP << 11));
    if (rng_below(g->r, 2))
        inside(g, gen_make(JL_OP_ADDIU, REG_TEMP, REG_TEMP, 8 * rng_below(g->r, 16) - DATA_OFFSET));
}

static void array_item(struct gen *g) {
    static const uint16_t loads[] = {JL_OP_LB, JL_OP_LBU, JL_OP_LH, JL_OP_LHU, JL_OP_LW, JL_OP_LW};
    static const uint16_t stores[] = {JL_OP_SB, JL_OP_SH, JL_OP_SW};
    element_address(g);
    for (unsigned n = 1 + rng_below(g->r, 3); n; n--) {
        bool load = rng_below(g->r, 2);
        unsigned op = load ? loads[rng_below(g->r, 6)] : stores[rng_below(g->r, 3)];
        inside(g, gen_make(op, REG_TEMP, load ? gpr_written(g) : rng_below(g->r, 32), 4 * rng_below(g->r, 256)));
    }
}

/* Sums of products in HI and LO, more often than the table's rows would have them: in loops, with ways out between. */
static void product_item(struct gen *g) {
    static const uint16_t ops[] = {JL_OP_MADD,  JL_OP_MADD, JL_OP_MADDU, JL_OP_MSUB, JL_OP_MSUBU, JL_OP_MULT,
                                   JL_OP_MULTU, JL_OP_MTHI, JL_OP_MTLO,  JL_OP_MFHI, JL_OP_MFLO};
    for (unsigned n = 1 + rng_below(g->r, 3); n; n--) {
        unsigned op = ops[rng_below(g->r, sizeof ops / sizeof *ops)];
        bool half = op == JL_OP_MTHI || op == JL_OP_MTLO, from = op == JL_OP_MFHI || op == JL_OP_MFLO;
        uint32_t w = jl_insn_info[op].match;
        if (!from)
            w |= rng_below(g->r, 4) ? rng_below(g->r, 32) << 21 : 0;
        if (!from && !half)
            w |= rng_below(g->r, 32) << 16;
        if (from)
            w |= gpr_written(g) << 11;
        g->straight[g->p->count] = true;
        gen_word(g, w);
    }
}

/* Something made of a loop's counter, before its step or behind it. */
static void counter_item(struct gen *g) {
    gen_word(g,
             gen_make(JL_OP_ADDIU, rng_below(g->r, 3) ? REG_COUNTER : REG_OUTER, gpr_written(g), rng_below(g->r, 8)));
}

/* A divisor that is not -1, nor 0 but where a trap is to see to it. */
static void divide_item(struct gen *g) {
    unsigned trap = rng_below(g->r, 4);
    gen_word(g, gen_make(JL_OP_ANDI, rng_below(g->r, 32), REG_TEMP, 0x7fff));
    if (trap != 3)
        gen_word(g, gen_make(JL_OP_ORI, REG_TEMP, REG_TEMP, 1));
    if (trap)
        gen_word(g, trap == 1 ? gen_make(JL_OP_TEQ, 0, REG_TEMP, 0) : gen_make(JL_OP_TEQ, REG_TEMP, 0, 0));
    gen_word(g, gen_make(rng_below(g->r, 2) ? JL_OP_DIV : JL_OP_DIVU, rng_below(g->r, 32), REG_TEMP, 0));
}

/* A store into the program's own code: through an integer or an FPU register, of a word, or of the two low bytes of an
 * instruction. Which word it hits is chosen when the program is complete. */
static void patch_item(struct gen *g) {
    if (g->npatches == (DATA_SIZE - PATCH_OFFSET) / 4)
        return;
    bool fpu = rng_below(g->r, 4) == 0, sync = g->for_qemu || rng_below(g->r, 3);
    unsigned t = fpu ? 31 : REG_TEMP;
    uint32_t from = PATCH_OFFSET - DATA_OFFSET + 4 * g->npatches++;
    gen_word(g, gen_make(fpu ? JL_OP_LWC1 : JL_OP_LW, REG_DATA, t, from));
    g->fixup[g->nfixups++] = g->p->count;
    if (g->for_qemu) /* arbitrary words would be stored: reserved encodings are another matter than this test's */
        g->inside[g->p->count] = true;
    gen_word(g, gen_make(fpu ? JL_OP_SWC1 : JL_OP_SW, REG_CODE, t, 0));
    if (sync)
        gen_word(g, gen_make(JL_OP_SYNCI, REG_CODE, 0, 0)); /* its displacement follows the store's */
    g->p->needs_watch |= !sync;
}

void gen_item(struct gen *g) {
    switch (rng_below(g->r, 48)) {
    case 0:
    case 1: fcsr_item(g); return;
    case 2:
    case 3: unaligned_item(g); return;
    case 4: ll_item(g); return;
    case 5:
    case 6: indexed_item(g); return;
    case 7: divide_item(g); return;
    case 8: patch_item(g); return;
    case 10:
    case 11: array_item(g); return;
    case 12:
    case 13:
    case 14: product_item(g); return;
    case 15: counter_item(g); return;
    case 9: gen_word(g, gen_make(JL_OP_RDHWR, 0, gpr_written(g), 29 << 11)); return;
    default: straight_item(g); return;
    }
}

/* ---- initial state ---- */

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

void gen_state(struct gen *g) {
    struct program *p = g->p;
    struct rng *r = g->r;
    for (unsigned v = 1; v < 34; v++)
        p->var[v] = edge_integer(r);
    p->var[REG_DATA] = DATA_BASE + DATA_OFFSET;
    p->var[REG_CODE] = p->var[REG_ENTRY] = p->at;
    p->var[REG_COUNTER] = 1 + rng_below(r, 12);
    p->var[REG_OUTER] = 1 + rng_below(r, 4);
    for (unsigned f = 0; f < 32; f++)
        if (g->fr || !(f & 1))
            p->var[JL_VAR_FPR + f] = f < 16  ? edge_float(r, true)
                                     : g->fr ? edge_float(r, false)
                                             : edge_float(r, false) << 32 | edge_float(r, false);
    for (unsigned c = 0; c < 8; c++)
        p->var[JL_VAR_FCC + c] = rng_below(r, 2);
    p->fcsr = rng_below(r, 4) | (g->for_qemu || rng_below(r, 8) ? 0 : JL_FCSR_FS);
    for (unsigned i = 0; i < PATCH_OFFSET; i += 8) {
        uint64_t v = rng_below(r, 4) ? rng_next(r) : edge_float(r, true);
        for (unsigned k = 0; k < 8; k++)
            p->data[i + k] = (uint8_t)(v >> 8 * k);
    }
}
