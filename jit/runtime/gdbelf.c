/* An ELF object as GDB wants it: the code itself is not in the file but where it runs (sections of type NOBITS with
 * their address), beside a symbol table, line records and frame records in DWARF 4. */
#include "jit/runtime/gdbelf.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "jit/util/bytes.h"
#include "jit/runtime/cache.h"
#include "jit/runtime/dwarf.h"
#include "jit/runtime/jitdump.h"

enum section { NONE, TEXT, FAR_TEXT, SYMTAB, STRTAB, FRAME, ABBREV, INFO, LINE, SHSTRTAB, SECTIONS };

struct object {
    struct jl_bytes part[SECTIONS];
    Elf64_Shdr header[SECTIONS];
};

static uint32_t add_string(struct jl_bytes *table, const char *text) {
    uint32_t at = (uint32_t)table->size;
    jl_bytes_add(table, text, strlen(text) + 1);
    return at;
}

static void add_section(struct object *o, enum section n, const char *name, uint32_t type, uint64_t flags) {
    o->header[n].sh_name = add_string(&o->part[SHSTRTAB], name);
    o->header[n].sh_type = type;
    o->header[n].sh_flags = flags;
    o->header[n].sh_addralign = 1;
}

static void add_text(struct object *o, enum section n, const char *name, const uint8_t *code, const uint8_t *end) {
    add_section(o, n, name, SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR);
    o->header[n].sh_addr = (uint64_t)(uintptr_t)code;
    o->header[n].sh_size = (uint64_t)(end - code);
    o->header[n].sh_addralign = 16;
}

/* A function symbol; in a relocatable file its value counts from the section's start. */
static void add_symbol(struct object *o, enum section n, const char *name, const uint8_t *code, const uint8_t *end) {
    Elf64_Sym s = {.st_name = add_string(&o->part[STRTAB], name),
                   .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                   .st_shndx = (uint16_t)n,
                   .st_value = (uint64_t)(uintptr_t)code - o->header[n].sh_addr,
                   .st_size = (uint64_t)(end - code)};
    jl_bytes_add(&o->part[SYMTAB], &s, sizeof s);
}

static void begin(struct object *o) {
    static const Elf64_Sym none;
    memset(o, 0, sizeof *o);
    add_string(&o->part[SHSTRTAB], "");
    add_string(&o->part[STRTAB], "");
    jl_bytes_add(&o->part[SYMTAB], &none, sizeof none);
    add_section(o, SYMTAB, ".symtab", SHT_SYMTAB, 0);
    o->header[SYMTAB].sh_link = STRTAB;
    o->header[SYMTAB].sh_info = 1;
    o->header[SYMTAB].sh_entsize = sizeof(Elf64_Sym);
    o->header[SYMTAB].sh_addralign = 8;
    add_section(o, STRTAB, ".strtab", SHT_STRTAB, 0);
    add_section(o, FRAME, ".debug_frame", SHT_PROGBITS, 0);
    o->header[FRAME].sh_addralign = 8;
    add_section(o, ABBREV, ".debug_abbrev", SHT_PROGBITS, 0);
    add_section(o, INFO, ".debug_info", SHT_PROGBITS, 0);
    add_section(o, LINE, ".debug_line", SHT_PROGBITS, 0);
    add_section(o, SHSTRTAB, ".shstrtab", SHT_STRTAB, 0);
}

static struct jl_elf_image finish(struct object *o) {
    Elf64_Ehdr h = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                    .e_type = ET_REL,
                    .e_machine = EM_X86_64,
                    .e_version = EV_CURRENT,
                    .e_shoff = sizeof h,
                    .e_ehsize = sizeof h,
                    .e_shentsize = sizeof(Elf64_Shdr),
                    .e_shnum = SECTIONS,
                    .e_shstrndx = SHSTRTAB};
    uint64_t offset = sizeof h + sizeof o->header;
    for (unsigned i = SYMTAB; i < SECTIONS; i++) {
        offset = (offset + 7) & ~(uint64_t)7;
        o->header[i].sh_offset = offset;
        o->header[i].sh_size = o->part[i].size;
        offset += o->part[i].size;
    }
    struct jl_bytes out = {0};
    jl_bytes_add(&out, &h, sizeof h);
    jl_bytes_add(&out, o->header, sizeof o->header);
    for (unsigned i = SYMTAB; i < SECTIONS; i++) {
        jl_bytes_align(&out, 8);
        jl_bytes_add(&out, o->part[i].data, o->part[i].size);
        out.failed |= o->part[i].failed;
        free(o->part[i].data);
    }
    if (out.failed) {
        free(out.data);
        return (struct jl_elf_image){NULL, 0};
    }
    return (struct jl_elf_image){out.data, out.size};
}

struct jl_elf_image jl_elf_region(const struct jl_machine *m, const struct jl_region *r, const struct jl_listing *l) {
    struct object o;
    char name[64];
    begin(&o);
    add_text(&o, TEXT, ".text", r->hot, r->hot_end);
    add_text(&o, FAR_TEXT, ".text.far", r->far_, r->far_end);
    snprintf(name, sizeof name, "guest_0x%08x.frame", r->pc);
    if (r->linked_entry != r->hot)
        add_symbol(&o, TEXT, name, r->hot, r->linked_entry);
    snprintf(name, sizeof name, "guest_0x%08x", r->pc);
    add_symbol(&o, TEXT, name, r->linked_entry, r->hot_end);
    snprintf(name, sizeof name, "guest_0x%08x.far", r->pc);
    if (r->far_ != r->far_end)
        add_symbol(&o, FAR_TEXT, name, r->far_, r->far_end);
    jl_dwarf_cie(&o.part[FRAME]);
    enum jl_frame entered = jl_own_stack(m) ? JL_FRAME_OWN : JL_FRAME_FULL;
    if (r->linked_entry != r->hot)
        jl_dwarf_fde(&o.part[FRAME], r->hot, r->linked_entry, JL_FRAME_NONE);
    jl_dwarf_fde(&o.part[FRAME], r->linked_entry, r->hot_end, entered);
    jl_dwarf_fde(&o.part[FRAME], r->far_, r->far_end, entered);
    jl_dwarf_unit(&o.part[ABBREV], &o.part[INFO], l->path, r);
    jl_dwarf_lines(&o.part[LINE], l, r);
    return finish(&o);
}

/* Of those that change stacks, what holds for most of their way. */
static enum jl_frame thunk_frame(const struct jl_machine *m, unsigned thunk) {
    if (thunk == JL_THUNK_ENTER || thunk == JL_THUNK_RESUME)
        return JL_FRAME_NONE;
    if (jl_own_stack(m) && thunk != JL_THUNK_LEAVE_SAVED)
        return JL_FRAME_OWN;
    switch (thunk) {
    case JL_THUNK_SLOW:
    case JL_THUNK_SLOW_FPU:
    case JL_THUNK_LOAD:
    case JL_THUNK_LOAD_FPU: return JL_FRAME_CALLED;
    default: return JL_FRAME_FULL;
    }
}

struct jl_elf_image jl_elf_thunks(const struct jl_machine *m) {
    struct object o;
    const struct jl_code_cache *c = m->cache;
    begin(&o);
    add_text(&o, TEXT, ".text", c->thunk[JL_THUNK_LEAVE], c->thunks_end);
    jl_dwarf_cie(&o.part[FRAME]);
    for (unsigned i = 0; i < JL_THUNKS; i++) {
        const uint8_t *end = jl_thunk_end(c, i);
        add_symbol(&o, TEXT, jl_thunk_name(i), c->thunk[i], end);
        jl_dwarf_fde(&o.part[FRAME], c->thunk[i], end, thunk_frame(m, i));
    }
    return finish(&o);
}
