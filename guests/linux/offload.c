/* Objects of host functions: found, checked against the program they were made for, and bound to its symbols. */
#include "guests/linux/offload.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests/linux/offload_abi.h"
#include "jit/offload.h"

_Static_assert((int)OFFLOAD_WORD == (int)JL_OFFLOAD_WORD && (int)OFFLOAD_PAIR == (int)JL_OFFLOAD_PAIR &&
                   (int)OFFLOAD_NOTHING == (int)JL_OFFLOAD_NOTHING,
               "handed on as they are");

struct jl_offloading {
    struct jl_offload table;
    struct jl_offload_function *function;
    void *object; /* of dlopen */
};

/* POSIX cksum's number. */
static uint32_t checksum(const uint8_t *bytes, size_t size) {
    uint32_t table[256], sum = 0;
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i << 24;
        for (int k = 0; k < 8; k++)
            table[i] = table[i] << 1 ^ (table[i] >> 31 ? 0x04c11db7 : 0);
    }
    for (size_t i = 0; i < size; i++)
        sum = sum << 8 ^ table[sum >> 24 ^ bytes[i]];
    for (size_t n = size; n; n >>= 8)
        sum = sum << 8 ^ table[sum >> 24 ^ (n & 0xff)];
    return ~sum;
}

/* ---- the program's symbols; little-endian, like everything here ---- */

struct symbols {
    const uint8_t *bytes;
    const Elf32_Sym *sym;
    uint32_t count, names, names_size; /* names: where they begin in the file */
};

static bool section_at(const struct jl_file *f, const Elf32_Ehdr *eh, unsigned i, Elf32_Shdr *out) {
    uint64_t at = eh->e_shoff + (uint64_t)i * sizeof *out;
    if (i >= eh->e_shnum || eh->e_shentsize != sizeof *out || at + sizeof *out > f->size)
        return false;
    memcpy(out, f->bytes + at, sizeof *out);
    return (uint64_t)out->sh_offset + out->sh_size <= f->size || out->sh_type == SHT_NOBITS;
}

static bool find_symbols(const struct jl_file *f, struct symbols *s) {
    Elf32_Ehdr eh;
    Elf32_Shdr table, names;
    memcpy(&eh, f->bytes, sizeof eh);
    for (unsigned i = 0; i < eh.e_shnum; i++) {
        if (!section_at(f, &eh, i, &table))
            return false;
        if (table.sh_type != SHT_SYMTAB || table.sh_offset % 4)
            continue;
        if (!section_at(f, &eh, table.sh_link, &names) || names.sh_type != SHT_STRTAB || !names.sh_size ||
            f->bytes[names.sh_offset + names.sh_size - 1])
            return false;
        *s = (struct symbols){f->bytes, (const void *)(f->bytes + table.sh_offset),
                              table.sh_size / (uint32_t)sizeof(Elf32_Sym), names.sh_offset, names.sh_size};
        return true;
    }
    return false;
}

/* The function of that name: how many there are, and the last one's place. */
static unsigned find_function(const struct symbols *s, const char *name, uint32_t *at, uint32_t *size) {
    unsigned found = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const Elf32_Sym *sym = &s->sym[i];
        if (ELF32_ST_TYPE(sym->st_info) != STT_FUNC || sym->st_shndx == SHN_UNDEF || sym->st_value & 3 ||
            sym->st_name >= s->names_size || strcmp((const char *)s->bytes + s->names + sym->st_name, name) != 0)
            continue;
        *at = sym->st_value;
        *size = sym->st_size;
        found++;
    }
    return found;
}

/* ---- which functions ---- */

/* Calls fn for each name or pattern in a list with commas; stops when that is false. */
static bool each_pattern(const char *list, bool (*fn)(void *ctx, const char *pattern), void *ctx) {
    char *copy = strdup(list), *rest = copy, *word;
    bool on = copy != NULL;
    while (on && (word = strsep(&rest, ",")))
        on = fn(ctx, word);
    free(copy);
    return on;
}

static bool differs(void *ctx, const char *pattern) {
    return fnmatch(pattern, ctx, 0) != 0;
}

static bool wanted(const char *only, const char *name) {
    return !only || !each_pattern(only, differs, (void *)(uintptr_t)name);
}

struct search {
    const struct offload_object *object;
    const char *unknown;
};

static bool is_known(void *ctx, const char *pattern) {
    struct search *s = ctx;
    for (const struct offload_entry *const *e = s->object->begin; e < s->object->end; e++)
        if (!fnmatch(pattern, (*e)->name, 0))
            return true;
    s->unknown = strdup(pattern);
    return false;
}

static int by_entry(const void *a, const void *b) {
    const struct jl_offload_function *x = a, *y = b;
    return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static bool bind(struct jl_offloading *o, const struct offload_object *object, const struct symbols *s, uint32_t base,
                 const char *only, char *err, size_t err_size) {
    o->function = calloc((size_t)(object->end - object->begin) + 1, sizeof *o->function);
    for (const struct offload_entry *const *each = object->begin; o->function && each < object->end; each++) {
        const struct offload_entry *e = *each;
        uint32_t at = 0, size = 0;
        if (!wanted(only, e->name))
            continue;
        unsigned found = find_function(s, e->name, &at, &size);
        if (found != 1 || !size) {
            snprintf(err, err_size, "%s function %s in the program's symbol table", found ? "more than one" : "no",
                     e->name);
            return false;
        }
        o->function[o->table.count++] = (struct jl_offload_function){base + at, size, e->fn, e->result};
    }
    if (!o->function)
        return false;
    qsort(o->function, o->table.count, sizeof *o->function, by_entry);
    o->table.function = o->function;
    return true;
}

/* ---- the object ---- */

static bool is_of(const struct offload_object *object, const struct jl_file *file, char *err, size_t err_size) {
    if (!object || object->version != OFFLOAD_VERSION)
        snprintf(err, err_size, object ? "of another version of the interface" : "not an object of host functions");
    else if (object->size != file->size || object->sum != checksum(file->bytes, file->size))
        snprintf(err, err_size, "made for another program than %s", file->path);
    else
        return true;
    return false;
}

/* Whether the file has all that its program headers name: the host's dynamic linker faults on one cut short. */
static bool is_whole(const char *path) {
    Elf64_Ehdr eh;
    Elf64_Phdr ph;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool whole = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && pread(fd, &eh, sizeof eh, 0) == sizeof eh &&
                 !memcmp(eh.e_ident, ELFMAG, SELFMAG) && eh.e_ident[EI_CLASS] == ELFCLASS64 &&
                 eh.e_phentsize == sizeof ph;
    for (unsigned i = 0; whole && i < eh.e_phnum; i++)
        whole = pread(fd, &ph, sizeof ph, (off_t)(eh.e_phoff + i * sizeof ph)) == sizeof ph &&
                ph.p_offset <= (uint64_t)st.st_size && ph.p_filesz <= (uint64_t)st.st_size - ph.p_offset;
    if (fd >= 0)
        close(fd);
    return whole;
}

static bool take(struct jl_process *p, struct jl_offloading *o, const struct jl_file *file, const char *path, char *err,
                 size_t err_size) {
    struct symbols symbols;
    bool there = access(path, R_OK) == 0;
    o->object = there && is_whole(path) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!o->object) {
        snprintf(err, err_size, "%s", there ? "not a shared object of this host, or a broken one" : strerror(errno));
        return false;
    }
    const struct offload_object *object = dlsym(o->object, "offload_object");
    struct search search = {object, NULL};
    if (!is_of(object, file, err, err_size))
        return false;
    if (!find_symbols(file, &symbols)) {
        snprintf(err, err_size, "the program has no symbol table to find its functions in");
        return false;
    }
    if (p->options.offload_only && !each_pattern(p->options.offload_only, is_known, &search)) {
        snprintf(err, err_size, "no function %s in it", search.unknown);
        free((void *)(uintptr_t)search.unknown);
        return false;
    }
    *object->call = jl_offload_callback;
    *object->memory = p->mem->base;
    return bind(o, object, &symbols, file->image.base, p->options.offload_only, err, err_size);
}

static void run_guest(struct jl_machine *m, void *ctx) {
    (void)ctx;
    jl_thread_call(jl_self());
    (void)m;
}

bool jl_offload_load(struct jl_process *p, const struct jl_file *file, char *err, size_t err_size) {
    char path[JL_LINUX_PATH + 16], why[JL_LINUX_PATH + 128] = "no memory";
    struct jl_offloading *o = p->offloading = calloc(1, sizeof *o);
    const char *given = p->options.offload_object;
    snprintf(path, sizeof path, given ? "%s%s" : "%s%s.offload.so",
             given                     ? strchr(given, '/') ? "" : "./"
             : strchr(file->path, '/') ? ""
                                       : "./",
             given ? given : file->path);
    bool ok = false;
    if (jl_machine_checking(p->leader->machine))
        snprintf(why, sizeof why, "--check compares translations with the interpreter, and host functions are none");
    else if (p->options.trap_unaligned)
        snprintf(why, sizeof why, "host functions do not trap on unaligned accesses (--trap-unaligned)");
    else if (file->image.big_endian)
        snprintf(why, sizeof why, "host functions access memory in the host's order, and this program is big-endian");
    else
        ok = o && take(p, o, file, path, why, sizeof why);
    if (!ok) {
        snprintf(err, err_size, "offload=functions: %s: %s", path, why);
        return false;
    }
    o->table.run = run_guest;
    jl_machine_offload(p->leader->machine, &o->table);
    return true;
}

void jl_offload_unload(struct jl_process *p) {
    if (!p->offloading)
        return;
    if (p->offloading->object)
        dlclose(p->offloading->object);
    free(p->offloading->function);
    free(p->offloading);
}
