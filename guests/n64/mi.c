/* MI: gathers the devices' interrupts into the processor's one line. */
#include "guests/n64/cop0.h"
#include "guests/n64/exception.h"
#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/state.h"
#include "guests/n64/views.h"

enum { MODE, VERSION, INTR, MASK };
/* The version that consoles report: RSP, RDP, RAC and IO. */
enum { CHIPS = 0x02020102, CAUSE_IP2 = 1 << 10, MODE_EBUS = 1 << 8, MODE_RDRAM_REG = 1 << 9 };

static void update(struct jl_n64 *n) {
    uint64_t *cause = &n->cop0.reg[JL_COP0_CAUSE];
    *cause = n->mi.intr & n->mi.mask ? *cause | CAUSE_IP2 : *cause & ~(uint64_t)CAUSE_IP2;
    if (jl_exception_wanted(n))
        jl_n64_end_run(n);
}

void jl_mi_raise(struct jl_n64 *n, enum jl_n64_irq irq) {
    n->mi.intr |= irq;
    update(n);
}

void jl_mi_clear(struct jl_n64 *n, enum jl_n64_irq irq) {
    n->mi.intr &= ~(uint32_t)irq;
    update(n);
}

uint32_t jl_mi_read(struct jl_n64 *n, uint32_t addr) {
    switch (addr >> 2 & 3) {
    case MODE: return n->mi.mode;
    case VERSION: return CHIPS;
    case INTR: return n->mi.intr;
    default: return n->mi.mask;
    }
}

/* Pairs of bits, one that clears and one that sets. */
static uint32_t set_and_clear(uint32_t old, uint32_t v, unsigned shift, uint32_t bit) {
    if (v >> shift & 1)
        old &= ~bit;
    if (v >> (shift + 1) & 1)
        old |= bit;
    return old;
}

static void write_mode(struct jl_n64 *n, uint32_t v) {
    uint32_t mode = (n->mi.mode & ~0x7fu) | (v & 0x7f);
    mode = set_and_clear(mode, v, 7, JL_N64_MI_INIT);
    mode = set_and_clear(mode, v, 9, MODE_EBUS);
    mode = set_and_clear(mode, v, 12, MODE_RDRAM_REG);
    n->mi.mode = mode;
    jl_views_writable(n, !(mode & JL_N64_MI_INIT));
    if (v & 1 << 11)
        jl_mi_clear(n, JL_N64_IRQ_DP);
}

void jl_mi_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    switch (addr >> 2 & 3) {
    case MODE: write_mode(n, v); break;
    case MASK:
        for (unsigned i = 0; i < 6; i++)
            n->mi.mask = set_and_clear(n->mi.mask, v, 2 * i, 1u << i);
        update(n);
        break;
    default: break;
    }
}

void jl_mi_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "mi");
    JL_STATE_ONE(s, "mode", n->mi.mode, 0x3ff);
    JL_STATE_ONE(s, "intr", n->mi.intr, 0x3f);
    JL_STATE_ONE(s, "mask", n->mi.mask, 0x3f);
    if (s->loading && !s->failed)
        jl_views_writable(n, !(n->mi.mode & JL_N64_MI_INIT));
}
