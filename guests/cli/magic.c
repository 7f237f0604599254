/* Which guest a program is for. */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "guests/cli/cli.h"

static bool named_like_a_rom(const char *path) {
    static const char *const endings[] = {".z64", ".n64", ".v64"};
    size_t n = strlen(path);
    for (unsigned i = 0; i < sizeof endings / sizeof *endings; i++)
        if (n > 4 && !strcasecmp(path + n - 4, endings[i]))
            return true;
    return false;
}

/* What cannot be read (there is no such file, a folder, a pipe) goes to the Linux guest, which says why. */
enum jl_guest jl_cli_guest_of(const char *path, char *err, size_t err_size) {
    uint8_t head[4];
    char wrong[160];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
    if (fd >= 0)
        close(fd);
    if (got > 0 && jl_n64_rom_magic(head, (size_t)got))
        return JL_GUEST_N64;
    if (got < 0 || !named_like_a_rom(path) || (got == SELFMAG && !memcmp(head, ELFMAG, SELFMAG)))
        return JL_GUEST_LINUX;
    jl_n64_rom_wrong(head, (size_t)got, wrong, sizeof wrong);
    snprintf(err, err_size, "%s: neither an ELF file nor an N64 ROM: %s", path, wrong);
    return JL_GUEST_BY_MAGIC;
}
