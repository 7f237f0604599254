/* See bytes.h. */
#include "jit/util/bytes.h"

#include <stdlib.h>
#include <string.h>

void jl_bytes_add(struct jl_bytes *b, const void *data, size_t size) {
    if (b->failed || !size)
        return;
    if (b->size + size > b->cap) {
        size_t cap = (b->size + size) * 2 + 256;
        uint8_t *p = realloc(b->data, cap);
        if (!p) {
            b->failed = true;
            return;
        }
        b->data = p;
        b->cap = cap;
    }
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

void jl_bytes_align(struct jl_bytes *b, size_t alignment) {
    while (b->size % alignment && !b->failed)
        jl_bytes_u8(b, 0);
}
void jl_bytes_u8(struct jl_bytes *b, unsigned v) {
    jl_bytes_add(b, &(uint8_t){(uint8_t)v}, 1);
}
void jl_bytes_u16(struct jl_bytes *b, unsigned v) {
    jl_bytes_add(b, &(uint16_t){(uint16_t)v}, 2);
}
void jl_bytes_u32(struct jl_bytes *b, uint32_t v) {
    jl_bytes_add(b, &v, 4);
}
void jl_bytes_u64(struct jl_bytes *b, uint64_t v) {
    jl_bytes_add(b, &v, 8);
}

void jl_bytes_uleb(struct jl_bytes *b, uint64_t v) {
    for (; v > 0x7f; v >>= 7)
        jl_bytes_u8(b, (v & 0x7f) | 0x80);
    jl_bytes_u8(b, (unsigned)v);
}

void jl_bytes_sleb(struct jl_bytes *b, int64_t v) {
    for (; v < -64 || v > 63; v >>= 7)
        jl_bytes_u8(b, ((unsigned)v & 0x7f) | 0x80);
    jl_bytes_u8(b, (unsigned)v & 0x7f);
}

void jl_bytes_text(struct jl_bytes *b, const char *text) {
    jl_bytes_add(b, text, strlen(text) + 1);
}

void jl_bytes_length(struct jl_bytes *b, size_t at) {
    uint32_t n = (uint32_t)(b->size - at - 4);
    if (!b->failed)
        memcpy(b->data + at, &n, 4);
}
