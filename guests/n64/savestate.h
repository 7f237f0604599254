/* Savestates: all of a console in a file, to go on from there, and to be compared.
 *
 * A run that is saved after N frames and gone on with for M ends as one of N + M frames does, to the last bit. The file
 * holds a head (mark, version, the ROM's hash, the size of RDRAM) and the fields of state.h, compressed.
 */
#ifndef JL_N64_SAVESTATE_H
#define JL_N64_SAVESTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct jl_n64;

/* Writes the state of a console that is not running. False with one sentence in err. */
bool jl_n64_savestate_write(struct jl_n64 *n, const char *path, char *err, size_t err_size);
/* Goes on from a state: the console has to have the same ROM, RDRAM and kind of save memory, and has not run. False
 * with one sentence in err; the console is then of no use any more. */
bool jl_n64_savestate_load(struct jl_n64 *n, const char *path, char *err, size_t err_size);
/* The same with the fields alone, as they are inside of the file (the fuzzer's way in). */
bool jl_n64_fields_load(struct jl_n64 *n, const uint8_t *bytes, size_t size, char *err, size_t err_size);
/* The fields, to be freed; NULL when there is no memory. */
uint8_t *jl_n64_fields(struct jl_n64 *n, size_t *size);
/* A hash of all fields: equal states, equal hashes; and one of all but RDRAM. */
uint64_t jl_n64_state_hash(struct jl_n64 *n);
uint64_t jl_n64_rest_hash(struct jl_n64 *n);

/* Prints what differs between two state files, a line each: a register, or a page of memory. Returns how many lines
 * these are, -1 with one sentence in err when a file cannot be read. */
int jl_n64_savestate_diff(const char *a, const char *b, FILE *out, char *err, size_t err_size);

#endif
