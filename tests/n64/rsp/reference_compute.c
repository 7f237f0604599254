/* Computational, select and single-lane instructions, a lane at a time: see reference.h. */
#include "tests/n64/rsp/reference_parts.h"

/* One lane's view of an instruction. */
struct step {
    long s, t;      /* signed */
    long us, ut;    /* unsigned */
    bool carry, ne; /* VCO's two bits */
    bool cc_low, cc_high, ce;
    int64_t acc;
    long d; /* result, lower 16 bits used */
};

static int64_t sign_extend48(int64_t x) {
    x &= 0xffffffffffff;
    return x & 1ll << 47 ? x - (1ll << 48) : x;
}

static long clamp_signed(int64_t x) {
    return x < -32768 ? -32768 : x > 32767 ? 32767 : (long)x;
}

static long clamp_unsigned(int64_t x) {
    return x < 0 ? 0 : x > 32767 ? 65535 : (long)x;
}

/* The arithmetic shift, for readers who mistrust >> of negative numbers. */
static int64_t floor_shift(int64_t x, unsigned n) {
    int64_t unit = 1ll << n, q = x / unit;
    return x % unit < 0 ? q - 1 : q;
}

/* VMADN's and VMADL's clamp looks at bits 47..16 and returns bits 15..0. */
static long clamp_low(int64_t acc) {
    int64_t upper = floor_shift(acc, 16);
    return upper < -32768 ? 0 : upper > 32767 ? 65535 : (long)(acc & 0xffff);
}

static void put_low(struct step *x, long value) {
    x->acc = (x->acc & ~0xffffll) | (value & 0xffff);
}

static void accumulate(struct step *x, bool keep, int64_t value) {
    x->acc = sign_extend48((keep ? x->acc : 0) + value);
}

static void multiply(struct step *x, unsigned op, unsigned vs) {
    bool add = op & 8;
    switch (op) {
    case 0x00: /* VMULF */
    case 0x01: /* VMULU */
    case 0x08: /* VMACF */
    case 0x09: /* VMACU */
        accumulate(x, add, (int64_t)x->s * x->t * 2 + (add ? 0 : 0x8000));
        x->d = op & 1 ? clamp_unsigned(floor_shift(x->acc, 16)) : clamp_signed(floor_shift(x->acc, 16));
        break;
    case 0x04: /* VMUDL */
    case 0x0c: /* VMADL */
        accumulate(x, add, (int64_t)x->us * x->ut / 65536);
        x->d = clamp_low(x->acc);
        break;
    case 0x05: /* VMUDM */
    case 0x0d: /* VMADM */
        accumulate(x, add, (int64_t)x->s * x->ut);
        x->d = clamp_signed(floor_shift(x->acc, 16));
        break;
    case 0x06: /* VMUDN */
    case 0x0e: /* VMADN */
        accumulate(x, add, (int64_t)x->us * x->t);
        x->d = clamp_low(x->acc);
        break;
    case 0x07: /* VMUDH */
    case 0x0f: /* VMADH */
        accumulate(x, add, (int64_t)x->s * x->t * 65536);
        x->d = clamp_signed(floor_shift(x->acc, 16));
        break;
    case 0x03: /* VMULQ */
        accumulate(x, false, ((int64_t)x->s * x->t + (x->s * x->t < 0 ? 31 : 0)) * 65536);
        x->d = clamp_signed(floor_shift(x->acc, 17)) & ~15;
        break;
    case 0x0b: /* VMACQ */
        if (!(x->acc & 1 << 21) && floor_shift(x->acc, 22) != 0)
            x->acc += x->acc < 0 ? 1 << 21 : -(1 << 21);
        x->d = clamp_signed(floor_shift(x->acc, 17)) & ~15;
        break;
    default: /* VRNDP, VRNDN */
        if ((op == 0x0a) == (x->acc < 0))
            accumulate(x, true, vs & 1 ? x->t * 65536ll : x->t);
        x->d = clamp_signed(floor_shift(x->acc, 16));
    }
}

static void add(struct step *x, unsigned op) {
    long result;
    switch (op) {
    case 0x10: /* VADD */
    case 0x11: /* VSUB */
        result = op == 0x10 ? x->s + x->t + x->carry : x->s - x->t - x->carry;
        put_low(x, result);
        x->d = clamp_signed(result);
        x->carry = x->ne = false;
        break;
    case 0x13: /* VABS */
        result = x->s < 0 ? -x->t : x->s == 0 ? 0 : x->t;
        put_low(x, result);
        x->d = clamp_signed(result);
        break;
    case 0x14: /* VADDC */
        result = x->us + x->ut;
        put_low(x, x->d = result);
        x->carry = result > 65535;
        x->ne = false;
        break;
    case 0x15: /* VSUBC */
        result = x->us - x->ut;
        put_low(x, x->d = result);
        x->carry = result < 0;
        x->ne = result != 0;
        break;
    default: /* reserved */ put_low(x, x->us + x->ut); x->d = 0;
    }
}

static void compare(struct step *x, unsigned op) {
    bool holds = false;
    switch (op) {
    case 0x20: holds = x->s < x->t || (x->s == x->t && x->carry && x->ne); break;    /* VLT */
    case 0x21: holds = x->s == x->t && !x->ne; break;                                /* VEQ */
    case 0x22: holds = x->s != x->t || x->ne; break;                                 /* VNE */
    case 0x23: holds = x->s > x->t || (x->s == x->t && !(x->carry && x->ne)); break; /* VGE */
    default: holds = x->cc_low;                                                      /* VMRG */
    }
    x->d = holds ? x->us : x->ut;
    put_low(x, x->d);
    if (op != 0x27) {
        x->cc_low = holds;
        x->cc_high = false;
    }
    x->carry = x->ne = false;
}

static void clip_high(struct step *x, bool ones_complement) {
    bool opposite = (x->s < 0) != (x->t < 0);
    long minus_t = ones_complement ? -x->t - 1 : -x->t;
    if (opposite) {
        x->cc_low = x->s <= minus_t;
        x->cc_high = x->t < 0;
        x->d = x->cc_low ? minus_t : x->s;
    } else {
        x->cc_low = x->t < 0;
        x->cc_high = x->s >= x->t;
        x->d = x->cc_high ? x->t : x->s;
    }
    put_low(x, x->d);
    x->carry = x->ne = x->ce = false;
    if (ones_complement)
        return;
    x->carry = opposite;
    x->ce = opposite && x->s == -x->t - 1;
    x->ne = !x->ce && x->s != (opposite ? -x->t : x->t);
}

static void clip_low(struct step *x) {
    if (!x->carry && !x->ne)
        x->cc_high = x->us >= x->ut;
    if (x->carry && !x->ne) {
        bool equal = (x->us + x->ut) % 65536 == 0, carried = x->us + x->ut > 65535;
        x->cc_low = x->ce ? equal || !carried : equal && !carried;
    }
    if (x->carry)
        x->d = x->cc_low ? -x->ut : x->us;
    else
        x->d = x->cc_high ? x->ut : x->us;
    put_low(x, x->d);
    x->carry = x->ne = x->ce = false;
}

static void logic(struct step *x, unsigned op) {
    long value = op / 2 == 0x28 / 2 ? x->us & x->ut : op / 2 == 0x2a / 2 ? x->us | x->ut : x->us ^ x->ut;
    x->d = op & 1 ? ~value : value;
    put_low(x, x->d);
}

static bool bit(unsigned bits, unsigned i) {
    return bits >> i & 1;
}

static void set_bit(uint16_t *bits, unsigned i, bool value) {
    *bits = (uint16_t)((*bits & ~(1u << i)) | (unsigned)value << i);
}

static void single_lane(struct reference *r, unsigned op, unsigned vd, unsigned vs, unsigned vt, unsigned element) {
    unsigned source = lane(r, vt, element % 8), destination = vs % 8;
    long result;
    if (op == 0x33) { /* VMOV */
        result = (long)lane(r, vt, broadcast(element, destination));
    } else if (op == 0x32 || op == 0x36) { /* VRCPH, VRSQH */
        result = r->div_out;
        r->div_in = (uint16_t)source;
        r->div_in_loaded = true;
    } else {
        bool root = op & 4, both = (op & 1) && r->div_in_loaded;
        uint32_t input = both ? r->div_in * 65536u + source : (uint32_t)as_signed(source);
        uint32_t output = reference_reciprocal((int32_t)input, root);
        result = (long)(output % 65536);
        r->div_out = (uint16_t)(output / 65536);
        r->div_in = 0; /* "null" */
        r->div_in_loaded = false;
    }
    for (unsigned i = 0; i < 8; i++)
        r->acc[i] = (r->acc[i] & ~0xffffll) | lane(r, vt, broadcast(element, i));
    set_lane(r, vd, destination, result);
}

static void one_lane(unsigned op, unsigned vs, struct step *x) {
    if (op < 0x10)
        multiply(x, op, vs);
    else if (op < 0x20 || op == 0x2e || op == 0x2f || op >= 0x38)
        add(x, op);
    else if (op < 0x24 || op == 0x27)
        compare(x, op);
    else if (op == 0x24)
        clip_low(x);
    else if (op < 0x27)
        clip_high(x, op == 0x26);
    else
        logic(x, op);
}

static void read_accumulator(struct reference *r, unsigned vd, unsigned element) {
    for (unsigned i = 0; i < 8; i++) {
        int64_t part = element == 8    ? floor_shift(r->acc[i], 32)
                       : element == 9  ? floor_shift(r->acc[i], 16)
                       : element == 10 ? r->acc[i]
                                       : 0;
        set_lane(r, vd, i, (long)(part & 0xffff));
    }
}

void reference_compute(struct reference *r, unsigned op, unsigned vd, unsigned vs, unsigned vt, unsigned element) {
    struct reference before = *r; /* vd may be vs or vt */
    if (op == 0x37 || op == 0x3f)
        return;
    if (op == 0x1d) {
        read_accumulator(r, vd, element);
        return;
    }
    if (op >= 0x30 && op < 0x37) {
        single_lane(r, op, vd, vs, vt, element);
        return;
    }
    for (unsigned i = 0; i < 8; i++) {
        unsigned s = lane(&before, vs, i), t = lane(&before, vt, broadcast(element, i));
        struct step x = {.s = as_signed(s), .t = as_signed(t), .us = (long)s, .ut = (long)t, .acc = r->acc[i]};
        x.carry = bit(r->vco, i);
        x.ne = bit(r->vco, i + 8);
        x.cc_low = bit(r->vcc, i);
        x.cc_high = bit(r->vcc, i + 8);
        x.ce = bit(r->vce, i);
        one_lane(op, vs, &x);
        r->acc[i] = sign_extend48(x.acc);
        set_lane(r, vd, i, x.d);
        set_bit(&r->vco, i, x.carry);
        set_bit(&r->vco, i + 8, x.ne);
        set_bit(&r->vcc, i, x.cc_low);
        set_bit(&r->vcc, i + 8, x.cc_high);
        set_bit(&r->vce, i, x.ce);
    }
}
