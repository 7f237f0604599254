#include "tests/random64/image.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>

enum { MIPS_ABI_N64 = 0x20000000 /* MIPS III, no further flags */ };

static void put(uint8_t *at, bool be, uint64_t v, unsigned size) {
    for (unsigned n = 0; n < size; n++)
        at[be ? size - 1 - n : n] = (uint8_t)(v >> 8 * n);
}

static void header(uint8_t *at, bool be) {
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT};
#define SET(field, v) put(at + offsetof(Elf64_Ehdr, field), be, v, sizeof((Elf64_Ehdr *)0)->field)
    memcpy(at, ident, sizeof ident);
    at[EI_DATA] = be ? ELFDATA2MSB : ELFDATA2LSB;
    SET(e_type, ET_EXEC);
    SET(e_machine, EM_MIPS);
    SET(e_version, EV_CURRENT);
    SET(e_entry, IMAGE_CODE);
    SET(e_phoff, sizeof(Elf64_Ehdr));
    SET(e_flags, MIPS_ABI_N64);
    SET(e_ehsize, sizeof(Elf64_Ehdr));
    SET(e_phentsize, sizeof(Elf64_Phdr));
    SET(e_phnum, 1);
#undef SET
}

static void segment(uint8_t *at, bool be) {
#define SET(field, v) put(at + offsetof(Elf64_Phdr, field), be, v, sizeof((Elf64_Phdr *)0)->field)
    SET(p_type, PT_LOAD);
    SET(p_flags, PF_R | PF_W | PF_X);
    SET(p_vaddr, IMAGE);
    SET(p_paddr, IMAGE);
    SET(p_filesz, IMAGE_SIZE);
    SET(p_memsz, IMAGE_SIZE);
    SET(p_align, 0x1000);
#undef SET
}

bool image64_write(FILE *out, bool be, const uint8_t *code, const uint8_t *records) {
    uint8_t head[IMAGE_CODE - IMAGE] = {0};
    header(head, be);
    segment(head + sizeof(Elf64_Ehdr), be);
    return fwrite(head, 1, sizeof head, out) == sizeof head &&
           fwrite(code, 1, IMAGE_CODE_SIZE, out) == IMAGE_CODE_SIZE &&
           fwrite(records, 1, PROGRAMS * REC_SIZE, out) == PROGRAMS * REC_SIZE && fflush(out) == 0;
}
