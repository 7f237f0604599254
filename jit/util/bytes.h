/* A growing buffer of bytes. Failure is sticky: further additions do nothing. */
#ifndef JL_BYTES_H
#define JL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jl_bytes {
    uint8_t *data; /* the owner frees it */
    size_t size, cap;
    bool failed;
};

void jl_bytes_add(struct jl_bytes *b, const void *data, size_t size);
/* Zero bytes up to a multiple of alignment. */
void jl_bytes_align(struct jl_bytes *b, size_t alignment);
void jl_bytes_u8(struct jl_bytes *b, unsigned v);
void jl_bytes_u16(struct jl_bytes *b, unsigned v);
void jl_bytes_u32(struct jl_bytes *b, uint32_t v);
void jl_bytes_u64(struct jl_bytes *b, uint64_t v);
/* DWARF's variable-length numbers. */
void jl_bytes_uleb(struct jl_bytes *b, uint64_t v);
void jl_bytes_sleb(struct jl_bytes *b, int64_t v);
/* Text with its terminating 0. */
void jl_bytes_text(struct jl_bytes *b, const char *text);
/* Stores what follows offset `at` + 4 as a length into the word there. */
void jl_bytes_length(struct jl_bytes *b, size_t at);

#endif
