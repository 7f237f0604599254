/* MI: interrupts, and the mode of repeated stores. */
#ifndef JL_N64_MI_H
#define JL_N64_MI_H

#include <stdint.h>

/* MI's interrupt lines. */
enum jl_n64_irq {
    JL_N64_IRQ_SP = 1,
    JL_N64_IRQ_SI = 2,
    JL_N64_IRQ_AI = 4,
    JL_N64_IRQ_VI = 8,
    JL_N64_IRQ_PI = 16,
    JL_N64_IRQ_DP = 32
};

enum { JL_N64_MI_INIT = 1 << 7 }; /* in mode: the next store to RDRAM is repeated */
struct jl_n64_mi {
    uint32_t mode, intr, mask;
};

struct jl_n64;
struct jl_state;

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_mi_read(struct jl_n64 *n, uint32_t addr);
void jl_mi_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

void jl_mi_raise(struct jl_n64 *n, enum jl_n64_irq irq);
void jl_mi_clear(struct jl_n64 *n, enum jl_n64_irq irq);
void jl_mi_state(struct jl_n64 *n, struct jl_state *s);

#endif
