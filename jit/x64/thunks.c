/* The pieces of host code that every region shares: the way in, the ways out, and the slow-call bridge. Emitted once at
 * the front of the code cache (behind the cells). */
#include "jit/x64/thunks.h"

#include "jit/runtime/cells.h"
#include "jit/x64/layout.h"

static const uint8_t saved_regs[] = {JL_RBX, JL_RBP, JL_R12, JL_R13, JL_R14, JL_R15};
static const uint8_t pool[] = JL_GPR_POOL;
/* return address + 6 pushes leave rsp at 8 mod 16: one more word aligns it */
enum { FRAME = 8 };

static struct jl_memop field(int32_t offset) {
    return jl_m(JL_RBP, offset);
}

static void pinned(struct jl_machine *m, struct jl_asm *a, bool load) {
    for (unsigned v = 0; v < JL_VARS; v++) {
        if (m->pinned_reg[v] == 0xff)
            continue;
        unsigned w = m->cpu.mode & JL_MODE_64 ? 8 : 4;
        struct jl_memop home = jl_loc_mem((jl_loc)(JL_LOC_HOME + v));
        if (load)
            jl_x_mov_rm(a, w, (enum jl_reg)m->pinned_reg[v], home);
        else
            jl_x_mov_mr(a, w, home, (enum jl_reg)m->pinned_reg[v]);
    }
}

/* C calls f(machine, target): saves C's registers, makes the frame, loads MXCSR. rsi is kept. */
static void enter(struct jl_asm *a) {
    for (unsigned i = 0; i < sizeof saved_regs; i++)
        jl_x_push(a, (enum jl_reg)saved_regs[i]);
    jl_x_alu_ri(a, JL_X_SUB, 8, JL_RSP, FRAME);
    jl_x_lea(a, 8, JL_RBP, jl_m(JL_RDI, JL_CPU_BIAS));
    jl_x_stmxcsr(a, field(JL_AT(host_mxcsr)));
    jl_x_ldmxcsr(a, field(JL_AT(mxcsr)));
}

void jl_thunk_prologue(struct jl_machine *m, struct jl_asm *a) {
    enter(a);
    pinned(m, a, true);
}

static void leave(struct jl_asm *a) {
    jl_x_stmxcsr(a, field(JL_AT(mxcsr)));
    jl_x_ldmxcsr(a, field(JL_AT(host_mxcsr)));
    jl_x_alu_ri(a, JL_X_ADD, 8, JL_RSP, FRAME);
    for (unsigned i = sizeof saved_regs; i-- > 0;)
        jl_x_pop(a, (enum jl_reg)saved_regs[i]);
    jl_x_ret(a);
}

static void all_registers(struct jl_asm *a, bool load) {
    for (unsigned i = 0; i < JL_GPR_POOL_SIZE; i++) {
        struct jl_memop mem = field(JL_AT(host.gpr) + 8 * pool[i]);
        if (load)
            jl_x_mov_rm(a, 8, (enum jl_reg)pool[i], mem);
        else
            jl_x_mov_mr(a, 8, mem, (enum jl_reg)pool[i]);
    }
    for (unsigned x = 0; x < JL_XMM_POOL_SIZE; x++) {
        struct jl_memop mem = field(JL_AT(host.xmm) + 8 * (int32_t)x);
        if (load)
            jl_x_movsd_rm(a, x, mem);
        else
            jl_x_movsd_mr(a, mem, x);
    }
}

static void thunk_exit(struct jl_asm *a, uint8_t **tail) {
    jl_x_mov_mr(a, 4, field(JL_AT(exit_site)), JL_RAX);
    all_registers(a, false);
    jl_x_mov_ri(a, JL_RAX, JL_RAN_EXIT);
    jl_x_jmp_to(a, *tail);
}

/* Entered by a call from far code, so rsp is 8 mod 16 here. */
static void thunk_slow(struct jl_asm *a, uint8_t *tail) {
    all_registers(a, false);
    jl_x_stmxcsr(a, field(JL_AT(mxcsr)));
    jl_x_ldmxcsr(a, field(JL_AT(host_mxcsr)));
    jl_x_alu_ri(a, JL_X_SUB, 8, JL_RSP, 8);
    jl_x_lea(a, 8, JL_RDI, jl_m(JL_RBP, -JL_CPU_BIAS));
    jl_x_mov_rr(a, 4, JL_RSI, JL_RAX);
    jl_x_mov_ri(a, JL_RAX, (int64_t)(uintptr_t)jl_slow_call_from_code);
    jl_x_call_r(a, JL_RAX);
    jl_x_alu_ri(a, JL_X_ADD, 8, JL_RSP, 8);
    jl_x_ldmxcsr(a, field(JL_AT(mxcsr)));
    jl_x_test_rr(a, 4, JL_RAX, JL_RAX);
    uint8_t *leaves = jl_x_jcc32(a, JL_CC_NE_);
    all_registers(a, true);
    jl_x_mov_rm(a, 8, JL_RAX, field(JL_AT(slow_result)));
    jl_x_ret(a);
    jl_x_patch32(leaves, a->p);
    jl_x_alu_ri(a, JL_X_ADD, 8, JL_RSP, 8); /* the call's return address */
    jl_x_mov_ri(a, JL_RAX, JL_RAN_STATE);
    jl_x_jmp_to(a, tail);
}

void jl_thunks_emit(struct jl_machine *m, struct jl_code_cache *c) {
    uint8_t *p = c->base + JL_CELL_MAX * 8;
    struct jl_asm asm_ = {.p = p, .start = p, .end = p + 4096}, *a = &asm_;
    uint8_t **t = c->thunk;
    t[JL_THUNK_LEAVE] = a->p;
    pinned(m, a, false);
    t[JL_THUNK_LEAVE_SAVED] = a->p;
    leave(a);
    t[JL_THUNK_ENTER] = a->p;
    enter(a);
    pinned(m, a, true);
    jl_x_jmp_r(a, JL_RSI);
    t[JL_THUNK_RESUME] = a->p;
    enter(a);
    all_registers(a, true);
    jl_x_movsd_rm(a, JL_XMM_TMP, field(JL_AT(host.xmm) + 8 * JL_XMM_TMP));
    jl_x_movsd_rm(a, JL_XMM_TMP2, field(JL_AT(host.xmm) + 8 * JL_XMM_TMP2));
    jl_x_mov_rm(a, 8, JL_RAX, field(JL_AT(host.gpr) + 8 * JL_RAX));
    jl_x_mov_rm(a, 8, JL_RDX, field(JL_AT(host.gpr) + 8 * JL_RDX));
    jl_x_jmp_m(a, field(JL_AT(resume_pc)));
    t[JL_THUNK_LOOKUP] = a->p;
    jl_x_mov_mr(a, 4, field(JL_AT(cpu.pc)), JL_RDX);
    jl_x_mov_ri(a, JL_RAX, JL_EXIT_LOOKUP);
    jl_x_jmp_to(a, t[JL_THUNK_LEAVE]);
    t[JL_THUNK_LINK] = a->p;
    jl_x_mov_mr(a, 8, field(JL_AT(cpu.exit_site)), JL_RAX);
    jl_x_mov_ri(a, JL_RAX, JL_EXIT_LINK);
    jl_x_jmp_to(a, t[JL_THUNK_LEAVE]);
    t[JL_THUNK_EXIT] = a->p;
    thunk_exit(a, &t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_EXIT_SAVED] = a->p;
    jl_x_mov_mr(a, 4, field(JL_AT(exit_site)), JL_RAX);
    jl_x_mov_ri(a, JL_RAX, JL_RAN_CALL);
    jl_x_jmp_to(a, t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_FAULT] = a->p; /* the fault handler sets rip to this; registers are saved already */
    jl_x_mov_ri(a, JL_RAX, JL_RAN_FAULT);
    jl_x_jmp_to(a, t[JL_THUNK_LEAVE_SAVED]);
    t[JL_THUNK_SLOW] = a->p;
    thunk_slow(a, t[JL_THUNK_LEAVE_SAVED]);
    c->thunks_end = a->p;
}
