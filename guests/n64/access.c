/* What the processor could not do by itself: accesses to devices and to pages that were not mapped yet, and those that
 * are exceptions. */
#include "guests/n64/access.h"
#include "guests/n64/bus.h"
#include "guests/n64/bytes.h"
#include "guests/n64/cop0.h"
#include "guests/n64/exception.h"
#include "guests/n64/n64.h"
#include "guests/n64/translate.h"
#include "guests/n64/views.h"
#include "jit/interp.h"

static void store(struct jl_n64 *n, const struct jl_guest_access *a, uint32_t phys) {
    uint64_t value = n->cpu->var[JL_VAR_GPR + a->insn.rt]; /* all of it gets onto the bus (bus.c) */
    if (a->size >= 4)
        value = a->value; /* perhaps an FPU register's */
    if (a->part)          /* SWL and its like replace a part of what is there */
        value = (jl_bus_read(n, phys, a->size) & ~a->mask) | (value & a->mask);
    if (!a->linked || n->cpu->ll_valid)
        jl_bus_write(n, phys, a->size, value);
    if (a->linked) {
        jl_interp_loaded(n->cpu, a, n->cpu->ll_valid);
        n->cpu->ll_valid = 0;
    }
}

void jl_n64_data_access(struct jl_n64 *n) {
    struct jl_guest_access a;
    if (!jl_interp_access(n->cpu, &a)) {
        jl_exception(n, JL_EXC_RI, 0);
        return;
    }
    enum jl_n64_access kind = a.store ? JL_N64_STORE : JL_N64_LOAD;
    if (!a.part && a.addr & (a.size - 1u)) {
        jl_exception_address(n, JL_N64_ADDRESS_ERROR, a.addr, kind);
        return;
    }
    struct jl_n64_place place = jl_n64_translate(n, a.addr, kind);
    if (place.outcome != JL_N64_OK) {
        jl_exception_address(n, place.outcome, a.addr, kind);
        return;
    }
    if (jl_cop0_watches(n, place.phys, a.store)) {
        jl_exception(n, JL_EXC_WATCH, 0);
        return;
    }
    bool reversed = n->cpu->mode & JL_MODE_REVERSED;
    if (!reversed && jl_views_map(n, a.addr, &place)) /* the processor tries again */
        return;
    uint32_t phys = (place.phys & ~(a.size - 1u)) ^ (reversed ? 8u - a.size : 0);
    if (a.store)
        store(n, &a, phys);
    else
        jl_interp_loaded(n->cpu, &a, jl_bus_read(n, phys, a.size));
    if (a.linked && !a.store) {
        n->cop0.reg[JL_COP0_LLADDR] = phys >> 4;
        n->cpu->ll_addr = JL_N64_NO_LL;
    }
    jl_interp_skip(n->cpu);
}

void jl_n64_miss(struct jl_n64 *n) {
    jl_exception_address(n, n->refused, n->cpu->exit_addr, n->cpu->exit_code ? JL_N64_STORE : JL_N64_LOAD);
}

void jl_n64_fetch(struct jl_n64 *n) {
    uint64_t addr = n->cpu->exit_addr;
    if (addr != jl_sign32((uint32_t)addr)) {
        jl_n64_step(n);
        return;
    }
    struct jl_n64_place place = jl_n64_translate(n, addr, JL_N64_FETCH);
    if (addr & 3)
        place.outcome = JL_N64_ADDRESS_ERROR;
    if (place.outcome == JL_N64_OK && !jl_views_map(n, addr, &place) && !jl_views_code(n, addr, place.phys))
        place.outcome = JL_N64_ADDRESS_ERROR;
    if (place.outcome != JL_N64_OK)
        jl_exception_address(n, place.outcome, addr, JL_N64_FETCH);
}
