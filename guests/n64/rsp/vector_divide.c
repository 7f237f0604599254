/* Reciprocals and reciprocal square roots. The hardware has two tables of 512 entries of 16 bits. What they contain can
 * be computed, so none is kept here: 1 / n and 1 / sqrt(n) in 17 bits without the highest one, n being the input's
 * leading bits. */
#include <math.h>

#include "guests/n64/rsp/vector.h"

/* index: the 9 bits below the highest one. 8 further bits of the quotient decide: two entries are rounded up by them.
 */
static uint32_t reciprocal_entry(uint32_t index) {
    uint32_t entry = (uint32_t)((1ull << 34) / (512 + index) + 1) >> 8;
    return entry <= 0x1ffff ? entry : 0x1ffff;
}

/* index: the 8 bits below the highest one; n is twice as large if an odd number of bits is below that. The largest
 * number whose square is less than 2^42 / n. (The argument of sqrt is an integer below 2^34: a double's square root of
 * such is never rounded up to the next integer.) */
static uint32_t root_entry(uint32_t index, bool odd) {
    uint64_t n = (uint64_t)(256 + index) << odd;
    uint64_t square = ((1ull << 42) - 1) / n;
    return (uint32_t)sqrt((double)square);
}

/* Negative inputs are complemented (below -32768) or negated, and their results complemented. */
static uint32_t magnitude(int32_t input) {
    return input >= 0 ? (uint32_t)input : input < -32768 ? ~(uint32_t)input : -(uint32_t)input;
}

static bool special(int32_t input, uint32_t *output) {
    if (input && input != -32768)
        return false;
    *output = input ? 0xffff0000 : 0x7fffffff;
    return true;
}

static uint32_t reciprocal(int32_t input) {
    uint32_t output;
    if (special(input, &output))
        return output;
    uint32_t x = magnitude(input);
    unsigned zeros = (unsigned)__builtin_clz(x);
    output = reciprocal_entry(x << zeros >> 22 & 511) << 14 >> (31 - zeros);
    return input < 0 ? ~output : output;
}

static uint32_t reciprocal_root(int32_t input) {
    uint32_t output;
    if (special(input, &output))
        return output;
    uint32_t x = magnitude(input);
    unsigned zeros = (unsigned)__builtin_clz(x);
    output = root_entry(x << zeros >> 23 & 255, !(zeros & 1)) << 14 >> ((31 - zeros) >> 1);
    return input < 0 ? ~output : output;
}

/* The accumulator gets all of vt, broadcast as the element says; the source lane is the element's lower 3 bits whatever
 * its upper one is; the destination lane is in vs's field. */

static int32_t source(const struct jl_rsp *rsp, const struct jl_rsp_insn *in) {
    return (int16_t)rsp->vr[in->t][in->e & 7];
}

/* The input of VRCPL and VRSQL: the upper half is what VRCPH or VRSQH loaded just before, or the sign. */
static int32_t long_source(const struct jl_rsp *rsp, const struct jl_rsp_insn *in) {
    int32_t low = source(rsp, in);
    return rsp->div_in_loaded ? (int32_t)((uint32_t)rsp->div_in << 16 | (uint16_t)low) : low;
}

static void finish(struct jl_rsp *rsp, const struct jl_rsp_insn *in, uint16_t value) {
    set(rsp->acc_lo, operand_vt(rsp, in)); /* before the result overwrites a lane of it */
    rsp->vr[in->d][in->s & 7] = value;
}

static void finish_divide(struct jl_rsp *rsp, const struct jl_rsp_insn *in, uint32_t output) {
    rsp->div_out = (uint16_t)(output >> 16);
    rsp->div_in = 0;
    rsp->div_in_loaded = false;
    finish(rsp, in, (uint16_t)output);
}

OP(VRCP) {
    finish_divide(rsp, in, reciprocal(source(rsp, in)));
}
OP(VRCPL) {
    finish_divide(rsp, in, reciprocal(long_source(rsp, in)));
}
OP(VRSQ) {
    finish_divide(rsp, in, reciprocal_root(source(rsp, in)));
}
OP(VRSQL) {
    finish_divide(rsp, in, reciprocal_root(long_source(rsp, in)));
}

OP(VRCPH) {
    rsp->div_in = (uint16_t)source(rsp, in);
    rsp->div_in_loaded = true;
    finish(rsp, in, rsp->div_out);
}
