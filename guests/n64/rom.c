/* ROM files. There are three byte orders about: the console's own (.z64), 16-bit halves swapped (.v64), 32-bit words
 * swapped (.n64); the first word, which sets the cartridge's timing, tells which. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests/n64/n64.h"

enum { HEADER = 0x1000 };

/* How far a byte stands from its place, as a mask for its address; -1 = not a ROM. The word's first byte is the same in
 * all ROMs, its second holds timings that are much alike. */
static int order_of(const uint8_t *b, size_t size) {
    static const int masks[] = {0, 1, 3};
    for (unsigned i = 0; size >= 4 && i < 3; i++)
        if (b[0 ^ masks[i]] == 0x80 && b[1 ^ masks[i]] >= 0x20 && b[1 ^ masks[i]] < 0x40)
            return masks[i];
    return -1;
}

bool jl_n64_rom_magic(const uint8_t *bytes, size_t size) {
    return order_of(bytes, size) >= 0;
}

static bool fail(char *err, size_t err_size, const char *path, const char *why) {
    snprintf(err, err_size, "%s: %s", path, why);
    return false;
}

static bool read_all(int fd, uint8_t *to, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t got = read(fd, to + done, size - done);
        if (got == 0)
            errno = EIO; /* shrunk meanwhile */
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool check_size(off_t size, char *err, size_t err_size, const char *path) {
    if (size == 0)
        return fail(err, err_size, path, "empty");
    if (size > JL_N64_ROM_MAX)
        return fail(err, err_size, path, "larger than the largest N64 ROM (64 MiB)");
    if (size < HEADER + 4)
        return fail(err, err_size, path,
                    "cut short: an N64 ROM has a header and boot code of 4096 bytes, and a program");
    if (size & 3)
        return fail(err, err_size, path, "cut short: the size of an N64 ROM is a multiple of 4");
    return true;
}

bool jl_n64_rom_open(struct jl_n64_rom *rom, const char *path, char *err, size_t err_size) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *rom = (struct jl_n64_rom){0};
    bool ok = fd >= 0 && fstat(fd, &st) == 0;
    if (!ok)
        fail(err, err_size, path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        ok = fail(err, err_size, path, "not a regular file");
    else
        ok = check_size(st.st_size, err, err_size, path);
    if (ok) {
        rom->size = (uint32_t)st.st_size;
        rom->bytes = malloc(rom->size);
        if (!rom->bytes || !read_all(fd, rom->bytes, rom->size))
            ok = fail(err, err_size, path, strerror(errno));
    }
    int order = ok ? order_of(rom->bytes, rom->size) : 0;
    if (order < 0)
        ok = fail(err, err_size, path, "not an N64 ROM in any of the three byte orders");
    for (uint32_t i = 0; ok && order && i < rom->size; i += 4) {
        uint8_t word[4];
        memcpy(word, rom->bytes + i, 4);
        for (unsigned k = 0; k < 4; k++)
            rom->bytes[i + k] = word[k ^ (unsigned)order];
    }
    if (fd >= 0)
        close(fd);
    if (!ok)
        jl_n64_rom_close(rom);
    return ok;
}

void jl_n64_rom_close(struct jl_n64_rom *rom) {
    free(rom->bytes);
    rom->bytes = NULL;
}
