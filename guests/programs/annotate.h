/* annotate.h: what a guest program says about its run-time constants, for the axis `specialize`.
 *
 *     static uint32_t power(uint32_t x, uint32_t n) {
 *         SPECIALIZE(n);                       a dynamic region begins here; n does not change in it
 *         ...
 *     }
 *     SPECIALIZE_FOR(p, bytes);                the same with p, bytes, and the bytes of memory at p
 *     SPECIALIZE_END();                        the region ends, before the function does
 *
 * An annotation is a few instructions that write to $0, which every MIPS processor executes and forgets, in either byte
 * order; no compiler makes them:
 *
 *     lui $0,0x5ec1      a region begins; what is constant follows
 *     sll $0,rt,1        the variable in register rt
 *     sll $0,rt,2        a pointer in rt: memory from there on is invariant,
 *     sll $0,rt,3        as many bytes as rt holds, which is constant too
 *     lui $0,0x5ec2      a region ends
 *
 * A variable is named where the compiler keeps it in a register: it is told that the annotation may change it, so that what
 * comes behind takes it from that register. On the host all of this is nothing.
 *
 * The program promises that the memory does not change, or says so as it would for code:
 *
 *     SPECIALIZE_CHANGED(p, bytes);            the memory at p was written
 *
 * Nothing is promised of values: each entry is compared with them.
 */
#ifndef PROGRAMS_ANNOTATE_H
#define PROGRAMS_ANNOTATE_H

#ifdef __mips__
#define ANNOTATE_CONSTANT(n) "\n\tsll $0,%" #n ",1"
#define ANNOTATE_MEMORY(n, size) "\n\tsll $0,%" #n ",2\n\tsll $0,%" #size ",3"
#define SPECIALIZE(a) __asm__ volatile("lui $0,0x5ec1" ANNOTATE_CONSTANT(0) : "+r"(a))
#define SPECIALIZE2(a, b)                                                                                              \
    __asm__ volatile("lui $0,0x5ec1" ANNOTATE_CONSTANT(0) ANNOTATE_CONSTANT(1) : "+r"(a), "+r"(b))
#define SPECIALIZE_FOR(p, bytes) __asm__ volatile("lui $0,0x5ec1" ANNOTATE_MEMORY(0, 1) : "+r"(p) : "r"(bytes))
#define SPECIALIZE_FOR2(p, p_bytes, q, q_bytes)                                                                        \
    __asm__ volatile("lui $0,0x5ec1" ANNOTATE_MEMORY(0, 2) ANNOTATE_MEMORY(1, 3)                                       \
                     : "+r"(p), "+r"(q)                                                                                \
                     : "r"(p_bytes), "r"(q_bytes))
#define SPECIALIZE_END() __asm__ volatile("lui $0,0x5ec2")
#define SPECIALIZE_CHANGED(p, bytes) __builtin___clear_cache((char *)(p), (char *)(p) + (bytes))
#else
#define SPECIALIZE(a) ((void)(a))
#define SPECIALIZE2(a, b) ((void)(a), (void)(b))
#define SPECIALIZE_FOR(p, bytes) ((void)(p), (void)(bytes))
#define SPECIALIZE_FOR2(p, p_bytes, q, q_bytes) ((void)(p), (void)(p_bytes), (void)(q), (void)(q_bytes))
#define SPECIALIZE_END() ((void)0)
#define SPECIALIZE_CHANGED(p, bytes) ((void)(p), (void)(bytes))
#endif

#endif
