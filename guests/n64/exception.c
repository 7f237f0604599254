/* Exceptions: where they go, and what they leave in COP0. */
#include "guests/n64/cop0.h"
#include "guests/n64/exception.h"
#include "guests/n64/n64.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/translate.h"

enum { CAUSE_IP = 0xff00, CAUSE_CE_SHIFT = 28 };
#define CAUSE_BD 0x80000000u
#define VECTORS 0xffffffff80000000u
#define BOOT_VECTORS 0xffffffffbfc00200u
enum { VECTOR_REFILL = 0, VECTOR_XREFILL = 0x80, VECTOR_COMMON = 0x180 };

static void take(struct jl_n64 *n, enum jl_exc code, unsigned ce, unsigned vector) {
    uint64_t *reg = n->cop0.reg, *status = &reg[JL_COP0_STATUS];
    uint64_t cause = (reg[JL_COP0_CAUSE] & CAUSE_IP) | (uint64_t)code << 2 | (uint64_t)ce << CAUSE_CE_SHIFT;
    if (!(*status & JL_STATUS_EXL)) {
        reg[JL_COP0_EPC] = n->cpu->pc;
        cause |= n->cpu->exit_bd ? CAUSE_BD : 0;
    } else {
        cause |= reg[JL_COP0_CAUSE] & CAUSE_BD;
        vector = VECTOR_COMMON;
    }
    reg[JL_COP0_CAUSE] = cause;
    *status |= JL_STATUS_EXL;
    n->cpu->pc = (*status & JL_STATUS_BEV ? BOOT_VECTORS : VECTORS) + vector;
    n->cpu->exit_bd = 0;
    jl_machine_stall(n->machine, JL_N64_EXCEPTION_TICKS);
    jl_cop0_modes(n);
}

void jl_exception(struct jl_n64 *n, enum jl_exc code, unsigned ce) {
    take(n, code, ce, VECTOR_COMMON);
}

static bool wide_addressing(const struct jl_n64 *n) {
    uint64_t status = n->cop0.reg[JL_COP0_STATUS];
    bool supervisor = (status & JL_STATUS_KSU) == 1 << 3;
    return status & (jl_cop0_kernel(n) ? JL_STATUS_KX : supervisor ? JL_STATUS_SX : JL_STATUS_UX);
}

/* The address, and the page in the form in which a page table is searched for it. */
static void note_address(struct jl_n64 *n, uint64_t addr) {
    uint64_t *reg = n->cop0.reg;
    reg[JL_COP0_BADVADDR] = addr;
    reg[JL_COP0_CONTEXT] = (reg[JL_COP0_CONTEXT] & ~(uint64_t)0x7fffff) | (addr >> 13 & 0x7ffff) << 4;
    reg[JL_COP0_XCONTEXT] =
        (reg[JL_COP0_XCONTEXT] & ~(uint64_t)0x1ffffffff) | (addr >> 62) << 31 | (addr >> 13 & 0x7ffffff) << 4;
    reg[JL_COP0_ENTRYHI] = (reg[JL_COP0_ENTRYHI] & 0xff) | (addr & 0xc00000ffffffe000);
}

void jl_exception_address(struct jl_n64 *n, enum jl_n64_outcome outcome, uint64_t addr, enum jl_n64_access access) {
    bool store = access == JL_N64_STORE;
    note_address(n, addr);
    if (outcome == JL_N64_ADDRESS_ERROR) {
        take(n, store ? JL_EXC_ADES : JL_EXC_ADEL, 0, VECTOR_COMMON);
        return;
    }
    unsigned vector = outcome != JL_N64_TLB_REFILL ? VECTOR_COMMON
                      : wide_addressing(n)         ? VECTOR_XREFILL
                                                   : VECTOR_REFILL;
    enum jl_exc code = outcome == JL_N64_TLB_MODIFIED ? JL_EXC_MOD : store ? JL_EXC_TLBS : JL_EXC_TLBL;
    take(n, code, 0, vector);
}

static bool is_free(const struct jl_n64 *n) {
    return !(n->cop0.reg[JL_COP0_STATUS] & (JL_STATUS_EXL | JL_STATUS_ERL));
}

static bool interrupted(const struct jl_n64 *n) {
    uint64_t status = n->cop0.reg[JL_COP0_STATUS];
    return is_free(n) && status & JL_STATUS_IE && status & n->cop0.reg[JL_COP0_CAUSE] & JL_STATUS_IM;
}

bool jl_exception_wanted(const struct jl_n64 *n) {
    return interrupted(n) || (n->cop0.watch_put_off && is_free(n));
}

void jl_exception_interrupt(struct jl_n64 *n) {
    if (n->cop0.watch_put_off && is_free(n)) {
        n->cop0.watch_put_off = false;
        jl_exception(n, JL_EXC_WATCH, 0);
    } else if (interrupted(n)) {
        jl_exception(n, JL_EXC_INT, 0);
    }
}
