/* The input is an ELF file: it is checked, loaded and given a stack. What is
 * refused needs a reason, what is accepted a stack that can be used. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guests/linux/linux.h"
#include "tests/fuzz/fuzz.h"

/* The fuzzer's time goes into the loader, not into the kernel that maps half a gigabyte. */
enum { MAX_BRK = 64 << 20 };

/* The bytes as an open file, whose pages the loader maps. */
static struct jl_file file_of(const uint8_t *bytes, size_t size, const struct jl_image *image) {
    struct jl_file f = {.fd = memfd_create("fuzz", 0), .size = size, .bytes = bytes, .image = *image, .path = "fuzz"};
    if (f.fd < 0 || write(f.fd, bytes, size) != (ssize_t)size)
        abort();
    return f;
}

static void load(const uint8_t *bytes, size_t size, const struct jl_image *image) {
    char *const argv[] = {"fuzz", "an argument", NULL}, *const envp[] = {"A=B", NULL};
    const struct jl_process_options options = {.argv = argv, .envp = envp, .slice = 1000};
    char err[256] = "";
    struct jl_config config;
    struct jl_mem *mem = jl_mem_create(image->big_endian);
    jl_config_default(&config);
    if (!mem || !jl_config_set(&config, "backend=interp", err, sizeof err))
        abort();
    struct jl_process *p = jl_process_new(mem, &options);
    struct jl_machine *m = jl_machine_new(&config, NULL, mem, err, sizeof err);
    if (!p || !m || !jl_process_attach(p, m))
        abort();
    struct jl_file file = file_of(bytes, size, image);
    const struct jl_cpu *cpu = jl_machine_cpu(m);
    if (jl_elf_load(p, &file, 0, err, sizeof err) && (p->image = file.image, jl_stack_build(p, err, sizeof err))) {
        /* nothing is asked of the segments: one without any rights is loaded too, and the guest faults */
        if (cpu->var[29] & 15 || !jl_mem_ok(mem, (uint32_t)cpu->var[29], 64, JL_PAGE_R | JL_PAGE_W))
            abort();
    } else if (!err[0]) {
        abort(); /* refused without a reason */
    }
    close(file.fd);
    jl_machine_free(m);
    jl_process_free(p);
    jl_mem_destroy(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct jl_image image;
    char err[256] = "";
    if (!jl_elf_probe(bytes, size, &image, err, sizeof err)) {
        if (!err[0])
            abort();
        return 0;
    }
    if (image.brk <= MAX_BRK)
        load(bytes, size, &image);
    return 0;
}
