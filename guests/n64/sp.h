/* SP: the RSP's surroundings. */
#ifndef JL_N64_SP_H
#define JL_N64_SP_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/n64/rsp/translate.h"

struct jl_n64_sp_dma {
    uint32_t mem, dram, len;
    bool to_ram;
};
struct jl_n64_sp {
    struct jl_rsp *rsp; /* the options' one, or the one that follows */
    struct jl_rsp interpreted;
    uint64_t executed, turns; /* RSP instructions, and the turns that they came in */
    uint32_t status, semaphore;
    struct jl_n64_sp_dma set, queue[2]; /* as the registers were written; under way and waiting */
    struct jl_n64_sp_dma last;          /* the one that ended last */
    unsigned queued;
};

struct jl_n64;
struct jl_state;

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_sp_read(struct jl_n64 *n, uint32_t addr);
void jl_sp_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

uint32_t jl_sp_mem_read(struct jl_n64 *n, uint32_t addr);
void jl_sp_mem_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
uint32_t jl_sp_pc_read(struct jl_n64 *n, uint32_t addr);
void jl_sp_pc_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_sp_reset(struct jl_n64 *n);
void jl_sp_slice(struct jl_n64 *n);
void jl_sp_dma_done(struct jl_n64 *n);
void jl_sp_state(struct jl_n64 *n, struct jl_state *s);

#endif
