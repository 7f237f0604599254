/* Building IR: values, snapshots, memory, control; see builder.h. */
#include "jit/ir/builder.h"

#include <string.h>

#include "jit/ir/build_fold.h"
#include "jit/runtime/machine.h"

/* ---- local value numbering ---- */

static uint32_t hash_op(const struct jl_op *op) {
    uint32_t h = op->op * 31u + op->type * 7u + op->cc * 131u + op->sub * 17u + op->size;
    h = (h ^ op->a) * 0x9e3779b1u;
    h = (h ^ op->b) * 0x85ebca6bu;
    h = (h ^ op->c ^ op->d * 3) * 0xc2b2ae35u;
    h ^= (uint32_t)op->imm * 0x27d4eb2fu ^ (uint32_t)(op->imm >> 32);
    return (h ^ h >> 15) & 255;
}

static bool same_op(const struct jl_op *x, const struct jl_op *y) {
    return x->op == y->op && x->type == y->type && x->sub == y->sub && x->cc == y->cc && x->size == y->size &&
           x->scale == y->scale && x->flags == y->flags && x->a == y->a && x->b == y->b && x->c == y->c &&
           x->d == y->d && x->imm == y->imm;
}

static jl_ref append(struct jl_builder *b, struct jl_op op) {
    b->ir->at_pc = b->pc + (b->bd ? 4 : 0);
    jl_ref r = jl_ir_append(b->ir, op);
    if (op.snap)
        b->last_snap_op = r;
    return r;
}

/* 64-bit constants are host addresses mostly, which differ from run to run: looked for by comparing, not by hash, so
 * that which values are found again, and with it the code made, is the same in every run. */
static jl_ref wide_const(struct jl_builder *b, struct jl_op op) {
    for (unsigned i = 0; i < JL_WIDE_CONSTS; i++) {
        jl_ref r = b->wide[i];
        if (r >= b->vn_floor && r < b->ir->nops && r && same_op(&b->ir->ops[r], &op))
            return r;
    }
    return b->wide[b->next_wide++ % JL_WIDE_CONSTS] = append(b, op);
}

/* Makes a pure op, or finds an equal one of this block. */
static jl_ref make(struct jl_builder *b, struct jl_op op) {
    if (!b->vn && op.op != JL_IR_CONST)
        return append(b, op);
    if (op.op == JL_IR_CONST && op.type == JL_I64)
        return wide_const(b, op);
    uint32_t *slot = &b->vn_table[hash_op(&op)];
    if (*slot >= b->vn_floor && *slot < b->ir->nops && *slot && same_op(&b->ir->ops[*slot], &op))
        return *slot;
    return *slot = append(b, op);
}

/* The same for one that may leave: an equal one did not. */
static jl_ref make_leaving(struct jl_builder *b, struct jl_op op) {
    uint32_t *slot = &b->vn_table[hash_op(&op)];
    if (b->vn && *slot >= b->vn_floor && *slot < b->ir->nops && *slot && same_op(&b->ir->ops[*slot], &op))
        return *slot;
    op.snap = jl_b_snapshot(b);
    return *slot = append(b, op);
}

void jl_b_begin(struct jl_builder *b, uint32_t mode) {
    struct jl_ir *ir = b->ir;
    memset(b->cur, 0, sizeof b->cur);
    memset(b->vn_table, 0, sizeof b->vn_table);
    memset(b->wide, 0, sizeof b->wide);
    b->next_wide = 0;
    b->serial++;
    b->was_set_lo = b->was_set_hi = b->known_lo = b->known_hi = 0;
    b->mode = mode;
    b->vn_floor = 1;
    b->last_snap_op = 0;
    b->held.on = false;
    b->snap_pc = ~0u;
    b->block = jl_ir_add_block(ir, b->pc);
    jl_ir_append_nops(ir, JL_VARS); /* PARAMs are made here when they are wanted, from the last on */
    ir->blocks[0].first = ir->begin = ir->entry_slot = jl_ir_append_nops(ir, 1);
}

/* ---- values ---- */

jl_ref jl_b_const(struct jl_builder *b, enum jl_type type, int64_t value) {
    return make(
        b, (struct jl_op){.op = JL_IR_CONST, .type = (uint8_t)type, .imm = type == JL_I32 ? (int32_t)value : value});
}

jl_ref jl_b_ptr(struct jl_builder *b, const void *p) {
    return jl_b_const(b, JL_I64, (int64_t)(intptr_t)p);
}

jl_ref jl_b_op2(struct jl_builder *b, enum jl_irop op, enum jl_type type, jl_ref x, jl_ref y) {
    uint8_t o = (uint8_t)op;
    if (b->fold) {
        jl_ref r = jl_fold(b, &o, (uint8_t)type, &x, &y);
        if (r)
            return r;
    }
    return make(b, (struct jl_op){.op = o, .type = (uint8_t)type, .a = x, .b = y});
}

jl_ref jl_b_op1(struct jl_builder *b, enum jl_irop op, enum jl_type type, jl_ref x) {
    if (op == JL_IR_FFROM) {
        unsigned size = b->ir->ops[x].type == JL_I64 ? 8 : 4;
        if (b->fold && b->ir->ops[x].op == JL_IR_FLO && size == 8)
            return b->ir->ops[x].a;
        return make(b, (struct jl_op){.op = JL_IR_FFROM, .type = (uint8_t)type, .a = x, .size = (uint8_t)size});
    }
    return jl_b_op2(b, op, type, x, 0);
}

static uint8_t compare_type(const struct jl_builder *b, jl_ref x, jl_ref y) {
    return b->ir->ops[x].type == JL_I64 || b->ir->ops[y].type == JL_I64 ? JL_I64 : JL_I32;
}

static bool is_zero(const struct jl_ir *ir, jl_ref r) {
    return jl_ir_is_const(ir, r) && ir->ops[r].imm == 0;
}

/* Both sides constant, or one that nothing has a bit in common with: the answer in *known. */
static bool decided(const struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y, bool *known) {
    if (b->fold && (cc == JL_CC_TEST_Z || cc == JL_CC_TEST_NZ) && (is_zero(b->ir, x) || is_zero(b->ir, y))) {
        *known = cc == JL_CC_TEST_Z;
        return true;
    }
    if (!b->fold || !jl_ir_is_const(b->ir, x) || !jl_ir_is_const(b->ir, y))
        return false;
    bool wide = compare_type(b, x, y) == JL_I64;
    *known = jl_fold_cc(cc, b->ir->ops[x].imm, b->ir->ops[y].imm, wide);
    return true;
}

jl_ref jl_b_setcc(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y) {
    bool known;
    if (decided(b, cc, x, y, &known))
        return jl_b_i32(b, known);
    return make(
        b, (struct jl_op){
               .op = JL_IR_SETCC, .type = JL_I32, .cc = (uint8_t)cc, .a = x, .b = y, .sub = compare_type(b, x, y)});
}

jl_ref jl_b_select(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y, jl_ref yes, jl_ref no) {
    bool known;
    if (yes == no)
        return yes;
    if (decided(b, cc, x, y, &known))
        return known ? yes : no;
    return make(b, (struct jl_op){.op = JL_IR_SELECT,
                                  .type = b->ir->ops[yes].type,
                                  .cc = (uint8_t)cc,
                                  .a = x,
                                  .b = y,
                                  .c = yes,
                                  .d = no,
                                  .sub = compare_type(b, x, y)});
}

static struct jl_op fpu_op(const struct jl_builder *b, enum jl_irop op, enum jl_type type, enum jl_fpu_fmt fmt,
                           jl_ref x, jl_ref y, int64_t imm) {
    unsigned size = op == JL_IR_ITOF && b->ir->ops[x].type == JL_I64 ? 8 : 4;
    return (struct jl_op){.op = (uint8_t)op,
                          .type = (uint8_t)type,
                          .sub = (uint8_t)fmt,
                          .a = x,
                          .b = y,
                          .imm = imm,
                          .size = (uint8_t)size};
}

jl_ref jl_b_fop(struct jl_builder *b, enum jl_irop op, enum jl_type type, enum jl_fpu_fmt fmt, jl_ref x, jl_ref y,
                int64_t imm) {
    return make(b, fpu_op(b, op, type, fmt, x, y, imm));
}

jl_ref jl_b_ftrap(struct jl_builder *b, enum jl_irop op, enum jl_type type, enum jl_fpu_fmt fmt, jl_ref x, jl_ref y,
                  int64_t imm) {
    return make_leaving(b, fpu_op(b, op, type, fmt, x, y, imm));
}

/* ---- guest registers ---- */

static uint8_t var_type(const struct jl_builder *b, unsigned var) {
    if ((var >= JL_VAR_FPR && var < JL_VAR_FCC) || var > JL_VAR_NOTE)
        return JL_F;
    return b->mode & JL_MODE_64 && var < JL_VAR_FPR ? JL_I64 : JL_I32;
}

jl_ref jl_b_param(struct jl_builder *b, unsigned var) {
    struct jl_ir *ir = b->ir;
    if (!ir->param[var]) {
        ir->begin = ir->param[var] = --ir->blocks[0].first;
        ir->ops[ir->begin] =
            (struct jl_op){.op = JL_IR_PARAM, .type = var_type(b, var), .imm = var, .home = (uint8_t)(var + 1)};
    }
    return ir->param[var];
}

static void note(uint64_t *lo, uint64_t *hi, unsigned var) {
    if (var < 64)
        *lo |= (uint64_t)1 << var;
    else
        *hi |= (uint64_t)1 << (var - 64);
}

jl_ref jl_b_get(struct jl_builder *b, unsigned var) {
    if (var == JL_VAR_GPR)
        return jl_b_const(b, (enum jl_type)var_type(b, var), 0);
    if (!b->cur[var]) {
        b->cur[var] = jl_b_param(b, var);
        note(&b->known_lo, &b->known_hi, var);
    }
    return b->cur[var];
}

void jl_b_note_set(struct jl_builder *b, unsigned var) {
    note(&b->was_set_lo, &b->was_set_hi, var);
    note(&b->known_lo, &b->known_hi, var);
}

void jl_b_set(struct jl_builder *b, unsigned var, jl_ref value) {
    if (var == JL_VAR_GPR || b->cur[var] == value)
        return;
    b->cur[var] = value;
    jl_b_note_set(b, var);
    b->snap_pc = ~0u;
    /* From its making on, in this block, this is what the var holds: nothing that could leave came in between. */
    struct jl_op *op = &b->ir->ops[value];
    if (!op->home && value >= b->last_snap_op && value >= b->ir->blocks[b->block].first && op->op != JL_IR_CONST)
        op->home = (uint8_t)(var + 1);
}

void jl_b_note(struct jl_builder *b, unsigned var, jl_ref value) {
    if (b->cur[var] == value)
        return;
    b->cur[var] = value;
    note(&b->was_set_lo, &b->was_set_hi, var);
    b->snap_pc = ~0u;
}

/* ---- snapshots ---- */

/* What a snapshot says of a var. Held: its value there, which was the PARAM if it got its first since. */
static jl_ref snapshot_value(struct jl_builder *b, unsigned v) {
    jl_ref *at = b->held.on ? &b->held.cur[v] : &b->cur[v];
    if (!*at && b->cur[v])
        *at = jl_b_param(b, v);
    return *at;
}

/* Records the vars of a set (those from `base` on) that have a value. A pinned var always is in a snapshot. */
static void record(struct jl_builder *b, uint64_t set, uint64_t pinned, unsigned base) {
    for (; set; set &= set - 1) {
        unsigned v = base + (unsigned)__builtin_ctzll(set);
        if (!b->cur[v] && pinned >> (v - base) & 1)
            jl_b_get(b, v);
        jl_ref value = snapshot_value(b, v);
        if (value)
            jl_ir_add_snap_var(b->ir, v, value);
    }
}

void jl_b_save(const struct jl_builder *b, jl_ref vars[JL_VARS]) {
    memcpy(vars, b->cur, sizeof b->cur);
}

void jl_b_restore(struct jl_builder *b, const jl_ref vars[JL_VARS]) {
    memcpy(b->cur, vars, sizeof b->cur);
}

void jl_b_hold(struct jl_builder *b, bool on) {
    if (on || b->held.on)
        b->snap_pc = ~0u; /* the last snapshot's list is another place's */
    b->held.on = on;
    if (!on)
        return;
    b->held.pc = b->pc;
    b->held.bd = b->bd;
    b->held.uncharged = b->uncharged;
    b->held.unstalled = b->unstalled;
    jl_b_save(b, b->held.cur);
}

uint32_t jl_b_snapshot(struct jl_builder *b) {
    struct jl_ir *ir = b->ir;
    struct jl_snap s = {
        .pc = b->pc, .bd = b->bd, .uncharged = b->uncharged, .unstalled = b->unstalled, .first = ir->nsnap_vars};
    if (b->held.on) {
        s.pc = b->held.pc;
        s.bd = b->held.bd;
        s.uncharged = b->held.uncharged;
        s.unstalled = b->held.unstalled;
    }
    if (b->snap_pc != ~0u && b->snap_block == b->block) { /* nothing was set since: share the list */
        s.first = ir->snaps[b->last_snap].first;
        s.count = ir->snaps[b->last_snap].count;
    } else {
        /* Untouched vars are in the cpu struct; once set, even a value equal to the old one is recorded, since the home
         * slot may hold another by then. */
        record(b, b->was_set_lo | b->pinned_lo, b->pinned_lo, 0);
        record(b, b->was_set_hi | b->pinned_hi, b->pinned_hi, 64);
        s.count = ir->nsnap_vars - s.first;
    }
    b->snap_pc = b->pc;
    b->snap_block = b->block;
    return b->last_snap = jl_ir_add_snap(ir, s);
}

/* ---- memory ---- */

jl_ref jl_b_gload(struct jl_builder *b, enum jl_type type, unsigned size, unsigned flags, jl_ref addr, int32_t disp) {
    return append(b, (struct jl_op){.op = JL_IR_GLOAD,
                                    .type = (uint8_t)type,
                                    .size = (uint8_t)size,
                                    .flags = (uint8_t)flags,
                                    .a = addr,
                                    .imm = disp,
                                    .snap = jl_b_snapshot(b)});
}

void jl_b_gstore(struct jl_builder *b, unsigned size, unsigned flags, jl_ref addr, int32_t disp, jl_ref value) {
    append(b, (struct jl_op){.op = JL_IR_GSTORE,
                             .size = (uint8_t)size,
                             .flags = (uint8_t)flags,
                             .a = addr,
                             .c = value,
                             .imm = disp,
                             .snap = jl_b_snapshot(b)});
}

jl_ref jl_b_hload(struct jl_builder *b, enum jl_type type, unsigned size, unsigned flags, jl_ref base, jl_ref index,
                  unsigned scale, int32_t disp) {
    return append(b, (struct jl_op){.op = JL_IR_HLOAD,
                                    .type = (uint8_t)type,
                                    .size = (uint8_t)size,
                                    .flags = (uint8_t)flags,
                                    .a = base,
                                    .b = index,
                                    .scale = (uint8_t)scale,
                                    .imm = disp});
}

void jl_b_hstore(struct jl_builder *b, unsigned size, jl_ref base, jl_ref index, unsigned scale, int32_t disp,
                 jl_ref value) {
    append(b, (struct jl_op){.op = JL_IR_HSTORE,
                             .size = (uint8_t)size,
                             .a = base,
                             .b = index,
                             .c = value,
                             .scale = (uint8_t)scale,
                             .imm = disp});
}

void jl_b_hadd(struct jl_builder *b, unsigned size, jl_ref base, int32_t disp, int32_t n) {
    append(b, (struct jl_op){.op = JL_IR_HADD, .size = (uint8_t)size, .a = base, .imm = disp, .d = (jl_ref)n});
}

jl_ref jl_b_cpu_load(struct jl_builder *b, enum jl_type type, unsigned size, size_t offset) {
    return jl_b_hload(b, type, size, 0, 0, 0, 0, (int32_t)offset);
}

void jl_b_cpu_store(struct jl_builder *b, unsigned size, size_t offset, jl_ref value) {
    jl_b_hstore(b, size, 0, 0, 0, (int32_t)offset, value);
}

void jl_b_fence(struct jl_builder *b) {
    append(b, (struct jl_op){.op = JL_IR_FENCE});
}

void jl_b_count(struct jl_builder *b, uint64_t *p, int64_t n) {
    if (b->machine->tools.count)
        jl_ir_add_count(b->ir, (struct jl_ir_count){.at = b->ir->nops, .counter = p, .n = (int32_t)n});
}

/* ---- calls ---- */

jl_ref jl_b_call(struct jl_builder *b, void *fn, enum jl_type type, bool may_exit, jl_ref x, jl_ref y, jl_ref z) {
    return append(b, (struct jl_op){.op = JL_IR_CALL,
                                    .type = (uint8_t)type,
                                    .a = x,
                                    .b = y,
                                    .c = z,
                                    .flags = may_exit ? JL_IRF_MAY_EXIT : 0,
                                    .imm = (int64_t)(intptr_t)fn,
                                    .snap = jl_b_snapshot(b)});
}

jl_ref jl_b_slow_if(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y, void *fn, bool may_exit, jl_ref arg1,
                    jl_ref arg2) {
    uint32_t call = jl_ir_add_slow(b->ir, (struct jl_slow_call){fn, may_exit});
    return append(b, (struct jl_op){.op = JL_IR_SLOWIF,
                                    .cc = (uint8_t)cc,
                                    .a = x,
                                    .b = y,
                                    .c = arg1,
                                    .d = arg2,
                                    .sub = compare_type(b, x, y),
                                    .imm = call,
                                    .snap = jl_b_snapshot(b)});
}

jl_ref jl_b_slow_join(struct jl_builder *b, jl_ref slow_if, jl_ref hot) {
    jl_ref r = append(
        b, (struct jl_op){.op = JL_IR_SLOWJOIN, .type = hot ? b->ir->ops[hot].type : JL_VOID, .a = hot, .b = slow_if});
    b->vn_floor = r; /* values made on the hot stretch only must not be used behind it */
    return r;
}

/* ---- leaving ---- */

static void finish_block(struct jl_builder *b, int32_t yes, int32_t no) {
    struct jl_ir_block *blk = &b->ir->blocks[b->block];
    blk->end = b->ir->nops;
    blk->succ[0] = yes;
    blk->succ[1] = no;
}

void jl_b_exit_if(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y, enum jl_exit reason, jl_ref exit_addr) {
    bool known;
    if (decided(b, cc, x, y, &known) && !known)
        return;
    append(b, (struct jl_op){.op = JL_IR_EXITIF,
                             .cc = (uint8_t)cc,
                             .a = x,
                             .b = y,
                             .c = exit_addr,
                             .sub = compare_type(b, x, y),
                             .imm = reason,
                             .snap = jl_b_snapshot(b)});
}

void jl_b_charge(struct jl_builder *b, unsigned n, unsigned flags) {
    uint16_t uncharged = b->uncharged, unstalled = b->unstalled;
    b->uncharged = b->unstalled = 0; /* the exit takes the charge back by itself */
    append(b, (struct jl_op){.op = JL_IR_CHARGE,
                             .imm = n,
                             .flags = (uint8_t)flags,
                             .snap = flags & JL_IRF_CHECK ? jl_b_snapshot(b) : 0});
    b->uncharged = uncharged;
    b->unstalled = unstalled;
}

void jl_b_unstall(struct jl_builder *b, jl_ref v, unsigned size, unsigned n, bool counted) {
    append(b, (struct jl_op){.op = JL_IR_UNSTALL, .size = (uint8_t)size, .scale = counted, .a = v, .imm = n});
}

jl_ref jl_b_slice(struct jl_builder *b, unsigned n) {
    return append(b, (struct jl_op){.op = JL_IR_SLICE, .type = JL_I64, .imm = n});
}

void jl_b_leave(struct jl_builder *b, enum jl_exit reason, jl_ref pc, jl_ref exit_addr) {
    append(b, (struct jl_op){.op = JL_IR_LEAVE, .a = pc, .b = exit_addr, .imm = reason, .snap = jl_b_snapshot(b)});
    finish_block(b, -1, -1);
}

void jl_b_offload(struct jl_builder *b, uint32_t n) {
    append(b, (struct jl_op){.op = JL_IR_LEAVE, .sub = JL_LEAVE_OFFLOAD, .imm = n, .snap = jl_b_snapshot(b)});
    finish_block(b, -1, -1);
}

void jl_b_link(struct jl_builder *b, uint32_t target_pc) {
    append(b, (struct jl_op){.op = JL_IR_LINK, .imm = target_pc, .snap = jl_b_snapshot(b)});
    finish_block(b, -1, -1);
}

void jl_b_jump_host(struct jl_builder *b, jl_ref host, jl_ref pc) {
    append(b, (struct jl_op){.op = JL_IR_JUMPH, .a = host, .b = pc, .snap = jl_b_snapshot(b)});
    finish_block(b, -1, -1);
}

jl_ref jl_b_hostpc(struct jl_builder *b, uint32_t pc) {
    return append(b, (struct jl_op){.op = JL_IR_HOSTPC, .type = JL_I64, .imm = pc});
}

void jl_b_ret(struct jl_builder *b) {
    append(b, (struct jl_op){.op = JL_IR_RET, .snap = jl_b_snapshot(b)});
    finish_block(b, -1, -1);
}

jl_ref jl_b_crc(struct jl_builder *b, jl_ref seed, uint32_t addr, uint32_t len) {
    return append(b, (struct jl_op){.op = JL_IR_CRC,
                                    .type = JL_I32,
                                    .a = seed,
                                    .b = jl_b_i32(b, (int32_t)addr),
                                    .imm = len,
                                    .snap = jl_b_snapshot(b)});
}

/* ---- control flow ---- */

uint32_t jl_b_new_block(struct jl_builder *b, bool cold) {
    uint32_t n = jl_ir_add_block(b->ir, b->ir->blocks[b->block].pc);
    b->ir->blocks[n].cold = cold;
    b->ir->blocks[n].loop_depth = b->ir->blocks[b->block].loop_depth;
    return n;
}

void jl_b_branch(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y, uint32_t yes, uint32_t no) {
    bool known;
    if (decided(b, cc, x, y, &known)) {
        jl_b_jump(b, known ? yes : no);
        return;
    }
    append(b, (struct jl_op){.op = JL_IR_BR, .cc = (uint8_t)cc, .a = x, .b = y, .sub = compare_type(b, x, y)});
    finish_block(b, (int32_t)yes, (int32_t)no);
}

void jl_b_jump(struct jl_builder *b, uint32_t block) {
    append(b, (struct jl_op){.op = JL_IR_JMP});
    finish_block(b, (int32_t)block, -1);
}

void jl_b_start(struct jl_builder *b, uint32_t block) {
    b->block = block;
    b->ir->blocks[block].first = b->ir->nops;
    b->vn_floor = b->ir->nops;
    b->snap_pc = ~0u;
}
