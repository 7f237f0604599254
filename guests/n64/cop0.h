/* COP0: its registers and instructions. */
#ifndef JL_N64_COP0_H
#define JL_N64_COP0_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/n64/tlb.h"

/* COP0's registers by number. */
enum jl_cop0 {
    JL_COP0_INDEX = 0,
    JL_COP0_RANDOM = 1,
    JL_COP0_ENTRYLO0 = 2,
    JL_COP0_ENTRYLO1 = 3,
    JL_COP0_CONTEXT = 4,
    JL_COP0_PAGEMASK = 5,
    JL_COP0_WIRED = 6,
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

enum { JL_N64_NO_LL = 1 }; /* cpu->ll_addr: no LL since LLAddr was looked at; no LL has this address */

struct jl_n64_cop0 {
    uint64_t reg[32];
    uint64_t latch;        /* what was written last to any register: the unused ones read as it */
    uint64_t count_base;   /* Count = now / 2 + this */
    uint64_t random_start; /* retired instructions when Random was 31 */
    uint64_t cp2;          /* COP2 has one register behind all its numbers */
    bool watch_put_off;    /* an access was watched for while an exception was handled */
    struct jl_tlb_entry tlb[JL_N64_TLB];
};

struct jl_n64;
struct jl_state;

void jl_cop0_reset(struct jl_n64 *n);
/* Does the COP0 or COP2 instruction that the machine stopped at. */
void jl_cop0_instruction(struct jl_n64 *n, uint32_t word);
/* Before the machine runs: what of COP0 it may read by itself, and what Count is by then. */
void jl_cop0_show(struct jl_n64 *n);
/* Tells the machine of the modes in Status. */
void jl_cop0_modes(struct jl_n64 *n);
/* Whether WatchLo asks for an exception at this access; one that has to wait is noted. */
bool jl_cop0_watches(struct jl_n64 *n, uint32_t phys, bool store);
/* Whether it would, sooner or later. */
bool jl_cop0_is_watched(const struct jl_n64 *n, uint32_t phys, bool store);
bool jl_cop0_kernel(const struct jl_n64 *n);
void jl_cop0_compare_reached(struct jl_n64 *n);
void jl_cop0_state(struct jl_n64 *n, struct jl_state *s);

#endif
