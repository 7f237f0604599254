/* The input is a list of accesses to the console's bus, with time going by between them: registers of every device, DMA
 * in all directions, RSP programs, command lists, joybus commands. What comes out of it can be saved, loaded into
 * another console, and goes on there in the same way. */
#include <stdlib.h>

#include "guests/n64/savestate.h"
#include "guests/n64/bus.h"
#include "guests/n64/frame.h"
#include "tests/fuzz/console.h"
#include "tests/fuzz/fuzz.h"

enum { STEP = 8, RUN_MASK = 0xfff, GO_ON = 3000 };

/* Where things are that answer, and how much of it is interesting. */
static const struct {
    uint32_t at, bytes;
} places[] = {
    {0x00000000, 0x10000}, {0x003ff000, 0x1000}, {0x04000000, 0x2000}, {0x04001000, 0x40}, {0x04040000, 0x20},
    {0x04080000, 8},       {0x04100000, 0x20},   {0x04200000, 0x10},   {0x04300000, 0x10}, {0x04400000, 0x38},
    {0x04500000, 0x18},    {0x04600000, 0x34},   {0x04700000, 0x20},   {0x04800000, 0x1c}, {0x05000000, 0x100},
    {0x08000000, 0x8000},  {0x08010000, 4},      {0x10000000, 0x2000}, {0x13ff0000, 0x40}, {0x1fc007c0, 0x40},
    {0x1fc00000, 0x800},   {0x03f00000, 0x40},   {0x7ffffff0, 0x10},
};

static void step(struct console *c, const uint8_t *op) {
    unsigned place = op[1] % (sizeof places / sizeof *places), size = 1u << (op[0] >> 2 & 3);
    uint32_t offset = (uint32_t)(op[2] << 8 | op[3]) % places[place].bytes, value = jl_be32(op + 4);
    if (op[0] & 0x10) /* lengths of DMA among others: small ones more often, since large ones only take time */
        value &= 0xfff;
    uint32_t at = (places[place].at + offset) & ~(size - 1);
    switch (op[0] & 3) {
    case 0: console_run(c, (value & RUN_MASK) + 1); break;
    case 1: jl_bus_read(c->n, at, size); break;
    default: jl_bus_write(c->n, at, size, (uint64_t)value << 32 | value); break;
    }
}

/* A state that this program has written is one that it reads, and all that matters is in it. */
static void save_and_go_on(struct console *c, const uint8_t *rom, size_t rom_size,
                           const struct jl_n64_options *options) {
    struct console other;
    char err[256];
    size_t size, sizes[2];
    uint8_t *fields = jl_n64_fields(c->n, &size);
    if (!fields || !console_new(&other, rom, rom_size, options))
        abort();
    if (!jl_n64_fields_load(other.n, fields, size, err, sizeof err)) {
        fprintf(stderr, "%s\n", err);
        abort();
    }
    console_run(c, GO_ON);
    console_run(&other, GO_ON);
    uint8_t *a = jl_n64_fields(c->n, &sizes[0]), *b = jl_n64_fields(other.n, &sizes[1]);
    if (!a || !b || sizes[0] != sizes[1] || memcmp(a, b, sizes[0]))
        abort();
    free(a);
    free(b);
    free(fields);
    console_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const uint8_t idle[] = {0x08, 0x00, 0x04, 0x00, 0, 0, 0, 0}; /* j 0x80001000; nop */
    static const char *const saves[] = {"eeprom4k=/nowhere/save", "eeprom16k=/nowhere/save", "sram=/nowhere/save",
                                        "flash=/nowhere/save"};
    struct console c;
    size_t rom_size;
    if (size < 1)
        return 0;
    const struct jl_n64_options options = {.save = saves[bytes[0] & 3], .pak = "/nowhere/pak"};
    uint8_t *rom = fuzz_rom(idle, sizeof idle, &rom_size);
    if (!console_new(&c, rom, rom_size, &options))
        abort();
    for (size_t i = 1; i + STEP <= size; i += STEP)
        step(&c, bytes + i);
    console_run(&c, GO_ON);
    unsigned width, height;
    free(jl_vi_frame(c.n, &width, &height));
    if ((bytes[0] & 0x1c) == 0x1c)
        save_and_go_on(&c, rom, rom_size, &options);
    console_free(&c);
    free(rom);
    return 0;
}
