/* RI, and the registers inside RDRAM's chips. */
#ifndef JL_N64_RI_H
#define JL_N64_RI_H

#include <stdint.h>

struct jl_n64_ri {
    uint32_t reg[8], rdram[16];
};

struct jl_n64;
struct jl_state;

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_ri_read(struct jl_n64 *n, uint32_t addr);
void jl_ri_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
uint32_t jl_rdram_reg_read(struct jl_n64 *n, uint32_t addr);
void jl_rdram_reg_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

void jl_ri_state(struct jl_n64 *n, struct jl_state *s);

#endif
