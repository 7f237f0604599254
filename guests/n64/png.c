/* PNG files, by libpng. */
#include <errno.h>
#include <png.h>
#include <stdio.h>

#include "guests/n64/frame.h"

bool jl_png_write(const char *path, const uint8_t *rgb, unsigned width, unsigned height) {
    png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
    FILE *f = fopen(path, "wbe");
    bool ok = f && png_image_write_to_stdio(&image, f, 0, rgb, 0, NULL);
    int error = errno;
    if (f && fclose(f) && ok) {
        error = errno;
        ok = false;
    }
    errno = error;
    return ok;
}
