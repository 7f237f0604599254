/* What every benchmark ROM has: one function that does its work, checks, text out through the IS-Viewer. */
#ifndef ROM_H
#define ROM_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

/* The program: work in proportion to size; returns a result that does not depend on time. It is called once for each
 * round, and sets all that it changes at its start. */
u64 work(u32 size, u32 option);

/* Prints a line "FAILED: what" unless ok; the program goes on. */
void expect(int ok, const char *what);

/* Functions that must stay functions. */
#define APART __attribute__((noinline, noclone))
#define MEM32(addr) (*(volatile u32 *)(addr))

/* Interrupts and system calls that the handlers in start.S have seen; the timer's distance in Count's units. */
extern volatile u32 irq_timer, irq_video, irq_syscalls, irq_period;

/* Sets Status: interrupts allowed by mask (0x8000 timer, 0x400 MI's), 0 = none. */
void allow_interrupts(u32 mask);

/* Maps `bytes` of RDRAM from 0x80400000 on at 0x40000000 by pages of 4 KiB << 2 * order; the TLB is filled by the
 * refill handler, entry by entry. Returns the mapping's address. */
void *map_pages(u32 bytes, u32 order);
/* RDRAM of the same bytes in KSEG0. */
#define ARENA ((void *)0x80400000u)

static inline u32 read_count(void) {
    u32 v;
    __asm__ volatile("mfc0 %0, $9" : "=r"(v));
    return v;
}

static inline u64 mix(u64 hash, u64 value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

#endif
