/* DP: the RDP's command registers. */
#ifndef JL_N64_DP_H
#define JL_N64_DP_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/n64/rdp/rdp.h"

struct jl_n64_dp {
    struct jl_rdp *rdp;
    uint32_t start, end, current, status, next_end;
    bool full; /* a SYNC_FULL was drawn and is to be told */
    uint64_t clock_start;
    uint32_t spare[4]; /* DPS: the self-test's registers */
};

struct jl_n64;
struct jl_state;

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_dp_read(struct jl_n64 *n, uint32_t addr);
void jl_dp_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

uint32_t jl_dps_read(struct jl_n64 *n, uint32_t addr);
void jl_dps_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_dp_done(struct jl_n64 *n);
void jl_dp_state(struct jl_n64 *n, struct jl_state *s);

#endif
