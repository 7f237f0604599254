/* Keeping random programs away from what QEMU's user mode computes differently, so that everything else can be compared
 * to the bit. A program is stepped on the interpreter, and an instruction that meets such operands becomes a nop. */
#include "jit/fpu/nan.h"
#include "jit/isa/isa.h"
#include "tests/random/drive.h"

enum { ROUNDS = 60 };

/* Division by zero, and the quotient that does not fit: UNPREDICTABLE. */
static bool bad_division(const struct jl_cpu *cpu, const struct jl_insn *in) {
    uint32_t a = jl_gpr32(cpu, in->rs), b = jl_gpr32(cpu, in->rt);
    if (in->op != JL_OP_DIV && in->op != JL_OP_DIVU)
        return false;
    return b == 0 || (in->op == JL_OP_DIV && a == 0x80000000u && b == 0xffffffffu);
}

/* SC without an LL before it; QEMU lets it pass when the last LL's word still is what it was. */
static bool bad_sc(const struct jl_cpu *cpu, const struct jl_insn *in) {
    return in->op == JL_OP_SC && !cpu->ll_valid;
}

static bool moves_only(unsigned op) {
    switch (op) {
    case JL_OP_MOV_S:
    case JL_OP_MOV_D:
    case JL_OP_MOVF_S:
    case JL_OP_MOVF_D:
    case JL_OP_MOVT_S:
    case JL_OP_MOVT_D:
    case JL_OP_MOVZ_S:
    case JL_OP_MOVZ_D:
    case JL_OP_MOVN_S:
    case JL_OP_MOVN_D:
    case JL_OP_C_COND_S:
    case JL_OP_C_COND_D: return true;
    default: return !(jl_insn_info[op].flags & JL_WR_FD);
    }
}

static uint64_t operand(const struct jl_cpu *cpu, unsigned r, bool wide) {
    if (cpu->mode & JL_MODE_FR)
        return wide ? cpu->var[JL_VAR_FPR + r] : (uint32_t)cpu->var[JL_VAR_FPR + r];
    uint64_t pair = cpu->var[JL_VAR_FPR + (r & ~1u)];
    return wide ? pair : (uint32_t)(r & 1 ? pair >> 32 : pair);
}

/* A quiet NaN goes through arithmetic here with its payload; QEMU makes the default NaN of it. */
static bool bad_nan(const struct jl_cpu *cpu, const struct jl_insn *in) {
    const struct jl_insn_info *i = &jl_insn_info[in->op];
    if (i->klass != JL_CLASS_FPU || !(i->flags & (JL_FMT_S | JL_FMT_D)) || moves_only(in->op))
        return false;
    bool wide = i->flags & JL_FMT_D, bad = false;
    const unsigned reads[] = {JL_RD_FS, JL_RD_FT, JL_RD_FR}, reg[] = {in->rd, in->rt, in->rs};
    for (unsigned n = 0; n < 3; n++)
        if (i->flags & reads[n])
            bad |= jl_is_nan(wide ? JL_FPU_D : JL_FPU_S, operand(cpu, reg[n], wide));
    return bad;
}

/* With FR=0, LUXC1 and SUXC1, and an odd register as a 64-bit operand: UNPREDICTABLE. */
static bool bad_pair(const struct jl_cpu *cpu, const struct jl_insn *in) {
    uint32_t f = jl_insn_info[in->op].flags;
    bool wide = f & (JL_FMT_D | JL_FMT_L), wide_result = f & JL_WR_FD && !(f & JL_WR_HALF);
    if (cpu->mode & JL_MODE_FR)
        return false;
    if (in->op == JL_OP_LUXC1 || in->op == JL_OP_SUXC1)
        return true;
    return (f & (JL_RD_FS | JL_WR_FS) && wide && in->rd & 1) || (f & (JL_RD_FT | JL_WR_FT) && wide && in->rt & 1) ||
           (f & JL_RD_FR && wide && in->rs & 1) || (f & (JL_WR_FD | JL_RD_FD) && wide_result && in->sa & 1);
}

/* Makes a nop of the word at pc when it is one of those. */
static bool neutralise(const struct target *t, struct program *p, uint32_t pc) {
    const struct jl_cpu *cpu = jl_machine_cpu(t->machine);
    uint64_t word;
    struct jl_insn in;
    if (pc & 3 || pc - p->at >= 4 * p->count || !jl_mem_load(t->mem, pc, 4, &word))
        return false;
    jl_decode((uint32_t)word, cpu->isa, &in);
    if (!bad_division(cpu, &in) && !bad_sc(cpu, &in) && !bad_nan(cpu, &in) && !bad_pair(cpu, &in))
        return false;
    p->word[(pc - p->at) / 4] = 0;
    return true;
}

/* Data as code would be reserved encodings, on a page that QEMU wants executable; and other places may be mapped. */
static bool runs_away(uint32_t pc) {
    enum { UNMAPPED_END = 0x40000000 };
    return pc - DATA_BASE < DATA_SIZE || pc >= UNMAPPED_END;
}

/* Steps p; whether it had to be changed. */
static bool change_one(struct target *t, struct program *p, bool *ended) {
    struct jl_cpu *cpu = jl_machine_cpu(t->machine);
    target_start(t, p, 0);
    *ended = false;
    for (unsigned steps = 0; steps < DRIVE_LIMIT; steps++) {
        uint32_t pc = (uint32_t)cpu->pc; /* a branch is one step with its delay slot */
        if (runs_away(pc))
            return false;
        if (neutralise(t, p, pc) || neutralise(t, p, pc + 4))
            return true;
        jl_machine_set_slice(t->machine, 0);
        if (jl_machine_run(t->machine) != JL_EXIT_SLICE) {
            *ended = true;
            return false;
        }
    }
    return false;
}

bool program_make_predictable(struct target *t, struct program *p) {
    bool ended;
    for (unsigned rounds = 0; rounds < ROUNDS; rounds++)
        if (!change_one(t, p, &ended))
            return ended;
    return false;
}
