/* The picture: as the frame buffer has it (frame.c), as the television gets it (scanout.c), as a file (png.c). */
#ifndef JL_N64_FRAME_H
#define JL_N64_FRAME_H

#include <stdbool.h>
#include <stdint.h>

enum { JL_N64_SCREEN_WIDTH = 640 };

struct jl_n64;

/* The frame buffer as VI shows it, at its own size: rgb (3 bytes a pixel, to be freed). NULL when VI shows nothing. */
uint8_t *jl_vi_frame(const struct jl_n64 *n, unsigned *width, unsigned *height);
/* The same, and black when VI shows nothing. NULL when there is no memory. */
uint8_t *jl_vi_picture(const struct jl_n64 *n, unsigned *width, unsigned *height);
/* One pixel of a frame buffer of 16 or 32 bits; where there is no memory rgb stays as it is. */
void jl_vi_pixel(const struct jl_n64 *n, uint32_t origin, uint32_t index, bool wide, uint8_t *rgb);
/* The picture as a television gets it, scaled (scanout.c); rgb as above. NULL when there is no memory. */
uint8_t *jl_vi_scanout(const struct jl_n64 *n, unsigned *width, unsigned *height);
/* Writes 3-byte pixels as a PNG file. False with errno set. */
bool jl_png_write(const char *path, const uint8_t *rgb, unsigned width, unsigned height);

#endif
