/* offload.h: functions that are compiled for the guest and, once more from the same source, for the host.
 *
 * A program with such functions is built twice: as the guest program, where the macros below mean nothing, and (with
 * OFFLOAD_OBJECT defined, by the host's gcc, without the rest of the program) as NAME.offload.so, whose functions `jitlab exec --set
 * offload=functions` calls in the place of translations. What makes one source do for both:
 *
 *   - the guest's memory is address space GS for the host. A pointer into it is declared with GUEST: `uint32_t GUEST *p`.
 *     It is a number below 4 GiB that takes 8 bytes on the host, so structures in guest memory hold no pointers but
 *     GUEST_ADDRESS, which is made into one by GUEST_POINTER. Other layout is the same (o32 aligns as x86-64 does, but
 *     has 4-byte longs: use stdint.h).
 *   - local variables and constant tables without GUEST are the host function's own copies; guest code is never given
 *     their addresses. Variables of the program are reached by address only: pass it.
 *   - a guest function is called through GUEST_CALL with words as arguments; other offloadable functions directly.
 *   - for functions of the program's library the host's own may do: OFFLOAD_LIBRARY, HOST_POINTER (in the object only).
 *   - bytes are in the host's order: for little-endian guests.
 *
 * Parameters are up to four integers of at most 32 bits or pointers; the result is none, such a value, or 64 bits.
 * Structures by value, floating-point parameters and variable argument lists are the compiler's error.
 */
#ifndef PROGRAMS_OFFLOAD_H
#define PROGRAMS_OFFLOAD_H

#include <stdint.h>

#ifndef OFFLOAD_OBJECT

#define GUEST
#define GUEST_POINTER(type, address) (address)
#define GUEST_ADDRESS(type) type *
#define GUEST_FUNCTION(name, result, ...) typedef result (*name)(__VA_ARGS__)
#define GUEST_CALL(result, fn, ...) (fn)(__VA_ARGS__)
#define OFFLOAD(result, name, ...)
#define OFFLOAD_VOID(name, ...)

#else

#include "../linux/offload_abi.h"

#define GUEST __seg_gs
#define GUEST_POINTER(type, address) ((type __seg_gs *)(uintptr_t)(uint32_t)(address))
#define GUEST_ADDRESS(type) uint32_t
#define GUEST_FUNCTION(name, result, ...) typedef uint32_t name

static uint64_t (*offload_call)(uint32_t target, unsigned n, const uint32_t *args);
static uint8_t *offload_memory;
/* The host's own pointer to what a GUEST pointer points to, for the host's library. */
#define HOST_POINTER(p) ((void *)(offload_memory + (uint32_t)(uintptr_t)(p)))

/* OFFLOAD_EACH(m, a, b, ...): m(0, a), m(1, b), ... of one to six. */
#define OFFLOAD_EACH(m, ...)                                                                                           \
    OFFLOAD_PICK(__VA_ARGS__, OFFLOAD_6, OFFLOAD_5, OFFLOAD_4, OFFLOAD_3, OFFLOAD_2, OFFLOAD_1, )(m, __VA_ARGS__)
#define OFFLOAD_PICK(a, b, c, d, e, f, x, ...) x
#define OFFLOAD_1(m, a) m(0, a)
#define OFFLOAD_2(m, a, b) m(0, a), m(1, b)
#define OFFLOAD_3(m, a, b, c) OFFLOAD_2(m, a, b), m(2, c)
#define OFFLOAD_4(m, a, b, c, d) OFFLOAD_3(m, a, b, c), m(3, d)
#define OFFLOAD_5(m, a, b, c, d, e) OFFLOAD_4(m, a, b, c, d), m(4, e)
#define OFFLOAD_6(m, a, b, c, d, e, f) OFFLOAD_5(m, a, b, c, d, e), m(5, f)

#define OFFLOAD_ARGUMENT(i, x) (uint32_t)(uintptr_t)(x)
#define OFFLOAD_WORDS(...) ((const uint32_t[]){OFFLOAD_EACH(OFFLOAD_ARGUMENT, __VA_ARGS__)})
#define GUEST_CALL(result, fn, ...)                                                                                    \
    (result) offload_call((fn), sizeof OFFLOAD_WORDS(__VA_ARGS__) / 4, OFFLOAD_WORDS(__VA_ARGS__))

#define OFFLOAD_PARAMETER(i, type) (type)(uintptr_t)(a[i])
/* Says that `result name(type, type...)` may be called in the place of the guest's. */
#define OFFLOAD(result, name, ...)                                                                                     \
    OFFLOAD_ENTRY(name, sizeof(result) == 8 ? OFFLOAD_PAIR : OFFLOAD_WORD,                                             \
                  return (uint64_t)name(OFFLOAD_EACH(OFFLOAD_PARAMETER, __VA_ARGS__)))
#define OFFLOAD_VOID(name, ...)                                                                                        \
    OFFLOAD_ENTRY(name, OFFLOAD_NOTHING, name(OFFLOAD_EACH(OFFLOAD_PARAMETER, __VA_ARGS__)); return 0)
/* The same for the program's library: `result host_NAME(type...)` in the place of the guest's NAME. */
#define OFFLOAD_LIBRARY(result, name, ...)                                                                             \
    OFFLOAD_ENTRY(name, OFFLOAD_WORD, return (uint64_t)(uintptr_t)host_##name(OFFLOAD_EACH(OFFLOAD_PARAMETER, __VA_ARGS__)))
#define OFFLOAD_ENTRY(name_, result_, body)                                                                            \
    static uint64_t name_##_entry(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t sp) {                   \
        const uint32_t a[] = {a0, a1, a2, a3};                                                                         \
        (void)sp, (void)a;                                                                                             \
        body;                                                                                                          \
    }                                                                                                                  \
    static const struct offload_entry name_##_offload = {#name_, name_##_entry, result_};                              \
    static const struct offload_entry *const name_##_listed                                                            \
        __attribute__((used, section("offload_entries"))) = &name_##_offload

extern const struct offload_entry *const __start_offload_entries[], *const __stop_offload_entries[];
__attribute__((visibility("default"))) const struct offload_object offload_object = {
    OFFLOAD_VERSION,         OFFLOAD_SUM,           OFFLOAD_SIZE, __start_offload_entries,
    __stop_offload_entries, &offload_call, &offload_memory,
};

#endif
#endif
