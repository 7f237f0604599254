/* The pieces of host code that every region shares: the way in, the ways out, and the slow-call bridge. Emitted once at
 * the front of the code cache (behind the cells). */
#include "jit/x64/thunks.h"

#include "jit/runtime/cells.h"
#include "jit/runtime/model.h"
#include "jit/runtime/offload.h"
#include "jit/runtime/patch.h"
#include "jit/x64/layout.h"

static const uint8_t saved_regs[] = {JL_RBX, JL_RBP, JL_R12, JL_R13, JL_R14, JL_R15};
static const uint8_t pool[] = JL_GPR_POOL;
/* return address + 6 pushes leave rsp at 8 mod 16: one more word aligns it */
enum { FRAME = 8 };

static struct jl_memop field(int32_t offset) {
    return jl_m(JL_RBP, offset);
}

/* A straight piece of a thunk, from begin to end: counted when it runs, with what it is made of. */
static void begin(struct jl_machine *m, struct jl_asm *a, enum jl_segment seg) {
    const uint8_t *from = a->p;
    m->segment[seg].instructions = a->instructions;
    if (m->tools.count)
        jl_x_alu_mi(a, JL_X_ADD, 8, field(JL_AT(segment) + (int32_t)(seg * sizeof *m->segment)), 1);
    jl_model_skip(m, from, a->p, 0);
}

static void end(struct jl_machine *m, struct jl_asm *a, enum jl_segment seg) {
    m->segment[seg].instructions = a->instructions - m->segment[seg].instructions - m->tools.count;
}

static void pinned(struct jl_machine *m, struct jl_asm *a, bool load) {
    for (unsigned v = 0; v < JL_VARS; v++) {
        if (m->pinned_reg[v] == 0xff)
            continue;
        struct jl_memop home = jl_loc_mem((jl_loc)(JL_LOC_HOME + v));
        if (load)
            jl_x_mov_rm(a, 8, (enum jl_reg)m->pinned_reg[v],
                        home); /* the upper half is zero when guests have 32 bits */
        else
            jl_x_mov_mr(a, 8, home, (enum jl_reg)m->pinned_reg[v]);
    }
}

static void slice(struct jl_asm *a, bool load) {
    if (load)
        jl_x_mov_rm(a, 8, JL_SLICE_REG, field(JL_AT(cpu.slice)));
    else
        jl_x_mov_mr(a, 8, field(JL_AT(cpu.slice)), JL_SLICE_REG);
}

/* From C's stack to translated code's own, if it has one, which was kept in own_rsp; and back. */
static void to_own_stack(struct jl_machine *m, struct jl_asm *a, int32_t own_rsp) {
    if (!jl_own_stack(m))
        return;
    if (own_rsp == JL_AT(guest_rsp)) /* else it is C's stack that was left */
        jl_x_mov_mr(a, 8, field(JL_AT(c_rsp)), JL_RSP);
    jl_x_mov_rm(a, 8, JL_RSP, field(own_rsp));
}

static void to_c_stack(struct jl_machine *m, struct jl_asm *a, int32_t own_rsp) {
    if (!jl_own_stack(m))
        return;
    jl_x_mov_mr(a, 8, field(own_rsp), JL_RSP);
    jl_x_mov_rm(a, 8, JL_RSP, field(JL_AT(c_rsp)));
}

/* C calls f(machine, target): saves C's registers, makes the frame, loads MXCSR. rsi is kept. */
static void enter(struct jl_machine *m, struct jl_asm *a) {
    for (unsigned i = 0; i < sizeof saved_regs; i++)
        jl_x_push(a, (enum jl_reg)saved_regs[i]);
    jl_x_alu_ri(a, JL_X_SUB, 8, JL_RSP, FRAME);
    jl_x_lea(a, 8, JL_RBP, jl_m(JL_RDI, JL_CPU_BIAS));
    jl_x_stmxcsr(a, field(JL_AT(host_mxcsr)));
    jl_x_ldmxcsr(a, field(JL_AT(mxcsr)));
    slice(a, true);
    to_own_stack(m, a, JL_AT(guest_rsp));
}

void jl_thunk_prologue(struct jl_machine *m, struct jl_asm *a) {
    enter(m, a);
    pinned(m, a, true);
}

static void leave(struct jl_machine *m, struct jl_asm *a) {
    to_c_stack(m, a, JL_AT(guest_rsp));
    slice(a, false);
    jl_x_stmxcsr(a, field(JL_AT(mxcsr)));
    jl_x_ldmxcsr(a, field(JL_AT(host_mxcsr)));
    jl_x_alu_ri(a, JL_X_ADD, 8, JL_RSP, FRAME);
    for (unsigned i = sizeof saved_regs; i-- > 0;)
        jl_x_pop(a, (enum jl_reg)saved_regs[i]);
    jl_x_ret(a);
}

static bool is_kept_by_c(enum jl_reg r) {
    return r == JL_RBX || r >= JL_R12;
}

/* Those that a C function changes, or those that it keeps. */
static void integer_registers(struct jl_asm *a, bool load, bool kept_by_c) {
    for (unsigned i = 0; i < JL_GPR_POOL_SIZE; i++) {
        struct jl_memop mem = field(JL_AT(host.gpr) + 8 * pool[i]);
        if (is_kept_by_c((enum jl_reg)pool[i]) != kept_by_c)
            continue;
        if (load)
            jl_x_mov_rm(a, 8, (enum jl_reg)pool[i], mem);
        else
            jl_x_mov_mr(a, 8, mem, (enum jl_reg)pool[i]);
    }
}

static void vector_registers(struct jl_asm *a, bool load) {
    for (unsigned x = 0; x < JL_XMM_POOL_SIZE; x++) {
        struct jl_memop mem = field(JL_AT(host.xmm) + 8 * (int32_t)x);
        if (load)
            jl_x_movsd_rm(a, x, mem);
        else
            jl_x_movsd_mr(a, mem, x);
    }
}

static void registers(struct jl_asm *a, bool load, bool vectors) {
    integer_registers(a, load, false);
    integer_registers(a, load, true);
    if (vectors)
        vector_registers(a, load);
}

static void all_registers(struct jl_asm *a, bool load) {
    registers(a, load, true);
}

static void thunk_exit(struct jl_machine *m, struct jl_asm *a, uint8_t *tail) {
    begin(m, a, JL_SEG_EXIT);
    jl_x_mov_mr(a, 4, field(JL_AT(exit_site)), JL_RAX);
    all_registers(a, false);
    jl_x_mov_ri(a, JL_RAX, JL_RAN_EXIT);
    jl_x_jmp_to(a, tail);
    end(m, a, JL_SEG_EXIT);
}

void jl_thunk_call(struct jl_machine *m, struct jl_asm *a) {
    to_c_stack(m, a, JL_AT(slow_rsp));
    jl_x_call_r(a, JL_RAX);
    to_own_stack(m, a, JL_AT(slow_rsp));
}

/* fn(machine, eax), where rsp is 8 mod 16: a thunk was called. */
static void call_c(struct jl_machine *m, struct jl_asm *a, const void *fn) {
    bool align = !jl_own_stack(m); /* C's stack is aligned as it was left */
    if (align)
        jl_x_alu_ri(a, JL_X_SUB, 8, JL_RSP, 8);
    jl_x_lea(a, 8, JL_RDI, jl_m(JL_RBP, -JL_CPU_BIAS));
    jl_x_mov_rr(a, 4, JL_RSI, JL_RAX);
    jl_x_mov_ri(a, JL_RAX, (int64_t)(uintptr_t)fn);
    jl_thunk_call(m, a);
    if (align)
        jl_x_alu_ri(a, JL_X_ADD, 8, JL_RSP, 8);
}

/* Entered by a call from far code. */
static void thunk_slow(struct jl_machine *m, struct jl_asm *a, enum jl_segment seg, bool vectors, uint8_t *tail) {
    begin(m, a, seg);
    registers(a, false, vectors);
    slice(a, false);
    jl_x_stmxcsr(a, field(JL_AT(mxcsr)));
    jl_x_ldmxcsr(a, field(JL_AT(host_mxcsr)));
    call_c(m, a, (void *)jl_slow_call_from_code);
    jl_x_ldmxcsr(a, field(JL_AT(mxcsr)));
    slice(a, true);
    jl_x_test_rr(a, 4, JL_RAX, JL_RAX);
    uint8_t *leaves = jl_x_jcc32(a, JL_CC_NE_);
    end(m, a, seg);
    begin(m, a, seg + 1);
    registers(a, true, vectors);
    jl_x_mov_rm(a, 8, JL_RAX, field(JL_AT(slow_result)));
    jl_x_ret(a);
    end(m, a, seg + 1);
    jl_x_patch32(leaves, a->p);
    begin(m, a, seg + 2);
    jl_x_alu_ri(a, JL_X_ADD, 8, JL_RSP, 8); /* the call's return address */
    jl_x_mov_ri(a, JL_RAX, JL_RAN_STATE);
    jl_x_jmp_to(a, tail);
    end(m, a, seg + 2);
}

/* Entered by a call from a patch's stub. What C keeps is saved only when the region has to be left; C does no
 * floating-point arithmetic here, so MXCSR stays the guest's. */
static void thunk_load(struct jl_machine *m, struct jl_asm *a, enum jl_segment seg, bool vectors, uint8_t *tail) {
    begin(m, a, seg);
    integer_registers(a, false, false);
    if (vectors)
        vector_registers(a, false);
    slice(a, false);
    call_c(m, a, (void *)jl_patched_load);
    slice(a, true);
    jl_x_test_rr(a, 4, JL_RDX, JL_RDX);
    uint8_t *leaves = jl_x_jcc32(a, JL_CC_NE_);
    end(m, a, seg);
    begin(m, a, seg + 1);
    integer_registers(a, true, false);
    if (vectors)
        vector_registers(a, true);
    jl_x_ret(a);
    end(m, a, seg + 1);
    jl_x_patch32(leaves, a->p);
    begin(m, a, seg + 2);
    integer_registers(a, false, true);
    jl_x_mov_ri(a, JL_RAX, JL_RAN_PATCH);
    jl_x_alu_ri(a, JL_X_ADD, 8, JL_RSP, 8); /* the call's return address */
    jl_x_jmp_to(a, tail);
    end(m, a, seg + 2);
}

/* Entered by a jump, with the guest's state where a LEAVE puts it. MXCSR stays the guest's: the host function computes
 * as the guest would. */
static void thunk_offload(struct jl_machine *m, struct jl_asm *a, uint8_t *tail) {
    begin(m, a, JL_SEG_OFFLOAD);
    pinned(m, a, false);
    slice(a, false);
    jl_x_lea(a, 8, JL_RDI, jl_m(JL_RBP, -JL_CPU_BIAS));
    jl_x_mov_rr(a, 4, JL_RSI, JL_RAX);
    jl_x_mov_ri(a, JL_RAX, (int64_t)(uintptr_t)jl_offload_from_code);
    jl_x_call_r(a, JL_RAX);
    slice(a, true);
    jl_x_test_rr(a, 8, JL_RAX, JL_RAX);
    uint8_t *leaves = jl_x_jcc32(a, JL_CC_E_);
    end(m, a, JL_SEG_OFFLOAD);
    begin(m, a, JL_SEG_OFFLOAD_ON);
    pinned(m, a, true);
    jl_x_jmp_r(a, JL_RAX);
    end(m, a, JL_SEG_OFFLOAD_ON);
    jl_x_patch32(leaves, a->p);
    begin(m, a, JL_SEG_OFFLOAD_LEAVE);
    jl_x_mov_ri(a, JL_RAX, JL_RAN_STATE);
    jl_x_jmp_to(a, tail);
    end(m, a, JL_SEG_OFFLOAD_LEAVE);
}

/* A way out that only says why. */
static void reason(struct jl_machine *m, struct jl_asm *a, enum jl_segment seg, int value, uint8_t *tail) {
    jl_x_mov_ri(a, JL_RAX, value);
    jl_x_jmp_to(a, tail);
    end(m, a, seg);
}

static void ways_in(struct jl_machine *m, struct jl_asm *a, uint8_t **t) {
    t[JL_THUNK_ENTER] = a->p;
    uint32_t start = a->instructions;
    enter(m, a);
    begin(m, a, JL_SEG_ENTER);
    pinned(m, a, true);
    jl_x_jmp_r(a, JL_RSI);
    end(m, a, JL_SEG_ENTER);
    uint32_t entry = a->instructions - start - m->segment[JL_SEG_ENTER].instructions - m->tools.count;
    m->segment[JL_SEG_ENTER].instructions += entry;
    t[JL_THUNK_RESUME] = a->p;
    enter(m, a);
    begin(m, a, JL_SEG_RESUME);
    all_registers(a, true);
    jl_x_movsd_rm(a, JL_XMM_TMP, field(JL_AT(host.xmm) + 8 * JL_XMM_TMP));
    jl_x_movsd_rm(a, JL_XMM_TMP2, field(JL_AT(host.xmm) + 8 * JL_XMM_TMP2));
    jl_x_mov_rm(a, 8, JL_RAX, field(JL_AT(host.gpr) + 8 * JL_RAX));
    jl_x_mov_rm(a, 8, JL_RDX, field(JL_AT(host.gpr) + 8 * JL_RDX));
    jl_x_jmp_m(a, field(JL_AT(resume_pc)));
    end(m, a, JL_SEG_RESUME);
    m->segment[JL_SEG_RESUME].instructions += entry;
}

static void ways_out(struct jl_machine *m, struct jl_asm *a, uint8_t **t) {
    t[JL_THUNK_LOOKUP] = a->p;
    begin(m, a, JL_SEG_LOOKUP);
    jl_x_mov_mr(a, 4, field(JL_AT(cpu.pc)), JL_RDX);
    reason(m, a, JL_SEG_LOOKUP, JL_EXIT_LOOKUP, t[JL_THUNK_LEAVE]);
    t[JL_THUNK_LINK] = a->p;
    begin(m, a, JL_SEG_LINK);
    jl_x_mov_mr(a, 8, field(JL_AT(cpu.exit_site)), JL_RAX);
    reason(m, a, JL_SEG_LINK, JL_EXIT_LINK, t[JL_THUNK_LEAVE]);
    m->segment[JL_SEG_LINK].instructions += 2; /* the stub that led here: mov, jmp */
    t[JL_THUNK_NO_CALL] = a->p;
    begin(m, a, JL_SEG_NO_CALL);
    jl_x_alu_ri(a, JL_X_SUB, 8, JL_RSP, 8);
    jl_x_mov_ri(a, JL_RDX, 1); /* the guest address that it has */
    jl_x_jmp_to(a, t[JL_THUNK_LOOKUP]);
    end(m, a, JL_SEG_NO_CALL);
    t[JL_THUNK_EXIT] = a->p;
    thunk_exit(m, a, t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_EXIT_SAVED] = a->p;
    begin(m, a, JL_SEG_EXIT_SAVED);
    jl_x_mov_mr(a, 4, field(JL_AT(exit_site)), JL_RAX);
    reason(m, a, JL_SEG_EXIT_SAVED, JL_RAN_CALL, t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_FAULT] = a->p; /* the fault handler sets rip to this; registers are saved already */
    begin(m, a, JL_SEG_FAULT);
    reason(m, a, JL_SEG_FAULT, JL_RAN_FAULT, t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_SLOW] = a->p;
    thunk_slow(m, a, JL_SEG_SLOW, false, t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_SLOW_FPU] = a->p;
    thunk_slow(m, a, JL_SEG_SLOW_FPU, true, t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_OFFLOAD] = a->p;
    thunk_offload(m, a, t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_LOAD] = a->p;
    thunk_load(m, a, JL_SEG_LOAD, false, t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_LOAD_FPU] = a->p;
    thunk_load(m, a, JL_SEG_LOAD_FPU, true, t[JL_THUNK_LEAVE_SAVED]);
}

/* Called from anywhere in a region where rax, rdx and the scratch vector registers are free. */
static void thunk_model(struct jl_machine *m, struct jl_asm *a, struct jl_code_cache *c) {
    c->model_thunk = a->p;
    all_registers(a, false);
    call_c(m, a, (void *)jl_model_full);
    all_registers(a, true);
    jl_x_ret(a);
}

void jl_thunks_emit(struct jl_machine *m, struct jl_code_cache *c) {
    uint8_t *p = c->base + JL_CELL_MAX * 8;
    struct jl_asm asm_ = {.p = p, .start = p, .end = p + 4096}, *a = &asm_;
    c->thunk[JL_THUNK_LEAVE] = a->p;
    begin(m, a, JL_SEG_LEAVE);
    pinned(m, a, false);
    end(m, a, JL_SEG_LEAVE);
    c->thunk[JL_THUNK_LEAVE_SAVED] = a->p;
    begin(m, a, JL_SEG_LEAVE_SAVED);
    leave(m, a);
    end(m, a, JL_SEG_LEAVE_SAVED);
    ways_in(m, a, c->thunk);
    ways_out(m, a, c->thunk);
    c->thunks_end = a->p;
    if (m->model)
        thunk_model(m, a, c);
}
