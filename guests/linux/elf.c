/* Loading a static o32 executable. Everything in the file is checked before it is believed: offsets and sizes against
 * the file, addresses against the 2 GiB a user program has, segments against each other. */
#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "guests/linux/linux.h"

#ifndef PT_MIPS_ABIFLAGS
#define PT_MIPS_ABIFLAGS 0x70000003
#endif
enum { USER_END = 0x7fff8000, ABI_FP_DOUBLE = 1 };

struct reader {
    const uint8_t *bytes;
    size_t size;
    bool be;
};

static uint16_t get16(const struct reader *r, size_t at) {
    uint16_t v;
    memcpy(&v, r->bytes + at, 2);
    return r->be ? __builtin_bswap16(v) : v;
}
static uint32_t get32(const struct reader *r, size_t at) {
    uint32_t v;
    memcpy(&v, r->bytes + at, 4);
    return r->be ? __builtin_bswap32(v) : v;
}

static bool fail(char *err, size_t size, const char *why) {
    snprintf(err, size, "%s", why);
    return false;
}

static Elf32_Phdr phdr_at(const struct reader *r, unsigned i) {
    size_t at = get32(r, offsetof(Elf32_Ehdr, e_phoff)) + (size_t)i * sizeof(Elf32_Phdr);
    return (Elf32_Phdr){.p_type = get32(r, at),
                        .p_offset = get32(r, at + 4),
                        .p_vaddr = get32(r, at + 8),
                        .p_filesz = get32(r, at + 16),
                        .p_memsz = get32(r, at + 20),
                        .p_flags = get32(r, at + 24)};
}

static bool check_header(struct reader *r, char *err, size_t n) {
    if (r->size < sizeof(Elf32_Ehdr) || memcmp(r->bytes, ELFMAG, SELFMAG))
        return fail(err, n, "not an ELF file");
    if (r->bytes[EI_CLASS] != ELFCLASS32)
        return fail(err, n, "not a 32-bit ELF file (this guest is o32)");
    if (r->bytes[EI_DATA] != ELFDATA2LSB && r->bytes[EI_DATA] != ELFDATA2MSB)
        return fail(err, n, "neither little- nor big-endian");
    r->be = r->bytes[EI_DATA] == ELFDATA2MSB;
    if (get16(r, offsetof(Elf32_Ehdr, e_machine)) != EM_MIPS)
        return fail(err, n, "not a MIPS program");
    if (get16(r, offsetof(Elf32_Ehdr, e_type)) != ET_EXEC)
        return fail(err, n, "not a static executable (dynamic linking is not in this version)");
    if (get16(r, offsetof(Elf32_Ehdr, e_phentsize)) != sizeof(Elf32_Phdr))
        return fail(err, n, "program headers of the wrong size");
    uint64_t end = (uint64_t)get32(r, offsetof(Elf32_Ehdr, e_phoff)) +
                   (uint64_t)get16(r, offsetof(Elf32_Ehdr, e_phnum)) * sizeof(Elf32_Phdr);
    if (end > r->size)
        return fail(err, n, "cut short: program headers are outside the file");
    return true;
}

static bool check_segments(const struct reader *r, struct jl_image *image, char *err, size_t n) {
    unsigned count = get16(r, offsetof(Elf32_Ehdr, e_phnum)), loads = 0;
    uint64_t last_end = 0;
    bool entry_inside = false;
    for (unsigned i = 0; i < count; i++) {
        Elf32_Phdr ph = phdr_at(r, i);
        if (ph.p_type == PT_INTERP)
            return fail(err, n, "dynamically linked (needs a sysroot, which is not in this version)");
        if (ph.p_type != PT_LOAD || !ph.p_memsz)
            continue;
        uint64_t end = (uint64_t)ph.p_vaddr + ph.p_memsz;
        loads++;
        if (ph.p_filesz > ph.p_memsz)
            return fail(err, n, "a segment is larger in the file than in memory");
        if ((uint64_t)ph.p_offset + ph.p_filesz > r->size)
            return fail(err, n, "cut short: a segment is outside the file");
        if (end > USER_END || ph.p_vaddr < JL_PAGE)
            return fail(err, n, "a segment is outside the address space of a user program");
        if (ph.p_vaddr < last_end)
            return fail(err, n, "segments overlap or are out of order");
        last_end = end;
        entry_inside |= image->entry >= ph.p_vaddr && image->entry < end;
        image->brk = (uint32_t)((end + JL_PAGE - 1) & ~(uint64_t)(JL_PAGE - 1));
        uint32_t phoff = get32(r, offsetof(Elf32_Ehdr, e_phoff));
        if (phoff >= ph.p_offset && phoff < (uint64_t)ph.p_offset + ph.p_filesz)
            image->phdr = ph.p_vaddr + (phoff - ph.p_offset);
    }
    if (!loads)
        return fail(err, n, "nothing to load");
    return entry_inside ? true : fail(err, n, "the entry point is outside every segment");
}

/* FR by the floating-point ABI: FP32 code wants pairs of 32-bit registers, everything else runs with 64-bit ones. */
static uint32_t fpu_mode(const struct reader *r) {
    uint32_t mode = JL_MODE_FR;
    for (unsigned i = 0; i < get16(r, offsetof(Elf32_Ehdr, e_phnum)); i++) {
        Elf32_Phdr ph = phdr_at(r, i);
        if (ph.p_type == PT_MIPS_ABIFLAGS && ph.p_filesz >= 24 && (uint64_t)ph.p_offset + 24 <= r->size &&
            r->bytes[ph.p_offset + 7] == ABI_FP_DOUBLE)
            mode = 0;
    }
    if (get32(r, offsetof(Elf32_Ehdr, e_flags)) & EF_MIPS_NAN2008)
        mode |= JL_MODE_NAN2008;
    return mode;
}

bool jl_elf_probe(const uint8_t *bytes, size_t size, struct jl_image *image, char *err, size_t err_size) {
    struct reader r = {bytes, size, false};
    *image = (struct jl_image){0};
    if (!check_header(&r, err, err_size))
        return false;
    image->big_endian = r.be;
    image->entry = get32(&r, offsetof(Elf32_Ehdr, e_entry));
    image->phnum = get16(&r, offsetof(Elf32_Ehdr, e_phnum));
    if (!check_segments(&r, image, err, err_size))
        return false;
    image->mode = fpu_mode(&r) | (r.be ? JL_MODE_BE : 0);
    return true;
}

static bool load_segment(struct jl_process *p, const struct reader *r, const Elf32_Phdr *ph, char *err, size_t n) {
    uint32_t first = ph->p_vaddr & ~(uint32_t)(JL_PAGE - 1);
    uint64_t end = ((uint64_t)ph->p_vaddr + ph->p_memsz + JL_PAGE - 1) & ~(uint64_t)(JL_PAGE - 1);
    unsigned prot = (ph->p_flags & PF_R ? JL_PAGE_R : 0) | (ph->p_flags & PF_W ? JL_PAGE_W : 0) |
                    (ph->p_flags & PF_X ? JL_PAGE_X | JL_PAGE_R : 0);
    while (first < end && p->mem->page[first >> JL_PAGE_SHIFT]) { /* shares a page with the one before */
        jl_mem_protect(p->mem, first, JL_PAGE, prot | (p->mem->page[first >> JL_PAGE_SHIFT] & 7));
        first += JL_PAGE;
    }
    if (first < end && jl_mem_map(p->mem, first, end - first, prot, -1, 0, false) < 0)
        return fail(err, n, "no memory for a segment");
    if (!ph->p_filesz)
        return true;
    uint8_t *to = jl_mem_writable_force(p->mem, ph->p_vaddr, ph->p_filesz);
    if (!to)
        return fail(err, n, "no memory for a segment");
    memcpy(to, r->bytes + ph->p_offset, ph->p_filesz);
    uint32_t page = ph->p_vaddr & ~(uint32_t)(JL_PAGE - 1); /* the guest's protection again */
    for (; page < ph->p_vaddr + ph->p_filesz; page += JL_PAGE)
        jl_mem_protect(p->mem, page, JL_PAGE, p->mem->page[page >> JL_PAGE_SHIFT] & 7);
    return true;
}

bool jl_elf_load(struct jl_process *p, const uint8_t *bytes, size_t size, char *err, size_t err_size) {
    struct reader r = {bytes, size, p->image.big_endian};
    for (unsigned i = 0; i < p->image.phnum; i++) {
        Elf32_Phdr ph = phdr_at(&r, i);
        if (ph.p_type == PT_LOAD && ph.p_memsz && !load_segment(p, &r, &ph, err, err_size))
            return false;
    }
    p->brk_start = p->brk = p->image.brk;
    return true;
}
