/* A cartridge's save memory, or a Controller Pak, kept in a file of exactly its size; a file that is not there yet
 * begins erased. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests/n64/file.h"
#include "guests/n64/save.h"
#include "guests/n64/state.h"

static const struct {
    const char *name;
    enum jl_n64_save_kind kind;
    uint32_t size;
    uint8_t erased;
} kinds[] = {
    {"eeprom4k", JL_N64_EEPROM_4K, 512, 0xff},
    {"eeprom16k", JL_N64_EEPROM_16K, 2048, 0xff},
    {"sram", JL_N64_SRAM, 32768, 0},
    {"flash", JL_N64_FLASH, 131072, 0xff},
};

static bool read_file(struct jl_n64_save *save, char *err, size_t err_size) {
    struct stat st;
    int fd = open(save->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO is refused, and not waited for */
    if (fd < 0 && errno == ENOENT)
        return true;
    bool regular = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode), exact = regular && st.st_size == save->size;
    bool ok = exact && read(fd, save->bytes, save->size) == (ssize_t)save->size;
    if (fd >= 0 && !regular)
        snprintf(err, err_size, "%s: not a regular file", save->file);
    else if (regular && !exact)
        snprintf(err, err_size, "%s: a save of this kind has %u bytes", save->file, save->size);
    else if (!ok)
        snprintf(err, err_size, "%s: %s", save->file, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool open_file(struct jl_n64_save *save, enum jl_n64_save_kind kind, const char *file, uint32_t size,
                      uint8_t erased, char *err, size_t err_size) {
    *save = (struct jl_n64_save){kind, file, size, malloc(size), false};
    if (!save->bytes) {
        snprintf(err, err_size, "no memory for a save");
        return false;
    }
    memset(save->bytes, erased, size);
    return read_file(save, err, err_size);
}

bool jl_save_open(struct jl_n64_save *save, const char *option, char *err, size_t err_size) {
    const char *equals = option ? strchr(option, '=') : NULL;
    if (!option)
        return true;
    for (unsigned i = 0; equals && i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].name);
        if ((size_t)(equals - option) == n && !strncmp(option, kinds[i].name, n) && equals[1])
            return open_file(save, kinds[i].kind, equals + 1, kinds[i].size, kinds[i].erased, err, err_size);
    }
    snprintf(err, err_size, "--save wants eeprom4k, eeprom16k, sram or flash and a file, as sram=FILE, not '%s'",
             option);
    return false;
}

bool jl_pak_open(struct jl_n64_save *pak, const char *file, char *err, size_t err_size) {
    return !file || open_file(pak, JL_N64_PAK, file, 32768, 0, err, err_size);
}

bool jl_save_close(struct jl_n64_save *save, char *err, size_t err_size) {
    bool ok = !save->changed || jl_file_replace(save->file, save->bytes, save->size, err, err_size);
    free(save->bytes);
    save->bytes = NULL;
    return ok;
}

/* The option that plugs it in. */
static const char *option_of(enum jl_n64_save_kind kind, const char *part) {
    static const char *const options[] = {[JL_N64_EEPROM_4K] = "--save eeprom4k",
                                          [JL_N64_EEPROM_16K] = "--save eeprom16k",
                                          [JL_N64_SRAM] = "--save sram",
                                          [JL_N64_FLASH] = "--save flash",
                                          [JL_N64_PAK] = "--pak"};
    return kind != JL_N64_SAVE_NONE ? options[kind] : strcmp(part, "pak") ? "no --save" : "no --pak";
}

void jl_save_state(struct jl_n64_save *save, const char *part, struct jl_state *s) {
    enum jl_n64_save_kind kind = save->kind;
    jl_state_part(s, "%s", part);
    JL_STATE_ONE(s, "kind", kind, 7);
    bool possible = kind == JL_N64_SAVE_NONE || (kind <= JL_N64_PAK && (kind == JL_N64_PAK) == !strcmp(part, "pak"));
    jl_state_require(s, possible, "kind");
    jl_state_fits(s, kind == save->kind, "the savestate was made with %s, this run has %s",
                  possible ? option_of(kind, part) : "", option_of(save->kind, part));
    if (save->bytes)
        jl_state_field(s, "bytes", save->bytes, 1, save->size, JL_STATE_ANY);
    save->changed |= s->loading && save->bytes;
}
