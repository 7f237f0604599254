/* The depth buffer. A depth of 18 bits is stored in 14 as a number with three bits of exponent (how many ones it begins
 * with) and eleven of mantissa; the other four of a halfword's 18 bits are the logarithm of the depth's slope, half of
 * them in the ninth bits. */
#include "guests/n64/rdp/state.h"

enum { Z_MAX = 0x3ffff, Z_OPAQUE = 0, Z_INTERPENETRATING, Z_TRANSPARENT, Z_DECAL };

/* With exponent e a depth begins with e ones and a zero, and the mantissa is what stands behind; the last two exponents
 * have the same step. */
static unsigned shift_of(unsigned exponent) {
    return exponent < 6 ? 6 - exponent : 0;
}

/* 14 bits of 18. */
uint32_t rdp_z_compress(uint32_t z) {
    z &= Z_MAX;
    unsigned exponent = 0;
    while (exponent < 7 && z >> (17 - exponent) & 1) {
        exponent++;
    }
    return exponent << 11 | (z >> shift_of(exponent) & 0x7ff);
}
uint32_t rdp_z_expand(uint32_t stored) {
    unsigned exponent = stored >> 11 & 7;
    uint32_t base = Z_MAX & ~(Z_MAX >> exponent);
    return base | (stored & 0x7ff) << shift_of(exponent);
}

/* The next power of two above; 16 bits. */
uint32_t rdp_dz_round(uint32_t dz) {
    dz &= 0xffff;
    if (dz == 0) {
        return 1;
    }
    return dz >= 0x4000 ? 0x8000 : 2u << (31 - __builtin_clz(dz));
}
static uint32_t log2_of(uint32_t dz) {
    return 31 - (uint32_t)__builtin_clz(dz | 1);
}

struct depth_test rdp_depth_test(const struct jl_rdp *r, uint32_t addr, struct depth d, bool overflow) {
    uint32_t stored = rdp_read16(r, addr);
    uint32_t old = rdp_z_expand(stored >> 2);
    uint32_t old_dz = 1u << ((stored & 3) << 2 | rdp_read_ninth(r, addr));
    unsigned exponent = stored >> 13;
    if (exponent < 3) { /* a coarse old depth is known no better than its step */
        uint32_t step = 16u >> exponent;
        old_dz = old_dz == 0x8000 ? 0xffff : old_dz * 2 > step ? old_dz * 2 : step;
    }
    uint32_t dz = rdp_dz_round(d.dz | old_dz) >> 1; /* the greater one's power of two */
    dz = dz == 0 ? 1 : dz;
    if (old_dz == 0xffff || (d.dz | old_dz) >= 0x8000) {
        dz = 0xffff;
    }
    dz <<= 3;
    bool farthest = old == Z_MAX;
    bool in_front = d.z < old;
    bool farther = old_dz == 0xffff || d.z + dz >= old;
    bool nearer = old_dz == 0xffff || d.z <= old + dz;
    switch (r->modes.z_mode) {
    case Z_TRANSPARENT: return (struct depth_test){farthest || in_front, farther};
    case Z_DECAL: return (struct depth_test){farther && nearer && !farthest, farther};
    default: return (struct depth_test){farthest || (overflow ? in_front : nearer), farther};
    }
}

void rdp_depth_write(struct jl_rdp *r, uint32_t addr, struct depth d) {
    uint32_t dz = log2_of(d.dz);
    rdp_write16(r, addr, rdp_z_compress(d.z) << 2 | dz >> 2, dz);
}
