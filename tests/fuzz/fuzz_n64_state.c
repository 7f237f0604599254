/* The input changes a savestate: the file's bytes, or (so that no checksum is in the way) some of its fields, or where
 * it ends. What is loaded runs. */
#include <stdlib.h>

#include "guests/n64/savestate.h"
#include "guests/n64/state.h"
#include "guests/n64/frame.h"
#include "tests/fuzz/console.h"
#include "tests/fuzz/fuzz.h"

enum { CHANGE = 8, INSTRUCTIONS = 20000, RECORDS = 1024 };

static const uint8_t program[] = {
    0x3c, 0x08, 0xa4, 0x04, 0x24, 0x09, 0x00, 0x05, 0xad, 0x09, 0x00, 0x10, /* the RSP runs */
    0x08, 0x00, 0x04, 0x03, 0x25, 0x29, 0x00, 0x01,                         /* a loop that counts */
};

static void load(const uint8_t *rom, size_t rom_size, const struct fuzz_file *file, const uint8_t *fields,
                 size_t size) {
    struct jl_n64_options options = {.save = "flash=/nowhere/save", .load_state = file ? file->path : NULL};
    struct console c;
    char err[256] = "";
    if (!console_new(&c, rom, rom_size, &options))
        return;
    if (!fields || jl_n64_fields_load(c.n, fields, size, err, sizeof err)) {
        unsigned width, height;
        console_run(&c, INSTRUCTIONS);
        free(jl_vi_frame(c.n, &width, &height));
    } else if (!err[0]) {
        abort();
    }
    console_free(&c);
}

static uint8_t *template_of(const uint8_t *rom, size_t rom_size, size_t *size) {
    const struct jl_n64_options options = {.save = "flash=/nowhere/save"};
    struct console c;
    if (!console_new(&c, rom, rom_size, &options))
        abort();
    console_run(&c, INSTRUCTIONS);
    uint8_t *fields = jl_n64_fields(c.n, size);
    if (!fields)
        abort();
    console_free(&c);
    return fields;
}

/* Each change: which record, which element of it, and what of four bytes is put there (or exclusive-ored). */
static void change(uint8_t *fields, size_t size, const uint8_t *bytes, size_t n) {
    static size_t start[RECORDS];
    static struct jl_state_record r;
    unsigned records = 0;
    for (size_t at = 0, begin = 0; records < RECORDS && jl_state_next(fields, size, &at, &r); begin = at)
        start[records++] = begin;
    for (; records && n >= CHANGE; n -= CHANGE, bytes += CHANGE) {
        size_t at = start[(unsigned)(bytes[0] << 8 | bytes[1]) % records];
        if (!jl_state_next(fields, size, &at, &r) || !r.count)
            continue;
        uint8_t *to = fields + (r.elements - fields) + (size_t)(bytes[2] << 8 | bytes[3]) % r.count * r.size;
        for (size_t i = 0; i < r.size; i++)
            to[i] = bytes[4 + (i & 3)] ^ (bytes[0] & 0x80 ? to[i] : 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static uint8_t *rom, *template;
    static size_t rom_size, template_size;
    if (size < 5)
        return 0;
    if (!rom) {
        rom = fuzz_rom(program, sizeof program, &rom_size);
        template = template_of(rom, rom_size, &template_size);
    }
    if (bytes[0] == 0) {
        struct fuzz_file file = fuzz_file(bytes + 1, size - 1);
        load(rom, rom_size, &file, NULL, 0);
        fuzz_file_close(&file);
        return 0;
    }
    uint8_t *fields = malloc(template_size);
    if (!fields)
        abort();
    memcpy(fields, template, template_size);
    size_t end = bytes[0] < 0x20 ? jl_be32(bytes + 1) % template_size : template_size;
    change(fields, end, bytes + 5, size - 5);
    load(rom, rom_size, NULL, fields, end);
    free(fields);
    return 0;
}
