/* Guest and host memory accesses.
 *
 * A direct guest access is one instruction: gs:[base + index * scale + disp] with a 32-bit address, which wraps as the
 * guest's own addition does. It is a FAULT site: when the host's MMU objects, the state is rebuilt from its snapshot.
 */
#include "jit/x64/emit.h"

#include "jit/runtime/patch.h"
#include "jit/x64/host.h"

/* A doubleword of which memory keeps the halves in the host's order (JL_IRF_SWIZZLE). */
static bool exchanges(const struct jl_op *op) {
    return op->flags & JL_IRF_SWIZZLE && op->size == 8;
}

/* Where a narrow access really goes (JL_IRF_SWIZZLE): made in scratch register r. */
static struct jl_memop swizzled(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem, enum jl_reg r) {
    if (!(op->flags & JL_IRF_SWIZZLE) || op->size > 2)
        return mem;
    jl_x_lea(&e->a, 4, r, jl_mx(mem.base, mem.index, mem.scale, mem.disp));
    jl_x_alu_ri(&e->a, JL_X_XOR, 4, r, 4 - op->size);
    return jl_mgs(r, JL_NOREG, 0, 0);
}

static void load_int(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem, enum jl_reg dst) {
    bool sx = op->flags & JL_IRF_SIGNED, swap = op->flags & JL_IRF_SWAP;
    unsigned w = op->type == JL_I64 ? 8 : 4;
    if (exchanges(op)) {
        jl_x_mov_rm(&e->a, 8, dst, mem);
        jl_x_ror_ri(&e->a, 8, dst, 32);
        return;
    }
    if (swap && op->size > 1 && jl_host()->movbe) {
        jl_x_movbe_rm(&e->a, op->size, dst, mem);
        if (op->size == 2 && sx)
            jl_x_movsx_rr(&e->a, w, dst, dst, 2);
        else if (op->size == 2)
            jl_x_movzx_rr(&e->a, 4, dst, dst, 2);
        else if (op->size == 4 && w == 8 && sx)
            jl_x_movsx_rr(&e->a, 8, dst, dst, 4);
        return;
    }
    if (swap && op->size > 1) {
        if (op->size == 2)
            jl_x_movzx_rm(&e->a, 4, dst, mem, 2);
        else
            jl_x_mov_rm(&e->a, op->size, dst, mem);
        jl_x_bswap(&e->a, op->size == 8 ? 8 : 4, dst);
        if (op->size == 2 && sx)
            jl_x_sar_ri(&e->a, 4, dst, 16);
        else if (op->size == 2)
            jl_x_shr_ri(&e->a, 4, dst, 16);
        if (sx && w == 8 && op->size < 8)
            jl_x_movsx_rr(&e->a, 8, dst, dst, 4);
        return;
    }
    if (op->size == w || (op->size == 4 && !sx))
        jl_x_mov_rm(&e->a, op->size, dst, mem);
    else if (sx)
        jl_x_movsx_rm(&e->a, w, dst, mem, op->size);
    else
        jl_x_movzx_rm(&e->a, 4, dst, mem, op->size);
}

static void load_fpu(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem, unsigned x) {
    if (exchanges(op)) {
        load_int(e, op, mem, JL_RAX);
        jl_x_movd_xr(&e->a, 8, x, JL_RAX);
    } else if (op->flags & JL_IRF_SWAP) {
        if (jl_host()->movbe) {
            jl_x_movbe_rm(&e->a, op->size, JL_RAX, mem);
        } else {
            jl_x_mov_rm(&e->a, op->size, JL_RAX, mem);
            jl_x_bswap(&e->a, op->size, JL_RAX);
        }
        jl_x_movd_xr(&e->a, op->size, x, JL_RAX);
    } else if (op->size == 8) {
        jl_x_movsd_rm(&e->a, x, mem);
    } else {
        jl_x_movss_rm(&e->a, x, mem);
    }
}

static void load(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem) {
    if (op->type == JL_V) {
        jl_emit_vector_load(e, op, mem);
    } else if (op->type == JL_F) {
        unsigned x = jl_e_dst_xmm(e, e->pos, JL_XMM_TMP);
        load_fpu(e, op, mem, x);
        jl_e_done_xmm(e, e->pos, x);
    } else {
        enum jl_reg dst = jl_e_dst(e, e->pos, JL_RAX);
        load_int(e, op, mem, dst);
        jl_e_done(e, e->pos, dst);
    }
}

/* Stores r in swapped order; tmp is a scratch register (perhaps r itself): r may be live and stays as it is. */
static void store_swapped(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem, enum jl_reg r,
                          enum jl_reg tmp) {
    if (jl_host()->movbe) {
        jl_x_movbe_mr(&e->a, op->size, mem, r);
        return;
    }
    unsigned w = op->size == 8 ? 8 : 4;
    if (r != tmp)
        jl_x_mov_rr(&e->a, w, tmp, r);
    jl_x_bswap(&e->a, w, tmp);
    if (op->size == 2)
        jl_x_shr_ri(&e->a, 4, tmp, 16);
    jl_x_mov_mr(&e->a, op->size, mem, tmp);
}

static void store_exchanged(struct jl_emit *e, struct jl_memop mem, enum jl_reg r, enum jl_reg tmp) {
    if (r != tmp)
        jl_x_mov_rr(&e->a, 8, tmp, r);
    jl_x_ror_ri(&e->a, 8, tmp, 32);
    jl_x_mov_mr(&e->a, 8, mem, tmp);
}

static int32_t swapped_imm(int32_t v, unsigned size) {
    return size == 2   ? (int32_t)__builtin_bswap16((uint16_t)v)
           : size == 4 ? (int32_t)__builtin_bswap32((uint32_t)v)
                       : v;
}

/* tmp: a scratch register the address does not use. */
static void store(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem, enum jl_reg tmp) {
    bool swap = op->flags & JL_IRF_SWAP && op->size > 1;
    int32_t imm;
    if (jl_e_op(e, op->c)->type == JL_V) {
        jl_emit_vector_store(e, op, mem);
    } else if (jl_e_op(e, op->c)->type == JL_F) {
        unsigned x = jl_e_xmm(e, op->c, JL_XMM_TMP);
        if (exchanges(op)) {
            jl_x_movd_rx(&e->a, 8, tmp, x);
            store_exchanged(e, mem, tmp, tmp);
        } else if (swap) {
            jl_x_movd_rx(&e->a, op->size, tmp, x);
            store_swapped(e, op, mem, tmp, tmp);
        } else if (op->size == 8) {
            jl_x_movsd_mr(&e->a, mem, x);
        } else {
            jl_x_movss_mr(&e->a, mem, x);
        }
    } else if (jl_e_imm32(e, op->c, op->size == 8 ? 8 : 4, &imm) && !(swap && op->size == 8) && !exchanges(op)) {
        jl_x_mov_mi(&e->a, op->size, mem, swap ? swapped_imm(imm, op->size) : imm);
    } else {
        enum jl_reg r = jl_e_reg(e, op->c, tmp);
        if (exchanges(op))
            store_exchanged(e, mem, r, tmp);
        else if (swap)
            store_swapped(e, op, mem, r, tmp);
        else
            jl_x_mov_mr(&e->a, op->size, mem, r);
    }
}

/* The memory operand of a guest access; rax and rdx hold parts that have no register. */
static struct jl_memop guest_operand(struct jl_emit *e, const struct jl_op *op) {
    int32_t disp = (int32_t)op->imm, c;
    jl_ref a = op->a;
    if (a && jl_e_imm32(e, a, 4, &c)) {
        disp = (int32_t)((uint32_t)disp + (uint32_t)c);
        a = 0;
    }
    enum jl_reg base = a ? jl_e_reg(e, a, JL_RAX) : JL_NOREG;
    enum jl_reg index = op->b ? jl_e_reg(e, op->b, JL_RDX) : JL_NOREG;
    return jl_mgs(base, index, op->scale, disp);
}

/* Leaves one of rax and rdx free for the value of a store and returns it. */
static enum jl_reg free_scratch(struct jl_emit *e, struct jl_memop *mem, unsigned w) {
    if (mem->index == JL_RDX && mem->base == JL_RAX) {
        struct jl_memop sum = jl_mx(JL_RAX, JL_RDX, mem->scale, 0);
        jl_x_lea(&e->a, w, JL_RAX, sum);
        mem->base = JL_RAX;
        mem->index = JL_NOREG;
        mem->scale = 0;
    }
    return mem->index == JL_RDX ? JL_RAX : JL_RDX;
}

static void emit_guest(struct jl_emit *e, const struct jl_op *op) {
    struct jl_memop mem = guest_operand(e, op);
    enum jl_reg tmp = op->op == JL_IR_GSTORE ? free_scratch(e, &mem, 4) : JL_RAX;
    mem = swizzled(e, op, mem, op->op == JL_IR_GSTORE && tmp == JL_RAX ? JL_RDX : JL_RAX);
    uint32_t site = jl_site_fault(e, op);
    const uint8_t *start = e->a.p;
    if (op->op == JL_IR_GLOAD)
        load(e, op, mem);
    else
        store(e, op, mem, tmp);
    if (e->a.p - start < JL_PATCH_BYTES && jl_site_is_patched(e))
        jl_x_nops(&e->a, (unsigned)(JL_PATCH_BYTES - (e->a.p - start)));
    jl_site_fault_end(e, site);
}

static enum jl_reg stored_value(struct jl_asm *a, const struct jl_site *s, unsigned size) {
    if (jl_loc_is_gpr(s->dst))
        return (enum jl_reg)s->dst;
    if (s->dst == JL_LOC_CONST)
        jl_x_mov_ri(a, JL_RDX, s->imm_b);
    else if (jl_loc_is_xmm(s->dst))
        jl_x_movd_rx(a, size, JL_RDX, (unsigned)(s->dst - JL_LOC_XMM));
    else
        jl_x_mov_rm(a, size == 8 ? 8 : 4, JL_RDX, jl_loc_mem(s->dst));
    return JL_RDX;
}

void jl_site_emit_access(struct jl_asm *a, const struct jl_site *s, struct jl_memop mem) {
    struct jl_emit e = {.a = *a};
    bool wide = s->flags & JL_SITE_WIDE, swap = s->how & JL_HOW_SWAP;
    const struct jl_op op = {.size = s->how & JL_HOW_SIZE,
                             .type = wide ? JL_I64 : JL_I32,
                             .flags =
                                 (uint8_t)((swap ? JL_IRF_SWAP : 0) | (s->how & JL_HOW_SIGNED ? JL_IRF_SIGNED : 0))};
    if (s->flags & JL_SITE_STORE) {
        enum jl_reg r = stored_value(&e.a, s, op.size);
        if (swap && op.size > 1)
            store_swapped(&e, &op, mem, r, JL_RDX);
        else
            jl_x_mov_mr(&e.a, op.size, mem, r);
    } else if (jl_loc_is_xmm(s->dst)) {
        load_fpu(&e, &op, mem, (unsigned)(s->dst - JL_LOC_XMM));
    } else {
        enum jl_reg r = jl_loc_is_gpr(s->dst) ? (enum jl_reg)s->dst : JL_RAX;
        load_int(&e, &op, mem, r);
        if (jl_loc_is_mem(s->dst))
            jl_x_mov_mr(&e.a, wide ? 8 : 4, jl_loc_mem(s->dst), r);
    }
    *a = e.a;
}

static struct jl_memop host_operand(struct jl_emit *e, const struct jl_op *op) {
    enum jl_reg base;
    int32_t disp = (int32_t)op->imm, abs;
    if (!op->a) {
        base = JL_RBP;
        disp -= JL_CPU_BIAS;
    } else if (jl_e_imm32(e, op->a, 8, &abs) && (int64_t)abs + disp == (int32_t)(abs + disp)) {
        base = JL_NOREG;
        disp += abs;
    } else if (jl_e_near(e, op->a, &abs) && (int64_t)abs + disp == (int32_t)(abs + disp)) {
        base = JL_RBP;
        disp += abs;
    } else {
        base = jl_e_reg(e, op->a, JL_RAX);
    }
    if (!op->b)
        return jl_mx(base, JL_NOREG, 0, disp);
    return jl_mx(base, jl_e_reg(e, op->b, JL_RDX), op->scale, disp);
}

static void emit_hstore(struct jl_emit *e, const struct jl_op *op) {
    struct jl_memop mem = host_operand(e, op);
    enum jl_reg tmp = free_scratch(e, &mem, 8);
    store(e, op, mem, tmp);
}

static void emit_hadd(struct jl_emit *e, const struct jl_op *op) {
    struct jl_memop mem = host_operand(e, op);
    if (op->size == 1)
        jl_x_add_m8i(&e->a, mem, (int8_t)op->d);
    else
        jl_x_alu_mi(&e->a, JL_X_ADD, op->size, mem, (int32_t)op->d);
}

/* crc32 over constant guest memory, eight bytes at a time. */
static void emit_crc(struct jl_emit *e, const struct jl_op *op) {
    uint32_t addr = (uint32_t)jl_e_op(e, op->b)->imm, len = (uint32_t)op->imm;
    enum jl_reg seed = jl_e_reg(e, op->a, JL_RAX);
    if (seed != JL_RAX)
        jl_x_mov_rr(&e->a, 4, JL_RAX, seed);
    uint32_t site = jl_site_fault(e, op);
    for (; len >= 8; addr += 8, len -= 8)
        jl_x_crc32_rm(&e->a, 8, JL_RAX, jl_mgs(JL_NOREG, JL_NOREG, 0, (int32_t)addr));
    for (; len >= 4; addr += 4, len -= 4)
        jl_x_crc32_rm(&e->a, 4, JL_RAX, jl_mgs(JL_NOREG, JL_NOREG, 0, (int32_t)addr));
    jl_site_fault_end(e, site);
    jl_e_done(e, e->pos, JL_RAX);
}

bool jl_emit_mem(struct jl_emit *e, const struct jl_op *op) {
    switch (op->op) {
    case JL_IR_GLOAD:
    case JL_IR_GSTORE: emit_guest(e, op); return true;
    case JL_IR_HLOAD: load(e, op, host_operand(e, op)); return true;
    case JL_IR_HSTORE: emit_hstore(e, op); return true;
    case JL_IR_HADD: emit_hadd(e, op); return true;
    case JL_IR_FENCE: jl_x_mfence(&e->a); return true;
    case JL_IR_CRC: emit_crc(e, op); return true;
    default: return false;
    }
}
