/* Control: entry, exits, edges between blocks, calls, slow paths.
 *
 * Leaving a region by LINK, JUMPH or LEAVE puts every guest register where the rest of the world expects it (pinned
 * ones into their host registers, the others into the cpu struct) with one parallel move. All other exits are rare:
 * they jump to a thunk that saves the host registers as they are, and C rebuilds the state from the site's snapshot.
 */
#include "jit/x64/emit.h"

#include "jit/runtime/cells.h"
#include "jit/runtime/regions.h"
#include "jit/x64/thunks.h"

/* ---- the way in ---- */

void jl_emit_entry(struct jl_emit *e) {
    e->moves.count = 0;
    for (unsigned v = 0; v < JL_VARS; v++) {
        jl_ref p = e->ir->param[v];
        if (!p || !e->al->range[p])
            continue;
        uint8_t pinned = e->m->pinned_reg[v];
        jl_loc src = pinned != 0xff ? (jl_loc)pinned : (jl_loc)(JL_LOC_HOME + v);
        jl_moves_add(&e->moves, jl_e_loc(e, p), src, jl_e_op(e, p)->type != JL_I32, 0);
    }
    jl_moves_emit(e, &e->moves);
}

void jl_emit_frame(struct jl_emit *e) {
    uint8_t *start = e->a.p;
    if (JL_OPS(e->m, DISPATCH, jl_dispatch_ops)->frame_per_region)
        jl_thunk_prologue(e->m, &e->a);
    e->frame_bytes = (uint32_t)(e->a.p - start);
}

/* ---- writing the state back ---- */

static jl_loc world_loc(const struct jl_emit *e, unsigned var) {
    uint8_t pinned = e->m->pinned_reg[var];
    return pinned != 0xff ? (jl_loc)pinned : (jl_loc)(JL_LOC_HOME + var);
}

static jl_ref resolve_const(const struct jl_emit *e, jl_ref v, int64_t *imm) {
    *imm = jl_ir_is_const(e->ir, v) ? jl_e_op(e, v)->imm : 0;
    return v;
}

/* Computes a sunk op, and first the one sunk operand it may have, into a spill slot. */
static void emit_sunk(struct jl_emit *e, jl_ref v, jl_loc slot) {
    struct jl_op *op = &e->ir->ops[v];
    jl_ref inner = jl_ir_is_sunk(&e->ir->ops[op->a]) ? op->a : op->b;
    jl_loc was = e->al->loc[inner];
    bool nested = inner && jl_ir_is_sunk(&e->ir->ops[inner]);
    if (nested) {
        emit_sunk(e, inner, slot);
        e->al->loc[inner] = slot;
    }
    jl_loc own = e->al->loc[v];
    e->al->loc[v] = slot;
    e->pos = v;
    op->flags &= (uint8_t)~JL_IRF_SUNK;
    if (!jl_emit_int(e, op))
        jl_emit_fpu(e, op);
    op->flags |= JL_IRF_SUNK;
    e->al->loc[v] = own;
    if (nested)
        e->al->loc[inner] = was;
}

/* A sunk value is computed now, into a spill slot of its own, while its operands are still in their places. */
static void collect_sunk(struct jl_emit *e, struct jl_moves *moves, const struct jl_snap *s) {
    unsigned k = e->al->frame_slots;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct jl_snap_var *sv = &e->ir->snap_vars[s->first + i];
        const struct jl_op *op = &e->ir->ops[sv->value];
        if (!jl_ir_is_sunk(op) || k >= JL_SPILL_SLOTS)
            continue;
        jl_loc slot = (jl_loc)(JL_LOC_FRAME + k++);
        uint32_t pos = e->pos;
        emit_sunk(e, sv->value, slot);
        e->pos = pos;
        jl_moves_add(moves, world_loc(e, sv->var), slot, op->type != JL_I32, 0);
    }
}

static void collect_state(struct jl_emit *e, struct jl_moves *moves, uint32_t snap) {
    const struct jl_snap *s = &e->ir->snaps[snap];
    moves->count = 0;
    collect_sunk(e, moves, s);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct jl_snap_var *sv = &e->ir->snap_vars[s->first + i];
        const struct jl_op *op = jl_e_op(e, sv->value);
        int64_t imm;
        if (jl_ir_is_sunk(op))
            continue;
        jl_ref v = resolve_const(e, sv->value, &imm);
        jl_moves_add(moves, world_loc(e, sv->var), jl_e_loc(e, v), op->type != JL_I32, imm);
    }
}

static void give_back_uncharged(struct jl_emit *e, uint32_t snap) {
    const struct jl_snap *s = &e->ir->snaps[snap];
    if (s->uncharged)
        jl_x_alu_ri(&e->a, JL_X_ADD, 8, JL_SLICE_REG, s->uncharged);
    if (s->unstalled)
        jl_x_alu_mi(&e->a, JL_X_SUB, 8, jl_m(JL_RBP, JL_AT(cpu.stalled)), s->unstalled);
}

/* ---- terminators ---- */

void jl_emit_begin_links(struct jl_emit *e) {
    e->region->first_site = e->m->nsites;
    e->region->nsites = 0;
}

/* The jump or call with displacement at field goes to a known guest address: patched once that is translated. */
static void link_field(struct jl_emit *e, uint8_t *field, uint32_t pc) {
    uint32_t site = 0;
    if (e->final)
        site = jl_link_new(e->m, e->region, field, pc);
    struct jl_far f = {.from = field, .site = site, .thunk = JL_THUNK_LINK, .after = JL_FAR_NEVER};
    if (JL_OPS(e->m, FAR_CODE, jl_far_code_ops)->out_of_line) {
        jl_e_far_defer(e, f);
        return;
    }
    uint32_t before = e->a.instructions;
    jl_e_far_piece(e, &f); /* not executed when linked: counted with the thunk */
    e->not_counted += e->a.instructions - before;
}

/* ---- host calls and returns ---- */

/* The host call of the op RETPUSH. Here RET comes back: drop the guest address, jump to its translation. */
static uint8_t *host_call(struct jl_emit *e, uint32_t return_pc) {
    jl_x_push_i(&e->a, (int32_t)return_pc);
    uint8_t *field = jl_x_call32(&e->a);
    if (e->m->tools.count)
        jl_profile_segment(e, JL_SEG_RETURN, 2);
    uint32_t before = jl_e_counted(e);
    jl_x_alu_ri(&e->a, JL_X_ADD, 8, JL_RSP, 8);
    link_field(e, jl_x_jmp32(&e->a), return_pc);
    e->not_counted += jl_e_counted(e) - before; /* not on this way */
    return field;
}

/* The op next to the one being emitted, which step says on which side, that code is made of. */
static const struct jl_op *neighbour(const struct jl_emit *e, int step) {
    const struct jl_op *op = &e->ir->ops[e->pos];
    do
        op += step;
    while (op->op == JL_IR_CONST || (op->op == JL_IR_NOP && op != e->ir->ops));
    return op;
}

static void emit_ret_push(struct jl_emit *e, const struct jl_op *op) {
    if (neighbour(e, 1)->op == JL_IR_LINK) /* its jump is the call */
        return;
    uint8_t *on = host_call(e, (uint32_t)op->imm);
    jl_x_patch32(on, e->a.p);
}

static void emit_link(struct jl_emit *e, const struct jl_op *op) {
    const struct jl_op *call = neighbour(e, -1); /* if it is of this block */
    collect_state(e, &e->moves, op->snap);
    jl_moves_emit(e, &e->moves);
    bool calls = call->op == JL_IR_RETPUSH && call >= &e->ir->ops[e->ir->blocks[e->block].first];
    uint8_t *field = calls ? host_call(e, (uint32_t)call->imm) : jl_x_jmp32(&e->a);
    link_field(e, field, (uint32_t)op->imm);
}

static void emit_ret_top(struct jl_emit *e) {
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    jl_x_mov_rm(&e->a, 4, dst, jl_m(JL_RSP, 8));
    jl_e_done(e, e->pos, dst);
}

static void emit_ret(struct jl_emit *e, const struct jl_op *op) {
    collect_state(e, &e->moves, op->snap);
    jl_moves_emit(e, &e->moves);
    jl_x_ret(&e->a);
}

/* The target stays in its register when no move wants that one. */
static void emit_jump_host(struct jl_emit *e, const struct jl_op *op) {
    int64_t host, pc;
    collect_state(e, &e->moves, op->snap);
    resolve_const(e, op->a, &host);
    resolve_const(e, op->b, &pc);
    jl_loc target = jl_e_loc(e, op->a);
    bool stays = jl_loc_is_gpr(target);
    for (unsigned i = 0; i < e->moves.count; i++)
        stays = stays && e->moves.list[i].dst != target;
    if (!stays)
        jl_moves_add(&e->moves, JL_RAX, target, true, host);
    jl_moves_add(&e->moves, JL_RDX, jl_e_loc(e, op->b), false, pc);
    jl_moves_emit(e, &e->moves);
    jl_x_jmp_r(&e->a, stays ? (enum jl_reg)target : JL_RAX);
}

static void emit_leave(struct jl_emit *e, const struct jl_op *op) {
    if (op->a)
        jl_x_mov_mr(&e->a, 4, jl_m(JL_RBP, JL_AT(cpu.pc)), jl_e_reg(e, op->a, JL_RAX));
    else
        jl_x_mov_mi(&e->a, 4, jl_m(JL_RBP, JL_AT(cpu.pc)), (int32_t)e->ir->snaps[op->snap].pc);
    if (op->b)
        jl_x_mov_mr(&e->a, 4, jl_m(JL_RBP, JL_AT(cpu.exit_addr)), jl_e_reg(e, op->b, JL_RAX));
    if (e->ir->snaps[op->snap].bd)
        jl_x_mov_mi(&e->a, 4, jl_m(JL_RBP, JL_AT(cpu.exit_bd)), 1);
    give_back_uncharged(e, op->snap);
    collect_state(e, &e->moves, op->snap);
    jl_moves_emit(e, &e->moves);
    jl_e_load_imm(e, JL_RAX, op->imm);
    jl_x_jmp_to(&e->a, e->m->cache->thunk[op->sub == JL_LEAVE_OFFLOAD ? JL_THUNK_OFFLOAD : JL_THUNK_LEAVE]);
}

/* ---- edges ---- */

static void edge_moves(struct jl_emit *e, uint32_t succ) {
    const struct jl_ir_block *sb = &e->ir->blocks[succ];
    uint32_t k = 0;
    while (k + 1 < sb->preds && e->ir->pred_list[sb->pred_first + k] != e->block)
        k++;
    e->moves.count = 0;
    for (jl_ref phi = sb->phis; phi; phi = e->ir->ops[phi].d) {
        const struct jl_op *op = jl_e_op(e, phi);
        if (op->op != JL_IR_PHI || !e->al->range[phi])
            continue;
        int64_t imm;
        jl_ref arg = resolve_const(e, e->ir->phi_args[op->imm + k], &imm);
        if (op->type == JL_I32 && jl_e_op(e, arg)->type == JL_I64)
            jl_moves_narrow(&e->moves, jl_e_loc(e, phi), jl_e_loc(e, arg), imm);
        else
            jl_moves_add(&e->moves, jl_e_loc(e, phi), jl_e_loc(e, arg), op->type != JL_I32, imm);
    }
}

bool jl_emit_edge_needed(struct jl_emit *e, uint32_t succ) {
    edge_moves(e, succ);
    return e->moves.count > 0;
}

void jl_emit_edge(struct jl_emit *e, uint32_t succ) {
    edge_moves(e, succ);
    jl_moves_emit(e, &e->moves);
}

static void jump_unless_next(struct jl_emit *e, uint32_t block) {
    if (block != e->next)
        jl_e_jump(e, -1, block);
    else
        jl_e_align_next(e);
}

/* Moves and jump of one arm (0 taken, 1 not) behind the branch: runs only when that arm is gone, so it is counted
 * apart. */
static void emit_arm(struct jl_emit *e, unsigned arm, uint32_t block, bool falls_through) {
    bool jumps = !falls_through || block != e->next;
    if (!jumps && !jl_emit_edge_needed(e, block) && !jl_e_aligns(e, block))
        return;
    if (e->m->tools.count)
        jl_profile_edge(e, arm);
    uint32_t before = e->a.instructions;
    jl_emit_edge(e, block);
    if (jumps)
        jl_e_jump(e, -1, block);
    else
        jl_e_align_next(e);
    if (e->m->tools.count)
        jl_profile_edge_end(e, arm, e->a.instructions - before);
}

static void emit_br(struct jl_emit *e, const struct jl_op *op) {
    const struct jl_ir_block *b = &e->ir->blocks[e->block];
    uint32_t yes = (uint32_t)b->succ[0], no = (uint32_t)b->succ[1];
    int cc;
    if (e->flags_of && e->flags_of == op->a && jl_ir_is_const(e->ir, op->b) && jl_e_op(e, op->b)->imm == 0 &&
        (op->cc == JL_CC_NE || op->cc == JL_CC_EQ))
        cc = op->cc == JL_CC_NE ? e->flags_cc : e->flags_cc ^ 1;
    else
        cc = (int)jl_e_compare(e, op->cc, op->a, op->b, op->sub == JL_I64 ? 8 : 4);
    bool moves_yes = jl_emit_edge_needed(e, yes), moves_no = jl_emit_edge_needed(e, no);
    if (!moves_yes && (moves_no || yes != e->next)) {
        jl_e_jump(e, cc, yes);
        emit_arm(e, 1, no, true);
    } else if (!moves_no) {
        jl_e_jump(e, cc ^ 1, no);
        emit_arm(e, 0, yes, true);
    } else {
        uint8_t *over = jl_x_jcc32(&e->a, (enum jl_x64_cc)(cc ^ 1));
        emit_arm(e, 0, yes, false);
        jl_x_patch32(over, e->a.p);
        emit_arm(e, 1, no, true);
    }
}

static void emit_jmp(struct jl_emit *e) {
    uint32_t to = (uint32_t)e->ir->blocks[e->block].succ[0];
    jl_emit_edge(e, to);
    jump_unless_next(e, to);
}

/* ---- exits inside a block ---- */

static void emit_exit_if(struct jl_emit *e, const struct jl_op *op) {
    enum jl_x64_cc cc = jl_e_compare(e, op->cc, op->a, op->b, op->sub == JL_I64 ? 8 : 4);
    struct jl_site site = {.kind = JL_SITE_EXIT,
                           .op = (uint8_t)op->imm,
                           .snap = jl_site_snap(e, op->snap),
                           .a = op->c ? jl_e_loc(e, op->c) : (jl_loc)JL_LOC_NONE,
                           .imm_a = op->c && jl_ir_is_const(e->ir, op->c) ? (int32_t)jl_e_op(e, op->c)->imm : 0};
    jl_e_far(e, (int)cc, (struct jl_far){.site = jl_site_add(e, site), .thunk = JL_THUNK_EXIT});
}

static void emit_charge(struct jl_emit *e, const struct jl_op *op) {
    enum jl_x64_cc cc = JL_CC_S_;
    if (op->imm || !(op->flags & JL_IRF_LIMIT))
        jl_x_alu_ri(&e->a, JL_X_SUB, 8, JL_SLICE_REG, (int32_t)op->imm);
    if (!(op->flags & JL_IRF_CHECK))
        return;
    if (op->flags & JL_IRF_LIMIT) {
        jl_x_alu_rm(&e->a, JL_X_CMP, 8, JL_SLICE_REG, jl_m(JL_RBP, JL_AT(cpu.limit)));
        cc = JL_CC_L_;
    }
    struct jl_site site = {
        .kind = JL_SITE_SLICE, .snap = jl_site_snap(e, op->snap), .arg = (int32_t)op->imm, .a = JL_LOC_NONE};
    jl_e_far(e, (int)cc, (struct jl_far){.site = jl_site_add(e, site), .thunk = JL_THUNK_EXIT});
}

static void emit_slice(struct jl_emit *e, const struct jl_op *op) {
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    jl_x_lea(&e->a, 8, dst, jl_m(JL_SLICE_REG, (int32_t)op->imm));
    jl_e_done(e, e->pos, dst);
}

static void emit_hostpc(struct jl_emit *e, const struct jl_op *op) {
    enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
    uint64_t *cell = jl_cell_for(e->m, (uint32_t)op->imm);
    jl_x_mov_rm(&e->a, 8, dst, jl_mabs(cell));
    jl_e_done(e, e->pos, dst);
}

/* ---- slow paths ---- */

static jl_ref find_join(const struct jl_emit *e, jl_ref slow_if) {
    for (jl_ref p = slow_if + 1; p < e->ir->blocks[e->block].end; p++)
        if (e->ir->ops[p].op == JL_IR_SLOWJOIN && e->ir->ops[p].b == slow_if)
            return p;
    return 0;
}

static void emit_slow_if(struct jl_emit *e, const struct jl_op *op) {
    const struct jl_slow_call *call = &e->ir->slow[op->imm];
    enum jl_x64_cc cc = jl_e_compare(e, op->cc, op->a, op->b, op->sub == JL_I64 ? 8 : 4);
    jl_ref join = find_join(e, e->pos);
    int64_t imm_c = 0, imm_d = 0;
    if (op->c)
        resolve_const(e, op->c, &imm_c);
    if (op->d)
        resolve_const(e, op->d, &imm_d);
    const struct jl_op *j = jl_e_op(e, join);
    struct jl_site site = {.kind = JL_SITE_SLOW,
                           .snap = jl_site_snap(e, op->snap),
                           .fn = call->fn,
                           .flags = (uint8_t)((call->may_exit ? 1 : 0) | (j->type != JL_I32 ? 2 : 0)),
                           .a = op->c ? jl_e_loc(e, op->c) : (jl_loc)JL_LOC_NONE,
                           .imm_a = imm_c,
                           .b = op->d ? jl_e_loc(e, op->d) : (jl_loc)JL_LOC_NONE,
                           .imm_b = imm_d,
                           .dst = j->type != JL_VOID && e->al->range[join] ? jl_e_loc(e, join) : (jl_loc)JL_LOC_NONE};
    struct jl_far f = {.site = jl_site_add(e, site),
                       .thunk = e->region->vectors ? JL_THUNK_SLOW_FPU : JL_THUNK_SLOW,
                       .after = JL_FAR_RESUME};
    e->slow[e->nslow].slow_if = e->pos;
    e->slow[e->nslow].field = NULL;
    e->slow[e->nslow].site = e->sites->nsites - 1;
    if (JL_OPS(e->m, FAR_CODE, jl_far_code_ops)->out_of_line) {
        f.from = jl_x_jcc32(&e->a, cc);
        e->slow[e->nslow].far_index = jl_e_far_defer(e, f);
    } else {
        uint8_t *over = jl_x_jcc32(&e->a, (enum jl_x64_cc)(cc ^ 1));
        uint32_t before = e->a.instructions;
        jl_e_far_piece(e, &f);
        e->slow[e->nslow].field = jl_x_jmp32(&e->a);
        e->not_counted += e->a.instructions - before;
        jl_x_patch32(over, e->a.p);
    }
    e->slow[e->nslow++].from = jl_e_counted(e);
}

static void emit_slow_join(struct jl_emit *e, const struct jl_op *op) {
    if (op->a && op->type == JL_F)
        jl_e_done_xmm(e, e->pos, jl_e_xmm(e, op->a, JL_XMM_TMP));
    else if (op->a && e->al->range[e->pos])
        jl_e_done(e, e->pos, jl_e_reg(e, op->a, JL_RAX));
    unsigned i = e->nslow;
    while (i-- > 0)
        if (e->slow[i].slow_if == op->b)
            break;
    if (e->final)
        e->sites->sites[e->slow[i].site].arg = (int32_t)(jl_e_counted(e) - e->slow[i].from);
    if (e->slow[i].field)
        jl_x_patch32(e->slow[i].field, e->a.p);
    else
        e->far_[e->slow[i].far_index].back = e->a.p;
    e->slow[i] = e->slow[--e->nslow];
}

/* ---- calls on the hot path ---- */

static struct jl_memop host_slot(jl_loc l) {
    if (jl_loc_is_gpr(l))
        return jl_m(JL_RBP, JL_AT(host.gpr) + 8 * l);
    return jl_m(JL_RBP, JL_AT(host.xmm) + 8 * (l - JL_LOC_XMM));
}

static void save_or_restore(struct jl_emit *e, uint32_t point, jl_loc except, bool save) {
    for (jl_loc l = 0; l < (jl_loc)JL_LOC_HOME; l++) {
        if (l == except || !jl_alloc_busy(e->al, l, point))
            continue;
        if (jl_loc_is_gpr(l) && save)
            jl_x_mov_mr(&e->a, 8, host_slot(l), (enum jl_reg)l);
        else if (jl_loc_is_gpr(l))
            jl_x_mov_rm(&e->a, 8, (enum jl_reg)l, host_slot(l));
        else if (save)
            jl_x_movsd_mr(&e->a, host_slot(l), (unsigned)(l - JL_LOC_XMM));
        else
            jl_x_movsd_rm(&e->a, (unsigned)(l - JL_LOC_XMM), host_slot(l));
    }
}

static void load_argument(struct jl_emit *e, enum jl_reg reg, jl_ref v) {
    if (!v)
        return;
    jl_loc l = jl_e_loc(e, v);
    const struct jl_op *op = jl_e_op(e, v);
    if (l == JL_LOC_CONST)
        jl_e_load_imm(e, reg, op->type == JL_I64 ? op->imm : (int64_t)(uint32_t)op->imm);
    else
        jl_x_mov_rm(&e->a, op->type == JL_I32 ? 4 : 8, reg, jl_loc_is_mem(l) ? jl_loc_mem(l) : host_slot(l));
}

static void emit_call(struct jl_emit *e, const struct jl_op *op) {
    jl_loc dst = op->type != JL_VOID ? jl_e_loc(e, e->pos) : (jl_loc)JL_LOC_NONE;
    save_or_restore(e, e->pos, JL_LOC_NONE, true);
    load_argument(e, JL_RSI, op->a);
    load_argument(e, JL_RDX, op->b);
    load_argument(e, JL_RCX, op->c);
    jl_x_lea(&e->a, 8, JL_RDI, jl_m(JL_RBP, -JL_CPU_BIAS));
    jl_e_load_imm(e, JL_RAX, op->imm);
    jl_thunk_call(e->m, &e->a);
    if (op->flags & JL_IRF_MAY_EXIT) {
        struct jl_site site = {.kind = JL_SITE_CALL, .snap = jl_site_snap(e, op->snap), .a = JL_LOC_NONE};
        jl_x_alu_mi(&e->a, JL_X_CMP, 4, jl_m(JL_RBP, JL_AT(cpu.exit)), 0);
        jl_e_far(e, JL_CC_NE_, (struct jl_far){.site = jl_site_add(e, site), .thunk = JL_THUNK_EXIT_SAVED});
    }
    save_or_restore(e, e->pos + 1, dst, false);
    if (op->type == JL_F) {
        unsigned x = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
        jl_x_movd_xr(&e->a, 8, x, JL_RAX);
        jl_e_done_xmm(e, e->pos, x);
    } else if (op->type != JL_VOID) {
        enum jl_reg r = jl_e_dst(e, e->pos, JL_RAX);
        jl_x_mov_rr(&e->a, op->type == JL_I64 ? 8 : 4, r, JL_RAX);
        jl_e_done(e, e->pos, r);
    }
}

bool jl_emit_ctl(struct jl_emit *e, const struct jl_op *op) {
    switch (op->op) {
    case JL_IR_JMP: emit_jmp(e); return true;
    case JL_IR_BR: emit_br(e, op); return true;
    case JL_IR_LINK: emit_link(e, op); return true;
    case JL_IR_JUMPH: emit_jump_host(e, op); return true;
    case JL_IR_LEAVE: emit_leave(e, op); return true;
    case JL_IR_RETPUSH: emit_ret_push(e, op); return true;
    case JL_IR_RETTOP: emit_ret_top(e); return true;
    case JL_IR_RETSP: return true; /* it is in rsp */
    case JL_IR_RETCLEAR: jl_x_mov_rm(&e->a, 8, JL_RSP, jl_m(JL_RBP, JL_AT(empty_rsp))); return true;
    case JL_IR_RET: emit_ret(e, op); return true;
    case JL_IR_EXITIF: emit_exit_if(e, op); return true;
    case JL_IR_CHARGE: emit_charge(e, op); return true;
    case JL_IR_SLICE: emit_slice(e, op); return true;
    case JL_IR_HOSTPC: emit_hostpc(e, op); return true;
    case JL_IR_SLOWIF: emit_slow_if(e, op); return true;
    case JL_IR_SLOWJOIN: emit_slow_join(e, op); return true;
    case JL_IR_CALL: emit_call(e, op); return true;
    default: return false;
    }
}
