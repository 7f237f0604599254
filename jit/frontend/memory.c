/* Loads and stores as IR: alignment checks, unaligned pairs, LL and SC. How memory is reached is the memory strategy's.
 */
#include <stddef.h>

#include "jit/frontend/vr4300.h"
#include "jit/frontend/wide.h"
#include "jit/frontend/specialize.h"

/* The lower 32 bits. */
static jl_ref gpr(struct jl_builder *b, unsigned r) {
    return jl_fe_low(b, jl_b_get(b, JL_VAR_GPR + r));
}

/* The register that an access adds disp to. */
static jl_ref base(struct jl_builder *b, struct jl_frontend *f, unsigned r, int32_t disp) {
    return jl_fe_address(b, f, jl_b_get(b, JL_VAR_GPR + r), disp);
}

/* ---- alignment ---- */

/* value = root + offset */
static jl_ref root_of(const struct jl_ir *ir, jl_ref v, int32_t *offset) {
    while (ir->ops[v].op == JL_IR_ADD && jl_ir_is_const(ir, ir->ops[v].b)) {
        *offset = (int32_t)((uint32_t)*offset + (uint32_t)ir->ops[ir->ops[v].b].imm);
        v = ir->ops[v].a;
    }
    return v;
}

/* How many low bits of a value are zero for certain. */
static unsigned zero_bits(const struct jl_ir *ir, jl_ref v, unsigned depth) {
    const struct jl_op *op = &ir->ops[v];
    unsigned x, y;
    if (depth == 0)
        return 0;
    switch (op->op) {
    case JL_IR_CONST: return op->imm ? (unsigned)__builtin_ctzll((uint64_t)op->imm) : 32;
    case JL_IR_SHL:
        return jl_ir_is_const(ir, op->b) ? ((unsigned)ir->ops[op->b].imm & 31) + zero_bits(ir, op->a, depth - 1) : 0;
    case JL_IR_TRUNC:
    case JL_IR_SEXT32:
    case JL_IR_ZEXT32: return zero_bits(ir, op->a, depth - 1);
    case JL_IR_ADD:
    case JL_IR_SUB:
    case JL_IR_OR:
        x = zero_bits(ir, op->a, depth - 1);
        y = zero_bits(ir, op->b, depth - 1);
        return x < y ? x : y;
    case JL_IR_AND:
        x = zero_bits(ir, op->a, depth - 1);
        y = zero_bits(ir, op->b, depth - 1);
        return x > y ? x : y;
    default: return 0;
    }
}

static bool known_aligned(const struct jl_builder *b, const struct jl_fe_block *blk, jl_ref addr, int32_t disp,
                          unsigned size) {
    unsigned need = (unsigned)__builtin_ctz(size);
    jl_ref root = root_of(b->ir, addr, &disp);
    for (unsigned i = 0; i < blk->nfacts; i++) {
        const struct jl_fe_fact *f = &blk->facts[i];
        if (f->root == root && f->size >= size && ((uint32_t)(disp - f->disp) & (size - 1)) == 0)
            return true;
    }
    return !(disp & (int32_t)(size - 1)) && zero_bits(b->ir, root, 6) >= need;
}

static void learn(const struct jl_builder *b, struct jl_fe_block *blk, jl_ref addr, int32_t disp, unsigned size) {
    if (blk->nfacts == JL_FE_FACTS)
        return;
    jl_ref root = root_of(b->ir, addr, &disp);
    blk->facts[blk->nfacts++] = (struct jl_fe_fact){root, disp, size};
}

static void check_alignment(struct jl_builder *b, struct jl_frontend *f, jl_ref addr, int32_t disp, unsigned size,
                            bool always) {
    bool pass = JL_PASS_ON(b->machine, ALIGN);
    if (size == 1 || (b->mode & JL_MODE_ALIGN_FIX && !always) || (pass && known_aligned(b, f->at, addr, disp, size)))
        return;
    jl_ref at = disp & (int32_t)(size - 1) ? jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, disp)) : addr;
    jl_b_exit_if(b, JL_CC_TEST_NZ, at, jl_b_i32(b, (int32_t)size - 1), JL_EXIT_INTERP, 0);
    learn(b, f->at, addr, disp, size);
}

/* ---- plain accesses ---- */

static struct jl_access access_of(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size, unsigned flags,
                                  unsigned type) {
    unsigned order = JL_OPS(b->machine, BYTE_ORDER, jl_byte_order_ops)->access_flags(b->mode, size);
    return (struct jl_access){.addr = addr,
                              .disp = disp,
                              .size = (uint8_t)size,
                              .type = (uint8_t)type,
                              .flags = (uint8_t)(flags | order),
                              .exact = b->mode & JL_MODE_64 && !b->held.on};
}

static jl_ref load(struct jl_builder *b, struct jl_access a) {
    return JL_OPS(b->machine, MEMORY, jl_memory_ops)->lower_load(b, &a);
}

static void store(struct jl_builder *b, struct jl_access a, jl_ref value) {
    const struct jl_invalidate_ops *inv = JL_OPS(b->machine, INVALIDATE, jl_invalidate_ops);
    if (inv->lower_store)
        inv->lower_store(b, a.addr, a.disp, a.size);
    JL_OPS(b->machine, MEMORY, jl_memory_ops)->lower_store(b, &a, value);
}

/* A version's load that it does without, as the walk of its code found (specialize.c). */
static bool load_invariant(struct jl_builder *b, const struct jl_insn *i, jl_ref addr, unsigned size, bool sx) {
    uint64_t value;
    if (!jl_ir_is_const(b->ir, addr) ||
        !jl_fe_invariant(b->machine, (uint32_t)b->ir->ops[addr].imm + (uint32_t)i->imm, size, false, &value))
        return false;
    jl_b_set(b, JL_VAR_GPR + i->rt, jl_b_i32(b, (int32_t)(sx ? jl_sign_extend(value, size) : value)));
    return true;
}

/* sx: the value is extended by its sign to a register's width. */
static void load_gpr(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i, unsigned size, bool sx) {
    jl_ref addr = base(b, f, i->rs, i->imm);
    unsigned type = b->mode & JL_MODE_64 ? JL_I64 : JL_I32;
    if (load_invariant(b, i, addr, size, sx))
        return;
    bool extends = sx && size < (type == JL_I64 ? 8 : 4);
    check_alignment(b, f, addr, i->imm, size, false);
    struct jl_access a = access_of(b, addr, i->imm, size, extends ? JL_IRF_SIGNED : 0, type);
    bool apart = extends && size == 4 && a.flags & JL_IRF_SWAP; /* the host needs an instruction for it anyway */
    if (apart) {
        a.type = JL_I32;
        a.flags &= (uint8_t)~JL_IRF_SIGNED;
    }
    jl_ref v = load(b, a);
    jl_b_set(b, JL_VAR_GPR + i->rt, apart ? jl_fe_extended(b, v) : v);
}

static void store_gpr(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i, unsigned size) {
    jl_ref addr = base(b, f, i->rs, i->imm), value = jl_b_get(b, JL_VAR_GPR + i->rt);
    check_alignment(b, f, addr, i->imm, size, false);
    if (size < 8)
        value = jl_fe_low(b, value);
    store(b, access_of(b, addr, i->imm, size, 0, size == 8 ? JL_I64 : JL_I32), value);
}

/* ---- unaligned ---- */

static void load_part(struct jl_builder *b, const struct jl_insn *i, bool left) {
    jl_ref addr = jl_b_op2(b, JL_IR_ADD, JL_I32, gpr(b, i->rs), jl_b_i32(b, i->imm));
    jl_ref n = jl_b_op2(b, JL_IR_AND, JL_I32, addr, jl_b_i32(b, 3));
    if (b->mode & JL_MODE_BE)
        n = jl_b_op2(b, JL_IR_XOR, JL_I32, n, jl_b_i32(b, 3));
    struct jl_access a = access_of(b, jl_b_op2(b, JL_IR_AND, JL_I32, addr, jl_b_i32(b, -4)), 0, 4, 0, JL_I32);
    a.exact = false;
    jl_ref word = load(b, a);
    jl_ref s = jl_b_op2(b, JL_IR_SHL, JL_I32, n, jl_b_i32(b, 3));
    jl_ref rest = jl_b_op2(b, JL_IR_SUB, JL_I32, jl_b_i32(b, 24), s);
    jl_ref part = left ? jl_b_op2(b, JL_IR_SHL, JL_I32, word, rest) : jl_b_op2(b, JL_IR_SHR, JL_I32, word, s);
    jl_ref mask = left ? jl_b_op2(b, JL_IR_SHR, JL_I32, jl_b_i32(b, 0x00ffffff), s)
                       : jl_b_op2(b, JL_IR_SHL, JL_I32, jl_b_i32(b, (int32_t)0xffffff00), rest);
    jl_ref kept = jl_b_op2(b, JL_IR_AND, JL_I32, gpr(b, i->rt), mask);
    jl_b_set(b, JL_VAR_GPR + i->rt, jl_fe_extended(b, jl_b_op2(b, JL_IR_OR, JL_I32, part, kept)));
}

/* LDL and LDR: the bytes of an aligned doubleword from the address on go to the register's top, or those up to it to
 * the bottom; the others stay. */
static void load_part64(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i, bool left) {
    jl_ref addr = jl_b_op2(b, JL_IR_ADD, JL_I32, base(b, f, i->rs, i->imm), jl_b_i32(b, i->imm));
    jl_ref n = jl_b_op2(b, JL_IR_AND, JL_I32, addr, jl_b_i32(b, 7)), all = jl_b_i64(b, -1);
    if (left != !!(b->mode & JL_MODE_BE))
        n = jl_b_op2(b, JL_IR_XOR, JL_I32, n, jl_b_i32(b, 7));
    jl_ref s = jl_b_op2(b, JL_IR_SHL, JL_I32, n, jl_b_i32(b, 3));
    struct jl_access a = access_of(b, jl_b_op2(b, JL_IR_AND, JL_I32, addr, jl_b_i32(b, -8)), 0, 8, 0, JL_I64);
    a.exact = false;
    jl_ref unit = load(b, a);
    jl_ref part = jl_b_op2(b, left ? JL_IR_SHL : JL_IR_SHR, JL_I64, unit, s);
    jl_ref taken = jl_b_op2(b, left ? JL_IR_SHL : JL_IR_SHR, JL_I64, all, s);
    jl_ref kept =
        jl_b_op2(b, JL_IR_AND, JL_I64, jl_b_get(b, JL_VAR_GPR + i->rt), jl_b_op1(b, JL_IR_NOT, JL_I64, taken));
    jl_b_set(b, JL_VAR_GPR + i->rt, jl_b_op2(b, JL_IR_OR, JL_I64, part, kept));
}

/* The word that it is half of, when the other half is where a pair has it. A 64-bit guest's pages may lie anywhere: an
 * access over the end of one is the interpreter's, half by half. */
static struct jl_access whole_word(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    int32_t low = jl_fe_lowest_byte(i, b->mode), size = jl_fe_unaligned_size(i);
    jl_ref addr = base(b, f, i->rs, low + size - 1); /* both halves' addresses are looked at */
    if (b->mode & JL_MODE_64 && f->part[f->index] == JL_FE_WHOLE) {
        jl_ref first = jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, low));
        jl_ref in_page = jl_b_op2(b, JL_IR_AND, JL_I32, first, jl_b_i32(b, JL_PAGE - 1));
        jl_b_exit_if(b, JL_CC_GTU, in_page, jl_b_i32(b, JL_PAGE - size), JL_EXIT_INTERP, 0);
    }
    struct jl_access a = access_of(b, addr, low, (unsigned)size, 0, size == 8 ? JL_I64 : JL_I32);
    a.exact = false;
    return a;
}

static void load_unaligned(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    if (f->part[f->index] == JL_FE_NOTHING)
        return;
    if (f->part[f->index] == JL_FE_ALONE && jl_fe_unaligned_size(i) == 8) {
        load_part64(b, f, i, i->op == JL_OP_LDL);
        return;
    }
    struct jl_access a = whole_word(b, f, i);
    if (f->part[f->index] == JL_FE_WHOLE) {
        jl_ref v = load(b, a);
        jl_b_set(b, JL_VAR_GPR + i->rt, a.size == 8 ? v : jl_fe_extended(b, v));
    } else if (b->mode & JL_MODE_64 && i->op != JL_OP_LWL) { /* what it leaves of the register depends on the address */
        jl_fe_to_interpreter(b);
    } else {
        load_part(b, i, i->op == JL_OP_LWL);
    }
}

/* What a store from C may write to at once. The rest is the interpreter's: the guest's faults, and a write to
 * translated code, since the region that makes it may be the one it changes and must not run on. */
static bool plain_memory(const struct jl_cpu *cpu, uint32_t addr, unsigned need) {
    return (jl_page_flags(cpu->mem, addr) & (need | JL_PAGE_CODE)) == need;
}

/* One to three bytes of a word, each by a store of its own: not read, merged and written back, since another thread may
 * write the other bytes. Three stores, of the first byte, the last and one between, do for any number without a branch.
 * All are on one page: what leaves does so at the first. */
static void store_bytes(struct jl_builder *b, const struct jl_insn *i, jl_ref addr, bool left) {
    bool be = b->mode & JL_MODE_BE;
    jl_ref value = gpr(b, i->rt), first = addr, three = jl_b_i32(b, 3);
    jl_ref last = jl_b_op2(b, JL_IR_AND, JL_I32, addr, three); /* how many bytes it is behind the first */
    if (left == be)
        last = jl_b_op2(b, JL_IR_XOR, JL_I32, last, three);
    if (left) { /* the register's upper bytes, from the word's least significant place on */
        jl_ref rest = jl_b_op2(b, JL_IR_XOR, JL_I32, last, three);
        value = jl_b_op2(b, JL_IR_SHR, JL_I32, value, jl_b_op2(b, JL_IR_SHL, JL_I32, rest, three));
        first = be ? jl_b_op2(b, JL_IR_OR, JL_I32, addr, three) : jl_b_op2(b, JL_IR_AND, JL_I32, addr, jl_b_i32(b, -4));
    }
    jl_ref one = jl_b_i32(b, 1);
    jl_ref middle = jl_b_op2(b, JL_IR_SHR, JL_I32, jl_b_op2(b, JL_IR_ADD, JL_I32, last, one), one);
    const jl_ref at[3] = {jl_b_i32(b, 0), middle, last};
    for (unsigned k = 0; k < 3; k++) {
        jl_ref to = jl_b_op2(b, be ? JL_IR_SUB : JL_IR_ADD, JL_I32, first, at[k]);
        jl_ref byte = jl_b_op2(b, JL_IR_SHR, JL_I32, value, jl_b_op2(b, JL_IR_SHL, JL_I32, at[k], three));
        struct jl_access a = access_of(b, to, 0, 1, 0, JL_I32);
        a.exact = false;
        JL_OPS(b->machine, MEMORY, jl_memory_ops)->lower_store(b, &a, byte);
    }
}

/* SWL or SWR on its own. A half whose word is aligned stores all of it: a plain store. What is not is far code's. */
static void store_half(struct jl_builder *b, const struct jl_insn *i, struct jl_access whole, bool left) {
    const struct jl_invalidate_ops *inv = JL_OPS(b->machine, INVALIDATE, jl_invalidate_ops);
    jl_ref addr = jl_b_op2(b, JL_IR_ADD, JL_I32, whole.addr, jl_b_i32(b, i->imm));
    jl_ref low = jl_b_op2(b, JL_IR_ADD, JL_I32, whole.addr, jl_b_i32(b, whole.disp));
    uint32_t part = jl_b_new_block(b, true), all = jl_b_new_block(b, false), behind = jl_b_new_block(b, false);
    if (inv->lower_store)
        inv->lower_store(b, jl_b_op2(b, JL_IR_AND, JL_I32, addr, jl_b_i32(b, -4)), 0, 4);
    jl_b_branch(b, JL_CC_TEST_NZ, low, jl_b_i32(b, 3), part, all);
    jl_b_start(b, part);
    store_bytes(b, i, addr, left);
    jl_b_jump(b, behind);
    jl_b_start(b, all);
    JL_OPS(b->machine, MEMORY, jl_memory_ops)->lower_store(b, &whole, gpr(b, i->rt));
    jl_b_jump(b, behind);
    jl_b_start(b, behind);
}

static void store_unaligned(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    if (f->part[f->index] == JL_FE_NOTHING)
        return;
    struct jl_access a = whole_word(b, f, i);
    if (f->part[f->index] == JL_FE_WHOLE)
        store(b, a, a.size == 8 ? jl_b_get(b, JL_VAR_GPR + i->rt) : gpr(b, i->rt));
    else if (a.size == 8)
        jl_fe_to_interpreter(b);
    else
        store_half(b, i, a, i->op == JL_OP_SWL);
}

/* ---- LL and SC ---- */

bool jl_fe_alone(struct jl_builder *b) {
    if (jl_mem_parallel(b->machine->mem))
        return false;
    b->machine->regions_alone = true;
    return true;
}

static void load_linked(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    jl_ref addr = gpr(b, i->rs);
    check_alignment(b, f, addr, i->imm, 4, true);
    jl_ref value = load(b, access_of(b, addr, i->imm, 4, 0, JL_I32));
    jl_b_cpu_store(b, 4, offsetof(struct jl_cpu, ll_valid), jl_b_i32(b, 1));
    jl_b_cpu_store(b, 4, offsetof(struct jl_cpu, ll_addr), jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, i->imm)));
    jl_b_cpu_store(b, 4, offsetof(struct jl_cpu, ll_value), value);
    jl_b_set(b, JL_VAR_GPR + i->rt, value);
}

static uint64_t store_conditional(struct jl_cpu *cpu, uint64_t address, uint64_t value, uint64_t unused) {
    uint32_t addr = (uint32_t)address;
    (void)unused;
    if (addr & 3 || !plain_memory(cpu, addr, JL_PAGE_R | JL_PAGE_W)) {
        cpu->exit = JL_EXIT_INTERP;
        return 0;
    }
    bool ok = cpu->ll_valid && cpu->ll_addr == addr;
    if (ok && !jl_mem_swap32(cpu->mem, addr, (uint32_t)cpu->ll_value, (uint32_t)value, &ok)) {
        cpu->exit = JL_EXIT_INTERP;
        return 0;
    }
    cpu->ll_valid = 0;
    return ok;
}

/* With nobody else there, no write can come between the comparison and the store. A store that fails writes back what
 * is there, which spares a branch; what may fault leaves to the interpreter in front of it all. */
static void store_cond_alone(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    jl_ref addr = gpr(b, i->rs), zero = jl_b_i32(b, 0), value = gpr(b, i->rt);
    check_alignment(b, f, addr, i->imm, 4, true);
    struct jl_access access = access_of(b, addr, i->imm, 4, 0, JL_I32);
    jl_ref old = load(b, access), at = jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, i->imm));
    jl_ref valid = jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, ll_valid));
    jl_ref where = jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, ll_addr));
    jl_ref seen = jl_b_cpu_load(b, JL_I32, 4, offsetof(struct jl_cpu, ll_value));
    jl_ref differs = jl_b_op2(b, JL_IR_OR, JL_I32, jl_b_op2(b, JL_IR_XOR, JL_I32, where, at),
                              jl_b_op2(b, JL_IR_XOR, JL_I32, seen, old));
    differs = jl_b_op2(b, JL_IR_OR, JL_I32, differs, jl_b_op2(b, JL_IR_XOR, JL_I32, valid, jl_b_i32(b, 1)));
    store(b, access, jl_b_select(b, JL_CC_EQ, differs, zero, value, old));
    jl_b_cpu_store(b, 4, offsetof(struct jl_cpu, ll_valid), zero);
    jl_b_set(b, JL_VAR_GPR + i->rt, jl_b_setcc(b, JL_CC_EQ, differs, zero));
}

static void store_cond(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    if (jl_fe_alone(b)) {
        store_cond_alone(b, f, i);
        return;
    }
    jl_ref addr = jl_b_op2(b, JL_IR_ADD, JL_I32, gpr(b, i->rs), jl_b_i32(b, i->imm));
    const struct jl_invalidate_ops *inv = JL_OPS(b->machine, INVALIDATE, jl_invalidate_ops);
    if (inv->lower_store)
        inv->lower_store(b, addr, 0, 4);
    jl_b_set(b, JL_VAR_GPR + i->rt, jl_b_call(b, (void *)store_conditional, JL_I32, true, addr, gpr(b, i->rt), 0));
}

/* ---- FPU ---- */

static jl_ref indexed(struct jl_builder *b, const struct jl_insn *i) {
    return jl_b_op2(b, JL_IR_ADD, JL_I32, gpr(b, i->rs), gpr(b, i->rt));
}

static void set_single(struct jl_builder *b, unsigned r, jl_ref v) {
    unsigned slot = JL_VAR_FPR + (r & ~1u);
    if (b->mode & JL_MODE_VR4300)
        jl_fe_vr4300_set_half(b, r, v);
    else if (b->mode & JL_MODE_FR)
        jl_b_set(b, JL_VAR_FPR + r, v);
    else
        jl_b_set(b, slot, jl_b_op2(b, r & 1 ? JL_IR_FSETHI : JL_IR_FSETLO, JL_F, jl_b_get(b, slot), v));
}

static jl_ref single(struct jl_builder *b, unsigned r) {
    if (b->mode & JL_MODE_VR4300)
        return jl_fe_vr4300_half(b, r);
    if (b->mode & JL_MODE_FR || !(r & 1))
        return jl_b_get(b, JL_VAR_FPR + r);
    return jl_b_op1(b, JL_IR_FUPPER, JL_F, jl_b_get(b, JL_VAR_FPR + r - 1));
}

/* The var of a register that is loaded or stored as a whole. */
static unsigned whole(const struct jl_builder *b, unsigned r) {
    return b->mode & JL_MODE_VR4300 ? jl_fe_vr4300_pair(b, r) : JL_VAR_FPR + r;
}

static void load_fpu(struct jl_builder *b, struct jl_frontend *f, jl_ref addr, int32_t disp, unsigned size,
                     unsigned r) {
    if (b->mode & JL_MODE_VR4300)
        jl_fe_need_fpu(b, f);
    check_alignment(b, f, addr, disp, size, false);
    jl_ref v = load(b, access_of(b, addr, disp, size, 0, JL_F));
    if (size == 8)
        jl_b_set(b, whole(b, r), v);
    else
        set_single(b, r, v);
}

static void store_fpu(struct jl_builder *b, struct jl_frontend *f, jl_ref addr, int32_t disp, unsigned size,
                      unsigned r) {
    if (b->mode & JL_MODE_VR4300)
        jl_fe_need_fpu(b, f);
    check_alignment(b, f, addr, disp, size, false);
    store(b, access_of(b, addr, disp, size, 0, JL_F), size == 8 ? jl_b_get(b, whole(b, r)) : single(b, r));
}

bool jl_fe_memory(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *i) {
    switch (i->op) {
    case JL_OP_LB: load_gpr(b, f, i, 1, true); return true;
    case JL_OP_LBU: load_gpr(b, f, i, 1, false); return true;
    case JL_OP_LH: load_gpr(b, f, i, 2, true); return true;
    case JL_OP_LHU: load_gpr(b, f, i, 2, false); return true;
    case JL_OP_LW: load_gpr(b, f, i, 4, true); return true;
    case JL_OP_LWU: load_gpr(b, f, i, 4, false); return true;
    case JL_OP_LD: load_gpr(b, f, i, 8, false); return true;
    case JL_OP_LWL:
    case JL_OP_LWR:
    case JL_OP_LDL:
    case JL_OP_LDR: load_unaligned(b, f, i); return true;
    case JL_OP_SB: store_gpr(b, f, i, 1); return true;
    case JL_OP_SH: store_gpr(b, f, i, 2); return true;
    case JL_OP_SW: store_gpr(b, f, i, 4); return true;
    case JL_OP_SD: store_gpr(b, f, i, 8); return true;
    case JL_OP_SWL:
    case JL_OP_SWR:
    case JL_OP_SDL:
    case JL_OP_SDR: store_unaligned(b, f, i); return true;
    case JL_OP_LL: load_linked(b, f, i); return true;
    case JL_OP_SC: store_cond(b, f, i); return true;
    case JL_OP_LWC1: load_fpu(b, f, base(b, f, i->rs, i->imm), i->imm, 4, i->rt); return true;
    case JL_OP_LDC1: load_fpu(b, f, base(b, f, i->rs, i->imm), i->imm, 8, i->rt); return true;
    case JL_OP_SWC1: store_fpu(b, f, base(b, f, i->rs, i->imm), i->imm, 4, i->rt); return true;
    case JL_OP_SDC1: store_fpu(b, f, base(b, f, i->rs, i->imm), i->imm, 8, i->rt); return true;
    case JL_OP_LWXC1: load_fpu(b, f, indexed(b, i), 0, 4, i->sa); return true;
    case JL_OP_LDXC1: load_fpu(b, f, indexed(b, i), 0, 8, i->sa); return true;
    case JL_OP_SWXC1: store_fpu(b, f, indexed(b, i), 0, 4, i->rd); return true;
    case JL_OP_SDXC1: store_fpu(b, f, indexed(b, i), 0, 8, i->rd); return true;
    default: return false;
    }
}
