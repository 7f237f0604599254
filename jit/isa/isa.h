/* The MIPS instruction set as data: one row of isa/mips.def per instruction, and what is derived from it.
 *
 * Decoder, disassembler, interpreter, IR builder and random-program generator all work from these rows; a switch over
 * enum jl_mips_op without a default case makes the compiler name the instruction that one of them forgot.
 */
#ifndef JL_ISA_H
#define JL_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jit/cpu.h"

/* Which processors have an instruction (a row lists the first that has it; sets are unions of these bits). */
enum jl_isa {
    JL_ISA_1 = 1,       /* MIPS I */
    JL_ISA_2 = 2,       /* MIPS II */
    JL_ISA_3 = 4,       /* MIPS III: 64-bit integer (VR4300) */
    JL_ISA_4 = 8,       /* the parts of MIPS IV that MIPS32 took over: MOVZ, MOVN, PREF, FPU conditions 1..7 */
    JL_ISA_32 = 16,     /* MIPS32 release 1: CLZ, MUL, MADD... */
    JL_ISA_32R2 = 32,   /* release 2: EXT, INS, SEB, ROTR, WSBH, RDHWR, MTHC1... */
    JL_ISA_64 = 64,     /* MIPS64 release 1 */
    JL_ISA_64R2 = 128,  /* MIPS64 release 2 */
    JL_ISA_FPU64 = 256, /* the 64-bit-FPU parts: COP1X, RECIP, RSQRT */
    JL_ISA_FPU_L = 512, /* the .L formats: MIPS III, and MIPS32 with a 64-bit FPU */

    JL_ISA_SET_MIPS32R2 = JL_ISA_1 | JL_ISA_2 | JL_ISA_4 | JL_ISA_32 | JL_ISA_32R2 | JL_ISA_FPU64 | JL_ISA_FPU_L,
    JL_ISA_SET_VR4300 = JL_ISA_1 | JL_ISA_2 | JL_ISA_3 | JL_ISA_FPU_L,
    JL_ISA_SET_MIPS64R2 = JL_ISA_SET_MIPS32R2 | JL_ISA_3 | JL_ISA_64 | JL_ISA_64R2,
};

/* JL_OP_ADDU, JL_OP_ADD_S, ...: the row's name. JL_OP_RESERVED (0) is every word that no row matches. */
enum jl_mips_op {
    JL_OP_RESERVED,
#define JL_INSN(name, text, match, mask, operands, isa, klass, flags) JL_OP_##name,
#include "jit/isa/mips.def"
#undef JL_INSN
    JL_OPS
};

/* Coarse classes: what the region builder, the generator and the profile sort by. */
enum jl_class {
    JL_CLASS_ALU,    /* integer, incl. shifts and moves */
    JL_CLASS_MULDIV, /* HI/LO */
    JL_CLASS_LOAD,
    JL_CLASS_STORE,
    JL_CLASS_BRANCH, /* conditional, PC-relative, with a delay slot */
    JL_CLASS_JUMP,   /* J, JAL, JR, JALR */
    JL_CLASS_FPU,
    JL_CLASS_TRAP,   /* TEQ... (falls through normally) */
    JL_CLASS_SYSTEM, /* SYSCALL, BREAK, SYNC, CACHE, RDHWR, ... */
    JL_CLASS_COP0,
};

/* Flags of a row. Operand flags say which fields are registers read or written. */
enum jl_insn_flags {
    JL_RD_S = 1 << 0,  /* reads GPR rs */
    JL_RD_T = 1 << 1,  /* reads GPR rt */
    JL_WR_D = 1 << 2,  /* writes GPR rd */
    JL_WR_T = 1 << 3,  /* writes GPR rt */
    JL_WR_31 = 1 << 4, /* writes the link register $31 */
    JL_RD_HI = 1 << 5,
    JL_RD_LO = 1 << 6,
    JL_WR_HI = 1 << 7,
    JL_WR_LO = 1 << 8,
    JL_RD_FS = 1 << 9,  /* reads FPR fs (field rd) */
    JL_RD_FT = 1 << 10, /* reads FPR ft (field rt) */
    JL_RD_FD = 1 << 11, /* reads FPR fd (field sa): MOVF.fmt, stores indexed... */
    JL_RD_FR = 1 << 12, /* reads FPR fr (field rs): MADD.fmt */
    JL_WR_FS = 1 << 13,
    JL_WR_FT = 1 << 14,
    JL_WR_FD = 1 << 15,
    JL_RD_FCC = 1 << 16, /* reads the condition code in field cc */
    JL_WR_FCC = 1 << 17,
    JL_RD_D = 1 << 18,    /* reads GPR rd too: MOVZ, MOVN, MOVF, MOVT keep it; STORE indexed */
    JL_LIKELY = 1 << 19,  /* branch-likely: the delay slot is annulled when not taken */
    JL_LINK = 1 << 20,    /* a call: writes a return address (WR_31 or WR_D says where) */
    JL_FAULTS = 1 << 21,  /* may leave at this instruction (memory, trap, overflow, FPU exception) */
    JL_ENDS = 1 << 22,    /* ends a translated region by itself (SYSCALL, BREAK, ERET, CTC1 of FCSR...) */
    JL_FMT_S = 1 << 23,   /* FPU operands are single */
    JL_FMT_D = 1 << 24,   /* double */
    JL_FMT_W = 1 << 25,   /* 32-bit fixed source */
    JL_FMT_L = 1 << 26,   /* 64-bit fixed source */
    JL_WR_HALF = 1 << 27, /* writes only the lower half of the FPR (single, word) */
};

struct jl_insn_info {
    const char *name;     /* mnemonic as binutils prints it without aliases: "addu", "c.eq.s" */
    const char *operands; /* operand format for the disassembler, see isa/disasm.c */
    uint32_t match, mask; /* word & mask == match */
    uint32_t isa;         /* enum jl_isa bit */
    uint32_t flags;       /* enum jl_insn_flags */
    uint8_t klass;        /* enum jl_class */
};
extern const struct jl_insn_info jl_insn_info[JL_OPS];

/* A decoded instruction. Field names are those of the integer formats; the FPU's are aliases by position:
 * fs = rd, ft = rt, fd = sa, fr = rs. imm is the sign-extended 16-bit immediate, the zero-extended one where the
 * instruction takes it so (ANDI, ORI, XORI, LUI: not shifted), the 26-bit index of J and JAL, or the 20-bit code of
 * SYSCALL and BREAK, 10-bit code of TEQ and family. cc is the FPU condition-code number where there is one. For EXT and
 * INS, sa is the lowest bit's position and imm the field's size in bits. */
struct jl_insn {
    uint16_t op; /* enum jl_mips_op */
    uint8_t rs, rt, rd, sa, cc;
    uint8_t cond; /* C.cond.fmt: the four condition bits */
    int32_t imm;
    uint32_t word;
};

/* A MIPS III instruction on 64-bit integers, other than the FPU's moves: for JL_MODE_NARROW. */
static inline bool jl_insn_is_wide(const struct jl_insn *i) {
    return jl_insn_info[i->op].isa & JL_ISA_3 && jl_insn_info[i->op].klass != JL_CLASS_FPU;
}

/* Decodes word for a processor with the given enum jl_isa set. Never fails: an unknown word is JL_OP_RESERVED. */
void jl_decode(uint32_t word, uint32_t isa, struct jl_insn *out);

/* Set of vars (bit v of the pair = var v) that the instruction reads and writes under mode (enum jl_mode: FR=0 maps
 * odd FPRs to the even slot, and a half write also reads). GPR 0 is never in a set. */
struct jl_varset {
    uint64_t lo, hi;
};
/* Whether it may be part of an idle loop: it writes nothing but integer registers, and reads nothing but those and
 * memory (frontend/idle.c). */
bool jl_insn_is_idle(const struct jl_insn *insn);
struct jl_varset jl_insn_reads(const struct jl_insn *insn, uint32_t mode);
struct jl_varset jl_insn_writes(const struct jl_insn *insn, uint32_t mode);

static inline bool jl_varset_has(struct jl_varset s, unsigned var) {
    return (var < 64 ? s.lo >> var : s.hi >> (var - 64)) & 1;
}
static inline void jl_varset_add(struct jl_varset *s, unsigned var) {
    if (var < 64)
        s->lo |= (uint64_t)1 << var;
    else
        s->hi |= (uint64_t)1 << (var - 64);
}

/* Writes one line ("addu\tv0,a0,a1", binutils' spelling with -M no-aliases, o32 register names) for word at pc into
 * buf. Returns the length, as snprintf does. An unknown word prints as ".word\t0x%08x". */
int jl_disasm(uint32_t word, uint64_t pc, uint32_t isa, char *buf, size_t size);

/* The target of a branch, J or JAL at pc (which for J and JAL takes its high bits from the delay slot's address). */
uint64_t jl_branch_target(const struct jl_insn *insn, uint64_t pc);

static inline uint32_t jl_insn_flags(const struct jl_insn *insn) {
    return jl_insn_info[insn->op].flags;
}
static inline bool jl_insn_is_branch(const struct jl_insn *insn) {
    unsigned k = jl_insn_info[insn->op].klass;
    return k == JL_CLASS_BRANCH || k == JL_CLASS_JUMP;
}

#endif
