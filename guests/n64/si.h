/* SI: transfers to and from PIF's RAM. */
#ifndef JL_N64_SI_H
#define JL_N64_SI_H

#include <stdbool.h>
#include <stdint.h>

struct jl_n64_si {
    uint32_t dram, status;
    uint8_t pif[64];
    bool reading; /* the transfer under way goes to RDRAM */
};

struct jl_n64;
struct jl_state;

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_si_read(struct jl_n64 *n, uint32_t addr);
void jl_si_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

void jl_si_done(struct jl_n64 *n);
void jl_si_state(struct jl_n64 *n, struct jl_state *s);

#endif
