/* PNG files, by the smallest means: 8-bit RGB, and deflate blocks that store (RFC 1950, RFC 1951, the PNG
 * specification). A frame has at most a few MB. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "guests/n64/n64.h"

enum { BLOCK = 65535, ADLER = 65521 };
#define POLYNOMIAL 0xedb88320u

static uint32_t crc(uint32_t c, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        c ^= bytes[i];
        for (unsigned k = 0; k < 8; k++)
            c = c >> 1 ^ (c & 1 ? POLYNOMIAL : 0);
    }
    return c;
}

static bool chunk(FILE *f, const char *type, const uint8_t *data, size_t size) {
    uint8_t head[8], tail[4];
    jl_put_be32(head, (uint32_t)size);
    memcpy(head + 4, type, 4);
    jl_put_be32(tail, ~crc(crc(~0u, head + 4, 4), data, size));
    return fwrite(head, 1, 8, f) == 8 && fwrite(data, 1, size, f) == size && fwrite(tail, 1, 4, f) == 4;
}

/* Each line behind a byte that says "not filtered". */
static uint8_t *lines(const uint8_t *rgb, unsigned width, unsigned height, size_t *size) {
    size_t line = (size_t)width * 3;
    *size = (line + 1) * height;
    uint8_t *out = malloc(*size);
    for (unsigned y = 0; out && y < height; y++) {
        out[y * (line + 1)] = 0;
        memcpy(out + y * (line + 1) + 1, rgb + y * line, line);
    }
    return out;
}

static uint8_t *stored(const uint8_t *data, size_t size, size_t *out_size) {
    size_t blocks = (size + BLOCK - 1) / BLOCK, at = 0;
    uint8_t *out = malloc(2 + blocks * 5 + size + 4);
    uint32_t a = 1, b = 0;
    if (!out)
        return NULL;
    out[at++] = 0x78; /* zlib, 32 KiB window */
    out[at++] = 0x01;
    for (size_t done = 0; done < size; done += BLOCK) {
        size_t n = size - done < BLOCK ? size - done : BLOCK;
        out[at++] = done + n == size;
        out[at++] = (uint8_t)n;
        out[at++] = (uint8_t)(n >> 8);
        out[at++] = (uint8_t)~n;
        out[at++] = (uint8_t)(~n >> 8);
        memcpy(out + at, data + done, n);
        at += n;
    }
    for (size_t i = 0; i < size; i++) {
        a = (a + data[i]) % ADLER;
        b = (b + a) % ADLER;
    }
    jl_put_be32(out + at, b << 16 | a);
    *out_size = at + 4;
    return out;
}

bool jl_png_write(const char *path, const uint8_t *rgb, unsigned width, unsigned height) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t head[13] = {[8] = 8, [9] = 2};
    size_t raw_size = 0, size = 0;
    uint8_t *raw = lines(rgb, width, height, &raw_size), *data = raw ? stored(raw, raw_size, &size) : NULL;
    FILE *f = data ? fopen(path, "wbe") : NULL;
    jl_put_be32(head, width);
    jl_put_be32(head + 4, height);
    bool ok = f && fwrite(signature, 1, 8, f) == 8 && chunk(f, "IHDR", head, sizeof head) &&
              chunk(f, "IDAT", data, size) && chunk(f, "IEND", head, 0);
    ok = f && fclose(f) == 0 && ok;
    free(raw);
    free(data);
    return ok;
}
