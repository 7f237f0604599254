/* Loads and stores of vector registers, byte by byte: see reference.h. Names are as in n64-systemtest's op_vector_loads
 * and op_vector_stores. */
#include "tests/n64/rsp/reference_parts.h"

enum { B, S, L, D, Q, R, P, U, H, F, W, T };

static uint8_t *at(struct reference *r, uint32_t addr) {
    return &r->dmem[addr % 4096];
}

static void load(struct reference *r, unsigned op, uint32_t addr, unsigned vt, unsigned e) {
    static const unsigned size[] = {[B] = 1, [S] = 2, [L] = 4, [D] = 8};
    unsigned misalignment = addr % 8, aligned = addr - misalignment, in_quad = addr % 16;
    uint8_t temp[16];
    switch (op) {
    case B:
    case S:
    case L:
    case D:
        for (unsigned i = 0; i < size[op]; i++)
            if (e + i < 16)
                r->v[vt][e + i] = *at(r, addr + i);
        break;
    case Q:
        for (unsigned i = 0; i < 16 - in_quad; i++)
            if (e + i < 16)
                r->v[vt][e + i] = *at(r, addr + i);
        break;
    case R:
        for (unsigned i = 16 - in_quad; i < 16; i++)
            if (e + i < 16)
                r->v[vt][e + i] = *at(r, addr - 16 + i);
        break;
    case P:
    case U:
    case H:
        for (unsigned i = 0; i < 8; i++) {
            unsigned place = (16 - e + i * (op == H ? 2 : 1) + misalignment) % 16;
            set_lane(r, vt, i, *at(r, aligned + place) * (op == P ? 256 : 128));
        }
        break;
    case F:
        for (unsigned i = 0; i < 8; i++) {
            /* bytes 0, 4, 8, 12, 8, 12, 0, 4 */
            unsigned place = i < 4 ? 4 * i : i < 6 ? 4 * i - 8 : 4 * i - 24;
            unsigned value = *at(r, aligned + (misalignment + place + 16 - e) % 16) * 128u;
            temp[2 * i] = (uint8_t)(value / 256);
            temp[2 * i + 1] = (uint8_t)(value % 256);
        }
        for (unsigned i = e; i < e + 8 && i < 16; i++)
            r->v[vt][i] = temp[i];
        break;
    case T:
        for (unsigned i = 0; i < 8; i++)
            for (unsigned b = 2 * i; b < 2 * i + 2; b++)
                r->v[vt / 8 * 8 + (e / 2 + i) % 8][b] = *at(r, aligned + (in_quad / 8 * 8 + e + b) % 16);
        break;
    default: break;
    }
}

/* SFV's lanes by element; all others store zeros. */
static const int sfv_lanes[16][4] = {
    [0] = {0, 1, 2, 3}, [1] = {6, 7, 4, 5},  [4] = {1, 2, 3, 0},  [5] = {7, 4, 5, 6},
    [8] = {4, 5, 6, 7}, [11] = {3, 0, 1, 2}, [12] = {5, 6, 7, 4}, [15] = {0, 1, 2, 3},
};

static void store(struct reference *r, unsigned op, uint32_t addr, unsigned vt, unsigned e) {
    static const unsigned size[] = {[B] = 1, [S] = 2, [L] = 4, [D] = 8};
    unsigned misalignment = addr % 8, aligned = addr - misalignment, in_quad = addr % 16;
    switch (op) {
    case B:
    case S:
    case L:
    case D:
        for (unsigned i = 0; i < size[op]; i++)
            *at(r, addr + i) = r->v[vt][(e + i) % 16];
        break;
    case Q:
        for (unsigned i = 0; i < 16 - in_quad; i++)
            *at(r, addr + i) = r->v[vt][(e + i) % 16];
        break;
    case R:
        for (unsigned i = 16 - in_quad; i < 16; i++)
            *at(r, addr - 16 + i) = r->v[vt][(e + i) % 16];
        break;
    case P:
    case U:
        for (unsigned i = 0; i < 8; i++) {
            bool eight = (op == P) == (e + i < 8 || e + i >= 16);
            *at(r, addr + i) = (uint8_t)(lane(r, vt, (e + i) % 8) >> (eight ? 8 : 7));
        }
        break;
    case H:
        for (unsigned i = 0; i < 8; i++) {
            unsigned value = r->v[vt][(e + 2 * i) % 16] * 256u + r->v[vt][(e + 2 * i + 1) % 16];
            *at(r, aligned + (misalignment + 2 * i) % 16) = (uint8_t)(value >> 7);
        }
        break;
    case F:
        for (unsigned i = 0; i < 4; i++) {
            bool any = sfv_lanes[e][0] != sfv_lanes[e][1];
            unsigned value = any ? lane(r, vt, (unsigned)sfv_lanes[e][i]) : 0;
            *at(r, aligned + (misalignment + 4 * i) % 16) = (uint8_t)(value >> 7);
        }
        break;
    case W:
        for (unsigned i = 0; i < 16; i++)
            *at(r, aligned + (misalignment + i) % 16) = r->v[vt][(e + i) % 16];
        break;
    case T:
        /* the test's formula as it stands there */
        for (unsigned i = 0; i < 16; i++) {
            unsigned reg = vt / 8 * 8 + (i / 2 + 8 - aligned / 2 % 8 + e / 2) % 8;
            *at(r, aligned + (addr + i) % 16) = r->v[reg][(i + aligned) % 16];
        }
        break;
    default: break;
    }
}

void reference_memory(struct reference *r, bool is_store, unsigned op, unsigned base, unsigned vt, unsigned element,
                      int offset) {
    static const int scale[12] = {1, 2, 4, 8, 16, 16, 8, 8, 16, 16, 16, 16};
    if (op >= 12)
        return;
    uint32_t addr = (r->gpr[base] + (uint32_t)((offset < 64 ? offset : offset - 128) * scale[op])) % 4096;
    if (is_store)
        store(r, op, addr, vt, element);
    else
        load(r, op, addr, vt, element);
}
