/* Hashes of what each frame leaves behind, so that two runs can be compared frame by frame. */
#ifndef JL_N64_FRAMEHASH_H
#define JL_N64_FRAMEHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct jl_n64;

/* Begins options.frame_hashes, if there is one; false with one sentence in err. */
bool jl_framehash_open(struct jl_n64 *n, char *err, size_t err_size);
/* A frame has ended: its line. To be called where the processor does not run. */
void jl_framehash_frame(struct jl_n64 *n);
/* False with errno set when not all could be written. */
bool jl_framehash_close(struct jl_n64 *n);

/* Of the picture that --screenshot writes, and its size. */
uint64_t jl_framehash_picture(const struct jl_n64 *n, unsigned *width, unsigned *height);

#endif
