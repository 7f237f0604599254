/* Dispatch, moves, and lanes: see reference.h. */
#include "tests/n64/rsp/reference.h"

#include "tests/n64/rsp/reference_parts.h"

unsigned lane(const struct reference *r, unsigned reg, unsigned i) {
    return r->v[reg][2 * i] * 256u + r->v[reg][2 * i + 1];
}

void set_lane(struct reference *r, unsigned reg, unsigned i, long value) {
    r->v[reg][2 * i] = (uint8_t)(value >> 8);
    r->v[reg][2 * i + 1] = (uint8_t)value;
}

long as_signed(unsigned lane_value) {
    return lane_value < 0x8000 ? (long)lane_value : (long)lane_value - 0x10000;
}

/* The table of broadcasts in n64brew's wiki, "Broadcast modifier". */
unsigned broadcast(unsigned element, unsigned i) {
    if (element < 2)
        return i;
    if (element < 4)
        return i / 2 * 2 + (element - 2);
    if (element < 8)
        return i / 4 * 4 + (element - 4);
    return element - 8;
}

static void cop2_move(struct reference *r, unsigned op, unsigned rt, unsigned rd, unsigned e) {
    uint16_t *control = (rd & 3) == 0 ? &r->vco : (rd & 3) == 1 ? &r->vcc : &r->vce;
    uint32_t value = 0;
    switch (op) {
    case 0: /* MFC2 */ value = (uint32_t)as_signed(r->v[rd][e] * 256u + r->v[rd][(e + 1) % 16]); break;
    case 2: /* CFC2 */ value = (uint32_t)as_signed(*control); break;
    case 4: /* MTC2 */
        r->v[rd][e] = (uint8_t)(r->gpr[rt] >> 8);
        if (e != 15)
            r->v[rd][e + 1] = (uint8_t)r->gpr[rt];
        return;
    case 6: /* CTC2 */
        *control = (uint16_t)r->gpr[rt];
        r->vce &= 0xff;
        return;
    default: return;
    }
    if (rt)
        r->gpr[rt] = value;
}

void reference_execute(struct reference *r, uint32_t word) {
    unsigned major = word >> 26, rs = word >> 21 & 31, rt = word >> 16 & 31, rd = word >> 11 & 31;
    if (major == 0x12 && rs < 16)
        cop2_move(r, rs, rt, rd, word >> 7 & 15);
    else if (major == 0x12)
        reference_compute(r, word & 63, word >> 6 & 31, rd, rt, rs & 15);
    else if (major == 0x32 || major == 0x3a)
        reference_memory(r, major == 0x3a, rd, rs, rt, word >> 7 & 15, (int)(word & 127));
}
