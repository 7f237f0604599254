/* Decoding by table.
 *
 * The rows of mips.def are sorted once into buckets by the fields that tell most instructions apart (primary opcode,
 * and within the big opcodes the function field), each bucket with the most specific masks first; decoding a word looks
 * through one short bucket.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "jit/isa/isa.h"

const struct jl_insn_info jl_insn_info[JL_OPS] = {
    [JL_OP_RESERVED] = {.name = ".word", .operands = "", .klass = JL_CLASS_SYSTEM, .flags = JL_FAULTS | JL_ENDS},
#define JL_INSN(name, text, match, mask, operands, isa, klass, flags)                                                  \
    [JL_OP_##name] = {text, operands, match, mask, JL_ISA_##isa, flags, JL_CLASS_##klass},
#include "jit/isa/mips.def"
#undef JL_INSN
};

enum { BUCKETS = 64 * 64, MAX_IN_BUCKET = 40 };

static struct {
    uint8_t count[BUCKETS];
    uint16_t op[BUCKETS][MAX_IN_BUCKET];
} table; /* constant once built */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool built; /* spares the call of pthread_once */

/* Bucket = primary opcode and function field; rows whose mask leaves function bits open are in all buckets they fit. */
static unsigned bucket_of(uint32_t word) {
    return (word >> 26) << 6 | (word & 63);
}

/* Puts op into a bucket, rows with more mask bits first. */
static void insert(unsigned bucket, unsigned op) {
    uint16_t *list = table.op[bucket];
    unsigned at = table.count[bucket]++;
    if (at == MAX_IN_BUCKET)
        __builtin_trap(); /* a new row too many: raise the limit */
    while (at > 0 && __builtin_popcount(jl_insn_info[list[at - 1]].mask) < __builtin_popcount(jl_insn_info[op].mask)) {
        list[at] = list[at - 1];
        at--;
    }
    list[at] = (uint16_t)op;
}

static void build(void) {
    for (unsigned op = 1; op < JL_OPS; op++) {
        const struct jl_insn_info *row = &jl_insn_info[op];
        for (unsigned function = 0; function < 64; function++)
            if ((function & row->mask) == (row->match & row->mask & 63))
                insert(bucket_of((row->match & 0xfc000000) | function), op);
    }
    atomic_store_explicit(&built, true, memory_order_release);
}

static unsigned find_op(uint32_t word, uint32_t isa) {
    unsigned b = bucket_of(word);
    for (unsigned i = 0; i < table.count[b]; i++) {
        const struct jl_insn_info *row = &jl_insn_info[table.op[b][i]];
        if ((word & row->mask) == row->match && row->isa & isa)
            return table.op[b][i];
    }
    return JL_OP_RESERVED;
}

/* EXT, INS and their 64-bit forms: position and size from the two fields. */
static void decode_field(struct jl_insn *out) {
    unsigned lsb = out->sa, msb = out->rd;
    switch (out->op) {
    case JL_OP_EXT:
    case JL_OP_DEXT: out->imm = (int32_t)msb + 1; break;
    case JL_OP_DEXTM: out->imm = (int32_t)msb + 33; break;
    case JL_OP_DEXTU: out->imm = (int32_t)msb + 1, out->sa = (uint8_t)(lsb + 32); break;
    case JL_OP_INS:
    case JL_OP_DINS: out->imm = (int32_t)msb - (int32_t)lsb + 1; break;
    case JL_OP_DINSM: out->imm = (int32_t)msb + 33 - (int32_t)lsb; break;
    case JL_OP_DINSU: out->imm = (int32_t)msb - (int32_t)lsb + 1, out->sa = (uint8_t)(lsb + 32); break;
    default: break;
    }
}

static int32_t immediate_of(const struct jl_insn *insn, uint32_t word) {
    switch (insn->op) {
    case JL_OP_ANDI:
    case JL_OP_ORI:
    case JL_OP_XORI:
    case JL_OP_LUI: return (int32_t)(word & 0xffff);
    case JL_OP_J:
    case JL_OP_JAL: return (int32_t)(word & 0x3ffffff);
    case JL_OP_SYSCALL:
    case JL_OP_BREAK: return (int32_t)(word >> 6 & 0xfffff);
    case JL_OP_TGE:
    case JL_OP_TGEU:
    case JL_OP_TLT:
    case JL_OP_TLTU:
    case JL_OP_TEQ:
    case JL_OP_TNE: return (int32_t)(word >> 6 & 0x3ff);
    default: return (int16_t)word;
    }
}

static unsigned cc_of(const struct jl_insn *insn, uint32_t word) {
    uint32_t flags = jl_insn_info[insn->op].flags;
    if (flags & JL_WR_FCC)
        return word >> 8 & 7;
    return flags & JL_RD_FCC ? word >> 18 & 7 : 0;
}

void jl_decode(uint32_t word, uint32_t isa, struct jl_insn *out) {
    if (!atomic_load_explicit(&built, memory_order_acquire))
        pthread_once(&once, build);
    out->op = (uint16_t)find_op(word, isa);
    out->rs = word >> 21 & 31;
    out->rt = word >> 16 & 31;
    out->rd = word >> 11 & 31;
    out->sa = word >> 6 & 31;
    out->cond = word & 15;
    out->word = word;
    out->imm = immediate_of(out, word);
    out->cc = isa & JL_ISA_4 ? (uint8_t)cc_of(out, word) : 0; /* before, there is one condition and no number */
    decode_field(out);
    if ((out->op == JL_OP_INS || out->op == JL_OP_EXT) && (out->imm <= 0 || out->sa + out->imm > 32))
        out->op = JL_OP_RESERVED; /* UNPREDICTABLE: refused, as no compiler makes it */
}

uint64_t jl_branch_target(const struct jl_insn *insn, uint64_t pc) {
    if (insn->op == JL_OP_J || insn->op == JL_OP_JAL)
        return ((pc + 4) & ~(uint64_t)0x0fffffff) | (uint64_t)(uint32_t)insn->imm << 2;
    return pc + 4 + ((uint64_t)(int64_t)insn->imm << 2);
}

/* ---- what is read and written ---- */

static void add_gpr(struct jl_varset *s, unsigned r) {
    if (r)
        jl_varset_add(s, JL_VAR_GPR + r);
}

static unsigned fpr_slot(unsigned r, uint32_t mode) {
    return JL_VAR_FPR + (mode & JL_MODE_FR ? r : r & ~1u);
}

struct jl_varset jl_insn_reads(const struct jl_insn *insn, uint32_t mode) {
    struct jl_varset s = {0, 0};
    uint32_t f = jl_insn_info[insn->op].flags;
    if (f & JL_RD_S)
        add_gpr(&s, insn->rs);
    if (f & JL_RD_T)
        add_gpr(&s, insn->rt);
    if (f & JL_RD_D)
        add_gpr(&s, insn->rd);
    if (f & JL_RD_HI)
        jl_varset_add(&s, JL_VAR_HI);
    if (f & JL_RD_LO)
        jl_varset_add(&s, JL_VAR_LO);
    if (f & JL_RD_FS)
        jl_varset_add(&s, fpr_slot(insn->rd, mode));
    if (f & JL_RD_FT)
        jl_varset_add(&s, fpr_slot(insn->rt, mode));
    if (f & JL_RD_FD)
        jl_varset_add(&s, fpr_slot(insn->sa, mode));
    if (f & JL_RD_FR)
        jl_varset_add(&s, fpr_slot(insn->rs, mode));
    if (f & JL_RD_FCC)
        jl_varset_add(&s, JL_VAR_FCC + insn->cc);
    if (f & JL_WR_HALF && !(mode & JL_MODE_FR)) { /* the other half of the pair stays */
        struct jl_varset w = jl_insn_writes(insn, mode);
        s.lo |= w.lo & ~(((uint64_t)1 << JL_VAR_FPR) - 1);
        s.hi |= w.hi;
    }
    return s;
}

struct jl_varset jl_insn_writes(const struct jl_insn *insn, uint32_t mode) {
    struct jl_varset s = {0, 0};
    uint32_t f = jl_insn_info[insn->op].flags;
    if (f & JL_WR_D)
        add_gpr(&s, insn->rd);
    if (f & JL_WR_T)
        add_gpr(&s, insn->rt);
    if (f & JL_WR_31)
        add_gpr(&s, 31);
    if (f & JL_WR_HI)
        jl_varset_add(&s, JL_VAR_HI);
    if (f & JL_WR_LO)
        jl_varset_add(&s, JL_VAR_LO);
    if (f & JL_WR_FS)
        jl_varset_add(&s, fpr_slot(insn->rd, mode));
    if (f & JL_WR_FT)
        jl_varset_add(&s, fpr_slot(insn->rt, mode));
    if (f & JL_WR_FD) /* the VR4300's arithmetic means the register that it names */
        jl_varset_add(&s, mode & JL_MODE_VR4300 ? (unsigned)JL_VAR_FPR + insn->sa : fpr_slot(insn->sa, mode));
    if (f & JL_WR_FCC)
        jl_varset_add(&s, JL_VAR_FCC + insn->cc);
    return s;
}
