/* Words in the guest's byte order. */
#ifndef JL_N64_BYTES_H
#define JL_N64_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint32_t jl_be32(const void *at) {
    uint32_t v;
    memcpy(&v, at, 4);
    return __builtin_bswap32(v);
}
static inline void jl_put_be32(void *at, uint32_t v) {
    v = __builtin_bswap32(v);
    memcpy(at, &v, 4);
}
static inline uint64_t jl_sign32(uint32_t v) {
    return (uint64_t)(int64_t)(int32_t)v;
}

#endif
