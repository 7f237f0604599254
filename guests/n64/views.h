/* What of RDRAM the processor reaches by itself. */
#ifndef JL_N64_VIEWS_H
#define JL_N64_VIEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/n64/bytes.h"
#include "jit/mem.h"

/* Pages that were mapped for the processor beside KSEG0 and KSEG1; forgotten when their translation changes. */
enum { JL_N64_VIEWS = 512 };
#define JL_N64_UNWATCHED UINT32_MAX
struct jl_n64_views {
    uint32_t page[JL_N64_VIEWS];
    unsigned count;
    bool kernel;   /* KSEG0 and KSEG1 can be reached */
    bool writable; /* stores to RDRAM need not come to the board */
    /* The processor is running, perhaps code of a view: what devices change meanwhile is done behind the instruction
     * that it has come to, where the run ends. */
    bool running;
    bool flush_later, writable_later;
    uint32_t watched; /* the physical page whose loads and stores all come to the board; JL_N64_UNWATCHED */
};

struct jl_n64;
struct jl_n64_place;

/* Around each run of the machine. */
void jl_views_run_begins(struct jl_n64 *n);
void jl_views_run_ended(struct jl_n64 *n);
bool jl_views_init(struct jl_n64 *n);
/* Maps the page of a virtual address that leads to phys. False when it is no memory. */
bool jl_views_map(struct jl_n64 *n, uint64_t addr, const struct jl_n64_place *place);
/* A page whose code is executed although it is no memory: a copy of it. */
bool jl_views_code(struct jl_n64 *n, uint64_t addr, uint32_t phys);
/* Whether a page may be mapped at a virtual address: KSEG0 and KSEG1 are not for that, addresses beyond 32 bits have no
 * place in the processor's memory, and the last ones of its lower half are kept free for it. */
static inline bool jl_views_may_have(uint64_t addr) {
    return addr == jl_sign32((uint32_t)addr) && (uint32_t)addr >> 30 != 2 &&
           (uint32_t)addr - JL_MEM_WIDE_GUARD >= JL_MEM_WIDE_GUARD_BYTES;
}
void jl_views_flush(struct jl_n64 *n);
/* Forgets what was mapped of [addr, addr+len): whole pages, by the addresses' lower 32 bits. */
void jl_views_forget(struct jl_n64 *n, uint32_t addr, uint64_t len);
void jl_views_kernel(struct jl_n64 *n, bool kernel);
void jl_views_writable(struct jl_n64 *n, bool writable);
void jl_views_watch(struct jl_n64 *n, uint32_t page);
/* Maps two words of code to be executed as if they stood elsewhere; returns their address (step.c). */
uint64_t jl_views_scratch(struct jl_n64 *n, const uint32_t words[2]);
void jl_views_unscratch(struct jl_n64 *n);
/* A device has written RDRAM: translated code there is to be dropped. */
void jl_n64_ram_written(struct jl_n64 *n, uint32_t addr, uint32_t bytes);
/* The same of DMA that is done, for who does not watch what is written: it is as if the processor's caches had been
 * told. The range may go beyond RDRAM. */
void jl_n64_dma_written(struct jl_n64 *n, uint32_t addr, uint32_t bytes);

#endif
