/* PI: the cartridge's bus. */
#ifndef JL_N64_PI_H
#define JL_N64_PI_H

#include <stdint.h>

struct jl_n64_pi {
    uint32_t dram, cart, rd_len, wr_len, status, domain[8];
    uint32_t latch; /* a write to the cartridge's bus that is still under way */
};

struct jl_n64;
struct jl_state;

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_pi_read(struct jl_n64 *n, uint32_t addr);
void jl_pi_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

void jl_pi_done(struct jl_n64 *n);
void jl_pi_write_done(struct jl_n64 *n);
/* The processor's own accesses to the cartridge's bus. */
uint32_t jl_pi_bus_read(struct jl_n64 *n, uint32_t addr);
/* How long the processor waits for a word of the bus, by the domain's latency, pulse and release: in cycles. */
uint32_t jl_pi_read_wait(const struct jl_n64 *n, uint32_t addr);
void jl_pi_bus_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_pi_state(struct jl_n64 *n, struct jl_state *s);

#endif
