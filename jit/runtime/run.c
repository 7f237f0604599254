/* The run loop: into translated code, out again, and what each way out asks for. */
#include <asm/prctl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jit/cop0.h"
#include "jit/fpu/vr4300.h"
#include "jit/frontend/wide.h"
#include "jit/guest.h"
#include "jit/runtime/beside.h"
#include "jit/runtime/cache.h"
#include "jit/runtime/check.h"
#include "jit/runtime/idle.h"
#include "jit/runtime/model.h"
#include "jit/runtime/offload.h"
#include "jit/runtime/others.h"
#include "jit/runtime/parked.h"
#include "jit/runtime/patch.h"
#include "jit/runtime/profile.h"
#include "jit/runtime/regions.h"
#include "jit/runtime/running.h"
#include "jit/runtime/site.h"
#include "jit/x64/disasm.h"

enum { STICKY = 0x3f, INTERP_CHUNK = 1 << 12 };

static _Thread_local const void *gs_base; /* what this thread's GS points at */

static void use_guest_space(const struct jl_machine *m) {
    if (gs_base == m->mem->base || m->guest) /* a guest of its own kind has only code there */
        return;
    gs_base = m->mem->base;
    syscall(SYS_arch_prctl, ARCH_SET_GS, gs_base);
}

/* ---- interrupts ----
 *
 * A signal handler on this thread may ask for an interrupt at any instruction. It always sets cpu.interrupt; only while
 * jl_running names the machine does it also raise the slice's limit, so that translated code leaves at its next check.
 */

void jl_run_force(struct jl_machine *m) {
    if (jl_running != m)
        return;
    m->cpu.limit = INT64_MAX;
    m->cpu.interrupt = 1; /* split events do not look at the limit */
}

/* False when other threads have made something invalid. */
bool jl_run_begin(struct jl_machine *m) {
    jl_running = m;
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* from here on handlers force; before, they only leave word */
    bool valid = jl_others_enter(m);
    if (!valid || m->cpu.interrupt)
        jl_run_force(m);
    return valid;
}

void jl_run_end(struct jl_machine *m) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    jl_running = NULL;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    jl_others_exit(m);
    m->forced = m->cpu.limit != 0;
    m->cpu.limit = 0;
    m->cpu.stalls_ahead = 0; /* be it that the board's call left */
}

/* The flags that translated code left in MXCSR; after every way out, since a change of FCSR makes MXCSR anew. Cause is
 * not kept: what stands there belongs to an older operation, and is cleared (jit/README.md). */
void jl_run_fold_flags(struct jl_machine *m) {
    if (m->cpu.mode & JL_MODE_VR4300) /* whose translated code leaves FCSR alone */
        return;
    if (m->mxcsr & STICKY) {
        jl_fpu_fold(&m->cpu, m->mxcsr);
        m->mxcsr &= ~(uint32_t)STICKY;
        m->mxcsr_fcsr = m->cpu.fcsr;
    }
    if (!(m->cpu.mode & JL_MODE_FPU_EXACT))
        m->cpu.fcsr &= ~(0x3fu << JL_FCSR_CAUSE_SHIFT);
}

static void make_vr4300_mxcsr(struct jl_machine *m) {
    jl_faults_install_fpu();
    m->vr4300_mxcsr = jl_vr4300_mxcsr(&m->cpu);
    m->vr4300_fcsr = m->cpu.fcsr;
}

void jl_run_load_mxcsr(struct jl_machine *m) {
    if (m->cpu.mode & JL_MODE_VR4300) {
        if (m->vr4300_fcsr != m->cpu.fcsr)
            make_vr4300_mxcsr(m);
        m->mxcsr = m->vr4300_mxcsr;
        m->mxcsr_fcsr = ~m->cpu.fcsr; /* not what another mode makes of it */
    } else if (m->mxcsr_fcsr != m->cpu.fcsr) {
        m->mxcsr = jl_fpu_mxcsr(&m->cpu);
        m->mxcsr_fcsr = m->cpu.fcsr;
    }
}

static uint32_t enter(struct jl_machine *m, uint8_t *entry) {
    jl_run_load_mxcsr(m);
    m->counters.run_entries++;
    m->cpu.count = jl_cpu_count(&m->cpu, jl_machine_ticks(m));
    if (m->model)
        jl_model_enter(m, entry);
    jl_run_begin(m);
    uint32_t reason;
    if (m->frame_bytes) {
        m->segment[JL_SEG_FRAME].count++;
        reason = ((uint32_t(*)(struct jl_machine *, void *))(void *)(entry - m->frame_bytes))(m, NULL);
    } else {
        reason = ((uint32_t(*)(struct jl_machine *, void *))(void *)m->cache->thunk[JL_THUNK_ENTER])(m, entry);
    }
    jl_run_end(m);
    if (m->model)
        jl_model_left(m, reason == JL_RAN_FAULT);
    jl_run_fold_flags(m);
    return reason;
}

/* Tells the inline-cache strategy where the call went that the interpreter ended with, if it did: the last instruction
 * is that at site. */
static void note_call(struct jl_machine *m, uint32_t site) {
    const struct jl_inline_cache_ops *ops = JL_OPS(m, INLINE_CACHE, jl_inline_cache_ops);
    struct jl_insn insn;
    uint32_t word;
    if (!ops->called || (uint32_t)m->cpu.var[JL_VAR_GPR + 31] != site + 8 || !jl_mem_fetch(m->mem, site, &word))
        return;
    jl_decode(word, m->cpu.isa, &insn);
    if (insn.op == JL_OP_JALR)
        ops->called(m, site, (uint32_t)m->cpu.pc);
}

/* n instructions (a branch with its slot is one) by the interpreter. */
static enum jl_exit interpret(struct jl_machine *m, unsigned n) {
    uint64_t before = jl_machine_retired(m);
    uint32_t last = (uint32_t)m->cpu.pc + 4 * (n - 1);
    enum jl_exit r = m->guest ? m->guest->interpret(m, n) : jl_interp_run(&m->cpu, m->interp, n);
    m->counters.interpreted_instructions += jl_machine_retired(m) - before;
    if (n > 1 && !m->guest)
        note_call(m, last);
    return r;
}

/* Translated code has left in front of a block that is longer than the rest of the slice: a 64-bit processor stops
 * where the slice ends. */
static enum jl_exit finish_slice(struct jl_machine *m) {
    while (m->cpu.slice >= 0 && !m->cpu.interrupt) {
        enum jl_exit r = interpret(m, (unsigned)m->cpu.slice + 1);
        if (r != JL_EXIT_NONE)
            return r;
    }
    return JL_EXIT_SLICE;
}

/* Lockstep gives translated code its first block, however long that is: a 64-bit processor's slice may end in it. */
static bool ends_in_first_block(struct jl_machine *m, const uint8_t *entry) {
    if (!m->tools.check || !(m->cpu.mode & JL_MODE_64))
        return false;
    const struct jl_region *r = jl_region_at_host(m, entry);
    return r && m->cpu.slice < (int64_t)r->entry_charge;
}

/* The interpreter has to do the access that faulted. */
static enum jl_exit leave_at(struct jl_machine *m, const struct jl_region *region, const struct jl_site *site) {
    const uint8_t *pc = (const uint8_t *)(uintptr_t)m->fault_pc;
    jl_snap_restore(m, region, site->snap);
    if (region->profile) /* what of the access came before the instruction that faulted was done */
        jl_profile_site(region, site, (int32_t)jl_x64_count(m->cache->base + site->host_off, pc) - (int32_t)site->tail);
    return JL_EXIT_INTERP;
}

/* A host fault at a guest access. Returns JL_EXIT_NONE to run on at cpu->pc, JL_EXITS to resume at the access. */
static enum jl_exit host_fault(struct jl_machine *m) {
    uint8_t *pc = (uint8_t *)(uintptr_t)m->fault_pc;
    struct jl_region *region = jl_region_at_host(m, pc);
    struct jl_site site;
    uint32_t addr = (uint32_t)(m->fault_addr - (uint64_t)(uintptr_t)m->mem->base);
    m->counters.host_faults++;
    if (!region || !jl_site_at(m, region, pc, &site)) {
        fprintf(stderr, "jitlab: internal: host fault in translated code at %p that is no guest access\n", (void *)pc);
        abort();
    }
    if (m->fault_fpu)
        return leave_at(m, region, &site);
    bool guarded = m->fault_write && jl_page_has(m->mem, addr, JL_PAGE_W | JL_PAGE_GUARD);
    const struct jl_memory_ops *ops = JL_OPS(m, MEMORY, jl_memory_ops);
    if ((!guarded || jl_is_beside_code(m, addr, (unsigned)site.arg)) && ops->host_fault &&
        ops->host_fault(m, pc, addr, m->fault_write))
        return JL_EXITS;
    if (guarded)
        jl_mem_code_write(m->mem, addr, (uint32_t)site.arg);
    if (guarded && !region->dead && !jl_page_has(m->mem, addr, JL_PAGE_GUARD))
        return JL_EXITS;
    return leave_at(m, region, &site);
}

/* The commonest site exit by far, at each end of a slice: the site need not be unpacked. */
static enum jl_exit slice_exit(struct jl_machine *m, const struct jl_region *region, const struct jl_site_packed *p) {
    jl_snap_restore(m, region, p->snap);
    m->cpu.slice += (int32_t)p->at;
    m->counters.slice_exits++;
    return JL_EXIT_SLICE;
}

static enum jl_exit site_exit(struct jl_machine *m, bool call) {
    struct jl_region *region = m->region_list[m->exit_site >> 12];
    const struct jl_site_packed *p = &region->sites->site[m->exit_site & 0xfff];
    if (!call && p->kind_flags == JL_SITE_SLICE && !region->profile)
        return slice_exit(m, region, p);
    const struct jl_site site = jl_site_get(region, m->exit_site & 0xfff), *s = &site;
    enum jl_exit reason = call ? (enum jl_exit)m->cpu.exit : (enum jl_exit)s->op;
    uint64_t addr = jl_site_value(m, s->a, s->imm_a);
    jl_snap_restore(m, region, s->snap);
    jl_profile_site(region, s, 3 - (int32_t)s->tail); /* the jump on the condition, mov, jmp */
    if (!call && s->a != JL_LOC_NONE)
        m->cpu.exit_addr = addr;
    if (s->kind == JL_SITE_SLICE) {
        m->cpu.slice += s->arg;
        m->counters.slice_exits++;
        reason = JL_EXIT_SLICE;
    }
    return reason;
}

/* From what a thunk returned to an enum jl_exit; JL_EXITS means: back to the access that faulted. */
static enum jl_exit reason_of(struct jl_machine *m, uint32_t ran) {
    switch (ran) {
    case JL_RAN_EXIT: return site_exit(m, false);
    case JL_RAN_CALL: return site_exit(m, true);
    case JL_RAN_FAULT: return host_fault(m);
    case JL_RAN_STATE: return (enum jl_exit)m->cpu.exit;
    case JL_RAN_PATCH: jl_patch_leave(m); return (enum jl_exit)m->cpu.exit;
    default: return (enum jl_exit)ran;
    }
}

/* Back to the access that faulted. Not when another thread has changed code meanwhile: it counts on it that this one,
 * once out of translated code, does not go on in the middle of a region that may have the old code in it. */
static enum jl_exit resume(struct jl_machine *m) {
    m->resume_pc = m->fault_pc;
    if (m->model)
        jl_model_resume(m);
    uint32_t ran = JL_RAN_FAULT;
    bool valid = jl_run_begin(m);
    if (valid)
        ran = ((uint32_t(*)(struct jl_machine *))(void *)m->cache->thunk[JL_THUNK_RESUME])(m);
    jl_run_end(m);
    if (m->model)
        jl_model_left(m, ran == JL_RAN_FAULT);
    jl_run_fold_flags(m);
    if (valid)
        return reason_of(m, ran);
    const uint8_t *pc = (const uint8_t *)(uintptr_t)m->fault_pc;
    const struct jl_region *region = jl_region_at_host(m, pc);
    struct jl_site site;
    if (!jl_site_at(m, region, pc, &site))
        abort(); /* host_fault has found it */
    return leave_at(m, region, &site);
}

/* Where a 64-bit processor is that translated code cannot be entered: an address beyond 32 bits, or the slot of a
 * branch that stood in a slot itself. And as long as there is a page to be fetched from and not read, which the host's
 * MMU cannot tell apart. */
static bool must_interpret(const struct jl_machine *m) {
    return m->cpu.mode & JL_MODE_64 && (m->cpu.pc != (uint64_t)(int64_t)(int32_t)m->cpu.pc ||
                                        m->cpu.slot_pc == (m->cpu.pc | 1) || m->mem->fetch_only);
}

/* A jump that is not linked: it is when its target has been found or made, unless the target is interpreted for now.
 */
static void follow_link(struct jl_machine *m) {
    uint32_t site = (uint32_t)m->cpu.exit_site;
    m->cpu.pc = m->sites[site].target_pc;
    jl_cpu_extend_pc(&m->cpu);
    m->link_wanted = site + 1;
}

static void link_wanted(struct jl_machine *m, uint8_t *entry) {
    struct jl_region *target = jl_region_at_host(m, entry);
    if (target && m->sites[m->link_wanted - 1].target_pc == target->pc)
        jl_link_patch(m, m->link_wanted - 1, target);
    m->link_wanted = 0;
}

/* Tells the inline-cache strategy what the lookup found that translated code left for. */
static void tell_found(struct jl_machine *m, uint8_t *entry) {
    const struct jl_inline_cache_ops *ops = JL_OPS(m, INLINE_CACHE, jl_inline_cache_ops);
    if (ops->found)
        ops->found(m, (uint32_t)m->cpu.pc, entry);
    m->lookup_left = false;
}

/* The region that found itself stale, at its entry or at one of its loop heads. */
static void drop_stale(struct jl_machine *m) {
    struct jl_region *r = m->region_list[m->exit_site >> 12];
    m->counters.stale_entries++;
    for (unsigned i = 0; i < r->nranges; i++)
        jl_pages_note_change(m, r->ranges[i].addr);
    jl_region_changed(m, r);
}

/* A region that took a register for something that it is not. */
static void drop_wide(struct jl_machine *m) {
    struct jl_region *r = m->region_list[m->exit_site >> 12];
    m->counters.assumptions_failed++;
    jl_fe_not_assumed(m, r->pc);
    jl_region_drop(m, r);
}

/* No version of the annotated region at pc was made for the values of now. What cannot be made is general code from the
 * next word on. */
static enum jl_exit make_version(struct jl_machine *m) {
    m->counters.version_misses++;
    return jl_region_make(m, (uint32_t)m->cpu.pc) ? JL_EXIT_NONE : interpret(m, 1);
}

static enum jl_exit offload(struct jl_machine *m) {
    enum jl_exit r = jl_offload_call(m);
    m->counters.dispatches++;
    return r == JL_EXIT_INTERP ? interpret(m, 1) : r == JL_EXIT_LOOKUP ? JL_EXIT_NONE : r;
}

/* Does what a way out asks for. JL_EXIT_NONE: go on; else the exit for the caller. */
static enum jl_exit handle(struct jl_machine *m, enum jl_exit reason) {
    switch (reason) {
    case JL_EXIT_LOOKUP:
        m->counters.dispatches++;
        m->lookup_left = true;
        return JL_EXIT_NONE;
    case JL_EXIT_LINK:
        m->counters.dispatches++;
        follow_link(m);
        return JL_EXIT_NONE;
    case JL_EXIT_STALE: drop_stale(m); return JL_EXIT_NONE;
    case JL_EXIT_OFFLOAD: return offload(m);
    case JL_EXIT_IDLE: return jl_idle(m);
    case JL_EXIT_WIDE: drop_wide(m); return JL_EXIT_NONE;
    case JL_EXIT_VERSION: return make_version(m);
    case JL_EXIT_INTERP: return interpret(m, 1);
    default: return reason;
    }
}

/* Asks the tier about pc, which has no translation. Returns its entry if it is translated now, else NULL and in *n how
 * many instructions to interpret. */
static uint8_t *translate_or_interpret(struct jl_machine *m, uint32_t pc, unsigned *n) {
    const struct jl_tier_ops *tier = JL_OPS(m, TIER, jl_tier_ops);
    struct jl_region *parked = jl_parked_take(m, pc);
    if (parked)
        return parked->linked_entry;
    *n = tier->interpret && !m->tools.check && !jl_offload_at(m, pc) ? tier->interpret(m, pc) : 0;
    if (*n)
        return NULL;
    *n = 1;
    struct jl_region *r = jl_region_make(m, pc);
    return r ? r->linked_entry : NULL;
}

/* What the board does without the run's end. In lockstep it has nothing to do during a run. */
static bool board_takes(struct jl_machine *m, enum jl_exit reason) {
    const struct jl_cop0_board *board = m->cpu.cop0_board;
    if (!board || m->tools.check || !board->take(board->ctx, reason))
        return false;
    m->cpu.exit = JL_EXIT_NONE;
    m->cpu.exit_bd = 0; /* as where a run begins */
    return true;
}

static enum jl_exit run_translated(struct jl_machine *m) {
    const struct jl_lookup_ops *lookup = JL_OPS(m, LOOKUP, jl_lookup_ops);
    use_guest_space(m);
    m->link_wanted = 0;
    m->lookup_left = false;
    for (;;) {
        if (__atomic_load_n(&m->work, __ATOMIC_ACQUIRE) || __atomic_load_n(&m->mem->dirty_count, __ATOMIC_RELAXED))
            jl_others_work(m);
        if (m->flush_wanted || m->regions_mode != jl_key_mode(m->cpu.mode) ||
            (m->regions_alone && jl_mem_parallel(m->mem))) {
            m->regions_mode = jl_key_mode(m->cpu.mode);
            if (m->nregions)
                jl_regions_flush(m);
        }
        if (m->cpu.slice < 0 || m->cpu.interrupt)
            return JL_EXIT_SLICE;
        if (m->offload_frame && (uint32_t)m->cpu.pc == JL_OFFLOAD_RETURN) {
            m->cpu.exit_addr = JL_OFFLOAD_RETURN; /* a call from host code is done: as the interpreter would have it */
            m->cpu.exit_code = JL_FAULT_PAGE;
            return JL_EXIT_FAULT_FETCH;
        }
        bool interprets = must_interpret(m);
        uint8_t *entry = interprets ? NULL : lookup->find(m, (uint32_t)m->cpu.pc);
        unsigned n = 1;
        if (!entry && !interprets)
            entry = translate_or_interpret(m, (uint32_t)m->cpu.pc, &n);
        enum jl_exit reason;
        if (!entry) {
            m->link_wanted = 0;
            m->lookup_left = false;
            reason = interpret(m, n);
        } else {
            if (m->link_wanted)
                link_wanted(m, entry);
            if (m->lookup_left)
                tell_found(m, entry);
            if (ends_in_first_block(m, entry)) {
                return finish_slice(m);
            }
            if (m->tools.check)
                jl_check_before(m, entry);
            m->cpu.exit_bd = 0;
            m->cpu.slot_pc = 0; /* or an ERET could come back to where it was meant for */
            reason = reason_of(m, enter(m, entry));
            while (reason == JL_EXITS)
                reason = resume(m);
            jl_cpu_extend_pc(&m->cpu);
            if (m->cpu.mode & JL_MODE_VR4300)
                jl_vr4300_resolve(&m->cpu);
            if (m->tools.check && !jl_check_after(m, reason))
                return JL_EXIT_SLICE;
            if (reason == JL_EXIT_SLICE && (m->forced || (m->tools.check && m->cpu.slice >= 0)))
                continue;
            reason = reason == JL_EXIT_SLICE && m->cpu.mode & JL_MODE_64 ? finish_slice(m) : handle(m, reason);
        }
        if (reason != JL_EXIT_NONE && !board_takes(m, reason))
            return reason;
    }
}

enum jl_exit jl_machine_run(struct jl_machine *m) {
    enum jl_exit r;
    m->cpu.exit = JL_EXIT_NONE;
    m->cpu.exit_bd = 0;
    jl_here = m;
    if (JL_OPS(m, BACKEND, jl_backend_ops)->interprets) {
        do
            r = jl_interp_run(&m->cpu, m->interp, INTERP_CHUNK);
        while (r == JL_EXIT_NONE && !m->cpu.interrupt);
        if (r == JL_EXIT_NONE)
            r = JL_EXIT_SLICE;
    } else {
        r = run_translated(m);
    }
    m->cpu.interrupt = 0; /* whatever it was asked for, the caller looks after it now */
    m->cpu.exit = r;
    return r;
}

void jl_machine_interrupt(struct jl_machine *m) {
    m->cpu.interrupt = 1;
    jl_run_force(m);
}
