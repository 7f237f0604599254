/* A cartridge's save memory, kept in a file of exactly its size; a file that is not there yet begins erased. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "guests/n64/n64.h"

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
    FILE *f = fopen(save->file, "rbe");
    if (!f && errno == ENOENT)
        return true;
    if (!f) {
        snprintf(err, err_size, "%s: %s", save->file, strerror(errno));
        return false;
    }
    size_t got = fread(save->bytes, 1, save->size, f);
    bool exact = got == save->size && fgetc(f) == EOF;
    fclose(f);
    if (!exact)
        snprintf(err, err_size, "%s: a save of this kind has %u bytes", save->file, save->size);
    return exact;
}

bool jl_save_open(struct jl_n64_save *save, const char *option, char *err, size_t err_size) {
    const char *equals = option ? strchr(option, '=') : NULL;
    if (!option)
        return true;
    for (unsigned i = 0; equals && i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].name);
        if ((size_t)(equals - option) != n || strncmp(option, kinds[i].name, n) || !equals[1])
            continue;
        *save = (struct jl_n64_save){kinds[i].kind, equals + 1, kinds[i].size, malloc(kinds[i].size), false};
        if (!save->bytes) {
            snprintf(err, err_size, "no memory for a save");
            return false;
        }
        memset(save->bytes, kinds[i].erased, save->size);
        return read_file(save, err, err_size);
    }
    snprintf(err, err_size, "--save wants eeprom4k, eeprom16k, sram or flash and a file, as sram=FILE, not '%s'",
             option);
    return false;
}

bool jl_save_close(struct jl_n64_save *save, char *err, size_t err_size) {
    bool ok = true;
    if (save->changed) {
        char temporary[4096];
        snprintf(temporary, sizeof temporary, "%s.tmp%d", save->file, (int)getpid());
        FILE *f = fopen(temporary, "wbe");
        ok = f && fwrite(save->bytes, 1, save->size, f) == save->size;
        ok = f && fclose(f) == 0 && ok && rename(temporary, save->file) == 0;
        if (!ok) {
            snprintf(err, err_size, "cannot write %s: %s", save->file, strerror(errno));
            unlink(temporary);
        }
    }
    free(save->bytes);
    save->bytes = NULL;
    return ok;
}
