/* Folding: see build_fold.h. Only rules that can be stated in a line; what needs analysis is a pass. */
#include "jit/ir/build_fold.h"

static int64_t norm(uint8_t type, int64_t v) {
    return type == JL_I32 ? (int32_t)v : v;
}

static bool constant(const struct jl_builder *b, jl_ref r, int64_t *v) {
    if (!jl_ir_is_const(b->ir, r))
        return false;
    *v = norm(b->ir->ops[r].type, b->ir->ops[r].imm);
    return true;
}

bool jl_fold_cc(enum jl_cc cc, int64_t x, int64_t y, bool wide) {
    uint64_t ux = wide ? (uint64_t)x : (uint32_t)x, uy = wide ? (uint64_t)y : (uint32_t)y;
    switch (cc) {
    case JL_CC_EQ: return ux == uy;
    case JL_CC_NE: return ux != uy;
    case JL_CC_LT: return x < y;
    case JL_CC_GE: return x >= y;
    case JL_CC_LE: return x <= y;
    case JL_CC_GT: return x > y;
    case JL_CC_LTU: return ux < uy;
    case JL_CC_GEU: return ux >= uy;
    case JL_CC_LEU: return ux <= uy;
    case JL_CC_GTU: return ux > uy;
    case JL_CC_TEST_Z: return !(ux & uy);
    default: return ux & uy;
    }
}

static bool evaluate2(uint8_t op, uint8_t type, int64_t x, int64_t y, int64_t *out) {
    unsigned bits = type == JL_I32 ? 32 : 64, n = (unsigned)y & (bits - 1);
    uint64_t ux = type == JL_I32 ? (uint32_t)x : (uint64_t)x, uy = (uint64_t)y;
    switch (op) {
    case JL_IR_ADD: *out = (int64_t)(ux + uy); break;
    case JL_IR_SUB: *out = (int64_t)(ux - uy); break;
    case JL_IR_MUL: *out = (int64_t)(ux * uy); break;
    case JL_IR_AND: *out = x & y; break;
    case JL_IR_OR: *out = x | y; break;
    case JL_IR_XOR: *out = x ^ y; break;
    case JL_IR_SHL: *out = (int64_t)(ux << n); break;
    case JL_IR_SHR: *out = (int64_t)(ux >> n); break;
    case JL_IR_SAR: *out = x >> n; break;
    case JL_IR_ROR: *out = n ? (int64_t)(ux >> n | ux << (bits - n)) : x; break;
    case JL_IR_PAIR: *out = (int64_t)((uint64_t)(uint32_t)x | uy << 32); return true;
    default: return false;
    }
    *out = norm(type, *out);
    return true;
}

static bool evaluate1(uint8_t op, int64_t x, int64_t *out) {
    switch (op) {
    case JL_IR_NOT: *out = ~x; break;
    case JL_IR_NEG: *out = (int64_t)(0 - (uint64_t)x); break;
    case JL_IR_SEXT8: *out = (int8_t)x; break;
    case JL_IR_SEXT16: *out = (int16_t)x; break;
    case JL_IR_ZEXT8: *out = (uint8_t)x; break;
    case JL_IR_ZEXT16: *out = (uint16_t)x; break;
    case JL_IR_SEXT32: *out = (int32_t)x; break;
    case JL_IR_ZEXT32: *out = (uint32_t)x; break;
    case JL_IR_TRUNC: *out = (int32_t)x; break;
    case JL_IR_HIGH: *out = (int32_t)(x >> 32); break;
    default: return false;
    }
    return true;
}

static void swap(jl_ref *x, jl_ref *y) {
    jl_ref t = *x;
    *x = *y;
    *y = t;
}

/* Unsigned division by a power of two, which c is. Compilers leave none; a version may know its divisor. */
static jl_ref fold_division(struct jl_builder *b, uint8_t *op, uint8_t type, const jl_ref *x, jl_ref *y, uint64_t c) {
    if (type == JL_I32)
        c = (uint32_t)c;
    if (!c || c & (c - 1))
        return 0;
    bool quotient = *op == JL_IR_DIVU;
    if (c == 1)
        return quotient ? *x : jl_b_const(b, (enum jl_type)type, 0);
    *op = quotient ? JL_IR_SHR : JL_IR_AND;
    *y = quotient ? jl_b_const(b, JL_I32, __builtin_ctzll(c)) : jl_b_const(b, (enum jl_type)type, (int64_t)(c - 1));
    return 0;
}

/* x op c where c is known. */
static jl_ref fold_right(struct jl_builder *b, uint8_t *op, uint8_t type, jl_ref *x, jl_ref *y, int64_t c) {
    const struct jl_op *in = &b->ir->ops[*x];
    int64_t c1;
    switch (*op) {
    case JL_IR_SUB: /* one form for both */
        *op = JL_IR_ADD;
        *y = jl_b_const(b, (enum jl_type)type, norm(type, (int64_t)(0 - (uint64_t)c)));
        c = b->ir->ops[*y].imm;
        in = &b->ir->ops[*x];
        /* fall through */
    case JL_IR_ADD:
        if (c == 0)
            return *x;
        if (in->op == JL_IR_ADD && constant(b, in->b, &c1)) {
            jl_ref base = in->a;
            *y = jl_b_const(b, (enum jl_type)type, norm(type, (int64_t)((uint64_t)c + (uint64_t)c1)));
            *x = base;
            return b->ir->ops[*y].imm == 0 ? base : 0;
        }
        return 0;
    case JL_IR_OR:
    case JL_IR_XOR:
    case JL_IR_SHL:
    case JL_IR_SHR:
    case JL_IR_SAR:
    case JL_IR_ROR: return c == 0 ? *x : 0;
    case JL_IR_AND:
        if (c == 0)
            return *y;
        if (c == -1)
            return *x;
        if ((c == 0xff || c == 0xffff) && type == JL_I32) {
            *op = c == 0xff ? JL_IR_ZEXT8 : JL_IR_ZEXT16;
            *y = 0;
        }
        return 0;
    case JL_IR_MUL:
        if (c == 1)
            return *x;
        if (c == 0)
            return *y;
        if (c > 0 && !(c & (c - 1))) {
            *op = JL_IR_SHL;
            *y = jl_b_const(b, JL_I32, __builtin_ctzll((uint64_t)c));
        }
        return 0;
    case JL_IR_DIVU:
    case JL_IR_REMU: return fold_division(b, op, type, x, y, (uint64_t)c);
    default: return 0;
    }
}

static jl_ref fold_unary(struct jl_builder *b, uint8_t op, uint8_t type, jl_ref x) {
    const struct jl_op *in = &b->ir->ops[x];
    switch (op) {
    case JL_IR_TRUNC:
        if (in->op == JL_IR_SEXT32 || in->op == JL_IR_ZEXT32 || in->op == JL_IR_PAIR)
            return in->a;
        return 0;
    case JL_IR_HIGH: return in->op == JL_IR_PAIR ? in->b : 0;
    case JL_IR_NOT: return in->op == JL_IR_NOT ? in->a : 0;
    case JL_IR_ZEXT8:
        return in->op == JL_IR_ZEXT8 || in->op == JL_IR_SETCC ||
                       (in->op == JL_IR_GLOAD && in->size == 1 && !(in->flags & JL_IRF_SIGNED))
                   ? x
                   : 0;
    case JL_IR_ZEXT16: return in->op == JL_IR_ZEXT16 || in->op == JL_IR_ZEXT8 || in->op == JL_IR_SETCC ? x : 0;
    case JL_IR_FLO: return type == JL_I32 && in->op == JL_IR_FFROM && in->size == 4 ? in->a : 0;
    case JL_IR_COPY: return x;
    default: return 0;
    }
}

static jl_ref fold_same(struct jl_builder *b, uint8_t op, uint8_t type, jl_ref x) {
    switch (op) {
    case JL_IR_SUB:
    case JL_IR_XOR: return jl_b_const(b, (enum jl_type)type, 0);
    case JL_IR_AND:
    case JL_IR_OR: return x;
    default: return 0;
    }
}

jl_ref jl_fold(struct jl_builder *b, uint8_t *op, uint8_t type, jl_ref *x, jl_ref *y) {
    int64_t cx, cy, v;
    bool kx = constant(b, *x, &cx), ky = *y && constant(b, *y, &cy);
    bool commutes = *op == JL_IR_ADD || *op == JL_IR_MUL || *op == JL_IR_AND || *op == JL_IR_OR || *op == JL_IR_XOR;
    if (!*y) {
        if (kx && evaluate1(*op, cx, &v))
            return jl_b_const(b, (enum jl_type)type, v);
        return fold_unary(b, *op, type, *x);
    }
    if (kx && ky && evaluate2(*op, type, cx, cy, &v))
        return jl_b_const(b, (enum jl_type)type, v);
    if (kx && !ky && commutes) {
        swap(x, y);
        return fold_right(b, op, type, x, y, cx);
    }
    if (ky)
        return fold_right(b, op, type, x, y, cy);
    if (kx && cx == 0 && (*op == JL_IR_SHL || *op == JL_IR_SHR || *op == JL_IR_SAR))
        return *x;
    return *x == *y ? fold_same(b, *op, type, *x) : 0;
}
