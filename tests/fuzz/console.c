/* See console.h. */
#include "tests/fuzz/console.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEADER = 0x1000 };

struct fuzz_file fuzz_file(const void *bytes, size_t size) {
    struct fuzz_file f = {.fd = memfd_create("fuzz", 0)};
    if (f.fd < 0 || write(f.fd, bytes, size) != (ssize_t)size)
        abort();
    snprintf(f.path, sizeof f.path, "/proc/self/fd/%d", f.fd);
    return f;
}

void fuzz_file_close(const struct fuzz_file *f) {
    close(f->fd);
}

uint8_t *fuzz_rom(const uint8_t *program, size_t bytes, size_t *size) {
    static const uint8_t header[16] = {0x80, 0x37, 0x12, 0x40, 0, 0, 0, 15, 0x80, 0, 0x10};
    *size = HEADER + ((bytes + 7) & ~(size_t)3);
    uint8_t *rom = calloc(1, *size);
    if (!rom)
        abort();
    memcpy(rom, header, sizeof header);
    memcpy(rom + HEADER, program, bytes);
    return rom;
}

bool console_new(struct console *c, const uint8_t *rom, size_t size, const struct jl_n64_options *options) {
    char err[512] = "";
    struct jl_n64_options o = *options;
    struct jl_config config;
    struct jl_n64_rom opened;
    struct fuzz_file file = fuzz_file(rom, size);
    *c = (struct console){0};
    o.ram_mib = 4;
    o.log = "/dev/null";
    bool ok = jl_n64_rom_open(&opened, file.path, err, sizeof err);
    fuzz_file_close(&file);
    if (ok) {
        jl_config_default(&config);
        c->mem = jl_mem_create(true);
        if (!c->mem || !jl_config_set(&config, "backend=interp", err, sizeof err))
            abort();
        struct jl_machine *m = jl_machine_new(&config, NULL, c->mem, err, sizeof err);
        if (!m)
            abort();
        c->n = jl_n64_new(c->mem, m, &opened, &o, err, sizeof err);
        jl_n64_rom_close(&opened);
        if (!c->n) {
            jl_machine_free(m);
            jl_mem_destroy(c->mem);
        }
        ok = c->n;
    }
    if (!ok && !err[0])
        abort(); /* refused without a reason */
    return ok;
}

void console_free(struct console *c) {
    char ignored[8];
    struct jl_machine *m = c->n->machine;
    c->n->save.changed = c->n->pak.changed = false;
    jl_n64_close(c->n, ignored, sizeof ignored);
    jl_machine_free(m);
    jl_mem_destroy(c->mem);
}

void console_run(struct console *c, uint64_t instructions) {
    struct jl_n64 *n = c->n;
    n->options.max_instructions = jl_machine_retired(n->machine) + instructions;
    n->options.frames = n->vi.frames - n->vi.first_frame + 1;
    n->end = JL_N64_RUNNING;
    jl_n64_run(n);
    if (n->end == JL_N64_END_INTERNAL)
        abort();
}
