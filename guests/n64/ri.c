/* RI and the registers inside RDRAM chips: they keep what is written and do nothing else, since memory here needs no
 * set-up. */
#include "guests/n64/n64.h"
#include "guests/n64/ri.h"
#include "guests/n64/state.h"

uint32_t jl_ri_read(struct jl_n64 *n, uint32_t addr) {
    return n->ri.reg[addr >> 2 & 7];
}

void jl_ri_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    n->ri.reg[addr >> 2 & 7] = v;
}

uint32_t jl_rdram_reg_read(struct jl_n64 *n, uint32_t addr) {
    return n->ri.rdram[addr >> 2 & 15];
}

void jl_rdram_reg_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    n->ri.rdram[addr >> 2 & 15] = v;
}

void jl_ri_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "ri");
    JL_STATE_ALL(s, "reg", n->ri.reg, JL_STATE_ANY);
    JL_STATE_ALL(s, "rdram_reg", n->ri.rdram, JL_STATE_ANY);
}
