/* COP0: its registers and instructions. */
#ifndef JL_N64_COP0_H
#define JL_N64_COP0_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/n64/tlb.h"
#include "jit/cop0.h"

enum { JL_N64_NO_LL = 1 }; /* cpu->ll_addr: no LL since LLAddr was looked at; no LL has this address */

struct jl_n64_cop0 {
    uint64_t reg[32];
    uint64_t count_base;   /* Count = now / 2 + this */
    uint64_t random_start; /* retired instructions when Random was 31 */
    uint64_t cp2;          /* COP2 has one register behind all its numbers */
    bool watch_put_off;    /* an access was watched for while an exception was handled */
    struct jl_cop0_board board;
    struct jl_tlb_entry tlb[JL_N64_TLB];
    struct jl_tlb_recent recent[JL_N64_TLB_RECENT];
    struct jl_tlb_index tlb_index;
};

struct jl_n64;
struct jl_state;

void jl_cop0_reset(struct jl_n64 *n);
/* Does the COP0 or COP2 instruction that the machine stopped at. */
void jl_cop0_instruction(struct jl_n64 *n, uint32_t word);
/* Has the machine carry out what it can without stopping. */
void jl_cop0_init(struct jl_n64 *n);
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
