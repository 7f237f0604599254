/* COP0's registers and instructions. Widths and read-only bits are those that n64-systemtest finds on hardware. Count
 * and Random are not kept but computed from the time. */
#include "guests/n64/bytes.h"
#include "guests/n64/cop0.h"
#include "guests/n64/exception.h"
#include "guests/n64/n64.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/state.h"
#include "guests/n64/tlb.h"
#include "guests/n64/translate.h"
#include "guests/n64/views.h"
#include "jit/interp.h"

enum { CAUSE_IP7 = 1 << 15, RANDOM_TOP = 31, RANDOM_DELAY = 2 };

/* Not there: they read as what was written last to any register. */
static bool is_unused(unsigned reg) {
    return reg == 7 || (reg >= 21 && reg <= 25) || reg == 31;
}

static uint32_t count(const struct jl_n64 *n) {
    return (uint32_t)(jl_n64_now(n) / 2 + n->cop0.count_base);
}

/* Counts down with each instruction and begins at 31 again after Wired; a Wired beyond 31 lets it run through 63. */
static uint32_t random_value(const struct jl_n64 *n) {
    uint64_t retired = jl_n64_retired(n);
    uint64_t steps = retired > n->cop0.random_start ? retired - n->cop0.random_start : 0;
    uint32_t wired = (uint32_t)n->cop0.reg[JL_COP0_WIRED];
    uint32_t period = wired <= RANDOM_TOP ? RANDOM_TOP + 1 - wired : 64;
    return (RANDOM_TOP - (uint32_t)(steps % period)) & 63;
}

bool jl_cop0_kernel(const struct jl_n64 *n) {
    uint64_t status = n->cop0.reg[JL_COP0_STATUS];
    return !(status & JL_STATUS_KSU) || status & (JL_STATUS_EXL | JL_STATUS_ERL);
}

static bool is_reversed(const struct jl_n64 *n) {
    uint64_t status = n->cop0.reg[JL_COP0_STATUS];
    return status & JL_STATUS_RE && !jl_cop0_kernel(n) && (status & JL_STATUS_KSU) != 1 << 3;
}

/* Whether 64-bit instructions are reserved. */
static bool is_narrow(const struct jl_n64 *n) {
    uint64_t status = n->cop0.reg[JL_COP0_STATUS];
    bool supervisor = (status & JL_STATUS_KSU) == 1 << 3;
    return !jl_cop0_kernel(n) && !(status & (supervisor ? JL_STATUS_SX : JL_STATUS_UX));
}

void jl_cop0_modes(struct jl_n64 *n) {
    uint64_t status = n->cop0.reg[JL_COP0_STATUS];
    uint32_t mode = n->cpu->mode & JL_MODE_FPU_EXACT;
    mode |= JL_MODE_BE | JL_MODE_64 | JL_MODE_VR4300;
    mode |= status & JL_STATUS_FR ? JL_MODE_FR : 0;
    mode |= status & JL_STATUS_CU1 ? 0 : JL_MODE_NO_FPU;
    mode |= is_reversed(n) ? JL_MODE_REVERSED : 0;
    mode |= is_narrow(n) ? JL_MODE_NARROW : 0;
    n->cpu->mode = mode;
    jl_views_kernel(n, jl_cop0_kernel(n));
}

_Static_assert(JL_N64_TICK == 2, "the machine makes Count of ticks, one for each");

void jl_cop0_show(struct jl_n64 *n) {
    n->cpu->cop0 = n->cop0.reg; /* here, since a savestate may have been loaded */
    n->cpu->cop0_usable = jl_cop0_kernel(n) || n->cop0.reg[JL_COP0_STATUS] & JL_STATUS_CU0;
    n->cpu->count_base = n->ticks_before + n->cop0.count_base;
}

/* What Status says about addresses: a change makes mapped pages wrong. */
static uint64_t addressing(const struct jl_n64 *n) {
    return n->cop0.reg[JL_COP0_STATUS] & (JL_STATUS_ERL | JL_STATUS_KSU | JL_STATUS_UX | JL_STATUS_SX | JL_STATUS_KX);
}

static void write_status(struct jl_n64 *n, uint64_t v) {
    uint64_t before = addressing(n);
    n->cop0.reg[JL_COP0_STATUS] = v & jl_cop0_writable[JL_COP0_STATUS];
    if (addressing(n) != before)
        jl_views_flush(n);
    jl_cop0_modes(n);
}

static void plan_compare(struct jl_n64 *n) {
    uint32_t left = (uint32_t)n->cop0.reg[JL_COP0_COMPARE] - count(n);
    uint64_t cycles = (left ? (uint64_t)left : (uint64_t)1 << 32) * 2 - (jl_n64_now(n) & 1);
    jl_n64_after(n, JL_N64_COMPARE, cycles);
}

void jl_cop0_compare_reached(struct jl_n64 *n) {
    n->cop0.reg[JL_COP0_CAUSE] |= CAUSE_IP7;
    plan_compare(n);
}

/* The processor keeps a virtual address of its last LL; it is taken over here when somebody asks. */
static uint64_t read_lladdr(struct jl_n64 *n) {
    if (n->cpu->ll_addr != JL_N64_NO_LL) {
        struct jl_n64_place place = jl_n64_translate(n, jl_sign32(n->cpu->ll_addr), JL_N64_LOAD);
        if (place.outcome == JL_N64_OK)
            n->cop0.reg[JL_COP0_LLADDR] = place.phys >> 4;
        n->cpu->ll_addr = JL_N64_NO_LL;
    }
    return n->cop0.reg[JL_COP0_LLADDR];
}

/* While an exception is handled the watched access is done, and the exception put off until the handler has ended. */
bool jl_cop0_is_watched(const struct jl_n64 *n, uint32_t phys, bool store) {
    uint64_t watch = n->cop0.reg[JL_COP0_WATCHLO];
    return watch & (store ? JL_COP0_WATCH_STORES : JL_COP0_WATCH_LOADS) && (watch & ~(uint64_t)7) == (phys & ~7u);
}

bool jl_cop0_watches(struct jl_n64 *n, uint32_t phys, bool store) {
    uint64_t status = n->cop0.reg[JL_COP0_STATUS];
    if (!jl_cop0_is_watched(n, phys, store))
        return false;
    n->cop0.watch_put_off = status & (JL_STATUS_EXL | JL_STATUS_ERL);
    return !n->cop0.watch_put_off;
}

static void watch(struct jl_n64 *n) {
    uint32_t lo = (uint32_t)n->cop0.reg[JL_COP0_WATCHLO];
    bool on = lo & (JL_COP0_WATCH_LOADS | JL_COP0_WATCH_STORES);
    jl_views_watch(n, on ? lo & ~(uint32_t)(JL_PAGE - 1) : JL_N64_UNWATCHED);
}

static uint64_t read_reg(struct jl_n64 *n, unsigned reg) {
    if (is_unused(reg))
        return n->cop0.reg[JL_COP0_LATCH];
    switch (reg) {
    case JL_COP0_RANDOM: return random_value(n);
    case JL_COP0_COUNT: return count(n);
    case JL_COP0_LLADDR: return read_lladdr(n);
    default: return n->cop0.reg[reg];
    }
}

static void write_reg(struct jl_n64 *n, unsigned reg, uint64_t v) {
    uint64_t *at = &n->cop0.reg[reg];
    uint64_t asid = n->cop0.reg[JL_COP0_ENTRYHI] & 0xff;
    n->cop0.reg[JL_COP0_LATCH] = v;
    if (reg == JL_COP0_STATUS) {
        write_status(n, v);
        return;
    }
    *at = (*at & ~jl_cop0_writable[reg]) | (v & jl_cop0_writable[reg]);
    switch (reg) {
    case JL_COP0_WIRED: /* takes effect two instructions later */
        n->cop0.random_start = jl_n64_retired(n) + RANDOM_DELAY;
        break;
    case JL_COP0_COUNT:
        n->cop0.count_base = v - jl_n64_now(n) / 2;
        plan_compare(n);
        break;
    case JL_COP0_COMPARE:
        n->cop0.reg[JL_COP0_CAUSE] &= ~(uint64_t)CAUSE_IP7;
        plan_compare(n);
        break;
    case JL_COP0_WATCHLO: watch(n); break;
    case JL_COP0_LLADDR: n->cpu->ll_addr = JL_N64_NO_LL; break;
    case JL_COP0_ENTRYHI:
        if ((v & 0xff) != asid)
            jl_views_flush(n);
        break;
    default: break;
    }
}

/* Nothing sets most of these at power-on. They are as krom's ExceptionTLBReadMissNestedDelay shows them on a console,
 * the one of six pictures that is nearest to what most of them have (README.md); what no picture shows of them is set.
 */
void jl_cop0_reset(struct jl_n64 *n) {
    uint64_t *reg = n->cop0.reg;
    reg[JL_COP0_STATUS] = JL_STATUS_CU1 | JL_STATUS_CU0 | JL_STATUS_FR;
    reg[JL_COP0_PRID] = 0xb22;
    reg[JL_COP0_CONFIG] = 0x7006e463;
    reg[JL_COP0_BADVADDR] = reg[JL_COP0_EPC] = reg[JL_COP0_ERROREPC] = UINT64_MAX;
    reg[JL_COP0_CAUSE] = 0xb000007c;
    reg[JL_COP0_ENTRYHI] = 0xc00000ffdef1e0ab;
    reg[JL_COP0_ENTRYLO0] = 0x05fbffe3;
    reg[JL_COP0_ENTRYLO1] = 0x19beff3f;
    reg[JL_COP0_LLADDR] = 0xffffffff;
    n->cpu->ll_addr = JL_N64_NO_LL;
    jl_tlb_reset(n);
    reg[JL_COP0_CONTEXT] = 0x007ffff0;
    reg[JL_COP0_XCONTEXT] = 0x1fffffff0;
    jl_cop0_modes(n);
    plan_compare(n);
}

/* Ends the instruction first: the next one is then where pc goes. */
static void exception_return(struct jl_n64 *n) {
    uint64_t *status = &n->cop0.reg[JL_COP0_STATUS];
    uint64_t before = addressing(n);
    jl_interp_skip(n->cpu);
    if (*status & JL_STATUS_ERL) {
        n->cpu->pc = n->cop0.reg[JL_COP0_ERROREPC];
        *status &= ~(uint64_t)JL_STATUS_ERL;
    } else {
        n->cpu->pc = n->cop0.reg[JL_COP0_EPC];
        *status &= ~(uint64_t)JL_STATUS_EXL;
    }
    n->cpu->ll_valid = 0;
    if (addressing(n) != before)
        jl_views_flush(n);
    jl_cop0_modes(n);
}

enum { TLBR = 1, TLBWI = 2, TLBWR = 6, TLBP = 8, ERET = 24 };

static void tlb(struct jl_n64 *n, uint32_t word) {
    switch (word & 0x3f) {
    case TLBR: jl_tlb_read(n); break;
    case TLBWI: jl_tlb_write(n, (unsigned)n->cop0.reg[JL_COP0_INDEX] & 0x3f); break;
    case TLBWR: jl_tlb_write(n, random_value(n)); break;
    case TLBP: jl_tlb_probe(n); break;
    default: break; /* the others do nothing */
    }
}

static void control(struct jl_n64 *n, uint32_t word) {
    if ((word & 0x3f) == ERET) {
        exception_return(n);
        return;
    }
    tlb(n, word);
    jl_interp_skip(n->cpu);
}

static void set_gpr(struct jl_n64 *n, unsigned r, uint64_t v) {
    if (r)
        n->cpu->var[JL_VAR_GPR + r] = v;
}

enum { MF = 0, DMF = 1, CF = 2, MT = 4, DMT = 5, CT = 6, CO = 16 };

static void cop0_move(struct jl_n64 *n, uint32_t word) {
    unsigned rt = word >> 16 & 31, rd = word >> 11 & 31, move = word >> 21 & 31;
    uint64_t v = n->cpu->var[JL_VAR_GPR + rt];
    if ((move == DMF || move == DMT) && n->cpu->mode & JL_MODE_NARROW) {
        jl_exception(n, JL_EXC_RI, 0);
        return;
    }
    switch (move) {
    case MF: set_gpr(n, rt, jl_sign32((uint32_t)read_reg(n, rd))); break;
    case DMF: set_gpr(n, rt, read_reg(n, rd)); break;
    case MT: write_reg(n, rd, jl_sign32((uint32_t)v)); break;
    case DMT: write_reg(n, rd, v); break;
    default: jl_exception(n, JL_EXC_RI, 0); return;
    }
    jl_interp_skip(n->cpu);
}

/* COP2 is not there but for a latch that its moves reach. */
static void cop2(struct jl_n64 *n, uint32_t word) {
    unsigned rt = word >> 16 & 31;
    uint64_t v = n->cpu->var[JL_VAR_GPR + rt];
    if (!(n->cop0.reg[JL_COP0_STATUS] & JL_STATUS_CU2)) {
        jl_exception(n, JL_EXC_CPU, 2);
        return;
    }
    switch (word >> 21 & 31) {
    case MF:
    case CF: set_gpr(n, rt, jl_sign32((uint32_t)n->cop0.cp2)); break;
    case DMF: set_gpr(n, rt, n->cop0.cp2); break;
    case MT:
    case DMT:
    case CT: n->cop0.cp2 = v; break;
    default: jl_exception(n, JL_EXC_RI, 2); return;
    }
    jl_interp_skip(n->cpu);
}

enum { COP2 = 0x12, CACHE = 0x2f };

/* Caches are not modelled; only the address is looked at, where the operation has one. */
static enum jl_n64_outcome cache_operation(struct jl_n64 *n, uint32_t word, uint64_t addr) {
    enum { INDEX_INVALIDATE = 0, CREATE_DIRTY = 3, HIT = 4, LINE = 32, ICACHE = 16 << 10 };
    unsigned op = word >> 18 & 7;
    bool code = (word >> 16 & 3) == 0;
    if (op < HIT && op != CREATE_DIRTY) { /* no address is looked up */
        if (op == INDEX_INVALIDATE && code)
            jl_machine_cacheflush_index(n->machine, (uint32_t)addr & ~(LINE - 1u), LINE, ICACHE);
        return JL_N64_OK;
    }
    struct jl_n64_place place = jl_n64_translate(n, addr, JL_N64_LOAD);
    if (place.outcome == JL_N64_OK && code)
        jl_machine_cacheflush(n->machine, (uint32_t)addr & ~(LINE - 1u), LINE);
    return place.outcome;
}

static void cache(struct jl_n64 *n, uint32_t word) {
    uint64_t addr = n->cpu->var[JL_VAR_GPR + (word >> 21 & 31)] + (uint64_t)(int64_t)(int16_t)word;
    enum jl_n64_outcome outcome = cache_operation(n, word, addr);
    if (outcome != JL_N64_OK)
        jl_exception_address(n, outcome, addr, JL_N64_LOAD);
    else
        jl_interp_skip(n->cpu);
}

/* Whether writing v to Status changes nothing that the machine goes by: which interrupts are let in, and little more.
 */
static bool keeps_modes(const struct jl_n64 *n, uint64_t v) {
    const uint64_t free = JL_STATUS_IE | JL_STATUS_IM;
    return !((v ^ n->cop0.reg[JL_COP0_STATUS]) & jl_cop0_writable[JL_COP0_STATUS] & ~free);
}

static bool can_write(const struct jl_n64 *n, unsigned reg, uint64_t v) {
    switch (reg) {
    case JL_COP0_COUNT: /* of which the machine has a copy */
    case JL_COP0_WATCHLO:
    case JL_COP0_ENTRYHI:
    case JL_COP0_LLADDR: return false;
    case JL_COP0_STATUS: return keeps_modes(n, v);
    default: return true;
    }
}

/* jl_cop0_board's: what comes here is MTC0 or DMTC0 of a register that is not plain, TLBR and its like, or CACHE. What
 * is done to the mapping takes effect at once: translated code is between two accesses. */
static bool execute(void *ctx, uint32_t word, uint64_t value) {
    struct jl_n64 *n = ctx;
    unsigned rd = word >> 11 & 31;
    bool done = true;
    jl_views_run_ended(n);
    if (word >> 26 == CACHE)
        done = cache_operation(n, word, value) == JL_N64_OK;
    else if (word >> 25 & 1)
        tlb(n, word);
    else if ((done = can_write(n, rd, value)))
        write_reg(n, rd, value);
    jl_views_run_begins(n);
    if (done && jl_exception_wanted(n))
        jl_n64_end_run(n);
    return done;
}

void jl_cop0_init(struct jl_n64 *n) {
    n->cop0.board = (struct jl_cop0_board){n, execute, jl_n64_take};
    n->cpu->cop0_board = &n->cop0.board;
}

void jl_cop0_instruction(struct jl_n64 *n, uint32_t word) {
    if (n->cpu->access_done) { /* by execute */
        n->cpu->access_done = 0;
        jl_interp_skip(n->cpu);
        return;
    }
    if (word >> 26 == COP2)
        cop2(n, word);
    else if (!jl_cop0_kernel(n) && !(n->cop0.reg[JL_COP0_STATUS] & JL_STATUS_CU0))
        jl_exception(n, JL_EXC_CPU, 0);
    else if (word >> 26 == CACHE)
        cache(n, word);
    else if (word >> 21 & CO)
        control(n, word);
    else
        cop0_move(n, word);
}

void jl_cop0_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "cop0");
    JL_STATE_ALL(s, "reg", n->cop0.reg, JL_STATE_ANY);
    JL_STATE_ONE(s, "count_base", n->cop0.count_base, JL_STATE_ANY);
    JL_STATE_ONE(s, "random_start", n->cop0.random_start, JL_STATE_ANY);
    JL_STATE_ONE(s, "cp2", n->cop0.cp2, JL_STATE_ANY);
    JL_STATE_ONE(s, "watch_put_off", n->cop0.watch_put_off, 1);
    jl_tlb_state(n, s);
    if (s->loading && !s->failed) {
        jl_views_flush(n);
        jl_cop0_modes(n);
        watch(n);
    }
}
