/* The VR4300's coprocessor 0 as far as the machine knows it: what instructions do with it in the middle of a run.
 *
 * Its registers are the board's. Reading most of them, and writing those that only keep what is written, is done where
 * the instruction stands; ERET is a jump as long as it changes nothing but Status.EXL; what else the board can do
 * without stopping the processor is a call. All else leaves to the board, as everything does in lockstep, where the
 * interpreter executes the same code behind translated code. Numbers, widths and masks: VR4300 User's Manual, chapters
 * 5 and 6, and what n64-systemtest finds on hardware.
 */
#ifndef JL_COP0_H
#define JL_COP0_H

#include <stdbool.h>
#include <stdint.h>

#include "jit/cpu.h"

/* Registers by number. */
enum jl_cop0 {
    JL_COP0_INDEX = 0,
    JL_COP0_RANDOM = 1,
    JL_COP0_ENTRYLO0 = 2,
    JL_COP0_ENTRYLO1 = 3,
    JL_COP0_CONTEXT = 4,
    JL_COP0_PAGEMASK = 5,
    JL_COP0_WIRED = 6,
    JL_COP0_LATCH = 7, /* one of those that are not there, which all read as what was written last to any register */
    JL_COP0_BADVADDR = 8,
    JL_COP0_COUNT = 9,
    JL_COP0_ENTRYHI = 10,
    JL_COP0_COMPARE = 11,
    JL_COP0_STATUS = 12,
    JL_COP0_CAUSE = 13,
    JL_COP0_EPC = 14,
    JL_COP0_PRID = 15,
    JL_COP0_CONFIG = 16,
    JL_COP0_LLADDR = 17,
    JL_COP0_WATCHLO = 18,
    JL_COP0_WATCHHI = 19,
    JL_COP0_XCONTEXT = 20,
    JL_COP0_PERR = 26,
    JL_COP0_CACHEERR = 27,
    JL_COP0_TAGLO = 28,
    JL_COP0_TAGHI = 29,
    JL_COP0_ERROREPC = 30
};

enum jl_status {
    JL_STATUS_IE = 1,
    JL_STATUS_EXL = 2,
    JL_STATUS_ERL = 4,
    JL_STATUS_KSU = 3 << 3,
    JL_STATUS_UX = 1 << 5,
    JL_STATUS_SX = 1 << 6,
    JL_STATUS_KX = 1 << 7,
    JL_STATUS_IM = 0xff << 8,
    JL_STATUS_SR = 1 << 20,
    JL_STATUS_TS = 1 << 21,
    JL_STATUS_BEV = 1 << 22,
    JL_STATUS_RE = 1 << 25,
    JL_STATUS_FR = 1 << 26,
    JL_STATUS_CU0 = 1 << 28,
    JL_STATUS_CU1 = 1 << 29,
    JL_STATUS_CU2 = 1 << 30
};

enum { JL_COP0_WATCH_STORES = 1, JL_COP0_WATCH_LOADS = 2, JL_COP0_ASID = 0xff };

/* Which bits a write changes, by register; the others stay. Status and Wired are written as a whole, with other bits 0.
 */
extern const uint64_t jl_cop0_writable[32];

/* Registers that reading does not change and that stand in cpu->cop0; and Count. */
#define JL_COP0_READABLE 0x7c1dfffdu
/* Registers that a write changes and nothing else: no address, no interrupt, no time. */
#define JL_COP0_PLAIN                                                                                                  \
    (1u << JL_COP0_INDEX | 1u << JL_COP0_ENTRYLO0 | 1u << JL_COP0_ENTRYLO1 | 1u << JL_COP0_CONTEXT |                   \
     1u << JL_COP0_PAGEMASK | 1u << JL_COP0_EPC | 1u << JL_COP0_CONFIG | 1u << JL_COP0_WATCHHI |                       \
     1u << JL_COP0_XCONTEXT | 1u << JL_COP0_PERR | 1u << JL_COP0_TAGLO | 1u << JL_COP0_ERROREPC)

/* How translated code has the board carry out an instruction. */
struct jl_cop0_board {
    void *ctx;
    /* Carries out the instruction `word` of coprocessor 0, or CACHE, at the time that jl_machine_retired says; pc and
     * the registers in cpu->var are not those of the moment. `value`: rt for MTC0 and DMTC0, the address for CACHE,
     * else 0. When the run has to end behind it, it sets cpu->interrupt. False: nothing is done, and the processor
     * leaves. */
    bool (*execute)(void *ctx, uint32_t word, uint64_t value);
    /* Does what the processor has left for, with cpu as jl_machine_run would leave it: an exception, an access to a
     * device, an instruction of coprocessor 0. True: the run goes on at cpu->pc; when it has to end, cpu->interrupt is
     * set. False: nothing is done, and jl_machine_run returns. Not called in lockstep. */
    bool (*take)(void *ctx, enum jl_exit reason);
};

#endif
