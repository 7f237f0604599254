/* From a path to a program ready to run: the executable, the dynamic linker it names, and where they are placed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests/linux/offload.h"
#include "jit/isa/isa.h"

/* Where Linux puts a position-independent executable of a 2 GiB address space: two thirds up, so that brk has room. */
enum { PIE_BASE = 0x55550000 };

static void file_close(struct jl_file *f) {
    if (f->bytes)
        munmap((void *)(uintptr_t)f->bytes, f->size);
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    f->bytes = NULL;
}

static bool file_open(struct jl_file *f, const char *path, char *err, size_t err_size) {
    struct stat st;
    char why[160];
    *f = (struct jl_file){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)}; /* a FIFO's writer is not waited for */
    snprintf(f->path, sizeof f->path, "%s", path);
    if (f->fd < 0 || fstat(f->fd, &st) < 0) {
        snprintf(err, err_size, "%s: %s", path, strerror(errno));
        file_close(f);
        return false;
    }
    f->size = (size_t)st.st_size;
    if (S_ISREG(st.st_mode) && f->size) {
        void *bytes = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, f->fd, 0);
        f->bytes = bytes == MAP_FAILED ? NULL : bytes;
    }
    if (!f->bytes)
        snprintf(why, sizeof why, "%s", S_ISREG(st.st_mode) ? "not an ELF file" : "not a regular file");
    if (!f->bytes || !jl_elf_probe(f->bytes, f->size, &f->image, why, sizeof why)) {
        snprintf(err, err_size, "%s: %s", path, why);
        file_close(f);
        return false;
    }
    return true;
}

static bool interp_open(struct jl_program *prog, const char *sysroot, char *err, size_t err_size) {
    const char *name = (const char *)prog->main.bytes + prog->main.image.interp;
    char inside[JL_LINUX_PATH], why[JL_LINUX_PATH + 200];
    snprintf(inside, sizeof inside, "%s%s", sysroot ? sysroot : "", name);
    if (sysroot && access(inside, F_OK) == 0)
        name = inside;
    if (!file_open(&prog->interp, name, why, sizeof why)) {
        snprintf(err, err_size, "dynamic linker %s%s", why, sysroot ? "" : " (--sysroot says where the guest's are)");
        return false;
    }
    if (prog->interp.image.big_endian != prog->main.image.big_endian) {
        snprintf(err, err_size, "dynamic linker %s: of the other byte order", name);
        file_close(&prog->interp);
        return false;
    }
    return prog->has_interp = true;
}

bool jl_program_open(struct jl_program *prog, const char *path, const char *sysroot, char *err, size_t err_size) {
    char inside[JL_LINUX_PATH];
    prog->has_interp = false;
    if (sysroot && path[0] == '/') {
        snprintf(inside, sizeof inside, "%s%s", sysroot, path);
        if (access(inside, F_OK) == 0)
            path = inside;
    }
    if (!file_open(&prog->main, path, err, err_size))
        return false;
    if (prog->main.image.interp_size && !interp_open(prog, sysroot, err, err_size)) {
        file_close(&prog->main);
        return false;
    }
    return true;
}

void jl_program_close(struct jl_program *prog) {
    file_close(&prog->main);
    if (prog->has_interp)
        file_close(&prog->interp);
}

static bool load_interp(struct jl_process *p, struct jl_file *f, char *err, size_t err_size) {
    uint32_t room = f->image.dynamic ? jl_memory_room(p, f->image.end - f->image.low) : 0;
    if (f->image.dynamic && !room) {
        snprintf(err, err_size, "no room for the dynamic linker");
        return false;
    }
    if (!jl_elf_load(p, f, f->image.dynamic ? room - f->image.low : 0, err, err_size))
        return false;
    p->interp_base = f->image.base;
    return true;
}

bool jl_program_load(struct jl_process *p, struct jl_program *prog, char *err, size_t err_size) {
    struct jl_image *image = &prog->main.image;
    if (image->dynamic && image->end > 0x20000000) {
        snprintf(err, err_size, "segments too far apart");
        return false;
    }
    if (!jl_elf_load(p, &prog->main, image->dynamic ? PIE_BASE : 0, err, err_size) ||
        (prog->has_interp && !load_interp(p, &prog->interp, err, err_size)))
        return false;
    if (!realpath(prog->main.path, p->exe))
        snprintf(p->exe, sizeof p->exe, "%s", prog->main.path);
    p->image = *image;
    p->brk_start = p->brk = image->brk;
    p->leader->cpu->mode = image->mode | (p->options.trap_unaligned ? 0 : JL_MODE_ALIGN_FIX);
    p->leader->cpu->isa = JL_ISA_SET_MIPS32R2;
    p->leader->cpu->pc = prog->has_interp ? prog->interp.image.entry : image->entry;
    return jl_stack_build(p, err, err_size) && (!p->options.offload || jl_offload_load(p, &prog->main, err, err_size));
}
