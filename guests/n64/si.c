/* SI: moves PIF RAM's 64 bytes to and from RDRAM. */
#include <string.h>

#include "guests/n64/bytes.h"
#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/pif.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/si.h"
#include "guests/n64/state.h"
#include "guests/n64/views.h"

enum { DRAM, READ64 = 1, WRITE4 = 2, WRITE64 = 4, READ4 = 5, STATUS = 6 };
enum { DMA_BUSY = 1, IO_BUSY = 2, DONE = 1 << 12, PIF_RAM = 0x1fc007c0, PIF_BYTES = 64 };
/* From RDRAM to PIF is quick; what comes back has waited for the controllers' serial lines. */
enum { WRITE_CYCLES = 6000, READ_CYCLES = 18000, WORD_CYCLES = 3000 };

/* Not while another is under way; a store of the processor's that is does not matter. */
static void start(struct jl_n64 *n, bool reading) {
    if (n->si.status & DMA_BUSY)
        return;
    n->si.reading = reading;
    n->si.status |= DMA_BUSY;
    if (!reading) {
        for (uint32_t i = 0; i < PIF_BYTES; i++)
            n->si.pif[i] = n->si.dram + i < n->ram_bytes ? *jl_ram_byte(n, n->si.dram + i) : 0;
        jl_pif_control(n);
    }
    jl_n64_after(n, JL_N64_SI, reading ? READ_CYCLES : WRITE_CYCLES);
}

void jl_si_done(struct jl_n64 *n) {
    if (n->si.status & DMA_BUSY && n->si.reading && n->si.dram + PIF_BYTES <= n->ram_bytes) {
        jl_pif_joybus(n);
        jl_ram_put(n, n->si.dram, n->si.pif, PIF_BYTES);
        jl_n64_ram_written(n, n->si.dram, PIF_BYTES);
        jl_n64_dma_written(n, n->si.dram, PIF_BYTES);
    }
    n->si.status = DONE;
    jl_mi_raise(n, JL_N64_IRQ_SI);
}

uint32_t jl_si_read(struct jl_n64 *n, uint32_t addr) {
    switch (addr >> 2 & 7) {
    case DRAM: return n->si.dram;
    case STATUS: return n->si.status;
    default: return 0;
    }
}

void jl_si_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    switch (addr >> 2 & 7) {
    case DRAM: n->si.dram = v & 0xfffff8; break;
    case READ64: start(n, true); break;
    case WRITE64: start(n, false); break;
    case STATUS:
        n->si.status &= ~(uint32_t)DONE;
        jl_mi_clear(n, JL_N64_IRQ_SI);
        break;
    default: break;
    }
}

/* The processor's own accesses. */
void jl_pif_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    if (addr < PIF_RAM)
        return;
    jl_put_be32(n->si.pif + (addr - PIF_RAM), v);
    if (addr == PIF_RAM + PIF_BYTES - 4)
        jl_pif_control(n);
    n->si.status |= IO_BUSY;
    jl_n64_after(n, JL_N64_SI, WORD_CYCLES);
}

void jl_si_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "si");
    JL_STATE_ONE(s, "dram", n->si.dram, 0xfffff8);
    JL_STATE_ONE(s, "status", n->si.status, DMA_BUSY | IO_BUSY | DONE);
    JL_STATE_ONE(s, "reading", n->si.reading, 1);
}
