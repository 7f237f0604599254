/* Loads and stores of bytes in a row as IR. Data memory is there twice in a row, so that none of them wraps around.
 * What ends or begins within a lane, or goes on at the register's other end, is not here; nor are the packed ones. */
#include "guests/n64/rsp/translate_parts.h"
#include "jit/ir/builder_vector.h"

#define L const struct jl_rsp_lowering *l

static jl_ref dmem(L) {
    return jl_rsp_pointer(l, l->jit->dmem);
}

/* The register's bytes from the element on. */
static jl_ref part(L) {
    return jl_rsp_pointer(l, (uint8_t *)l->jit->rsp->vr[l->in->t] + l->in->e);
}

/* Between one or two lanes in host order and bytes in guest order, once swapped as one number. */
static jl_ref exchanged(L, unsigned size, jl_ref v) {
    return size == 4 ? jl_b_op2(l->b, JL_IR_ROR, JL_I32, v, jl_b_i32(l->b, 16)) : v;
}

static void load_small(L, unsigned size) {
    jl_ref v = jl_b_hload(l->b, JL_I32, size, JL_IRF_SWAP, dmem(l), jl_rsp_address(l), 0, 0);
    jl_b_hstore(l->b, size, part(l), 0, 0, 0, exchanged(l, size, v));
    jl_rsp_part_written(l, l->in->t);
}

static void store_small(L, unsigned size) {
    jl_rsp_part_read(l, l->in->t);
    jl_ref v = jl_b_hload(l->b, JL_I32, size, 0, part(l), 0, 0, 0);
    jl_b_hstore_swapped(l->b, size, dmem(l), jl_rsp_address(l), 0, exchanged(l, size, v));
}

static void load_half_register(L) {
    jl_ref v = jl_b_hload(l->b, JL_V, 8, 0, dmem(l), jl_rsp_address(l), 0, 0);
    jl_b_hstore(l->b, 8, part(l), 0, 0, 0, jl_b_vbytes(l->b, v, l->jit->tables->swap));
    jl_rsp_part_written(l, l->in->t);
}

static void store_half_register(L) {
    const struct jl_rsp_tables *t = l->jit->tables;
    jl_ref v;
    if (l->in->e == 0 || l->in->e == 8) {
        v = jl_b_vbytes(l->b, jl_rsp_value(l, l->in->t), l->in->e ? t->swap_upper : t->swap);
    } else {
        jl_rsp_part_read(l, l->in->t);
        v = jl_b_vbytes(l->b, jl_b_hload(l->b, JL_V, 8, 0, part(l), 0, 0, 0), t->swap);
    }
    jl_b_hstore(l->b, 8, dmem(l), jl_rsp_address(l), 0, 0, v);
}

/* Eight bytes to and from the upper part of the lanes: signed numbers, or with one bit less unsigned ones. */

static void unpack(L, unsigned shift) {
    jl_ref v =
        jl_b_vbytes(l->b, jl_b_hload(l->b, JL_V, 8, 0, dmem(l), jl_rsp_address(l), 0, 0), l->jit->tables->unpack);
    jl_rsp_set_value(l, l->in->t, shift ? jl_b_vshift(l->b, JL_VSHIFT_RIGHT, v, shift) : v);
}

static void pack(L, unsigned shift) {
    jl_ref v = jl_rsp_value(l, l->in->t);
    v = shift ? jl_b_vshift(l->b, JL_VSHIFT_LEFT, v, shift) : v;
    jl_b_hstore(l->b, 8, dmem(l), jl_rsp_address(l), 0, 0, jl_b_vbytes(l->b, v, l->jit->tables->pack));
}

/* Carries the instruction out at an address by the interpreter's function. The base register, which this spoils in
 * struct jl_rsp, is not register 0, and made anew when translated code is left. */
static uint64_t at_address(struct jl_cpu *cpu, uint64_t pc, uint64_t addr) {
    struct jl_rsp_jit *jit = jl_machine_guest(cpu->owner);
    const struct jl_rsp_insn *in = jl_rsp_jit_insn(jit, (uint32_t)pc);
    jit->rsp->gpr[in->s] = (uint32_t)addr - (uint32_t)in->imm;
    in->run(jit->rsp, in);
    return 0;
}

static void load_register(L, jl_ref addr) {
    jl_ref v = jl_b_hload(l->b, JL_V, 16, 0, dmem(l), addr, 0, 0);
    jl_rsp_set_value(l, l->in->t, jl_b_vbytes(l->b, v, l->jit->tables->swap));
}

static void store_register(L, jl_ref addr) {
    jl_ref v = jl_b_vbytes(l->b, jl_rsp_value(l, l->in->t), l->jit->tables->swap);
    jl_b_hstore(l->b, 16, dmem(l), addr, 0, 0, v);
}

/* A lane of each of eight registers. */

static void load_transposed(L, jl_ref addr) {
    for (unsigned i = 0; i < 8; i++) {
        unsigned reg = (l->in->t & 24) + ((l->in->e / 2 + i) & 7);
        int32_t disp = (int32_t)(l->in->e + 2 * i) & 15;
        jl_ref v = jl_b_hload(l->b, JL_I32, 2, JL_IRF_SWAP, dmem(l), addr, 0, disp);
        jl_b_hstore(l->b, 2, jl_rsp_pointer(l, &l->jit->rsp->vr[reg][i]), 0, 0, 0, v);
        jl_rsp_part_written(l, reg);
    }
}

static void store_transposed(L, jl_ref addr) {
    for (unsigned i = 0; i < 8; i++) {
        unsigned reg = (l->in->t & 24) + ((l->in->e / 2 + i) & 7);
        jl_rsp_part_read(l, reg);
        jl_ref v = jl_b_hload(l->b, JL_I32, 2, 0, jl_rsp_pointer(l, &l->jit->rsp->vr[reg][i]), 0, 0, 0);
        jl_b_hstore_swapped(l->b, 2, dmem(l), addr, (int32_t)(2 * i), v);
    }
}

/* LQV and SQV move what is from the address to the end of its 16 bytes, LRV and SRV what is in front of it, to the end
 * of the register. So the 16 bytes from the address on, or from 16 below, meet the register, and a mask says which of
 * them move; what does not move in memory is written as it was. */
static bool line(L, bool right, bool stores) {
    const struct jl_rsp_tables *t = l->jit->tables;
    struct jl_builder *b = l->b;
    jl_ref addr = jl_rsp_address(l), in_line = jl_b_op2(b, JL_IR_AND, JL_I32, addr, jl_b_i32(b, 15)), at = addr;
    if (right)
        at = jl_b_op2(b, JL_IR_AND, JL_I32, jl_b_op2(b, JL_IR_ADD, JL_I32, addr, jl_b_i32(b, -16)), jl_b_i32(b, 0xfff));
    jl_ref left = jl_b_hload(b, JL_V, 16, 0, jl_rsp_pointer(l, t->left), in_line, 0, 0);
    jl_ref memory = jl_b_hload(b, JL_V, 16, 0, dmem(l), at, 0, 0);
    jl_ref reg = jl_b_vbytes(b, jl_rsp_value(l, l->in->t), t->swap);
    jl_ref merged = right == stores ? jl_b_vselect(b, left, memory, reg) : jl_b_vselect(b, left, reg, memory);
    if (stores)
        jl_b_hstore(b, 16, dmem(l), at, 0, 0, merged);
    else
        jl_rsp_set_value(l, l->in->t, jl_b_vbytes(b, merged, t->swap));
    return true;
}

/* Whether LRV stands beside LQV (SRV beside SQV) for the same register: a program that expects any address. */
static bool has_other_half(L, jl_rsp_op *other) {
    for (uint32_t pc = l->pc - 8; pc != l->pc + 12; pc += 4) {
        const struct jl_rsp_insn *in = (pc ^ l->pc) >> 12 ? NULL : jl_rsp_jit_insn(l->jit, pc);
        if (in && in->run == other && in->t == l->in->t && in->s == l->in->s)
            return true;
    }
    return false;
}

/* With an aligned address LQV and SQV move a whole register, and LTV and STV do not wrap around. */
static bool whole(L, void aligned(L, jl_ref addr)) {
    jl_ref addr = jl_rsp_address(l);
    if (!l->in->s) { /* offsets are multiples of 16 */
        aligned(l, addr);
        return true;
    }
    jl_rsp_values_forget(l); /* the slow way does not keep what is in host registers */
    jl_ref slow = jl_b_slow_if(l->b, JL_CC_TEST_NZ, addr, jl_b_i32(l->b, 15), (void *)at_address, false,
                               jl_b_i32(l->b, (int32_t)l->pc), addr);
    aligned(l, addr);
    jl_b_slow_join(l->b, slow, 0);
    jl_rsp_values_forget(l);
    return true;
}

bool jl_rsp_lower_vector_memory(const struct jl_rsp_lowering *l) {
    jl_rsp_op *run = l->in->run;
    unsigned e = l->in->e;
    bool whole_lanes = !(e & 1);
    if (run == jl_rsp_op_LSV && whole_lanes)
        load_small(l, 2);
    else if (run == jl_rsp_op_SSV && whole_lanes)
        store_small(l, 2);
    else if (run == jl_rsp_op_LLV && whole_lanes && e <= 12)
        load_small(l, 4);
    else if (run == jl_rsp_op_SLV && whole_lanes && e <= 12)
        store_small(l, 4);
    else if (run == jl_rsp_op_LDV && whole_lanes && e <= 8)
        load_half_register(l);
    else if (run == jl_rsp_op_SDV && whole_lanes && e <= 8)
        store_half_register(l);
    else if (run == jl_rsp_op_LQV && !e)
        return has_other_half(l, jl_rsp_op_LRV) ? line(l, false, false) : whole(l, load_register);
    else if (run == jl_rsp_op_SQV && !e)
        return has_other_half(l, jl_rsp_op_SRV) ? line(l, false, true) : whole(l, store_register);
    else if ((run == jl_rsp_op_LRV || run == jl_rsp_op_SRV) && !e)
        return line(l, true, run == jl_rsp_op_SRV);
    else if (run == jl_rsp_op_LTV && whole_lanes)
        return whole(l, load_transposed);
    else if (run == jl_rsp_op_STV)
        return whole(l, store_transposed);
    else if ((run == jl_rsp_op_LPV || run == jl_rsp_op_LUV) && !e)
        unpack(l, run == jl_rsp_op_LUV);
    else if ((run == jl_rsp_op_SPV || run == jl_rsp_op_SUV) && !e)
        pack(l, run == jl_rsp_op_SUV);
    else
        return false;
    return true;
}
