/* What every test ROM has: text out through the IS-Viewer, checks, COP0, exceptions as data. */
#ifndef TEST_H
#define TEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

/* What the handler in start.S writes down; offsets are known there. */
struct exception {
    u32 count, vector, cause, status;
    u64 epc, badvaddr, context, xcontext, entryhi;
    u32 resume;       /* where to go on, once; 0 = behind the instruction */
    u32 status_after; /* Status to go on with (EXL set), once; 0 = as it is */
};
extern volatile struct exception exception;

/* Prints a string; a number in hexadecimal. */
void print(const char *text);
void print_hex(u64 value, int digits);
/* Counts and prints a failure unless got is wanted. */
void check(const char *what, u64 got, u64 wanted);
/* The same for a single exception since `before`, by its code (-1: none). */
void check_exception(const char *what, u32 before, int code);
/* Ends the test: how many checks there were and failed. */
void finish(void);

#define MEM32(addr) (*(volatile u32 *)(addr))
#define MEM16(addr) (*(volatile u16 *)(addr))
#define MEM8(addr) (*(volatile u8 *)(addr))
#define MEM64(addr) (*(volatile u64 *)(addr))

#define MFC0(reg)                                                                                                      \
    ({                                                                                                                 \
        u64 v_;                                                                                                        \
        __asm__ volatile("dmfc0 %0, $" #reg "\n\tnop" : "=r"(v_));                                                     \
        v_;                                                                                                            \
    })
#define MFC0_32(reg)                                                                                                   \
    ({                                                                                                                 \
        u64 v_;                                                                                                        \
        __asm__ volatile("mfc0 %0, $" #reg "\n\tnop" : "=r"(v_));                                                      \
        v_;                                                                                                            \
    })
#define MTC0(reg, v) __asm__ volatile("dmtc0 %0, $" #reg "\n\tnop\n\tnop" ::"r"((u64)(v)) : "memory")
#define MTC0_32(reg, v) __asm__ volatile("mtc0 %0, $" #reg "\n\tnop\n\tnop" ::"r"((u64)(v)) : "memory")
#define COP0(op) __asm__ volatile(#op "\n\tnop\n\tnop" ::: "memory")

#define STATUS_DEFAULT 0x34000000u

int main(void);
#endif
