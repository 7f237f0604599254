/* Instruction words of the RSP for tests' programs. */
#ifndef JL_TESTS_RSP_ASSEMBLE_H
#define JL_TESTS_RSP_ASSEMBLE_H

#include <stdint.h>

enum { V0 = 2, A0 = 4, T0 = 8, T1, T2, T3, RA = 31 };

static inline uint32_t op_i(unsigned op, unsigned rt, unsigned rs, unsigned imm) {
    return op << 26 | rs << 21 | rt << 16 | (imm & 0xffff);
}
static inline uint32_t op_r(unsigned function, unsigned rd, unsigned rs, unsigned rt) {
    return rs << 21 | rt << 16 | rd << 11 | function;
}
static inline uint32_t ori(unsigned rt, unsigned rs, unsigned imm) {
    return op_i(0x0d, rt, rs, imm);
}
static inline uint32_t lui(unsigned rt, unsigned imm) {
    return op_i(0x0f, rt, 0, imm);
}
static inline uint32_t addiu(unsigned rt, unsigned rs, int imm) {
    return op_i(0x09, rt, rs, (unsigned)imm);
}
static inline uint32_t beq(unsigned rs, unsigned rt, int words) {
    return op_i(0x04, rt, rs, (unsigned)words);
}
static inline uint32_t bne(unsigned rs, unsigned rt, int words) {
    return op_i(0x05, rt, rs, (unsigned)words);
}
static inline uint32_t jal(unsigned addr) {
    return 0x03u << 26 | (addr >> 2 & 0x3ffffff);
}
static inline uint32_t jr(unsigned rs) {
    return op_r(0x08, 0, rs, 0);
}
static inline uint32_t jalr(unsigned rd, unsigned rs) {
    return op_r(0x09, rd, rs, 0);
}
static inline uint32_t brk(void) {
    return 0x0d;
}
static inline uint32_t mfc0(unsigned rt, unsigned rd) {
    return 0x10u << 26 | rt << 16 | rd << 11;
}
static inline uint32_t mtc0(unsigned rt, unsigned rd) {
    return 0x10u << 26 | 4u << 21 | rt << 16 | rd << 11;
}
/* move: 0 MFC2, 2 CFC2, 4 MTC2, 6 CTC2 */
static inline uint32_t cop2(unsigned move, unsigned rt, unsigned rd, unsigned element) {
    return 0x12u << 26 | move << 21 | rt << 16 | rd << 11 | element << 7;
}
static inline uint32_t vector(unsigned op, unsigned vd, unsigned vs, unsigned vt, unsigned element) {
    return 0x25u << 25 | element << 21 | vt << 16 | vs << 11 | vd << 6 | op;
}
/* op by its number, offset in its units */
static inline uint32_t vload(unsigned op, unsigned vt, unsigned element, int offset, unsigned base) {
    return 0x32u << 26 | base << 21 | vt << 16 | op << 11 | element << 7 | ((unsigned)offset & 127);
}
static inline uint32_t vstore(unsigned op, unsigned vt, unsigned element, int offset, unsigned base) {
    return 0x3au << 26 | base << 21 | vt << 16 | op << 11 | element << 7 | ((unsigned)offset & 127);
}

#endif
