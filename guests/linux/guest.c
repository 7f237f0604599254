/* Values in guest memory: integers in its byte order, strings, vectors, times. */
#include "guests/linux/linux.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

void jl_put16(struct jl_process *p, void *at, uint16_t v) {
    if (p->mem->big_endian)
        v = __builtin_bswap16(v);
    memcpy(at, &v, 2);
}
void jl_put32(struct jl_process *p, void *at, uint32_t v) {
    if (p->mem->big_endian)
        v = __builtin_bswap32(v);
    memcpy(at, &v, 4);
}
void jl_put64(struct jl_process *p, void *at, uint64_t v) {
    if (p->mem->big_endian)
        v = __builtin_bswap64(v);
    memcpy(at, &v, 8);
}

uint16_t jl_get16(struct jl_process *p, const void *at) {
    uint16_t v;
    memcpy(&v, at, 2);
    return p->mem->big_endian ? __builtin_bswap16(v) : v;
}
uint32_t jl_get32(struct jl_process *p, const void *at) {
    uint32_t v;
    memcpy(&v, at, 4);
    return p->mem->big_endian ? __builtin_bswap32(v) : v;
}
uint64_t jl_get64(struct jl_process *p, const void *at) {
    uint64_t v;
    memcpy(&v, at, 8);
    return p->mem->big_endian ? __builtin_bswap64(v) : v;
}

const char *jl_guest_string(struct jl_process *p, uint32_t addr) {
    int64_t n = jl_mem_strlen(p->mem, addr, JL_LINUX_PATH - 1);
    return n < 0 ? NULL : (const char *)p->mem->base + addr;
}

int64_t jl_guest_iovec(struct jl_process *p, uint32_t addr, uint32_t n, bool into_guest, struct iovec *out) {
    if (n > JL_IOVECS)
        return -EINVAL;
    const uint8_t *v = jl_mem_readable(p->mem, addr, (uint64_t)n * 8);
    if (!v)
        return -EFAULT;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t base = jl_get32(p, v + 8 * i), len = jl_get32(p, v + 8 * i + 4);
        out[i].iov_len = len;
        out[i].iov_base =
            into_guest ? jl_mem_writable(p->mem, base, len) : (void *)(uintptr_t)jl_mem_readable(p->mem, base, len);
        if (!out[i].iov_base)
            return -EFAULT;
    }
    return n;
}

bool jl_guest_get_time(struct jl_process *p, uint32_t addr, bool wide, struct timespec *t) {
    const uint8_t *in = jl_mem_readable(p->mem, addr, wide ? 16 : 8);
    if (!in)
        return false;
    t->tv_sec = wide ? (int64_t)jl_get64(p, in) : (int32_t)jl_get32(p, in);
    /* a 64-bit timespec's nanoseconds are a 32-bit long and padding, which the kernel ignores too */
    t->tv_nsec = (int32_t)(wide ? (uint32_t)jl_get64(p, in + 8) : jl_get32(p, in + 4));
    return true;
}

bool jl_guest_put_time(struct jl_process *p, uint32_t addr, bool wide, const struct timespec *t) {
    uint8_t *out = jl_mem_writable(p->mem, addr, wide ? 16 : 8);
    if (!out)
        return false;
    if (wide) {
        jl_put64(p, out, (uint64_t)t->tv_sec);
        jl_put64(p, out + 8, (uint64_t)t->tv_nsec);
    } else {
        jl_put32(p, out, (uint32_t)t->tv_sec);
        jl_put32(p, out + 4, (uint32_t)t->tv_nsec);
    }
    return true;
}
