/* A console for the fuzzers of the N64 guest. */
#ifndef JL_FUZZ_CONSOLE_H
#define JL_FUZZ_CONSOLE_H

#include "guests/n64/bytes.h"
#include "guests/n64/n64.h"

struct console {
    struct jl_mem *mem;
    struct jl_n64 *n;
};

/* Bytes as a file: its name, until fuzz_file_close. */
struct fuzz_file {
    int fd;
    char path[32];
};
struct fuzz_file fuzz_file(const void *bytes, size_t size);
void fuzz_file_close(const struct fuzz_file *f);

/* A header, boot code's room, and this program (big-endian), which is entered at 0x80001000. To be freed. */
uint8_t *fuzz_rom(const uint8_t *program, size_t bytes, size_t *size);

/* A console with 4 MiB that runs a ROM file's bytes. False when they, or an option, are refused: with a reason, or this
 * aborts. */
bool console_new(struct console *c, const uint8_t *rom, size_t size, const struct jl_n64_options *options);
void console_free(struct console *c);
/* Goes on for so many instructions, or until a frame has ended. */
void console_run(struct console *c, uint64_t instructions);

#endif
