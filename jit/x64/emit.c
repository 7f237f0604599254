/* Emission driver: operands, jumps, blocks, far pieces; see emit.h. */
#include "jit/x64/emit.h"

#include <stdlib.h>
#include <string.h>

#include "jit/runtime/model.h"
#include "jit/runtime/profile.h"
#include "jit/util/array.h"
#include "jit/x64/host.h"

/* ---- operands ---- */

void jl_e_load_imm(struct jl_emit *e, enum jl_reg reg, int64_t imm) {
    jl_x_mov_ri(&e->a, reg, imm);
}

static int64_t const_of(const struct jl_emit *e, jl_ref v) {
    const struct jl_op *op = jl_e_op(e, v);
    return op->type == JL_I64 ? op->imm : (int64_t)(uint32_t)op->imm;
}

enum jl_reg jl_e_reg(struct jl_emit *e, jl_ref v, enum jl_reg scratch) {
    jl_loc l = jl_e_loc(e, v);
    if (jl_loc_is_gpr(l))
        return (enum jl_reg)l;
    if (l == JL_LOC_CONST)
        jl_e_load_imm(e, scratch, const_of(e, v));
    else
        jl_x_mov_rm(&e->a, jl_e_width(e, v), scratch, jl_loc_mem(l));
    return scratch;
}

unsigned jl_e_xmm(struct jl_emit *e, jl_ref v, unsigned scratch) {
    jl_loc l = jl_e_loc(e, v);
    if (jl_loc_is_xmm(l))
        return (unsigned)(l - JL_LOC_XMM);
    jl_x_movsd_rm(&e->a, scratch, jl_loc_mem(l));
    return scratch;
}

enum jl_reg jl_e_dst(struct jl_emit *e, jl_ref v, enum jl_reg scratch) {
    jl_loc l = jl_e_loc(e, v);
    return jl_loc_is_gpr(l) ? (enum jl_reg)l : scratch;
}

unsigned jl_e_dst_xmm(struct jl_emit *e, jl_ref v, unsigned scratch) {
    jl_loc l = jl_e_loc(e, v);
    return jl_loc_is_xmm(l) ? (unsigned)(l - JL_LOC_XMM) : scratch;
}

void jl_e_done(struct jl_emit *e, jl_ref v, enum jl_reg reg) {
    jl_loc l = jl_e_loc(e, v);
    if (jl_loc_is_mem(l))
        jl_x_mov_mr(&e->a, jl_e_width(e, v), jl_loc_mem(l), reg);
    else if (jl_loc_is_gpr(l) && (enum jl_reg)l != reg)
        jl_x_mov_rr(&e->a, jl_e_width(e, v), (enum jl_reg)l, reg);
}

void jl_e_done_xmm(struct jl_emit *e, jl_ref v, unsigned xmm) {
    jl_loc l = jl_e_loc(e, v);
    if (jl_loc_is_mem(l))
        jl_x_movsd_mr(&e->a, jl_loc_mem(l), xmm);
    else if (jl_loc_is_xmm(l) && (unsigned)(l - JL_LOC_XMM) != xmm)
        jl_x_movaps_rr(&e->a, (unsigned)(l - JL_LOC_XMM), xmm);
}

bool jl_e_imm32(const struct jl_emit *e, jl_ref v, unsigned w, int32_t *imm) {
    if (!jl_ir_is_const(e->ir, v))
        return false;
    int64_t value = jl_e_op(e, v)->imm;
    *imm = (int32_t)value;
    return w == 4 || value == *imm;
}

bool jl_e_near(const struct jl_emit *e, jl_ref v, int32_t *disp) {
    if (!jl_ir_is_const(e->ir, v) || jl_e_op(e, v)->type != JL_I64)
        return false;
    const void *p = (const void *)(uintptr_t)jl_e_op(e, v)->imm;
    int64_t distance = (const uint8_t *)p - ((const uint8_t *)e->m + JL_CPU_BIAS);
    *disp = (int32_t)distance;
    return jl_space_holds(e->m, p) && distance == *disp;
}

void jl_e_alu(struct jl_emit *e, unsigned alu, unsigned w, enum jl_reg dst, jl_ref v) {
    int32_t imm;
    jl_loc l = jl_e_loc(e, v);
    if (jl_e_imm32(e, v, w, &imm)) {
        jl_x_alu_ri(&e->a, alu, w, dst, imm);
    } else if (jl_loc_is_gpr(l)) {
        jl_x_alu_rr(&e->a, alu, w, dst, (enum jl_reg)l);
    } else if (jl_loc_is_mem(l)) {
        jl_x_alu_rm(&e->a, alu, w, dst, jl_loc_mem(l));
    } else {
        enum jl_reg tmp = dst == JL_RAX ? JL_RDX : JL_RAX;
        jl_e_load_imm(e, tmp, jl_e_op(e, v)->imm);
        jl_x_alu_rr(&e->a, alu, w, dst, tmp);
    }
}

/* ---- comparisons ---- */

static const uint8_t host_cc[] = {
    [JL_CC_EQ] = JL_CC_E_,   [JL_CC_NE] = JL_CC_NE_, [JL_CC_LT] = JL_CC_L_,     [JL_CC_GE] = JL_CC_GE_,
    [JL_CC_LE] = JL_CC_LE_,  [JL_CC_GT] = JL_CC_G_,  [JL_CC_LTU] = JL_CC_B_,    [JL_CC_GEU] = JL_CC_AE_,
    [JL_CC_LEU] = JL_CC_BE_, [JL_CC_GTU] = JL_CC_A_, [JL_CC_TEST_Z] = JL_CC_E_, [JL_CC_TEST_NZ] = JL_CC_NE_,
};

static enum jl_cc swapped(enum jl_cc cc) {
    switch (cc) {
    case JL_CC_LT: return JL_CC_GT;
    case JL_CC_GT: return JL_CC_LT;
    case JL_CC_LE: return JL_CC_GE;
    case JL_CC_GE: return JL_CC_LE;
    case JL_CC_LTU: return JL_CC_GTU;
    case JL_CC_GTU: return JL_CC_LTU;
    case JL_CC_LEU: return JL_CC_GEU;
    case JL_CC_GEU: return JL_CC_LEU;
    default: return cc;
    }
}

static uint32_t offset_now(const struct jl_emit *e) {
    return (uint32_t)(e->a.p - e->hot_start) - e->instrument;
}

void jl_e_flags_set(struct jl_emit *e, unsigned w, bool logic) {
    e->alu = e->pos;
    e->alu_off = offset_now(e);
    e->alu_width = (uint8_t)w;
    e->alu_logic = logic;
}

/* Whether the last instruction has compared v with 0 already, by the host condition in *cc. Counters in between have
 * spoilt the flags: then the comparison is made, but does not count. */
static bool flags_tell(struct jl_emit *e, enum jl_cc cc, jl_ref v, unsigned w, enum jl_x64_cc *host) {
    if (!e->alu || e->alu != v || e->alu_off != offset_now(e) || e->alu_width != w)
        return false;
    if (cc == JL_CC_LT || cc == JL_CC_GE) /* an addition may have overflowed: by the sign alone */
        *host = cc == JL_CC_LT ? JL_CC_S_ : JL_CC_NS_;
    else if (e->alu_logic || cc == JL_CC_EQ || cc == JL_CC_NE)
        *host = (enum jl_x64_cc)host_cc[cc];
    else
        return false;
    jl_loc l = jl_e_loc(e, v);
    if (e->m->tools.count) {
        jl_profile_begin(e);
        if (jl_loc_is_mem(l))
            jl_x_alu_mi(&e->a, JL_X_CMP, w, jl_loc_mem(l), 0);
        else
            jl_x_test_rr(&e->a, w, (enum jl_reg)l, (enum jl_reg)l);
        jl_profile_end(e);
    }
    return true;
}

static void emit_test(struct jl_emit *e, jl_ref a, jl_ref b, unsigned w) {
    int32_t imm;
    jl_loc l = jl_e_loc(e, a);
    if (jl_e_imm32(e, b, w, &imm)) {
        if (jl_loc_is_mem(l))
            jl_x_test_mi(&e->a, w, jl_loc_mem(l), imm);
        else
            jl_x_test_ri(&e->a, w, jl_e_reg(e, a, JL_RAX), imm);
        return;
    }
    enum jl_reg ra = jl_e_reg(e, a, JL_RAX);
    jl_x_test_rr(&e->a, w, ra, jl_e_reg(e, b, JL_RDX));
}

enum jl_x64_cc jl_e_compare(struct jl_emit *e, enum jl_cc cc, jl_ref a, jl_ref b, unsigned w) {
    int32_t imm;
    if (cc == JL_CC_TEST_Z || cc == JL_CC_TEST_NZ) {
        if (jl_ir_is_const(e->ir, a)) {
            jl_ref t = a;
            a = b;
            b = t;
        }
        emit_test(e, a, b, w);
        return (enum jl_x64_cc)host_cc[cc];
    }
    if (jl_ir_is_const(e->ir, a) && !jl_ir_is_const(e->ir, b)) {
        jl_ref t = a;
        a = b;
        b = t;
        cc = swapped(cc);
    }
    jl_loc la = jl_e_loc(e, a);
    if (jl_e_imm32(e, b, w, &imm)) {
        enum jl_x64_cc known;
        if (imm == 0 && flags_tell(e, cc, a, w, &known))
            return known;
        if (jl_loc_is_mem(la)) {
            jl_x_alu_mi(&e->a, JL_X_CMP, w, jl_loc_mem(la), imm);
        } else {
            enum jl_reg ra = jl_e_reg(e, a, JL_RAX);
            if (imm == 0)
                jl_x_test_rr(&e->a, w, ra, ra);
            else
                jl_x_alu_ri(&e->a, JL_X_CMP, w, ra, imm);
        }
    } else if (jl_loc_is_mem(la) && jl_loc_is_gpr(jl_e_loc(e, b))) {
        jl_x_alu_mr(&e->a, JL_X_CMP, w, jl_loc_mem(la), (enum jl_reg)jl_e_loc(e, b));
    } else {
        jl_e_alu(e, JL_X_CMP, w, jl_e_reg(e, a, JL_RAX), b);
    }
    return (enum jl_x64_cc)host_cc[cc];
}

/* ---- jumps ---- */

/* Alignment in front of a loop head depends on where code ends up: each head between two places may push them up to 15
 * bytes further apart than the sizing run saw. */
static int64_t grown_by_alignment(const struct jl_emit *e, uint32_t from, uint32_t to) {
    uint32_t low = from < to ? from : to, high = from < to ? to : from;
    int64_t bytes = 0;
    for (uint32_t b = 0; b < e->ir->nblocks; b++)
        if (e->ir->blocks[b].loop_head && e->label_off[b] >= low && e->label_off[b] <= high)
            bytes += 15;
    return bytes;
}

/* Whether the sizing run showed this jump to reach its label with one byte. */
static bool is_short(struct jl_emit *e, uint32_t block) {
    uint32_t n = e->njumps++;
    if (!e->final) {
        if (jl_array_room((void **)&e->jump_off, &e->cap_jumps, e->njumps, sizeof *e->jump_off))
            e->jump_off[n] = offset_now(e);
        return false;
    }
    if (e->ir->blocks[block].cold != e->ir->blocks[e->block].cold)
        return false;
    int64_t distance = (int64_t)e->label_off[block] - e->jump_off[n];
    int64_t reach = 110 - grown_by_alignment(e, e->jump_off[n], e->label_off[block]);
    return distance > -reach && distance < reach;
}

void jl_e_jump(struct jl_emit *e, int cc, uint32_t block) {
    struct jl_label_use use = {.block = block, .is8 = is_short(e, block)};
    uint32_t longer = 0;
    if (use.is8 && e->m->tools.count) { /* counters may be in between: long, but taken for short */
        use.is8 = false;
        e->instrument += longer = cc < 0 ? 3 : 4;
    }
    if (use.is8)
        use.field = cc < 0 ? jl_x_jmp8(&e->a) : jl_x_jcc8(&e->a, (enum jl_x64_cc)cc);
    else
        use.field = cc < 0 ? jl_x_jmp32(&e->a) : jl_x_jcc32(&e->a, (enum jl_x64_cc)cc);
    if (longer && e->final)
        jl_model_skip(e->m, e->a.p, e->a.p, longer);
    if (jl_array_room((void **)&e->uses, &e->cap_uses, e->nuses + 1, sizeof *e->uses))
        e->uses[e->nuses++] = use;
}

static void patch_labels(struct jl_emit *e) {
    for (uint32_t i = 0; i < e->nuses; i++) {
        const struct jl_label_use *u = &e->uses[i];
        if (u->is8)
            jl_x_patch8(u->field, e->label[u->block]);
        else
            jl_x_patch32(u->field, e->label[u->block]);
    }
}

/* ---- far pieces ---- */

void jl_e_far_piece(struct jl_emit *e, struct jl_far *f) {
    struct jl_machine *m = e->m;
    if (f->from)
        jl_x_patch32(f->from, e->a.p);
    if (f->thunk == JL_THUNK_LINK && e->final)
        m->sites[f->site].stub = e->a.p;
    if (e->m->keep_map && f->pos)
        jl_map_note(e, f->pos, e->ir->op_pc[f->pos]);
    uint32_t not_counted = e->not_counted;
    if (f->after == JL_FAR_UNSTALL) {
        jl_emit_unstalled(e, jl_e_op(e, f->pos ? f->pos : e->pos), f->back);
        e->not_counted = not_counted;
        if (f->back)
            jl_x_jmp_to(&e->a, f->back);
        return;
    }
    jl_model_emit_point(e);
    e->not_counted = not_counted; /* of a piece in place, nothing is counted anyway */
    jl_e_load_imm(e, JL_RAX, f->site);
    if (f->after == JL_FAR_NEVER) {
        jl_x_jmp_to(&e->a, m->cache->thunk[f->thunk]);
        return;
    }
    jl_x_call_to(&e->a, m->cache->thunk[f->thunk]);
    if (f->after == JL_FAR_COMPARE)
        jl_x_alu_ri(&e->a, JL_X_CMP, 4, JL_RAX, f->cc_value);
    if (f->back)
        jl_x_jmp_to(&e->a, f->back);
}

/* Puts f on the list of pieces to be emitted behind the hot code; returns its place there. */
uint32_t jl_e_far_defer(struct jl_emit *e, struct jl_far f) {
    if (!jl_array_room((void **)&e->far_, &e->cap_far, e->nfar + 1, sizeof *e->far_))
        return 0;
    f.pos = e->pos;
    e->far_[e->nfar] = f;
    return e->nfar++;
}

void jl_e_far(struct jl_emit *e, int cc, struct jl_far f) {
    if (JL_OPS(e->m, FAR_CODE, jl_far_code_ops)->out_of_line) {
        f.from = cc < 0 ? jl_x_jmp32(&e->a) : jl_x_jcc32(&e->a, (enum jl_x64_cc)cc);
        f.back = e->a.p;
        jl_e_far_defer(e, f);
        return;
    }
    uint8_t *over = NULL;
    if (cc >= 0)
        over = jl_x_jcc32(&e->a, (enum jl_x64_cc)(cc ^ 1));
    f.from = f.back = NULL; /* in place: falls through to where hot code goes on */
    uint32_t before = e->a.instructions;
    jl_e_far_piece(e, &f);
    e->not_counted += e->a.instructions - before;
    if (over)
        jl_x_patch32(over, e->a.p);
}

/* ---- blocks ---- */

static void emit_op(struct jl_emit *e, uint32_t p) {
    const struct jl_op *op = &e->ir->ops[p];
    if (op->op == JL_IR_NOP || op->op == JL_IR_CONST || op->op == JL_IR_PARAM || op->op == JL_IR_PHI)
        return;
    if (jl_ir_is_sunk(op))
        return;
    e->pos = p;
    if (e->m->keep_map)
        jl_map_note(e, p, e->ir->op_pc[p]);
    if (op->op != JL_IR_BR)
        e->flags_of = 0;
    if (!jl_emit_int(e, op) && !jl_emit_mem(e, op) && !jl_emit_fpu(e, op) && !jl_emit_ctl(e, op) &&
        !jl_emit_vector(e, op))
        abort();
}

bool jl_e_aligns(const struct jl_emit *e, uint32_t block) {
    return block != ~0u && e->ir->blocks[block].loop_head && JL_PASS_ON(e->m, LOOPALIGN) && !e->ir->blocks[block].cold;
}

static void align(struct jl_emit *e) {
    jl_x_nops(&e->a, (unsigned)-((uintptr_t)e->a.p - e->instrument) & 15);
}

void jl_e_align_next(struct jl_emit *e) {
    if (jl_e_aligns(e, e->next))
        align(e);
}

/* The block's length is known now, and with it how much of it comes behind each of its exits. */
static void close_block(struct jl_emit *e, uint32_t n) {
    uint32_t end = jl_e_counted(e) - e->arms;
    if (e->final && e->region->profile) {
        struct jl_profile_block *b = &e->region->profile->block[n];
        b->instructions = end - e->block_start;
        b->pc = e->ir->blocks[n].pc;
        b->host = e->label[n];
        b->host_end = e->a.p;
    }
    for (uint32_t i = e->first_open_site; i < e->sites->nsites && e->final; i++)
        e->sites->sites[i].tail = end - e->sites->sites[i].tail;
}

static void emit_block(struct jl_emit *e, uint32_t n, uint32_t next) {
    const struct jl_ir_block *b = &e->ir->blocks[n];
    if (jl_e_aligns(e, n))
        align(e); /* what falls into it has done so already */
    e->block = n;
    e->next = next;
    e->flags_of = e->alu = e->zero_flags = 0;
    e->label[n] = e->a.p;
    if (e->m->keep_map)
        jl_map_note(e, 0, b->pc);
    if (!e->final)
        e->label_off[n] = offset_now(e);
    if (e->m->tools.count)
        jl_profile_block(e, n);
    e->block_start = jl_e_counted(e);
    e->arms = 0;
    e->first_open_site = e->sites->nsites;
    if (n == 0)
        jl_emit_entry(e);
    uint32_t k = 0;
    while (k < e->ir->ncounts && e->ir->counts[k].at < b->first)
        k++;
    for (uint32_t p = b->first; p < b->end; p++) {
        for (; k < e->ir->ncounts && e->ir->counts[k].at == p; k++)
            jl_profile_event(e, &e->ir->counts[k]);
        emit_op(e, p);
    }
    close_block(e, n);
}

static void emit_blocks(struct jl_emit *e, bool cold) {
    struct jl_ir *ir = e->ir;
    for (uint32_t i = 0; i < ir->nblocks; i++) {
        uint32_t n = ir->order[i];
        if (ir->blocks[n].cold != cold)
            continue;
        uint32_t next = i + 1 < ir->nblocks && ir->blocks[ir->order[i + 1]].cold == cold ? ir->order[i + 1] : ~0u;
        emit_block(e, n, next);
    }
}

static void reset_run(struct jl_emit *e) {
    e->njumps = e->nuses = e->nfar = e->nslow = e->not_counted = e->nmap = 0;
    e->instrument = e->counters = 0;
    e->sites->nsites = e->sites->nsnaps = e->sites->nwords = 0;
    memset(e->sites->snap_of, 0, e->ir->nsnaps * sizeof(uint32_t));
}

/* One run: hot code at hot, far code at far_. Returns false when something did not fit. */
static bool run(struct jl_emit *e, uint8_t *hot, uint8_t *hot_limit, uint8_t *far_, uint8_t *far_limit,
                uint8_t **hot_end, uint8_t **far_end) {
    reset_run(e);
    e->a = (struct jl_asm){.p = hot, .start = hot, .end = hot_limit};
    e->hot_start = hot;
    jl_emit_frame(e);
    e->m->segment[JL_SEG_FRAME].instructions = e->a.instructions;
    emit_blocks(e, false);
    e->hot_instrument = e->instrument;
    e->instrument = 0;
    uint32_t instructions = e->a.instructions;
    bool ok = !e->a.overflow;
    *hot_end = e->a.p;
    e->a = (struct jl_asm){.p = far_, .start = far_, .end = far_limit};
    e->hot_start = far_;
    emit_blocks(e, true);
    for (uint32_t i = 0; i < e->nfar; i++)
        jl_e_far_piece(e, &e->far_[i]);
    e->hot_start = hot;
    *far_end = e->a.p;
    ok &= !e->a.overflow;
    if (ok && e->final)
        patch_labels(e);
    e->a.instructions += instructions;
    return ok;
}

/* Rough bound on a region's code, for the scratch buffers of the sizing run. */
enum { BYTES_PER_OP = 160, BYTES_FIXED = 8192 };

static bool prepare(struct jl_emit *e) {
    struct jl_ir *ir = e->ir;
    size_t need = (size_t)ir->nops * BYTES_PER_OP + (size_t)ir->nsnap_vars * 16 + BYTES_FIXED;
    if (need > e->scratch_size) {
        free(e->scratch);
        e->scratch = malloc(need * 2);
        e->scratch_size = e->scratch ? need : 0;
    }
    if (ir->nblocks > e->cap_labels) {
        e->cap_labels = ir->nblocks + 64;
        e->label = realloc(e->label, e->cap_labels * sizeof *e->label);
        e->label_off = realloc(e->label_off, e->cap_labels * sizeof *e->label_off);
    }
    struct jl_site_builder *sb = e->sites;
    return e->scratch && e->label && e->label_off &&
           jl_array_room((void **)&sb->snap_of, &sb->cap_snap_of, ir->nsnaps + 1, sizeof *sb->snap_of);
}

bool jl_emit_region(struct jl_emit *e) {
    uint8_t *hot_end, *far_end, *hot, *far_;
    if (!prepare(e))
        return false;
    e->final = false;
    if (!run(e, e->scratch, e->scratch + e->scratch_size, e->scratch + e->scratch_size,
             e->scratch + 2 * e->scratch_size, &hot_end, &far_end))
        return false;
    size_t hot_size = (size_t)(hot_end - e->scratch) + 64;
    size_t far_size = (size_t)(far_end - (e->scratch + e->scratch_size)) + 64;
    if (!jl_cache_take(e->m->cache, hot_size, far_size, e->hot_instrument, e->instrument, &hot, &far_)) {
        e->cache_full = true;
        return false;
    }
    e->final = true;
    struct jl_code_cache *c = e->m->cache;
    uint32_t start = (uint32_t)(c->start - c->base);
    jl_model_begin(e->m, start + (uint32_t)c->used, start + (uint32_t)(c->nominal - c->far_used));
    jl_emit_begin_links(e);
    if (!run(e, hot, hot + hot_size, far_, far_ + far_size, &hot_end, &far_end))
        return false;
    struct jl_region *r = e->region;
    r->hot = hot;
    r->hot_end = hot_end;
    r->far_ = far_;
    r->far_end = far_end;
    r->linked_entry = hot + e->frame_bytes;
    r->entry = e->frame_bytes ? hot : r->linked_entry;
    jl_cache_give_back(e->m->cache, hot_end, e->hot_instrument);
    jl_model_region(e->m, r);
    return true;
}
