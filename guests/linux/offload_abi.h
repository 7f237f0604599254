/* What an object of host functions (NAME.offload.so) says to jitlab: shared by guests/programs/offload.h, with which
 * such objects are compiled, and guests/linux/offload.c, which loads them. jit/offload.h has what a host function may
 * do. */
#ifndef JL_LINUX_OFFLOAD_ABI_H
#define JL_LINUX_OFFLOAD_ABI_H

#include <stdint.h>

enum { OFFLOAD_VERSION = 1 };
enum { OFFLOAD_NOTHING, OFFLOAD_WORD, OFFLOAD_PAIR }; /* the result is in: no register, v0, v0 and v1 */

struct offload_entry {
    const char *name; /* of the guest function, as the program's symbol table has it */
    uint64_t (*fn)(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t sp);
    uint32_t result;
};

/* Exported as `offload_object`. */
struct offload_object {
    uint32_t version;
    uint32_t sum; /* of the guest program that it was made for: POSIX cksum's number, and its bytes */
    uint64_t size;
    const struct offload_entry *const *begin, *const *end;
    /* Set by the loader: calls the guest function at target with n words of arguments; v0, and v1 in the upper half. */
    uint64_t (**call)(uint32_t target, unsigned n, const uint32_t *args);
    uint8_t **memory; /* likewise: where the guest's address 0 is */
};

#endif
