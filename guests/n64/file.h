/* Files as a whole. */
#ifndef JL_N64_FILE_H
#define JL_N64_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads a regular file of at most max bytes. NULL with one sentence in err; else to be freed. */
uint8_t *jl_file_read(const char *path, size_t max, size_t *size, char *err, size_t err_size);
/* Replaces a file by one with these bytes: all of it or nothing; what is no regular file (a device, a pipe) is written
 * to. False with one sentence in err, and errno. */
bool jl_file_replace(const char *path, const void *bytes, size_t size, char *err, size_t err_size);

#endif
