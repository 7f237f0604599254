/* The N64's RSP (Reality Signal Processor): a 32-bit MIPS without exceptions (the scalar unit) and a coprocessor of
 * eight 16-bit lanes (the vector unit), running from 4 KiB of instruction memory on 4 KiB of data memory.
 *
 * What is exact and where the facts come from: README.md beside this file. What an instruction is: rsp.def.
 * DMA, SP_STATUS, the semaphore and the DP's registers are the console's: the RSP reaches them through its bus.
 */
#ifndef JL_N64_RSP_H
#define JL_N64_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the RSP needs of the console; all called on the caller's thread, from within jl_rsp_run, with rsp->pc at the
 * instruction after the one that asks (where a taken branch's slot asks: at the branch's target). Translated code
 * reads, and writes what is only noted, without saying where it is: rsp->pc is then an older one. */
struct jl_rsp_bus {
    void *ctx;
    uint32_t (*read_cop0)(void *ctx, unsigned reg); /* MFC0: SP registers 0..7, DP registers 8..15 */
    /* MTC0; may clear running, and change imem and dmem, but for the registers of jl_rsp_only_noted */
    void (*write_cop0)(void *ctx, unsigned reg, uint32_t value);
    void (*broke)(void *ctx); /* BREAK: the board sets SP_STATUS and clears running */
};

/* The registers of SP's DMA, behind whose reading the board may want the RSP to pause. */
static inline bool jl_rsp_read_pauses(unsigned reg) {
    return reg < 4;
}

/* Registers that only note what is written: both addresses of DMA, the semaphore, where the DP is to begin. */
static inline bool jl_rsp_only_noted(unsigned reg) {
    return reg <= 1 || reg == 7 || reg == 8;
}

struct jl_rsp;
struct jl_rsp_insn;
struct jl_rsp_jit;

/* Carries out one decoded instruction. */
typedef void jl_rsp_op(struct jl_rsp *rsp, const struct jl_rsp_insn *in);

/* What an instruction has to do with the loop that executes it. */
enum jl_rsp_kind {
    JL_RSP_PLAIN, /* nothing */
    JL_RSP_FLOW,  /* it sees pc and next_pc, and may change next_pc */
    JL_RSP_BUS,   /* likewise; and afterwards imem may be another, and running false */
};

/* A decoded instruction word. The fields' meaning goes by its row in rsp.def. */
struct jl_rsp_insn {
    jl_rsp_op *run;
    uint8_t s, t, d; /* rs, rt, rd of the scalar unit; vs (or base), vt, vd of the vector unit */
    uint8_t e;       /* shift amount; element */
    int16_t imm;     /* immediate; address offset in bytes; branch target (12 bits) */
    uint8_t kind;    /* enum jl_rsp_kind */
    uint8_t keeps;   /* unwaiting.c; mostly 0 */
};

/* One RSP. A vector register's lane 0 is the one at the lowest address in memory; lanes are kept in host order. */
struct jl_rsp {
    uint8_t dmem[4096] __attribute__((aligned(16))); /* guest order, as imem */
    uint8_t imem[4096] __attribute__((aligned(16)));
    uint32_t gpr[32];
    uint32_t pc; /* 12 bits; the next instruction's address whenever jl_rsp_run isn't running */
    bool running;
    bool pause; /* write_cop0, and read_cop0 of some, may set it: the run ends behind its instruction */

    uint16_t vr[32][8] __attribute__((aligned(16)));
    uint16_t acc_hi[8] __attribute__((aligned(16))), acc_md[8] __attribute__((aligned(16))),
        acc_lo[8] __attribute__((aligned(16)));
    /* The control registers' bits as lane masks, 0 or 0xffff: VCO's bits 0..7 and 8..15, VCC's likewise, VCE's. */
    uint16_t vco_lo[8] __attribute__((aligned(16))), vco_hi[8] __attribute__((aligned(16))),
        vcc_lo[8] __attribute__((aligned(16))), vcc_hi[8] __attribute__((aligned(16))),
        vce[8] __attribute__((aligned(16)));
    uint16_t kept[2][8];      /* what loads replaced, for an instruction that does not wait for them (unwaiting.c) */
    uint8_t kept_places;      /* a bit for each of them that holds something */
    uint16_t div_in, div_out; /* upper halves that VRCPH and VRSQH leave and fetch */
    bool div_in_loaded;       /* VRCPH or VRSQH came last: VRCPL and VRSQL take 32 bits */

    uint32_t next_pc;              /* within jl_rsp_run: the address after pc, which branches change */
    uint32_t slot_pc, slot_target; /* stopped before the slot at slot_pc of a branch to slot_target; JL_RSP_NO_SLOT */
    struct jl_rsp_bus bus;
    struct jl_rsp_jit *unsettled;                            /* jl_rsp_settle has something to do; by whom */
    bool imem_written;                                       /* since it was looked at */
    bool unwaiting;                                          /* code[] has instructions that unwaiting.c is about */
    uint32_t imem_version;                                   /* counts the changes that were seen */
    uint8_t decoded_imem[4096] __attribute__((aligned(16))); /* what code[] was decoded from */
    struct jl_rsp_insn code[1024];
};

enum {
    JL_RSP_NO_SLOT = 0x1000,
};

/* Sets everything to zero, and halted. bus is copied. */
void jl_rsp_init(struct jl_rsp *rsp, const struct jl_rsp_bus *bus);

/* To be called when imem was written to, be it between two runs or within write_cop0 (not within the other calls of
 * the bus): what changed will be decoded again before the next instruction is carried out. */
void jl_rsp_imem_written(struct jl_rsp *rsp);

/* Runs while running, at most max instructions; returns how many. A changed pc cancels a branch
 * whose slot had not been executed when the last run ended. */
uint64_t jl_rsp_run(struct jl_rsp *rsp, uint64_t max);

/* The translated RSP (translate.h) leaves some of a run to the next one: scalar registers stay with its machine,
 * and a few instructions that are about nothing but registers and dmem are counted and not carried out yet. To be
 * called, between runs, before anything here is looked at or changed from outside. */
void jl_rsp_jit_settle(struct jl_rsp_jit *jit);
static inline void jl_rsp_settle(struct jl_rsp *rsp) {
    if (__builtin_expect(rsp->unsettled != NULL, 0))
        jl_rsp_jit_settle(rsp->unsettled);
}

/* Reads and writes a vector control register as CFC2 and CTC2 do: 0 VCO, 1 VCC, 2 and 3 VCE (of which 8 bits
 * exist); further numbers repeat these. */
uint16_t jl_rsp_control(const struct jl_rsp *rsp, unsigned reg);
void jl_rsp_set_control(struct jl_rsp *rsp, unsigned reg, uint16_t value);

/* All that the RSP keeps, for a savestate of the console (state.h). Not from within jl_rsp_run. */
struct jl_state;
void jl_rsp_state(struct jl_rsp *rsp, struct jl_state *state);

#endif
