/* Lockstep checking.
 *
 * Translated code is entered with a time slice of just its first block, so that it comes back at its next check (a
 * loop's back edge, the next region) or sooner. Before that the interpreter runs the same stretch on the same memory,
 * one instruction at a time; it goes no further than the translated code can, which executes each of its instructions
 * once at most before it comes to a check, and every store it makes is undone again from a log. The invalidation
 * strategy is told nothing of those stores, and its guards are lifted for them. Translated code then runs for real. How
 * many ticks that took is known exactly, so the interpreter's state after that many (kept in a ring of states,
 * one an instruction) is compared register by register, and what the log says memory must hold byte by byte.
 */
#include "jit/runtime/check.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "jit/runtime/regions.h"
#include "jit/runtime/tools.h"

enum { LIMIT = 4096, LOG = 8192, BARE = 64, HUGE_SLICE = 1 << 30 };

struct write {
    uint32_t addr;
    uint32_t step;                 /* instruction number that made it */
    uint64_t old_bytes, new_bytes; /* the eight bytes around it */
};

struct jl_check {
    struct jl_cpu start;
    struct jl_cpu state[LIMIT + 2];
    uint32_t steps; /* states kept: state[i] is after i steps, which took ticks[i] */
    uint64_t ticks[LIMIT + 2];
    struct write log[LOG];
    uint32_t nlog;
    uint32_t bare[BARE], nbare; /* pages whose guard is lifted for the moment */
    uint32_t pc;
    int64_t slice; /* what the cpu really has left */
    const uint8_t *entry;
};

void jl_check_free(struct jl_check *check) {
    free(check);
}

static bool lift_guard(struct jl_machine *m, uint32_t page) {
    struct jl_check *k = m->check;
    if (!(m->mem->page[page] & JL_PAGE_GUARD))
        return true;
    if (k->nbare == BARE)
        return false;
    jl_mem_guard(m->mem, page, false);
    k->bare[k->nbare++] = page;
    return true;
}

/* Whether a branch-likely is not taken, so that what is in its slot is not executed. */
static bool annuls_slot(const struct jl_cpu *cpu, const struct jl_insn *i) {
    bool wide = cpu->mode & JL_MODE_64;
    int64_t s = (int64_t)cpu->var[i->rs], t = (int64_t)cpu->var[i->rt];
    s = wide ? s : (int32_t)s;
    t = wide ? t : (int32_t)t;
    switch (i->op) {
    case JL_OP_BEQL: return s != t;
    case JL_OP_BNEL: return s == t;
    case JL_OP_BLEZL: return s > 0;
    case JL_OP_BGTZL: return s <= 0;
    case JL_OP_BLTZL:
    case JL_OP_BLTZALL: return s >= 0;
    case JL_OP_BGEZL:
    case JL_OP_BGEZALL: return s < 0;
    case JL_OP_BC1FL: return cpu->var[JL_VAR_FCC + i->cc];
    case JL_OP_BC1TL: return !cpu->var[JL_VAR_FCC + i->cc];
    default: return false;
    }
}

/* The address that a store by the instruction at pc names; false when it is no store. *stop: one that running ahead
 * must not execute, since it faults or has effects beyond memory. */
static bool store_address(struct jl_machine *m, uint32_t pc, uint32_t *addr, bool *stop) {
    struct jl_insn i;
    uint32_t word;
    *stop = false;
    if (!jl_mem_fetch(m->mem, pc, &word))
        return false;
    jl_decode(word, m->cpu.isa, &i);
    unsigned klass = jl_insn_info[i.op].klass;
    if (klass == JL_CLASS_SYSTEM && i.op != JL_OP_RDHWR && i.op != JL_OP_SYNC && i.op != JL_OP_PREF)
        *stop = true;
    if (klass == JL_CLASS_BRANCH || klass == JL_CLASS_JUMP)
        return !annuls_slot(&m->cpu, &i) && store_address(m, pc + 4, addr, stop);
    if (klass != JL_CLASS_STORE)
        return false;
    bool indexed = i.op == JL_OP_SWXC1 || i.op == JL_OP_SDXC1 || i.op == JL_OP_SUXC1;
    *addr = jl_gpr32(&m->cpu, i.rs) + (indexed ? jl_gpr32(&m->cpu, i.rt) : (uint32_t)i.imm);
    if (!jl_page_has(m->mem, *addr, JL_PAGE_W) || !jl_mem_backed(m->mem, *addr) ||
        !lift_guard(m, *addr >> JL_PAGE_SHIFT))
        *stop = true; /* a fault: translated code leaves here too */
    return true;
}

static void roll_back(struct jl_machine *m, struct jl_check *k) {
    for (uint32_t n = k->nlog; n-- > 0;)
        memcpy(m->mem->base + k->log[n].addr, &k->log[n].old_bytes, 8);
    while (k->nbare)
        jl_mem_guard(m->mem, k->bare[--k->nbare], true);
}

/* The aligned doublewords that a store at addr may change: one, or two when it is misaligned. */
static unsigned log_old(struct jl_machine *m, struct jl_check *k, uint32_t addr) {
    uint32_t last = (addr | 7) + 1;
    unsigned n = addr & 7 && last && jl_page_has(m->mem, last, JL_PAGE_W) && jl_mem_backed(m->mem, last) &&
                         lift_guard(m, last >> JL_PAGE_SHIFT)
                     ? 2
                     : 1;
    for (unsigned i = 0; i < n; i++) {
        struct write *w = &k->log[k->nlog + i];
        w->addr = (addr & ~7u) + 8 * i;
        w->step = k->steps + 1;
        memcpy(&w->old_bytes, m->mem->base + w->addr, 8);
    }
    return n;
}

/* The interpreter's way from here on, instruction by instruction. */
static void run_ahead(struct jl_machine *m, struct jl_check *k, uint32_t limit) {
    while (k->steps < limit && k->nlog + 2 <= LOG) {
        uint32_t addr;
        bool stop, store = store_address(m, (uint32_t)m->cpu.pc, &addr, &stop);
        if (stop)
            return;
        unsigned n = store ? log_old(m, k, addr) : 0;
        if (jl_interp_run(&m->cpu, m->interp, 1) != JL_EXIT_NONE)
            return;
        for (; n > 0; n--, k->nlog++)
            memcpy(&k->log[k->nlog].new_bytes, m->mem->base + k->log[k->nlog].addr, 8);
        k->steps++;
        k->ticks[k->steps] = (uint64_t)(HUGE_SLICE - m->cpu.slice);
        k->state[k->steps] = m->cpu;
    }
}

/* All but the request to leave, which a signal handler may make at any moment: the guest's state goes back, not that.
 */
static void put_back(struct jl_cpu *cpu, const struct jl_cpu *from) {
    const size_t at = offsetof(struct jl_cpu, interrupt), behind = at + sizeof cpu->interrupt;
    memcpy(cpu, from, at);
    memcpy((char *)cpu + behind, (const char *)from + behind, sizeof *cpu - behind);
}

/* How many instructions it may carry out before it leaves: its own, or, where an instruction gave ticks back
 * (isa/stall.h), as many as its entry was charged ticks. */
static uint32_t most_steps(const struct jl_region *r) {
    uint32_t n = r->entry_charge > r->guest_count ? r->entry_charge : r->guest_count;
    return n + 1 < LIMIT ? n + 1 : LIMIT;
}

void jl_check_before(struct jl_machine *m, const uint8_t *entry) {
    if (!m->check)
        m->check = calloc(1, sizeof *m->check);
    struct jl_check *k = m->check;
    if (!k)
        abort();
    const struct jl_region *r = jl_region_at_host(m, entry);
    struct jl_mem_listener *listeners = m->mem->listeners;
    const struct jl_guest_memory *guest = m->mem->guest; /* what devices do cannot be undone */
    k->entry = entry;
    k->pc = (uint32_t)m->cpu.pc;
    k->slice = m->cpu.slice;
    k->start = m->cpu;
    k->nlog = k->steps = 0;
    jl_machine_set_slice(m, HUGE_SLICE);
    k->state[0] = m->cpu;
    k->ticks[0] = 0;
    m->mem->listeners = NULL;
    m->mem->guest = NULL;
    /* what runs may be another version than the one that is entered */
    run_ahead(m, k, r && !r->version ? most_steps(r) : LIMIT);
    roll_back(m, k);
    m->mem->listeners = listeners;
    m->mem->guest = guest;
    put_back(&m->cpu, &k->start);
    jl_machine_set_slice(m, r ? r->entry_charge : 0);
    m->counters.check_regions++;
}

static void print_state(const struct jl_cpu *c, FILE *out) {
    unsigned per_line = c->mode & JL_MODE_64 ? 4 : 8;
    int digits = c->mode & JL_MODE_64 ? 16 : 8;
    for (unsigned v = 0; v < 32; v++)
        fprintf(out, "%s$%-2u %0*llx", v % per_line ? "  " : "\n    ", v, digits, (unsigned long long)c->var[v]);
    fprintf(out, "\n    hi %0*llx lo %0*llx pc %0*llx fcsr %08x", digits, (unsigned long long)c->var[JL_VAR_HI], digits,
            (unsigned long long)c->var[JL_VAR_LO], digits, (unsigned long long)c->pc, c->fcsr);
    for (unsigned v = 0; v < 32; v++)
        fprintf(out, "%sf%-2u %016llx", v % 4 ? "  " : "\n    ", v, (unsigned long long)c->var[JL_VAR_FPR + v]);
    fputc('\n', out);
}

static bool report(struct jl_machine *m, const struct jl_cpu *want, const char *what) {
    FILE *out = m->tools.dump;
    struct jl_check *k = m->check;
    m->check_failed = true;
    fprintf(out, "jitlab: check: region at %08x differs from the interpreter: %s\n", k->pc, what);
    fprintf(out, "  before:");
    print_state(&k->start, out);
    fprintf(out, "  interpreter:");
    print_state(want, out);
    fprintf(out, "  translated:");
    print_state(&m->cpu, out);
    struct jl_region *r = jl_region_at_host(m, k->entry);
    if (r) {
        jl_dump_region(m, r, out, true, false, true);
        jl_ir_reset(m->ir);
        struct jl_region again = {.pc = r->pc, .number = r->number};
        if (jl_translate(m, &again))
            jl_passes_run(m, m->ir, out);
    }
    return false;
}

/* The register that a call has written whose slot left: the one thing that may have happened then. */
static unsigned linked_register(const struct jl_machine *m) {
    struct jl_insn i;
    uint32_t word;
    if (!m->cpu.exit_bd || !jl_mem_fetch(m->mem, (uint32_t)m->cpu.pc, &word))
        return JL_VAR_NONE;
    jl_decode(word, m->cpu.isa, &i);
    unsigned flags = jl_insn_flags(&i);
    return !(flags & JL_LINK) ? (unsigned)JL_VAR_NONE : flags & JL_WR_31 ? 31 : i.rd;
}

static bool same_registers(struct jl_machine *m, const struct jl_cpu *want, char *what, size_t size) {
    unsigned linked = linked_register(m);
    for (unsigned v = 0; v < JL_VARS; v++) {
        uint64_t mask = v == linked ? 0 : ~(uint64_t)0;
        if (v >= JL_VAR_FPR && v < JL_VAR_FCC && want->fpr_half >> (v - JL_VAR_FPR) & 1)
            mask = 0xffffffff;
        if ((m->cpu.var[v] ^ want->var[v]) & mask) {
            snprintf(what, size, "var %u is %llx, not %llx", v, (unsigned long long)m->cpu.var[v],
                     (unsigned long long)want->var[v]);
            return false;
        }
    }
    if (m->cpu.stalled != want->stalled) {
        snprintf(what, size, "%llu ticks were stalls, not %llu", (unsigned long long)m->cpu.stalled,
                 (unsigned long long)want->stalled);
        return false;
    }
    /* Cause is kept exactly only while an exception is enabled (jit/README.md) */
    uint32_t mask = m->cpu.mode & (JL_MODE_FPU_EXACT | JL_MODE_VR4300) ? ~0u : ~(0x3fu << JL_FCSR_CAUSE_SHIFT);
    if ((m->cpu.fcsr ^ want->fcsr) & mask) {
        snprintf(what, size, "fcsr is %08x, not %08x", m->cpu.fcsr, want->fcsr);
        return false;
    }
    if (m->cpu.pc != want->pc) {
        snprintf(what, size, "pc is %08llx, not %08llx", (unsigned long long)m->cpu.pc, (unsigned long long)want->pc);
        return false;
    }
    return true;
}

/* Each byte that the interpreter stored last must be there now. */
static bool same_memory(struct jl_machine *m, uint32_t steps, char *what, size_t size) {
    struct jl_check *k = m->check;
    for (uint32_t n = k->nlog; n-- > 0;) {
        if (k->log[n].step > steps)
            continue;
        bool newest = true;
        for (uint32_t later = n + 1; later < k->nlog && newest; later++)
            newest = k->log[later].step > steps || k->log[later].addr != k->log[n].addr;
        if (newest && memcmp(m->mem->base + k->log[n].addr, &k->log[n].new_bytes, 8)) {
            snprintf(what, size, "memory at %08x", k->log[n].addr);
            return false;
        }
    }
    return true;
}

bool jl_check_after(struct jl_machine *m, enum jl_exit reason) {
    struct jl_check *k = m->check;
    struct jl_region *r = jl_region_at_host(m, k->entry);
    int64_t given = r ? r->entry_charge : 0;
    uint64_t ran = (uint64_t)(given - m->cpu.slice);
    char what[128];
    jl_machine_set_slice(m, k->slice - (int64_t)ran);
    uint32_t i = 0;
    while (i < k->steps && k->ticks[i] < ran)
        i++;
    if (k->ticks[i] != ran) {
        snprintf(what, sizeof what, "it took %llu ticks, where the interpreter has no boundary (exit %d)",
                 (unsigned long long)ran, (int)reason);
        return report(m, &k->state[k->steps], what);
    }
    if (reason == JL_EXIT_LINK) {
        m->cpu.pc = m->sites[m->cpu.exit_site].target_pc;
        jl_cpu_extend_pc(&m->cpu);
    }
    return (same_registers(m, &k->state[i], what, sizeof what) && same_memory(m, i, what, sizeof what)) ||
           report(m, &k->state[i], what);
}
