/* The guest processor's state, as every back end sees it.
 *
 * One array of 64-bit slots holds every register that translated code may keep in a host register: the slot number is
 * the register's name ("var") in the ISA table, in the IR, in snapshots and in the lockstep checker. Translated code
 * addresses the struct through one host register, so offsets are asserted where they are used (x64/layout.h).
 *
 * A 32-bit guest keeps the upper half of every integer slot zero; a 64-bit guest keeps 32-bit results sign-extended, as
 * the architecture says. An FPR slot holds the raw 64 bits. With FR=0 the odd register of a pair is the upper half
 * of the even slot (odd slots unused); with FR=1 every slot is one register, and the upper half after a
 * single-precision write is architecturally UNPREDICTABLE: fpr_half says which slots are in that state (kept by the
 * interpreter only), so that a comparison can leave those halves out.
 */
#ifndef JL_CPU_H
#define JL_CPU_H

#include <stdbool.h>
#include <stdint.h>

enum jl_var {
    JL_VAR_GPR = 0, /* 32 integer registers; slot 0 is always zero */
    JL_VAR_HI = 32,
    JL_VAR_LO = 33,
    JL_VAR_FPR = 34, /* 32 FPU registers */
    JL_VAR_FCC = 66, /* 8 FPU condition codes, one slot each, 0 or 1 */
    /* JL_MODE_VR4300, in translated code only (0 elsewhere): the last FPU operation, of which C makes FCSR's Cause; see
     * fpu/vr4300.h */
    JL_VAR_NOTE = 74,
    JL_VAR_NOTE_A = 75,
    JL_VAR_NOTE_B = 76,
    JL_VARS = 77,
    JL_VAR_NONE = 255,
};

/* Why control left the translator or the interpreter. The first group is for the guest (its operating system or
 * board turns it into a system call, a signal or an exception); the second is the translator's own. */
enum jl_exit {
    JL_EXIT_NONE = 0,
    JL_EXIT_SLICE,      /* the time slice ran out, or an interrupt was asked for */
    JL_EXIT_SYSCALL,    /* cpu->pc at the instruction; exit_code = its code field */
    JL_EXIT_BREAK,      /* likewise */
    JL_EXIT_TRAP,       /* TEQ and family; exit_code = code field */
    JL_EXIT_OVERFLOW,   /* ADD, ADDI, SUB */
    JL_EXIT_RI,         /* reserved instruction */
    JL_EXIT_CPU,        /* coprocessor unusable; exit_code = its number */
    JL_EXIT_ADEL,       /* misaligned load or fetch; exit_addr = address */
    JL_EXIT_ADES,       /* misaligned store */
    JL_EXIT_FAULT_LOAD, /* exit_addr = address; exit_code = enum jl_fault */
    JL_EXIT_FAULT_STORE,
    JL_EXIT_FAULT_FETCH,
    JL_EXIT_MISS, /* the guest's tables refuse (mem->guest): exit_addr = address; exit_code = 1 for a store, else 0 */
    JL_EXIT_FPE,  /* enabled FPU exception; FCSR's cause bits say which */
    JL_EXIT_COP0, /* JL_MODE_64: an instruction of coprocessor 0 or 2, or CACHE; exit_code = its word */
    JL_EXIT_GUEST_LAST = JL_EXIT_COP0,

    JL_EXIT_LOOKUP,  /* go on at cpu->pc: nothing translated was found there */
    JL_EXIT_LINK,    /* go on at cpu->pc, and patch the site in cpu->exit_site to go there directly */
    JL_EXIT_INTERP,  /* execute the instruction at cpu->pc with the interpreter, then go on */
    JL_EXIT_WIDE,    /* a register is not the sign-extended number that the region at cpu->pc takes it for */
    JL_EXIT_STALE,   /* the region entered at cpu->pc does not match its guest bytes any more */
    JL_EXIT_OFFLOAD, /* the host code of the guest function at cpu->pc is to be called */
    JL_EXIT_IDLE,    /* go on at cpu->pc, the head of a loop that looks idle and has made a turn */
    JL_EXIT_VERSION, /* go on at cpu->pc, whose annotated region has no version for the values of now */
    JL_EXITS
};

/* Why an access cannot be done. */
enum jl_fault {
    JL_FAULT_PAGE,   /* the page is not mapped, or does not permit it */
    JL_FAULT_BEYOND, /* it does, but nothing is behind it: the mapping reaches past the end of its file */
    JL_FAULT_WIDE,   /* JL_MODE_64: exit_addr is not a sign-extended 32-bit address */
};

/* FCSR's fields other than the condition codes (which live in JL_VAR_FCC). */
enum {
    JL_FCSR_RM = 3,           /* rounding mode */
    JL_FCSR_FLAGS_SHIFT = 2,  /* sticky I U O Z V, bits 2..6 */
    JL_FCSR_ENABLE_SHIFT = 7, /* bits 7..11 */
    JL_FCSR_CAUSE_SHIFT = 12, /* bits 12..16, and E (unimplemented) 17 */
    JL_FCSR_FS = 1 << 24,     /* flush denormal results to zero */
    JL_FCSR_FCC_MASK = 0xfe800000u,
};

/* What a translation depends on beside its address and bytes. Part of every block's key. */
enum jl_mode {
    JL_MODE_BE = 1,         /* big-endian data */
    JL_MODE_FR = 2,         /* 32 64-bit FPU registers (Status.FR) */
    JL_MODE_64 = 4,         /* 64-bit integer registers */
    JL_MODE_FPU_EXACT = 8,  /* an FPU exception is enabled: every operation keeps Cause and may trap */
    JL_MODE_ALIGN_FIX = 16, /* misaligned accesses work (as fixed up by an operating system) instead of trapping */
    JL_MODE_NAN2008 = 32,   /* IEEE 754-2008 NaN encoding; clear = legacy MIPS (quiet bit inverted) */
    JL_MODE_VR4300 = 64,    /* what the architecture leaves open is as the VR4300 has it; with JL_MODE_64 only */
    JL_MODE_NO_FPU = 128,   /* Status.CU1 is 0: coprocessor 1 is unusable; with JL_MODE_64 only */
    JL_MODE_REVERSED = 256, /* the other end of each doubleword (Status.RE): for jl_interp_access; whoever sets it keeps
                               loads and stores from the machine; with JL_MODE_VR4300 only */
    JL_MODE_NARROW = 512,   /* 64-bit instructions are reserved, as outside of kernel mode without Status.SX or UX; with
                               JL_MODE_VR4300 only, and never for code in KSEG0 and KSEG1 */
};

/* The bits that a translation depends on. On the VR4300 translated code looks at the FPU's state when it runs. */
static inline uint32_t jl_key_mode(uint32_t mode) {
    const uint32_t looked_at = JL_MODE_NO_FPU | JL_MODE_FPU_EXACT | JL_MODE_REVERSED | JL_MODE_NARROW;
    return mode & JL_MODE_VR4300 ? mode & ~looked_at : mode;
}

struct jl_mem;
struct jl_cop0_board;

struct jl_cpu {
    uint64_t var[JL_VARS];
    uint64_t pc;
    /* What is left of this time slice, signed, in ticks: an instruction takes one, and some of the VR4300's take more
     * (isa/stall.h). Translated code subtracts at block heads and leaves when it gets below limit. In a host register
     * while translated code runs. */
    int64_t slice;
    volatile int64_t limit;      /* 0; raised beyond every slice to ask for an interrupt ("folded" events, seed 1) */
    volatile uint32_t interrupt; /* nonzero: leave at the next check ("split" events test it apart) */
    uint32_t fcsr;               /* without condition codes; sticky flags may still be pending in the host's MXCSR */
    uint32_t mode;               /* enum jl_mode bits */
    uint32_t isa;                /* enum jl_isa bits of what this processor implements */
    uint32_t ll_valid;           /* LL/SC link: address and value seen */
    uint32_t ll_addr;
    uint64_t ll_value;
    uint64_t userlocal;    /* RDHWR $29: the TLS pointer */
    uint64_t tick_base;    /* ticks since creation = tick_base - slice */
    uint64_t stalled;      /* those of them that an instruction took beside its first; the rest are retired ones */
    uint32_t stalls_ahead; /* while the board carries out an instruction for translated code: how many of `stalled` are
                              of instructions behind that one */
    /* JL_MODE_VR4300: what the board lets instructions do with coprocessor 0 without leaving to it (cop0.h). */
    uint64_t *cop0;                         /* registers by number; Count is not kept there */
    const struct jl_cop0_board *cop0_board; /* borrowed; NULL: instructions read only */
    uint32_t cop0_usable;                   /* 0: all of coprocessor 0 is the board's */
    uint32_t count;      /* Count while translated code runs, when that keeps it (events, parameter eager) */
    uint64_t count_base; /* Count = lower half of the ticks + this */
    uint32_t fpr_half;   /* see the head of this file */

    /* how the last run ended */
    uint32_t exit; /* enum jl_exit */
    uint32_t exit_code;
    uint32_t exit_bd; /* the instruction was in a branch delay slot and pc names the branch */
    uint64_t exit_addr;
    uint64_t exit_site;   /* JL_EXIT_LINK: the link site's number */
    uint64_t exit_target; /* JL_MODE_64, exit_bd: where the branch goes once its slot is done */
    uint64_t slot_pc; /* pc | 1: the run ended, not by an exit, between a branch in a slot and its own slot (VR4300) */
    uint32_t exit_word;   /* JL_MODE_64: the instruction that exited (0 when it could not be fetched) */
    uint32_t access_done; /* the guest has done the next access already (mem->guest), or what the next instruction does
                             with coprocessor 0 (cop0_board); a load's value: */
    uint64_t access_value;

    struct jl_mem *mem;
    void *owner; /* the machine this processor belongs to */
};

/* The Count register after so many ticks. */
static inline uint32_t jl_cpu_count(const struct jl_cpu *cpu, uint64_t ticks) {
    return (uint32_t)(cpu->count_base + ticks);
}

static inline uint32_t jl_gpr32(const struct jl_cpu *cpu, unsigned r) {
    return (uint32_t)cpu->var[JL_VAR_GPR + r];
}

/* Behind translated code, which keeps 32 bits of pc: a 64-bit processor's addresses there are sign-extended ones. */
static inline void jl_cpu_extend_pc(struct jl_cpu *cpu) {
    if (cpu->mode & JL_MODE_64)
        cpu->pc = (uint64_t)(int64_t)(int32_t)cpu->pc;
}

/* Changes the slice in one instruction, since a signal handler may force it at any moment (runtime/run.c). */
static inline void jl_slice_add(struct jl_cpu *cpu, int64_t n) {
    __asm__ volatile("addq %1, %0" : "+m"(cpu->slice) : "er"(n) : "cc");
}

/* What has just been executed, or is being, takes so many ticks more. Any number of them; the processor's own thread.
 */
static inline void jl_cpu_stall(struct jl_cpu *cpu, uint32_t ticks) {
    jl_slice_add(cpu, -(int64_t)ticks);
    cpu->stalled += ticks;
}

#endif
