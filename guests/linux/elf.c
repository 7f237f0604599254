/* Loading an o32 ELF object. Everything in the file is checked before it is believed: offsets and sizes against the
 * file, addresses against the 2 GiB a user program has, segments against each other. */
#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "guests/linux/linux.h"

#ifndef PT_MIPS_ABIFLAGS
#define PT_MIPS_ABIFLAGS 0x70000003
#endif
enum { USER_END = 0x7fff8000, ABI_FP_DOUBLE = 1, MAX_INTERP = 1024 };

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

static uint64_t page_floor(uint64_t addr) {
    return addr & ~(uint64_t)(JL_PAGE - 1);
}
static uint64_t page_ceil(uint64_t addr) {
    return page_floor(addr + JL_PAGE - 1);
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

static unsigned segment_prot(const Elf32_Phdr *ph) {
    return (ph->p_flags & PF_R ? JL_PAGE_R : 0) | (ph->p_flags & PF_W ? JL_PAGE_W | JL_PAGE_R : 0) |
           (ph->p_flags & PF_X ? JL_PAGE_X | JL_PAGE_R : 0);
}

static bool check_header(struct reader *r, struct jl_image *image, char *err, size_t n) {
    if (r->size < sizeof(Elf32_Ehdr) || memcmp(r->bytes, ELFMAG, SELFMAG))
        return fail(err, n, "not an ELF file");
    if (r->bytes[EI_CLASS] != ELFCLASS32)
        return fail(err, n, "not a 32-bit ELF file (this guest is o32)");
    if (r->bytes[EI_DATA] != ELFDATA2LSB && r->bytes[EI_DATA] != ELFDATA2MSB)
        return fail(err, n, "neither little- nor big-endian");
    r->be = r->bytes[EI_DATA] == ELFDATA2MSB;
    if (get16(r, offsetof(Elf32_Ehdr, e_machine)) != EM_MIPS)
        return fail(err, n, "not a MIPS program");
    unsigned type = get16(r, offsetof(Elf32_Ehdr, e_type));
    if (type != ET_EXEC && type != ET_DYN)
        return fail(err, n, "neither an executable nor a shared object");
    image->dynamic = type == ET_DYN;
    if (get16(r, offsetof(Elf32_Ehdr, e_phentsize)) != sizeof(Elf32_Phdr))
        return fail(err, n, "program headers of the wrong size");
    uint64_t end = (uint64_t)get32(r, offsetof(Elf32_Ehdr, e_phoff)) +
                   (uint64_t)get16(r, offsetof(Elf32_Ehdr, e_phnum)) * sizeof(Elf32_Phdr);
    if (end > r->size)
        return fail(err, n, "cut short: program headers are outside the file");
    return true;
}

static bool check_interp(const struct reader *r, const Elf32_Phdr *ph, struct jl_image *image, char *err, size_t n) {
    if (ph->p_filesz < 2 || ph->p_filesz > MAX_INTERP || (uint64_t)ph->p_offset + ph->p_filesz > r->size ||
        r->bytes[ph->p_offset + ph->p_filesz - 1])
        return fail(err, n, "the dynamic linker's name is malformed");
    image->interp = ph->p_offset;
    image->interp_size = ph->p_filesz;
    return true;
}

static bool check_load(const struct reader *r, const Elf32_Phdr *ph, struct jl_image *image, char *err, size_t n) {
    uint64_t end = (uint64_t)ph->p_vaddr + ph->p_memsz;
    if (ph->p_filesz > ph->p_memsz)
        return fail(err, n, "a segment is larger in the file than in memory");
    if ((uint64_t)ph->p_offset + ph->p_filesz > r->size)
        return fail(err, n, "cut short: a segment is outside the file");
    if (end > USER_END || (ph->p_vaddr < JL_PAGE && !image->dynamic))
        return fail(err, n, "a segment is outside the address space of a user program");
    if (image->end && ph->p_vaddr < image->brk)
        return fail(err, n, "segments overlap or are out of order");
    if (!image->end)
        image->low = (uint32_t)page_floor(ph->p_vaddr);
    image->brk = (uint32_t)end;
    image->end = (uint32_t)page_ceil(end);
    uint32_t phoff = get32(r, offsetof(Elf32_Ehdr, e_phoff));
    if (phoff >= ph->p_offset && phoff < (uint64_t)ph->p_offset + ph->p_filesz)
        image->phdr = ph->p_vaddr + (phoff - ph->p_offset);
    return true;
}

static bool check_segments(const struct reader *r, struct jl_image *image, char *err, size_t n) {
    bool entry_inside = false;
    for (unsigned i = 0; i < image->phnum; i++) {
        Elf32_Phdr ph = phdr_at(r, i);
        if (ph.p_type == PT_INTERP && !check_interp(r, &ph, image, err, n))
            return false;
        if (ph.p_type != PT_LOAD || !ph.p_memsz)
            continue;
        if (!check_load(r, &ph, image, err, n))
            return false;
        entry_inside |= image->entry >= ph.p_vaddr && image->entry - ph.p_vaddr < ph.p_memsz;
    }
    image->brk = image->end;
    if (!image->end)
        return fail(err, n, "nothing to load");
    return entry_inside ? true : fail(err, n, "the entry point is outside every segment");
}

/* FR by the floating-point ABI, as Linux decides it: FP32 code wants pairs of 32-bit registers, everything else (FPXX,
 * FP64, no say) runs with 64-bit ones. */
static uint32_t fpu_mode(const struct reader *r, const struct jl_image *image) {
    uint32_t mode = JL_MODE_FR;
    for (unsigned i = 0; i < image->phnum; i++) {
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
    if (!check_header(&r, image, err, err_size))
        return false;
    image->big_endian = r.be;
    image->entry = get32(&r, offsetof(Elf32_Ehdr, e_entry));
    image->phnum = get16(&r, offsetof(Elf32_Ehdr, e_phnum));
    if (!check_segments(&r, image, err, err_size))
        return false;
    image->mode = fpu_mode(&r, image) | (r.be ? JL_MODE_BE : 0);
    return true;
}

/* The guest's protection again on pages that a loader wrote to. */
static void restore(struct jl_process *p, uint32_t first, uint64_t end) {
    for (uint32_t page = (uint32_t)page_floor(first); page < end; page += JL_PAGE)
        jl_mem_protect(p->mem, page, JL_PAGE,
                       p->mem->page[page >> JL_PAGE_SHIFT] & (JL_PAGE_R | JL_PAGE_W | JL_PAGE_X));
}

/* Pages of the file itself, as the kernel does it; then the zeroed rest of the last one and what follows. */
static bool map_segment(struct jl_process *p, const struct jl_file *file, const Elf32_Phdr *ph) {
    uint32_t first = (uint32_t)page_floor(ph->p_vaddr);
    uint64_t file_end = (uint64_t)ph->p_vaddr + ph->p_filesz, middle = page_ceil(file_end);
    uint64_t end = page_ceil((uint64_t)ph->p_vaddr + ph->p_memsz);
    unsigned prot = segment_prot(ph);
    if (jl_mem_map(p->mem, first, middle - first, prot, file->fd, page_floor(ph->p_offset), false) < 0)
        return false;
    if (ph->p_memsz > ph->p_filesz && middle > file_end) {
        uint8_t *tail = jl_mem_writable_force(p->mem, (uint32_t)file_end, middle - file_end);
        if (!tail)
            return false;
        memset(tail, 0, middle - file_end);
        restore(p, (uint32_t)file_end, middle);
    }
    return end == middle || jl_mem_map(p->mem, (uint32_t)middle, end - middle, prot, -1, 0, false) == 0;
}

/* Anonymous pages and a copy: where the file's pages cannot be mapped, since segments share one or lie askew. */
static bool copy_segment(struct jl_process *p, const struct jl_file *file, const Elf32_Phdr *ph) {
    uint32_t first = (uint32_t)page_floor(ph->p_vaddr);
    uint64_t end = page_ceil((uint64_t)ph->p_vaddr + ph->p_memsz);
    unsigned prot = segment_prot(ph);
    while (first < end && p->mem->page[first >> JL_PAGE_SHIFT]) { /* shares a page with the one before */
        unsigned both = prot | (p->mem->page[first >> JL_PAGE_SHIFT] & (JL_PAGE_R | JL_PAGE_W | JL_PAGE_X));
        jl_mem_protect(p->mem, first, JL_PAGE, both);
        first += JL_PAGE;
    }
    if (first < end && jl_mem_map(p->mem, first, end - first, prot, -1, 0, false) < 0)
        return false;
    if (!ph->p_filesz)
        return true;
    uint8_t *to = jl_mem_writable_force(p->mem, ph->p_vaddr, ph->p_filesz);
    if (!to)
        return false;
    memcpy(to, file->bytes + ph->p_offset, ph->p_filesz);
    restore(p, ph->p_vaddr, (uint64_t)ph->p_vaddr + ph->p_filesz);
    return true;
}

static bool load_segment(struct jl_process *p, const struct jl_file *file, const Elf32_Phdr *ph) {
    bool aligned = !((ph->p_offset ^ ph->p_vaddr) & (JL_PAGE - 1));
    bool fresh = !p->mem->page[ph->p_vaddr >> JL_PAGE_SHIFT];
    return aligned && fresh && ph->p_filesz ? map_segment(p, file, ph) : copy_segment(p, file, ph);
}

bool jl_elf_load(struct jl_process *p, struct jl_file *file, uint32_t base, char *err, size_t err_size) {
    struct jl_image *image = &file->image;
    struct reader r = {file->bytes, file->size, image->big_endian};
    for (unsigned i = 0; i < image->phnum; i++) {
        Elf32_Phdr ph = phdr_at(&r, i);
        ph.p_vaddr += base;
        if (ph.p_type == PT_LOAD && ph.p_memsz && !load_segment(p, file, &ph))
            return fail(err, err_size, "no memory for a segment");
    }
    image->base = base;
    image->entry += base;
    image->brk += base;
    image->low += base;
    image->end += base;
    if (image->phdr)
        image->phdr += base;
    return true;
}
