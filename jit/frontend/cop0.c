/* The VR4300's coprocessor 0 as IR: what needs no stop of the processor (jit/cop0.h).
 *
 * Count is time: the board wants the instructions retired before this very one. With events' parameter eager each block
 * adds its instructions to Count in memory; without, it is made from the time slice when it is read.
 *
 * What a page table walk executes stays in one region: the reading and writing of EntryHi, EntryLo and their like in
 * place, TLBWR as a call, ERET as an indirect jump.
 */
#include "jit/cop0.h"

#include <stddef.h>

#include "jit/frontend/wide.h"
#include "jit/isa/stall.h"

bool jl_fe_can_cop0(const struct jl_insn *i, uint32_t mode) {
    switch (i->op) {
    case JL_OP_MFC0:
    case JL_OP_DMFC0: return mode & JL_MODE_VR4300 && JL_COP0_READABLE >> i->rd & 1;
    case JL_OP_MTC0:
    case JL_OP_DMTC0:
    case JL_OP_TLBR:
    case JL_OP_TLBWI:
    case JL_OP_TLBWR:
    case JL_OP_TLBP:
    case JL_OP_ERET:
    case JL_OP_CACHE: return mode & JL_MODE_VR4300;
    default: return false;
    }
}

static bool is_eager(const struct jl_builder *b) {
    const struct jl_events_ops *events = JL_OPS(b->machine, EVENTS, jl_events_ops);
    return events->eager_count && events->eager_count(b->machine);
}

void jl_fe_count(struct jl_builder *b, unsigned n) {
    if (n && b->mode & JL_MODE_VR4300 && is_eager(b))
        jl_b_hadd(b, 4, 0, offsetof(struct jl_cpu, count), (int32_t)n);
}

void jl_fe_unstall(struct jl_builder *b, const struct jl_insn *i, jl_ref v) {
    unsigned size = jl_stall_result(i->op), n = jl_stall(i->op, b->mode);
    if (size && n)
        jl_b_unstall(b, v, size, n, is_eager(b));
}

/* What the block was charged for and has not done yet is taken back. */
static jl_ref count(struct jl_builder *b) {
    if (is_eager(b))
        return jl_b_op2(b, JL_IR_SUB, JL_I32, jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, count)),
                        jl_b_i32(b, b->uncharged));
    jl_ref base = jl_b_cpu_load(b, JL_I64, 8, offsetof(struct jl_cpu, count_base));
    jl_ref end = jl_b_cpu_load(b, JL_I64, 8, offsetof(struct jl_cpu, tick_base));
    jl_ref whole = jl_b_op2(b, JL_IR_ADD, JL_I64, base, end);
    return jl_fe_low(b, jl_b_op2(b, JL_IR_SUB, JL_I64, whole, jl_b_slice(b, b->uncharged)));
}

/* Behind it coprocessor 0 may be used, for the rest of the region: the board does nothing of what comes there by a call
 * that would change that. */
static void need_cop0(struct jl_builder *b, struct jl_frontend *f) {
    if (jl_fe_learn(f->at, JL_FE_COP0_USABLE))
        return;
    jl_ref usable = jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, cop0_usable));
    jl_b_exit_if(b, JL_CC_EQ, usable, jl_b_i32(b, 0), JL_EXIT_INTERP, 0);
}

static jl_ref registers(struct jl_builder *b) {
    return jl_b_cpu_load(b, JL_I64, 8, offsetof(struct jl_cpu, cop0));
}

static jl_ref reg(struct jl_builder *b, jl_ref registers, enum jl_type type, unsigned number) {
    return jl_b_hload(b, type, type == JL_I64 ? 8 : 4, 0, registers, 0, 0, (int32_t)(8 * number));
}

static void set_reg(struct jl_builder *b, jl_ref registers, unsigned number, jl_ref v) {
    jl_b_hstore(b, 8, registers, 0, 0, (int32_t)(8 * number), v);
}

static jl_ref and64(struct jl_builder *b, jl_ref v, uint64_t mask) {
    return mask == UINT64_MAX ? v : jl_b_op2(b, JL_IR_AND, JL_I64, v, jl_b_i64(b, (int64_t)mask));
}

static void read(struct jl_builder *b, const struct jl_insn *i) {
    bool wide = i->op == JL_OP_DMFC0;
    jl_ref v;
    if (i->rd == JL_COP0_COUNT) {
        v = count(b);
        v = wide ? jl_b_op1(b, JL_IR_ZEXT32, JL_I64, v) : jl_fe_extended(b, v);
    } else {
        v = reg(b, registers(b), wide ? JL_I64 : JL_I32, i->rd);
        v = wide ? v : jl_fe_extended(b, v);
    }
    jl_b_set(b, JL_VAR_GPR + i->rt, v);
}

/* What MTC0 or DMTC0 writes. */
static jl_ref written(struct jl_builder *b, const struct jl_insn *i) {
    jl_ref v = jl_b_get(b, JL_VAR_GPR + i->rt);
    return i->op == JL_OP_DMTC0 ? v : jl_fe_extended(b, jl_fe_low(b, v));
}

/* Leaves when EntryHi would get another ASID, which voids all that the TLB maps. */
static void write_in_place(struct jl_builder *b, const struct jl_insn *i) {
    uint64_t mask = jl_cop0_writable[i->rd];
    jl_ref regs = registers(b), v = written(b, i), kept = 0;
    if (mask != UINT64_MAX)
        kept = reg(b, regs, JL_I64, i->rd);
    if (i->rd == JL_COP0_ENTRYHI)
        jl_b_exit_if(b, JL_CC_TEST_NZ, jl_b_op2(b, JL_IR_XOR, JL_I64, kept, v), jl_b_i64(b, JL_COP0_ASID),
                     JL_EXIT_INTERP, 0);
    set_reg(b, regs, JL_COP0_LATCH, v);
    if (kept)
        v = jl_b_op2(b, JL_IR_OR, JL_I64, and64(b, kept, ~mask), and64(b, v, mask));
    set_reg(b, regs, i->rd, v);
}

/* fn of a CALL: the board carries out an instruction, for region `from`. Behind it the run may have to end, or the
 * region has gone: it is left in front of the instruction then, which the board finds done. */
static uint64_t execute(struct jl_cpu *cpu, uint64_t value, uint64_t word, uint64_t from) {
    const struct jl_region *region = (const struct jl_region *)(uintptr_t)from;
    bool done = cpu->cop0_board->execute(cpu->cop0_board->ctx, (uint32_t)word, value);
    cpu->exit = JL_EXIT_NONE;
    if (done && !cpu->interrupt && !region->dead)
        return 0;
    cpu->access_done = done;
    cpu->exit = JL_EXIT_INTERP;
    return 0;
}

/* The board reads the time from the slice, as it is in front of the instruction, and from stalls_ahead how much of that
 * was instructions. */
static void by_board(struct jl_builder *b, const struct jl_insn *i) {
    jl_ref value = 0;
    uint32_t word = 0;
    if (!jl_mem_fetch(jl_policy_mem(b->machine), b->pc + (b->bd ? 4 : 0), &word))
        b->ir->failed = true;
    if (i->op == JL_OP_MTC0 || i->op == JL_OP_DMTC0)
        value = written(b, i);
    else if (i->op == JL_OP_CACHE)
        value = jl_b_op2(b, JL_IR_ADD, JL_I64, jl_b_get(b, JL_VAR_GPR + i->rs), jl_b_i64(b, i->imm));
    jl_b_cpu_store(b, 8, offsetof(struct jl_cpu, slice), jl_b_slice(b, b->uncharged));
    if (b->unstalled)
        jl_b_cpu_store(b, 4, offsetof(struct jl_cpu, stalls_ahead), jl_b_i32(b, b->unstalled));
    jl_b_call(b, (void *)execute, JL_VOID, true, value, jl_b_i64(b, word), jl_b_i64(b, (int64_t)(uintptr_t)b->region));
    if (b->unstalled)
        jl_b_cpu_store(b, 4, offsetof(struct jl_cpu, stalls_ahead), jl_b_i32(b, 0));
}

/* In lockstep, and where the machine has no board, all but reading is the interpreter's. So is what changes the mapping
 * that it may be fetched through itself: it could not be found done. */
static bool leaves(const struct jl_builder *b, const struct jl_insn *i) {
    bool maps = i->op == JL_OP_TLBWI || i->op == JL_OP_TLBWR || i->op == JL_OP_TLBR, unmapped = b->pc >> 30 == 2;
    return !b->machine->cpu.cop0_board || b->machine->tools.check || (maps && !unmapped);
}

void jl_fe_cop0(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    bool reads = i->op == JL_OP_MFC0 || i->op == JL_OP_DMFC0, writes = i->op == JL_OP_MTC0 || i->op == JL_OP_DMTC0;
    if (!reads && leaves(b, i)) {
        jl_fe_to_interpreter(b);
        return;
    }
    need_cop0(b, f);
    if (reads)
        read(b, i);
    else if (writes && (JL_COP0_PLAIN >> i->rd & 1 || i->rd == JL_COP0_ENTRYHI))
        write_in_place(b, i);
    else
        by_board(b, i);
}

/* Leaves when the processor would not be in kernel mode before and behind it, when an interrupt waits, and when an
 * access may be watched for, whose exception may have been put off until here. */
jl_ref jl_fe_eret(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    if (leaves(b, i)) {
        jl_fe_to_interpreter(b);
        return jl_b_i32(b, 0);
    }
    need_cop0(b, f);
    jl_ref regs = registers(b), status = reg(b, regs, JL_I32, JL_COP0_STATUS);
    jl_b_exit_if(b, JL_CC_TEST_NZ, status, jl_b_i32(b, JL_STATUS_ERL | JL_STATUS_KSU), JL_EXIT_INTERP, 0);
    jl_ref enabled = jl_b_op2(b, JL_IR_SUB, JL_I32, jl_b_i32(b, 0),
                              jl_b_op2(b, JL_IR_AND, JL_I32, status, jl_b_i32(b, JL_STATUS_IE)));
    jl_ref asked = jl_b_op2(b, JL_IR_AND, JL_I32, status, reg(b, regs, JL_I32, JL_COP0_CAUSE));
    asked = jl_b_op2(b, JL_IR_AND, JL_I32, asked, jl_b_i32(b, JL_STATUS_IM));
    jl_b_exit_if(b, JL_CC_TEST_NZ, asked, enabled, JL_EXIT_INTERP, 0);
    jl_b_exit_if(b, JL_CC_TEST_NZ, reg(b, regs, JL_I32, JL_COP0_WATCHLO),
                 jl_b_i32(b, JL_COP0_WATCH_LOADS | JL_COP0_WATCH_STORES), JL_EXIT_INTERP, 0);
    jl_ref target = jl_fe_jump_target(b, reg(b, regs, JL_I64, JL_COP0_EPC));
    jl_b_hstore(b, 4, regs, 0, 0, 8 * JL_COP0_STATUS,
                jl_b_op2(b, JL_IR_AND, JL_I32, status, jl_b_i32(b, ~JL_STATUS_EXL)));
    jl_b_cpu_store(b, 4, offsetof(struct jl_cpu, ll_valid), jl_b_i32(b, 0));
    return target;
}
