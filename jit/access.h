/* Guest memory accesses from C that the host may refuse although the page's flags allow them: a file's mapping reaches
 * past the end of the file, or another thread has just changed the mapping. Each is one instruction with an entry in a
 * table (section jl_fixups); the fault handler finds the instruction there and lets it go on at its fix-up, which tells
 * the caller. An access that does not fault costs nothing. (Linux's kernel accesses user memory like this: exception
 * tables.)
 *
 * Values are in the order that memory has, and at need not be aligned. False: the host refused; nothing was done.
 */
#ifndef JL_ACCESS_H
#define JL_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Where the instruction at label 1 goes on when it faults; both as distances, so that nothing is to be relocated. */
#define JL_FIXUP                                                                                                       \
    ".pushsection jl_fixups, \"a\"\n"                                                                                  \
    ".balign 4\n"                                                                                                      \
    ".long 1b - ., %l[refused] - .\n"                                                                                  \
    ".popsection\n"

#define JL_DEFINE_TRY(bits, wide, load, store)                                                                         \
    typedef uint##bits##_t __attribute__((may_alias, aligned(1))) jl_any##bits;                                        \
    static inline bool jl_try_load##bits(const void *at, uint##bits##_t *value) {                                      \
        wide v;                                                                                                        \
        __asm__ volatile goto("1: " load "\n" JL_FIXUP                                                                 \
                              : [v] "=r"(v)                                                                            \
                              : [m] "m"(*(const jl_any##bits *)at)                                                     \
                              :                                                                                        \
                              : refused);                                                                              \
        *value = (uint##bits##_t)v;                                                                                    \
        return true;                                                                                                   \
    refused:                                                                                                           \
        return false;                                                                                                  \
    }                                                                                                                  \
    static inline bool jl_try_store##bits(void *at, uint##bits##_t v) {                                                \
        __asm__ volatile goto("1: " store "\n" JL_FIXUP : [m] "=m"(*(jl_any##bits *)at) : [v] "r"(v) : : refused);     \
        return true;                                                                                                   \
    refused:                                                                                                           \
        return false;                                                                                                  \
    }
JL_DEFINE_TRY(8, uint32_t, "movzbl %[m], %k[v]", "movb %b[v], %[m]")
JL_DEFINE_TRY(16, uint32_t, "movzwl %[m], %k[v]", "movw %w[v], %[m]")
JL_DEFINE_TRY(32, uint32_t, "movl %[m], %k[v]", "movl %k[v], %[m]")
JL_DEFINE_TRY(64, uint64_t, "movq %[m], %q[v]", "movq %q[v], %[m]")

/* Stores v at the aligned word if it holds expect, in one atomic step; *done says whether it did. */
static inline bool jl_try_swap32(void *at, uint32_t expect, uint32_t v, bool *done) {
    bool same;
    __asm__ volatile goto("1: lock cmpxchgl %k[v], %[m]\n" JL_FIXUP
                          : [m] "+m"(*(jl_any32 *)at), "+a"(expect), "=@cce"(same)
                          : [v] "r"(v)
                          : "memory"
                          : refused);
    *done = same;
    return true;
refused:
    return false;
}

#endif
