/* Programs of a few words, run outside of kernel mode. */
#ifndef USER_H
#define USER_H

#include "test.h"

#define DATA 0x00200000u /* physical; mapped at V_DATA, and behind it the DMEM */
#define CODE 0x00210000u
#define DMEM 0x04000000u
#define V_DATA 0x00410000u
#define V_CODE 0x00400000u
#define RE (1u << 25)
#define KX (1u << 7)
#define SX (1u << 6)
#define UX (1u << 5)
#define EXL 2u
enum { USER = 2 << 3, SUPERVISOR = 1 << 3 };

/* Encodings. t0 is the address, t1 what is loaded or stored. */
#define MEM(op, rt, off) ((op) << 26 | 8 << 21 | (rt) << 16 | ((off)&0xffff))
#define NOP 0
#define SYSCALL 12
enum { LDL = 0x1a, LDR = 0x1b, LB = 0x20, LH, LWL, LW, LBU, LHU, LWR, LWU, SB, SH, SWL, SW, SDL, SDR, SWR };
enum { LL = 0x30, LWC1, LLD = 0x34, LDC1, LD = 0x37, SC, SWC1, SCD = 0x3c, SDC1, SD = 0x3f };

static inline void map(u32 index, u32 page, u32 even, u32 odd) {
    MTC0(0, index);
    MTC0(5, 0);
    MTC0(10, page);
    MTC0(2, even >> 6 | 7);
    MTC0(3, odd >> 6 | 7);
    COP0(tlbwi);
}

static inline void map_all(void) {
    map(1, V_DATA, DATA, DMEM);
    map(2, V_CODE, CODE, CODE + 0x1000);
}

/* The words, and a SYSCALL behind them; reversed: each at the other end of its doubleword. */
static inline void write_program(const u32 *words, u32 n, u32 reversed) {
    volatile u32 *code = (volatile u32 *)(0xa0000000u + CODE);
    for (u32 i = 0; i < n + 2; i++)
        code[i ^ reversed] = i < n ? words[i] : i == n ? SYSCALL : NOP;
    code[(n + 2) ^ reversed] = NOP;
    for (u32 i = 0; i < n + 4; i += 4)
        __asm__ volatile("cache 0x10, 0(%0)\n\tnop" ::"r"(V_CODE + 4 * i) : "memory");
}

/* Runs it under that Status up to its first exception; returns t1. */
static inline u64 enter(u32 status, u32 address, u64 value) {
    exception.status_after = STATUS_DEFAULT | EXL;
    MTC0_32(12, status | EXL);
    MTC0_32(14, V_CODE);
    register u64 t0 __asm__("$8") = (u64)(s64)(int)address;
    register u64 t1 __asm__("$9") = value;
    __asm__ volatile(
        ".set push\n\t.set noreorder\n\tla $10, 1f\n\tsw $10, %2\n\tmove $10, $0\n\teret\n1:\tnop\n\t.set pop"
        : "+r"(t0), "+r"(t1), "=m"(exception.resume)
        :
        : "$2", "$3", "$10", "$11", "$31", "memory");
    return t1;
}

#endif
